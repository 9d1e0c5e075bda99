"""Results in a table: typed, whole or not at all, by project id, and only what has changed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from places import PLAIN, Place, exists
from postgres import PASSWORD, connected
from test_bad_input import left_over, refused
from test_streaming import ROWS, as_csv

from ctclass.errors import InputError
from ctclass.headings import find_columns
from ctclass.projects import Project
from ctclass.runs.results import ResultsWriter
from ctclass.tables import Chunk, Row, database, open_table, sql
from ctclass.tables.database import Database
from ctclass.tables.new_file import open_new_file
from ctclass.tagging.tag import COLUMNS

MINE = ROWS[:40]
LATE = 1_000_000


def columns(place, table):
    """The names of the columns of a table, and what the database says they are."""
    if place.sqlite:
        return {r[1]: r[2] for r in place.do(f"pragma table_info('{table}')")}
    catalogue = "select column_name, data_type from information_schema.columns"
    return dict(place.do(f"{catalogue} where table_name = '{table}'"))


def source(place, rows=MINE):
    place.do(PLAIN)
    place.fill("projects", rows)


def test_the_table_has_types_a_key_and_an_index(place, tag):
    source(place)
    said = tag(place.url, "--table", "projects", "--into", "r").err
    assert "追加 40 件、更新 0 件" in said
    found = columns(place, "r")
    kinds = {"ct_strategic": "boolean", "ct_tagged_at": "timestamp with time zone"}
    if place.sqlite:
        kinds = {"ct_strategic": "BOOLEAN", "ct_tagged_at": "DATETIME"}
    assert list(found) == [
        "project_id", "ct_primary", "ct_areas", "ct_scores", "ct_subtechnologies", "ct_strategic",
        "ct_screening", "ct_screening_rules", "ct_evidence", "ct_status", "ct_model", "ct_text",
        "ct_tagged_at",
    ]  # fmt: skip
    assert {n: k.lower() for n, k in found.items() if n not in kinds} == dict.fromkeys(
        [n for n in found if n not in kinds], "text"
    )
    assert {n: found[n] for n in kinds} == kinds
    catalogue = "sqlite_master where tbl_name" if place.sqlite else "pg_indexes where tablename"
    column = "sql" if place.sqlite else "indexdef"
    indexes = [str(r[0]) for r in place.do(f"select {column} from {catalogue} = 'r'")]  # noqa: S608
    assert any("ct_primary" in sql and "INDEX" in sql for sql in indexes)
    assert place.do("select count(*) from r where ct_strategic and ct_areas = ''") == [(0,)]
    assert place.do("select count(*) from r where length(ct_text) = 16") == [(40,)]
    joined = "select count(*) from projects p join r on r.project_id = p.id where not ct_strategic"
    assert 0 < place.do(joined)[0][0] < 40


def test_whole_numbers_stay_whole_numbers(postgres, tag, ctclass):
    place = Place(postgres)
    place.do("create table p (id bigint primary key, title text)",
             "insert into p values (12345678901, '量子暗号')")  # fmt: skip
    tag(postgres, "--table", "p", "--into", "r")
    assert columns(place, "r")["project_id"] == "bigint"
    assert place.do("select ct_primary from r join p on p.id = r.project_id") == [("quantum",)]
    query = "select 'K-1' as id, title from p"
    ctclass("tag", postgres, "--query", query, "--into", "r").refused(3, "'K-1'")
    assert place.do("select project_id from r") == [(12345678901,)]


def test_ids_below_zero_are_known_again(postgres, tag):
    place = Place(postgres)
    place.do("create table p (id bigint primary key, title text)",
             "insert into p values (-5, '量子暗号'), (0, '核融合炉'), (7, '電池')")  # fmt: skip
    args = ("--table", "p", "--into", "r", "--since-last", "r")
    tag(postgres, *args)
    assert "更新 0 件、変更なし 3 件" in tag(postgres, *args).err


def test_uuids_stay_uuids(postgres, tag, ctclass):
    """Otherwise the join that the documentation shows would need a cast."""
    place = Place(postgres)
    titles = "'量子暗号 ' || n from generate_series(1, 9) n"
    place.do("create table p (id uuid primary key, title text)",
             f"insert into p select gen_random_uuid(), {titles}")  # fmt: skip
    args = ("--table", "p", "--into", "r")
    tag(postgres, *args)
    assert columns(place, "r")["project_id"] == "uuid"
    assert place.do("select count(*) from p join r on r.project_id = p.id") == [(9,)]
    assert "変更なし 9 件" in tag(postgres, *args, "--since-last", "r").err
    query = "select 'K-1' as id, title from p limit 1"
    ctclass("tag", postgres, "--query", query, "--into", "r").refused(3, "'K-1'")


def test_a_long_read_of_the_same_file_does_not_keep_its_results_out(tmp_path, tag, monkeypatch):
    """A view or a query of SQLite is one long read: it must end before anything is written."""
    monkeypatch.setattr(database, "_LOCK_WAIT", 2.0)
    place = Place(f"sqlite:///{tmp_path / 'a.db'}")
    many = [(f"{i}", f"量子暗号 {i}", "") for i in range(3_500)]
    source(place, many)
    place.do("create view seen as select * from projects")
    tag(place.url, "--table", "seen", "--into", "r1", "--workers", "1")
    tag(place.url, "--query", "select * from projects", "--into", "r2", "--workers", "2")
    for name in ("r1", "r2"):
        assert place.do(f"select count(*) from {name}") == [(3_500,)]  # noqa: S608


def test_a_second_run_updates_and_adds_and_keeps_the_rest(place, tag):
    source(place)
    tag(place.url, "--table", "projects", "--into", "r")
    before = place.do("select * from projects order by id")
    place.do("alter table r add column 確認者 text", "update r set 確認者 = '山田'")
    place.do(
        "delete from projects where id = '3'",
        "update projects set title = '量子コンピュータ', abstract = '' where id = '5'",
        "insert into projects values ('EX-9', '核融合炉のブランケット', '')",
    )
    said = tag(place.url, "--table", "projects", "--into", "r").err
    assert "追加 1 件、更新 39 件" in said
    found = dict(place.do("select project_id, ct_primary from r"))
    assert len(found) == 41
    assert (found["5"], found["EX-9"]) == ("quantum", "fusion")
    assert place.do("select count(*) from r where 確認者 = '山田'") == [(40,)]
    after = place.do("select * from projects order by id")
    assert len(before) == len(after) == 40, "nothing but ourselves has touched the source"


def test_only_what_has_changed(place, tag, ctclass):
    source(place)
    again = ("--table", "projects", "--into", "r", "--since-last", "r")
    assert "追加 40 件" in tag(place.url, *again).err
    place.do("update r set ct_evidence = 'kept'")
    place.do(
        "update projects set title = '量子コンピュータ', abstract = '' where id = '5'",
        "insert into projects values ('EX-9', '核融合炉のブランケット', '')",
        "update r set ct_model = 'other/1/0' where project_id = '7'",
        "update r set ct_status = 'bad-encoding' where project_id = '8'",
    )
    stamps = dict(place.do("select project_id, ct_tagged_at from r"))
    time.sleep(1)  # the time of an answer is in whole seconds
    assert "追加 1 件、更新 3 件、変更なし 37 件" in tag(place.url, *again).err
    found = place.do("select project_id, ct_tagged_at, ct_evidence from r")
    new = {i for i, _, evidence in found if evidence != "kept"}
    assert {"5", "EX-9", "7", "8"} >= new
    assert {i for i, at, _ in found if at == stamps.get(i)} == set(stamps) - {"5", "7", "8"}
    whole = tag(place.url, "--table", "projects", "-o", "a.csv").err
    assert "引き継ぎ" not in whole
    said = tag(place.url, "--table", "projects", "-o", "b.csv", "--since-last", "a.csv").err
    assert "引き継ぎ 41 件" in said
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


def test_rows_and_answers_of_a_file(place, tag, tmp_path):
    header = "課題番号,題名,題名,CT_text,ct_primary,備考\n"
    rows = '1,量子暗号,b,c,old,"a\n""b"""\n2,全固体電池,b,c,old,x\0y\n'
    (tmp_path / "a.csv").write_text(header + rows, "utf-8")
    said = tag("a.csv", "-o", place.url, "--into", "r").err
    assert "NUL" in said
    found = columns(place, "r")
    own = ["課題番号", "題名", "題名_2", "CT_text_2", "備考"]
    assert list(found)[:7] == ["project_id", *own, "ct_primary"]
    assert place.do("select 課題番号, 題名_2, 備考 from r order by 1") == [
        ("1", "b", 'a\n"b"'), ("2", "b", "xy"),
    ]  # fmt: skip
    (tmp_path / "a.csv").write_text(header + rows.replace(",b,", ",新,"), "utf-8")
    said = tag("a.csv", "-o", place.url, "--into", "r", "--since-last", "r").err
    assert "更新 1 件、変更なし 1 件" in said, "the row with a problem is judged anew"
    assert place.do("select distinct 題名_2 from r") == [("新",)]


