"""The words that decided."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctclass.projects import Project
from ctclass.tagging.evidence import CANDIDATES, MOST, _chosen, _strongest, _whole_words

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
    texts = ("源氏物語の写本の系統", "量子コンピュータの誤り訂正符号")
    history, quantum = tagger.tag_all([Project("", text, "", "") for text in texts])
    assert (history.areas, history.evidence) == ((), ())
    assert quantum.evidence[0] in texts[1]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("線維症の発症の仕組み", ("線維症の発症",)),  # 症の発症 and 線維 are the terms
        ("住血吸虫症の駆虫薬の開発", ("駆虫薬の開発", "吸虫症")),
        ("統合失調症の患者の脳活動", ("統合失調症", "患者の脳活動")),
        ("三陸沖の海底", ("海底", "三陸沖")),
        ("リハビリテーションにおける評価", ("リハビリテーション",)),  # not リハビリテーションにおけ
    ],
)
def test_no_word_begins_or_ends_with_half_of_one(tagger, title, words):
    assert tagger.tag_all([Project("", title, "", "")])[0].evidence == words


@given(st.lists(st.sampled_from("線維 症 の 発症 抗 菌 薬 開発 、 三陸 沖 海底 脳 活動".split())))
def test_widened_words_stand_in_the_text_apart(tagger, words):
    text = "".join(words)
    (answer,) = tagger.tag_all([Project("", text, "", "")])
    assert bool(answer.evidence) == bool(answer.areas)
    assert len(answer.evidence) <= MOST
    for word in answer.evidence:
        assert word in text
    # Apart: all of them find a place, the longest first, each where no other stands.
    for word in sorted(answer.evidence, key=len, reverse=True):
        assert word in text
        text = text.replace(word, "#", 1)


def test_spans_that_come_to_touch_become_one(tagger):
    fields = ("線維症の発症の仕組み", "", "")
    readings = tagger.reader.read([fields])
    assert readings.surface(0, 1, 4) == "症の発症"
    assert _whole_words(readings, 0, [(1, 4), (0, 1)]) == [(0, 4)]
    assert _whole_words(readings, 0, [(0, 1), (1, 2), (3, 4)]) == [(0, 2), (3, 4)]
    assert _whole_words(readings, 0, []) == []


def test_words_of_any_research_take_no_place_from_others(tagger):
    """Of an abstract full of them the one word of a field is shown."""
    text = "新しい手法を開発し、電池の正極を評価する。基盤技術を確立し、応用を実現する。"
    assert set(tagger.tag_all([Project("", "", text, "")])[0].evidence) == {"電池", "正極"}
