"""Which technology of an area a project is about, where no seed of that area says so.

One given area in ten comes from learned terms alone. Siblings, the technologies
of one area, share most of its words; some hundred words tell them apart, and
those are kept here, with a weight for every sibling. Sums of whole numbers, as
everywhere: each word's share of an answer can be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEIGHT = 100


@dataclass(frozen=True, slots=True)
class Siblings:
    """What tells the technologies of one area apart.

    members   their ids
    terms     numbers of the learned terms that tell them apart, ascending
    weights   terms x members: what a term says for each, in `WEIGHT`ths
    bias      per member, where its sum starts, in thousandths
    clear_at  how far the first must be ahead of the second, in thousandths
    """

    members: tuple[str, ...]
    terms: NDArray[np.int32]
    weights: NDArray[np.int16]
    bias: tuple[int, ...]
    clear_at: int


class Namer:
    """Names a technology by learned terms, or none. Safe to share between threads.

    `number` has the technologies that may be named. One that has left the taxonomy since
    is still what its texts are about: it competes, and where it wins, nothing is named.
    """

    def __init__(self, siblings: Sequence[Siblings], number: Mapping[str, int], terms: int) -> None:
        self._numbers = [[number.get(m) for m in s.members] for s in siblings]
        self._row = np.zeros((len(siblings), terms), dtype=np.int16)
        self._weights = []
        for row, s in zip(self._row, siblings, strict=True):
            row[s.terms] = np.arange(1, len(s.terms) + 1)
            self._weights.append(np.vstack([np.zeros((1, len(s.members))), s.weights]))
        self._bias = [np.array(s.bias) * (WEIGHT / 1000) for s in siblings]
        self._clear_at = [s.clear_at * (WEIGHT / 1000) for s in siblings]

    def name(
        self, area: int, term: NDArray[np.int64], loudness: NDArray[np.int64], length: float
    ) -> list[int]:
        """The number of the technology that the terms of a project name, if one is clear.

        `term` and `loudness` are those of the whole project, `length` is what sums over
        them are divided by.
        """
        if area >= len(self._numbers) or not self._numbers[area]:
            return []
        # Sums of whole numbers below 2**53, so they are exact in any order.
        sums = loudness.astype(float) @ self._weights[area].take(self._row[area].take(term), 0)
        sums = sums / length + self._bias[area]
        best = int(sums.argmax())
        second = np.delete(sums, best).max(initial=0.0 if len(sums) == 1 else -np.inf)
        named = self._numbers[area][best]
        is_clear = sums[best] - second >= self._clear_at[area]
        return [named] if is_clear and named is not None else []


def dump_siblings(siblings: Sequence[Siblings]) -> tuple[list[Any], bytes]:
    """A head for JSON, and the terms and weights of all as bytes."""
    head = [[s.members, len(s.terms), s.bias, s.clear_at] for s in siblings]
    parts = [s.terms.astype("<i4").tobytes() + s.weights.astype("<i2").tobytes() for s in siblings]
    return head, b"".join(parts)


def parse_siblings(head: Sequence[Any], numbers: bytes) -> tuple[Siblings, ...]:
    """What `dump_siblings` wrote; ValueError where the sizes do not fit."""
    at = 0
    siblings = []
    for members, size, bias, clear_at in head:
        terms = np.frombuffer(numbers, dtype="<i4", count=size, offset=at)
        at += 4 * size
        weights = np.frombuffer(numbers, dtype="<i2", count=size * len(members), offset=at)
        at += 2 * size * len(members)
        shaped = weights.reshape(size, len(members))
        siblings.append(Siblings(tuple(members), terms, shaped, tuple(bias), clear_at))
    if at != len(numbers):
        raise ValueError
    return tuple(siblings)


def write_tellings(siblings: Sequence[Siblings]) -> tuple[list[Any], dict[int, list[str]]]:
    """A head for JSON, and by number of the term one cell: `area=weight,weight;area=…`."""
    cells: dict[int, list[str]] = {}
    for area, s in enumerate(siblings):
        for term, weights in zip(s.terms.tolist(), s.weights.tolist(), strict=True):
            cells.setdefault(term, []).append(f"{area}={','.join(map(str, weights))}")
    head = [[s.members, s.bias, s.clear_at] for s in siblings]
    return head, {term: [";".join(parts)] for term, parts in cells.items()}


def read_tellings(head: Sequence[Any], cells: Mapping[int, str]) -> tuple[Siblings, ...]:
    """What `write_tellings` wrote, cells in the order of their terms; ValueError where it
    does not fit."""
    rows: list[dict[int, list[int]]] = [{} for _ in head]
    if any(len(members) != len(bias) for members, bias, _ in head):
        raise ValueError
    for term, cell in cells.items():
        for part in cell.split(";"):
            area, _, weights = part.partition("=")
            if not area.isdecimal():
                raise ValueError
            rows[int(area)][term] = list(map(int, weights.split(",")))
    return tuple(
        Siblings(
            tuple(members),
            np.array(list(own), dtype=np.int32),
            np.array(list(own.values()), dtype=np.int16).reshape(len(own), len(members)),
            tuple(bias),
            clear_at,
        )
        for own, (members, bias, clear_at) in zip(rows, head, strict=True)
    )
