"""Excel workbooks, read: formulas are never run, damage is said in plain words."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from ctclass.errors import InputError, Phrase
from ctclass.tables.delimited import empty
from ctclass.tables.files import Source
from ctclass.tables.rows import HEADING_WITHIN, Chunk, Row, TableReader, chunked, heading_at

_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]+)\d+"[^>]*[^/>]?><(?:\w+:)?[vfi]')
_ROW = re.compile(rb"<(?:\w+:)?row[ >]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_DAMAGE = (zipfile.BadZipFile, zlib.error, ParseError, KeyError, IndexError, ValueError, TypeError,
           AttributeError, EOFError, OSError, NotImplementedError)  # fmt: skip
"""What openpyxl raises on damaged workbooks; it has no exception of its own for most."""


class Shown(NamedTuple):
    """A cell that is not as it stands in the workbook."""

    value: Any
    number_format: str | None = None


class ExcelReader(TableReader):
    """Rows of the first sheet with a heading, else of the first that holds anything.

    Blank rows are no rows. A cell to the right of the last heading is a column of its
    own without a name, so that no remark is read as a part of the abstract.
    """

    def __init__(
        self, source: Source, is_heading: Callable[[Sequence[str]], bool] | None = None
    ) -> None:
        from openpyxl import load_workbook

        super().__init__(source)
        self.format = "xlsx"
        # Of missing default styles and the like: nothing that a reader could act on.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        with _intact(self.path), source.open() as file:
            data = io.BytesIO(file.read())
            self._values = load_workbook(data, read_only=True, data_only=True)
            own: Any = self._values
            self.properties = {p.name: str(p.value) for p in own.custom_doc_props.props}
            self._sheet, self._above, self.header = self._find_sheet(is_heading)
            if self.header:
                sheet: Any = self._values[self._sheet]
                extent = _extent(data, sheet._worksheet_path)  # noqa: SLF001
                self.header += [""] * (extent.width - len(self.header))
                self.row_count = max(0, extent.rows - self._above - 1)
                self._formulas = load_workbook(data, read_only=True) if extent.formulas else None
        if not self.header:
            raise empty(self.path)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        return chunked(self._rows(), rows)

    def close(self) -> None:
        self._values.close()
        self.source.close()

    def _find_sheet(
        self, is_heading: Callable[[Sequence[str]], bool] | None
    ) -> tuple[str, int, list[str]]:
        """The sheet, how many rows that are not blank stand above its heading, the heading."""
        names = [sheet.title for sheet in self._values.worksheets]
        first: tuple[str, int, list[str]] | None = None
        for name in names:
            filled = (r for r in self._iterate(self._values, name) if any(map(_filled, r)))
            rows = [_heading(row) for row in islice(filled, HEADING_WITHIN)]
            at = heading_at(rows, is_heading)
            if rows and (first is None or at is not None):
                first = (name, at or 0, rows[at or 0])
            if at is not None:
                break
        if first is None:
            return "", 0, []
        if len(names) > 1:
            self.notes.append(
                Phrase(
                    f"シート「{first[0]}」を読みました(全 {len(names)} シート)",
                    f"Read the sheet {first[0]!r} (of {len(names)})",
                )
            )
        self.note_heading(first[1])
        return first

    def _iterate(self, book: Any, name: str, **options: Any) -> Iterator[tuple[Any, ...]]:
        sheet = book[name]
        sheet.reset_dimensions()  # some programs write a wrong extent
        rows = sheet.iter_rows(**options)
        number = 0
        while True:
            number += 1
            with _intact(f"{self.path}, {name}, row {number}"):
                row = next(rows, None)
            if row is None:
                return
            yield row

    def _rows(self) -> Iterator[Row]:
        shown = self._iterate(self._values, self._sheet)
        if self._formulas is None:
            filled = (row for row in shown if any(map(_filled, row)))
            for cells in islice(filled, self._above + 1, None):
                yield self._row(cells)
            return
        written = chain(self._iterate(self._formulas, self._sheet, values_only=True), _endless())
        both = (
            (cells, row) for cells, row in zip(shown, written, strict=False)
            if any(value is not None for value in row)
        )  # fmt: skip
        for cells, row in islice(both, self._above + 1, None):
            yield self._worked_out(cells, row)

    def _worked_out(self, cells: tuple[Any, ...], written: tuple[Any, ...]) -> Row:
        """A formula that no program has worked out is shown, not hidden.

        One whose result is the empty string has a result: Excel marks it as text.
        """
        problem = None
        found = list(cells)
        for i, formula in enumerate(written[: len(found)]):
            if formula is not None and not _filled(found[i]) and found[i].data_type != "str":
                found[i] = Shown(formula if isinstance(formula, str) else _array(formula))
                if self.judged is None or i in self.judged:
                    problem = "formula"
        return self._row(tuple(found), problem)

    def _row(self, cells: tuple[Any, ...], problem: str | None = None) -> Row:
        missing = len(self.header) - len(cells)
        if missing < 0:  # a workbook whose cells do not tell their columns
            joined = "\t".join(map(_text, cells[missing - 1 :])).rstrip("\t")
            cells = (*cells[: missing - 1], Shown(joined))
            problem = problem or "ragged"
        texts = list(map(_text, cells))
        return Row(texts + [""] * missing, problem, cells)


def _filled(cell: Any) -> bool:
    return cell.value is not None


def _heading(cells: Sequence[Any]) -> list[str]:
    names = list(map(_text, cells))
    while names and not names[-1]:
        names.pop()
    return names


def _endless() -> Iterator[tuple[Any, ...]]:
    while True:
        yield ()


def _array(formula: Any) -> str:
    return getattr(formula, "text", None) or "=TABLE()"


def _text(cell: Any) -> str:
    """A cell as text: 2024.0 is 2024, a date is ISO, the zeros of an id (`00000`) are kept.

    >>> [_text(Shown(v)) for v in (2024.0, True, None, dt.date(2026, 4, 1))]
    ['2024', 'true', '', '2026-04-01']
    >>> _text(Shown(7, "00000")), _text(Shown(dt.timedelta(hours=30)))
    ('00007', '30:00:00')
    """
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, (bool, int, float)):
        return _number(value, cell.number_format or "")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _number(value: float, form: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not value.is_integer():
        return str(value)
    return str(int(value)).zfill(len(form) if form.strip("0") == "" else 0)


class _Extent(NamedTuple):
    rows: int
    width: int
    formulas: bool


def _extent(data: io.BytesIO, path: str) -> _Extent:
    """What a sheet holds, from its bytes: a tenth of the time that reading its cells takes."""
    columns: set[bytes] = set()
    rows = 0
    formulas = False
    rest = b""
    with zipfile.ZipFile(data) as archive, archive.open(path.removeprefix("/")) as sheet:
        while block := sheet.read(1 << 20):
            whole, mark, tail = (rest + block).rpartition(b"</")
            rest = mark + tail
            columns.update(_CELL.findall(whole))
            rows += len(_ROW.findall(whole))
            formulas = formulas or _FORMULA.search(whole) is not None
    width = 0
    for letters in columns:
        number = 0
        for letter in letters:
            number = number * 26 + letter - 64
        width = max(width, number)
    return _Extent(rows, width, formulas)


@contextmanager
def _intact(where: str) -> Iterator[None]:
    """Turn what openpyxl raises on a damaged workbook into an InputError."""
    try:
        yield
    except _DAMAGE as error:
        raise InputError(
            Phrase(
                f"Excel ファイルを読めません({type(error).__name__})",
                f"The Excel file cannot be read ({type(error).__name__})",
            ),
            where=where,
            hint=Phrase(
                "Excel で開き、パスワードのない .xlsx で保存し直してください",
                "Open it in Excel and save it again as .xlsx without a password",
            ),
        ) from error
