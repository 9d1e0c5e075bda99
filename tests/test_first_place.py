"""What an explanation says of the comparison for the first place."""

from dataclasses import replace

import pytest

from ctclass.explain.reasons import explain
from ctclass.explain.view import view_explanation
from ctclass.model.firsts import sums_for_first
from ctclass.projects import Project
from ctclass.tagging.tag import Tagger

QUANTUM = Project("1", "超伝導量子ビットの誤り訂正", "表面符号を実装する。", "量子計算")
NONE = Project("2", "源氏物語の写本と書誌", "諸本の異同を調べる。", "古典文学")


def verdicts(tagger, project, lang="en"):
    found = explain(tagger, project, flip_words=0)
    return found, [area.verdict for area in view_explanation(found, tagger.model, lang).areas]


def test_the_primary_area_is_ahead_of_none(tagger):
    found, told = verdicts(tagger, QUANTUM)
    first = found.areas[0]
    assert (first.area, first.given) == ("quantum", True)
    assert f"first of all areas, {first.ahead:.2f} ahead of none" in told[0]
    scores = tagger.scorer.score(tagger.read([QUANTUM]))
    sums = sums_for_first(scores.raw, tagger.model.decision.firsts, scores.bare)[0]
    assert first.ahead == pytest.approx((sums[11] - sums[-1]) / 1e6)
    assert all(area.ahead < first.ahead for area in found.areas[1:])


def test_without_an_area_all_are_behind_none(tagger):
    found, told = verdicts(tagger, NONE, "ja")
    assert found.tagging.areas == ()
    assert found.areas
    for area, text in zip(found.areas, told, strict=True):
        assert area.ahead <= 0
        assert f"「該当なし」に {-area.ahead:.2f} 及びません" in text


def test_a_sure_area_is_given_though_none_is_ahead(model):
    *areas, none = model.decision.firsts
    lifted = (*areas, (*none[:-1], none[-1] + 99_000))
    tagger = Tagger(replace(model, decision=replace(model.decision, firsts=lifted)))
    found, told = verdicts(tagger, QUANTUM)
    assert found.tagging.primary == "quantum"
    assert "none is" in told[0]
    assert "0.60 or more" in told[0]
    assert tagger.tag(NONE).areas == ()


def test_a_model_without_a_comparison_speaks_of_thresholds(model):
    tagger = Tagger(replace(model, decision=replace(model.decision, firsts=())))
    found, told = verdicts(tagger, QUANTUM)
    assert found.areas[0].ahead is None
    assert "given from" in told[0]


@pytest.mark.parametrize(
    "text",
    [
        "新しい方式の装置を開発する",
        "数論の新しい手法を開発する",
        "NISQの応用",
        "新しい評価法を開発し、有効性を検証する。",
        "We develop a new method for the evaluation of performance",
    ],
)
def test_words_of_any_research_give_no_ground(tagger, text):
    """They say how one works, not on what; before, the first of these was medicine."""
    found, told = verdicts(tagger, Project("3", "", text, ""), "ja")
    assert found.tagging.areas == found.tagging.evidence == ()
    assert found.tagging.screening == "none"
    for area, said in zip(found.areas, told, strict=True):
        if area.ahead > 0:
            assert said.endswith(
                "どの研究でも使う言葉しかこの領域に働いていないので、領域としません"
            )
            assert not area.has_ground


def test_beside_a_word_of_a_field_they_count_as_ever(tagger):
    with_them = tagger.tag(Project("4", "", "がんの新しい治療法を開発する", ""))
    assert with_them.primary == "medical"
    assert not {"新しい", "開発する", "開発"} & set(with_them.evidence)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "領域は判定していません"),
        ("源氏物語の写本の系統を古い書誌から調べる", "どの領域にも当たりません"),
    ],
)
def test_not_judged_is_not_the_answer_none(tagger, text, said):
    found = explain(tagger, Project("5", "", text, ""), flip_words=0)
    assert said in view_explanation(found, tagger.model, "ja").answer
