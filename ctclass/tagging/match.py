"""Which units the model knows, and which of its seeds stand in a text.

One matcher serves the stream and the explanation. A text becomes an array of
unit numbers; every seed in it is found at once, and a seed inside a longer one
or inside a false friend does not count. The learned terms are looked up by the
same numbers (`ngrams`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from ctclass.model.compact import Model
from ctclass.text.ngrams import Found, Ints, NGrams, outermost

MANY = 5_000
"""From how many surfaces Arrow is worth its import."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Seeds of the model over the units `start` to `end`, in the order of the text."""

    term: Ints
    start: Ints
    end: Ints


class Matcher:
    """A model made ready to find its seeds. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.unknown = len(model.units)
        self._numbers = model.spellings
        self._terms = np.array([p[0] for p in model.patterns], dtype=np.int64)
        self._patterns = NGrams([p[1:] for p in model.patterns], len(model.units))

    def numbers(self, surfaces: Sequence[str]) -> Ints:
        """The number of the unit behind each surface; `unknown` where the model knows none."""
        known = map(self._numbers.get, surfaces, repeat(self.unknown))
        return np.fromiter(known, np.int64, len(surfaces))

    def numbers_of_cuts(self, cuts: Sequence[str]) -> tuple[Ints, Ints]:
        """The numbers of the surfaces of texts, each given with spaces between its surfaces,
        and of how many characters each surface is. Behind each text comes an empty one."""
        cuts = [f"{cut} " for cut in cuts]
        if sum(map(len, cuts)) < MANY:
            surfaces = [surface for cut in cuts for surface in cut.split(" ")]
            return self.numbers(surfaces), np.fromiter(map(len, surfaces), np.int64, len(surfaces))
        import pyarrow as pa
        import pyarrow.compute as pc

        # Most surfaces of a batch are the same few thousand: each is looked up once.
        # One long string, and no `pa.array` nor `to_numpy`: those import pandas.
        data = " ".join(cuts).encode()
        bounds = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
        whole = pa.LargeStringArray.from_buffers(1, bounds, pa.py_buffer(data))
        encoded = pc.split_pattern(whole, " ").values.dictionary_encode()
        own = np.from_dlpack(encoded.indices)
        lengths = np.from_dlpack(pc.utf8_length(encoded.dictionary)).astype(np.int64)
        return self.numbers(encoded.dictionary.to_pylist())[own], lengths[own]

    def find_all(self, numbers: NDArray[np.integer]) -> Found:
        """Every seed in the unit numbers, by term, also inside one another."""
        found = self._patterns.find(numbers)
        return Found(self._terms[found.term], found.start, found.length)

    def find(self, numbers: NDArray[np.integer]) -> Matches:
        """Seeds in the order of the text; those inside a longer one are left out.

        量子収率 keeps 量子 from counting, 量子コンピュータ counts once.
        """
        found = outermost(self.find_all(numbers))
        return Matches(found.term, found.start, found.start + found.length)
