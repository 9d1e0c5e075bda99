"""A process of its own that tags chunks, so that a row it dies of costs that row alone.

A library in native code may end its process, or never come back. On a cluster such a
row would end one worker after the other, each try from the start of its partition. So
a worker reads and writes, and a process beside it tags. When that ends, hangs or raises,
another one takes the rows of the chunk one by one: the row that it fails on twice is
answered with the status `failed`, and all others as ever.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from ctclass.beside import OwnProcess, own_pipes, read_frame, write_frame
from ctclass.errors import CtclassError, ModelError, Phrase
from ctclass.projects import Columns
from ctclass.runs.answers import Answer, Kept, with_status
from ctclass.runs.stream import Known
from ctclass.tables import Chunk, Row
from ctclass.tagging.tag import Tagger, Tagging

FAILED = "failed"
TRIES = 2
PATIENCE = 120.0
"""Seconds for a chunk of 500 rows, which takes a third of one, or for the process to be up."""
_START = "from ctclass.cluster.isolation import serve; serve()"


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A row (data rows from 1) that no process could tag, and what became of the process."""

    row: int
    project_id: str
    why: str


class _LostError(Exception):
    """The process has ended, hangs, or raised; the words say which."""


class IsolatedTagger:
    """Tags chunks with the model in a file; the process is started again when it is lost."""

    def __init__(self, model: str, patience: float = PATIENCE, *, recall: bool = False) -> None:
        self._model = model
        self._recall = recall
        self._patience = patience
        self._process: _TagProcess | None = None
        self.label = self._running().label

    def tag_stream(
        self, columns: Columns, chunks: Iterable[Chunk], known: Known | None = None
    ) -> Iterator[tuple[Chunk, list[Answer], list[FailedRow]]]:
        """Tag chunks in order, but for the rows with a `known` answer: the next one is read, and
        the last one written by whoever takes it, while the process is at work."""
        source = (_Asked(columns, chunk, known) for chunk in chunks)
        asked = next(source, None)
        if asked is not None:
            self._send(asked)
        while asked is not None:
            following = next(source, None)
            taggings, failed = self._receive(asked)
            if following is not None:
                self._send(following)
            yield asked.chunk, asked.merged(taggings), failed
            asked = following

    def judge(self, columns: Columns, chunk: Chunk) -> list[Answer]:
        """The answers for a single chunk."""
        ((_, answers, _),) = self.tag_stream(columns, [chunk])
        return answers

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process:
            self._process.close()
            self._process = None

    def _send(self, asked: _Asked) -> None:
        if not asked.rows:
            return
        try:
            self._running().send(asked.columns, asked.part(asked.rows))
        except _LostError:
            self.close()

    def _receive(self, asked: _Asked) -> tuple[list[Tagging], list[FailedRow]]:
        if not asked.rows:
            return [], []
        try:
            if self._process is None:
                raise _LostError
            return self._process.receive(self._patience), []
        except _LostError:
            self.close()
        return self._one_by_one(asked)

    def _one_by_one(self, asked: _Asked) -> tuple[list[Tagging], list[FailedRow]]:
        taggings: list[Tagging] = []
        failed: list[FailedRow] = []
        for offset in asked.rows:
            for attempt in range(TRIES):
                try:
                    process = self._running()
                    process.send(asked.columns, asked.part([offset]))
                    taggings += process.receive(self._patience)
                    break
                except _LostError as error:
                    self.close()
                    if attempt + 1 == TRIES:
                        failed.append(asked.failed(offset, str(error)))
                        taggings.append(_without_answer(self.label))
        return taggings, failed

    def _running(self) -> _TagProcess:
        if self._process is None:
            self._process = _TagProcess(self._model, self._recall)
        return self._process


class _Asked:
    """A chunk, and which of its rows are to be tagged; for the others there is an answer."""

    def __init__(self, columns: Columns, chunk: Chunk, known: Known | None) -> None:
        self.columns = columns
        self.chunk = chunk
        self._kept: Sequence[Kept | None] = [None] * len(chunk.rows)
        if known is not None:
            self._kept = known(chunk, [columns.project(row.cells) for row in chunk.rows])
        self.rows = [i for i, answer in enumerate(self._kept) if answer is None]

    def part(self, rows: Sequence[int]) -> Chunk:
        """Some rows, without what no answer depends on."""
        read = self.columns.read
        some = [
            Row([cell if i in read else "" for i, cell in enumerate(row.cells)], row.problem)
            for row in (self.chunk.rows[at] for at in rows)
        ]
        return Chunk(self.chunk.number, self.chunk.first_row, some)

    def failed(self, row: int, why: str) -> FailedRow:
        """What is to be told of a row that no process could tag."""
        project_id = self.columns.project(self.chunk.rows[row].cells).project_id
        return FailedRow(self.chunk.first_row + row, project_id, why)

    def merged(self, taggings: Sequence[Tagging]) -> list[Answer]:
        """The answers of all rows: those that were known, and `taggings` for the others."""
        new = iter(taggings)
        return [
            next(new)
            if answer is None
            else with_status(answer, row.problem)
            if row.problem
            else answer
            for row, answer in zip(self.chunk.rows, self._kept, strict=True)
        ]


