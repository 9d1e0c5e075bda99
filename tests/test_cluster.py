"""Datasets on workers: the same bytes as `ctclass tag`, whoever dies on the way."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ctclass.cluster.places import Folder
from ctclass.cluster.run import _failed_rows, _incomplete
from ctclass.cluster.work import NOTES, Failure
from ctclass.errors import Phrase
from ctclass.model.file import dump_model, read_model
from ctclass.taxonomy.areas import read_taxonomy

PROC = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
SEEDS = [
    s.term for _, sub in read_taxonomy().subtechnologies() for s in sub.seeds if s.lang == "ja"
]
DEADLY = "毒のある題"
POISON = f"""
import os, signal, time
from ctclass.text.units import Segmenter
cut = Segmenter.cut
def poisoned(self, text):
    if "{DEADLY}" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    return cut(self, text)
Segmenter.cut = poisoned
"""
"""What native code may do to its process; Python reads it at its start, on every worker."""


def rows(count, start=0):
    def seed(i):
        return SEEDS[i % len(SEEDS)]

    return [
        (f"P{i:06}", f"{seed(i * 7)}の研究", f"{seed(i * 13)}を調べる。第{i}報。")
        for i in range(start, start + count)
    ]


def csv_bytes(table, heading="id,title,abstract"):
    return "".join(f"{line}\n" for line in (heading, *map(",".join, table))).encode()


def write_parquet(path, table, **settings):
    names = ("id", "title", "abstract")
    columns = {n: [row[i] for row in table] for i, n in enumerate(names)}
    pq.write_table(pa.table(columns), path, **settings)


def dataset(folder, parts=4, count=30):
    """Files of several kinds, one of them deeper down, and one that is no table."""
    (folder / "2025").mkdir(parents=True)
    for i in range(parts):
        table = rows(count, i * count)
        if i % 2:
            write_parquet(folder / f"part-{i}.parquet", table)
        else:
            (folder / "2025" / f"part-{i}.csv").write_bytes(csv_bytes(table))
    (folder / "_SUCCESS").touch()
    return folder


def environment(**more):
    # Threads of pyarrow and others that are merely idle would be counted as cores.
    return os.environ | {"PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"} | more


def command(*args):
    return [sys.executable, "-m", "ctclass", "cluster", *map(str, args), "--lang", "en"]


def cluster(*args, cwd, code=0, timeout=180, **environ):
    done = subprocess.run(
        command(*args), cwd=cwd, capture_output=True, encoding="utf-8", timeout=timeout,
        check=False, env=environment(**environ),
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def tag(source, target, *options):
    subprocess.run(
        [sys.executable, "-m", "ctclass", "tag", source, "-o", target, "-q", "--workers", "1",
         *options],
        check=True, timeout=120,
    )  # fmt: skip
    return Path(target).read_bytes()


def files(folder):
    """All that a run left, but for the time of its manifest, which is never the same."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }
    if "_manifest.json" in found:
        found["_manifest.json"] = timeless(found["_manifest.json"])
    return found


def timeless(data):
    """A manifest as bytes, without its time."""
    time_at = data.rindex(b',\n "time": {')
    assert json.loads(data)["time"]
    return data[:time_at]


def results(folder):
    return {name: data for name, data in files(folder).items() if not name.startswith("_")}


def manifest(folder):
    return json.loads((Path(folder) / "_manifest.json").read_text("utf-8"))


def waiting_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


