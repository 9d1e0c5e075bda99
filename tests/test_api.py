"""ctclass from Python gives what ctclass gives in a terminal."""

import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from conftest import ROOT

import ctclass
from ctclass.errors import InputError, ModelError
from ctclass.tag import COLUMNS


@pytest.fixture(scope="module")
def classifier():
    return ctclass.load()


@pytest.fixture(scope="module")
def examples():
    return pd.read_csv(ROOT / "examples" / "grants.csv", dtype=str, keep_default_na=False)


def test_a_frame_is_tagged_as_the_table_is(classifier, examples, tmp_path):
    command = [sys.executable, "-m", "ctclass", "tag", str(ROOT / "examples" / "grants.csv")]
    subprocess.run([*command, "-o", tmp_path / "a.csv", "-q"], check=True)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file))
    tagged = classifier.tag(examples)
    assert [list(tagged.columns), *tagged.to_numpy().tolist()] == expected


def test_the_frame_stays_as_it_was(classifier):
    frame = pd.DataFrame(
        {"題": ["量子暗号", None, float("nan")], "年": [2024, 2025, 2026], "title": ["", "x", "y"]},
        index=["c", "a", "a"],
    )
    before = frame.copy()
    tagged = classifier.tag(frame, title="題")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(tagged[list(frame.columns)], frame)
    assert list(tagged.columns) == [*frame.columns, *COLUMNS]
    assert tagged["ct_status"].tolist() == ["ok", "empty", "empty"]
    again = classifier.tag(tagged, title="題")
    pd.testing.assert_frame_equal(again, tagged)


def test_no_row_and_lists_of_keywords(classifier):
    assert list(classifier.tag(pd.DataFrame({"title": []})).columns) == ["title", *COLUMNS]
    words = pd.DataFrame({"keywords": [["核融合", "トリチウム"], []]})
    assert classifier.tag(words)["ct_primary"].tolist() == ["fusion", ""]


def test_frames_one_by_one_are_the_frame(classifier, examples):
    many = pd.concat([examples] * 50, ignore_index=True)
    whole = classifier.tag(many)
    parts = [many.iloc[at : at + 300] for at in range(0, len(many), 300)]
    taken = []

    def one_by_one():
        for part in parts:
            taken.append(part)
            yield part

    found = []
    for tagged in classifier.tag_stream(one_by_one(), workers=2):
        found.append(tagged)
        assert len(taken) - len(found) < 8  # not all of them at once
    assert [len(f) for f in found] == [len(p) for p in parts]
    pd.testing.assert_frame_equal(pd.concat(found), whole)


def test_from_many_threads(classifier):
    texts = ["量子計算の研究", "核融合炉の研究", "源氏物語の研究"] * 20
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: classifier.tag_text("", title=text).primary, texts))
    assert found == ["quantum", "fusion", ""] * 20


def test_what_is_wrong_is_said(classifier):
    with pytest.raises(InputError, match="No column with a title"):
        classifier.tag(pd.DataFrame({"x": [1]}))
    with pytest.raises(InputError, match="There is no column"):
        classifier.tag(pd.DataFrame({"title": ["x"]}), abstract="概要")
    other = [pd.DataFrame({"title": ["x"]}), pd.DataFrame({"name": ["x"]})]
    with pytest.raises(InputError, match="not those of the first"):
        list(classifier.tag_stream(other))
    with pytest.raises(ModelError):
        ctclass.load("nowhere.ctm")
    with pytest.raises(AttributeError):
        _ = ctclass.nothing
