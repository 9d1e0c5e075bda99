"""Databases: every row once, the same answers as from a file, and errors in three lines."""

import csv
import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import PLAIN, Place, exists, truth
from postgres import PASSWORD
from test_bad_input import left_over, refused
from test_streaming import ROWS, as_csv

from ctclass.errors import InputError, UsageError
from ctclass.headings import find_columns
from ctclass.tables import open_table
from ctclass.tables.database import Database


def cells(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def digest(rows):
    """Of ids and the ct_ columns, in the order of the ids."""
    return hashlib.sha256(repr(sorted((r[0], *r[-10:]) for r in rows)).encode()).hexdigest()


@pytest.fixture(scope="module")
def from_csv(tmp_path_factory):
    """The lines of the output for `ROWS` from a CSV file."""
    folder = tmp_path_factory.mktemp("csv")
    (folder / "a.csv").write_bytes(as_csv(ROWS))
    args = ("tag", "a.csv", "-o", "b.csv", "-q")
    subprocess.run([sys.executable, "-m", "ctclass", *args], cwd=folder, check=True)
    return cells(folder / "b.csv")


@pytest.mark.parametrize(("workers", "chunk"), [(1, 500), (2, 7), (1, 1201)])
def test_the_same_answers_as_from_a_file(tag, place, tmp_path, from_csv, workers, chunk):
    place.do(PLAIN)
    place.fill("projects", ROWS)
    tag(place.url, "--table", "projects", "-o", "a.csv", "--workers", workers,
           "--chunk-rows", chunk)  # fmt: skip
    found = cells(tmp_path / "a.csv")
    assert found[0] == from_csv[0]
    assert digest(found[1:]) == digest(from_csv[1:])
    assert len(found) == len(ROWS) + 1


def test_the_same_answers_from_a_query_and_parquet_and_in_a_table(tag, place, tmp_path, from_csv):
    place.do(PLAIN)
    place.fill("projects", ROWS)
    tag(place.url, "--query", "select * from projects order by length(id), id",
           "-o", "q.csv")  # fmt: skip
    assert cells(tmp_path / "q.csv") == from_csv
    columns = {n: [r[i] for r in ROWS] for i, n in enumerate(("id", "title", "abstract"))}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    tag("a.parquet", "-o", place.url, "--into", "rows")
    tag(place.url, "--table", "projects", "--into", "answers", "--chunk-rows", 77)
    for name in ("rows", "answers"):
        shown = [[truth(value) for value in row] for row in place.do(f"select * from {name}")]  # noqa: S608
        assert digest([[row[0], *row[-12:-2]] for row in shown]) == digest(from_csv[1:])
    own = place.do("select id, title, abstract from rows order by length(id), id")
    assert [tuple(row) for row in own] == ROWS


def test_types_become_texts(tag, place, tmp_path):
    if place.sqlite:
        place.do(
            "create table p (id integer primary key, 課題名 text, 金額 real, 日付 date, 資料 blob,"
            " キーワード json, 無 text)",
            "insert into p values (7, '量子暗号', 1.5, '2026-04-01', x'ff00', '[\"量子\"]', null)",
        )
        rest = ["1.5", "2026-04-01", "\\xff00", '["量子"]', ""]
    else:
        place.do(
            "create table p (id bigint primary key, 課題名 varchar(20), 金額 numeric, 日付 date,"
            " 資料 bytea, キーワード text[], 無 text, 真 boolean, 記録 jsonb, 時 timestamptz,"
            " 番号 uuid)",
            "insert into p values (7, '量子暗号', 1.50, '2026-04-01', '\\xff00', '{量子,通信}',"
            " null, true, '{\"年\": [1, 2.5]}', '2026-04-01 09:00+09',"
            " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
            "insert into p (id, 日付) values (8, 'infinity')",
        )
        rest = ["1.50", "2026-04-01", "\\xff00", "量子; 通信", "", "true", '{"年":[1,2.5]}',
                "2026-04-01 00:00:00+00", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]  # fmt: skip
    said = tag(place.url, "--table", "p", "-o", "a.csv")
    assert "キーワード = キーワード" in said.err
    found = cells(tmp_path / "a.csv")
    assert found[1][: 2 + len(rest)] == ["7", "量子暗号", *rest]
    assert found[1][-10] == "quantum"
    if not place.sqlite:
        assert found[2][3] == "infinity"
        assert found[2][-2] == "empty"


def test_names_that_need_quotes(tag, place, tmp_path):
    place.do(
        'create table "研究 課題%s" ("研究概要(500字以内)" text, "Select" text primary key,'
        ' "100%:a" text)',
        """insert into "研究 課題%s" values ('量子コンピュータの誤り訂正', 'EX-1', '50%')""",
    )
    args = ("--table", "研究 課題%s", "--id", "Select")
    tag(place.url, *args, "-o", "a.csv")
    assert cells(tmp_path / "a.csv")[1][:4] == [
        "量子コンピュータの誤り訂正", "EX-1", "50%", "quantum",
    ]  # fmt: skip
    tag(place.url, *args, "--into", "結果 の表")
    assert place.do('select project_id, ct_primary from "結果 の表"')[0] == ("EX-1", "quantum")
    tag("a.csv", "--id", "Select", "-o", place.url, "--into", "写し")
    assert place.do('select "100%:a", "研究概要(500字以内)" from "写し"')[0] == (
        "50%", "量子コンピュータの誤り訂正",
    )  # fmt: skip


def test_a_query_with_signs_that_drivers_know(ctclass, place):
    place.do(PLAIN, "insert into projects values ('1', '量子 100%', ':x ?')")
    where = "title like '%100%' and abstract = ':x ?'"
    query = f"-- 量子だけ\nselect * from projects where {where};"
    done = ctclass("tag", place.url, "--query", query, "-o", "-", "-q")
    assert done.out.splitlines()[1].startswith("1,量子 100%,:x ?,")


def test_an_empty_table_and_a_view(ctclass, tag, place, tmp_path):
    place.do(PLAIN, "create view v as select title, abstract from projects")
    tag(place.url, "--table", "projects", "-o", "a.csv")
    assert len(cells(tmp_path / "a.csv")) == 1
    tag(place.url, "--table", "projects", "--into", "r")
    assert place.do("select * from r") == []
    place.fill("projects", ROWS[:3])
    tag(place.url, "--table", "v", "-o", "v.csv")
    assert [r[0] for r in cells(tmp_path / "v.csv")[1:]] == [r[1] for r in ROWS[:3]]
    ctclass("tag", place.url, "--table", "v", "--into", "r2").refused(2, "--id")
    assert not exists(place, "r2")


def test_a_table_without_a_key(tag, place, tmp_path):
    place.do("create table t (title text, abstract text)")
    place.fill("t", [row[1:] for row in ROWS[:300]])
    tag(place.url, "--table", "t", "-o", "a.csv", "--chunk-rows", 100)
    found = [tuple(r[:2]) for r in cells(tmp_path / "a.csv")[1:]]
    assert found == place.do("select title, abstract from t"), "in the order of the database"


@pytest.mark.parametrize(
    "key", ["id text primary key", "id integer primary key", "primary key (title, id)"]
)
@pytest.mark.parametrize("kind", ["", " without rowid"])
def test_a_table_that_changes_while_it_is_read(place, key, kind):
    """Rows that stay come once each, whatever is added, changed or removed around them."""
    if kind and not place.sqlite:
        pytest.skip("only SQLite has tables without row numbers")
    declared = f"id int, title text, note text, {key}" if "(" in key else (
        f"{key}, title text, note text")  # fmt: skip
    place.do(f"create table t ({declared}){kind}")
    place.fill("t", [(i, f"量子{i:04}", "") for i in range(1000)])
    with open_table(place.url, table="t") as reader:
        assert reader.row_count == 1000
        chunks = reader.chunks(100)
        seen = [row.cells for _ in range(3) for row in next(chunks).rows]
        place.do(
            "delete from t where note = '' and title in ('量子0005', '量子0900')",
            "update t set note = 'changed'",
            "insert into t values (-1, '量子 0', ''), (5000, '量子9', '')",
        )
        seen += [row.cells for chunk in chunks for row in chunk.rows]
    ids = [cells[reader.header.index("id")] for cells in seen]
    assert len(ids) == len(set(ids))
    assert {str(i) for i in range(1000) if i not in (5, 900)} <= set(ids)
    if not place.sqlite:
        assert set(ids) == {str(i) for i in range(1000)}, "a snapshot has what was there"


def test_a_reader_does_not_keep_writers_out_of_sqlite(tmp_path):
    place = Place(f"sqlite:///{tmp_path / 'a.db'}")
    place.do(PLAIN)
    place.fill("projects", ROWS)
    with open_table(place.url, table="projects") as reader:
        chunks = reader.chunks(10)
        next(chunks)
        with closing(sqlite3.connect(tmp_path / "a.db", timeout=0)) as writer:
            writer.execute("delete from projects where id = '1199'")
            writer.commit()
        assert sum(len(chunk.rows) for chunk in chunks) == 1189


def test_only_what_is_read_is_fetched(place):
    """What stands in other columns must not fail a run whose output does not hold them."""
    place.do(PLAIN)
    place.fill("projects", ROWS[:2])
    with open_table(place.url, table="projects") as reader:
        reader.judged = find_columns(reader.header, where="here", title=["title"]).read - {2}
        reader.cells_written = False
        (chunk,) = reader.chunks(10)
    assert [row.cells for row in chunk.rows] == [[r[0], r[1], ""] for r in ROWS[:2]]


def test_bytes_that_are_no_text(tag, tmp_path):
    place = Place(f"sqlite:///{tmp_path / 'a.db'}")
    place.do(
        PLAIN,
        "insert into projects values ('1', cast(x'e9878fff' as text), '量子コンピュータ')",
        "insert into projects values ('2', '量子コンピュータ', '')",
    )
    tag(place.url, "--table", "projects", "-o", "a.csv")
    assert [(r[1], r[-2]) for r in cells(tmp_path / "a.csv")[1:]] == [
        ("量\ufffd", "bad-encoding"), ("量子コンピュータ", "ok"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--table", "none", "-o", "a.csv"], 3, ["'none'", "'projects'"]),
        (["--query", "selec * from projects", "-o", "a.csv"], 2, ["SELECT"]),
        (["--query", "select * from nowhere", "-o", "a.csv"], 3, ["nowhere"]),
        (["--query", "select * from projects; drop table projects", "-o", "a.csv"], 3, []),
        (["--query", "delete from projects", "-o", "a.csv"], 2, ["SELECT"]),
        (["--query", "/* select */ drop table projects", "-o", "a.csv"], 2, ["SELECT"]),
        (["--query", "with d as (select 1) delete from projects", "-o", "a.csv"], 3, []),
        (["--query", "", "-o", "a.csv"], 2, ["SELECT"]),
        (["--query", "select id from projects", "-o", "a.csv"], 3, ["'id'", "--title"]),
        (["--table", "projects", "--title", "題", "-o", "a.csv"], 3, ["'題'", "'abstract'"]),
        (["--table", "projects", "--query", "select 1", "-o", "a.csv"], 2, ["--table"]),
        (["-o", "a.csv"], 2, ["--table", "--query"]),
        (["--table", "projects"], 2, ["-o", "--into"]),
        (["--table", "projects", "--into", "projects"], 2, ["--into"]),
        (["--table", "projects", "--into", "other"], 2, ["project_id"]),
        (["--table", "projects", "--into", "r", "-o", "a.csv"], 2, ["a.csv"]),
        (["--table", "projects", "-o", "sqlite:///new.db"], 2, ["--into"]),
        (["--table", "projects", "--into", "r", "--excel"], 2, ["--excel"]),
        (["--table", "projects", "--into", "r", "--since-last", "r_old"], 2, ["r_old", "--into"]),
        (["--table", "projects", "-o", "a.csv", "--since-last", "sqlite:///a.db"], 2, ["sqlite"]),
        (["--table", "projects", "-o", "a.csv", "--since-last", "none.csv"], 3, ["none.csv"]),
        (["--table", "projects", "-o", "s3://bucket/a.csv"], 2, ["ctclass cluster s3://"]),
        (["--table", "projects", "--into", "r", "--model", "none.ctm"], 4, ["none.ctm"]),
    ],
)
def test_calls_that_cannot_work(ctclass, place, tmp_path, args, code, words):
    place.do(PLAIN, "create table other (id text primary key)")
    place.fill("projects", ROWS[:3])
    ctclass("tag", place.url, *args).refused(code, *words)
    assert left_over(tmp_path, "grants.db") == []
    assert len(place.do("select * from projects")) == 3
    assert not exists(place, "r")


def test_files_are_not_databases(ctclass, tmp_path):
    (tmp_path / "a.csv").write_bytes(as_csv(ROWS[:2]))
    for args in (
        ("a.csv", "--table", "t"),
        ("a.csv", "--into", "t"),
        ("a.csv", "a.csv", "-o", "sqlite:///x.db", "--into", "t"),
    ):
        ctclass("tag", *args).refused(2)
    assert left_over(tmp_path, "a.csv") == []


def test_files_that_are_far_away_are_for_cluster(ctclass, tmp_path):
    for args in (("s3://grants/a.csv",), ("HTTPS://host/a.csv", "-o", "b.csv")):
        ctclass("tag", *args).refused(2, "ctclass cluster")


def test_databases_that_are_not_there(ctclass, tmp_path):
    (tmp_path / "text.db").write_text("これはデータベースではない" * 100, "utf-8")
    for url, code, word in (
        ("sqlite:///none.db", 3, "none.db"),
        ("sqlite:///no/such/folder.db", 3, "folder.db"),
        (f"sqlite:///{tmp_path}", 3, str(tmp_path)),
        ("sqlite:///text.db", 3, "text.db"),
        ("sqlite://", 2, "sqlite"),
        ("mysql://me@localhost/x", 2, "SQLite"),
        ("http://example.com/grants.csv", 2, "http"),
        ("postgresql+psycopg://me@127.0.0.1:9/x", 3, "127.0.0.1"),
        ("postgresql+psycopg://me@no-such-host.invalid/x", 3, "no-such-host"),
        ("postgresql+psycopg://me@127.0.0.1:port/x", 2, "postgresql"),
    ):
        args = ("--table", "t", "-o", "a.csv")
        ctclass("tag", url, *args).refused(code, word)
    assert left_over(tmp_path, "text.db") == []


def test_a_source_file_is_never_the_output(ctclass, tmp_path):
    place = Place(f"sqlite:///{tmp_path / 'grants.sqlite3'}")
    place.do(PLAIN)
    before = (tmp_path / "grants.sqlite3").read_bytes()
    args = ("--table", "projects", "-o", tmp_path / "grants.sqlite3", "--force")
    ctclass("tag", place.url, *args).refused(2)
    assert (tmp_path / "grants.sqlite3").read_bytes() == before


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:naisho@127.0.0.1:9/x",
        "postgresql+psycopg://me:nai%40sho@127.0.0.1:9/x",
        "postgresql+psycopg://me:naisho@127.0.0.1:port/x",
        "postgresql+psycopg://me:n@i:sho@127.0.0.1:9/x",
        "postgresql+psycopg://me@127.0.0.1:9/x?password=naisho",
        "postgresql+psycopg://me@127.0.0.1:9/x?sslpassword=naisho",
        "sqlite://me:naisho@/x.db",
        "mysql://me:naisho@localhost/x",
    ],
)
def test_a_password_in_a_url_is_refused_and_never_shown(ctclass, tmp_path, url):
    (tmp_path / "a.csv").write_bytes(as_csv(ROWS[:2]))
    for args in (
        ("tag", url, "--table", "t", "-o", "b.csv"),
        ("tag", "a.csv", "-o", url, "--into", "t"),
        ("tag", "a.csv", url, "-o", "sqlite:///x.db", "--into", url),
        ("tag", url),
        ("tag", "a.csv", "-o", url),
        ("tag", "a.csv", "--since-last", url),
        ("evaluate", "labels.jsonl", url),
    ):
        done = ctclass(*args)
        done.refused(done.code)
        assert done.code in (2, 3)
        assert "sho" not in "".join(done.errors)
    assert left_over(tmp_path, "a.csv") == []


