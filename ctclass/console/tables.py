"""Tables and bars in a terminal: the areas of a run, the figures of `evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctclass.errors import Phrase

if TYPE_CHECKING:
    from rich.table import Table

    from ctclass.evaluate.sections import Cell, Section
    from ctclass.model.compact import Model
    from ctclass.runs.stream import Totals

_BAR = 28
_LEAST_BAR = 6


def bar_of(count: int, most: int, room: int = _BAR) -> str:
    """A bar of blocks, in eighths of a character; something is never nothing.

    >>> bar_of(1, 1000), len(bar_of(1000, 1000)), bar_of(0, 5), len(bar_of(5, 5, room=9))
    ('▏', 28, '', 9)
    """
    eighths = max(round(count * room * 8 / most), 1) if count else 0
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def area_bars(totals: Totals, model: Model, lang: str, width: int) -> Table:
    """Areas with their counts; the bars take what the window leaves, or fall away."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    from ctclass.taxonomy.areas import numbered

    none = totals.primary[""]
    lines = [
        (
            f"{'◆' if area.strategic else ' '} {numbered(area).text(lang)}",
            "yellow" if area.strategic else "cyan",
            totals.areas[area.id],
        )
        for area in model.areas
    ]
    lines.append(
        ("  " + ("   どの領域にも当たらない" if lang == "ja" else "   in no area"), "dim", none)
    )
    most = max([*totals.areas.values(), none, 1])
    figures = [(f"{count:,}", f"{count / totals.rows:.1%}") for _, _, count in lines]
    taken = max(cell_len(label) for label, _, _ in lines) + 8  # a space on each side of four
    taken += max(len(count) for count, _ in figures) + max(len(part) for _, part in figures)
    room = min(_BAR, width - taken)
    table = Table(box=None, padding=(0, 1), show_header=False)
    for _ in range(4 if room >= _LEAST_BAR else 3):
        table.add_column(no_wrap=True)
    for (label, style, count), (shown, part) in zip(lines, figures, strict=True):
        bar = [Text(bar_of(count, most, room), style=style)] if room >= _LEAST_BAR else []
        table.add_row(
            Text(label, style="" if count or style == "dim" else "dim"),
            *bar,
            Text(shown, justify="right"),
            Text(part, justify="right", style="dim"),
        )
    return table


def section_table(section: Section, lang: str, width: int) -> tuple[Table, bool]:
    """A table; where the window is too narrow, closer and without intervals (then True), for
    no figure is cut."""
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    from ctclass.evaluate.measure import Figure
    from ctclass.evaluate.sections import shown

    def text(cell: Cell, *, short: bool) -> str:
        if isinstance(cell, str):
            return cell
        if isinstance(cell, Phrase):
            return cell.text(lang)
        return shown(cell, short=short)

    columns = range(len(section.head))
    head = [text(name, short=False) for name in section.head]
    rows = [[text(cell, short=False) for cell in row] for row in section.rows]
    room = [max(cell_len(row[i]) for row in (head, *rows)) for i in columns]
    # A last column of words may take more lines, so it needs no room.
    figures = columns[: len(columns) - (section.left == len(columns))]
    narrow = sum(room[i] + 3 for i in figures) >= width
    if narrow:
        rows = [[text(cell, short=True) for cell in row] for row in section.rows]
        words = [max(map(cell_len, name.split()), default=0) for name in head]
        least = [min(word, 9) for word in words]  # the headings fold, "strategic" as a whole
        room = [max([least[i], *(cell_len(row[i]) for row in rows)]) for i in columns]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0) if narrow else (0, 1))
    for i in columns:
        if i < section.left:
            table.add_column(head[i], overflow="fold")
        else:
            table.add_column(head[i], justify="right", width=room[i], overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    held = (cell for row in section.rows for cell in row if isinstance(cell, Figure))
    return table, narrow and any(shown(cell) != shown(cell, short=True) for cell in held)
