"""A corpus as numbers: unit by unit, in memory, without its texts.

Learning goes over the corpus several times (which runs of units are common, what
travels with which review section), so it is tokenized once, on all cores, and
kept as one array of unit numbers: 233,000 projects are 45 million units, 180 MB.
"""

from __future__ import annotations

import re
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctclass.text.ngrams import Found, NGrams
from ctclass.text.units import Segmenter

BATCH = 500
SEARCHED = 10_000
_CONTENT = re.compile("[\u3400-\u9fff々\u30a1-\u30faA-Za-zΑ-ω]")
_LETTER_ALONE = re.compile("[A-Za-z\u30a1-\u30fa]")
_FUNCTION_WORDS = frozenset(
    """
    a about after all also although among an and any are as at based be because been before being
    between both but by can could do does during each for from further had has have he how however
    i if in into is it its many may more most much new no non not of on one or other our over she
    should since so some such than that the their them there these they this those through thus to
    two under until upon us use used using via was we were what when where whether which while who
    will with within without would
    """.split()
)
_WORD = re.compile(r"(?:[^\W_]|[\n\-・/+])+")

Texts = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Projects as unit numbers.

    `codes` are the units of all fields in a row; `bounds[i]` are the four places
    that limit the title, abstract and keywords of project `i` (documents x 4).
    """

    units: list[str]
    codes: NDArray[np.int32]
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds)


def read_corpus(
    documents: Iterable[Texts],
    new_segmenter: Callable[[], Segmenter],
    *,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Corpus:
    """Cut every (title, abstract, keywords) into units. The order of `documents` is kept."""
    number: dict[str, int] = {}
    codes = array("i")
    bounds = array("q", [0])
    done = 0
    for batch in _surfaces(documents, new_segmenter, workers):
        for fields in batch:
            for surfaces in fields:
                codes.extend(number.setdefault(s, len(number)) for s in surfaces)
                bounds.append(len(codes))
            bounds.append(len(codes))
        done += len(batch)
        if progress:
            progress(done)
    bounds.pop()
    return _by_unit(number, codes, bounds, new_segmenter())


def _by_unit(number: dict[str, int], codes: Any, bounds: Any, segmenter: Segmenter) -> Corpus:
    """Surfaces become the units that they stand for."""
    units: dict[str, int] = {}
    turn = [units.setdefault(segmenter.unit(s), len(units)) for s in number] or [0]
    table = np.array(turn, dtype=np.int32)
    return Corpus(
        list(units),
        table[np.frombuffer(codes, dtype=np.int32)] if len(codes) else np.zeros(0, np.int32),
        np.frombuffer(bounds, dtype=np.int64).reshape(-1, 4).copy()
        if len(bounds) >= 4
        else np.zeros((0, 4), np.int64),
    )


def _surfaces(
    documents: Iterable[Texts], new_segmenter: Callable[[], Segmenter], workers: int
) -> Iterator[list[list[list[str]]]]:
    own = local()

    def cut(batch: Sequence[Texts]) -> list[list[list[str]]]:
        if not hasattr(own, "segmenter"):
            own.segmenter = new_segmenter()
        s: Segmenter = own.segmenter
        return [[s.surfaces(s.prepare(text).text) for text in fields] for fields in batch]

    waiting: deque[Future[list[list[list[str]]]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for batch in _batches(documents):
            waiting.append(pool.submit(cut, batch))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batches(documents: Iterable[Texts]) -> Iterator[list[Texts]]:
    batch: list[Texts] = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def parts_of(bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each unit within the bounds 3 x its project + its field (0 to 2)."""
    return np.repeat(np.arange(3 * len(bounds)), np.diff(bounds, axis=1).ravel())


def find_in_batches(
    corpus: Corpus, grams: NGrams
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64], Found]]:
    """Terms in the corpus, some thousand projects at a time.

    Gives the number of the first project; 3 x the project + the field (0 to 2) of every
    term that stands within one field, projects counted from that first one; the place
    where each project begins; and the terms.
    """
    for first in range(0, len(corpus), SEARCHED):
        bounds = corpus.bounds[first : first + SEARCHED]
        start, end = int(bounds[0, 0]), int(bounds[-1, 3])
        part = parts_of(bounds)
        found = grams.find(corpus.codes[start:end])
        inside = part[found.start] == part[found.start + found.length - 1]
        found = Found(found.term[inside], found.start[inside], found.length[inside])
        yield first, part[found.start], bounds[:, 0] - start, found


def common_terms(corpus: Corpus, least: int) -> list[tuple[tuple[int, ...], int]]:
    """Runs of one to three units that at least `least` projects hold, with how many do.

    A run begins and ends with a unit of content, so no term is a particle or a
    mark, and none reaches across a sentence or a field.
    """
    code = corpus.codes.astype(np.int64)
    segment = parts_of(corpus.bounds)
    document = segment // 3
    ends = np.array([_may_end(u) for u in corpus.units], dtype=bool)[code]
    inside = np.array([_WORD.fullmatch(u) is not None for u in corpus.units], dtype=bool)[code]
    width = len(corpus.units)
    terms: list[tuple[tuple[int, ...], int]] = []
    paths: list[tuple[int, ...]] = [(u,) for u in range(width)]
    key, begins = code, ends
    for length in (1, 2, 3):
        if length > 1:
            key, paths, begins = _longer(key, paths, begins, code, inside, segment, length, width)
        last = len(code) - length + 1
        good = begins[:last] & ends[length - 1 :]
        counts = _documents_of(key[:last][good], document[:last][good], len(corpus))
        terms += [(paths[k], n) for k, n in counts if n >= least]
    return terms


def _longer(
    key: Any, paths: list[tuple[int, ...]], begins: Any, code: Any, inside: Any, segment: Any,
    length: int, width: int,
) -> tuple[Any, list[tuple[int, ...]], Any]:  # fmt: skip
    """Numbers for the runs that are one unit longer; only runs seen ten times go on."""
    last = len(code) - length + 1
    begins = begins[:last] & (segment[:last] == segment[length - 1 :])
    if length > 2:
        begins = begins & inside[length - 2 : length - 2 + last]
    joined = np.where(begins, key[:last] * width + code[length - 1 :], -1)
    values, number, seen = np.unique(joined, return_inverse=True, return_counts=True)
    often = (seen >= 10) & (values >= 0)
    renumbered = np.cumsum(often) - 1
    kept = values[often]
    longer = [(*paths[int(v // width)], int(v % width)) for v in kept]
    number = number.ravel()
    return renumbered[number], longer, begins & often[number]


def _documents_of(key: Any, document: Any, documents: int) -> list[tuple[int, int]]:
    """How many documents hold each key."""
    if not len(key):
        return []
    pairs = np.unique(key * documents + document)
    keys, counts = np.unique(pairs // documents, return_counts=True)
    return list(zip(keys.tolist(), counts.tolist(), strict=True))


def _may_end(unit: str) -> bool:
    """Whether a term may begin or end with `unit`: IT, US and CAN are no function words.

    >>> [_may_end(u) for u in ("it", "IT", "A", "CAN", "を", "量子")]
    [False, True, False, True, False, True]
    """
    return (
        bool(_CONTENT.search(unit))
        and not _LETTER_ALONE.fullmatch(unit)
        and (unit.isupper() or unit not in _FUNCTION_WORDS)
    )
