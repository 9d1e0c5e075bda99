"""What a table is to the rest of the program: rows of texts, a chunk at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from ctclass.errors import Phrase
from ctclass.tables.files import Output, Source, writing

_MOST_CHARACTERS = 4_000_000


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

    `row_count` and `size` (bytes) are None where they are not known beforehand;
    `notes` are for the person who looks on.
    """

    format: str
    encoding: str | None = None
    line_end = "\n"
    row_count: int | None = None
    header: list[str]

    def __init__(self, source: Source) -> None:
        self.source = source
        self.path = source.path
        self.notes: list[Phrase] = []

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
    """An output that appears whole, at the end of its `with` block, or not at all."""

    def __init__(self, path: str, reader: TableReader, appended: Sequence[str]) -> None:
        self.path = path
        self.notes: list[Phrase] = []
        self.kept = kept_columns(reader.header, appended)
        self.own_header = [reader.header[i] for i in self.kept]
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

    A heading of the Excel form (`ct_primary 主領域`) is known by its first word.

    >>> kept_columns(["id", "ct_primary 主領域", "title"], ["ct_primary"])
    [0, 2]
    """
    names = set(appended)
    return [i for i, name in enumerate(header) if name.partition(" ")[0] not in names]


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
