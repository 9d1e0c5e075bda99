"""The texts of projects in one spelling, many at a time.

`Segmenter.prepare` does it for any text. Most texts need no more of it than a
few characters exchanged one by one, and those are done here in one pass over all
projects together; whatever asks for more (tags, a word to be mended, a letter of
several characters) marks its project, which then takes the long way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctclass.text.characters import (
    CAPITAL,
    JAPANESE,
    KATAKANA,
    ODD,
    SPACE,
    STOP,
    Tidied,
    kinds_of_characters,
)

if TYPE_CHECKING:
    from ctclass.text.units import Segmenter

Fields = tuple[str, str, str]
"""Title, abstract, keywords."""
TOGETHER = 32
"""From how many projects the one pass is worth its tables (20 ms, once)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The fields of a project in one spelling, in a row with a stop between them.

    `ends` is where the title and the abstract end in `text`. Where `tidied` is None,
    every character of the fields stands there in its order, but for those at `closed`
    (places in the fields joined with a stop, ascending), which were taken out.
    """

    fields: Fields
    text: str
    ends: tuple[int, int]
    closed: tuple[int, ...] = ()
    tidied: tuple[Tidied, ...] | None = None

    def surface(self, start: int, end: int) -> str:
        """The characters `start` to `end` as the reader wrote them, in one line."""
        field, at, to = self.origin(start, end)
        return " ".join(self.fields[field][at:to].split())

    def origin(self, start: int, end: int) -> tuple[int, int, int]:
        """The field (0 to 2) in which the characters `start` to `end` stand, and where in it
        they begin and end as the reader wrote them."""
        field = (start > self.ends[0]) + (start > self.ends[1])
        end = min(end, self.ends[field] if field < 2 else len(self.text))
        before = self.ends[field - 1] + 1 if field else 0
        if self.tidied is not None:
            return field, *self.tidied[field].origin(start - before, end - before)
        if self.closed:
            start, end = Tidied("", closed=self.closed).origin(start, end)
            before = sum(len(text) + 1 for text in self.fields[:field])
        return field, start - before, end - before


def prepare_one(segmenter: Segmenter, fields: Fields) -> Prepared:
    """The long way, for any project."""
    tidied = tuple([segmenter.prepare(text) for text in fields])
    title, abstract, _ = (p.text for p in tidied)
    ends = len(title), len(title) + 1 + len(abstract)
    return Prepared(fields, STOP.join([p.text for p in tidied]), ends, tidied=tidied)


def prepare_all(segmenter: Segmenter, projects: Sequence[Fields]) -> list[Prepared]:
    """All projects, in order; the answers are those of `prepare_one`."""
    if len(projects) < TOGETHER:
        return [prepare_one(segmenter, fields) for fields in projects]
    flat = list(chain.from_iterable(projects))
    sizes = np.fromiter(map(len, flat), np.int64, len(flat))
    ends = np.cumsum(sizes + 1)
    text, places = _exchange(STOP.join([*flat, ""]), ends - sizes - 1, ends - 1)
    last = ends[2::3]
    odd, loud, dotted = (_by_project(found, last) for found in places)
    long_way = odd.keys() | {i for i in loud if any(map(str.isupper, projects[i]))}
    found = []
    start = 0
    for i, (fields, end) in enumerate(zip(projects, last.tolist(), strict=True)):
        if i in long_way:
            found.append(prepare_one(segmenter, fields))
        else:
            title = len(fields[0])
            own = Prepared(fields, text[start : end - 1], (title, title + 1 + len(fields[1])))
            found.append(_close(own, [dot - start for dot in dotted[i]]) if i in dotted else own)
        start = end
    return found


def _close(prepared: Prepared, places: list[int]) -> Prepared:
    """The same with the characters at `places` taken out."""
    bounds = pairwise([-1, *places, len(prepared.text)])
    text = "".join([prepared.text[a + 1 : b] for a, b in bounds])
    title, abstract = (end - bisect_left(places, end) for end in prepared.ends)
    return Prepared(prepared.fields, text, (title, abstract), tuple(places))


Places = NDArray[np.int64]


def _by_project(places: Places, last: Places) -> dict[int, list[int]]:
    """Places by the number of the project whose end in `last` is the next one."""
    found: dict[int, list[int]] = {}
    projects = np.searchsorted(last, places, side="right").tolist()
    for project, place in zip(projects, places.tolist(), strict=True):
        found.setdefault(project, []).append(place)
    return found


def _exchange(text: str, starts: Places, ends: Places) -> tuple[str, tuple[Places, ...]]:
    """`text` with its characters exchanged, and the places that ask for more: those that
    need the long way, those that do in a field of capitals, and dots within katakana.

    `starts` and `ends` bound the fields within it.
    """
    exchanged, kinds = _tables()
    old = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    code = np.minimum(old, len(kinds) - 1).astype(np.uint16)
    kind = kinds[code]
    new = exchanged[code]
    odd = (kind & ODD) != 0
    space = new == ord(SPACE)
    letter = kind & (JAPANESE | CAPITAL)
    before, after = slice(None, -2), slice(2, None)
    # A gap that a word may run across; a word that a hyphen and a line end cut in two; a
    # space at the edge of a field.
    odd[1:-1] |= space[1:-1] & ((letter[before] & letter[after]) != 0)
    odd[1:] |= space[1:] & (space[:-1] | ((old[:-1] == ord("-")) & (old[1:] != ord(" "))))
    held = ends > starts
    edges = np.concatenate((starts[held], ends[held] - 1))
    odd[edges] |= space[edges]
    capital = letter == CAPITAL
    between = space | (new == ord("-"))
    ending = capital.copy()
    ending[1:] |= capital[:-1] & np.isin(new[1:], _MARKS)
    loud = between[1:-1] & capital[after] & ending[before]
    dots = new == ord("・")
    dots[1:-1] &= ((kind[before] & kind[after]) & KATAKANA) != 0
    dots[[0, -1]] = False
    places = np.flatnonzero(odd), 1 + np.flatnonzero(loud), np.flatnonzero(dots)
    return new.tobytes().decode("utf-16-le"), places


_MARKS = np.array([ord(c) for c in ",:;"], dtype=np.uint16)


@cache
def _tables() -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """For every character of the first plane what it is exchanged for, and its kind.

    The last entry stands for all characters of the other planes.
    """
    exchanged, kinds = kinds_of_characters()
    return np.array(exchanged, dtype="<u2"), np.array(kinds, dtype=np.uint8)
