"""Which seeds of the model stand in a text, and where.

One matcher serves the stream and the explanation. Units become one character
each, an automaton finds every seed in one pass, and a seed inside a longer one
or inside a false friend does not count. The same characters, as numbers, are
what the learned terms are looked up by (`ngrams`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from ctclass.model import Model

STOP = "。"
"""Sentences end here and nowhere else. To the tokenizer what follows is the same
whatever stands before it, so a field is cut alike alone and behind another."""

BLANK = " "
_FIRST_CODE = 0x100
UNKNOWN = 0x10FFFF
_SURROGATES = 0xD800, 0x800


@dataclass(frozen=True, slots=True)
class Match:
    """A seed of the model over the units `start` to `end` of a text."""

    term: int
    start: int
    end: int


class Matcher:
    """A model made ready to find its seeds. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        codes = [_code(i) for i in range(len(model.units))]
        self._letters = {surface: codes[unit] for surface, unit in model.spellings.items()}
        self._pattern_terms = [p[0] for p in model.patterns]
        self._automaton = ahocorasick_rs.AhoCorasick(
            ["".join(codes[u] for u in p[1:]) for p in model.patterns]
        )

    def letters(self, surfaces: Iterable[str]) -> str:
        """One character for each surface; surfaces that the model does not know are blank."""
        return "".join(map(self._letters.get, surfaces, repeat(BLANK)))

    def find_all(self, letters: str) -> list[tuple[int, int, int]]:
        """Every (pattern, start, end) in the letters, also inside one another."""
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(
            letters, overlapping=True
        )
        return found

    def term_of(self, pattern: int) -> int:
        """The term that a pattern stands for."""
        return self._pattern_terms[pattern]

    def find_matches(self, letters: str) -> list[Match]:
        """Seeds in the order of the text; those inside a longer one are left out.

        量子収率 keeps 量子 from counting, 量子コンピュータ counts once.
        """
        found = self.find_all(letters)
        if len(found) > 1:
            found.sort(key=_outermost_first)
        kept: list[Match] = []
        reach = 0
        for pattern, start, end in found:
            if end > reach:
                kept.append(Match(self._pattern_terms[pattern], start, end))
                reach = end
        return kept


def numbers_of(letters: str) -> NDArray[np.int64]:
    """The numbers of the units behind letters; `UNKNOWN` for a blank.

    >>> numbers_of(_code(0) + BLANK + _code(60_000)).tolist() == [0, UNKNOWN, 60_000]
    True
    """
    first, width = _SURROGATES
    code = np.frombuffer(letters.encode("utf-32-le"), dtype="<u4").astype(np.int64)
    number = code - _FIRST_CODE - width * (code >= first + width)
    number[number < 0] = UNKNOWN
    return number


def _outermost_first(found: tuple[int, int, int]) -> tuple[int, int]:
    return found[1], -found[2]


def _code(unit: int) -> str:
    first, width = _SURROGATES
    code = _FIRST_CODE + unit
    return chr(code if code < first else code + width)
