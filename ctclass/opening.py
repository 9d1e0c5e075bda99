"""Open a table as a command was told to: its columns found, shown, and marked as read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from ctclass.console import Screen

if TYPE_CHECKING:
    from ctclass.projects import Columns
    from ctclass.tables import TableReader

Names = Sequence[str] | str | None


@contextmanager
def opened(
    screen: Screen,
    path: str,
    *,
    encoding: str | None = None,
    kind: str | None = None,
    **named: Names,
) -> Iterator[tuple[TableReader, Columns]]:
    """The open table and its columns. `named` are columns chosen by hand, as in
    `find_columns`; they also tell the heading from a title above it."""
    from ctclass.projects import find_columns, is_heading
    from ctclass.tables import open_table

    by_hand = [*chain(*([x] if isinstance(x, str) else x or () for x in named.values()))]
    chosen = {name: x if name == "project_id" else x or () for name, x in named.items()}
    with open_table(
        path, encoding=encoding, kind=kind, is_heading=lambda row: is_heading(row, by_hand)
    ) as reader:
        columns = find_columns(reader.header, where=reader.path, **chosen)  # type: ignore[arg-type]
        reader.judged = columns.read
        screen.tell_columns(reader, columns)
        yield reader, columns
