"""A row's answer depends on its text and the model only; every row comes out once, in order."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import bench
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ctclass.headings import find_columns
from ctclass.projects import Project
from ctclass.runs.stream import _Recent, _size, tag_stream
from ctclass.tables import Chunk, Row
from ctclass.tagging.reading import _BLANK
from ctclass.taxonomy.areas import read_taxonomy
from ctclass.text.units import Segmenter

SEEDS = [
    s.term for _, sub in read_taxonomy().subtechnologies() for s in sub.seeds if s.lang == "ja"
]
ROWS = [
    (
        str(i),
        f"{SEEDS[i * 7 % len(SEEDS)]}の研究",
        f"{SEEDS[i * 13 % len(SEEDS)]}を調べる。第{i}報。",
    )
    for i in range(1200)
]


def ctclass(*args, cwd, stdin=None):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "tag", *map(str, args), "--quiet"],
        cwd=cwd, input=stdin, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def as_csv(rows, line_end="\n"):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end).writerows([("id", "title", "abstract"), *rows])
    return out.getvalue().encode()


def answers(text):
    """The ct_ columns of every row."""
    found = list(csv.reader(io.StringIO(text if isinstance(text, str) else text.decode())))
    assert found[0][3] == "ct_primary"
    assert [tuple(r[:3]) for r in found[1:]] == ROWS
    return [r[3:] for r in found[1:]]


@pytest.fixture(scope="module")
def expected(tagger):
    """Each project by itself, without any table."""
    return [tagger.tag(Project(i, title, abstract, "")).columns() for i, title, abstract in ROWS]


@pytest.mark.parametrize(("workers", "chunk"), [(1, 500), (1, 1), (2, 7), (3, 500), (8, 13)])
def test_workers_and_chunks_change_nothing(tmp_path, expected, workers, chunk):
    (tmp_path / "a.csv").write_bytes(as_csv(ROWS))
    ctclass("a.csv", "--workers", workers, "--chunk-rows", chunk, cwd=tmp_path)
    assert answers((tmp_path / "a.tagged.csv").read_text("utf-8")) == expected


def test_formats_change_nothing(tmp_path, expected):
    names = ("id", "title", "abstract")
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(dict(zip(names, r, strict=True))) + "\n" for r in ROWS), "utf-8"
    )
    columns = {n: [r[i] for r in ROWS] for i, n in enumerate(names)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=100)
    for name in ("a.jsonl", "a.parquet"):
        ctclass(name, "-o", name + ".csv", cwd=tmp_path)
        assert answers((tmp_path / (name + ".csv")).read_text("utf-8")) == expected


def test_through_pipes(tmp_path, expected):
    assert answers(ctclass("-", "-o", "-", cwd=tmp_path, stdin=as_csv(ROWS))) == expected
    lines = "".join(json.dumps({"title": r[1], "abstract": r[2]}) + "\n" for r in ROWS)
    out = ctclass("-", "-o", "-", cwd=tmp_path, stdin=lines.encode()).decode().splitlines()
    assert [json.loads(line)["ctclass"]["primary"] for line in out] == [e[0] for e in expected]


def test_the_order_of_rows_changes_nothing(tmp_path, expected):
    (tmp_path / "a.csv").write_bytes(as_csv(ROWS[::-1]))
    ctclass("a.csv", cwd=tmp_path)
    with (tmp_path / "a.tagged.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))[1:]
    assert [r[3:] for r in found[::-1]] == expected


def test_several_files_and_a_folder(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(as_csv(ROWS[:3]))
    ctclass("a.csv", "b.csv", cwd=tmp_path)
    ctclass("a.csv", "b.csv", "-o", "out", cwd=tmp_path)
    for name in ("a.tagged.csv", "b.tagged.csv"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


TIMES = 40
HEADER = ["id", "title", "abstract", "相手国"]
TWINS = [
    *(("", title, abstract, "") for _, title, abstract in ROWS[:40]),
    *(("", ROWS[i][1], ROWS[i][2], country) for i in range(20) for country in ("ロシア", "米国")),
    *((i, "", "", "") for i in ("", " ", "　")),
    ("", "", "Исследование квантовых вычислений и исправления ошибок", ""),
]
"""Texts that come again with other ids, and some also with another country."""


def twins(order):
    """Each of `TWINS` many times: `TIMES` chunks that hold all, and some a row cut short."""
    rows = []
    for i in range(TIMES):
        rows += [Row([f"{i}-{n}", *TWINS[n][1:]], "" if n % 7 else "ragged") for n in order(i)]
    size = len(TWINS)
    return [Chunk(i, i * size + 1, rows[i * size : i * size + size]) for i in range(TIMES)]


def forward(turn):
    return range(len(TWINS))


def turned(turn):
    return [(5 * n + turn) % len(TWINS) for n in range(len(TWINS))]


@pytest.mark.parametrize("order", [forward, turned])
@pytest.mark.parametrize(("workers", "most"), [(0, 2_048), (0, 0), (0, 30), (2, 2_048), (2, 30)])
def test_equal_texts_are_answered_as_each_alone(monkeypatch, tagger, order, workers, most):
    monkeypatch.setattr("ctclass.runs.stream.MOST_RECENT", most)
    columns = find_columns(HEADER, where="here")
    chunks = twins(order)
    alone = {}
    found = list(tag_stream(tagger, columns, chunks, workers))
    assert [chunk for chunk, _ in found] == chunks
    for chunk, taggings in found:
        for row, tagging in zip(chunk.rows, taggings, strict=True):
            key = tuple(row.cells[1:])
            if key not in alone:
                alone[key] = tagger.tag(columns.project(row.cells))
            status = row.problem or alone[key].status
            assert tagging == replace(alone[key], status=status)
    assert len({tagging.flags for tagging in alone.values()}) > 20
    assert {tagging.status for tagging in alone.values()} == {"ok", "empty", "not-japanese"}


def test_equal_texts_are_cut_and_scored_once(monkeypatch, tagger):
    cut, scored = [], []
    whole_cut, whole_score = Segmenter.cut, tagger.scorer.score
    monkeypatch.setattr(Segmenter, "cut", lambda s, text: cut.append(text) or whole_cut(s, text))
    monkeypatch.setattr(
        tagger.scorer, "score", lambda given: scored.append(len(given)) or whole_score(given)
    )
    columns = find_columns(HEADER, where="here")
    assert len(list(tag_stream(tagger, columns, twins(turned), 0))) == TIMES
    texts = {row[1:3] for row in TWINS} - {("", "")}
    assert len(cut) == len(texts)  # whatever the country, and none for rows without a text
    assert sum(scored) == len({row[1:] for row in TWINS})
    cut.clear()
    monkeypatch.setattr("ctclass.runs.stream.RECENT_CHARACTERS", 0)  # only within a chunk
    list(tag_stream(tagger, columns, twins(turned), 0))
    assert len(cut) == TIMES * len(texts)
    cut.clear()
    tagger.tag_all([Project("", *row[1:3], "") for row in TWINS])
    assert len(cut) == len(texts)


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr("ctclass.runs.stream.MOST_RECENT", 20)
    monkeypatch.setattr("ctclass.runs.stream.RECENT_CHARACTERS", 1_000)
    recent = _Recent()
    for i in range(50):
        projects = [Project("", f"{i}-{n}", "字" * (n % 3 * 50), "") for n in range(10)]
        slots, new = recent.find([*projects, *projects])
        assert len(new) == 10
        assert slots[:10] == slots[10:]
        assert len(recent._slots) <= 20 + 10
        assert recent._characters == sum(map(_size, recent._slots)) <= 1_000 + 600


def test_a_text_that_comes_again_and_again_is_not_forgotten(monkeypatch):
    monkeypatch.setattr("ctclass.runs.stream.MOST_RECENT", 20)
    recent = _Recent()
    empty = Project("", "", "", "")
    (slot,), _ = recent.find([empty])
    for i in range(50):
        slots, _ = recent.find([Project("", f"{i}-{n}", "", "") for n in range(10)] + [empty])
        assert slots[-1] is slot


def test_a_project_without_a_text_needs_no_tokenizer(segmenter):
    """What stands in its place is what the tokenizer would give."""
    assert {text: segmenter.cut(text) for text in _BLANK} == _BLANK


@pytest.mark.parametrize("corpus", [True, False])
def test_the_benchmark_measures_as_many_rows_as_it_says(monkeypatch, tmp_path, corpus):
    """Also where the corpus has fewer, and none that is known already."""
    (tmp_path / "data").mkdir()
    if corpus:
        names = ("project_id", "title", "abstract", "keywords")
        columns = {n: [r[i % 3] for r in ROWS[:40]] for i, n in enumerate(names)}
        pq.write_table(pa.table(columns), tmp_path / "data" / "kaken_projects.parquet")
    monkeypatch.setattr("bench.SHARED", tmp_path)
    for rows in (30, 100):
        paths = bench.table_of(rows, tmp_path)
        found = pq.read_table(paths["parquet"])
        assert len(set(found["project_id"].to_pylist())) == found.num_rows == rows
        with paths["csv"].open(encoding="utf-8", newline="") as file:
            cells = list(csv.reader(file))
        assert cells[1:] == [list(row.values()) for row in found.to_pylist()]
        if not corpus:
            assert len(set(found["abstract"].to_pylist())) == rows