def test_a_password_is_not_shown_where_the_call_itself_is_wrong(tmp_path):
    url = "postgresql+psycopg://me:naisho@127.0.0.1:9/x?sslpassword=naisho"
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "evaluate", url, url, url],
        cwd=tmp_path, capture_output=True, check=False, env=os.environ | {"CTCLASS_DEBUG": "1"},
    )  # fmt: skip
    refused(done, 2, "***")
    assert b"naisho" not in done.stderr


def test_a_password_comes_from_the_environment(ctclass, tag, postgres, monkeypatch):
    Place(postgres).do(PLAIN)
    args = ("--table", "projects", "-o", "a.csv", "--force")
    secret = os.environ["PGPASSWORD"]
    tag(postgres, *args)
    monkeypatch.delenv("PGPASSWORD")
    tag(f"{postgres}?password_env=GRANTS_KEY", *args, GRANTS_KEY=secret)
    ctclass("tag", f"{postgres}?password_env=NONE", *args).refused(2, "NONE")
    for wrong in ({"PGPASSWORD": "naisho"}, {"PGPASSWORD": ""}):
        done = ctclass("tag", postgres, *args, **wrong)
        done.refused(3, "PGPASSWORD")
        assert "naisho" not in "".join(done.errors)
    done = ctclass("tag", f"{postgres}?password_env=X", *args, X="naisho")
    done.refused(3)
    assert "naisho" not in "".join(done.errors)


