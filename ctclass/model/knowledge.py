"""What was learned from a corpus and from labels: a table of numbers, never texts.

It lies beside the taxonomy (`models/learned.tsv`), so that a change of seeds
needs no corpus: `ctclass build` joins the taxonomy of the day with the
knowledge of the last learning, in seconds and to the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctclass.errors import ModelError, Phrase
from ctclass.model.background import key_of
from ctclass.model.firsts import Firsts
from ctclass.model.subtechnologies import Siblings, read_tellings, write_tellings
from ctclass.tables.output import write_whole
from ctclass.taxonomy.areas import Taxonomy

OUTSIDE = "outside"
"""The voice of the terms that speak against every area."""
_HEAD = "# ctclass learned 3"
_SPACE = "\n"

Voice = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Learned terms and how scores become answers, area by area in the taxonomy's order.

    terms, idf, weights   unit sequences; tenths of IDF; a weight per term and area
                          (see `compact.Learned`)
    voices                sub-technology id -> what its seeds say for each area, millionths
    bias, curves          where each score starts, and its way to 0.01 … 1.00 (millionths)
    given_at, screened_at hundredths from which an area is given, or counts for screening
    given_beside          percent of the best score that a further area needs
    firsts                which area comes first, or none (see `firsts`)
    siblings              area by area, what tells its technologies apart
    """

    description: str
    areas: tuple[str, ...]
    terms: tuple[tuple[str, ...], ...]
    idf: Sequence[int]
    weights: Sequence[Sequence[int]]
    voices: dict[str, Voice]
    bias: tuple[int, ...]
    curves: tuple[tuple[int, ...], ...]
    given_at: tuple[int, ...]
    screened_at: tuple[int, ...]
    given_beside: int
    firsts: Firsts = ()
    siblings: tuple[Siblings, ...] = ()

    def units(self) -> set[str]:
        """All units that the learned terms are made of."""
        return {unit for term in self.terms for unit in term}


def seeds_alone(taxonomy: Taxonomy) -> Knowledge:
    """What a model of this taxonomy knows when nothing was learned."""
    own = {sub.id: n for n, area in enumerate(taxonomy.areas) for sub in area.subtechnologies}
    return untaught([area.id for area in taxonomy.areas], own)


def untaught(ids: Sequence[str], own: Mapping[str, int]) -> Knowledge:
    """Nothing learned: every seed speaks for its own area, outside terms against all.

    `ids` are the areas, `own` has the place of each sub-technology's area among them.
    Where the scores end up was chosen on the dev labels: a sum of 3 is a score of
    0.50, and a further area needs 60 % of the best one's score.
    """
    areas = range(len(ids))
    voices = {sub: tuple(1_000_000 * (i == n) for i in areas) for sub, n in own.items()}
    voices[OUTSIDE] = tuple(-2_000_000 for _ in areas)
    shares = [i / 100 for i in range(1, 100)] + [0.995]
    curve = tuple(max(1, round((3.0 + math.log(p / (1 - p)) / 0.35) * 1_000_000)) for p in shares)
    return Knowledge(
        description="",
        areas=tuple(ids),
        terms=(),
        idf=(),
        weights=(),
        voices=voices,
        bias=tuple(0 for _ in areas),
        curves=tuple(curve for _ in areas),
        given_at=tuple(50 for _ in areas),
        screened_at=tuple(50 for _ in areas),
        given_beside=60,
    )


def write_knowledge(knowledge: Knowledge, path: Path) -> None:
    """Write the table: three lines of head, then `term<TAB>idf<TAB>weight …`, and where the
    term tells technologies apart, `<TAB>area=weight,weight …;area=…` (areas by number)."""
    siblings, tellings = write_tellings(knowledge.siblings)
    head = {
        "areas": knowledge.areas,
        "voices": knowledge.voices,
        "bias": knowledge.bias,
        "curves": knowledge.curves,
        "given_at": knowledge.given_at,
        "screened_at": knowledge.screened_at,
        "given_beside": knowledge.given_beside,
        "firsts": knowledge.firsts,
        "siblings": siblings,
    }
    lines = [_HEAD, f"# {knowledge.description}", "# " + json.dumps(head, separators=(",", ":"))]
    rows = zip(knowledge.terms, knowledge.idf, knowledge.weights, strict=True)
    lines += [
        "\t".join(
            [key_of(term), str(int(idf)), *(str(int(w)) for w in weights), *tellings.get(i, ())]
        )
        for i, (term, idf, weights) in enumerate(rows)
    ]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def read_knowledge(path: Path) -> Knowledge:
    """Read a table that `write_knowledge` wrote; ModelError with the line that is wrong."""
    number = 1
    try:
        lines = path.read_text("utf-8").split("\n")
        if lines[0] != _HEAD or lines[-1]:
            raise ValueError
        head = json.loads(lines[2].removeprefix("# "))
        terms: list[tuple[str, ...]] = []
        idf: list[int] = []
        weights: list[list[int]] = []
        tellings: dict[int, str] = {}
        width = 1 + len(head["bias"])
        for line in lines[3:-1]:
            number = 4 + len(terms)
            term, *values = line.split("\t")
            if len(values) == width + 1:
                tellings[len(terms)] = values.pop()
            numbers = list(map(int, values))
            if len(numbers) != width:
                raise ValueError
            terms.append(tuple(_SPACE if u == "_" else u for u in term.split("|")))
            idf.append(numbers[0])
            weights.append(numbers[1:])
        siblings = read_tellings(head["siblings"], tellings)
        return _knowledge(lines[1].removeprefix("# "), head, terms, idf, weights, siblings)
    except (
        OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
    ) as error:  # fmt: skip
        raise ModelError(
            Phrase("学んだ言葉の表を読めません", "The table of learned terms cannot be read"),
            where=f"{path}:{number}",
            hint=Phrase(
                "ctclass build --corpus --labels で学び直してください",
                "Learn it again with: ctclass build --corpus --labels",
            ),
        ) from error


def _knowledge(
    description: str,
    head: dict[str, Any],
    terms: Any,
    idf: Any,
    weights: Any,
    siblings: tuple[Siblings, ...],
) -> Knowledge:
    width = len(head["areas"])
    rows = (head["bias"], head["curves"], head["given_at"], head["screened_at"])
    if OUTSIDE not in head["voices"] or {len(r) for r in (*rows, *head["voices"].values())} != {
        width
    }:
        raise ValueError
    return Knowledge(
        description=description,
        areas=tuple(head["areas"]),
        terms=tuple(terms),
        idf=tuple(idf),
        weights=tuple(map(tuple, weights)),
        voices={name: tuple(voice) for name, voice in head["voices"].items()},
        bias=tuple(head["bias"]),
        curves=tuple(map(tuple, head["curves"])),
        given_at=tuple(head["given_at"]),
        screened_at=tuple(head["screened_at"]),
        given_beside=head["given_beside"],
        firsts=_firsts(head["firsts"], width),
        siblings=siblings,
    )


def _firsts(rows: list[list[int]], areas: int) -> Firsts:
    if rows and [len(row) for row in rows] != [areas + 1] * (areas + 1):
        raise ValueError
    return tuple(tuple(map(int, row)) for row in rows)
