"""What review sections say about terms: weak labels that a corpus brings along.

A KAKEN project stands before a committee of its field (小区分59010:リハビリテーション
科学関連, some 430 of them). How much more often a term stands in the projects of
a section than elsewhere tells what it is about, for hundreds of fields and
without a reader. Sections are no areas: which of them speak for which area is
learned from labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ctclass.learning.features import term_rows
from ctclass.model.background import rarity
from ctclass.model.corpus import SEARCHED, Corpus, find_in_batches
from ctclass.text.ngrams import NGrams, gather

LEAST = 100
"""Projects that a section must have."""
_PRIOR = 0.3
_BOUNDS = -3.0, 6.0


def idf_of(count: int, documents: int) -> int:
    """Tenths of the `rarity` of a term, as a model keeps them.

    >>> idf_of(99, 9_999), idf_of(9_999, 9_999)
    (46, 0)
    """
    return round(10 * rarity(count, documents))


def count_sections(
    corpus: Corpus,
    terms: Sequence[tuple[int, ...]],
    counts: Sequence[int],
    sections: Sequence[str],
) -> NDArray[np.float32]:
    """Log rates (sections x terms): how much more often a term stands in a section than over
    all, between -3 and 6. `sections` has one entry per project of the corpus; an empty one
    (unknown, or set aside for measuring) counts nowhere. `counts` are the projects of each term.
    """
    import scipy.sparse as sp

    sizes = Counter(filter(None, sections))
    known = {name: i for i, name in enumerate(sorted(n for n, k in sizes.items() if k >= LEAST))}
    member = np.array([known.get(s, -1) for s in sections], dtype=np.int64)
    held = np.zeros((len(known), len(terms)), dtype=np.float32)
    grams = NGrams(terms, len(corpus.units))
    idf = np.array([idf_of(n, len(corpus)) for n in counts], dtype=np.int64)
    for first, part, begins, found in find_in_batches(corpus, grams) if known else ():
        heard = gather(found, part, begins, idf, len(terms))
        group = member[first : first + SEARCHED]
        rows = term_rows(heard, len(group), len(terms), np.float32)
        inside = np.flatnonzero(group >= 0)
        ones = np.ones(len(inside), dtype=np.float32)
        share = sp.csr_matrix((ones, (group[inside], inside)), (len(known), len(group)))
        held += np.asarray((share @ rows).todense(), dtype=np.float32)
    return _rates(held)


def _rates(held: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(held):
        return held
    total = held.sum(axis=0)
    expected = held.sum(axis=1, keepdims=True) * (total / max(float(total.sum()), 1e-9))
    rates = np.log((held + _PRIOR) / (expected + _PRIOR))
    bounded: NDArray[np.float32] = np.clip(rates, *_BOUNDS).astype(np.float32)
    return bounded
