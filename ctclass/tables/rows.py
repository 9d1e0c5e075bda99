"""What a table is to the rest of the program: rows of texts, a chunk at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from ctclass.errors import Phrase
from ctclass.tables.files import Source
from ctclass.tables.look import Page
from ctclass.tables.output import Output, writing

_MOST_CHARACTERS = 4_000_000
LONGEST_CELL = 32_767
FRAMEWORK_COLUMN = "ct_framework_"
CUT = "…[以下略/cut]"
"""What a text that was cut for Excel ends with."""


_NAMED = 3
"""How many columns a note names."""


class Row(NamedTuple):
    """One row as texts. `problem` is the `ct_status` of a row that could not be read whole.

    `raw` is what its format needs to write the row as it was.
    """

    cells: Sequence[str]
    problem: str | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows in the order of the table; `first_row` counts data rows from 1."""

    number: int
    first_row: int
    rows: list[Row]
    native: Any = None


class TableReader(ABC):
    """An open table, to be used in a `with` block.

    `row_count` is None where it is not known beforehand; `notes` are for the person
    who looks on, `sheet` is that of a workbook. `judged` are the columns that an answer
    depends on (None: any), and `cells_written` is False when the output takes the others in
    their own form: what stands in a column that nobody reads must not fail a run, nor mark
    a row. `properties` are what a file says of itself beside its rows; `key` is the column
    that the table itself declares to be its key.
    """

    format: str
    encoding: str | None = None
    line_end = "\n"
    sheet: str | None = None
    row_count: int | None = None
    properties: Mapping[str, str] = {}
    header: list[str]
    key: int | None = None
    judged: frozenset[int] | None = None
    cells_written = True

    def __init__(self, source: Source) -> None:
        self.source = source
        self.path = source.path
        self.notes: list[Phrase] = []

    def position(self) -> tuple[int, int]:
        """How far the input has been read, and all of it, in bytes."""
        return self.source.position(), self.source.size

    @property
    def heading_place(self) -> str:
        """Where a person finds the names of the columns."""
        return f"{self.path}:1"

    @abstractmethod
    def chunks(self, rows: int) -> Iterator[Chunk]:
        """All rows in order, at most `rows` at a time."""

    def close(self) -> None:
        """Let go of the file."""
        self.source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class TableWriter(ABC):
    """An output that appears whole, at the end of its `with` block, or not at all.

    `pages` are asked for at the end, by a format that has room for them behind the rows.
    """

    pages: Callable[[], Sequence[Page]] = tuple

    def __init__(self, path: str, reader: TableReader, appended: Sequence[str]) -> None:
        self.path = path
        self.notes: list[Phrase] = []
        self.kept = kept_columns(reader.header, appended)
        self.own_header = [reader.header[i] for i in self.kept]
        if len(self.kept) < len(reader.header):
            self.notes.append(replaced(reader.header, self.kept))
        self.output = Output(path)
        try:
            with writing(path):
                self.start(reader, appended)
        except BaseException:
            self.output.discard()
            raise

    @abstractmethod
    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        """Write what comes before the first row."""

    @abstractmethod
    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        """Write a chunk's rows. `columns` and `records` give one answer per row, in two
        forms; a format takes the one that it needs."""

    @abstractmethod
    def finish(self) -> None:
        """Write what comes after the last row."""

    @abstractmethod
    def abandon(self) -> None:
        """Let go of everything that would still write."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            if kind is None:
                with writing(self.path):
                    self.finish()
                self.output.commit()
                return
        except BaseException:
            self._discard()
            raise
        self._discard()

    def _discard(self) -> None:
        with suppress(Exception):
            self.abandon()
        self.output.discard()


def kept_columns(header: Sequence[str], appended: Sequence[str]) -> list[int]:
    """The columns of a table that stay: all but those of an earlier run.

    A heading of the Excel form (`ct_primary 主領域`) is known by its first word. Columns of
    frameworks go whichever this run appends: an old one would not fit the new areas.

    >>> kept_columns(["id", "ct_primary 主領域", "ct_framework_eu_10", "title"], ["ct_primary"])
    [0, 3]
    """
    names = set(appended)
    return [
        i
        for i, name in enumerate(header)
        if name.partition(" ")[0] not in names and not name.startswith(FRAMEWORK_COLUMN)
    ]


def replaced(header: Sequence[str], kept: Sequence[int]) -> Phrase:
    """What is to be known when a table has columns that are called like those of a result.

    >>> replaced(["id", "ct_primary", "ct_areas", "ct_scores"], [0, 3]).ja
    '入力にあった結果の列 ct_primary、ct_areas は新しい結果に置き換わります'
    """
    gone = [name for i, name in enumerate(header) if i not in kept]
    more = len(gone) - _NAMED
    ja, en = "、".join(gone[:_NAMED]), ", ".join(gone[:_NAMED])
    if more > 0:
        ja, en = f"{ja} ほか {more} 列", f"{en} and {more} more"
    return Phrase(
        f"入力にあった結果の列 {ja} は新しい結果に置き換わります",
        f"Result columns of the input give way to the new ones: {en}",
    )


def unique(names: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Names for a format that needs each once: a second `概要` becomes `概要_2`.

    A new name is never one that another column has already, nor one that is `taken`.

    >>> unique(["概要", "概要", "概要_2", "ctclass"], taken=["ctclass"])
    ['概要', '概要_3', '概要_2', 'ctclass_2']
    """
    used = {*names, *taken}
    given = set(taken)
    found = []
    for name in names:
        new, number = name, 1
        while new in given or (number > 1 and new in used):
            number += 1
            new = f"{name}_{number}"
        given.add(new)
        found.append(new)
    return found


def chunked(rows: Iterable[Row], most: int) -> Iterator[Chunk]:
    """Rows in chunks of at most `most`; fewer where the cells are very long."""
    held: list[Row] = []
    number = done = characters = 0
    for row in rows:
        held.append(row)
        characters += sum(map(len, row.cells))
        if len(held) == most or characters > _MOST_CHARACTERS:
            yield Chunk(number, done + 1, held)
            number, done, characters, held = number + 1, done + len(held), 0, []
    if held:
        yield Chunk(number, done + 1, held)


def cut_for_excel(text: str) -> str:
    """A text that fits into a cell of Excel, which counts UTF-16 units; the cut can be seen.

    >>> cut_for_excel("量子"), len(cut_for_excel("量" * 40_000))
    ('量子', 32767)
    """
    if len(text) * 2 <= LONGEST_CELL:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) // 2 <= LONGEST_CELL:
        return text
    room = (LONGEST_CELL - len(CUT)) * 2
    return units[:room].decode("utf-16-le", "ignore") + CUT


def cut_note(cells: int) -> Phrase:
    """What to say of cells that did not fit."""
    return Phrase(
        f"Excel の上限を超える {cells} セルを切りました(全文は --excel のない CSV で出せます)",
        f"{cells} cells were too long for Excel and were cut (a CSV without --excel keeps them)",
    )
