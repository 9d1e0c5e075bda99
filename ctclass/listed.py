"""Where words of the lists stand in projects, and whether a project makes the thing or only
uses it: 「ソナーの開発」 is a sonar, 「ソナーを用いた調査」 is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctclass.model import Model
from ctclass.ngrams import NGrams, outermost
from ctclass.reading import Readings
from ctclass.rules import MADE, NAMED, USED, Cues

WINDOW = 24
"""Characters behind and before a word in which a cue is looked for, within its clause."""
_CLAUSE_END = re.compile(r"[。、,.;:!?\n]")


@dataclass(frozen=True, slots=True)
class ListedHit:
    """A listed word: the technologies (by number) that own it, its units, and how strongly
    it counts (`USED`, `NAMED` or `MADE`)."""

    owners: tuple[int, ...]
    start: int
    end: int
    strength: int


class Sense:
    """Tells by the phrases around a word what a project does with the thing.

    >>> sense = Sense(Cues(tool_after=("を用い",), output_after=("の開発",)))
    >>> sense.of("合成開口ソナーの開発", 0, 7), sense.of("ソナーを用いた魚群の観察", 0, 3)
    (10, 1)
    """

    def __init__(self, cues: Cues) -> None:
        groups = (("tool", cues.tool_after), ("output", cues.output_after))
        self._after = re.compile(
            "|".join(
                f"(?P<{name}>{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
                for name, words in groups
                if words
            )
            or r"(?!)"
        )
        self._tool_before = tuple(word.lower() for word in cues.tool_before)
        self._output_before = tuple(word.lower() for word in cues.output_before)

    def of(self, text: str, start: int, end: int) -> int:
        """How strongly the word `text[start:end]` counts; the first cue behind it decides."""
        clause = _CLAUSE_END.split(text[end : end + WINDOW], maxsplit=1)[0]
        found = self._after.search(clause)
        if found:
            return USED if found.lastgroup == "tool" else MADE
        before = text[max(0, start - WINDOW) : start].lower()
        if self._tool_before and before.endswith(self._tool_before):
            return USED
        if self._output_before and before.endswith(self._output_before):
            return MADE
        return NAMED


class ListReader:
    """Finds the listed words of a batch with one look-up. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        patterns = model.rules.patterns
        self._owners = [owners for owners, _ in patterns]
        self._grams = NGrams([units for _, units in patterns], len(model.units))
        self._sense = Sense(model.rules.cues)

    def find(self, readings: Readings) -> dict[int, list[ListedHit]]:
        """The words that count, by project; of those inside one another the longest. A word
        in the title counts as made where nothing says that it is used."""
        found = outermost(self._grams.find(readings.numbers))
        part = readings.parts()[found.start].tolist() if len(found.start) else []
        hits: dict[int, list[ListedHit]] = {}
        places = zip(
            found.term.tolist(), found.start.tolist(), (found.start + found.length).tolist(),
            part, strict=True,
        )  # fmt: skip
        for term, start, end, where in places:
            owners = self._owners[term]
            if owners:
                project, field = divmod(where, 3)
                strength = self._strength(readings, project, field, start, end)
                hits.setdefault(project, []).append(ListedHit(owners, start, end, strength))
        return hits

    def _strength(self, readings: Readings, project: int, field: int, start: int, end: int) -> int:
        if field == 2:
            return NAMED
        before = int(readings.starts[project])
        at, to = int(readings.begins[start]) - before, int(readings.begins[end]) - before
        strength = self._sense.of(readings.prepared[project].text, at, to)
        return MADE if field == 0 and strength == NAMED else strength


def strongest(hits: Sequence[ListedHit], technologies: int) -> np.ndarray:
    """How strongly each technology counts in a project, tenths."""
    strength = np.zeros(technologies, dtype=np.int64)
    for hit in hits:
        for owner in hit.owners:
            strength[owner] = max(strength[owner], hit.strength)
    return strength
