"""A run that was broken off goes on from its journal and writes what it would have written."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from ctclass.errors import InputError
from ctclass.projects import Project
from ctclass.runs.answers import Kept
from ctclass.runs.journal import ENDING, MAGIC, Journal
from ctclass.tables import Chunk, Row

WORDS = ("量子コンピュータ", "核融合炉", "パワー半導体", "創薬", "衛星通信", "中世の物語", "造船",
         "水素エネルギー")  # fmt: skip
ROWS = 1_300
KILLS = 52
POSIX = pytest.mark.skipif(os.name != "posix", reason="kill -9 and limits of a process")


def table(rows=ROWS):
    return "id,課題名,概要\n" + "".join(
        f"EX-{i},{WORDS[i % 8]}の研究{i},{WORDS[i % 7]}と{WORDS[i % 5]}を調べる。第{i}報。\n"
        for i in range(rows)
    )


def command(*args):
    return [sys.executable, "-m", "ctclass", "tag", *map(str, args), "--lang", "en"]


def ctclass(*args, cwd, **more):
    return subprocess.run(
        command(*args), cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        **more,
    )  # fmt: skip


def leftovers(folder):
    return sorted(p.name for p in folder.iterdir() if p.name.startswith(".") or ENDING in p.name)


def size_of(path):
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def wait_for_size(run, size, wanted):
    """Until a run has written so much, or is over; the largest size that was seen."""
    seen = 0
    while run.poll() is None and seen < wanted:
        time.sleep(0.001)
        seen = max(seen, size())
    return seen


class Moments:
    """Random moments to kill a run at, learned from one that came to its end.

    In turn the moment is one of the clock, which may come before the first answer or after
    the last, and one of the journal, which lies between them however slow the machine is.
    """

    def __init__(self, random, whole, size):
        self.random, self.size, self.turns = random, size, 0
        started = time.monotonic()
        with whole as run:
            self.largest = wait_for_size(run, size, float("inf"))
        self.seconds = time.monotonic() - started

    def kill(self, run):
        """Whether the run was killed: it may have come to its end before the moment."""
        self.turns += 1
        if self.turns % 2:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(self.random.uniform(0.2, 1.0) * self.seconds)
        else:
            held = self.size()
            wait_for_size(run, self.size, held + self.random.random() * (self.largest - held))
        killed = run.poll() is None
        run.kill()
        run.wait()
        return killed


class Killed:
    """Runs of one command, killed at random moments until they come to their end."""

    def __init__(self, folder, target, random):
        self.folder, self.target = folder, folder / target
        self.kills = self.resumed = 0
        self.args = ("a.csv", "-o", target, "--resume", "--chunk-rows", 20, "--workers", 1)
        whole = self.begun()
        self.moments = Moments(random, whole, lambda: size_of(folder / f"{target}{ENDING}"))
        assert whole.returncode == 0, self.told()
        assert leftovers(folder) == []
        self.whole = self.target.read_bytes()
        self.target.unlink()

    def begun(self):
        with (self.folder / "stderr").open("wb") as errors:
            return subprocess.Popen(command(*self.args), cwd=self.folder, stderr=errors)

    def told(self):
        return (self.folder / "stderr").read_text("utf-8")

    def once(self):
        run = self.begun()
        if self.moments.kill(run):
            self.kills += 1
            if self.target.exists():
                assert self.target.read_bytes() == self.whole
                if not leftovers(self.folder):  # all was done but to leave
                    self.target.unlink()
            return
        self.ended(run)
        self.target.unlink()

    def ended(self, run):
        assert run.returncode == 0, self.told()
        self.resumed += "from its journal" in self.told()
        assert self.target.read_bytes() == self.whole
        assert leftovers(self.folder) == []

    def to_the_end(self):
        with self.begun() as run:
            run.wait(120)
        self.ended(run)


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_runs_killed_at_random_moments_come_to_the_same_bytes(tmp_path, kind):
    """A seed for the moments; the machine's own haste does the rest."""
    (tmp_path / "a.csv").write_text(table(), "utf-8")
    runs = Killed(tmp_path, f"b.{kind}", random.Random(f"kill {kind}"))  # noqa: S311
    while runs.kills < KILLS // 4:
        runs.once()
    runs.to_the_end()
    assert runs.resumed  # or the kills came too early to show anything