def test_a_new_sqlite_file_appears_whole_or_not_at_all(tag, ctclass, tmp_path):
    (tmp_path / "a.csv").write_bytes(as_csv(MINE))
    (tmp_path / "bad.csv").write_bytes(as_csv([*MINE, MINE[0]]))
    args = ("-o", "sqlite:///new.db", "--into", "r")
    ctclass("tag", "bad.csv", *args).refused(3, "'0'", "41")
    assert left_over(tmp_path, "a.csv", "bad.csv") == []
    tag("a.csv", *args)
    assert left_over(tmp_path, "a.csv", "bad.csv") == ["new.db"]
    assert Place(f"sqlite:///{tmp_path / 'new.db'}").do("select count(*) from r") == [(40,)]
    args = ("-o", "sqlite:///no/such/new.db", "--into", "r")
    ctclass("tag", "a.csv", *args).refused(3, "new.db")


def test_two_runs_that_make_the_same_new_file(tag, ctclass, tmp_path):
    """The second is told so, for the first would otherwise be replaced as a whole."""
    (tmp_path / "a.csv").write_bytes(as_csv(MINE))
    other = open_new_file(tmp_path / "new.db")
    args = ("tag", "a.csv", "-o", "sqlite:///new.db", "--into", "r")
    ctclass(*args).refused(3, "new.db")
    sqlite3.connect(other.part).close()
    other.publish()
    tag(*args[1:])
    assert left_over(tmp_path, "a.csv") == ["new.db"]


