"""Short runs of units (one to three) looked up for a whole batch of texts at once.

A learned model knows tens of thousands of them, and almost every word of an
abstract begins one. Asking for each in turn would cost more than tokenizing, so
a batch is one array of unit numbers, and each length is one vectorized look-up
that only goes on from the places that are still alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

AMOUNTS = (4, 2, 3)
"""How much a term counts in the title, the abstract, the keywords (halves)."""
_WORTH = np.array(AMOUNTS, dtype=np.int64)
_MOST = 63
_PLACE_BITS = 24
_PLACE_MASK = (1 << _PLACE_BITS) - 1
LOUDNESS = np.rint(10 * np.log1p(np.arange(_MOST + 1) / 2)).astype(np.int64)
"""Tenths of log(1 + amount): the second time a term stands there says less than the first."""

_MIXING = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2 ** 64 / 1.618: multiplied by it, near keys end in far buckets."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """Where terms stand: `term[i]` over the places `start[i]` to `start[i] + length[i]`."""

    term: Ints
    start: Ints
    length: Ints


def outermost(found: Found) -> Found:
    """In the order of the text; what lies inside a longer one is left out."""
    order = np.lexsort((-found.length, found.start))
    start, length = found.start[order], found.length[order]
    end = start + length
    reach = np.maximum.accumulate(end)
    kept = np.ones(len(end), dtype=bool)
    kept[1:] = end[1:] > reach[:-1]
    return Found(found.term[order][kept], start[kept], length[kept])


class NGrams:
    """Terms of one to three units, by number; a unit unknown here is `units` or more.

    >>> grams = NGrams([(0,), (0, 1), (1, 1, 0)], units=2)
    >>> found = grams.find(np.array([0, 1, 1, 0, 2]))
    >>> found.term.tolist(), found.start.tolist(), found.length.tolist()
    ([0, 0, 1, 2], [0, 3, 0, 1], [1, 1, 2, 3])
    """

    def __init__(self, terms: Sequence[tuple[int, ...]], units: int) -> None:
        self._units = units + 1
        size = np.fromiter(map(len, terms), np.int64, len(terms))
        unit = np.fromiter(chain.from_iterable(terms), np.int64, int(size.sum()))
        begin = np.cumsum(size) - size
        self._longest = int(size.max(initial=0))
        self._first = np.full(self._units, -1, dtype=np.int64)
        self._second = np.zeros(self._units, dtype=bool)
        keys: list[Ints] = []
        held: list[tuple[Ints, Ints]] = []  # terms and their nodes
        own = np.arange(len(terms))
        node = np.zeros(len(terms), dtype=np.int64)
        nodes = 0
        for length in range(1, self._longest + 1):
            here = unit[begin[own] + length - 1]
            path, node = np.unique(node * self._units + here, return_inverse=True)
            node = node.ravel() + nodes
            if length == 1:
                self._first[path] = np.arange(len(path))
            else:
                keys.append(path)
                self._second[here] = True
            nodes += len(path)
            ends = size[own] == length
            held.append((own[ends], node[ends]))
            own, node = own[~ends], node[~ends]
        known = np.count_nonzero(self._first >= 0)
        self._term = np.full(nodes + 1, -1, dtype=np.int32)
        for term, place in held:
            self._term[place] = term
        self._children = _Table(
            np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64), np.arange(known, nodes)
        )

    def find(self, codes: NDArray[np.integer]) -> Found:
        """Every term in the array of unit numbers, the short ones first."""
        code = np.minimum(codes, self._units - 1).astype(np.int32)
        node = self._first[code]
        likely = self._second[code]
        start = np.flatnonzero(node >= 0)
        node = node[start]
        found: list[tuple[Ints, NDArray[np.int32], Ints]] = []
        for length in range(1, self._longest + 1):
            if length > 1:
                place = start + (length - 1)
                inside = np.flatnonzero(place < len(code))
                inside = inside[likely[place[inside]]]
                start, key = start[inside], node[inside] * self._units + code[place[inside]]
                node = self._children.find(key)
                start, node = start[node >= 0], node[node >= 0]
            term = self._term[node]
            held = term >= 0
            found.append((start[held], term[held], np.full(np.count_nonzero(held), length)))
        if not found:
            return Found(*(np.zeros(0, dtype=np.int64),) * 3)
        start, term, size = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return Found(term.astype(np.int64), start, size)


class _Table:
    """Whole numbers looked up by whole numbers, thousands at a time: in buckets, since a
    search in a sorted array misses the processor's caches at every step."""

    def __init__(self, keys: Ints, values: Ints) -> None:
        self._shift = np.uint64(64 - max(1, (4 * len(keys)).bit_length()))
        bucket = self._bucket(keys)
        order = np.argsort(bucket, kind="stable")
        self._keys, self._values = keys[order], values[order]
        sizes = np.bincount(bucket, minlength=1 << int(64 - self._shift))
        self._begins = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)

    def find(self, keys: Ints) -> Ints:
        """The value of each key, -1 where it is unknown."""
        bucket = self._bucket(keys)
        begin, end = self._begins[bucket], self._begins[bucket + 1]
        found = np.full(len(keys), -1, dtype=np.int64)
        at = np.flatnonzero(begin < end)
        slot, end = begin[at], end[at]
        while len(at):
            hit = self._keys[slot] == keys[at]
            found[at[hit]] = self._values[slot[hit]]
            more = ~hit & (slot + 1 < end)
            at, slot, end = at[more], slot[more] + 1, end[more]
        return found

    def _bucket(self, keys: Ints) -> Ints:
        mixed = keys.astype(np.uint64) * _MIXING
        bucket: Ints = (mixed >> self._shift).astype(np.int64)
        return bucket


@dataclass(frozen=True, slots=True)
class Heard:
    """How loud each term is in each document, ordered by document and term; `start` is
    where the term stands first, by unit of its document."""

    document: Ints
    term: Ints
    loudness: Ints
    start: Ints


def gather(found: Found, part: Ints, begins: Ints, idf: NDArray[np.integer], terms: int) -> Heard:
    """How loud each term is in each document.

    `part[i]` is 3 x the document + the field (0 to 2) of entry `i` of `found`, and
    `begins` where each document begins. Loudness is a whole number: tenths of
    log(1 + amount) times tenths of the term's IDF.
    """
    document = part // 3
    place = found.start - begins[document]
    # One number holds all that is needed, so that sorting the numbers is enough: it is
    # several times faster than sorting with an index.
    key = ((document * terms + found.term) << _PLACE_BITS) | (place << 2) | (part - 3 * document)
    key.sort()
    if not len(key):
        return Heard(key, key, key, key)
    amount = _WORTH[key & 3]
    pair = key >> _PLACE_BITS
    first = np.flatnonzero(np.concatenate(([True], pair[1:] != pair[:-1])))
    total = np.minimum(np.add.reduceat(amount, first), _MOST)
    pair = pair[first]
    document = pair // terms
    term = pair - document * terms
    start = (key[first] & _PLACE_MASK) >> 2
    return Heard(document, term, LOUDNESS[total] * idf[term], start)
