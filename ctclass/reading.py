"""A project as the model sees it: its units, field by field, and the seeds among them.

What the stream scores and what is explained go through the same `Reader`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import local

import numpy as np
from numpy.typing import NDArray

from ctclass.characters import Tidied
from ctclass.match import BLANK, STOP, Match, Matcher
from ctclass.model import Model
from ctclass.text import Segmenter


@dataclass(frozen=True, slots=True)
class Reading:
    """The texts of a project cut into units.

    `letters` has one character a unit; `begins[i]` is where unit `i` begins in the
    prepared fields joined with a stop, and the last entry where they end.
    `fields` are the first units of the abstract and of the keywords.
    """

    texts: Sequence[str]
    prepared: tuple[Tidied, ...]
    letters: str
    begins: NDArray[np.int64]
    fields: tuple[int, int]
    seeds: list[Match]

    @property
    def joined(self) -> str:
        """The prepared fields in a row."""
        return STOP.join(p.text for p in self.prepared)

    def field_of(self, unit: int) -> int:
        """0 in the title, 1 in the abstract, 2 in the keywords."""
        return (unit >= self.fields[0]) + (unit >= self.fields[1])

    def surface(self, start: int, end: int) -> str:
        """The units `start` to `end` as the reader wrote them, in one line."""
        field = self.field_of(start)
        offset = sum(len(p.text) + 1 for p in self.prepared[:field])
        place, stop = int(self.begins[start]) - offset, int(self.begins[end]) - offset
        at, to = self.prepared[field].origin(place, stop)
        return " ".join(self.texts[field][at:to].split())


class Reader:
    """Reads projects with one tokenizer per thread; may be called from any thread."""

    def __init__(self, model: Model) -> None:
        self.matcher = Matcher(model)
        self._friends = frozenset(
            i for i, term in enumerate(model.terms) if not term.votes and not term.against
        )
        self._local = local()

    def read(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """The readings of projects, each given as (title, abstract, keywords).

        Step by step for all of them: the tokenizer alone fills the processor's caches,
        and taking turns with Python code made it a third slower.
        """
        segmenter = self._segmenter()
        prepared = [tuple([segmenter.prepare(text) for text in fields]) for fields in texts]
        cut = [segmenter.cut(STOP.join([p.text for p in fields])) for fields in prepared]
        return [self._reading(*project) for project in zip(texts, prepared, cut, strict=True)]

    def _reading(self, texts: Sequence[str], prepared: tuple[Tidied, ...], cut: str) -> Reading:
        surfaces = cut.split(" ")
        title, abstract = len(prepared[0].text), len(prepared[1].text)
        letters = self.matcher.letters(surfaces)
        seeds = self.matcher.find_matches(letters)
        # An array, not a list: two hundred numbers a project kept as objects cost more
        # in cache misses than it does to count them.
        begins = np.zeros(len(surfaces) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, surfaces), np.int64, len(surfaces)), out=begins[1:])
        first, second = begins.searchsorted((title + 1, title + abstract + 2)).tolist()
        return Reading(
            texts,
            prepared,
            self._without_friends(letters, seeds),
            begins,
            (first, second),
            seeds,
        )

    def _without_friends(self, letters: str, seeds: Sequence[Match]) -> str:
        """Blanks where a false friend stands: no learned term inside it counts either."""
        friends = [match for match in seeds if match.term in self._friends]
        if not friends:
            return letters
        kept = list(letters)
        for match in friends:
            kept[match.start : match.end] = BLANK * (match.end - match.start)
        return "".join(kept)

    def _segmenter(self) -> Segmenter:
        if not hasattr(self._local, "segmenter"):
            self._local.segmenter = Segmenter()
        segmenter: Segmenter = self._local.segmenter
        return segmenter
