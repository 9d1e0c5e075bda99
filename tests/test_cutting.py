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

from ctclass.cutting import Cutter
from ctclass.errors import CtclassError
from ctclass.projects import find_columns
from ctclass.stream import tag_stream
from ctclass.tables import Chunk, Row

POSIX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
TABLE = "id,課題名,概要\n" + "".join(
    f"{i},量子暗号の安全性,量子鍵配送を調べる。第{i}報。\n" for i in range(100_000)
)


@pytest.fixture(scope="module")
def cutter():
    with Cutter() as cutter:
        yield cutter


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
        "import sys; sys.path[:] = sys.argv[1:]; import ctclass.cutting as cutting\n"
        "from ctclass.text import Segmenter; cutting.Segmenter = Segmenter\n"
        "def fail(*given): raise MemoryError\n"
        f"cutting.{broken} = fail; cutting.serve()"
    )
    monkeypatch.setattr("ctclass.cutting._START", breaking)
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
            patch.setattr("subprocess.Popen", refuse)
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
