"""The heading of a table: often not its first row, and sometimes two rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ctclass.errors import Phrase

HEADING_WITHIN = 10


class Heading(NamedTuple):
    """The names of the columns, and where they stand.

    `above` counts the rows over them that are not blank, `rows` their own. `first` and
    `last` are the numbers that a person sees beside the rows, blank ones counted.
    """

    names: list[str]
    above: int
    first: int
    last: int
    rows: int = 1
    known: bool = False

    @property
    def notes(self) -> list[Phrase]:
        """What a person should know of a heading that is not the first row alone."""
        if self.rows == 1 and not self.above:
            return []
        ja, en = f"{self.first} 行目を見出しとして", f"Row {self.first} is"
        if self.rows > 1:
            ja = f"{self.first} 行目と {self.last} 行目を合わせて一つの見出しとして"
            en = f"Rows {self.first} and {self.last} together are"
        above = ("(その上は出力しません)", " (what is above it is left out)")
        ja_above, en_above = above if self.above else ("", "")
        return [Phrase(f"{ja}読みました{ja_above}", f"{en} taken as the heading{en_above}")]


class HeadingRule(NamedTuple):
    """How a heading is known: `is_heading` of a row; `join` of it and the row below it gives
    the names of both, or None where that row is no part of it."""

    is_heading: Callable[[Sequence[str]], bool] | None = None
    join: Callable[[Sequence[str], Sequence[str]], list[str] | None] | None = None

    def find(self, rows: Iterator[tuple[int, list[str]]]) -> Heading | None:
        """The heading among the first of the numbered rows, for many tables open with a title
        or a date; else the first row. No more rows are read than it takes."""
        first = None
        for above, (number, names) in enumerate(islice(rows, HEADING_WITHIN)):
            found = Heading(names, above, number, number)
            if self.is_heading is None:
                return found
            if self.is_heading(names):
                return self._whole(found._replace(known=True), rows)
            first = first or found
        return first

    def _whole(self, found: Heading, rows: Iterator[tuple[int, list[str]]]) -> Heading:
        number, below = next(rows, (0, [])) if self.join else (0, [])
        names = self.join(found.names, below) if self.join and below else None
        return found._replace(names=names, last=number, rows=2) if names else found
