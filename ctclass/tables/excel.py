"""Excel workbooks: text cells stay text, formulas are never run, nothing is cut in silence."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.tables.delimited import empty
from ctclass.tables.files import Source, writing
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter, chunked

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
_CUT = "…[以下略/cut]"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WIDTHS = {"ct_scores": 28, "ct_evidence": 44, "ct_subtechnologies": 34, "ct_areas": 24}


class ExcelReader(TableReader):
    """Rows of the first sheet that holds anything. Blank rows are no rows."""

    def __init__(self, source: Source) -> None:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        super().__init__(source)
        self.format = "xlsx"
        try:
            with source.open() as file:
                data = io.BytesIO(file.read())
            self._values = load_workbook(data, read_only=True, data_only=True)
            self._formulas = load_workbook(data, read_only=True) if _has_formulas(data) else None
            self._sheet, self.header = self._find_sheet()
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise InputError(
                Phrase("Excel ファイルを読めません", "The Excel file cannot be read"),
                where=source.path,
                hint=Phrase(
                    "パスワードのない .xlsx で保存し直してください",
                    "Save it again as .xlsx without a password",
                ),
            ) from error
        if not self.header:
            raise empty(self.path)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        return chunked(self._rows(), rows)

    def close(self) -> None:
        self._values.close()
        self.source.close()

    def _find_sheet(self) -> tuple[str, list[str]]:
        names = [sheet.title for sheet in self._values.worksheets]
        for name in names:
            for values in self._iterate(self._values, name):
                if any(v is not None for v in values):
                    header = [_text(v) for v in values]
                    while header and not header[-1]:
                        header.pop()
                    if len(names) > 1:
                        self.notes.append(
                            Phrase(
                                f"シート「{name}」を読みました(全 {len(names)} シート)",
                                f"Read the sheet {name!r} (of {len(names)})",
                            )
                        )
                    return name, header
        return "", []

    def _iterate(self, book: Any, name: str) -> Iterator[tuple[Any, ...]]:
        sheet = book[name]
        sheet.reset_dimensions()  # some programs write a wrong extent
        yield from sheet.iter_rows(values_only=True)

    def _rows(self) -> Iterator[Row]:
        values = self._iterate(self._values, self._sheet)
        formulas = self._iterate(self._formulas, self._sheet) if self._formulas else None
        seen_header = False
        for shown in values:
            written = next(formulas, shown) if formulas else shown
            if all(v is None for v in written):
                continue
            if seen_header:
                yield self._row(shown, written)
            seen_header = True

    def _row(self, shown: tuple[Any, ...], written: tuple[Any, ...]) -> Row:
        """A row as texts; a formula that no program has worked out is shown, not hidden."""
        values = list(shown)
        problem = None
        for i, formula in enumerate(written[: len(values)]):
            if values[i] is None and formula is not None:
                values[i] = formula
                problem = "formula"
        width = len(self.header)
        if any(v is not None for v in values[width:]):
            problem = problem or "ragged"
            values[width - 1] = "\t".join(map(_text, values[width - 1 :])).rstrip("\t")
        values = values[:width] + [None] * (width - len(values))
        return Row([_text(v) for v in values], problem, values)


class ExcelWriter(TableWriter):
    """Writes a workbook row by row; long cells are cut visibly and counted."""

    def __init__(
        self,
        path: str,
        reader: TableReader,
        appended: Sequence[str],
        headings: Sequence[str] | None,
    ) -> None:
        self._headings = headings or appended
        self._cut = self._dropped = self._row = 0
        super().__init__(path, reader, appended)

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        import xlsxwriter

        del appended
        self._native = reader.format == "xlsx"
        # Rows wait in a file of their own until the end; it must not outlive a broken run.
        self._rows = TemporaryDirectory(prefix="ctclass-")
        options = {"constant_memory": True, "remove_timezone": True, "tmpdir": self._rows.name}
        self._book = xlsxwriter.Workbook(self.output.stream, options)
        # The same input gives the same bytes: no date of the day inside.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet = self._book.add_worksheet("ctclass")
        self._write_heading()

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        del records
        with writing(self.path):
            for row, new in zip(chunk.rows, columns, strict=True):
                self._row += 1
                if self._row > MOST_ROWS:
                    raise InputError(
                        Phrase(
                            f"Excel の行数の上限({MOST_ROWS})を超えました",
                            f"Excel holds no more than {MOST_ROWS} rows",
                        ),
                        where=self.path,
                        hint=Phrase(
                            "-o で .csv か .parquet を指定してください", "Use .csv or .parquet"
                        ),
                    )
                own = row.raw if self._native else row.cells
                for place, i in enumerate(self.kept):
                    self._put(place, own[i])
                for place, cell in enumerate(new, len(self.kept)):
                    self._put(place, cell)

    def finish(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        last = len(self.own_header) + len(self._headings) - 1
        self._sheet.autofilter(0, 0, self._row, last)
        try:
            self._book.close()
        except FileCreateError as wrapped:
            cause = wrapped.args[0] if wrapped.args else wrapped
            raise cause if isinstance(cause, OSError) else OSError(str(cause)) from wrapped
        self._rows.cleanup()
        self._say_what_was_cut()

    def abandon(self) -> None:
        self._book.fileclosed = True
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        self._rows.cleanup()

    def _write_heading(self) -> None:
        bold = self._book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True})
        own = len(self.own_header)
        for place, name in enumerate([*self.own_header, *self._headings]):
            key = name.partition(" ")[0]
            width = _WIDTHS.get(key, 16 if place >= own else min(40, 12 + len(name)))
            self._sheet.set_column(place, place, width)
            self._sheet.write_string(0, place, name[:LONGEST_CELL], bold)
        self._sheet.freeze_panes(1, 0)

    def _put(self, place: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, (int, float)) and abs(value) < 1e15:
            self._sheet.write_number(self._row, place, value)
        elif isinstance(value, (dt.datetime, dt.date, dt.time)):
            form = self._date if type(value) is dt.date else self._time
            self._sheet.write_datetime(self._row, place, value, form)
        else:
            self._put_text(place, _text(value))

    def _put_text(self, place: int, text: str) -> None:
        if _FORBIDDEN.search(text):
            self._dropped += 1
            text = _FORBIDDEN.sub("\ufffd", text)
        if len(text.encode("utf-16-le")) // 2 > LONGEST_CELL:
            self._cut += 1
            room = (LONGEST_CELL - len(_CUT)) * 2
            text = text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _CUT
        self._sheet.write_string(self._row, place, text)

    def _say_what_was_cut(self) -> None:
        if self._cut:
            self.notes.append(
                Phrase(
                    f"Excel の上限を超える {self._cut} セルを切りました(全文は CSV で出せます)",
                    f"{self._cut} cells were too long for Excel and were cut (CSV keeps them)",
                )
            )
        if self._dropped:
            self.notes.append(
                Phrase(
                    f"{self._dropped} セルの制御文字を \ufffd に置き換えました",
                    f"Control characters in {self._dropped} cells became \ufffd",
                )
            )


def _text(value: Any) -> str:
    """A cell as text: 2024.0 is 2024, a date is ISO.

    >>> _text(2024.0), _text(True), _text(None), _text(dt.date(2026, 4, 1))
    ('2024', 'TRUE', '', '2026-04-01')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return "" if value is None else str(value)


def _has_formulas(data: io.BytesIO) -> bool:
    """Whether any sheet holds a formula: a second look at the file is dear."""
    with zipfile.ZipFile(data) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                tail = b""
                with archive.open(name) as sheet:
                    while block := sheet.read(1 << 20):
                        if re.search(rb"<f[ >/]", tail + block):
                            return True
                        tail = block[-2:]
    return False
