"""A table of a database in parts: all rows once, the same answers as the whole."""

import json
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import Place
from test_cluster import cluster, files, manifest, results, rows, tag, verified, write_parquet

from ctclass.cluster.sql_partitions import find_sql_partitions
from ctclass.errors import InputError, UsageError
from ctclass.runs.manifest import ResultDigest
from ctclass.tables import open_table


@pytest.fixture
def grants(tmp_path):
    """Keys with gaps, and a table whose name and column need quoting."""
    with sqlite3.connect(tmp_path / "grants.db") as database:
        database.execute('CREATE TABLE "all grants" (id TEXT PRIMARY KEY, title TEXT, abstract)')
        database.executemany('INSERT INTO "all grants" VALUES (?, ?, ?)', rows(100)[::-1])
        database.execute("CREATE TABLE numbers (no INTEGER PRIMARY KEY, title TEXT, half REAL)")
        database.executemany(
            "INSERT INTO numbers VALUES (?, ?, ?)",
            [(i**3, f"量子暗号 {i}", i / 2) for i in range(-5, 6)],
        )
        database.execute("CREATE TABLE loose (id, title TEXT)")
        database.executemany("INSERT INTO loose VALUES (?, 'x')", [("a",), ("a",), (None,)])
    database.close()
    return f"sqlite:///{tmp_path}/grants.db"


def read(url, partitions):
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        found = [database.execute(partition.query).fetchall() for partition in partitions]
    database.close()
    return found


@pytest.mark.parametrize("parts", [1, 3, 7, 500])
def test_every_row_is_in_one_part(grants, parts):
    for table, count in (("all grants", 100), ("numbers", 11)):
        found = read(grants, find_sql_partitions(grants, table, parts, None))
        assert len(found) == min(parts, count)
        assert max(map(len, found)) - min(map(len, found)) <= 1
        keys = [row[0] for part in found for row in part]
        assert keys == sorted(keys)
        assert len(keys) == count


def test_names_with_a_percent_sign(postgres):
    """Which drivers would take for the place of a parameter."""
    place = Place(postgres)
    place.do('create table "50%" ("no%s" bigint primary key, title text)',
             'insert into "50%" select n, n::text from generate_series(1, 9) n')  # fmt: skip
    partitions = find_sql_partitions(postgres, "50%", 2, None)
    read = []
    for partition in partitions:
        with open_table(postgres, query=partition.query) as reader:
            read += [row.cells[0] for chunk in reader.chunks(500) for row in chunk.rows]
    assert (len(partitions), read) == (2, [str(n) for n in range(1, 10)])


def test_a_key_that_cannot_divide_is_refused(grants):
    with pytest.raises(UsageError, match="no primary key"):
        find_sql_partitions(grants, "loose", 2, None)
    with pytest.raises(UsageError, match="2 rows have no id, or that of another"):
        find_sql_partitions(grants, "loose", 2, "id")
    with pytest.raises(InputError, match="No column 'number'"):
        find_sql_partitions(grants, "loose", 2, "number")
    with pytest.raises(InputError, match="half cannot be divided"):
        find_sql_partitions(grants, "numbers", 2, "half")
    with pytest.raises(InputError, match="There is no table 'none'"):
        find_sql_partitions(grants, "none", 2, None)


def test_a_table_on_workers_is_the_table(tmp_path, grants):
    args = (grants, "--table", "all grants", "--partitions", 3, "-o", "out", "--workers", 1)
    cluster(*args, "-q", cwd=tmp_path)
    assert list(results(tmp_path / "out")) == [f"all_grants-0000{i}.parquet" for i in range(3)]
    write_parquet(tmp_path / "a.parquet", rows(100))
    tag(tmp_path / "a.parquet", tmp_path / "whole.parquet")
    parts = pa.concat_tables([pq.read_table(p) for p in sorted((tmp_path / "out").glob("*.par*"))])
    assert parts.to_pylist() == pq.read_table(tmp_path / "whole.parquet").to_pylist()
    assert manifest(tmp_path / "out")["totals"]["rows"] == 100

    whole = files(tmp_path / "out")
    with sqlite3.connect(tmp_path / "grants.db") as database:
        database.execute("UPDATE \"all grants\" SET title = '核融合炉' WHERE id = 'P000050'")
    database.close()
    assert "2 of 3 parts are kept from before" in cluster(*args, "--resume", cwd=tmp_path)
    changed = {name for name, data in files(tmp_path / "out").items() if data != whole[name]}
    name = "all_grants-00001"
    assert changed == {f"{name}.parquet", f"_parts/{name}.json", "_manifest.json"}


