"""`ctclass cluster --since-last`: what has not changed is taken over, wherever its row is now."""

import json
import sqlite3
from dataclasses import replace

import pytest
from test_cluster import (
    DEADLY,
    POISON,
    cluster,
    csv_bytes,
    files,
    machines,
    manifest,
    results,
    rows,
    tag,
    verified,
)

from ctclass.cluster.earlier import find_earlier
from ctclass.cluster.partitions import Partition
from ctclass.cluster.reading import Job
from ctclass.model.file import dump_model

OLD = rows(240)
CHANGED = ("P000239", "量子暗号の研究", "題も概要も変わった。")
NEW = [CHANGED, *OLD[::-1], *rows(3, 240)]
"""All of the old in another order, one of them once more with another text, and three new ones."""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Two workers, whose folders the tests look into."""
    with machines(tmp_path_factory.mktemp("since") / "m") as found:
        yield found


def parts(folder, table, count, name="part-{}.csv"):
    """A table in equal parts."""
    folder.mkdir()
    size = -(-len(table) // count)
    for i in range(count):
        (folder / name.format(i)).write_bytes(csv_bytes(table[i * size : (i + 1) * size]))
    return folder


@pytest.fixture
def earlier(tmp_path, here):
    """Results of the old table: `old`, of four parts."""
    parts(tmp_path / "a", OLD, 4)
    cluster("a", "-o", "old", "--scheduler", here.address, "-q", cwd=tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["jsonl", "xlsx"])
def test_rows_that_moved_between_partitions_are_taken_over(tmp_path, here, kind):
    parts(tmp_path / "a", OLD, 4)
    parts(tmp_path / "b", NEW, 3, "2026-{}.csv")
    run = ("--scheduler", here.address)
    cluster("a", "-o", "old", "--format", kind, *run, "-q", cwd=tmp_path)
    cluster("b", "-o", "full", *run, "-q", cwd=tmp_path)
    told = cluster("b", "-o", "new", "--since-last", "old", *run, cwd=tmp_path)
    assert "244 rows: 4 tagged, 240 taken over" in told
    assert told.splitlines()[-1] == (
        "Taken over from the earlier output: 240 rows; tagged: 4 (new 3, text changed 1)"
    )
    assert results(tmp_path / "new") == results(tmp_path / "full")
    found = manifest(tmp_path / "new")
    assert found["totals"]["taken_over"] == {"since_last": 240}
    assert [n["taken_over"]["since_last"] for n in found["partitions"]] == [81, 82, 77]
    assert verified("new", tmp_path, 0) == {}
    assert manifest(tmp_path / "full")["totals"]["taken_over"] == {"since_last": 0}


def job(folder, **settings):
    facts = {"folder": str(folder), "named": {}, "encoding": None, "kind": None, "frameworks": {},
             "label": "", "digest": "", "versions": {}, "patience": 1}  # fmt: skip
    return Job(**facts | settings)


def test_a_partition_reads_those_results_that_hold_its_texts(earlier):
    """Else every partition of a thousand would read a thousand."""
    found = find_earlier(str(earlier / "old"), job(earlier / "new"))
    assert len(found.results) == 4

    def needed(table):
        path = earlier / "x.csv"
        path.write_bytes(csv_bytes(table))
        partition = Partition("x.csv", str(path), str(path), 1)
        return sorted(found.needed(partition, job("new"), earlier))

    assert needed(OLD[:60]) == ["part-0.csv"]
    assert needed(OLD[100:150]) == ["part-1.csv", "part-2.csv"]
    assert needed(OLD) == [f"part-{i}.csv" for i in range(4)]
    assert needed(OLD[59:120]) == ["part-1.csv"]  # one row is not worth the other
    assert needed(rows(60, 500)) == []
    more = {"again.csv": found.results["part-3.csv"], "none.csv": ("", "")}
    found = replace(found, results=found.results | more)
    assert needed(OLD[180:]) == ["again.csv"]  # the same texts twice are read once


def test_ranges_of_a_table_that_has_grown(tmp_path, here):
    """Which begin elsewhere, each one further away."""
    with sqlite3.connect(tmp_path / "grants.db") as database:
        database.execute("CREATE TABLE projects (no INTEGER PRIMARY KEY, title TEXT, abstract)")
        add = "INSERT INTO projects VALUES (?, ?, ?)"
        database.executemany(add, [(i, *row[1:]) for i, row in enumerate(OLD)])
    run = ("sqlite:///grants.db", "--table", "projects", "--partitions", "6", "--scheduler",
           here.address)  # fmt: skip
    cluster(*run, "-o", "old", "-q", cwd=tmp_path)
    with database:
        database.executemany(add, [(i, *row[1:]) for i, row in enumerate(rows(60, 240), 240)])
    database.close()
    cluster(*run, "-o", "full", "-q", cwd=tmp_path)
    told = cluster(*run, "-o", "new", "--since-last", "old", cwd=tmp_path)
    assert "240 rows; tagged: 60 (new 60)" in told
    assert results(tmp_path / "new") == results(tmp_path / "full")


def test_a_single_file_is_read_once_by_each_worker_and_leaves_nothing(tmp_path):
    parts(tmp_path / "b", NEW, 3)
    (tmp_path / "a.csv").write_bytes(csv_bytes(OLD))
    tag(tmp_path / "a.csv", tmp_path / "old.csv", "--manifest")
    (tmp_path / "sitecustomize.py").write_text(
        "import ctclass.cluster.since as since\n"
        "fill = since.fill\n"
        "def counted(store, paths, *more):\n"
        f"    with open(r'{tmp_path}/filled', 'a') as file:\n"
        "        file.write('x')\n"
        "    fill(store, paths, *more)\n"
        "since.fill = counted\n"
    )
    with machines(tmp_path / "m", 1, PYTHONPATH=str(tmp_path)) as one:
        run = ("b", "--scheduler", one.address)
        cluster(*run, "-o", "full", "-q", cwd=tmp_path)
        told = cluster(*run, "-o", "new", "--since-last", "old.csv", cwd=tmp_path)
        assert "240 rows; tagged: 4" in told
        assert results(tmp_path / "new") == results(tmp_path / "full")
        assert (tmp_path / "filled").read_text() == "x"
        assert not list((tmp_path / "m").rglob("*.since"))
        with (tmp_path / "old.csv").open("a", encoding="utf-8") as file:
            file.write("\n")
        told = cluster(*run, "-o", "bad", "--since-last", "old.csv", cwd=tmp_path, code=3)
        assert "3 of 3 parts could not be tagged: The earlier output has changed" in told
        assert len(told.splitlines()) == 3
        tag(tmp_path / "a.csv", tmp_path / "other.csv", "--abstract", "title")
        told = cluster(*run, "-o", "bad", "--since-last", "other.csv", "--force", cwd=tmp_path,
                       code=3)  # fmt: skip
        assert "Answers of the earlier output are not those of this model" in told


def test_an_edited_result_is_refused_and_the_others_are_done(earlier, here):
    parts(earlier / "b", OLD, 4)
    path = earlier / "old" / "part-2.csv"
    path.write_bytes(path.read_bytes().replace("を調べる".encode(), "を観る".encode(), 1))
    told = cluster("b", "-o", "new", "--since-last", "old", "--scheduler", here.address,
                   cwd=earlier, code=3)  # fmt: skip
    what, where, _ = told.splitlines()
    assert "1 of 4 parts could not be tagged: An earlier result has changed" in what
    assert where == f"Where: {earlier}/old/part-2.csv"
    assert sorted(results(earlier / "new")) == ["part-0.csv", "part-1.csv", "part-3.csv"]
    # Without the earlier results the rest is tagged.
    cluster("b", "-o", "new", "--resume", "--scheduler", here.address, "-q", cwd=earlier)
    cluster("b", "-o", "full", "--scheduler", here.address, "-q", cwd=earlier)
    assert results(earlier / "new") == results(earlier / "full")


def test_a_manifest_from_before_there_was_an_earlier_run(earlier, here):
    """It can be verified, and holds no texts by which its rows could be known."""
    found = manifest(earlier / "old")
    del found["totals"]["taken_over"]
    for note in found["partitions"]:
        del note["taken_over"], note["texts"]
    (earlier / "old" / "_manifest.json").write_text(json.dumps(found), "utf-8")
    assert verified("old", earlier, 0) == {}
    told = cluster("a", "-o", "new", "--since-last", "old", "--scheduler", here.address,
                   cwd=earlier)  # fmt: skip
    assert "0 rows; tagged: 240 (new 240)" in told


def test_results_of_other_columns_hold_none_of_the_texts(earlier, here):
    run = ("--since-last", "old", "--scheduler", here.address, "--abstract", "title")
    told = cluster("a", "-o", "new", *run, cwd=earlier)
    assert "0 rows; tagged: 240 (new 240)" in told


def test_results_of_another_model_are_not_even_read(earlier, here, model):
    (earlier / "own.ctm").write_bytes(
        dump_model(replace(model, header=model.header | {"name": "own"}))
    )
    (earlier / "old" / "part-0.csv").unlink()
    told = cluster("a", "-o", "new", "--since-last", "old", "--model", "own.ctm", "--scheduler",
                   here.address, cwd=earlier)  # fmt: skip
    assert f"results are of another model ({model.label}): every row is tagged anew" in told
    assert "240 rows tagged" in told
    told = cluster("a", "-o", "recall", "--since-last", "old", "--screening-recall", "--scheduler",
                   here.address, cwd=earlier)  # fmt: skip
    assert "of another model" in told


def test_a_row_that_failed_then_is_tried_again(tmp_path, here):
    table = [*OLD[:30], ("P999", DEADLY, ""), *OLD[30:60]]
    (tmp_path / "a.csv").write_bytes(csv_bytes(table))
    (tmp_path / "sitecustomize.py").write_text(POISON, "utf-8")
    again = ("a.csv", "--since-last", "old")
    with machines(tmp_path / "m", 1, PYTHONPATH=str(tmp_path)) as poisoned:
        run = ("--scheduler", poisoned.address)
        cluster("a.csv", "-o", "old", *run, "-q", cwd=tmp_path, code=3)
        told = cluster(*again, "-o", "again", *run, cwd=tmp_path, code=3)
    assert "a.csv row 31" in told
    assert "61 rows: 1 tagged, 60 taken over" in told
    told = cluster(*again, "-o", "new", "--scheduler", here.address, cwd=tmp_path)
    assert "60 rows; tagged: 1 (not read or written whole then 1)" in told
    assert results(tmp_path / "new")["a.csv"] == tag(tmp_path / "a.csv", tmp_path / "full.csv")


def test_with_resume_it_goes_on_as_it_began(earlier, here):
    parts(earlier / "b", NEW, 4)
    run = ("b", "--since-last", "old", "--scheduler", here.address)
    cluster(*run, "-o", "whole", "-q", cwd=earlier)
    third = earlier / "b" / "part-2.csv"
    whole = third.read_bytes()
    third.write_bytes(bytes(range(128, 256)) * 40)
    cluster(*run, "-o", "new", "-q", cwd=earlier, code=3)
    third.write_bytes(whole)
    told = cluster(*run, "-o", "new", "--resume", cwd=earlier)
    assert "3 of 4 parts are kept from before" in told
    assert "244 rows: 2 tagged, 242 taken over" in told
    assert files(earlier / "new") == files(earlier / "whole")


def test_what_can_be_said_before_any_worker_starts(earlier):
    (earlier / "started").mkdir()
    (earlier / "started" / "part-0.csv").write_bytes(csv_bytes(OLD))
    cases = [
        ("none", "new", 3, "There are no such earlier results"),
        ("postgres-none", "new", 3, "There are no such earlier results"),
        ("started", "new", 3, "There is no _manifest.json"),
        ("old", "old", 2, "The earlier results are in the folder that is to be written"),
        ("old/part-1.csv", "old", 2, "The earlier results are in the folder that is to be written"),
        ("sqlite:///old.db", "new", 2, "--since-last takes a folder of earlier results, or a file"),
    ]
    for previous, output, code, what in cases:
        told = cluster("a", "-o", output, "--force", "--since-last", previous, cwd=earlier,
                       code=code)  # fmt: skip
        assert what in told.splitlines()[0]
        assert len(told.splitlines()) == 3
    assert verified("old", earlier, 0) == {}
