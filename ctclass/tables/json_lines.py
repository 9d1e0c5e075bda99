"""JSON Lines: one object a line, kept to the byte, the answer beside it under `"ctclass"`."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ctclass.tables.delimited import empty
from ctclass.tables.encoding import find_encoding
from ctclass.tables.files import Source, reading, writing
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter, chunked

KEY = "ctclass"


class JsonLinesReader(TableReader):
    """Rows of a JSON Lines file; the columns are all keys that occur, in their order.

    A key may turn up in the last line only, so the file is read once for its keys.
    """

    def __init__(self, source: Source, encoding: str | None) -> None:
        super().__init__(source)
        self.format = "jsonl"
        self._found = find_encoding(source, encoding)
        self.encoding = self._found.codec
        keys: dict[str, None] = {}
        count = 0
        for line in self._lines():
            count += 1
            keys.update(dict.fromkeys(_parse(line) or ()))
        keys.pop(KEY, None)
        self.row_count = count
        self.header = list(keys)
        if not self.header:
            raise empty(self.path)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        return chunked(map(self._row, self._lines()), rows)

    def _lines(self) -> Iterator[str]:
        with (
            reading(self.path),
            io.TextIOWrapper(
                self.source.open(),
                encoding=self._found.codec,
                errors=self._found.errors,
                newline="\n",
            ) as text,
        ):
            for line in text:
                if plain := line.strip():
                    yield plain

    def _row(self, line: str) -> Row:
        data = _parse(line)
        if data is None:
            return Row([line, *[""] * (len(self.header) - 1)], "bad-json", line)
        cells = [as_text(data.get(key)) for key in self.header]
        problem = None
        if "\\ud" in line or "\\uD" in line:
            mended = [_without_surrogates(cell) for cell in cells]
            problem = "bad-encoding" if mended != cells else None
            cells = mended
        if not self._found.fits and "\ufffd" in line:
            problem = "bad-encoding"
        return Row(cells, problem, line)


class JsonLinesWriter(TableWriter):
    """Writes JSON Lines; an object that came as JSON keeps its own text."""

    def __init__(
        self, path: str, reader: TableReader, appended: Sequence[str], *, packed: bool
    ) -> None:
        self._packed = packed
        super().__init__(path, reader, appended)

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        del appended
        self._same = reader.format == "jsonl"
        self._names = _unique(self.own_header)
        stream: Any = self.output.stream
        if self._packed:
            stream = gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6)
        self._stream = stream

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        del columns
        lines = []
        for row, record in zip(chunk.rows, records, strict=True):
            answer = _dump(record)
            if self._same:
                lines.append(_beside(row, answer))
            else:
                own = dict(zip(self._names, (row.cells[i] for i in self.kept), strict=True))
                lines.append(_dump({**own, KEY: record}))
        with writing(self.path):
            self._stream.write("".join(line + "\n" for line in lines).encode())

    def finish(self) -> None:
        if self._packed:
            self._stream.close()

    def abandon(self) -> None:
        if self._packed:
            self._stream.close()


def as_text(value: object) -> str:
    """A JSON value as a cell.

    >>> as_text(["量子", "計算"]), as_text(None), as_text(1.0), as_text(True)
    ('量子; 計算', '', '1.0', 'true')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "; ".join(value)
    return _dump(value)


def _parse(line: str) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _beside(row: Row, answer: str) -> str:
    """The object as it was written, with the answer as its last member."""
    line: str = row.raw
    if row.problem == "bad-json":
        return f'{{"raw":{json.dumps(line, ensure_ascii=False)},"{KEY}":{answer}}}'
    if f'"{KEY}"' in line:
        data = json.loads(line)
        data.pop(KEY, None)
        line = json.dumps(data, ensure_ascii="\\ud" in line.lower())
    own = line[:-1].rstrip()
    return f'{own}{"" if own == "{" else ","}"{KEY}":{answer}}}'


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _without_surrogates(text: str) -> str:
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def _unique(names: Sequence[str]) -> list[str]:
    """Names as keys: a second `概要` becomes `概要_2`, so that no column is lost."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique
