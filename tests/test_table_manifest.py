"""A manifest for databases: of a table as output, and of one as input."""

import json
from pathlib import Path

import command
import pytest
from places import PLAIN, Place
from test_streaming import ROWS, as_csv

MINE = ROWS[:60]


def manifest(path):
    return json.loads(Path(path).read_text("utf-8"))


def beside(place, tmp_path, table):
    """Where the documentation says that the manifest of a table stands."""
    found = list(tmp_path.glob(f"*.{table}.manifest.json"))
    assert len(found) == 1
    if place.sqlite:
        assert found[0].name == f"grants.db.{table}.manifest.json"
    return found[0]


def misfits(place, table, *args, cwd):
    out, _ = command.ctclass(
        "verify", place.url, "--table", table, "--json", *args, cwd=cwd, code=1
    )
    return [check["check"] for check in json.loads(out)["checks"] if not check["fits"]]


@pytest.fixture
def done(place, tag):
    place.do(PLAIN)
    place.fill("projects", MINE)
    tag(place.url, "--table", "projects", "--into", "r", "--manifest")
    return place


def test_the_digest_is_that_of_the_same_rows_in_files(done, tag, tmp_path):
    facts = manifest(beside(done, tmp_path, "r"))
    ordered = "select * from projects order by length(id), id"
    tag(done.url, "--query", ordered, "-o", "b.parquet", "--manifest")
    (tmp_path / "a.csv").write_bytes(as_csv(MINE))
    tag("a.csv", "-o", "c.csv", "--manifest")
    tag("a.csv", "-o", done.url, "--into", "rows", "--manifest", "--workers", "2",
        "--chunk-rows", "7")  # fmt: skip
    from_file = manifest("c.csv.manifest.json")
    from_query = manifest("b.parquet.manifest.json")
    into_table = manifest(beside(done, tmp_path, "rows"))
    digests = {f["result_digest"] for f in (from_file, from_query, into_table)}
    assert len(digests) == 1
    if done.sqlite:  # whose tables are read in the order of their rows
        assert facts["result_digest"] in digests
    assert facts["counts"] == from_file["counts"] == from_query["counts"]
    assert facts["rows"] == facts["output"]["rows"] == len(MINE)
    assert facts["output"]["digest"] == into_table["output"]["digest"]
    assert (facts["inputs"][0]["table"], from_query["inputs"][0]["query"]) == ("projects", ordered)
    assert into_table["inputs"] == from_file["inputs"]
    assert facts["output"]["table"] == "r"


def test_everything_fits(done, tag, tmp_path):
    told, _ = command.ctclass("verify", done.url, "--table", "r", "--again", cwd=tmp_path)
    assert told.splitlines()[-1] == "Everything fits"
    assert "all 60 rows are the same" in told
    tag(done.url, "--table", "projects", "-o", "b.csv", "--manifest")
    told, _ = command.ctclass("verify", "b.csv", "--again", cwd=tmp_path)
    assert "all 60 rows are the same" in told
    assert "a database: not checked" in told
    tag(done.url, "--table", "projects", "--into", "r", "--since-last", "r", "--manifest")
    assert manifest(beside(done, tmp_path, "r"))["taken_over"]["since_last"] == len(MINE)
    command.ctclass("verify", done.url, "--table", "r", cwd=tmp_path)


def test_what_was_changed_is_found(done, tmp_path):
    done.do("update r set ct_primary = 'space', ct_areas = 'space' where project_id = '7'")
    found = misfits(done, "r", "--again", cwd=tmp_path)
    assert found == ["output", "result", "counts", "again"]
    done.do("delete from r where project_id = '7'")
    assert misfits(done, "r", cwd=tmp_path) == ["output", "result", "counts"]
    done.do("drop table projects")
    assert misfits(done, "r", cwd=tmp_path) == ["output", "result"], "the table is still compared"


def test_a_manifest_goes_with_the_next_run_without_one(done, tag, tmp_path):
    path = beside(done, tmp_path, "r")
    tag(done.url, "--table", "projects", "--into", "r")
    assert not path.exists()
    command.ctclass("verify", done.url, "--table", "r", cwd=tmp_path, code=3)


def test_a_table_beside_rows_of_other_runs(done, tag, tmp_path):
    """The digest of the table is of all its rows, that of the run of its own."""
    some = "select * from projects where id in ('3', '5')"
    tag(done.url, "--query", some, "--into", "r", "--manifest")
    facts = manifest(beside(done, tmp_path, "r"))
    assert (facts["rows"], facts["output"]["rows"]) == (2, len(MINE))
    command.ctclass("verify", done.url, "--table", "r", cwd=tmp_path)


def test_whole_numbers_and_uuids(postgres, tag, tmp_path):
    place = Place(postgres)
    titles = "'量子暗号 ' || n from generate_series(-3, 9) n"
    place.do("create table n (id bigint primary key, title text)",
             "create table u (id uuid primary key, title text)",
             f"insert into n select n, {titles}",
             f"insert into u select gen_random_uuid(), {titles}")  # fmt: skip
    for name in ("n", "u"):
        tag(postgres, "--table", name, "--into", f"r_{name}", "--manifest")
        command.ctclass("verify", postgres, "--table", f"r_{name}", "--again", cwd=tmp_path)


def test_tables_that_cannot_be_verified(done, ctclass, tmp_path):
    ctclass("verify", done.url).refused(2, "--table")
    ctclass("verify", done.url, "--table", "none").refused(3, "--manifest")
    beside(done, tmp_path, "r").rename(tmp_path / "moved.json")
    args = ("verify", done.url, "--manifest", "moved.json", "--table")
    ctclass(*args, "projects").refused(3, "--into")
    ctclass(*args, "none").refused(3, "--into")