def test_a_file_that_appears_meanwhile_stays(tmp_path):
    new = open_new_file(tmp_path / "new.db")
    new.part.write_bytes(b"of this run")
    (tmp_path / "new.db").write_bytes(b"of another")
    with pytest.raises(InputError, match="appeared"):
        new.publish()
    new.discard()
    assert (tmp_path / "new.db").read_bytes() == b"of another"
    assert left_over(tmp_path) == ["new.db"]
    assert open_new_file(tmp_path / "new.db") is None


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_what_a_killed_run_left_is_cleared_by_the_next(tag, tmp_path):
    (tmp_path / "a.csv").write_bytes(as_csv(MINE))
    killed = (
        "import os, signal, sqlite3; from pathlib import Path\n"
        "from ctclass.tables.new_file import open_new_file\n"
        "new = open_new_file(Path('new.db'))\n"
        "half = sqlite3.connect(new.part, isolation_level=None)\n"
        "half.executescript('create table r (a); begin; insert into r values (1)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", killed], cwd=tmp_path, check=False)
    assert any(name.endswith(".part-journal") for name in left_over(tmp_path, "a.csv"))
    tag("a.csv", "-o", "sqlite:///new.db", "--into", "r")
    assert left_over(tmp_path, "a.csv") == ["new.db"]


@pytest.mark.parametrize(
    ("row", "word"), [(("", "量子", ""), "41"), ((None, "量子", ""), "41"), (MINE[3], "'3'")]
)
def test_ids_that_are_missing_or_there_twice(place, ctclass, tag, row, word):
    place.do(PLAIN.replace("primary key", ""))
    place.fill("projects", MINE)
    tag(place.url, "--table", "projects", "--into", "r")
    before = place.do("select * from r order by 1")
    place.fill("projects", [row])
    place.do("update projects set title = '全固体電池'")
    for chunk in (500, 7):
        args = ("--table", "projects", "--into", "r", "--chunk-rows", chunk)
        ctclass("tag", place.url, *args).refused(3, word)
    assert place.do("select * from r order by 1") == before
    ctclass("tag", place.url, "--table", "projects", "--into", "r2").refused(3, word)
    assert not exists(place, "r2")