class _TagProcess:
    """One process. Raises ModelError where the model cannot be read there."""

    def __init__(self, model: str, recall: bool) -> None:
        self._process = OwnProcess(_START, silent=not os.environ.get("CTCLASS_DEBUG"))
        self._coming: SimpleQueue[Any] = SimpleQueue()
        Thread(target=self._listen, daemon=True).start()
        try:
            self._write((model, recall))
            kind, told = self._answer(PATIENCE)
        except _LostError as error:
            self.close()
            raise CtclassError(
                Phrase(
                    f"判定のプロセスが始まりません({error})",
                    f"A process that tags does not start ({error})",
                ),
                where=f"process {self._process.pid}",
                hint=Phrase(
                    "メモリの空きを確かめ、ワーカーを減らしてください",
                    "See that there is memory left, or use fewer workers",
                ),
            ) from error
        if kind == "refused":
            self.close()
            what, where, hint = told
            raise ModelError(what, where=where, hint=hint)
        self.label: str = told

    def send(self, columns: Columns, chunk: Chunk) -> None:
        self._write((columns, chunk))

    def receive(self, patience: float) -> list[Tagging]:
        kind, told = self._answer(patience)
        if kind == "raised":
            raise _LostError(told)
        taggings: list[Tagging] = told
        return taggings

    def close(self) -> None:
        self._process.close()

    def _write(self, data: object) -> None:
        try:
            _write(self._process.stdin, data)
        except OSError as error:
            raise _LostError(self._ending()) from error

    def _answer(self, patience: float) -> tuple[str, Any]:
        try:
            answer = self._coming.get(timeout=patience)
        except Empty as error:
            message = f"no answer in {patience:g} s"
            raise _LostError(message) from error
        if answer is None:
            raise _LostError(self._ending())
        kind, told = answer
        return kind, told

    def _ending(self) -> str:
        return f"process ended with exit code {self._process.wait()}"

    def _listen(self) -> None:
        """A pipe cannot be read with a time limit on every system; a queue can."""
        with suppress(OSError, ValueError):  # closed meanwhile: the same as no answer
            while (answer := _read(self._process.stdout)) is not None:
                self._coming.put(answer)
        self._coming.put(None)


def serve() -> None:
    """What the process does: tag whatever comes in, until nothing comes any more.

    The thread that reads ends the whole process then, so that it outlives no worker, even
    while a row holds it up.
    """
    source, target = own_pipes()
    coming: SimpleQueue[Any] = SimpleQueue()

    def read() -> None:
        try:
            while (data := _read(source)) is not None:
                coming.put(data)
        finally:
            os._exit(0)

    Thread(target=read, daemon=True).start()
    model, recall = coming.get()
    tagger = _tagger(model, recall, target)
    while tagger is not None:
        columns, chunk = coming.get()
        _write(target, _answer_to(tagger, columns, chunk))


def _tagger(model: str, recall: bool, target: IO[bytes]) -> Tagger | None:
    from ctclass.model.file import read_model

    try:
        tagger = Tagger(read_model(model), recall=recall)
    except CtclassError as error:
        _write(target, ("refused", (error.what, error.where, error.hint)))
        return None
    _write(target, ("ready", tagger.label))
    return tagger


def _answer_to(tagger: Tagger, columns: Columns, chunk: Chunk) -> tuple[str, Any]:
    from ctclass.runs.stream import tag_chunk

    try:
        return "tagged", tag_chunk(tagger, columns, chunk)
    except BaseException as error:  # a panic of native code is no Exception
        return "raised", f"{type(error).__name__}: {error}"[:500]


def _without_answer(label: str) -> Tagging:
    return Tagging(FAILED, (), (), (), False, (), (), label)


def _write(stream: IO[bytes], data: object) -> None:
    write_frame(stream, pickle.dumps(data))


def _read(stream: IO[bytes]) -> Any:
    """What was written with `_write`; None where there is no more."""
    data = read_frame(stream)
    # Both ends are this program, and nobody else has the pipe.
    return None if data is None else pickle.loads(data)  # noqa: S301