class Machines:
    """A scheduler and workers as on a cluster, all on this machine, without a fixed port."""

    def __init__(self, folder, **environ):
        self._folder = folder
        self._environ = environment(**environ)
        self.workers = []
        self._file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--no-show")
        self.address = waiting_for(self._written)["address"]

    def _written(self):
        """What the scheduler says of itself, once it has written all of it."""
        with suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(self._file.read_text())
        return None

    def add(self, name, *options, **environ):
        worker = self._start("worker", "--nthreads", "1", "--name", name, *options, **environ)
        self.workers.append(worker)
        return worker

    def _start(self, kind, *options, **environ):
        return subprocess.Popen(
            [sys.executable, "-m", "dask", kind, "--scheduler-file", self._file, "--host",
             "127.0.0.1", "--no-dashboard", *options],
            cwd=self._folder, env=self._environ | environ, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def machines(folder, count=2, **environ):
    folder.mkdir()
    found = Machines(folder, **environ)
    try:
        for i in range(count):
            found.add(f"w{i}", "--no-nanny")
        yield found
    finally:
        found.stop()


@pytest.fixture
def ctrl_c():
    """Whoever started the tests in the background has let them ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Two workers for all tests that do not harm them."""
    with machines(tmp_path_factory.mktemp("machines") / "m") as found:
        yield found


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """The same where one text ends the process that cuts it."""
    folder = tmp_path_factory.mktemp("poisoned")
    (folder / "sitecustomize.py").write_text(POISON, "utf-8")
    with machines(folder / "m", PYTHONPATH=str(folder)) as found:
        yield found


def test_results_are_those_of_tag_on_any_cluster(tmp_path, here):
    dataset(tmp_path / "in")
    expected = {
        name: tag(tmp_path / "in" / name, tmp_path / f"x.{name.rpartition('.')[2]}")
        for name in ("2025/part-0.csv", "2025/part-2.csv", "part-1.parquet", "part-3.parquet")
        if not (tmp_path / f"x.{name.rpartition('.')[2]}").unlink(missing_ok=True)
    }
    cluster("in", "-o", "local", "--workers", 1, "-q", cwd=tmp_path)
    told = cluster("in", "-o", "spread", "--scheduler", here.address, cwd=tmp_path)
    assert "120 rows tagged" in told
    assert results(tmp_path / "local") == expected
    assert files(tmp_path / "spread") == files(tmp_path / "local")  # the manifest as well
    proves_that_all_is_there(tmp_path / "spread", tmp_path / "in")


def proves_that_all_is_there(folder, source):
    found = manifest(folder)
    assert found["totals"]["rows"] == 120
    assert found["totals"]["partitions"] == len(found["partitions"]) == 4
    assert found["model"]["label"] == read_model().label
    by_output = {note["output"]["name"]: note for note in found["partitions"]}
    assert set(by_output) == set(results(folder))
    for name, data in results(folder).items():
        note = by_output[name]
        given = (source / note["partition"]).read_bytes()
        assert note["rows"] == 30
        assert note["output"]["sha256"] == hashlib.sha256(data).hexdigest()
        assert note["input"]["sha256"] == hashlib.sha256(given).hexdigest()
        assert (note["output"]["size"], note["input"]["size"]) == (len(data), len(given))


def verified(folder, cwd, code):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "verify", folder, "--lang", "en", "--json"], cwd=cwd,
        capture_output=True, encoding="utf-8", check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    if code == 3:
        return done.stderr
    return {c["check"]: c["seen"] for c in json.loads(done.stdout)["checks"] if not c["fits"]}


def test_verify_tells_what_has_changed_since(tmp_path, here):
    dataset(tmp_path / "in")
    cluster("in", "-o", "out", "--scheduler", here.address, "-q", cwd=tmp_path)
    assert verified("out", tmp_path, 0) == {}
    out, source = tmp_path / "out", tmp_path / "in"
    (out / "part-1.parquet").unlink()
    (out / "extra.csv").write_bytes(b"id\n")
    with (out / "2025" / "part-0.csv").open("ab") as file:
        file.write(b"1,2,3\n")
    (source / "part-3.parquet").unlink()
    (source / "2025" / "part-2.csv").write_bytes(csv_bytes(rows(2)))
    assert verified("out", tmp_path, 1) == {
        "results": "2025/part-0.csv has other bytes, part-1.parquet is missing, "
        "extra.csv is not of this run",
        "inputs": f"{source}/2025/part-2.csv has changed since, {source}/part-3.parquet is missing",
    }
    found = manifest(out)
    found["totals"]["rows"] += 1
    (out / "_manifest.json").write_text(json.dumps(found), "utf-8")
    assert verified("out", tmp_path, 1)["totals"] == "not those of the whole: rows"
    (out / "_manifest.json").unlink()
    assert "the results are not complete" in verified("out", tmp_path, 3)


