"""A row that ends the process that tags it costs that row alone."""

import os
import signal
import time
from pathlib import Path

import pytest

from ctclass.cluster.isolation import IsolatedTagger
from ctclass.errors import CtclassError, ModelError
from ctclass.headings import find_columns
from ctclass.model.file import find_model
from ctclass.runs.answers import Kept
from ctclass.runs.stream import tag_chunk
from ctclass.tables import Chunk, Row

MODEL = str(find_model("default"))
COLUMNS = find_columns(["id", "title"], where="here")
ROWS = [Row([f"P{i}", "量子鍵配送の研究" if i % 2 else "核融合炉の材料"]) for i in range(40)]
DEADLY = "毒のある題"
BREAKING = """
import os, signal, time
from ctclass.cluster.isolation import serve
from ctclass.text.units import Segmenter
cut = Segmenter.cut
def broken(self, text):
    if "毒のある題" in text:
        {breaks}
    return cut(self, text)
Segmenter.cut = broken
serve()
"""


def chunks_of(rows, size):
    return [
        Chunk(i, at + 1, rows[at : at + size]) for i, at in enumerate(range(0, len(rows), size))
    ]


@pytest.fixture
def isolated():
    taggers = []

    def make(model=MODEL, **settings):
        taggers.append(IsolatedTagger(model, **settings))
        return taggers[-1]

    yield make
    for tagger in taggers:
        tagger.close()


def test_answers_are_those_of_this_process(tagger, isolated):
    rows = [*ROWS, Row(["P40", "量子", "too many"][:2], "ragged")]
    chunks = chunks_of(rows, 7)
    found = list(isolated().tag_stream(COLUMNS, chunks))
    assert [chunk for chunk, _, _ in found] == chunks
    assert [taggings for _, taggings, _ in found] == [
        tag_chunk(tagger, COLUMNS, chunk) for chunk in chunks
    ]
    assert found[-1][1][-1].status == "ragged"
    assert not any(failed for _, _, failed in found)


def test_no_chunk(isolated):
    assert list(isolated().tag_stream(COLUMNS, [])) == []


@pytest.mark.parametrize(
    ("breaks", "why"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "exit code -9"),
        ("os._exit(3)", "exit code 3"),
        ("raise ValueError('no such text')", "ValueError: no such text"),
        ("raise BaseException('a panic')", "BaseException: a panic"),
        ("time.sleep(3600)", "no answer in 1.5 s"),
    ],
)
def test_a_row_that_breaks_the_process_is_found(monkeypatch, tagger, isolated, breaks, why):
    monkeypatch.setattr("ctclass.cluster.isolation._START", BREAKING.format(breaks=breaks))
    rows = list(ROWS)
    rows[17] = Row(["P17", DEADLY])
    found = list(isolated(patience=1.5).tag_stream(COLUMNS, chunks_of(rows, 10)))
    taggings = [tagging for _, tagged, _ in found for tagging in tagged]
    expected = [tagging for c in chunks_of(rows, 10) for tagging in tag_chunk(tagger, COLUMNS, c)]
    assert taggings[:17] + taggings[18:] == expected[:17] + expected[18:]
    assert taggings[17].columns()[-2:] == ["failed", tagger.model.label]
    assert not any(taggings[17].columns()[:4])
    (failed,) = [row for _, _, failed in found for row in failed]
    assert (failed.row, failed.project_id) == (18, "P17")
    assert why in failed.why


def test_a_process_that_is_killed_from_outside_costs_no_row(tagger, isolated):
    """As the system does where memory is short: the row is not to blame."""
    isolating = isolated()
    found = []
    for number, (_, taggings, failed) in enumerate(
        isolating.tag_stream(COLUMNS, chunks_of(ROWS, 10))
    ):
        found += taggings
        assert not failed
        if number == 1:
            os.kill(isolating._process._process.pid, signal.SIGKILL)
    assert found == [t for c in chunks_of(ROWS, 10) for t in tag_chunk(tagger, COLUMNS, c)]


def test_a_model_that_cannot_be_read_there(tmp_path, isolated):
    with pytest.raises(ModelError, match="cannot be read"):
        isolated(str(tmp_path / "none.ctm"))


def test_a_process_that_does_not_start(monkeypatch, isolated):
    monkeypatch.setattr("ctclass.cluster.isolation._START", "import sys; sys.exit(7)")
    with pytest.raises(CtclassError, match="exit code 7"):
        isolated()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_the_process_ends_with_its_worker_even_while_a_row_holds_it_up(monkeypatch, isolated):
    monkeypatch.setattr(
        "ctclass.cluster.isolation._START", BREAKING.format(breaks="time.sleep(3600)")
    )
    isolating = isolated()
    process = isolating._process._process
    isolating._process.send(COLUMNS, Chunk(0, 1, [Row(["P1", DEADLY])]))
    time.sleep(0.3)
    process.stdin.close()  # what the system does with the pipes of a worker that is killed
    assert process.wait(timeout=10) == 0


def test_rows_with_a_known_answer_are_not_tagged(tagger, isolated):
    """Nor is anything sent of a chunk that is known whole."""
    rows = [*ROWS[:6], Row(["P9", DEADLY]), ROWS[7]]
    chunks = chunks_of(rows, 4)
    whole = [answer for chunk in chunks for answer in tag_chunk(tagger, COLUMNS, chunk)]
    known = {i: Kept.of(whole[i].columns()) for i in (0, 1, 2, 3, 5)}

    def kept(chunk, projects):
        assert [p.title for p in projects] == [row.cells[1] for row in chunk.rows]
        return [known.get(chunk.first_row - 1 + i) for i in range(len(projects))]

    tags = isolated()
    process = tags._process
    sent = []
    process.send, send = (lambda *more: (sent.append(more[1].rows), send(*more))), process.send
    found = list(tags.tag_stream(COLUMNS, chunks, kept))
    assert [row.cells[0] for some in sent for row in some] == ["P4", "P9", "P7"]
    answers = [answer for _, some, _ in found for answer in some]
    assert [a.columns() for a in answers] == [a.columns() for a in whole]
    assert [type(a) is Kept for a in answers] == [i in known for i in range(8)]


def test_a_row_read_badly_keeps_its_status_beside_a_known_answer(tagger, isolated):
    chunk = Chunk(0, 1, [ROWS[0], Row(ROWS[1].cells, "ragged")])
    answers = tag_chunk(tagger, COLUMNS, Chunk(0, 1, ROWS[:2]))
    known = [Kept.of(answer.columns()) for answer in answers]
    ((_, found, _),) = isolated().tag_stream(COLUMNS, [chunk], lambda *_: known)
    assert [answer.status for answer in found] == ["ok", "ragged"]
