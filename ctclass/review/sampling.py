"""Which rows of a table to look at first, and a sample that says what the whole is like.

Every row belongs to one stratum: flagged for screening; close to another answer; given an area
(by its primary area); or none of these, where what was missed may hide. Of each, some rows
are drawn by a fixed rule from seed and row number, so that the same table and seed give the
same rows. A drawn row stands for `rows / drawn` rows of its stratum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from math import sqrt

from ctclass.errors import Phrase
from ctclass.model.compact import ModelArea
from ctclass.projects import Project
from ctclass.rules import LEVELS
from ctclass.tagging.tag import Tagging
from ctclass.taxonomy.areas import numbered

FLAGGED, CLOSE, GIVEN, REST = "flagged", "close", "given", "rest"
GROUPS = (CLOSE, FLAGGED, GIVEN, REST)
"""Each gets the same share of a sample, as far as it has rows."""
_NAMES = {
    FLAGGED: Phrase("技術流出の指摘あり", "flagged for screening"),
    CLOSE: Phrase("境界に近い", "close calls"),
    GIVEN: Phrase("領域あり、指摘なし", "an area, no flag"),
    REST: Phrase("領域も指摘もない", "no area, no flag"),
}
LEAST = 2
SEED = 7
CLOSE_WITHIN = 60
"""Hundredths of log odds: from a border at 0.50 to 0.35 or 0.65, from one at 0.14 to 0.08 or
0.23. Of 2,000 real projects, those whose numbers have the least digests, 17 % are so near to
another answer."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of a table (counted from 1) that may be reviewed."""

    row: int
    project: Project
    tagging: Tagging
    margin: int | None


@dataclass(frozen=True, slots=True)
class Stratum:
    """Rows of one kind: how many there are, and how many of them are in the sample."""

    stratum: str
    rows: int
    drawn: int

    @property
    def weight(self) -> float:
        """How many rows of the table each drawn row stands for."""
        return self.rows / self.drawn if self.drawn else 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows drawn, in the order in which to look at them, each with its stratum.

    Strata take turns by their sizes, and within each the order is by chance: whoever stops
    early has still looked at a random sample of every stratum.
    """

    seed: int
    strata: tuple[Stratum, ...]
    rows: tuple[tuple[Candidate, Stratum], ...]


def stratum_of(tagging: Tagging, margin: int | None) -> str:
    """The stratum of a row: `flagged`, `close`, `given/` with its primary area, or `rest`."""
    if tagging.screening != LEVELS[0]:
        return FLAGGED
    if margin is not None and margin <= CLOSE_WITHIN:
        return CLOSE
    return f"{GIVEN}/{tagging.primary}" if tagging.areas else REST


def allot(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """How many rows to draw of each stratum, `size` together as far as there are so many.

    Groups share alike; what one cannot use goes to the others. Within `given` each area gets
    `LEAST`, so that a rare one is seen too, and beyond that by the square root of its rows,
    so that no row has to stand for too many.

    >>> allot({"close": 100, "flagged": 3, "given/bio": 90, "given/fusion": 4, "rest": 900}, 40)
    {'close': 13, 'flagged': 3, 'given/bio': 10, 'given/fusion': 2, 'rest': 12}
    """
    groups = {group: _in_group(counts, group) for group in GROUPS}
    shares = _fill({group: sum(own.values()) for group, own in groups.items()}, size)
    found: dict[str, int] = {}
    for group, own in groups.items():
        found |= _fill(own, shares[group], by_root=True)
    return found


@dataclass(slots=True)
class Sampler:
    """Draws a sample from rows that come one by one; keeps no more of them than it may need."""

    size: int
    seed: int = SEED
    counts: dict[str, int] = field(default_factory=dict)
    _held: dict[str, list[tuple[int, int, Candidate]]] = field(default_factory=dict)

    def offer(self, candidate: Candidate) -> None:
        """A row of the table, in its order."""
        stratum = stratum_of(candidate.tagging, candidate.margin)
        self.counts[stratum] = self.counts.get(stratum, 0) + 1
        held = self._held.setdefault(stratum, [])
        entry = (-_chance(self.seed, candidate.row), -candidate.row, candidate)
        if len(held) < self.size:
            heappush(held, entry)
        elif self.size:
            heappushpop(held, entry)

    def draw(self) -> Sample:
        """The sample of all rows offered. Where it is too small for `LEAST` rows of each
        area, areas are not told apart: a stratum of which nothing is drawn says nothing."""
        counts, kinds = self.counts, {name: [name] for name in self.counts}
        drawn = allot(counts, self.size)
        areas = sorted(name for name in counts if name.startswith(f"{GIVEN}/"))
        if any(drawn[name] < min(LEAST, counts[name]) for name in areas):
            kinds = {name: [name] for name in counts if name not in areas} | {GIVEN: areas}
            counts = {kind: sum(counts[name] for name in names) for kind, names in kinds.items()}
            drawn = allot(counts, self.size)
        strata = tuple(Stratum(kind, counts[kind], n) for kind, n in drawn.items())
        turns = [
            ((rank + 0.5) / stratum.drawn, place, candidate, stratum)
            for place, stratum in enumerate(strata)
            for rank, candidate in enumerate(self._chosen(kinds[stratum.stratum], stratum.drawn))
        ]
        turns.sort(key=lambda turn: turn[:2])
        return Sample(self.seed, strata, tuple((c, s) for _, _, c, s in turns))

    def _chosen(self, names: Sequence[str], drawn: int) -> Iterator[Candidate]:
        entries = sorted(
            (entry for name in names for entry in self._held[name]), key=lambda e: (-e[0], -e[1])
        )
        return (candidate for _, _, candidate in entries[:drawn])


def stratum_name(areas: Sequence[ModelArea], stratum: str) -> Phrase:
    """What people call a stratum."""
    for area in areas:
        if stratum == f"{GIVEN}/{area.id}":
            name = numbered(area)
            return Phrase(f"主領域 {name.ja}", f"primary {name.en}")
    return _NAMES.get(stratum, Phrase(stratum, stratum))


def _chance(seed: int, row: int) -> int:
    """A number by chance that seed and row number fix."""
    digest = hashlib.blake2b(f"{seed}:{row}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _in_group(counts: Mapping[str, int], group: str) -> dict[str, int]:
    names = sorted(name for name in counts if name.partition("/")[0] == group)
    return {name: counts[name] for name in names}


def _fill(room: Mapping[str, int], size: int, *, by_root: bool = False) -> dict[str, int]:
    """`size` as far as there is room, one after the other to whoever has least beside its
    due: all alike, or by the square root of the room."""
    due = {name: sqrt(rows) if by_root else 1.0 for name, rows in room.items()}
    found = dict.fromkeys(room, 0)
    for _ in range(min(size, sum(room.values()))):
        open_ones = [name for name in room if found[name] < room[name]]
        least = [name for name in open_ones if found[name] < LEAST]
        name = min(least or open_ones, key=lambda name: (found[name] + 0.5) / due[name])
        found[name] += 1
    return found
