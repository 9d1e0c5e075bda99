"""JSON Lines: one object a line, kept to the byte, the answer beside it under `"ctclass"`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.tables.delimited import empty
from ctclass.tables.encoding import find_encoding
from ctclass.tables.files import Source, packing, reading
from ctclass.tables.output import writing
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter, chunked, unique

KEY = "ctclass"
_BLANK = re.compile(r"[ \t\r\n]*")


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
        self._keys = list(keys)
        self.header = list(map(_without_surrogates, keys))
        if not self.header:
            raise _no_object(self.path) if count else empty(self.path)

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
        cells = [as_text(data.get(key)) for key in self._keys]
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
        self._names = unique(self.own_header, taken=[KEY])
        if self._names != self.own_header:
            self.notes.append(renamed(self.own_header, self._names))
        self._rows = 0
        self._stream: Any = packing(self.output.stream) if self._packed else self.output.stream

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        del columns
        self._rows += len(chunk.rows)
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
        if not self._rows:
            self.notes.append(
                Phrase(
                    "行がないので、出力は空です(JSON Lines は見出しを持ちません)",
                    "There are no rows, so the output is empty (JSON Lines has no heading)",
                )
            )
        if self._packed:
            self._stream.close()

    def abandon(self) -> None:
        if self._packed:
            self._stream.close()


class _Literal(str):
    """A number as it was written: 1.50 is not 1.5, and an id may have thirty digits."""

    __slots__ = ()


def as_text(value: object) -> str:
    """A JSON value as a cell.

    >>> as_text(["量子", "計算"]), as_text(None), as_text(1.0), as_text(True)
    ('量子; 計算', '', '1.0', 'true')
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, list) and all(type(v) is str for v in value):
        return "; ".join(value)
    return _written(value)


def _written(value: object) -> str:
    """A value as JSON, its numbers as they came."""
    if isinstance(value, _Literal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_dump(k)}:{_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return _dump(value)


def _parse(line: str) -> dict[str, Any] | None:
    try:
        data = json.loads(line, parse_float=_Literal, parse_int=_Literal)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _beside(row: Row, answer: str) -> str:
    """The object as it was written, with the answer as its last member."""
    line: str = row.raw
    if row.problem == "bad-json":
        return f'{{"raw":{json.dumps(line, ensure_ascii=False)},"{KEY}":{answer}}}'
    if f'"{KEY}"' in line:
        line = without_answer(line)
    own = line[:-1].rstrip()
    return f'{own}{"" if own == "{" else ","}"{KEY}":{answer}}}'


def without_answer(line: str) -> str:
    """An object without the answer of an earlier run, all else to the byte.

    >>> without_answer('{"n": 1.50,  "tool": "ctclass","ctclass":{"primary":"bio"}}')
    '{"n": 1.50,  "tool": "ctclass"}'
    """
    decoder = json.JSONDecoder(parse_float=_Literal, parse_int=_Literal)

    def skip(at: int) -> int:
        found = _BLANK.match(line, at)
        return found.end() if found else at

    kept: list[str] = []
    at = skip(0) + 1
    while True:
        start = at
        key_at = skip(at)
        if line[key_at] == "}":
            break
        key, at = decoder.raw_decode(line, key_at)
        _, at = decoder.raw_decode(line, skip(skip(at) + 1))
        at = skip(at)
        if key != KEY:
            kept.append(line[start:at])
        if line[at] == "}":
            break
        at += 1
    return "{" + ",".join(kept) + "}"


def renamed(names: Sequence[str], new: Sequence[str]) -> Phrase:
    """What to say of columns that could not keep their names."""
    pairs = [f"{a or '(空)'} → {b}" for a, b in zip(names, new, strict=True) if a != b]
    shown = "、".join(pairs[:5]) + (" …" if len(pairs) > 5 else "")
    return Phrase(
        f"同じ名前の列の名前を変えました: {shown}", f"Columns of the same name are renamed: {shown}"
    )


def _no_object(path: str) -> InputError:
    return InputError(
        Phrase("JSON オブジェクトの行が一つもありません", "No line is a JSON object"),
        where=f"{path}:1",
        hint=Phrase(
            "1 行に 1 件の JSON Lines にしてください(JSON の配列なら jq -c '.[]' で直せます)",
            "Give JSON Lines, one object a line (jq -c '.[]' makes them from a JSON array)",
        ),
    )


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _without_surrogates(text: str) -> str:
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)
