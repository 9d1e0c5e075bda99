"""Excel workbooks, read: formulas are never run, damage is said in plain words."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import chain, islice
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from ctclass.errors import InputError, Phrase
from ctclass.tables.delimited import empty
from ctclass.tables.files import Source
from ctclass.tables.heading import Heading, HeadingRule
from ctclass.tables.rows import Chunk, Row, TableReader, chunked

_GLANCE = 1_000
"""Rows of a further sheet in which a heading is looked for."""
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
    """Rows of the `sheet` that is named, else of the first with a heading, else of the first
    that holds anything; a hidden one is only looked at where no other has a heading.

    Blank rows are no rows. A cell to the right of the last heading is a column of its
    own without a name, so that no remark is read as a part of the abstract.
    """

    def __init__(self, source: Source, rule: HeadingRule, sheet: str | None = None) -> None:
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
            found = self._find_sheet(rule, sheet)
            if found:
                self._sheet, heading = found
                self._above = heading.above + heading.rows
                extent = _extent(data, own[self._sheet]._worksheet_path)  # noqa: SLF001
                self.header = heading.names + [""] * (extent.width - len(heading.names))
                self.row_count = max(0, extent.rows - self._above)
                self._formulas = load_workbook(data, read_only=True) if extent.formulas else None
        if not found:
            raise empty(self.path)
        self.sheet = self._sheet

    def chunks(self, rows: int) -> Iterator[Chunk]:
        return chunked(self._rows(), rows)

    def close(self) -> None:
        self._values.close()
        self.source.close()

    def _find_sheet(self, rule: HeadingRule, named: str | None) -> tuple[str, Heading] | None:
        """The sheet that is read and its heading; what is to be known of others is noted."""
        sheets = self._values.worksheets
        names = [sheet.title for sheet in sheets]
        if named is not None and named not in names:
            raise _no_sheet(self.path, named, names)
        shown = [sheet.title for sheet in sheets if sheet.sheet_state == "visible"]
        hidden = [name for name in names if name not in shown]
        found = self._headings([named] if named else shown, rule)
        if not any(heading.known for heading in found.values()) and not named:
            found |= self._headings(hidden, rule)
        known = [name for name, heading in found.items() if heading.known]
        if not found:
            return None
        chosen = (known or [*found])[0]
        if len(names) > 1:
            self.notes.append(
                Phrase(
                    f"シート「{chosen}」を読みました(全 {len(names)} シート)",
                    f"Read the sheet {chosen!r} (of {len(names)})",
                )
            )
        if others := [name for name in known[1:] if name in shown]:
            self.notes.append(_unread(others))
        self.notes += found[chosen].notes
        return chosen, found[chosen]

    def _headings(self, names: Sequence[str], rule: HeadingRule) -> dict[str, Heading]:
        """The headings of the sheets that hold anything. One that is damaged behind the
        first that has a heading is not read, so it fails nothing."""
        found: dict[str, Heading] = {}
        for name in names:
            done = any(heading.known for heading in found.values())
            rows = enumerate(self._iterate(self._values, name), 1)
            # A sheet that is only looked at for a note may have a million rows that are empty.
            looked_at = islice(rows, _GLANCE) if done else rows
            filled = ((number, _heading(r)) for number, r in looked_at if any(map(_filled, r)))
            with suppress(InputError) if done else nullcontext():
                if (heading := rule.find(filled)) and heading.names:
                    found[name] = heading
        return found

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
            for cells in islice(filled, self._above, None):
                yield self._row(cells)
            return
        written = chain(self._iterate(self._formulas, self._sheet, values_only=True), _endless())
        both = (
            (cells, row) for cells, row in zip(shown, written, strict=False)
            if any(value is not None for value in row)
        )  # fmt: skip
        for cells, row in islice(both, self._above, None):
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


def _unread(names: Sequence[str]) -> Phrase:
    return Phrase(
        f"シート {'、'.join(names)} も研究課題の表のようですが、読んでいません"
        "(ctclass tag … --table シート名 で選べます)",
        f"Not read, though it looks like a table of projects too: sheet {', '.join(names)} "
        "(choose one with ctclass tag … --table SHEET)",
    )


def _no_sheet(path: str, named: str, names: Sequence[str]) -> InputError:
    return InputError(
        Phrase(
            f"シート {named!r} がありません。あるシート: {'、'.join(names)}",
            f"There is no sheet {named!r}. There are: {', '.join(names)}",
        ),
        where=path,
        hint=Phrase("--table のシート名を確かめてください", "Check the name after --table"),
    )


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