def test_tables_that_hold_no_results_are_left_alone(place, ctclass, tag):
    source(place)
    place.do("create table other (project_id text, ct_primary text)",
             "create view seen as select * from projects",
             "insert into other values ('1', 'mine')")  # fmt: skip
    tag(place.url, "--table", "projects", "--into", "r")
    for name in ("other", "seen", "projects", "PROJECTS"):
        args = ("--table", "projects", "--into", name, "--force")
        if name != "PROJECTS" or place.sqlite:
            ctclass("tag", place.url, *args).refused(2)
    args = ("--query", "select * from projects", "--into", "projects")
    ctclass("tag", place.url, *args).refused(2, "ct_primary")
    tag(place.url, "--table", "projects", "-o", "a.csv")
    ctclass("tag", "a.csv", "-o", place.url, "--into", "r").refused(2, "title")
    assert place.do("select * from other") == [("1", "mine")]
    assert place.do("select count(*) from projects") == [(40,)]


def test_what_may_not_be_written_is_said_before_the_first_row(postgres, ctclass, monkeypatch):
    """Rehearsed without rows, so nobody waits an hour for a refusal."""
    place = Place(postgres)
    source(place)
    place.do(
        "drop role if exists reader",
        f"create role reader login password '{os.environ['PGPASSWORD']}'",
        "grant select on projects to reader",
    )
    try:
        url = f"postgresql+psycopg://reader@{postgres.rpartition('@')[2]}"

        def never(*_):
            raise AssertionError

        monkeypatch.setattr(sql.SqlReader, "chunks", never)
        done = ctclass("tag", url, "--table", "projects", "--into", "r")
        done.refused(3, "permission denied")
    finally:
        place.do("drop owned by reader", "drop role reader")


def test_schemas(postgres, ctclass, tag):
    place = Place(postgres)
    place.do("create schema 研究", "create schema out", PLAIN.replace("projects", "研究.projects"))
    place.fill("研究.projects", MINE)
    tag(postgres, "--table", "研究.projects", "--into", "out.r")
    assert place.do("select count(*) from out.r") == [(40,)]
    tag(postgres, "--table", "研究.projects", "--into", "out.r", "--since-last", "out.r")
    tag(postgres, "--table", "研究.projects", "--into", "out.projects")
    ctclass("tag", postgres, "--table", "out.r", "--id", "project_id", "--title", "ct_evidence",
            "--into", "out.r").refused(2, "--into")  # fmt: skip


def start(url, folder, rows, *more):
    """A run over a query."""
    query = (
        f"select n::text as id, '量子コンピュータ' || n as title from generate_series(1, {rows}) n"  # noqa: S608
    )
    return subprocess.Popen(
        [sys.executable, "-m", "ctclass", "tag", url, "--query", query, "--into", "r",
         "--workers", "1", "--chunk-rows", "50", "--lang", "ja", *more],
        cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "ja_JP.UTF-8"},
        preexec_fn=hear_it if os.name == "posix" else None,  # noqa: PLW1509
    )  # fmt: skip


