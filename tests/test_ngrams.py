"""Runs of units: found as a slow search finds them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ctclass.text.ngrams import AMOUNTS, LOUDNESS, Found, NGrams, gather

TERMS = st.sets(st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple), min_size=1)


@given(TERMS, st.lists(st.integers(0, 7), max_size=30))
def test_every_term_is_found_where_it_stands(terms, codes):
    terms = sorted(terms)
    found = NGrams(terms, 5).find(np.array(codes, dtype=np.int64))
    slowly = {
        (t, at)
        for t, term in enumerate(terms)
        for at in range(len(codes))
        if tuple(codes[at : at + len(term)]) == term
    }
    assert set(zip(found.term.tolist(), found.start.tolist(), strict=True)) == slowly
    assert all(len(terms[t]) == n for t, n in zip(found.term, found.length, strict=True))


def test_no_terms_at_all():
    assert len(NGrams([], 3).find(np.array([0, 1, 2])).term) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4)), max_size=40))
def test_loudness_counts_each_field_by_its_worth(entries):
    """Documents and fields in a row, one term on each place."""
    entries.sort()
    document, field, term = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    start = np.arange(len(entries))
    begins = np.searchsorted(document, np.arange(4))
    idf = np.array([10, 20, 30, 40, 50])
    got = gather(Found(term, start, term), 3 * document + field, begins, idf, 5)
    total: dict[tuple[int, int], int] = {}
    first: dict[tuple[int, int], int] = {}
    for at, (d, f, t) in enumerate(entries):
        total[d, t] = total.get((d, t), 0) + AMOUNTS[f]
        first.setdefault((d, t), at - int(begins[d]))
    expected = [
        (d, t, LOUDNESS[min(n, 63)] * idf[t], first[d, t]) for (d, t), n in sorted(total.items())
    ]
    columns = (got.document, got.term, got.loudness, got.start)
    assert list(zip(*(c.tolist() for c in columns), strict=True)) == expected
