"""Parts that were made apart, used together as people do: columns of circumstances, the recall
point and frameworks through every command that reads or writes an answer."""

import csv
import json
import sqlite3
from contextlib import closing

import command
import pandas as pd
import pytest
from conftest import ROOT

import ctclass as library
from ctclass.tagging.screen import DECISION, DISCLAIMER, NOT_SEEN
from ctclass.tagging.tag import COLUMNS, RECALL

HEADER = ("課題番号", "課題名", "概要", "キーワード", "国", "共同研究先", "年度配分額(千円)")
ROWS = [
    ("P1", "超伝導量子ビットの誤り訂正符号の開発", "量子コンピュータの誤り訂正を開発する。",
     "量子計算", "中国", "株式会社例", "1,200,000"),
    ("P2", "海底の観測", "合成開口ソナーと自律型無人潜水機を開発する。", "ソナー", "", "", ""),
    ("P3", "物語の写本の研究", "平安文学の写本を比較し、本文の系統を明らかにする。", "文学",
     "フランス", "", ""),
    ("P4", "酸化ガリウムの結晶成長", "パワー半導体の損失を減らす。", "結晶", "ドイツ",
     "=例大学", "500"),
    ("P5", "", "", "", "", "", ""),
]  # fmt: skip
NAMED = ("--country", "国")


def ctclass(*args, cwd, code=0):
    return command.ctclass(*args, cwd=cwd, code=code)


