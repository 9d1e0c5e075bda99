"""The words that decided."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ctclass.tagging.evidence import CANDIDATES, MOST, _chosen, _strongest

SPANS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 9), st.integers(1, 3), st.sampled_from([0.1, 0.25, 0.5])
    ),
    max_size=40,
)


def slowly(spans):
    """One project after the other, one word after the other."""
    found = []
    for project in sorted({p for p, _, _, _ in spans}):
        worth = {}
        for p, start, size, value in spans:
            if p == project:
                span = start, start + size
                worth[span] = max(worth.get(span, 0.0), value)
        most = sorted(worth.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]
        whole = [
            (-sum(v for (a, b), v in most if start <= a and b <= end), start, -end)
            for (start, end), _ in most
        ]
        chosen = []
        for _, start, end in sorted(whole):
            if all(-end <= a or b <= start for a, b in chosen) and len(chosen) < MOST:
                chosen.append((start, -end))
        found += [(project, *span) for span in chosen]
    return found


@given(SPANS)
def test_the_strongest_words_are_those_of_a_slow_search(spans):
    columns = np.array([s[:3] for s in spans], dtype=np.int64).reshape(-1, 3).T
    worth = np.array([s[3] for s in spans], dtype=np.float64)
    project, start, size = columns
    assert _chosen(*_strongest(project, start, start + size, worth)) == slowly(spans)


def test_no_area_no_words(tagger):
    from ctclass.projects import Project

    texts = ("源氏物語の写本の系統", "量子コンピュータの誤り訂正符号")
    history, quantum = tagger.tag_all([Project("", text, "", "") for text in texts])
    assert (history.areas, history.evidence) == ((), ())
    assert quantum.evidence[0] in texts[1]
