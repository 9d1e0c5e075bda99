"""Excel workbooks, written: text cells stay text, nothing is cut in silence."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import IO, Any

from ctclass.errors import InputError, Phrase
from ctclass.tables.excel_dress import BOLD, FONT, PLAIN, SIZE, Dress, height_of, lines_of
from ctclass.tables.look import Face, Look
from ctclass.tables.marking import find_words, runs
from ctclass.tables.output import writing
from ctclass.tables.rows import (
    Chunk,
    Row,
    TableReader,
    TableWriter,
    cut_for_excel,
    cut_note,
)

MOST_ROWS = 1_048_575
SHEET = "判定 Answers"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WIDTHS = {"ct_scores": 28, "ct_evidence": 44, "ct_subtechnologies": 34, "ct_areas": 24}
_NO_FACES: Mapping[str, Face] = {}
_ASKED = Face()
_BESIDE_NOTES = 30


class ExcelWriter(TableWriter):
    """Writes a workbook row by row; long cells are cut visibly and counted.

    With a `look` it is made for people: see `Look`. What they entered in an earlier
    workbook moves to the columns for it, with what they were asked then.
    """

    def __init__(
        self, path: str, reader: TableReader, appended: Sequence[str], look: Look | None = None
    ) -> None:
        self._headings = appended
        self._look = look
        self._cut = self._dropped = self._row = self._carried = 0
        super().__init__(path, reader, appended)

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        import xlsxwriter

        del appended
        self._refuse_long(reader)
        self._native = reader.format == "xlsx"
        # Rows wait in a file of their own until the end; it must not outlive a broken run.
        self._rows = TemporaryDirectory(prefix="ctclass-")
        options: dict[str, Any] = {
            "constant_memory": True, "remove_timezone": True, "tmpdir": self._rows.name,
        }  # fmt: skip
        if self._look:
            options["default_format_properties"] = {"font_name": FONT, "font_size": SIZE}
        self._valve = _Valve(self.output.stream)
        self._book = xlsxwriter.Workbook(self._valve, options)
        # The same input gives the same bytes: no date of the day inside.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        self._formats: dict[str | None, Any] = {}
        self._sheet = self._book.add_worksheet(SHEET if self._look else "ctclass")
        self._dress = Dress(self._book, self._look) if self._look else None
        self._find_entries(reader)
        self._write_heading()

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        del records
        with writing(self.path):
            for row, new in zip(chunk.rows, columns, strict=True):
                self._row += 1
                if self._row > MOST_ROWS:
                    raise self._too_long()
                if self._dress:
                    self._write_dressed(self._dress, row, new)
                    continue
                for place, i in enumerate(self.kept):
                    self._put(place, *self._own(row, i))
                for place, cell in enumerate(new, len(self.kept)):
                    self._put(place, cell)

    def finish(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        own, entries = len(self.own_header), self._look.entries if self._look else ()
        last = own + len(self._headings) + len(entries) - 1
        self._sheet.autofilter(0, 0, self._row, last)
        if self._dress:
            self._dress.finish(self._sheet, self._row, own, len(self._headings))
            for page in self.pages():
                self._dress.page(page)
        try:
            self._book.close()
        except FileCreateError as wrapped:
            cause = wrapped.args[0] if wrapped.args else wrapped
            raise cause if isinstance(cause, OSError) else OSError(str(cause)) from wrapped
        self._rows.cleanup()
        self._say_what_was_done()

    def abandon(self) -> None:
        self._valve.shut = True
        self._book.fileclosed = True
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        self._rows.cleanup()

    def _refuse_long(self, reader: TableReader) -> None:
        """Before the work where the rows are known, else when there is one too many."""
        if reader.row_count is not None and reader.row_count > MOST_ROWS:
            raise self._too_long(reader.row_count)

    def _too_long(self, rows: int | None = None) -> InputError:
        ja, en = (f"(この表は {rows:,} 行)", f" (this table has {rows:,})") if rows else ("", "")
        return InputError(
            Phrase(
                f"Excel の行数の上限({MOST_ROWS:,})を超えます{ja}",
                f"Excel holds no more than {MOST_ROWS:,} rows{en}",
            ),
            where=self.path,
            hint=Phrase("-o で .csv か .parquet を指定してください", "Use .csv or .parquet"),
        )

    def _find_entries(self, reader: TableReader) -> None:
        """Columns in which people answered before; they move behind the new answers."""
        names = [entry.name for entry in self._look.entries] if self._look else []
        at = {name: i for i, name in reversed(list(enumerate(reader.header))) if name in names}
        self._entries = [at.get(name) for name in names]
        self.kept = [i for i in self.kept if i not in at.values()]
        self.own_header = [reader.header[i] for i in self.kept]

    def _write_heading(self) -> None:
        own = len(self.own_header)
        names = [*self.own_header, *self._headings]
        if self._dress:
            self._dress.head(self._sheet, self.own_header, self.kept, self._headings)
            for place, name in enumerate([*names, *(e.name for e in self._dress.look.entries)]):
                form = self._dress.name_format(place, own, self._headings)
                self._put_text(place, name, form)
            return
        bold = self._book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True})
        for place, name in enumerate(names):
            key = name.partition(" ")[0]
            width = _WIDTHS.get(key, 16 if place >= own else min(40, 12 + len(name)))
            self._sheet.set_column(place, place, width)
            self._put_text(place, name, bold)
        self._sheet.freeze_panes(1, 0)

    def _own(self, row: Row, i: int) -> tuple[Any, str | None]:
        """An own cell with its number format."""
        if not self._native:
            return row.cells[i], None
        return (row.raw[i].value, row.raw[i].number_format) if i < len(row.raw) else (None, None)

    def _write_dressed(self, dress: Dress, row: Row, new: Sequence[str]) -> None:
        """A row for people: its height first, for rows are written as they come."""
        look = dress.look
        values = [self._own(row, i) for i in self.kept]
        said = self._said(row)
        own, answers = len(values), dict(zip(self._headings, new, strict=True))
        widths = [look.headings[name].width for name in self._headings]
        lines = [lines_of(text, width) for text, width in zip(new, widths, strict=True)]
        texts: dict[int, str] = {}
        for place, (value, _) in enumerate(values):
            if isinstance(value, str) and value:
                dress.measure(self._row, place, value)
                if self.kept[place] in look.marked:
                    texts[place] = self._fitted(value)
                    lines.append(lines_of(value, look.marked[self.kept[place]]))
        self._set_height(height_of(max(lines)))
        spans = find_words(list(texts.values()), answers[look.words].split(";"))
        marks = dict(zip(texts, spans, strict=True))
        for place, (value, form) in enumerate(values):
            if place not in marks:
                self._put(place, value, form)
            elif marks[place]:
                self._put_runs(place, texts[place], runs(texts[place], marks[place], PLAIN, BOLD))
            else:
                self._put_fitted(place, texts[place])
        for place, (name, value) in enumerate(answers.items(), own):
            face = look.faces.get(name, _NO_FACES).get(value)
            self._put_text(place, value, dress.format(face=face) if face else None)
        if said:
            for place, value in enumerate(said, own + len(new)):
                self._put_text(place, value)
        else:
            face = look.faces[look.asked_face].get(answers[look.asked_face])
            self._put_text(own + len(new), look.asked(new), dress.format(face=face or _ASKED))

    def _said(self, row: Row) -> list[str]:
        """What people entered in an earlier workbook, with what they were asked then."""
        old = ["" if i is None else row.cells[i] for i in self._entries]
        if not any(text.strip() for text in old[1:]):
            return []
        self._carried += 1
        return old

    def _set_height(self, height: float) -> None:
        self._sheet.set_row(self._row, height)
        # XlsxWriter keeps the heights of all rows. It needs those of the row being written,
        # and at the end those of the first few, beside which the notes are drawn.
        if self._row > _BESIDE_NOTES:
            for kept in (self._sheet.row_info, self._sheet.row_sizes):
                kept.pop(self._row - 2, None)

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
        if self._dress:
            return self._dress.format(form)
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form})
        return self._formats[form]

    def _put_text(self, place: int, text: str, form: Any = None) -> None:
        if text:
            self._put_fitted(place, self._fitted(text), form)
        elif form is not None:
            self._sheet.write_blank(self._row, place, None, form)

    def _put_fitted(self, place: int, text: str, form: Any = None) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter would take it for XML of its own and write it as it stands.
            self._put_runs(place, text, runs(text, [], "", ""), form)
        else:
            self._sheet.write_string(self._row, place, text, form)

    def _put_runs(self, place: int, text: str, xml: str, form: Any = None) -> None:
        """Much faster than `write_rich_string`, which makes the XML of a font for each run."""
        from xlsxwriter.worksheet import CellRichStringTuple

        self._sheet.write_string(self._row, place, "-", form)
        self._sheet.table[self._row][place] = CellRichStringTuple(xml, form, text)

    def _fitted(self, text: str) -> str:
        """A text as a cell can hold it."""
        if _FORBIDDEN.search(text):
            self._dropped += 1
            text = _FORBIDDEN.sub("\ufffd", text)
        cut = cut_for_excel(text)
        self._cut += cut is not text
        return cut

    def _say_what_was_done(self) -> None:
        if self._cut:
            self.notes.append(cut_note(self._cut))
        if self._dropped:
            self.notes.append(
                Phrase(
                    f"{self._dropped} セルの制御文字を \ufffd に置き換えました",
                    f"Control characters in {self._dropped} cells became \ufffd",
                )
            )
        if self._carried:
            self.notes.append(
                Phrase(
                    f"人の記入がある {self._carried} 行は、そのときの判定とともに残しました",
                    f"What people entered in {self._carried} rows is kept, with what they judged",
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