def test_formats_and_packed_files(tmp_path, here):
    import gzip

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv.gz").write_bytes(gzip.compress(csv_bytes(rows(20))))
    lines = [json.dumps({"id": a, "title": b, "abstract": c}) for a, b, c in rows(20)]
    (tmp_path / "in" / "b.jsonl").write_text("\n".join(lines), "utf-8")
    digests = set()
    for kind in ("parquet", "jsonl"):
        cluster("in", "-o", kind, "--format", kind, "--scheduler", here.address, "-q",
                cwd=tmp_path)  # fmt: skip
        names = [f"a.{kind}", f"b.{kind}"]
        assert sorted(results(tmp_path / kind)) == names
        for source, name in zip(("a.csv.gz", "b.jsonl"), names, strict=True):
            expected = tag(tmp_path / "in" / source, tmp_path / f"{kind}-{name}")
            assert results(tmp_path / kind)[name] == expected
        # Rows and answers are the same in any format, and so is what they come to.
        digests |= {note["results"] for note in manifest(tmp_path / kind)["partitions"]}
        assert len(digests) == 1


def test_row_groups_of_a_large_file(tmp_path, here):
    write_parquet(tmp_path / "big.parquet", rows(100), row_group_size=20)
    cluster("big.parquet", "-o", "out", "--partition-rows", 40, "--scheduler", here.address, "-q",
            cwd=tmp_path)  # fmt: skip
    found = results(tmp_path / "out")
    assert list(found) == [f"big.0000{i}.parquet" for i in range(3)]
    tag(tmp_path / "big.parquet", tmp_path / "whole.parquet")
    parts = pa.concat_tables([pq.read_table(tmp_path / "out" / name) for name in found])
    assert parts.equals(pq.read_table(tmp_path / "whole.parquet"))
    assert [note["rows"] for note in manifest(tmp_path / "out")["partitions"]] == [40, 40, 20]