def test_a_table_named_like_a_note_gives_results_that_are_seen(tmp_path, grants):
    with sqlite3.connect(tmp_path / "grants.db") as database:
        database.execute("CREATE TABLE _drafts (pk INTEGER PRIMARY KEY, title TEXT)")
        database.executemany("INSERT INTO _drafts VALUES (?, ?)", [(7, "量子暗号"), (9, None)])
    database.close()
    cluster(grants, "--table", "_drafts", "--partitions", 2, "-o", "out", "--workers", 1, "-q",
            cwd=tmp_path)  # fmt: skip
    assert list(results(tmp_path / "out")) == ["drafts-00000.parquet", "drafts-00001.parquet"]
    assert verified("out", tmp_path, 0) == {}
    # The key is the project id where no column is called so, as it is for `tag`.
    assert manifest(tmp_path / "out")["totals"]["ids"] == ResultDigest([["7"], ["9"]]).hexdigest()


def test_what_is_wrong_is_said(tmp_path, grants):
    for args, code, what in [
        ([grants], 2, "Which table of the database?"),
        ([grants, grants, "--table", "numbers"], 2, "--table, or else --query, is for one"),
        ([grants, "--table", "x", "--query", "select 1"], 2, "--table, or else --query, is for"),
        (["a.csv", "--query", "select 1"], 2, "--table, or else --query, is for one database"),
        ([grants, "--query", "select * from numbers"], 2, "--query has no primary key"),
        ([grants, "--query", "delete from numbers", "--on", "no"], 2, "Only a SELECT can be"),
        (["sqlite:///none.db", "--table", "numbers"], 3, "There is no such database file"),
        (["postgresql://me:secret@h/d", "--table", "x"], 2, "Do not write a password"),
    ]:
        told = cluster(*args, "-o", "out", cwd=tmp_path, code=code)
        assert what in told.splitlines()[0]
        assert len(told.splitlines()) == 3
        assert "secret" not in told


def test_a_query_in_parts(tmp_path, grants):
    query = "select no, title from numbers where no > -9 -- not all"
    found = find_sql_partitions(grants, None, 3, "no", query)
    assert [[row[0] for row in part] for part in read(grants, found)] == [
        [-8, -1, 0], [1, 8, 27], [64, 125],
    ]  # fmt: skip
    with pytest.raises(UsageError, match="8 rows have no one, or that of another"):
        find_sql_partitions(grants, None, 3, "one", "select null as one, title from numbers "
                            "where no > -9;")  # fmt: skip
    cluster(grants, "--query", query, "--on", "no", "--partitions", 3, "-o", "out", "--workers", 1,
            "-q", "--format", "csv", cwd=tmp_path)  # fmt: skip
    assert list(results(tmp_path / "out")) == [f"query-0000{i}.csv" for i in range(3)]
    notes = manifest(tmp_path / "out")["partitions"]
    assert [note["rows"] for note in notes] == [3, 3, 2]
    assert query in notes[0]["input"]["query"]


def test_a_query_with_a_table_of_its_own(postgres):
    query = (
        "with few as (select n, n::text as title from generate_series(1, 9) n) select * from few"
    )
    found = find_sql_partitions(postgres, None, 2, "n", query)
    read = []
    for partition in found:
        with open_table(postgres, query=partition.query) as reader:
            read.append([row.cells[0] for chunk in reader.chunks(500) for row in chunk.rows])
    assert read == [["1", "2", "3", "4", "5"], ["6", "7", "8", "9"]]


def test_the_notes_name_the_rows_of_a_part(tmp_path, grants):
    cluster(grants, "--table", "numbers", "--partitions", 2, "-o", "out", "--workers", 1, "-q",
            "--format", "jsonl", cwd=tmp_path)  # fmt: skip
    lines = (tmp_path / "out" / "numbers-00000.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["no"] for line in lines] == [str(i**3) for i in range(-5, 1)]
    note = manifest(tmp_path / "out")["partitions"][0]
    assert note["input"]["place"].endswith("grants.db numbers-00000")
