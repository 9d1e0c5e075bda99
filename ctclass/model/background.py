"""Document frequencies of terms in a background corpus: numbers, never texts.

How rare a term is decides how much it says. The frequencies are counted once
over a corpus of real projects and kept in a small table of their own, so a
model can be built without the corpus, and nobody needs its texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctclass.errors import ModelError, Phrase
from ctclass.model.corpus import Corpus, find_in_batches
from ctclass.tables.output import write_whole
from ctclass.text.ngrams import NGrams

_HEAD = "# ctclass background 1"


@dataclass(frozen=True, slots=True)
class Background:
    """`df[key]` of `documents` hold the term; `description` says what was counted.

    A key is a term's units joined with `|`; single units stand there as well.
    """

    description: str
    documents: int
    df: dict[str, int]

    def frequency(self, units: Sequence[str]) -> int:
        """How many documents hold the units in a row.

        A term that nobody has counted yet gets a tenth of its rarest unit: rare
        enough to matter, too common to rule.
        """
        counted = self.df.get(key_of(units))
        if counted is not None:
            return counted
        return min(self.df.get(unit, 0) for unit in units) // 10

    def has(self, units: Sequence[str]) -> bool:
        """Whether the term was counted."""
        return key_of(units) in self.df


def rarity(df: int, documents: int) -> float:
    """Inverse document frequency: how much a term says because few documents hold it.

    >>> round(rarity(99, 9_999), 3), rarity(9_999, 9_999)
    (4.605, 0.0)
    """
    return math.log((1 + documents) / (1 + df))


def key_of(units: Sequence[str]) -> str:
    """The key of a unit sequence; the space unit is written as `_`.

    >>> key_of(["量子", "コンピューター"])
    '量子|コンピューター'
    """
    return "|".join("_" if u.isspace() else u for u in units)


def count_background(
    corpus: Corpus, keys: Mapping[tuple[str, ...], str], description: str
) -> Background:
    """Count in how many projects of the corpus each unit sequence stands, by key.

    Sequences that are spellings of one term share its key and count once a project.
    """
    import numpy as np

    number = {unit: i for i, unit in enumerate(corpus.units)}
    known = [s for s in sorted(keys) if all(unit in number for unit in s)]
    names = sorted(set(keys.values()))
    place = {name: i for i, name in enumerate(names)}
    key = np.array([place[keys[s]] for s in known], dtype=np.int64)
    grams = NGrams([tuple(number[u] for u in s) for s in known], len(corpus.units))
    totals = np.zeros(len(names), dtype=np.int64)
    for _, part, _, found in find_in_batches(corpus, grams):
        pairs = np.unique(part // 3 * len(names) + key[found.term])
        totals += np.bincount(pairs % len(names), minlength=len(names))
    return Background(description, len(corpus), dict(zip(names, totals.tolist(), strict=True)))


def write_background(background: Background, path: Path) -> None:
    """Write the table: a head of three lines, then `key<TAB>df`, sorted."""
    lines = [
        _HEAD,
        f"# {background.description}",
        f"# documents\t{background.documents}",
    ]
    lines += [f"{key}\t{df}" for key, df in sorted(background.df.items())]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def read_background(path: Path) -> Background:
    """Read a table that `write_background` wrote; ModelError with the line that is wrong."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, 1) from error
    df: dict[str, int] = {}
    try:
        if lines[0] != _HEAD:
            raise ValueError
        documents = int(lines[2].split("\t")[1])
        for line in lines[3:]:
            key, _, value = line.rpartition("\t")
            df[key] = int(value)
    except (ValueError, IndexError) as error:
        raise _unreadable(path, len(df) + 4 if df else 1) from error
    return Background(lines[1].removeprefix("# "), documents, df)


def _unreadable(path: Path, line: int) -> ModelError:
    return ModelError(
        Phrase("背景の度数表を読めません", "The background table cannot be read"),
        where=f"{path}:{line}",
        hint=Phrase(
            "ctclass build --corpus で数え直してください",
            "Count it again with: ctclass build --corpus",
        ),
    )
