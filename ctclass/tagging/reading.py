"""Projects as the model sees them: their units, field by field, and the seeds among them.

What the stream scores and what is explained go through the same `Reader`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import local

import numpy as np
from numpy.typing import NDArray

from ctclass.model.compact import Model
from ctclass.tagging.match import Matcher, Matches
from ctclass.tagging.preparing import Fields, Prepared, prepare_all
from ctclass.text.characters import STOP
from ctclass.text.ngrams import Ints
from ctclass.text.units import Segmenter

_BLANK = {STOP * 2: f"{STOP} {STOP}"}
"""A project without a text, prepared, and what the tokenizer would make of it."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Projects cut into units, one after the other, an empty one behind each.

    numbers   the number of each unit
    begins    where each unit begins, in characters of all prepared texts in a row
    starts    where each project begins there
    first     the first unit of each project, and behind the last unit of all
    fields    projects x 2: the first unit of the abstract and of the keywords
    seeds     the seeds that count; `numbers` are unknown where a false friend stands,
              so that no learned term inside it counts either
    """

    prepared: Sequence[Prepared]
    numbers: Ints
    begins: Ints
    starts: Ints
    first: Ints
    fields: Ints
    seeds: Matches

    def __len__(self) -> int:
        return len(self.first) - 1

    def parts(self) -> Ints:
        """Of each unit 3 x its project + its field: title 0, abstract 1, keywords 2."""
        bounds = np.column_stack((self.first[:-1], self.fields)).ravel()
        return np.repeat(np.arange(len(bounds)), np.diff(bounds, append=len(self.numbers)))

    def bare(self) -> NDArray[np.bool_]:
        """Which projects have no keywords."""
        found: NDArray[np.bool_] = self.fields[:, 1] >= self.first[1:] - 1
        return found

    def surface(self, project: int, start: int, end: int) -> str:
        """The units `start` to `end` of a project (counted from all) as the reader wrote them."""
        before = int(self.starts[project])
        at, to = int(self.begins[start]) - before, int(self.begins[end]) - before
        return self.prepared[project].surface(at, to)

    def origin(self, project: int, start: int, end: int) -> tuple[int, int, int]:
        """The field of these units, and the characters there behind them (`Prepared.origin`)."""
        before = int(self.starts[project])
        at, to = int(self.begins[start]) - before, int(self.begins[end]) - before
        return self.prepared[project].origin(at, to)


def texts_of(prepared: Sequence[Prepared]) -> list[str]:
    """The texts that must be cut, each of them once; where there is none, nothing is."""
    return [text for text in dict.fromkeys([p.text for p in prepared]) if text not in _BLANK]


class Reader:
    """Reads projects with one tokenizer per thread; may be called from any thread."""

    def __init__(self, model: Model) -> None:
        self.matcher = Matcher(model)
        self._is_friend = np.array(
            [not term.votes and not term.against for term in model.terms], dtype=bool
        )
        self._local = local()

    def read(self, projects: Sequence[Fields]) -> Readings:
        """The readings of projects, each given as (title, abstract, keywords).

        Step by step for all of them: the tokenizer alone fills the processor's caches,
        and taking turns with Python code made it a third slower.
        """
        prepared = self.prepare(projects)
        texts = texts_of(prepared)
        return self.take(prepared, dict(zip(texts, self.cut(texts), strict=True)))

    def prepare(self, projects: Sequence[Fields]) -> list[Prepared]:
        """The first step: the texts in one spelling."""
        return prepare_all(self._segmenter(), projects)

    def cut(self, texts: Sequence[str]) -> list[str]:
        """The second step, and most of the time: prepared texts to surfaces with spaces
        between them. `cutting` does the same in another process."""
        segmenter = self._segmenter()
        return [segmenter.cut(text) for text in texts]

    def take(self, prepared: Sequence[Prepared], cut_of: Mapping[str, str]) -> Readings:
        """The third step: prepared texts and the cuts of `texts_of` them to units and seeds."""
        known = {**cut_of, **_BLANK}
        cuts = [known[p.text] for p in prepared]
        sizes = np.array([len(p.text) for p in prepared], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        numbers, lengths = self.matcher.numbers_of_cuts(cuts)
        begins = np.cumsum(lengths) - lengths
        ends = np.array([p.ends for p in prepared], dtype=np.int64).reshape(-1, 2)
        fields = begins.searchsorted(starts[:, None] + ends + 1)
        first = np.cumsum([0, *(cut.count(" ") + 2 for cut in cuts)])
        seeds = self.matcher.find(numbers)
        friends = self._is_friend[seeds.term]
        for start, end in zip(seeds.start[friends], seeds.end[friends], strict=True):
            numbers[start:end] = self.matcher.unknown
        return Readings(prepared, numbers, begins, starts, first, fields, seeds)

    def _segmenter(self) -> Segmenter:
        if not hasattr(self._local, "segmenter"):
            self._local.segmenter = Segmenter()
        segmenter: Segmenter = self._local.segmenter
        return segmenter
