"""A table of a real PostgreSQL in parts: keys of every kind, empty cells, a server that dies."""

import json
import os
import subprocess
import uuid
from decimal import Decimal

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import ctclass
from places import Place
from postgres import PASSWORD, connected
from test_cluster import (
    cluster,
    command,
    environment,
    files,
    machines,
    manifest,
    results,
    rows,
    verified,
    waiting_for,
)

from ctclass.cluster.sql_partitions import find_sql_partitions
from ctclass.errors import InputError, UsageError
from ctclass.runs.manifest import ResultDigest
from ctclass.tables import open_table

COUNT = 40
TEXTS = ["", "JP'1", 'JP"1', "a\\", "a\\'b", "%s", "50%", ":x", "量子", "ア", "あ", "é", "A", "a",
         "b\nc", "\t", "$$", "--", "/*", ";", "Z_", "~"]  # fmt: skip
KEYS = {
    "bigint": [n**3 * 10**9 for n in range(-9, 10)],
    "smallint": list(range(-5, 6)),
    "text": TEXTS,
    'text collate "C"': TEXTS,
    "varchar(20)": TEXTS,
    "char(6)": ["a", "ab", "b", "'", "\\"],
    "uuid": [uuid.uuid5(uuid.NAMESPACE_URL, str(n)) for n in range(COUNT)],
    "numeric": [Decimal("1E+30"), Decimal("-0.00001"), Decimal(7), Decimal("7.5"), Decimal(0)],
    "timestamptz": ["-infinity", "2025-04-01 00:00+09", "2025-04-01 00:00+00", "infinity"],
    "date": ["2025-04-01", "0044-03-15 BC", "20000-01-01"],
}


def cells(url, **what):
    with open_table(url, **what) as reader:
        return [tuple(row.cells) for chunk in reader.chunks(7) for row in chunk.rows]


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_kind(postgres, kind):
    place = Place(postgres)
    place.do(f"create table projects (k {kind} primary key, title text)")
    place.fill("projects", [(key, None) for key in KEYS[kind]])
    divided_whole(postgres, len(KEYS[kind]))


def divided_whole(postgres, count):
    """Any number of parts gives all rows, in their order, and none is larger than another."""
    whole = cells(postgres, table="projects")
    assert len(whole) == count
    for parts in (1, 2, 3, count, 500):
        partitions = find_sql_partitions(postgres, "projects", parts, None)
        found = [cells(postgres, query=partition.query) for partition in partitions]
        assert [row for part in found for row in part] == whole
        sizes = [len(part) for part in found]
        assert len(sizes) == min(parts, count)
        assert max(sizes) - min(sizes) <= 1


def test_a_server_to_which_backslashes_mean_something(postgres):
    place = Place(postgres)
    try:
        name = postgres.rpartition("/")[2]
        place.do(f"alter database {name} set standard_conforming_strings = off")
    except psycopg.Error:
        pytest.skip("this server always takes them as they are")
    place.do("create table projects (k text primary key, title text)")
    place.fill("projects", [(key, None) for key in TEXTS])
    divided_whole(postgres, len(TEXTS))


@pytest.mark.parametrize(
    ("kind", "values", "what"),
    [
        ("double precision", [1.5, 2.5], "k cannot be divided (float)"),
        ("bytea", [b"a", b"b"], "k cannot be divided (bytes)"),
        ("json", ["1", "2"], "could not identify an equality operator"),
    ],
)
def test_keys_that_cannot_divide(postgres, kind, values, what):
    place = Place(postgres)
    place.do(f"create table projects (k {kind}, title text)")
    place.fill("projects", [(value, "x") for value in values])
    with pytest.raises(InputError) as refused:
        find_sql_partitions(postgres, "projects", 2, "k")
    assert what in refused.value.what.en


def test_keys_that_are_empty_or_not_one(postgres):
    place = Place(postgres)
    place.do("create table projects (a int, b int, u uuid unique, primary key (a, b))",
             "insert into projects select n, n, nullif(gen_random_uuid(), null) "
             "from generate_series(1, 8) n", "update projects set u = null where a > 6",
             "create view seen as select * from projects")  # fmt: skip
    for table in ("projects", "seen"):
        with pytest.raises(UsageError, match="no primary key of one column"):
            find_sql_partitions(postgres, table, 2, None)
        with pytest.raises(UsageError, match="2 rows have no u, or that of another"):
            find_sql_partitions(postgres, table, 2, "u")
        assert len(find_sql_partitions(postgres, table, 2, "a")) == 2


def test_tables_that_are_divided_in_the_server_and_those_without_rows(postgres):
    Place(postgres).do(
        "create table parted (id int primary key, title text) partition by range (id)",
        "create table low partition of parted for values from (0) to (50)",
        "create table high partition of parted for values from (50) to (500)",
        "insert into parted select n, n::text from generate_series(0, 99) n",
        "create schema own", 'create table own."_Empty" (id uuid primary key, title text)',
    )  # fmt: skip
    partitions = find_sql_partitions(postgres, "parted", 3, None)
    found = [row[0] for p in partitions for row in cells(postgres, query=p.query)]
    assert found == [str(n) for n in range(100)]
    (only,) = find_sql_partitions(postgres, "own._Empty", 3, None)
    assert (only.name, cells(postgres, query=only.query)) == ("own._Empty-00000", [])


