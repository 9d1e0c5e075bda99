"""Open a table as a command was told to: its columns found, shown, and marked as read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from ctclass.console.terminal import Screen

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
    table: str | None = None,
    query: str | None = None,
    **named: Names,
) -> Iterator[tuple[TableReader, Columns]]:
    """The open table and its columns. `named` are columns chosen by hand, as in
    `find_columns`; they also tell the heading from a title above it. Without a column
    that is called so, the project id is the key that a table declares."""
    from ctclass.headings import find_columns, is_heading, join_headings
    from ctclass.tables import open_table

    by_hand = [*chain(*([x] if isinstance(x, str) else x or () for x in named.values()))]
    chosen = {name: x if name == "project_id" else x or () for name, x in named.items()}
    with open_table(
        path,
        encoding=encoding,
        kind=kind,
        is_heading=lambda row: is_heading(row, by_hand),
        join=lambda upper, lower: join_headings(upper, lower, by_hand),
        table=table,
        query=query,
    ) as reader:
        columns = find_columns(reader.header, where=reader.heading_place, **chosen)  # type: ignore[arg-type]
        if columns.project_id is None and reader.key is not None:
            columns = replace(columns, project_id=reader.key)
        reader.judged = columns.read
        screen.tell_columns(reader, columns)
        yield reader, columns
