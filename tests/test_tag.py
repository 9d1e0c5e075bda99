"""Answers for whole projects: cases as data, and what holds for all of them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ctclass.projects import Project
from ctclass.tagging.evidence import MOST
from ctclass.tagging.tag import COLUMNS, LONGEST

CASES = [
    pytest.param(
        case,
        id=f"{path.stem}:{case['name']}",
        marks=[pytest.mark.xfail(strict=True)] if path.stem == "known-failures" else [],
    )
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    if path.stem not in {"left-out", "screening"}  # test_taxonomy and test_screening read them
    for case in yaml.safe_load(path.read_text("utf-8"))
]


def project(title="", abstract="", keywords=""):
    return Project("", title, abstract, keywords)


@pytest.mark.parametrize("case", CASES)
def test_case(tagger, case):
    texts = {k: case.get(k, "") for k in ("title", "abstract", "keywords")}
    answer = dict(zip(COLUMNS, tagger.tag(project(**texts)).columns(), strict=True))
    for column, expected in case["expect"].items():
        if column == "areas":
            assert set(filter(None, answer["ct_areas"].split(";"))) == set(expected)
        elif column == "not_areas":
            assert not set(answer["ct_areas"].split(";")) & set(expected)
        elif column == "evidence":
            assert set(expected) <= set(answer["ct_evidence"].split(";"))
        else:
            assert answer[f"ct_{column}"] == expected


@given(st.text(max_size=200), st.text(max_size=400), st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_text_gets_an_answer(tagger, title, abstract, keywords):
    tagging = tagger.tag(project(title, abstract, keywords))
    assert len(tagging.columns()) == len(COLUMNS)
    assert tagging.status in {"ok", "empty", "too-short", "no-evidence", "not-japanese"}
    assert all(0 <= a.score <= 1 for a in tagging.areas + tagging.runners_up)


def test_evidence_stands_in_the_text_as_written(tagger):
    texts = (
        "量子<BR>コンピュータの誤リ訂正",
        "ＧａＮパワー半導体と量子 ビット。",
        "表面符号、髙温超傳導",
    )
    found = tagger.tag(project(*texts)).evidence
    assert 1 <= len(found) <= MOST
    plain = " ".join(" ".join(t.split()) for t in texts)
    assert all(e in plain for e in found)


def test_the_title_counts_more_than_the_abstract(tagger):
    told = "本研究の内容は次のとおりである。"
    in_title = tagger.tag(project(title="量子暗号", abstract=told))
    in_abstract = tagger.tag(project(title=told, abstract="量子暗号"))
    assert in_title.areas[0].score >= in_abstract.areas[0].score


def test_a_title_does_not_run_into_the_abstract(tagger):
    """量子 and 暗号 in two fields are not 量子暗号."""
    split = tagger.tag(project(title="新しい量子", abstract="暗号を調べる"))
    assert "量子暗号" not in split.evidence


def test_a_very_long_field_is_judged_by_its_start(tagger):
    tagging = tagger.tag(project(abstract="量子コンピュータの誤り訂正。" + "あ" * (LONGEST + 1)))
    assert tagging.status == "too-long"
    assert tagging.primary == "quantum"


def test_strategic_is_the_tier_of_a_given_area(tagger):
    strategic = {a.id for a in tagger.model.areas if a.strategic}
    assert strategic == {"ai-robotics", "quantum", "semiconductors", "bio", "fusion", "space"}
    assert tagger.tag(project(title="量子コンピュータの誤り訂正符号")).strategic
    assert not tagger.tag(project(title="免震構造の建物の地震応答")).strategic


def test_a_flag_names_its_rule_and_its_source(tagger):
    tagging = tagger.tag(project(title="量子鍵配送の実装安全性", keywords="量子暗号"))
    (flag, *_) = tagging.flags
    assert flag.rule.startswith("export-9:")
    assert flag.rule in tagging.columns()[COLUMNS.index("ct_screening_rules")].split(";")
    assert flag.list_item
    assert flag.source
    assert tagging.screening == "priority"


def test_the_record_says_what_the_columns_say(tagger):
    tagging = tagger.tag(project(title="核融合炉のトリチウム増殖ブランケット"))
    record, columns = tagging.record(), dict(zip(COLUMNS, tagging.columns(), strict=True))
    assert record["primary"] == columns["ct_primary"] == "fusion"
    assert [a["id"] for a in record["areas"]] == columns["ct_areas"].split(";")
    assert record["screening"]["level"] == columns["ct_screening"]
    assert record["evidence"] == columns["ct_evidence"].split(";")


def test_a_false_friend_silences_learned_terms_too(tagger):
    """遺伝暗号 is no word of cryptography, whatever was learned of 暗号."""
    assert "遺伝暗号" in {t.text for t in tagger.model.terms if not t.votes and not t.against}
    numbers = tagger.reader.read([("遺伝暗号と公開鍵暗号", "", "")]).numbers.tolist()
    unknown = tagger.reader.matcher.unknown
    assert numbers[:2] == [unknown, unknown]
    assert unknown not in numbers[3:6]