def in_sqlite(path, rows=ROWS):
    with sqlite3.connect(path) as held:
        held.execute("CREATE TABLE projects (id TEXT PRIMARY KEY, 課題名 TEXT, 概要 TEXT)")
        lines = [line.split(",") for line in table(rows).splitlines()[1:]]
        held.executemany("INSERT INTO projects VALUES (?, ?, ?)", lines)
    held.close()


def answers_in(path, name):
    """All rows of a table of results but for the time of each; None before there are any."""
    held = sqlite3.connect(path)
    try:
        names = [row[1] for row in held.execute(f"PRAGMA table_info({name})")]
        names = [f'"{n}"' for n in names if n != "ct_tagged_at"]
        return held.execute(f"SELECT {','.join(names)} FROM {name}").fetchall() if names else None  # noqa: S608
    finally:
        held.close()


FROM = ("sqlite:///grants.db", "--table", "projects")
DATABASES = {
    "into the same database": (*FROM, "--into", "results"),
    "from a file": ("a.csv", "-o", "sqlite:///grants.db", "--into", "results"),
    "into a file": (*FROM, "-o", "b.csv"),
}


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("case", DATABASES)
def test_runs_with_a_database_go_on_too(tmp_path, case):
    """Killed at random moments, the results are absent or whole, and the end is the same."""
    pytest.importorskip("sqlalchemy")
    database, file = tmp_path / "grants.db", tmp_path / "b.csv"
    args = (*DATABASES[case], "--resume", "--chunk-rows", 20, "--workers", 1)

    def result():
        if file.exists():
            return file.read_bytes()
        return answers_in(database, "results") if database.exists() else None

    def journals():
        return list(tmp_path.glob(f"*{ENDING}"))

    def begin():
        for path in (file, database, *journals()):  # all may be done but to leave
            path.unlink(missing_ok=True)
        in_sqlite(database)

    def size():
        return max(map(size_of, journals()), default=0)

    (tmp_path / "a.csv").write_text(table(), "utf-8")
    begin()
    run = subprocess.Popen(command(*args), cwd=tmp_path, stderr=subprocess.DEVNULL)
    moments = Moments(random.Random(case), run, size)  # noqa: S311
    assert run.returncode == 0
    whole = result()
    assert len(whole) >= ROWS
    kills = resumed = 0
    for _ in range(KILLS):
        if kills >= KILLS // 8 and resumed:
            break
        begin()
        run = subprocess.Popen(command(*args), cwd=tmp_path, stderr=subprocess.DEVNULL)
        kills += moments.kill(run)
        assert result() in (None, whole)
        if result() is None:
            done = ctclass(*args, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            resumed += "from its journal" in done.stderr
            assert result() == whole
            assert not journals()
    assert resumed


def test_what_a_table_holds_and_what_a_journal_holds_go_together(tmp_path):
    """Rows of the table stay as they are, the others are taken from the journal."""
    pytest.importorskip("sqlalchemy")
    in_sqlite(tmp_path / "grants.db", 60)
    into = ("--into", "results", "--since-last", "results")
    first = (FROM[0], "--query", "SELECT * FROM projects LIMIT 20", *into)
    args = (*FROM, *into)
    assert ctclass(*first, cwd=tmp_path).returncode == 0
    with sqlite3.connect(tmp_path / "grants.db") as held:
        held.execute("INSERT INTO projects VALUES ('', '番号のない課題', '')")
    held.close()
    refused = ctclass(*args, "--resume", "--chunk-rows", 10, cwd=tmp_path)
    assert refused.returncode == 3  # at its very last row
    assert refused.stderr.splitlines()[2].endswith(
        "The same command then goes on from where it was"
    )
    with sqlite3.connect(tmp_path / "grants.db") as held:
        held.execute("DELETE FROM projects WHERE id = ''")
    held.close()
    done = ctclass(*args, "--resume", "--chunk-rows", 10, cwd=tmp_path)
    assert "40 rows are from its journal" in done.stderr
    assert "results: 40 rows added, 0 updated, 20 as they were" in done.stderr
    assert len(answers_in(tmp_path / "grants.db", "results")) == 60
    assert leftovers(tmp_path) == []


@POSIX
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_full_disk_costs_no_answer(tmp_path, kind):
    import resource

    (tmp_path / "a.csv").write_text(table(600), "utf-8")
    assert ctclass("a.csv", "-o", f"whole.{kind}", cwd=tmp_path).returncode == 0
    args = ("a.csv", "-o", f"b.{kind}", "--resume", "--chunk-rows", 20)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    full = ctclass(*args, cwd=tmp_path, preexec_fn=limit)
    assert full.returncode == 3
    assert full.stderr.splitlines()[0] == "Error: The disk is full"
    assert full.stderr.splitlines()[2].endswith("The same command then goes on from where it was")
    assert leftovers(tmp_path) == [f"b.{kind}{ENDING}"]
    assert not (tmp_path / f"b.{kind}").exists()
    again = ctclass(*args, cwd=tmp_path)
    assert "rows are from its journal" in again.stderr
    assert (tmp_path / f"b.{kind}").read_bytes() == (tmp_path / f"whole.{kind}").read_bytes()
    assert leftovers(tmp_path) == []


@POSIX
def test_an_interrupted_run_says_how_to_go_on(tmp_path):
    (tmp_path / "a.csv").write_text(table(60_000), "utf-8")
    args = ("a.csv", "-o", "b.csv", "--resume", "--chunk-rows", 50)

    def hear_it():  # a test in the background of a shell is told to ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    run = subprocess.Popen(
        command(*args), cwd=tmp_path, stderr=subprocess.PIPE, preexec_fn=hear_it,  # noqa: PLW1509
    )  # fmt: skip
    journal = tmp_path / f"b.csv{ENDING}"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.stat().st_size > 20_000):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    told = run.communicate(timeout=60)[1].decode().splitlines()
    assert run.returncode == 130
    assert "goes on from where it was" in told[2]
    assert leftovers(tmp_path) == [journal.name]


