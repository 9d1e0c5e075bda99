"""Texts cut by another process are those cut by this one."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctclass.errors import CtclassError
from ctclass.headings import find_columns
from ctclass.runs.stream import tag_stream
from ctclass.tables import Chunk, Row
from ctclass.text import cutting
from ctclass.text.cutting import MOST_WORKERS, Cutter, cutters_for

POSIX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
TABLE = "id,課題名,概要\n" + "".join(
    f"{i},量子暗号の安全性,量子鍵配送を調べる。第{i}報。\n" for i in range(100_000)
)


@pytest.fixture(scope="module")
def cutter():
    with Cutter() as cutter:
        yield cutter


def test_processes_get_ready_for_a_large_file_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(cutting, "LARGE", 10)
    large, small = tmp_path / "large.csv", tmp_path / "small.csv"
    large.write_bytes(b"x" * 10)
    small.write_bytes(b"x" * 9)
    names = [str(small), str(tmp_path), "none.csv", "-", "sqlite:///a.db", "長" * 300, "a\0b"]
    with cutters_for(names, 2) as none:
        assert none == []
    with cutters_for([*names, str(large)], 2) as two:
        assert len(two) == 2
        two[1].send(["量子計算"])
        assert two[1].receive() == ["量子 計算"]
    with cutters_for([str(large)], MOST_WORKERS + 1) as most:
        assert len(most) == MOST_WORKERS


def test_tables_after_a_large_one_come_out_as_alone(tmp_path):
    """The processes of the first are there for the others too; an error leaves none behind."""
    head, *lines = TABLE.splitlines(keepends=True)
    (tmp_path / "a.csv").write_text(head + "".join(lines[:15_000]), "utf-8")
    (tmp_path / "b.csv").write_text(head + "".join(lines[15_000:17_500]), "utf-8")
    (tmp_path / "c.csv").write_text(head + "".join(lines[:30]), "utf-8")
    assert (
        (tmp_path / "a.csv").stat().st_size >= cutting.LARGE > (tmp_path / "b.csv").stat().st_size
    )

    def tag(*args):
        return subprocess.run(
            [sys.executable, "-m", "ctclass", "tag", *args, "--workers", "2", "--quiet"],
            cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    done = tag("a.csv", "b.csv", "c.csv")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("b", "c"):
        together = (tmp_path / f"{name}.tagged.csv").read_bytes()
        assert tag(f"{name}.csv", "-o", f"{name}.alone.csv").returncode == 0
        assert (tmp_path / f"{name}.alone.csv").read_bytes() == together
    refused = tag("a.csv", "b.csv", "c.csv")
    assert refused.returncode == 2  # the outputs are there
    assert tag("長" * 300 + ".csv").returncode == 3


@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
@settings(deadline=None, max_examples=50)
def test_cuts_are_those_of_this_process(cutter, segmenter, texts):
    prepared = [segmenter.prepare(text).text for text in texts]
    cutter.send(prepared)
    assert cutter.receive() == [segmenter.cut(text) for text in prepared]


def test_much_is_sent_before_anything_is_taken(cutter, segmenter):
    """More than any pipe holds, both ways."""
    texts = ["量子暗号の安全性を調べる。" * 900, "", *["光格子時計"] * 5_000]
    expected = [segmenter.cut(text) for text in texts]
    for _ in range(4):
        cutter.send(texts)
    assert all(cutter.receive() == expected for _ in range(4))


def test_a_process_that_died_is_an_error():
    with Cutter() as cutter:
        cutter._process.kill()
        with pytest.raises(CtclassError, match="has ended"):
            cutter.receive()


@pytest.mark.parametrize("broken", ["_read", "_write", "Segmenter.cut", "Segmenter.__init__"])
def test_whatever_fails_there_ends_it_and_is_an_error_here(monkeypatch, capfd, broken):
    """Not a wait for ever, nor a traceback: memory may be short in any of its threads."""
    breaking = (
        "import ctclass.text.cutting as cutting\n"
        "from ctclass.text.units import Segmenter; cutting.Segmenter = Segmenter\n"
        "def fail(*given): raise MemoryError\n"
        f"cutting.{broken} = fail; cutting.serve()"
    )
    monkeypatch.setattr("ctclass.text.cutting._START", breaking)
    with Cutter() as cutter:
        with suppress(CtclassError):  # it may be gone already
            cutter.send(["量子暗号"])
        with pytest.raises(CtclassError, match="has ended"):
            cutter.receive()
    assert capfd.readouterr() == ("", "")


def test_where_no_process_can_be_started_this_one_cuts(monkeypatch, tmp_path, tagger):
    def refuse(*given, **named):
        raise BlockingIOError

    rows = [Row([f"{i}", "量子鍵配送の研究" if i % 2 else "核融合炉"]) for i in range(1_500)]
    chunks = [Chunk(i, i * 500 + 1, rows[i * 500 : i * 500 + 500]) for i in range(3)]
    columns = find_columns(["id", "title"], where="here")
    for workers in (0, 2):
        expected = list(tag_stream(tagger, columns, chunks, workers))
        with monkeypatch.context() as patch:
            patch.setattr("subprocess.Popen.__init__", refuse)
            assert list(tag_stream(tagger, columns, chunks, workers)) == expected
        assert [tagging.primary for tagging in expected[2][1][:2]] == ["fusion", "quantum"]


def children(pid):
    found = set()
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        found |= set(map(int, tasks.read_text().split()))
    return found


def at_work(tmp_path, workers):
    """A run with all its processes."""
    (tmp_path / "a.csv").write_text(TABLE, "utf-8")
    run = subprocess.Popen(
        [sys.executable, "-m", "ctclass", "tag", "a.csv", "-o", "b.csv", "-q", "--lang", "en",
         "--workers", str(workers)],
        cwd=tmp_path, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while len(children(run.pid)) < workers and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    return run, children(run.pid)


@POSIX
def test_a_killed_worker_ends_the_run_with_an_error_and_nothing_else(tmp_path):
    run, workers = at_work(tmp_path, 2)
    os.kill(max(workers), signal.SIGKILL)
    error = run.communicate(timeout=60)[1].decode()
    assert run.returncode == 70
    assert error.splitlines()[0] == "Error: A process that cuts texts has ended (exit code -9)"
    assert len(error.splitlines()) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@POSIX
def test_no_worker_outlives_a_killed_run(tmp_path):
    run, workers = at_work(tmp_path, 2)
    assert len(workers) == 2
    run.kill()
    assert run.communicate(timeout=30)[1] == b""
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/stat").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
