"""Excel workbooks, written: text cells stay text, nothing is cut in silence."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import IO, Any

from ctclass.errors import InputError, Phrase
from ctclass.tables.files import writing
from ctclass.tables.rows import (
    LONGEST_CELL,
    Chunk,
    TableReader,
    TableWriter,
    cut_for_excel,
    cut_note,
)

MOST_ROWS = 1_048_575
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WIDTHS = {"ct_scores": 28, "ct_evidence": 44, "ct_subtechnologies": 34, "ct_areas": 24}


class ExcelWriter(TableWriter):
    """Writes a workbook row by row; long cells are cut visibly and counted."""

    def __init__(self, path: str, reader: TableReader, appended: Sequence[str]) -> None:
        self._headings = appended
        self._cut = self._dropped = self._row = 0
        super().__init__(path, reader, appended)

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        import xlsxwriter

        del appended
        self._native = reader.format == "xlsx"
        # Rows wait in a file of their own until the end; it must not outlive a broken run.
        self._rows = TemporaryDirectory(prefix="ctclass-")
        options = {"constant_memory": True, "remove_timezone": True, "tmpdir": self._rows.name}
        self._valve = _Valve(self.output.stream)
        self._book = xlsxwriter.Workbook(self._valve, options)
        # The same input gives the same bytes: no date of the day inside.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        self._formats: dict[str | None, Any] = {}
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
                for place, i in enumerate(self.kept):
                    if not self._native:
                        self._put(place, row.cells[i])
                    elif i < len(row.raw):
                        self._put(place, row.raw[i].value, row.raw[i].number_format)
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
        self._valve.shut = True
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

    def _put(self, place: int, value: Any, form: str | None = None) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif (isinstance(value, int) and abs(value) < 2**53) or (
            isinstance(value, float) and math.isfinite(value)
        ):
            self._sheet.write_number(self._row, place, value, self._format(form))
        elif isinstance(value, (dt.datetime, dt.date, dt.time, dt.timedelta)):
            self._sheet.write_datetime(self._row, place, value, self._format(form))
        else:
            self._put_text(place, str(value))

    def _format(self, form: str | None) -> Any:
        if form in (None, "General"):
            return None
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form})
        return self._formats[form]

    def _put_text(self, place: int, text: str) -> None:
        if _FORBIDDEN.search(text):
            self._dropped += 1
            text = _FORBIDDEN.sub("\ufffd", text)
        cut = cut_for_excel(text)
        self._cut += cut is not text
        self._sheet.write_string(self._row, place, cut)

    def _say_what_was_cut(self) -> None:
        if self._cut:
            self.notes.append(cut_note(self._cut))
        if self._dropped:
            self.notes.append(
                Phrase(
                    f"{self._dropped} セルの制御文字を \ufffd に置き換えました",
                    f"Control characters in {self._dropped} cells became \ufffd",
                )
            )


class _Valve:
    """The stream under a workbook: once it is shut, what is written is forgotten.

    The ZipFile inside XlsxWriter writes when Python lets go of it, however the run
    ended; on a full disk that prints a traceback that nobody can catch.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._place = 0  # once shut; a ZipFile reckons with what it has written
        self.shut = False

    def write(self, data: bytes) -> int:
        if not self.shut:
            return self._stream.write(data)
        self._place += len(data)
        return len(data)

    def flush(self) -> None:
        if not self.shut:
            self._stream.flush()

    def tell(self) -> int:
        return self._place if self.shut else self._stream.tell()

    def seek(self, place: int, whence: int = 0) -> int:
        if not self.shut:
            return self._stream.seek(place, whence)
        self._place = place
        return place

    def close(self) -> None:
        """The stream belongs to the Output."""
