"""Which terms of the model stand in a text, and where.

One matcher serves the stream and the explanation. Units become one character
each, an automaton finds every term in one pass, and a term inside a longer one
does not count. A sieve over the raw characters first puts aside the sentences
in which no term can stand: tokenizing is most of the cost of a run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product, repeat

import ahocorasick_rs

from ctclass.model import Model

STOP = "。"
"""Sentences end here and nowhere else. To the tokenizer what follows is the same
whatever stands before it, so a sentence is cut alike alone and in its text."""

_MOST_SPELLINGS = (50, 5000)
_LONG_ENOUGH = 3
_OTHER = " "
_FIRST_CODE = 0x100
_SURROGATES = 0xD800, 0x800


@dataclass(frozen=True, slots=True)
class Match:
    """A term of the model over the units `start` to `end` of a text."""

    term: int
    start: int
    end: int


class Matcher:
    """A model made ready to find its terms. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        codes = [_code(i) for i in range(len(model.units))]
        self._letters = {surface: codes[unit] for surface, unit in model.spellings.items()}
        self._pattern_terms = [p[0] for p in model.patterns]
        self._automaton = ahocorasick_rs.AhoCorasick(
            ["".join(codes[u] for u in p[1:]) for p in model.patterns]
        )
        clues = _clues(model)
        self._firm = list(clues.values())
        self._sieve = ahocorasick_rs.AhoCorasick(list(clues))

    def sift(self, text: str) -> list[tuple[int, int]]:
        """Start and end of the sentences of a prepared text in which terms can stand.

        Empty when no term that may stand alone can be anywhere in it.
        """
        hits = self._sieve.find_matches_as_indexes(text, overlapping=True)
        if not any(self._firm[clue] for clue, _, _ in hits):
            return []
        sentences: list[tuple[int, int]] = []
        end = -1
        for _, _, reach in hits:  # in the order of their ends
            if reach > end:
                start = text.rfind(STOP, 0, reach) + 1
                end = text.find(STOP, reach)
                end = len(text) if end < 0 else end
                sentences.append((start, end))
        return sentences

    def find_all(self, surfaces: Iterable[str]) -> list[tuple[int, int, int]]:
        """Every (pattern, start, end) over the surfaces, also inside one another."""
        letters = "".join(map(self._letters.get, surfaces, repeat(_OTHER)))
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(
            letters, overlapping=True
        )
        return found

    def term_of(self, pattern: int) -> int:
        """The term that a pattern stands for."""
        return self._pattern_terms[pattern]

    def find_matches(self, surfaces: Iterable[str]) -> list[Match]:
        """Terms in the order of the text; those inside a longer one are left out.

        量子収率 keeps 量子 from counting, 量子コンピュータ counts once.
        """
        found = self.find_all(surfaces)
        if len(found) > 1:
            found.sort(key=_outermost_first)
        kept: list[Match] = []
        reach = 0
        for pattern, start, end in found:
            if end > reach:
                kept.append(Match(self._pattern_terms[pattern], start, end))
                reach = end
        return kept


def _clues(model: Model) -> dict[str, bool]:
    """Strings of which every occurrence of a term holds one, and whether the term may stand alone.

    All spellings of the term, or where they are too many, of a part of it.
    """
    spellings: list[set[str]] = [set() for _ in model.units]
    for surface, unit in model.spellings.items():
        spellings[unit].add(surface)
    clues: dict[str, bool] = {}
    for number, *units in model.patterns:
        term = model.terms[number]
        if not term.votes and not term.against:
            continue  # a false friend matters only where a seed stands in it
        firm = any(vote.alone for vote in term.votes)
        for clue in _spell([spellings[u] for u in units]):
            clues[clue] = clues.get(clue, False) or firm
    return clues


def _spell(units: Sequence[set[str]]) -> Iterator[str]:
    """All spellings of the longest stretch of `units` that has few enough.

    Verbs have hundreds of forms; a clue of one character would be everywhere, so
    more are allowed where they make it longer.
    """
    ends = range(1, len(units) + 1)
    stretches = [units[start:end] for end in ends for start in range(end)]
    longest: Sequence[set[str]] = units[:1]
    for most in _MOST_SPELLINGS:
        few = [s for s in stretches if math.prod(map(len, s)) <= most]
        longest = max(few, key=_shortest, default=units[:1])
        if _shortest(longest) >= _LONG_ENOUGH:
            break
    return map("".join, product(*longest))


def _shortest(stretch: Sequence[set[str]]) -> int:
    """How long the shortest spelling of a stretch is."""
    return sum(min(map(len, unit)) for unit in stretch)


def _outermost_first(found: tuple[int, int, int]) -> tuple[int, int]:
    return found[1], -found[2]


def _code(unit: int) -> str:
    first, width = _SURROGATES
    code = _FIRST_CODE + unit
    return chr(code if code < first else code + width)