def hear_it():
    """A test in the background of a shell is told to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(url, folder, rows, *more):
    """The same, once it has results that wait: with `LATE` rows without an end to speak of."""
    process = start(url, folder, rows, *more)
    for _ in range(600):
        waiting = Place(url).do(
            "select reltuples from pg_class where relname = 'ctclass_stage'"
            " and pg_relation_size(oid) > 50000"
        )
        if waiting:
            return process
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1].decode())
        time.sleep(0.05)
    raise AssertionError


def ended(process):
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess([], process.returncode, out, err)


@pytest.fixture
def busy(postgres, tag):
    """A database with results of an earlier run."""
    place = Place(postgres)
    source(place)
    tag(postgres, "--table", "projects", "--into", "r")
    return place, place.do("select * from r order by 1")


@pytest.mark.parametrize("which", ["the one that reads", "the one that writes"])
def test_a_connection_that_is_cut_in_the_middle(busy, tmp_path, which):
    place, before = busy
    process = run(place.url, tmp_path, LATE)
    reads = "query like 'FETCH%'" if which == "the one that reads" else "query not like 'FETCH%'"
    others = "pid <> pg_backend_pid() and datname = current_database()"
    cut = f"select pg_terminate_backend(pid) from pg_stat_activity where {others} and {reads}"  # noqa: S608
    assert (True,) in place.do(cut)
    refused(ended(process), 3, "接続が切れました")
    assert place.do("select * from r order by 1") == before
    assert not exists(place, "ctclass_stage")


def test_a_run_that_is_killed_leaves_nothing(busy, tmp_path):
    place, before = busy
    process = run(place.url, tmp_path, LATE)
    process.kill()
    process.communicate()
    for _ in range(100):
        if not exists(place, "ctclass_stage"):
            break
        time.sleep(0.05)
    assert not exists(place, "ctclass_stage")
    assert place.do("select * from r order by 1") == before


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_run_that_is_interrupted_leaves_nothing(busy, tmp_path):
    place, before = busy
    process = run(place.url, tmp_path, LATE)
    process.send_signal(signal.SIGINT)
    refused(ended(process), 130)
    assert place.do("select * from r order by 1") == before


@pytest.mark.parametrize("more", [(), ("--resume",)])
def test_a_server_that_dies(own_postgres, tag, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = "ctclass_dies"
    with connected(own_postgres.url) as connection:
        connection.execute(f"create database {name}")
    place = Place(f"{own_postgres.url.rpartition('/')[0]}/{name}")
    source(place)
    tag(place.url, "--table", "projects", "--into", "r")
    before = place.do("select * from r order by 1")
    rows = 12_000 if more else LATE
    process = run(place.url, tmp_path, rows, *more)
    own_postgres.stop()
    done = ended(process)
    own_postgres.start()
    refused(done, 3, "接続が切れました")
    assert place.do("select * from r order by 1") == before
    if more:
        done = ended(start(place.url, tmp_path, rows, *more))
        assert done.returncode == 0, done.stderr.decode()
        assert "中断した実行の続きです" in done.stderr.decode()
        numbers = "select n::text from generate_series(1, 12000) n"
        found = place.do(f"select count(*) from r where project_id in ({numbers})")  # noqa: S608
        assert found == [(rows,)]
    assert not list(tmp_path.glob("*.ctclass-journal"))
    with connected(own_postgres.url) as connection:
        connection.execute(f"drop database {name} with (force)")


def test_a_lock_that_stays_is_said(place, tag, ctclass, monkeypatch):
    monkeypatch.setattr(database, "_LOCK_WAIT", 0.2)
    source(place)
    args = ("--table", "projects", "--into", "r")
    tag(place.url, *args)
    with place.open() as holder:
        holder.execute("begin immediate" if place.sqlite else "begin")
        holder.execute("update r set ct_status = 'held'")
        if not place.sqlite:
            holder.execute("lock table r")
        ctclass("tag", place.url, *args).refused(3, "lock")
        assert "別のプログラム" in ctclass("tag", place.url, *args).errors[0]
        holder.execute("rollback")
    assert "更新 40 件" in tag(place.url, *args).err


def test_a_full_disk_is_said(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.executescript("pragma max_page_count = 4; create table r (a)")
        place = Database(f"sqlite:///{tmp_path / 'a.db'}")
        with pytest.raises(InputError, match="The disk is full") as said, place.asking():
            connection.execute("insert into r values (zeroblob(100000))")
    assert "TMPDIR" in said.value.hint.en


def test_chunks_of_any_size(postgres, tag, tagger):
    """More ids than PostgreSQL lets a question name."""
    source(Place(postgres))
    tag(postgres, "--table", "projects", "--into", "r")
    rows = [Row((str(i), "")) for i in range(66_000)]
    answers = [tagger.tag(Project("", "", "", "")).columns()] * len(rows)
    with open_table(postgres, query="select '' as id, '' as title") as reader:
        columns = find_columns(reader.header, where="here")
        with ResultsWriter(Database(postgres), "r", reader, columns, COLUMNS, own=False) as writer:
            chunk = Chunk(0, 1, rows)
            known = writer.known(tagger.model.label)
            assert not any(known(chunk, [columns.project(row.cells) for row in rows]))
            writer.write(chunk, answers, [])
    assert writer.notes[0].en == "r: 65,960 rows added, 40 updated"
    assert Place(postgres).do("select count(*) from r") == [(66_000,)]