def write(path, rows=ROWS):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def answers(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [[row[name] for name in COLUMNS] for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A table, tagged at both points, with a column of circumstances named by hand."""
    folder = tmp_path_factory.mktemp("desk")
    write(folder / "a.csv")
    ctclass("tag", "a.csv", "-o", "plain.csv", *NAMED, cwd=folder)
    for name in ("recall.csv", "recall.xlsx", "recall.jsonl"):
        ctclass(
            "tag", "a.csv", "-o", name, *NAMED, "--screening-recall", "--framework", "us-cet",
            "--manifest", cwd=folder,
        )  # fmt: skip
    return folder


def test_circumstances_raise_the_level_only_where_they_are_read(desk, tmp_path):
    ctclass("tag", desk / "a.csv", "-o", "unnamed.csv", cwd=tmp_path)
    with_country = [row[COLUMNS.index("ct_screening_rules")] for row in answers(desk / "plain.csv")]
    without = [
        row[COLUMNS.index("ct_screening_rules")] for row in answers(tmp_path / "unnamed.csv")
    ]
    assert "meta-country" in with_country[0]
    assert not any("meta-country" in rules for rules in without)
    assert with_country[2] == ""


def test_tagged_again_as_the_manifest_says(desk):
    for name in ("recall.csv", "recall.xlsx", "recall.jsonl"):
        told, _ = ctclass("verify", name, "--again", cwd=desk)
        assert "all 5 rows are the same" in told


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
def test_a_page_of_a_table_of_the_recall_point(desk, tmp_path, ending):
    table = desk / f"recall.{ending}"
    page = ("review", table, "-o", "p.html", *NAMED)
    _, told = ctclass(*page, cwd=tmp_path, code=4)
    assert told.endswith("What to do: Add --screening-recall\n")
    _, told = ctclass(*page, "--screening-recall", cwd=tmp_path)
    assert "differ from the table" not in told
    _, told = ctclass("review", desk / "plain.csv", "-o", "q.html", "--screening-recall",
                      cwd=tmp_path, code=4)  # fmt: skip
    assert told.endswith("What to do: Leave --screening-recall out\n")
    html = (tmp_path / "p.html").read_text("utf-8")
    for phrase in (DECISION, DISCLAIMER, NOT_SEEN):
        assert phrase.ja in html


def test_an_explanation_is_that_of_the_table(desk):
    for name, more in (("plain.csv", ()), ("recall.csv", ("--screening-recall",))):
        told, _ = ctclass("explain", name, "--row", "1", "--row", "4", "--json", *NAMED, *more,
                          cwd=desk)  # fmt: skip
        found = [json.loads(line) for line in told.splitlines()]
        rows = answers(desk / name)
        rules = COLUMNS.index("ct_screening_rules")
        assert [";".join(flag["rule"] for flag in one["flags"]) for one in found] == [
            rows[0][rules], rows[3][rules],
        ]  # fmt: skip
        assert any(flag["cell"] == "country: 中国" for flag in found[0]["flags"])
    _, told = ctclass("explain", "recall.csv", "--row", "1", cwd=desk)
    assert f"was tagged with {answers(desk / 'recall.csv')[0][-1]}" in told
    _, told = ctclass("explain", "plain.csv", "--row", "1", cwd=desk)
    assert "was tagged with" not in told
    _, told = ctclass("explain", "--text", "量子計算", "--country", "国", cwd=desk, code=2)
    assert "--country" in told


def test_a_person_decides_wherever_a_flag_is_shown(desk, tmp_path):
    told, _ = ctclass("explain", desk / "plain.csv", "--row", "1", *NAMED, cwd=tmp_path)
    assert f"{DECISION.en}: ____" in told
    assert "country: 中国" in told
    told, _ = ctclass("explain", desk / "plain.csv", "--row", "3", *NAMED, cwd=tmp_path)
    assert f"{DECISION.en}: ____" in told  # also where nothing was found
    ctclass("explain", desk / "plain.csv", "--row", "1", "--html", "e.html", cwd=tmp_path)
    assert DECISION.en in (tmp_path / "e.html").read_text("utf-8")


def test_what_an_earlier_output_is_good_for(desk, tmp_path):
    def taken(*args):
        _, told = ctclass("tag", *args, "-o", "new.csv", *NAMED, "--force", cwd=tmp_path)
        return told.splitlines()[-1]

    plain, recall = desk / "plain.csv", desk / "recall.csv"
    assert "another model 5" in taken(desk / "a.csv", "--screening-recall", "--since-last", plain)
    assert "another model 5" in taken(desk / "a.csv", "--since-last", recall)
    said = taken(
        desk / "a.csv", "--screening-recall", "--framework", "eu-10", "--since-last", recall
    )
    assert said == "Taken over from the earlier output: 5 rows; tagged: 0"
    write(tmp_path / "b.csv", [(*ROWS[0][:4], "米国", *ROWS[0][5:]), *ROWS[1:]])
    assert "tagged: 1 (text changed 1)" in taken("b.csv", "--since-last", plain)


def test_a_cell_that_excel_could_not_take_as_it_was(desk, tmp_path):
    """The partner stands in the form for Excel as `'=例大学`: that is no other partner."""
    ctclass("tag", desk / "a.csv", "-o", "x.csv", *NAMED, "--excel", cwd=tmp_path)
    ctclass("tag", "x.csv", "-o", "y.csv", *NAMED, "--excel", "--since-last", "x.csv", cwd=tmp_path)
    _, told = ctclass(
        "tag", "x.csv", "-o", "y.csv", *NAMED, "--excel", "--since-last", "x.csv", "--force",
        cwd=tmp_path,
    )  # fmt: skip
    assert "tagged: 1 (not read or written whole then 1)" in told


def test_going_on_with_circumstances_and_a_framework(desk, tmp_path):
    more = ("--resume", *NAMED, "--framework", "us-cet", "--screening-recall")
    ctclass("tag", desk / "a.csv", "-o", "r.csv", *more, cwd=tmp_path)
    assert (tmp_path / "r.csv").read_bytes() == (desk / "recall.csv").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_an_edited_framework_reaches_rows_that_stay_in_a_table(tmp_path):
    own = tmp_path / "own.yaml"
    text = (ROOT / "taxonomy" / "frameworks" / "us-cet.yaml").read_text("utf-8")
    own.write_text(text, "utf-8")
    with closing(sqlite3.connect(tmp_path / "r.db")) as store:
        store.execute("create table projects (課題番号 text primary key, 課題名 text, 概要 text)")
        store.executemany("insert into projects values (?, ?, ?)", [row[:3] for row in ROWS])
        store.commit()
    run = ("tag", "sqlite:///r.db", "--table", "projects", "--into", "r", "--framework", own)

    def items():
        with closing(sqlite3.connect(tmp_path / "r.db")) as store:
            return [x for (x,) in store.execute("select ct_framework_us_cet from r order by 1")]

    ctclass(*run, cwd=tmp_path)
    before = items()
    own.write_text(text.replace("id: semiconductors\n", "id: chips\n"), "utf-8")
    ctclass(*run, "--since-last", "r", cwd=tmp_path)
    assert any("semiconductors" in item for item in before)
    assert items() == sorted(item.replace("semiconductors", "chips") for item in before)


def test_a_priority_row_ends_every_kind_of_run_with_1(desk, tmp_path):
    write(tmp_path / "quiet.csv", ROWS[2:3])
    write(tmp_path / "loud.csv", ROWS[:2])
    (tmp_path / "out").mkdir()
    fail = ("--fail-on", "priority")
    ctclass("tag", "loud.csv", "quiet.csv", "-o", "out", *fail, cwd=tmp_path, code=1)
    assert len(list((tmp_path / "out").iterdir())) == 2
    ctclass("tag", "quiet.csv", "-o", "sqlite:///r.db", "--into", "r", *fail, cwd=tmp_path)
    ctclass("tag", "loud.csv", "-o", "sqlite:///r.db", "--into", "r", *fail, cwd=tmp_path, code=1)
    with closing(sqlite3.connect(tmp_path / "r.db")) as store:
        assert store.execute("select count(*) from r").fetchone() == (3,)


def test_a_cluster_reads_the_same_circumstances(desk, tmp_path):
    ctclass(
        "cluster", desk / "a.csv", "-o", "out", "--workers", "1", *NAMED, "--screening-recall",
        cwd=tmp_path,
    )  # fmt: skip
    assert answers(tmp_path / "out" / "a.csv") == answers(desk / "recall.csv")
    ctclass(
        "cluster", desk / "a.csv", "-o", "out", "--workers", "1", *NAMED, "--resume", cwd=tmp_path
    )
    assert answers(tmp_path / "out" / "a.csv") == answers(desk / "plain.csv")


def test_from_python_the_circumstances_are_the_same(desk):
    frame = pd.read_csv(desk / "a.csv", keep_default_na=False)
    for recall, name in ((False, "plain.csv"), (True, "recall.csv")):
        classifier = library.load(screening_recall=recall)
        assert classifier.model.endswith(RECALL) == recall
        tagged = classifier.tag(frame, circumstances={"country": "国"})
        assert tagged[list(COLUMNS)].to_numpy().tolist() == answers(desk / name)


def test_two_columns_of_one_name_are_tagged_again_as_they_were(tmp_path):
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [("1", "古文書を読む", "量子コンピュータの誤り訂正"), ("2", "", "核融合炉の設計")]
        csv.writer(file).writerows([("課題番号", "概要", "概要"), *rows])
    ctclass("tag", "a.csv", "-o", "b.csv", "--manifest", cwd=tmp_path)
    told, _ = ctclass("verify", "b.csv", "--again", cwd=tmp_path)
    assert "all 2 rows are the same" in told
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("課題番号", "概要"), ("1", "古文書を読む")])
    told, _ = ctclass("verify", "b.csv", "--again", cwd=tmp_path, code=1)
    assert "other columns" in told
