"""CSV and TSV, as people really have them: any encoding, ragged rows, stray quotes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, Self

from ctclass.errors import InputError, Phrase
from ctclass.tables.encoding import NAMES, find_encoding
from ctclass.tables.files import Source, packing, reading
from ctclass.tables.heading import HeadingRule
from ctclass.tables.output import writing
from ctclass.tables.rows import (
    Chunk,
    Row,
    TableReader,
    TableWriter,
    chunked,
    cut_for_excel,
    cut_note,
)

LARGEST_RECORD = 1 << 28
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝")
_UNICODE = ("utf-8", "utf-8-sig")
_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+%?")


class DelimitedReader(TableReader):
    """Rows of a CSV or TSV file. A row that is not as wide as the heading is marked."""

    def __init__(self, source: Source, kind: str, encoding: str | None, rule: HeadingRule) -> None:
        super().__init__(source)
        self.format = kind
        self._found = find_encoding(source, encoding)
        self.encoding = self._found.codec
        if not self._found.fits:
            self.notes.append(_misfit(self._found.codec))
        csv.field_size_limit(LARGEST_RECORD)
        with reading(self.path), self._text() as text:
            lines = enumerate(text, 1)
            number, first = next((x for x in lines if x[1].strip("\r\n \t\ufeff")), (0, ""))
        self.line_end = "\r\n" if first.endswith("\r\n") else "\n"
        self.delimiter = _delimiter_of(first, kind)
        if self.delimiter != "\t":
            self.format = "csv"
        # Excel reads and writes a first line that only names the delimiter.
        named = re.fullmatch(r'\ufeff?"?sep=([,;\t|])"?\s*', first)
        self._lead = number if named else 0
        if named:
            self.delimiter = named.group(1)
        self.header: list[str] = []
        with closing(self._records()) as records:
            found = rule.find((self._lines.first, list(row.cells)) for row in records)
        if found is None:
            raise empty(self.path)
        self.header = found.names
        self._above = found.above + found.rows
        self.notes += found.notes

    def chunks(self, rows: int) -> Iterator[Chunk]:
        records = islice(self._records(), self._above, None)
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
            self._lines = lines = _Lines(text)
            for _ in range(self._lead):
                next(lines)
            yield from self._parse(lines)

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
                yield Row(self._parse_loosely(lines, error), "stray-quote")
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

    def _parse_loosely(self, lines: _Lines, error: csv.Error) -> list[str]:
        """A record with a quote in the wrong place: `1,"量子"暗号,概要` keeps all its quotes.

        Of two readings the one that is as wide as the heading is taken. A cell that
        never closes, or closes only lines further down, is an InputError.
        """
        start = lines.first
        if len(lines.held) == 1 and "expected after" in str(error):
            line = lines.held[0]
            cells = literal_cells(lines, self.delimiter)
            if cells and len(cells) != len(self.header):
                other = next(csv.reader([line], delimiter=self.delimiter))
                if len(other) == len(self.header) and len(lines.held) == 1:
                    return other
            if cells:
                return cells
        raise InputError(
            Phrase(
                '引用符 " が閉じていないか、セルが大きすぎます',
                'A quotation mark " is not closed, or a cell is too large',
            ),
            where=f"{self.path}:{max(1, start)}",
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

    @property
    def first(self) -> int:
        """The number of the line that the record begins on."""
        return self.count - len(self.held) + 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.count += 1
        self.held.append(line)
        return line


def literal_cells(lines: _Lines, delimiter: str) -> list[str] | None:
    """The cells of the record that begins on the held line; None when one stays open.

    A cell is quoted when the quote that opens it is closed before a delimiter; where
    something else follows the closing quote on the same line, all its quotes are text.
    """
    text, at = lines.held[-1], 0
    cells: list[str] = []
    while True:
        plain = re.compile(rf"[^{delimiter}\r\n]*").match(text, at)
        cell, end = (plain.group(), plain.end()) if plain else ("", at)
        if text.startswith('"', at):
            while not (quoted := _QUOTED.match(text, at)):
                more = list(_until_quote(lines))
                if not more:
                    return None
                text += "".join(more)
            after = text[quoted.end() : quoted.end() + 1]
            if after in (delimiter, "\r", "\n", ""):
                cell, end = quoted.group(1).replace('""', '"'), quoted.end()
            elif "\n" in quoted.group() or "\r" in quoted.group():
                return None
        cells.append(cell)
        if text[end : end + 1] != delimiter:
            return cells
        at = end + 1


def _until_quote(lines: _Lines) -> Iterator[str]:
    for line in lines:
        yield line
        if '"' in line:
            return


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
        self._neutralized = self._cut = 0
        super().__init__(path, reader, appended)

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        self._whole = len(self.kept) == len(reader.header)
        self._stream: Any = packing(self.output.stream) if self._packed else self.output.stream
        self._text = io.TextIOWrapper(self._stream, encoding=self._codec(reader), newline="")
        form: Any = {
            "delimiter": self._delimiter,
            "lineterminator": "\r\n" if self._headings else reader.line_end,
        }
        self._csv = csv.writer(self._text, **form)
        # The csv module of Python 3.11 leaves a lone \r bare where lines end in \n.
        self._quoting = csv.writer(self._text, quoting=csv.QUOTE_ALL, **form)
        own = map(self._for_excel, self.own_header) if self._headings else self.own_header
        self._write_rows([[*own, *(self._headings or appended)]])

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
            rows = ([self._for_excel(cell) for cell in row] for row in rows)
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
        if self._cut:
            self.notes.append(cut_note(self._cut))

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

    def _for_excel(self, cell: str) -> str:
        if cell.startswith(_FORMULA) and len(cell) > 1 and not _NUMBER.fullmatch(cell):
            self._neutralized += 1
            cell = "'" + cell
        cut = cut_for_excel(cell)
        self._cut += cut is not cell
        return cut


def empty(path: str) -> InputError:
    """What to say of a file without a heading."""
    return InputError(
        Phrase("ファイルが空です", "The file is empty"),
        where=path,
        hint=Phrase("1 行目に列名のある表を指定してください", "Give a table with a heading line"),
    )


def _delimiter_of(line: str, kind: str) -> str:
    """What parts the cells of a heading; in a TSV the tab, unless it holds none but commas."""
    plain = re.sub(r'"[^"]*"', "", line)
    if kind == "tsv" and ("\t" in plain or not re.search("[,;]", plain)):
        return "\t"
    return max(",\t;", key=lambda sign: (plain.count(sign), -",\t;".index(sign)))


def _misfit(codec: str) -> Phrase:
    name = NAMES.get(codec, codec)
    return Phrase(
        f"{name} として読めないバイトがあり、その行は bad-encoding としました",
        f"Some bytes are not {name}; their rows are marked bad-encoding",
    )
