"""The journal of a run: its answers as they come, so that a broken run can go on.

It stands beside the output as `NAME.ctclass-journal` and is only ever added to. Behind a
line that says what it is come frames of a length, a digest and JSON: the first says of
which run the answers are, the others hold rows in their order. What a crash left half
written fails its digest and is cut off. It goes away when the outputs are there.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, Any, Self

from ctclass.errors import InputError, Phrase
from ctclass.projects import Project
from ctclass.runs.answers import Answer, Kept, text_digest
from ctclass.tables import Chunk
from ctclass.tables.files import reading
from ctclass.tables.holding import open_alone
from ctclass.tables.output import writing

MAGIC = b"ctclass journal 1\n"
ENDING = ".ctclass-journal"
SYNC_SECONDS = 5.0
"""A loss of power costs no more than the work of these."""
_FRAME = struct.Struct("<I16s")
_LARGEST = 1 << 30
_DIFFERENT = {
    "model": Phrase("別のモデル", "another model"),
    "ctclass": Phrase("別の版の ctclass", "another version of ctclass"),
    "input": Phrase(
        "別の入力(または中身が変わる前の入力)", "another input, or one that has changed"
    ),
    "read": Phrase(
        "別の読み方(列、文字コード、形式)", "another way to read it (columns, encoding, format)"
    ),
}
_Entry = tuple[str, list[str]]


def journal_path(output: str) -> Path:
    """Where the journal of an output stands.

    >>> journal_path("out/grants.tagged.csv").name
    'grants.tagged.csv.ctclass-journal'
    """
    place = Path(output)
    return place.with_name(place.name + ENDING)


def forget_journal(output: str) -> None:
    """Take the journal of an output away, if there is one: the output is there."""
    path = journal_path(output)
    with writing(str(path)):
        path.unlink(missing_ok=True)


class Journal:
    """An open journal. `rows` is how many rows it held when it was opened.

    `run` says of which run it is (`model`, `ctclass`, `input`, `read`): an answer is only
    taken from a journal of the very same. `anew` throws away what another run left.

    Raises InputError when it is of another run, or another process is writing it.
    """

    def __init__(self, output: str, run: dict[str, Any], *, anew: bool = False) -> None:
        self.path = journal_path(output)
        self.rows = 0
        self._model = run["model"]["label"]
        self._pending: deque[list[str]] = deque()
        with writing(str(self.path)):
            number = open_alone(self.path)
        if number is None:
            raise _busy(self.path)
        self._file = os.fdopen(number, "r+b", buffering=0)
        try:
            with writing(str(self.path)):
                self._begin(run, anew=anew)
        except BaseException:
            self._file.close()
            raise
        self._old = self._entries()
        self._synced = monotonic()

    def known(self, chunk: Chunk, projects: Sequence[Project]) -> list[Kept | None]:
        """The answers that the journal held, row by row; each must be of the same text."""
        digests = [text_digest(project) for project in projects]
        self._pending.append(digests)
        if chunk.first_row > self.rows:
            return [None] * len(digests)
        with reading(str(self.path)):
            old = [next(self._old, ("", [])) for _ in digests]
        found = [
            Kept((*values, self._model)) if then == now else None
            for now, (then, values) in zip(digests, old, strict=True)
        ]
        if found and not any(found):
            with writing(str(self.path)):
                self._forget_from(chunk.first_row)
        return found

    def keep(self, chunk: Chunk, answers: Sequence[Answer]) -> None:
        """Add the answers of a chunk, but for rows that the journal holds already.

        Raises InputError when the disk is full.
        """
        digests = self._pending.popleft()
        held = max(0, self.rows - chunk.first_row + 1)
        entries = [
            (digest, answer.columns()[:-1])
            for digest, answer in zip(digests[held:], answers[held:], strict=True)
        ]
        if entries:
            with writing(str(self.path)):
                self._append([chunk.first_row + held, entries])
                if monotonic() - self._synced > SYNC_SECONDS:
                    os.fsync(self._file.fileno())
                    self._synced = monotonic()

    def close(self) -> None:
        """Let go of the file, and leave it for a run that goes on."""
        self._old.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _begin(self, run: dict[str, Any], *, anew: bool) -> None:
        """Read what is there, cut off what is torn, and stand at the end."""
        self._file.seek(0)
        start = self._file.read(1 << 16).rstrip(b"\0")
        if not anew and not (start.startswith(MAGIC) or MAGIC.startswith(start)):
            raise _other(self.path, None, run)
        frames = _frames(self._file)
        end, first = next(frames, (0, None))
        if first is not None and not anew and first != run:
            raise _other(self.path, first, run)
        if first != run:
            self._file.seek(0)
            self._file.truncate()
            self._write(MAGIC)
            self._append(run)
            return
        for place, frame in frames:
            if frame[0] != self.rows + 1:
                break
            end, self.rows = place, self.rows + len(frame[1])
        self._file.seek(end)
        self._file.truncate()

    def _forget_from(self, row: int) -> None:
        """Forget what is held from a row on: a table of a database has rows in other places
        now, and what is tagged again is to be noted at its new one."""
        frames = _frames(self._file)
        end, _ = next(frames)
        kept: list[_Entry] = []
        first = row
        for place, (first, entries) in frames:
            if first + len(entries) > row:
                kept = entries[: max(0, row - first)]
                break
            end = place
        self._file.seek(end)
        self._file.truncate()
        if kept:
            self._append([first, kept])
        self.rows = row - 1

    def _append(self, data: Any) -> None:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        payload = text.encode("utf-8", "surrogatepass")
        self._write(_FRAME.pack(len(payload), _digest(payload)) + payload)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:  # a full disk takes a part, and says so the next time
            view = view[self._file.write(view) :]

    def _entries(self) -> Generator[_Entry]:
        with self.path.open("rb") as file:
            frames = _frames(file)
            next(frames, None)
            done = 0
            for _, (_, entries) in frames:
                if done >= self.rows:
                    return
                done += len(entries)
                yield from entries


def _digest(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=16).digest()


def _frames(file: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """The frames that are whole, from the start, each with the place behind it."""
    file.seek(0)
    place = len(MAGIC)
    if _read(file, place) != MAGIC:
        return
    while len(head := _read(file, _FRAME.size)) == _FRAME.size:
        size, digest = _FRAME.unpack(head)
        payload = _read(file, size) if 0 < size < _LARGEST else b""
        # A spoilt size may be too large: the last frame's payload would still be whole.
        if not payload or len(payload) != size or _digest(payload) != digest:
            return
        place += _FRAME.size + size
        yield place, json.loads(payload.decode("utf-8", "surrogatepass"))


def _read(file: IO[bytes], size: int) -> bytes:
    """`size` bytes, fewer only at the end: an unbuffered file may give less at a time."""
    blocks = []
    while size and (block := file.read(size)):
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)


def _busy(path: Path) -> InputError:
    return InputError(
        Phrase(
            "同じ出力を作っている別の実行があります", "Another run is making the same output now"
        ),
        where=str(path),
        hint=Phrase(
            "それが終わるのを待つか、-o で別の名前を指定してください",
            "Wait for its end, or choose another name with -o",
        ),
    )


def _other(path: Path, there: dict[str, Any] | None, own: dict[str, Any]) -> InputError:
    kinds = [
        phrase
        for key, phrase in _DIFFERENT.items()
        if there is not None and there.get(key) != own.get(key)
    ]
    ja, en = "、".join(p.ja for p in kinds), ", ".join(p.en for p in kinds)
    what = Phrase(f"この記録は、{ja}のものです", f"The journal is of {en}")
    if not kinds:
        what = Phrase("ctclass の記録ではありません", "This is no journal of ctclass")
    return InputError(
        what,
        where=str(path),
        hint=Phrase(
            "前と同じ条件で実行するか、--force を付けて初めからやり直してください",
            "Run it as it was run before, or start anew with --force",
        ),
    )
