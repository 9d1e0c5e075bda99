"""How a workbook is to look to people: plain data, told to the writer by those who know.

The writer knows cells and formats; what an area is called and which colour it has
comes from above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

PAPER = "#FFFFFF"
INK = "#1F2933"


@dataclass(frozen=True, slots=True)
class Face:
    """How a value looks in its cell."""

    fill: str = PAPER
    ink: str = INK
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands beside the name of a column, in a note on it, and how wide it is."""

    shown: str
    note: str
    width: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A column for people, behind all others.

    `choices` are offered in a drop-down: texts, or the place of a list on another page
    (`='凡例 Legend'!$B$5:$B$21`); with `strict` nothing else can be typed. `faces` colour
    what was chosen.
    """

    name: str
    note: str
    width: float
    choices: Sequence[str] | str = ()
    strict: bool = False
    faces: Mapping[str, Face] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """The appended columns as people see them, and the columns in which they answer.

    headings   beside the names of appended columns
    faces      of values, by appended column
    words      the appended column with the words to mark, joined with `;`
    marked     the own columns (by index) in which they stand, and how wide these are
    entries    the columns for people; the first shows what is asked
    asked      what it shows, and the appended column whose face it has
    in_view    the own column (by index) up to which a row stays in view
    properties kept with the file: which columns were read
    """

    headings: Mapping[str, Heading]
    faces: Mapping[str, Mapping[str, Face]]
    words: str
    marked: Mapping[int, float]
    entries: Sequence[Entry]
    asked: Callable[[Sequence[str]], str]
    asked_face: str
    in_view: int | None
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1, shown as per cent."""

    value: float


Cell = str | int | Share


@dataclass(frozen=True, slots=True)
class Block:
    """A small table on a page. `faces` colour the first cells of its rows; `chart` is the
    column of counts that bars beside it show."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    faces: Sequence[Face] = ()
    chart: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet behind the rows: a line on top, blocks below each other."""

    name: str
    title: str
    lead: Sequence[str]
    widths: Sequence[float]
    blocks: Sequence[Block]


def place_of(page: Page, block: int, column: int) -> str:
    """Where a column of a block stands, as a drop-down names it.

    >>> block = Block("領域", ["番号", "領域"], [["①", "造船"], ["②", "航空"]])
    >>> place_of(Page("凡例", "凡例", ["見方"], [], [block]), 0, 1)
    "='凡例'!$B$6:$B$7"
    """
    row = first_row(page, block) + 2
    letter = chr(ord("A") + column)
    last = row + len(page.blocks[block].rows) - 1
    return f"='{page.name}'!${letter}${row + 1}:${letter}${last + 1}"


def first_row(page: Page, block: int) -> int:
    """The row (from 0) of a block's title: an empty row stands above each."""
    row = 1 + len(page.lead) + 1
    return row + sum(len(b.rows) + 3 for b in page.blocks[:block])