def test_what_a_killed_run_left_is_taken_away_by_the_next(tmp_path):
    (tmp_path / "a.csv").write_text(table(60_000), "utf-8")
    run = subprocess.Popen(command("a.csv", "-o", "b.csv", "-q"), cwd=tmp_path)
    while not leftovers(tmp_path):
        assert run.poll() is None
        time.sleep(0.02)
    (left,) = leftovers(tmp_path)
    (tmp_path / "c.csv").write_text(table(30), "utf-8")
    assert ctclass("c.csv", "-o", "b.csv", cwd=tmp_path).returncode == 0
    assert left in leftovers(tmp_path)  # another run is writing it
    run.kill()
    run.wait()
    assert ctclass("c.csv", "-o", "b.csv", "--force", cwd=tmp_path).returncode == 0
    assert leftovers(tmp_path) == []
    assert len((tmp_path / "b.csv").read_text("utf-8").splitlines()) == 31


def test_a_journal_of_another_run_is_not_used(tmp_path):
    (tmp_path / "a.csv").write_text(table(30), "utf-8")
    args = ("a.csv", "-o", "b.csv", "--resume")
    path = tmp_path / f"b.csv{ENDING}"

    def left_by(**changed):
        run = {"ctclass": "0", "model": {"label": "default/0/0"}, "input": {}, "read": {}}
        Journal(str(tmp_path / "b.csv"), run | changed, anew=True).close()

    left_by()
    refused = ctclass(*args, cwd=tmp_path)
    assert refused.returncode == 3
    what = refused.stderr.splitlines()
    assert what[0].startswith("Error: The journal is of another model, another version")
    assert what[1] == f"Where: b.csv{ENDING}"
    assert "この記録は、別のモデル、別の版の ctclass、別の入力(" in str(
        ctclass(*args, "--lang", "ja", cwd=tmp_path).stderr
    )
    assert path.exists()
    assert not (tmp_path / "b.csv").exists()
    assert ctclass(*args, "--force", cwd=tmp_path).returncode == 0
    assert leftovers(tmp_path) == []
    path.write_bytes("私のメモ".encode() * 9_000)
    (tmp_path / "b.csv").unlink()
    refused = ctclass(*args, cwd=tmp_path)
    assert refused.stderr.splitlines()[0] == "Error: This is no journal of ctclass"
    assert path.stat().st_size == 9_000 * 12


