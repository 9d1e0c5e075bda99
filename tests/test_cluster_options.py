"""What `ctclass cluster` shares with `tag`: frameworks, --fail-on, the time in a manifest."""

import gzip
import io
import json
import re
import shutil
from datetime import datetime

import openpyxl
import pytest
from command import ctclass
from conftest import ROOT
from test_cluster import (
    cluster,
    csv_bytes,
    files,
    machines,
    manifest,
    results,
    rows,
    verified,
    write_parquet,
)

from ctclass.cluster.engine import connected, with_model
from ctclass.model.file import find_model
from ctclass.runs.layout import PLAIN

OWN = "example-prefecture.yaml"
CHOSEN = ("--framework", "us-cet", "--framework", OWN)
QUIET = [("1", "枕草子の研究", "")]
LOUD = [("1", "スクラムジェットエンジンの開発", ""), ("2", "枕草子の研究", "")]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Workers in a folder of their own, where no file of the command's folder is."""
    with machines(tmp_path_factory.mktemp("options") / "m") as found:
        yield found


@pytest.fixture
def desk(tmp_path):
    """A framework of one's own beside tables of every kind."""
    shutil.copy(ROOT / "examples" / "prefecture" / OWN, tmp_path)
    table = rows(25)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(csv_bytes(table))
    (tmp_path / "in" / "b.tsv.gz").write_bytes(
        gzip.compress(csv_bytes(table).replace(b",", b"\t"))
    )  # fmt: skip
    lines = [json.dumps({"id": a, "title": b, "abstract": c}) for a, b, c in table]
    (tmp_path / "in" / "c.jsonl").write_text("\n".join(lines), "utf-8")
    write_parquet(tmp_path / "in" / "d.parquet", table)
    return tmp_path


def tagged(desk, *options, ending=""):
    """What `tag` makes of every table."""
    (desk / "x").mkdir(exist_ok=True)
    found = {}
    for path in sorted((desk / "in").iterdir()):
        name = path.stem + ending if ending else path.name
        ctclass("tag", path, "-o", f"x/{name}", "-q", "--force", *options, cwd=desk)
        found[name] = (desk / "x" / name).read_bytes()
    return found


def test_columns_of_frameworks_are_those_of_tag(desk, here):
    cluster("in", "-o", "out", *CHOSEN, "--scheduler", here.address, "-q", cwd=desk)
    assert results(desk / "out") == tagged(desk, *CHOSEN)
    heading, *lines = results(desk / "out")["a.csv"].decode().splitlines()
    assert heading.endswith(",ct_model,ct_framework_us_cet,ct_framework_example_prefecture")
    assert sum(not line.endswith(",,") for line in lines) > 5
    options = {"excel": False, "frameworks": ["us-cet", "example-prefecture"],
               "screening_recall": False}  # fmt: skip
    assert manifest(desk / "out")["options"] == options
    assert verified("out", desk, 0) == {}


@pytest.mark.parametrize("options", [(), CHOSEN])
def test_a_workbook_is_that_of_tag(desk, here, options):
    """With its legend, its drop-downs and the columns that officers fill in."""
    (desk / "in" / "b.tsv.gz").unlink()
    cluster("in", "-o", "out", *options, "--format", "xlsx", "--scheduler", here.address, "-q",
            cwd=desk)  # fmt: skip
    assert results(desk / "out") == tagged(desk, *options, ending=".xlsx")


def test_a_csv_for_excel_is_that_of_tag(desk, here):
    told = cluster("in", "-o", "out", "--excel", cwd=desk, code=2)
    assert told.splitlines()[:2] == [
        "Error: --excel is for results that are CSV", "Where: c.jsonl, d.parquet",
    ]  # fmt: skip
    (desk / "in" / "b.tsv.gz").unlink()
    run = ("in", "-o", "out", "--format", "csv", *CHOSEN, "--scheduler", here.address)
    cluster(*run, "--excel", "-q", cwd=desk)
    assert results(desk / "out") == tagged(desk, "--excel", *CHOSEN, ending=".csv")
    assert manifest(desk / "out")["options"]["excel"] is True
    assert "kept from before" not in cluster(*run, "--resume", cwd=desk)


def test_resume_makes_again_what_other_frameworks_were_chosen_for(desk, here):
    run = ("in", "-o", "out", "--scheduler", here.address)

    def kept(*options):
        told = cluster(*run, "--resume", *options, cwd=desk)
        found = re.search(r"^(\d) of 4 parts are kept", told, re.MULTILINE)
        return int(found[1]) if found else 0

    cluster(*run, *CHOSEN, "-q", cwd=desk)
    assert kept(*CHOSEN) == 4
    assert kept(*CHOSEN[2:], *CHOSEN[:2]) == 0  # the same columns in another order
    assert kept(*CHOSEN[2:]) == 0
    assert results(desk / "out") == tagged(desk, *CHOSEN[2:])
    own = (desk / OWN).read_text("utf-8")
    (desk / OWN).write_text(f"# the same list\n{own}", "utf-8")
    assert kept(*CHOSEN[2:]) == 4
    changed = own.replace("      - {from: agriculture/food-technology, strength: inside}\n", "")
    (desk / OWN).write_text(changed, "utf-8")
    assert changed != own
    assert kept(*CHOSEN[2:]) == 0
    assert kept() == 0
    assert results(desk / "out") == tagged(desk)
    assert kept() == 4


