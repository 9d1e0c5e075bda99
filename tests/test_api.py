"""ctclass from Python gives what ctclass gives in a terminal."""

import copy
import csv
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

import ctclass
from ctclass.errors import InputError, ModelError, UsageError
from ctclass.model.file import read_model
from ctclass.tagging.tag import COLUMNS


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


def sent_on(classifier):
    return pickle.loads(pickle.dumps(classifier))  # noqa: S301 (made here)


def answered(classifier, text):
    return classifier.tag_text(text, circumstances={"country": "ロシア"})


def test_a_classifier_goes_to_other_processes(classifier):
    """As joblib and Dask send it; with the operating point of its screening."""
    text = "窒化ガリウムの結晶成長装置の開発"
    context = get_context("spawn")
    for sent in (classifier, ctclass.load(screening_recall=True)):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            assert pool.submit(answered, sent, text).result() == answered(sent, text)
        again = sent_on(sent)
        assert (again.model, again.areas) == (sent.model, sent.areas)
        assert copy.deepcopy(sent) is copy.copy(sent) is sent


def test_a_pickle_is_refused_where_the_tokenizer_is_another():
    model = read_model()
    made = model.header["made_with"] | {"sudachipy": "0.0.1"}
    other = ctclass.Classifier(ctclass.load()._tagger)
    other._tagger.model = replace(model, header=model.header | {"made_with": made})
    with pytest.raises(ModelError, match="made with sudachipy"):
        sent_on(other)


def test_primary_areas_and_scores_are_those_of_tag(classifier, examples):
    tagged = classifier.tag(examples)
    assert classifier.predict(examples).tolist() == tagged["ct_primary"].tolist()
    scores = classifier.decision_function(examples)
    assert scores.shape == (len(examples), 16)
    assert (classifier.areas[0], classifier.areas[-1]) == ("shipbuilding", "space")
    told = 0
    for row, said in zip(scores, tagged["ct_scores"], strict=True):
        named = dict(pair.split("=") for pair in said.split(";") if pair)
        told += len(named)
        for area, score in named.items():
            assert f"{row[classifier.areas.index(area)]:.2f}" == score
    assert told > len(examples)
    judged = tagged["ct_scores"] != ""
    assert (scores[~judged] == 0).all()
    assert scores[judged].any(axis=1).all()


def test_texts_are_abstracts(classifier):
    texts = ["核融合炉のブランケット", "", None, "Исследование плазмы в токамаке и квантов"]
    for given in (texts, tuple(texts), pd.Series(texts), np.array(texts, dtype=object)):
        assert classifier.predict(given).tolist() == ["fusion", "", "", ""]
        assert classifier.decision_function(given).sum(axis=1).astype(bool).tolist() == [
            True, False, False, False,
        ]  # fmt: skip
    assert classifier.predict([]).tolist() == []
    assert classifier.decision_function([]).shape == (0, 16)
    many = ["核融合炉のブランケット", "量子暗号の研究"] * 600
    assert classifier.predict(many).tolist() == ["fusion", "quantum"] * 600


def test_circumstances_of_a_text_are_those_of_a_row(classifier):
    title = "窒化ガリウムパワー半導体の結晶成長装置の開発"
    told = {
        "country": "ロシア",
        "partners": ["A 大学", "B 社", "該当なし"],
        "budget": "12億円",
        "international": None,
    }
    frame = pd.DataFrame(
        [[title, "ロシア", "A 大学", "B 社", "12億円"]],
        columns=["title", "相手国", "共同研究先", "共同研究先2", "金額"],
    )
    tagged = classifier.tag(
        frame, circumstances={"partners": ["共同研究先", "共同研究先2"], "budget": "金額"}
    )
    alone = classifier.tag_text("", title=title)
    tagging = classifier.tag_text("", title=title, circumstances=told)
    assert tagging.columns() == tagged[list(COLUMNS)].iloc[0].tolist()
    assert len(tagging.flags) > len(alone.flags)
    assert any(flag.cell == "country: ロシア" for flag in tagging.flags)
    assert classifier.explain("", title=title, circumstances=told).tagging == tagging
    assert classifier.tag_text("", title=title, circumstances={"country": ""}) == alone
    number = classifier.tag_text("", title=title, circumstances={"budget": 1_200_000_000})
    assert [f.rule for f in number.flags] == [
        f.rule
        for f in classifier.tag_text("", title=title, circumstances={"budget": "12億円"}).flags
    ]
    with pytest.raises(UsageError, match="No circumstance 'nationality'"):
        classifier.tag_text("x", circumstances={"nationality": "x"})


def test_cells_are_read_as_from_the_file(classifier, tmp_path):
    """pandas gives lists in Parquet as arrays, and other values as its own."""
    table = pa.table(
        {
            "title": ["量子", "核融合", "", None],
            "keywords": [["量子計算", None, "誤り訂正"], [], None, ["源氏物語"]],
            "概要": [{"分野": ["量子"], "年": 1}, None, {"分野": ["核融合炉"], "年": 2}, None],
            "相手国": pa.array([["ロシア", "中国"], ["米国"], None, None]),
            "背景": pa.array([True, None, False, True]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    command = [sys.executable, "-m", "ctclass", "tag", str(tmp_path / "a.parquet"), "-q"]
    subprocess.run([*command, "-o", str(tmp_path / "b.parquet")], check=True)
    expected = pd.read_parquet(tmp_path / "b.parquet")
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert isinstance(frame["keywords"][0], np.ndarray)
    tagged = classifier.tag(frame)
    for column in COLUMNS:
        assert tagged[column].tolist() == expected[column].tolist()
    assert tagged["ct_primary"].tolist()[:3] == ["quantum", "fusion", "fusion"]


def test_a_title_alone_is_explained_and_nothing_is_refused(classifier):
    title = "核融合炉のブランケット"
    assert classifier.explain(title=title).tagging == classifier.tag_text("", title=title)
    assert classifier.explain(keywords=title).tagging.primary == "fusion"
    assert classifier.explain("").tagging.status == "empty"
    with pytest.raises(UsageError, match="There is nothing to explain") as error:
        classifier.explain()
    assert error.value.where == "explain"


def test_columns_called_like_those_of_a_result_are_told(classifier):
    frame = pd.DataFrame({"title": ["核融合炉"], "ct_primary": ["x"], "ct_framework_own": ["y"]})
    with pytest.warns(UserWarning, match="give way to the new ones: ct_primary, ct_fram") as told:
        tagged = classifier.tag(frame)
    assert [warning.filename for warning in told] == [__file__]
    assert tagged["ct_primary"].tolist() == ["fusion"]
    pd.testing.assert_frame_equal(classifier.tag(tagged), tagged)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda c: c.tag(pd.Series(["量子"])), "frame"),
        (lambda c: c.tag(["量子"]), "frame"),
        (lambda c: c.tag("量子"), "frame"),
        (lambda c: list(c.tag_stream(pd.DataFrame({"title": ["x"]}))), "frames"),
        (lambda c: list(c.tag_stream(["x"])), "frame 1"),
        (lambda c: c.tag_text(None), "abstract"),
        (lambda c: c.tag_text("x", title=float("nan")), "title"),
        (lambda c: c.explain("x", keywords=["a"]), "keywords"),
        (lambda c: c.predict("量子"), "projects"),
        (lambda c: c.decision_function(3), "projects"),
    ],
)
def test_what_cannot_be_tagged_is_said(classifier, call, where):
    with pytest.raises(UsageError, match="cannot be taken") as error:
        call(classifier)
    assert error.value.where == where
    assert "渡してください" in error.value.lines("ja")[2]