@POSIX
def test_a_copied_input_is_the_same_and_an_edited_one_is_not(tmp_path):
    """Neither its name nor its date tells: its content does."""
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    args = ("-o", "b.csv", "--resume", "--chunk-rows", 20)
    (tmp_path / "a.csv").write_text(table(600), "utf-8")
    assert ctclass("a.csv", *args, cwd=tmp_path, preexec_fn=limit).returncode == 3
    (tmp_path / "a.csv").rename(tmp_path / "c.csv")
    os.utime(tmp_path / "c.csv", (0, 0))
    (tmp_path / "a.csv").write_text(table(600).replace("EX-599", "EX-600"), "utf-8")
    edited = ctclass("a.csv", *args, cwd=tmp_path)
    assert edited.returncode == 3
    assert "another input, or one that has changed" in edited.stderr.splitlines()[0]
    assert "rows are from its journal" in ctclass("c.csv", *args, cwd=tmp_path).stderr


def test_only_a_file_can_be_gone_on_with(tmp_path):
    (tmp_path / "a.csv").write_text(table(3), "utf-8")
    for more in ("--resume", "--manifest"):
        done = ctclass("a.csv", "-o", "-", more, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")


@POSIX
def test_of_several_tables_those_that_are_done_stay_done(tmp_path):
    """The same command: the outputs that it has made are no reason to refuse it."""
    import resource

    (tmp_path / "a.csv").write_text(table(20), "utf-8")
    (tmp_path / "b.csv").write_text(table(600), "utf-8")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    args = ("a.csv", "b.csv", "--resume", "--chunk-rows", 20)
    assert ctclass(*args, cwd=tmp_path, preexec_fn=limit).returncode == 3
    first = (tmp_path / "a.tagged.csv").read_bytes()
    assert ctclass("a.csv", cwd=tmp_path).returncode == 2  # the output is there already
    done = ctclass(*args, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "20 rows are from its journal" in done.stderr
    assert (tmp_path / "a.tagged.csv").read_bytes() == first
    assert (tmp_path / "b.tagged.csv").exists()
    assert leftovers(tmp_path) == []


RUN = {"ctclass": "1", "model": {"label": "m/1/0", "digest": "0"}, "input": {}, "read": {}}


def written(folder, tagger, sizes):
    """A journal of chunks of these sizes, its projects and their answers."""
    projects = [Project(str(i), f"{WORDS[i % 8]}の研究{i}", "", "") for i in range(sum(sizes))]
    answers = tagger.tag_all(projects)
    done = 0
    with Journal(str(folder / "b.csv"), RUN) as journal:
        for number, size in enumerate(sizes):
            chunk = Chunk(number, done + 1, [Row([])] * size)
            assert journal.known(chunk, projects[done : done + size]) == [None] * size
            journal.keep(chunk, answers[done : done + size])
            done += size
    return projects, answers


def test_whatever_is_torn_off_or_spoilt_what_stands_before_holds(tmp_path, tagger):
    projects, answers = written(tmp_path, tagger, [3, 1, 4])
    expected = [Kept((*a.columns()[:-1], "m/1/0")) for a in answers]
    path = tmp_path / f"b.csv{ENDING}"
    data = path.read_bytes()
    chunk = Chunk(0, 1, [Row([])] * 8)
    seen = set()
    for end in [*range(0, len(data), 7), len(data)]:
        spoilt = data[:end] + bytes([data[end] ^ 1]) + data[end + 1 :] if end < len(data) else data
        zeros = data[:end] + b"\0" * (len(data) - end)  # a loss of power
        for bad in (data[:end], spoilt, zeros):
            path.write_bytes(bad)
            if bad is spoilt and end < len(MAGIC):  # that is no journal of ours
                with pytest.raises(InputError, match="no journal"):
                    Journal(str(tmp_path / "b.csv"), RUN)
                continue
            with Journal(str(tmp_path / "b.csv"), RUN) as journal:
                found = journal.known(chunk, projects)
                rows = journal.rows
                assert rows in (0, 3, 4, 8)
                assert found == expected[:rows] + [None] * (8 - rows)
                journal.keep(chunk, answers)
            with Journal(str(tmp_path / "b.csv"), RUN) as journal:
                assert journal.rows == 8
                assert journal.known(chunk, projects) == expected
            seen.add(rows)
    assert seen == {0, 3, 4, 8}


@pytest.mark.parametrize("size", [1, 2, 5, 8, 100])
def test_chunks_of_another_size_find_the_same_answers(tmp_path, tagger, size):
    projects, answers = written(tmp_path, tagger, [3, 1, 4])
    more = [*projects, Project("", "量子暗号", "", ""), Project("", "衛星", "", "")]
    all_answers = tagger.tag_all(more)
    with Journal(str(tmp_path / "b.csv"), RUN) as journal:
        found = []
        for at in range(0, len(more), size):
            chunk = Chunk(at // size, at + 1, [Row([])] * len(more[at : at + size]))
            found += journal.known(chunk, more[at : at + size])
            journal.keep(chunk, all_answers[at : at + size])
    assert [f and f.columns()[:-1] for f in found] == [
        *(a.columns()[:-1] for a in answers), None, None,
    ]  # fmt: skip
    with Journal(str(tmp_path / "b.csv"), RUN) as journal:
        assert journal.rows == 10


def test_a_row_with_another_text_is_not_answered_from_the_journal(tmp_path, tagger):
    projects, _ = written(tmp_path, tagger, [3, 1, 4])
    projects[2] = Project("2", "別の課題", "", "")
    with Journal(str(tmp_path / "b.csv"), RUN) as journal:
        found = journal.known(Chunk(0, 1, [Row([])] * 8), projects)
    assert [f is None for f in found] == [False, False, True, *[False] * 5]


def test_rows_that_have_moved_are_noted_where_they_are_now(tmp_path, tagger):
    """As in a table of a database to which a row was added: what was tagged again is there
    the next time, or a run that breaks again and again would never end."""
    projects, _ = written(tmp_path, tagger, [3, 1, 4])
    moved = [projects[0], Project("new", "加わった課題", "", ""), *projects[1:]]
    answers = tagger.tag_all(moved)
    for expected in (1, 8):
        with Journal(str(tmp_path / "b.csv"), RUN) as journal:
            found = []
            for at in range(0, 9, 2):
                chunk = Chunk(at // 2, at + 1, [Row([])] * len(moved[at : at + 2]))
                found += journal.known(chunk, moved[at : at + 2])
                journal.keep(chunk, answers[at : at + 2])
        assert sum(f is not None for f in found) == expected
    with Journal(str(tmp_path / "b.csv"), RUN) as journal:
        assert journal.rows == 9


def test_two_at_once_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text(table(3), "utf-8")
    with Journal(str(tmp_path / "b.csv"), RUN):
        with pytest.raises(InputError, match="Another run"):
            Journal(str(tmp_path / "b.csv"), RUN)
        other = ctclass("a.csv", "-o", "b.csv", "--resume", cwd=tmp_path)
    assert other.returncode == 3
    assert other.stderr.splitlines()[0] == "Error: Another run is making the same output now"
    Journal(str(tmp_path / "b.csv"), RUN).close()
