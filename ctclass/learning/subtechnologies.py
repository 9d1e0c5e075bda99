"""Learning what tells the technologies of an area apart, from a corpus that seeds label.

The seeds of a project say which technology it is about. They are hidden, and what
still tells it is learned from the rest: so a text is judged as it will be where no
seed stands. On a fifth of the texts, set aside, is measured how far the first
must be ahead of the second; then all of them teach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctclass.learning.features import seed_columns, term_rows
from ctclass.learning.rounding import short_weights
from ctclass.model.compact import Model
from ctclass.model.corpus import Corpus
from ctclass.model.subtechnologies import WEIGHT, Siblings
from ctclass.tagging.match import Matcher
from ctclass.tagging.reading import Readings
from ctclass.tagging.tag import Tagger

TERMS = 100
PRECISION = 0.8
RIDGE = 1.0
LEAST, FEWEST = 30, 10
"""Terms for each technology; how many of the names given shall be right on texts set
aside; texts that an area, and the measure, must have. With 100 terms 0.79 of all
names were right before any was withheld, with 60 0.77, with 300 0.81 (areas given only)."""
_BATCH = 2000
_ONE_IN = 5
_PRIOR = 0.5

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Texts:
    """Projects that hold seeds: the learned terms beside these (sparse, rows of length 1),
    and what the seeds gave each technology."""

    terms: Any
    seeds: NDArray[np.float32]


def learn_siblings(model: Model, corpus: Corpus) -> tuple[Siblings, ...]:
    """What tells technologies apart, area by area; nothing where the corpus is too small."""
    texts = read_texts(model, corpus)
    area = np.array([sub.area for sub in model.subtechnologies])
    strongest = _strongest_areas(texts.seeds, area, len(model.areas))
    return tuple(
        _learn_area(model, texts, np.flatnonzero(area == n), strongest == n)
        for n in range(len(model.areas))
    )


def read_texts(model: Model, corpus: Corpus) -> Texts:
    """The projects of the corpus that hold a seed, with all their seeds hidden."""
    import scipy.sparse as sp

    tagger = Tagger(model)
    code = tagger.reader.matcher.numbers(corpus.units)
    width, subs = len(model.learned.grams), len(model.subtechnologies)
    blocks = [sp.csr_matrix((0, width), dtype=np.float32)]
    seeds = [np.zeros((0, subs), dtype=np.float32)]
    for first in range(0, len(corpus), _BATCH):
        readings = _readings(tagger.reader.matcher, corpus, code, corpus.bounds[first:][:_BATCH])
        votes = tagger.scorer.voter.count(readings)
        given = seed_columns(votes, len(readings), subs + 1)[:, :subs]
        for start, end in zip(readings.seeds.start, readings.seeds.end, strict=True):
            readings.numbers[start:end] = tagger.reader.matcher.unknown
        rows = term_rows(tagger.scorer.listen(readings), len(readings), width, np.float32)
        held = np.flatnonzero(given.any(axis=1))
        blocks.append(rows[held])
        seeds.append(given[held].astype(np.float32))
    return Texts(sp.vstack(blocks).tocsr(), np.vstack(seeds))


def _readings(matcher: Matcher, corpus: Corpus, code: Ints, bounds: Ints) -> Readings:
    """Projects of a corpus with an unknown unit behind each field."""
    start = int(bounds[0, 0])
    units = code[corpus.codes[start : int(bounds[-1, 3])]]
    numbers = np.insert(units, (bounds[:, 1:] - start).ravel(), matcher.unknown)
    begins = bounds - start + 3 * np.arange(len(bounds))[:, None] + np.array([0, 1, 2, 3])
    first = np.append(begins[:, 0], len(numbers))
    nowhere = np.zeros(0, dtype=np.int64)
    return Readings((), numbers, nowhere, nowhere, first, begins[:, 1:3], matcher.find(numbers))


def _strongest_areas(seeds: NDArray[np.float32], area: Ints, areas: int) -> Ints:
    sums = np.stack([seeds[:, area == n].sum(axis=1) for n in range(areas)], axis=1)
    strongest: Ints = sums.argmax(axis=1)
    return strongest


def _learn_area(model: Model, texts: Texts, subs: Ints, strongest: NDArray[np.bool_]) -> Siblings:
    """One area. Texts in which one technology is clear teach; those in which the area
    itself is the strongest are measured."""
    members = tuple(model.subtechnologies[i].id for i in subs.tolist())
    own = texts.seeds[:, subs]
    ranked = np.sort(own, axis=1)
    best = own.argmax(axis=1)
    clear = ranked[:, -1] > 0
    if len(subs) > 1:
        clear &= ranked[:, -2] * 2 <= ranked[:, -1]
    aside = np.arange(len(own)) % _ONE_IN == 0
    measured = np.flatnonzero(aside & strongest & (ranked[:, -1] > 0))
    if clear.sum() < LEAST or len(measured) < LEAST:
        return _nothing()
    first = _fit(texts, best, np.flatnonzero(clear & ~aside), members)
    clear_at = _clear_at(first, texts.terms[measured], own[measured])
    if clear_at is None:
        return _nothing()
    last = _fit(texts, best, np.flatnonzero(clear), members)
    return Siblings(members, last.terms, last.weights, last.bias, clear_at)


def _nothing() -> Siblings:
    return Siblings((), np.zeros(0, np.int32), np.zeros((0, 0), np.int16), (), 0)


def _fit(texts: Texts, best: Ints, chosen: Ints, members: tuple[str, ...]) -> Siblings:
    """Ridge regression on the terms that travel with one of the siblings. A rare one's texts
    weigh more, by the root of how rare it is."""
    import scipy.sparse as sp

    sibling = best[chosen]
    count = len(members)
    found = texts.terms[chosen]
    terms = _telling(found, sibling, count)
    held = sp.hstack([found[:, terms], np.ones((len(chosen), 1))]).tocsr().astype(float)
    sizes = np.bincount(sibling, minlength=count)
    weight = np.sqrt(1 / np.maximum(sizes, 1))[sibling]
    weighed = sp.diags(weight / weight.mean()) @ held
    target = np.where(np.arange(count) == sibling[:, None], 1.0, -1.0)
    square = np.asarray((held.T @ weighed).todense())
    square[np.diag_indices(len(terms))] += RIDGE
    square[-1, -1] += RIDGE / 100
    solved = np.linalg.solve(square, np.asarray(weighed.T @ target))
    # A technology without a text of its own is never named.
    bias = np.where(sizes > 0, np.rint(solved[-1] * 1000), -9999)
    weights = short_weights(solved[:-1], WEIGHT)
    return Siblings(members, terms.astype(np.int32), weights, tuple(bias.astype(int).tolist()), 0)


def _telling(found: Any, sibling: Ints, count: int) -> Ints:
    """For each sibling the terms that stand in its texts more than in the others', the
    strongest by log rate times the root of how often."""
    held = np.stack([np.asarray(found[sibling == k].sum(axis=0)).ravel() for k in range(count)])
    held = held.astype(float)
    expected = held.sum(axis=1, keepdims=True) * held.sum(axis=0) / max(held.sum(), 1e-9)
    strength = np.log((held + _PRIOR) / (expected + _PRIOR)) * np.sqrt(held)
    kept: set[int] = set()
    for row in strength:
        best = np.argsort(-row, kind="stable")[:TERMS]
        kept.update(best[row[best] > 0].tolist())
    return np.array(sorted(kept), dtype=np.int64)


def _clear_at(siblings: Siblings, found: Any, own: NDArray[np.float32]) -> int | None:
    """The least lead (thousandths) from which `PRECISION` of the names are right; None where
    no lead is enough. Right is what the seeds would have named: half of the best or more."""
    sums = np.asarray(found[:, siblings.terms] @ (siblings.weights / WEIGHT))
    sums = sums + np.array(siblings.bias) / 1000
    order = np.argsort(-sums, axis=1, kind="stable")
    rows = np.arange(len(sums))
    lead = sums[rows, order[:, 0]] - (sums[rows, order[:, 1]] if sums.shape[1] > 1 else 0)
    right = own[rows, order[:, 0]] * 2 >= own.max(axis=1)
    by_lead = np.argsort(-lead, kind="stable")
    precision = np.cumsum(right[by_lead]) / np.arange(1, len(sums) + 1)
    enough = np.flatnonzero(precision[FEWEST - 1 :] >= PRECISION)
    if not len(enough):
        return None
    return int(np.ceil(lead[by_lead[enough[-1] + FEWEST - 1]] * 1000))
