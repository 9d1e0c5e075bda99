"""What a workbook looks like: fonts, headings, widths, heights, drop-downs, pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ctclass.tables.look import INK, PAPER, Block, Entry, Face, Look, Page, Share, first_row

FONT, SIZE = "Yu Gothic", 10
_LINE = 17.0
"""Points that a line of Yu Gothic takes at this size."""
_LEAST_LINES, _MOST_LINES = 2, 10
_MARKED = "FFB42318"
_HEAD = {"bold": True, "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True}
_OWN, _ANSWER, _ENTRY = "#52606D", "#1F4E79", "#7A5B00"
_ENTRY_FILL = "#FFFBEA"
_LOOKED_AT = 200
"""Rows by which the width of a column is chosen."""


def font(*, marked: bool) -> str:
    """The font of a run, in the order in which Excel writes its parts."""
    bold, ink = ("<b/>", _MARKED) if marked else ("", "FF" + INK.removeprefix("#"))
    return (
        f'<rPr>{bold}<sz val="{SIZE}"/><color rgb="{ink}"/>'
        f'<rFont val="{FONT}"/><family val="2"/></rPr>'
    )


PLAIN, BOLD = font(marked=False), font(marked=True)


def width_of(text: str) -> float:
    """About how wide a text is, in digits: a kanji counts as two.

    >>> width_of("量子AI"), width_of("")
    (6.0, 0.0)
    """
    return (len(text) + len(text.encode("utf-8", "replace"))) / 2


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column."""
    return int(width_of(text) // max(1.0, width - 1)) + text.count("\n") + 1


def height_of(lines: int) -> float:
    """The height of a row in points: all of a usual abstract, the start of a long one."""
    return _LINE * min(max(lines, _LEAST_LINES), _MOST_LINES) + 3


class Dress:
    """The formats of a workbook and the widths of its columns."""

    def __init__(self, book: Any, look: Look) -> None:
        self.look = look
        self._book = book
        self._formats: dict[tuple[str | None, Face | None], Any] = {}
        self._marked: list[float] = []
        self._own: list[float] = []
        for name, value in look.properties.items():
            book.set_custom_property(name, value, "text")

    def format(self, form: str | None = None, face: Face | None = None) -> Any:
        """The format of a cell: its own number format, the face of its value."""
        key = None if form == "General" else form, face
        if key not in self._formats:
            asked: dict[str, Any] = {"valign": "top", "text_wrap": True, "font_color": INK}
            if face is not None:
                asked |= {"font_color": face.ink, "bold": face.bold}
                if face.fill != PAPER:
                    asked |= {"bg_color": face.fill, "border": 1, "border_color": "#D9DEE4"}
            self._formats[key] = self._book.add_format(
                asked | ({"num_format": key[0]} if key[0] else {})
            )
        return self._formats[key]

    def head(self, sheet: Any, own: Sequence[str], kept: Sequence[int], new: Sequence[str]) -> None:
        """Names, notes and widths of all columns; the names are written by the writer."""
        marked = self.look.marked
        self._marked = [marked.get(i, 0.0) for i in kept]
        self._own = [max(10.0, min(24.0, width_of(name) + 4)) for name in own]
        for place, name in enumerate(new, len(own)):
            heading = self.look.headings[name]
            sheet.set_column(place, place, heading.width, self.format())
            self._note(sheet, place, heading.note)
        entry_format = self.format(face=Face(fill=_ENTRY_FILL))
        for place, entry in enumerate(self.look.entries, len(own) + len(new)):
            sheet.set_column(place, place, entry.width, entry_format)
            self._note(sheet, place, entry.note)
        shown = [place for place, i in enumerate(kept) if i == self.look.in_view]
        sheet.freeze_panes(1, shown[0] + 1 if shown else 0)
        sheet.set_row(0, 2 * _LINE + 8)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(3, 0)
        sheet.repeat_rows(0)
        if shown:
            sheet.repeat_columns(0, shown[0])
        sheet.set_footer("&C&P / &N")

    def name_format(self, place: int, own: int, new: Sequence[str]) -> Any:
        """The format of a name in the first row. An answer's name stays as it is in the cell
        and is shown with the Japanese one beside it, as `--excel` writes it in a CSV."""
        asked = dict(_HEAD)
        if place < own:
            asked["bg_color"] = _OWN
        elif place < own + len(new):
            shown = self.look.headings[new[place - own]].shown
            asked |= {"bg_color": _ANSWER, "num_format": f'@" {shown}"'}
        else:
            asked["bg_color"] = _ENTRY
        return self._book.add_format(asked)

    def _note(self, sheet: Any, place: int, note: str) -> None:
        lines = sum(lines_of(line, 44) for line in note.split("\n"))
        size = {"font_name": FONT, "font_size": 9, "x_scale": 2.6, "y_scale": 0.25 + lines / 4}
        sheet.write_comment(0, place, note, {"author": "ctclass", **size})

    def measure(self, row: int, place: int, text: str) -> None:
        """Remember how wide the texts of an own column are, by the first rows."""
        if row <= _LOOKED_AT:
            most = self._marked[place] or 30.0
            self._own[place] = max(self._own[place], min(most, width_of(text) + 2))

    def finish(self, sheet: Any, rows: int, own: int, new: int) -> None:
        """Widths of the own columns, and what people are offered in theirs."""
        for place in range(own):
            sheet.set_column(place, place, self._own[place], self.format())
        last = max(1, rows)
        for place, entry in enumerate(self.look.entries, own + new):
            if entry.choices:
                sheet.data_validation(1, place, last, place, _offered(entry))
            for value, face in entry.faces.items():
                form = self._book.add_format({"bg_color": face.fill, "font_color": face.ink})
                rule = {"type": "cell", "criteria": "==", "value": f'"{value}"', "format": form}
                sheet.conditional_format(1, place, last, place, rule)
        # Ids of digits are texts on purpose; no green corner has to say so.
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})

    def page(self, page: Page) -> None:
        """A sheet of blocks, behind the rows."""
        sheet = self._book.add_worksheet(page.name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        for place, width in enumerate(page.widths):
            sheet.set_column(place, place, width, self.format())
        add = self._book.add_format
        sheet.set_row(0, 28)
        sheet.write_string(0, 0, page.title, add({"bold": True, "font_size": 16}))
        for row, line in enumerate(page.lead, 1):
            sheet.write_string(row, 0, line, add({"font_color": INK}))
        for number in range(len(page.blocks)):
            self._block(sheet, page, number)

    def _block(self, sheet: Any, page: Page, number: int) -> None:
        block, row = page.blocks[number], first_row(page, number)
        add = self._book.add_format
        title = add({"bold": True, "font_size": 12, "font_color": _ANSWER})
        sheet.set_row(row, 22)
        sheet.write_string(row, 0, block.title, title)
        head = add(_HEAD | {"bg_color": _ANSWER})
        lines = max(map(lines_of, block.head, page.widths))
        sheet.set_row(row + 1, _LINE * lines + 4)
        for place, name in enumerate(block.head):
            sheet.write_string(row + 1, place, name, head)
        number_of = {"valign": "top", "font_color": INK}
        share = add(number_of | {"num_format": "0.0%"})
        count = add(number_of | {"num_format": "#,##0"})
        for at, cells in enumerate(block.rows):
            now = row + 2 + at
            texts = [(c, w) for c, w in zip(cells, page.widths, strict=False) if isinstance(c, str)]
            lines = max([lines_of(text, width) for text, width in texts] or [1])
            sheet.set_row(now, _LINE * lines + 2)
            for place, cell in enumerate(cells):
                if isinstance(cell, Share):
                    sheet.write_number(now, place, cell.value, share)
                elif isinstance(cell, int):
                    sheet.write_number(now, place, cell, count)
                else:
                    face = block.faces[at] if block.faces and place == 0 else None
                    sheet.write_string(now, place, cell, self.format(face=face))
        if block.chart is not None:
            self._chart(sheet, block, row + 2, place=len(block.head) + 1)

    def _chart(self, sheet: Any, block: Block, row: int, place: int) -> None:
        """The counts of a block as bars beside it."""
        last = row + len(block.rows) - 1
        chart = self._book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "categories": [sheet.name, row, 0, last, 0],
                "values": [sheet.name, row, block.chart, last, block.chart],
                "fill": {"color": "#6F93C9"},
                "gap": 40,
                "data_labels": {"value": True},
            }
        )
        chart.set_title({"name": block.head[block.chart or 0], "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_size({"width": 620, "height": 26 * len(block.rows) + 60})
        sheet.insert_chart(row - 1, place, chart)


_REFUSED = "一覧から選んでください。 / Please choose from the list."
_ASKED = (
    "一覧にない書き方です。領域は id・番号・①・名称で、複数なら ; で区切って書けます。"
    "このまま入れますか? / Not in the list; ids, numbers and names are understood too."
)


def _offered(entry: Entry) -> dict[str, Any]:
    """A drop-down. What is typed beside it is refused, or only asked about."""
    names = entry.choices if isinstance(entry.choices, str) else list(entry.choices)
    return {
        "validate": "list",
        "source": names,
        "error_type": "stop" if entry.strict else "warning",
        "error_title": entry.name,
        "error_message": _REFUSED if entry.strict else _ASKED,
    }
