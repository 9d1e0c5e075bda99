"""CSV and TSV, as people really have them: any encoding, ragged rows, stray quotes."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any, Self

from ctclass.errors import InputError, Phrase
from ctclass.tables.encoding import NAMES, find_encoding
from ctclass.tables.files import Source, reading, writing
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter, chunked

LARGEST_RECORD = 1 << 28
_UNICODE = ("utf-8", "utf-8-sig")
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+%?")


class DelimitedReader(TableReader):
    """Rows of a CSV or TSV file. A row that is not as wide as the heading is marked."""

    def __init__(self, source: Source, kind: str, encoding: str | None) -> None:
        super().__init__(source)
        self.format = kind
        self._found = find_encoding(source, encoding)
        self.encoding = self._found.codec
        if not self._found.fits:
            self.notes.append(_misfit(self._found.codec))
        csv.field_size_limit(LARGEST_RECORD)
        with reading(self.path), self._text() as text:
            first = next((line for line in text if line.strip("\r\n \t\ufeff")), "")
        self.line_end = "\r\n" if first.endswith("\r\n") else "\n"
        self.delimiter = "\t" if kind == "tsv" else _delimiter_of(first)
        with closing(self._records()) as records:
            self.header = list(next((r.cells for r in records), ()))
        if not self.header:
            raise empty(self.path)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        records = self._records()
        next(records)
        return chunked(map(self._fit, records), rows)

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(
            self.source.open(),
            encoding=self._found.codec,
            errors=self._found.errors,
            newline="",
        )

    def _records(self) -> Generator[Row]:
        """Every record that is not a blank line, its problem noted.

        The parser is strict, so that a quote that opens and never closes is seen
        before it swallows the rows below it.
        """
        with self._text() as text:
            yield from self._parse(_Lines(text))

    def _parse(self, lines: _Lines) -> Iterator[Row]:
        records = csv.reader(lines, delimiter=self.delimiter, strict=True)
        while True:
            held = lines.held = []
            try:
                with reading(f"{self.path}:{lines.count + 1}"):
                    cells = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                cells = self._parse_loosely(held, lines.count, error)
                yield Row(cells, "stray-quote")
                continue
            if not cells:
                continue
            problem = None
            for line in held:
                if "\0" in line:
                    problem = "nul-bytes"
                if not self._found.fits and "\ufffd" in line:
                    problem = "bad-encoding"
            yield Row(cells, problem)

    def _parse_loosely(self, held: list[str], count: int, error: csv.Error) -> list[str]:
        """A record on one line with a quote in the wrong place; longer ones are an InputError."""
        if len(held) == 1 and "unexpected end" not in str(error):
            with suppress(csv.Error):
                return next(csv.reader(held, delimiter=self.delimiter))
        raise InputError(
            Phrase(
                '引用符 " が閉じていないか、セルが大きすぎます',
                'A quotation mark " is not closed, or a cell is too large',
            ),
            where=f"{self.path}:{max(1, count - len(held) + 1)}",
            hint=Phrase(
                'その行の " を確かめて直してください(セルの中の " は "" と書きます)',
                'Mend the " on that line (within a cell it is written "")',
            ),
        )

    def _fit(self, row: Row) -> Row:
        cells, width = row.cells, len(self.header)
        if len(cells) == width:
            return row
        if len(cells) < width:
            return Row([*cells, *[""] * (width - len(cells))], row.problem or "ragged")
        joined = self.delimiter.join(cells[width - 1 :])
        return Row([*cells[: width - 1], joined], row.problem or "ragged")


class _Lines:
    """The lines of a text; `held` keeps those of the record that is being read."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.held: list[str] = []
        self.count = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.count += 1
        self.held.append(line)
        return line


class DelimitedWriter(TableWriter):
    """Writes CSV or TSV; for Excel with a BOM, CRLF, and cells that cannot run as formulas."""

    def __init__(
        self,
        path: str,
        reader: TableReader,
        appended: Sequence[str],
        *,
        tab: bool,
        packed: bool,
        headings: Sequence[str] | None,
    ) -> None:
        self._delimiter = "\t" if tab else ","
        self._headings = headings
        self._packed = packed
        self._neutralized = 0
        super().__init__(path, reader, appended)

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        self._whole = len(self.kept) == len(reader.header)
        stream: Any = self.output.stream
        if self._packed:
            stream = gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6)
        self._stream = stream
        self._text = io.TextIOWrapper(stream, encoding=self._codec(reader), newline="")
        form: Any = {
            "delimiter": self._delimiter,
            "lineterminator": "\r\n" if self._headings else reader.line_end,
        }
        self._csv = csv.writer(self._text, **form)
        # The csv module of Python 3.11 leaves a lone \r bare where lines end in \n.
        self._quoting = csv.writer(self._text, quoting=csv.QUOTE_ALL, **form)
        self._write_rows([[*self.own_header, *(self._headings or appended)]])

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        del records
        rows: Iterator[list[str]]
        if self._whole:
            rows = ([*row.cells, *new] for row, new in zip(chunk.rows, columns, strict=True))
        else:
            rows = (
                [*(row.cells[i] for i in self.kept), *new]
                for row, new in zip(chunk.rows, columns, strict=True)
            )
        if self._headings:
            rows = ([self._neutral(cell) for cell in row] for row in rows)
        with writing(self.path):
            self._write_rows(rows)

    def _write_rows(self, rows: Iterable[list[str]]) -> None:
        for row in rows:
            (self._quoting if "\r" in "".join(row) else self._csv).writerow(row)

    def finish(self) -> None:
        self._text.flush()
        self._text.detach()
        if self._packed:
            self._stream.close()
        if self._neutralized:
            self.notes.append(
                Phrase(
                    f"数式として動かないよう、{self._neutralized} セルの先頭に ' を付けました",
                    f"{self._neutralized} cells got a leading ' so that Excel does not run them",
                )
            )

    def abandon(self) -> None:
        self._text.detach()

    def _codec(self, reader: TableReader) -> str:
        """UTF-8 as it came; with a BOM for Excel, and for what was in another encoding.

        Another encoding could not hold every answer, and Excel takes UTF-8 only with a BOM.
        """
        if self._headings or reader.encoding == "utf-8-sig":
            return "utf-8-sig"
        if reader.encoding is None or reader.encoding in _UNICODE:
            return "utf-8"
        self.notes.append(
            Phrase("出力は UTF-8(BOM 付き、Excel で開けます)です", "The output is UTF-8 with a BOM")
        )
        return "utf-8-sig"

    def _neutral(self, cell: str) -> str:
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(cell):
            self._neutralized += 1
            return "'" + cell
        return cell


def empty(path: str) -> InputError:
    """What to say of a file without a heading."""
    return InputError(
        Phrase("ファイルが空です", "The file is empty"),
        where=path,
        hint=Phrase("1 行目に列名のある表を指定してください", "Give a table with a heading line"),
    )


def _delimiter_of(line: str) -> str:
    plain = re.sub(r'"[^"]*"', "", line)
    return max(",\t;", key=lambda sign: (plain.count(sign), -",\t;".index(sign)))


def _misfit(codec: str) -> Phrase:
    name = NAMES.get(codec, codec)
    return Phrase(
        f"{name} として読めないバイトがあり、その行は bad-encoding としました",
        f"Some bytes are not {name}; their rows are marked bad-encoding",
    )