@PROC
def test_a_worker_killed_in_mid_run_costs_no_row(tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(6):
        (tmp_path / "in" / f"part-{i}.csv").write_bytes(csv_bytes(rows(2000, i * 2000)))
    with machines(tmp_path / "m") as killed:
        run = subprocess.Popen(
            command("in", "-o", "out", "--scheduler", killed.address, "-q"), cwd=tmp_path,
            stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        # Both are at work, and nothing is done yet.
        waiting_for(lambda: len(list((tmp_path / "out").glob("_unfinished/*/.*.part"))) == 2)
        killed.workers[0].kill()
        done = len(results(tmp_path / "out"))
        assert run.communicate(timeout=120)[1] == b""
        assert run.returncode == 0
        assert done < 6
    found = results(tmp_path / "out")
    assert list(found) == [f"part-{i}.csv" for i in range(6)]
    for i in (0, 5):
        assert found[f"part-{i}.csv"] == tag(tmp_path / f"in/part-{i}.csv", tmp_path / f"{i}.csv")
    assert manifest(tmp_path / "out")["totals"]["rows"] == 12_000
    assert not (tmp_path / "out" / "_unfinished").exists()


def test_a_poisonous_row_is_isolated_and_reported(tmp_path, poisoned):
    (tmp_path / "in").mkdir()
    tables = [rows(520, i * 520) for i in range(2)]
    for i, table in enumerate(tables):
        (tmp_path / "in" / f"part-{i}.csv").write_bytes(csv_bytes(table))
    expected = {
        f"part-{i}.csv": tag(tmp_path / f"in/part-{i}.csv", tmp_path / f"{i}.csv") for i in range(2)
    }
    tables[1][512] = ("P999", DEADLY, "")
    (tmp_path / "in" / "part-1.csv").write_bytes(csv_bytes(tables[1]))
    told = cluster("in", "-o", "out", "--scheduler", poisoned.address, cwd=tmp_path, code=3)
    assert told.splitlines()[-3:][0].startswith("Error: 1 rows end the process that tags them")
    assert "part-1.csv row 513" in told
    found = results(tmp_path / "out")
    assert found["part-0.csv"] == expected["part-0.csv"]
    lines, others = (
        data["part-1.csv"].decode().splitlines() for data in (found, expected)
    )  # fmt: skip
    assert lines.pop(513) == f"P999,{DEADLY},,,,,,false,none,,,failed,{read_model().label}"
    others.pop(513)
    assert lines == others
    (note,) = [n for n in manifest(tmp_path / "out")["partitions"] if n["failed"]]
    assert note["failed"] == [
        {"row": 513, "id": "P999", "why": "process ended with exit code -9"}
    ]  # fmt: skip
    # No worker died of it.
    assert [worker.poll() for worker in poisoned.workers] == [None, None]


def test_a_file_that_ends_every_worker_is_named_and_the_others_go_on(tmp_path):
    dataset(tmp_path / "in", parts=6)
    (tmp_path / "in" / "part-3.parquet").rename(tmp_path / "in" / "deadly.parquet")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os\nfrom ctclass.tables.parquet import ParquetReader\n"
        "chunks = ParquetReader.chunks\n"
        "def deadly(self, rows):\n"
        "    os._exit(9) if 'deadly' in self.path else None\n"
        "    return chunks(self, rows)\n"
        "ParquetReader.chunks = deadly\n"
    )
    with machines(
        tmp_path / "m", 0, PYTHONPATH=str(tmp_path / "site"),
        DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1",
    ) as dying:  # fmt: skip
        dying.add("w", "--nanny")
        told = cluster("in", "-o", "out", "--scheduler", dying.address, cwd=tmp_path, code=3)
    assert len(told.splitlines()) == 3
    assert "The workers that took it ended, one after the other" in told
    assert "deadly.parquet" in told
    assert not (tmp_path / "out" / "_manifest.json").exists()
    failures = json.loads((tmp_path / "out" / "_failures.json").read_text("utf-8"))["failures"]
    assert "deadly.parquet" in [f["partition"] for f in failures]
    done = set(results(tmp_path / "out"))
    assert "deadly.parquet" not in done
    # Dask blames all that the worker had in hand; what it did not have is done.
    assert len(done) + len(failures) == 6
    assert len(done) >= 3


def test_places_are_told_in_both_languages():
    why = Phrase("空です", "It is empty")
    failures = [Failure(name, 3, why, name, why) for name in ("a.csv", "b.csv")]
    error = _incomplete(failures, 1, Folder("out"))
    assert [error.lines(lang)[1] for lang in ("ja", "en")] == [
        "a.csv、ほかに b.csv", "a.csv; also b.csv",
    ]  # fmt: skip
    error = _failed_rows([{"partition": "a.csv", "failed": [{"row": 513}]}])
    assert error.lines("ja")[1] == "a.csv データ行 513"
    assert error.lines("en")[1] == "a.csv row 513"


def test_what_cannot_be_read_is_named_and_resume_does_the_rest(tmp_path, here):
    dataset(tmp_path / "in")
    whole = (tmp_path / "in" / "part-1.parquet").read_bytes()
    (tmp_path / "in" / "part-1.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "in" / "2025" / "part-2.csv").write_bytes(bytes(range(128, 256)) * 40)
    args = ("in", "-o", "out", "--scheduler", here.address)
    told = cluster(*args, cwd=tmp_path, code=3)
    assert len(told.splitlines()) == 3
    assert "2 of 4 parts could not be tagged: The encoding cannot be told" in told
    assert "2025/part-2.csv; also part-1.parquet" in told
    assert sorted(results(tmp_path / "out")) == ["2025/part-0.csv", "part-3.parquet"]
    assert not (tmp_path / "out" / "_manifest.json").exists()
    failures = json.loads((tmp_path / "out" / "_failures.json").read_text("utf-8"))["failures"]
    assert [f["partition"] for f in failures] == ["2025/part-2.csv", "part-1.parquet"]
    before = (tmp_path / "out" / "part-3.parquet").stat()

    shutil.rmtree(tmp_path / "in")
    dataset(tmp_path / "in")
    assert "is not empty" in cluster(*args, cwd=tmp_path, code=2)
    told = cluster(*args, "--resume", cwd=tmp_path)
    assert "2 of 4 parts are kept from before" in told
    after = (tmp_path / "out" / "part-3.parquet").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not (tmp_path / "out" / "_failures.json").exists()
    cluster("in", "-o", "anew", "--scheduler", here.address, "-q", cwd=tmp_path)
    assert files(tmp_path / "out") == files(tmp_path / "anew")


def test_resume_makes_again_what_has_changed(tmp_path, here, model):
    dataset(tmp_path / "in")
    args = ("in", "-o", "out", "--scheduler", here.address)
    cluster(*args, "-q", cwd=tmp_path)
    whole = files(tmp_path / "out")
    (tmp_path / "out" / "part-1.parquet").write_bytes(b"PAR1 damaged PAR1")
    (tmp_path / "out" / "part-3.parquet").unlink()
    assert "2 of 4 parts" in cluster(*args, "--resume", cwd=tmp_path)
    assert files(tmp_path / "out") == whole
    (tmp_path / "in" / "2025" / "part-0.csv").write_bytes(csv_bytes(rows(31, 500)))
    assert "3 of 4 parts" in cluster(*args, "--resume", cwd=tmp_path)
    assert manifest(tmp_path / "out")["totals"]["rows"] == 121
    header = model.header | {"name": "own"}
    (tmp_path / "own.ctm").write_bytes(dump_model(replaced(model, header)))
    told = cluster(*args, "--resume", "--model", "own.ctm", cwd=tmp_path)
    assert "kept from before" not in told
    assert b"own/" in (tmp_path / "out" / "2025" / "part-0.csv").read_bytes()
    (tmp_path / "in" / "part-1.parquet").unlink()
    assert "holds results of what is not in this dataset" in cluster(
        *args, "--resume", cwd=tmp_path, code=2
    )
    cluster(*args, "--force", "-q", cwd=tmp_path)
    assert "part-1.parquet" not in files(tmp_path / "out")


def replaced(model, header):
    from dataclasses import replace

    return replace(model, header=header)


def test_other_columns_are_an_error_before_the_work(tmp_path, here):
    dataset(tmp_path / "in")
    (tmp_path / "in" / "z.csv").write_bytes(csv_bytes([("1", "a", "b")], "id,title,summary"))
    told = cluster("in", "-o", "out", "--scheduler", here.address, cwd=tmp_path, code=3)
    assert len(told.splitlines()) == 3
    assert "The columns are not those of 2025/part-0.csv: without abstract; with summary" in told
    assert "in/z.csv" in told
    assert not (tmp_path / "out").exists()


def test_a_worker_of_another_version_is_an_error(tmp_path):
    dataset(tmp_path / "in")
    (tmp_path / "sitecustomize.py").write_text("import ctclass; ctclass.__version__ = '0.0.9'\n")
    with machines(tmp_path / "m", 0) as mixed:
        mixed.add("old", "--no-nanny", PYTHONPATH=str(tmp_path))
        told = cluster("in", "-o", "out", "--scheduler", mixed.address, cwd=tmp_path, code=4)
    assert len(told.splitlines()) == 3
    assert "A worker has another version: ctclass 0.0.9" in told
    assert not (tmp_path / "out").exists()


def group_of(run):
    """All living processes of a run: it has a group of its own, and taggers one each."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"CTCLASS_TEST_RUN={run}".encode() in stat.read_bytes().split(b"\0"):
                found.append(int(stat.parent.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


@PROC
def test_ctrl_c_leaves_nothing_half_done_and_resume_goes_on(tmp_path, here, ctrl_c):
    """In a terminal it reaches every process of the group."""
    (tmp_path / "in").mkdir()
    for i in range(4):
        (tmp_path / "in" / f"part-{i}.csv").write_bytes(csv_bytes(rows(4000, i * 4000)))
    run = subprocess.Popen(
        command("in", "-o", "out", "--workers", "2"), cwd=tmp_path, stderr=subprocess.PIPE,
        env=environment(CTCLASS_TEST_RUN=tmp_path.name), start_new_session=True,
    )  # fmt: skip
    waiting_for(lambda: list((tmp_path / "out").glob(f"{NOTES}/*.json")))
    waiting_for(lambda: list((tmp_path / "out").glob("_unfinished/*/.*.part")))
    os.killpg(run.pid, signal.SIGINT)
    told = run.communicate(timeout=60)[1].decode()
    assert run.returncode == 130
    assert len(told.splitlines()) == 3
    assert told.startswith("Error: Interrupted")
    assert "go on with --resume" in told
    assert waiting_for(lambda: not group_of(tmp_path.name), 20)
    left = files(tmp_path / "out")
    assert not any("_unfinished" in name or name.startswith("_manifest") for name in left)
    args = ("in", "--scheduler", here.address, "-q")
    cluster(*args, "-o", "out", "--resume", cwd=tmp_path)
    cluster(*args, "-o", "anew", cwd=tmp_path)
    assert files(tmp_path / "out") == files(tmp_path / "anew")


def test_ctrl_c_takes_the_work_from_the_workers_of_others(tmp_path, here, ctrl_c):
    (tmp_path / "in").mkdir()
    for i in range(3):
        (tmp_path / "in" / f"part-{i}.csv").write_bytes(csv_bytes(rows(20_000, i * 20_000)))
    run = subprocess.Popen(
        command("in", "-o", "out", "--scheduler", here.address), cwd=tmp_path,
        stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    waiting_for(lambda: len(list((tmp_path / "out").glob("_unfinished/*/.*.part"))) == 2)
    started = time.monotonic()
    run.send_signal(signal.SIGINT)
    told = run.communicate(timeout=60)[1].decode()
    assert run.returncode == 130
    assert len(told.splitlines()) == 3
    assert time.monotonic() - started < 15
    assert "No part was done yet" in told
    assert not (tmp_path / "out").exists()
    assert [worker.poll() for worker in here.workers] == [None, None]


@pytest.mark.parametrize("missing", ["distributed", "fsspec"])
def test_without_the_extra_it_says_what_to_install(tmp_path, missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv[1:] = ['cluster', 'a', '-o', 'b',"
        " '--lang', 'en']\nfrom ctclass.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert done.stderr.splitlines() == [
        f"Error: cluster needs what is not installed: {missing}",
        "Where: ctclass cluster",
        'What to do: pip install "ctclass[dask]"',
    ]


def test_what_can_be_said_before_any_worker_starts(tmp_path):
    dataset(tmp_path / "in")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "part-1.parquet").touch()
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "readme.md").touch()
    cases = [
        (["nowhere", "-o", "out"], 3, "There is no such dataset"),
        (["none", "-o", "out"], 3, "It holds no table"),
        (["in/*.xml", "-o", "out"], 3, "There is no such dataset"),
        (["in", "other", "-o", "out"], 2, "Two partitions have one name: part-1.parquet"),
        (["in", "-o", "in"], 2, "An input is in the output folder"),
        (["in/part-1.parquet", "-o", "in/part-1.parquet"], 3, "Cannot write here"),
        (["in", "-o", "out", "--format", "pdf"], 2, "There is no format 'pdf'"),
        (["in", "-o", "out", "--model", "none"], 4, "The model cannot be read"),
        (["nothing://a/b", "-o", "out"], 3, "The remote place fails"),
        (["s3://bucket/a", "-o", "out"], 5, "What reads s3:// is not installed"),
        (["in", "-o", "out", "--scheduler", "tcp://127.0.0.1:9"], 3, "does not answer"),
    ]
    # Side by side: one of them waits ten seconds for a scheduler.
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda case: cluster(*case[0], cwd=tmp_path, code=case[1]), cases))
    for (args, _, what), lines in zip(cases, map(str.splitlines, told), strict=True):
        assert what in lines[0], (args, lines)
        assert len(lines) == 3
    assert not (tmp_path / "out").exists()