def test_a_service_file(ctclass, tag, postgres, tmp_path, monkeypatch):
    Place(postgres).do(PLAIN)
    user, _, rest = postgres.partition("://")[2].partition("@")
    address, _, name = rest.partition("/")
    host, _, port = address.partition(":")
    (tmp_path / "services").write_text(
        f"[grants]\nhost={host}\nport={port or 5432}\nuser={user}\ndbname={name}\n"
        f"password={os.environ['PGPASSWORD']}\n"
    )
    monkeypatch.delenv("PGPASSWORD")
    environ = {"PGSERVICEFILE": str(tmp_path / "services")}
    args = ("--table", "projects", "--force", "-o", "a.csv")
    tag("postgresql+psycopg://", *args, PGSERVICE="grants", **environ)
    tag("postgresql+psycopg:///?service=grants", *args, **environ)
    ctclass("tag", "postgresql+psycopg:///?service=none", *args, **environ).refused(3, "none")


def test_what_the_database_says_is_shown_without_the_password(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with pytest.raises(InputError) as error, Database("sqlite:///x.db").asking():
        raise sqlite3.OperationalError("near " + PASSWORD)
    assert PASSWORD not in str(error.value)
    assert "***" in error.value.what.ja


@pytest.mark.parametrize(("blocked", "extra"), [("sqlalchemy", "sql"), ("psycopg", "postgres")])
def test_without_the_extra(tmp_path, blocked, extra):
    (tmp_path / "x.db").touch()
    url = "sqlite:///x.db" if extra == "sql" else "postgresql+psycopg://me@127.0.0.1:9/x"
    code = (
        f"import sys; sys.modules[{blocked!r}] = None\n"
        f"sys.argv = ['ctclass', 'tag', {url!r}, '--table', 't', '-o', 'a.csv']\n"
        "from ctclass.cli import main\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    refused(done, 5, f'pip install "ctclass[{extra}]"')
    assert left_over(tmp_path, "x.db") == []


def test_a_url_that_cannot_be_read_raises_no_other_error():
    with pytest.raises(UsageError):
        Database("postgresql://[::1")