def projects(place, key, count=COUNT):
    """Rows of which many a cell is NULL, and of types that are no text."""
    place.do(
        f"create table projects (pk {key} primary key, title text, abstract text, "
        "keywords text[], partners text, n numeric, at timestamptz, more jsonb, yes boolean)"
    )
    keys = {
        "bigint": lambda i: i * i - 50,
        "text": lambda i: f"JP{i}'\\",
        "uuid": lambda i: uuid.uuid5(uuid.NAMESPACE_URL, str(i)),
    }
    place.fill(
        "projects",
        [
            (
                keys[key](i),
                None if i % 4 == 0 else title,
                None if i % 3 == 0 else abstract,
                None if i % 2 else ["量子", title],
                None if i % 5 else "ある大学",
                *(
                    (None, None, None, None)
                    if i % 7 == 0
                    else (i / 4, "2025-04-01", '{"a": 1}', True)
                ),
            )
            for i, (_, title, abstract) in enumerate(rows(count))
        ],
    )


@pytest.mark.parametrize("key", ["bigint", "text", "uuid"])
def test_parts_on_workers_are_the_table(tmp_path, postgres, key):
    projects(Place(postgres), key)
    own = ("--framework", "us-cet", "--framework", "kr-12")
    ctclass("tag", postgres, "--table", "projects", *own, "-o", "whole.parquet", "-q", cwd=tmp_path)
    whole = pq.read_table(tmp_path / "whole.parquet")
    assert len(set(whole["ct_status"].to_pylist())) > 1  # rows without any text are told so
    run = (postgres, "--table", "projects", "--partitions", 3, "--workers", 1, *own)
    cluster(*run, "-o", "out", "-q", cwd=tmp_path)
    names = [f"projects-0000{i}.parquet" for i in range(3)]
    assert list(results(tmp_path / "out")) == names
    parts = pa.concat_tables([pq.read_table(tmp_path / "out" / name) for name in names])
    assert parts.equals(whole)
    found = manifest(tmp_path / "out")
    ids = ResultDigest([[pk] for pk in whole["pk"].to_pylist()])
    assert (found["totals"]["rows"], found["totals"]["ids"]) == (COUNT, ids.hexdigest())
    assert verified("out", tmp_path, 0) == {}
    if key != "uuid":
        return
    place = Place(postgres)
    place.do("update projects set abstract = '' where abstract is null")  # the same text
    before = files(tmp_path / "out")
    assert "3 of 3 parts are kept" in cluster(*run, "-o", "out", "--resume", cwd=tmp_path)
    some = whole["pk"].to_pylist()[0]
    place.do(f"update projects set title = '核融合炉' where pk = '{some}'")  # noqa: S608
    assert "2 of 3 parts are kept" in cluster(*run, "-o", "out", "--resume", cwd=tmp_path)
    after = files(tmp_path / "out")
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {names[0], "_parts/projects-00000.json", "_manifest.json"}
    place.do("alter table projects rename column partners to memo")
    assert "are kept" not in cluster(*run, "-o", "out", "--resume", cwd=tmp_path)


def test_a_worker_that_may_not_read_says_so_and_no_password(tmp_path, postgres):
    if "CTCLASS_POSTGRES" in os.environ:
        pytest.skip("needs a server that asks for a password")
    projects(Place(postgres), "uuid")
    with machines(tmp_path / "m", 1, PGPASSWORD="chigau-aikotoba") as wrong:
        run = (postgres, "--table", "projects", "--partitions", 2, "-o", "out")
        told = cluster(*run, "--scheduler", wrong.address, cwd=tmp_path, code=3)
        assert "2 of 2 parts could not be tagged: Cannot connect to the database" in told
        assert "PGPASSWORD" in told.splitlines()[2]
    failures = (tmp_path / "out" / "_failures.json").read_text("utf-8")
    assert len(json.loads(failures)["failures"]) == 2
    assert not any(secret in told + failures for secret in ("chigau-aikotoba", PASSWORD))
    cluster(*run, "--workers", 1, "--resume", "-q", cwd=tmp_path)
    assert manifest(tmp_path / "out")["totals"]["rows"] == COUNT
    assert not any(PASSWORD.encode() in data for data in files(tmp_path / "out").values())


def test_a_server_that_dies_costs_no_part_that_is_done(tmp_path, own_postgres, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = "ctclass_parts"
    with connected(own_postgres.url) as connection:
        connection.execute(f"create database {name}")
    url = f"{own_postgres.url.rpartition('/')[0]}/{name}"
    projects(Place(url), "uuid", 6_000)
    args = (url, "--table", "projects", "--partitions", 4, "--workers", 1)
    run = subprocess.Popen(
        command(*args, "-o", "out"), cwd=tmp_path, stderr=subprocess.PIPE, env=environment()
    )
    waiting_for(lambda: list((tmp_path / "out").glob("_parts/*.json")))
    own_postgres.stop()
    told = run.communicate(timeout=120)[1].decode()
    own_postgres.start()
    assert run.returncode == 3
    assert "of 4 parts could not be tagged" in told
    done = len(results(tmp_path / "out"))
    assert 1 <= done < 4
    assert not (tmp_path / "out" / "_manifest.json").exists()
    assert f"{done} of 4 parts are kept" in cluster(*args, "-o", "out", "--resume", cwd=tmp_path)
    found = [pq.read_table(p)["pk"].to_pylist() for p in sorted((tmp_path / "out").glob("*.par*"))]
    keys = [key for part in found for key in part]
    assert len(set(keys)) == len(keys) == 6_000
    with connected(own_postgres.url) as connection:
        connection.execute(f"drop database {name} with (force)")