def test_a_framework_that_is_not_there_is_said_first(desk):
    told = cluster("in", "-o", "out", "--framework", "us-ect", cwd=desk, code=2)
    assert "There is no framework 'us-ect'" in told.splitlines()[0]
    assert len(told.splitlines()) == 3
    assert not (desk / "out").exists()


def test_a_row_of_that_level_ends_the_run_with_1_when_all_is_written(tmp_path, here):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(csv_bytes(QUIET))
    (tmp_path / "in" / "b.csv").write_bytes(csv_bytes(LOUD))
    run = ("in", "--scheduler", here.address)
    cluster(*run, "-o", "plain", "-q", cwd=tmp_path)
    for level in ("priority", "check"):
        told = cluster(*run, "-o", level, "--fail-on", level, cwd=tmp_path, code=1)
        assert told.splitlines()[-1] == f"--fail-on {level}: 1 rows (exit code 1)"
        assert files(tmp_path / level) == files(tmp_path / "plain")
        assert verified(level, tmp_path, 0) == {}
    cluster("in/a.csv", *run[1:], "-o", "quiet", "--fail-on", "check", cwd=tmp_path)
    told = cluster(*run, "-o", "out", "--fail-on", "none", cwd=tmp_path, code=2)
    assert "priority or check" in told
    # A table that is missing is the worse news.
    (tmp_path / "in" / "c.csv").write_bytes(bytes(range(128, 256)) * 40)
    cluster(*run, "-o", "part", "--fail-on", "check", cwd=tmp_path, code=3)


def test_the_manifest_has_the_time_and_nothing_else_depends_on_it(tmp_path, here):
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows(20)))
    run = ("a.csv", "--scheduler", here.address, "-q")
    cluster(*run, "-o", "out", cwd=tmp_path)
    first = manifest(tmp_path / "out")["time"]
    began, ended = (datetime.fromisoformat(first[name]) for name in ("started", "ended"))
    assert list(first) == ["started", "ended", "seconds"]
    assert str(began.tzinfo) == "UTC"
    assert 0 <= (ended - began).total_seconds() <= first["seconds"] + 1
    assert 0 < first["seconds"] < 120
    cluster(*run, "-o", "again", cwd=tmp_path)
    assert files(tmp_path / "again") == files(tmp_path / "out")
    note = (tmp_path / "out" / "_parts" / "a.csv.json").read_text("utf-8")
    assert first["started"][:10] not in note
    found = manifest(tmp_path / "out")
    found["time"] = {"started": "2001-01-01T00:00:00+00:00", "seconds": 1}
    (tmp_path / "out" / "_manifest.json").write_text(json.dumps(found), "utf-8")
    assert verified("out", tmp_path, 0) == {}
    cluster(*run, "-o", "out", "--resume", cwd=tmp_path)
    assert datetime.fromisoformat(manifest(tmp_path / "out")["time"]["started"]) >= ended


def test_runs_that_share_workers_do_not_take_the_model_from_each_other(here):
    """One of two that use the same model ends first."""
    model = find_model("default").read_bytes()

    def there(name):
        return client.run(lambda dask_worker: dask_worker.plugins[name].means(dask_worker).model
                          .is_file())  # fmt: skip

    with connected(here.address, 0) as client, with_model(client, model, PLAIN) as one:
        with with_model(client, model, PLAIN) as other:
            assert set(there(other).values()) == {True}
        assert set(there(one).values()) == {True}
        assert len(there(one)) == 2


def test_a_worker_without_room_for_the_model_is_said_before_anything_is_cleared(tmp_path):
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows(5)))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "_manifest.json").write_text("{}")
    (tmp_path / "sitecustomize.py").write_text(
        "from ctclass.cluster.engine import MeansOnWorker\n"
        "def setup(self, worker):\n"
        "    raise OSError(28, 'No space left on device')\n"
        "MeansOnWorker.setup = setup\n"
    )
    with machines(tmp_path / "m", 1, PYTHONPATH=str(tmp_path)) as full:
        told = cluster("a.csv", "-o", "out", "--force", "--scheduler", full.address, cwd=tmp_path,
                       code=4)  # fmt: skip
        what, where, _ = told.splitlines()
        assert "A worker cannot take the model" in what
        assert "No space left" in what
        assert where == f"Where: {full.address}"
    assert (tmp_path / "out" / "_manifest.json").read_text() == "{}"


def test_a_sheet_of_workbooks(tmp_path, here):
    book = openpyxl.Workbook()
    for name in ("old", "new"):
        sheet = book.create_sheet(name)
        sheet.append(["id", "title"])
        sheet.append([name, "量子暗号の研究"])
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "a.xlsx")
    args = ("in", "-o", "out", "--table", "new", "--scheduler", here.address, "-q")
    cluster(*args, cwd=tmp_path)
    made = openpyxl.load_workbook(io.BytesIO(results(tmp_path / "out")["a.xlsx"])).worksheets[0]
    assert made["A2"].value == "new"
    (tmp_path / "in" / "b.csv").write_text("id,title\n1,x\n", "utf-8")
    assert "--table for sheets" in cluster(*args, "--force", cwd=tmp_path, code=2)
