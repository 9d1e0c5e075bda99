"""A row's answer depends on its text and the model only; every row comes out once, in order."""

import csv
import io
import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ctclass.projects import Project
from ctclass.taxonomy import read_taxonomy

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
