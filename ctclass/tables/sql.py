"""Tables, views and queries of a database, read: each row once, in bounded memory.

PostgreSQL gives a snapshot: one read-only transaction, its rows fetched by a cursor on
the server. A table of SQLite is read page by page along its key, so that no other
program has to wait for its end; only a view or a query there is one long read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables.database import Database
from ctclass.tables.rows import Chunk, Row, TableReader, chunked
from ctclass.tables.values import as_text

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select, TableClause

_PAGE = 500
_SHOWN = 20
_ROW_NUMBERS = ("_rowid_", "rowid", "oid")
_COMMENT = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.DOTALL)
_READS = ("select", "with", "values", "table")
_WHOLE_NUMBERS = (20, 21, 23)
"""bigint, smallint, integer as PostgreSQL numbers its types."""
_UUID = 2950


class SqlReader(TableReader):
    """Rows of a table, a view, or of a query that only reads."""

    def __init__(
        self, database: Database, *, table: str | None = None, query: str | None = None
    ) -> None:
        self.database = database
        self.table = table
        self.query = None if query is None else _checked(query)
        self.format = database.kind
        self.path = f"{database.name} {'--query' if table is None else table}"
        self.notes = []
        self._result: Any = None
        self._connection = database.reader()
        try:
            with database.asking(self.path):
                self._open()
        except BaseException:
            self.close()
            raise

    @property
    def heading_place(self) -> str:
        return self.path

    def position(self) -> tuple[int, int]:
        return 0, 1

    def close(self) -> None:
        with suppress(InputError), self.database.asking(self.path):
            if self._result is not None:
                self._result.close()
            self._connection.close()

    def is_whole_number(self, column: int) -> bool:
        """Whether the database holds only whole numbers there."""
        return column in self._whole_numbers

    def is_uuid(self, column: int) -> bool:
        """Whether the database holds only UUIDs there."""
        return column in self._uuids

    def chunks(self, rows: int) -> Iterator[Chunk]:
        return chunked(self._rows(min(rows, _PAGE)), rows)

    def _open(self) -> None:
        self._text = _Text()
        if self.database.kind == "sqlite":
            driver: Any = self._connection.connection.driver_connection
            driver.text_factory = self._text
        else:
            # A scan that joins another one in its middle would give another order.
            self._connection.exec_driver_sql("SET LOCAL synchronize_seqscans = off")
        self._key: list[str] = []
        if self.table is not None:
            self._open_table(self.table)
            return
        found = self._connection.execution_options(
            stream_results=True, yield_per=_PAGE, no_parameters=True
        ).exec_driver_sql(self.query or "")
        self._result = found
        self._look_at(found)

    def _open_table(self, name: str) -> None:
        from sqlalchemy import func, inspect, literal_column, select

        inspector = inspect(self._connection)
        schema, bare = None, name
        if not inspector.has_table(bare) and "." in name:
            schema, _, bare = name.partition(".")
        if not inspector.has_table(bare, schema=schema):
            raise self._no_table(sorted(inspector.get_table_names() + inspector.get_view_names()))
        self._source = _named(bare, schema)
        everything: Select[Any] = select(literal_column("*")).select_from(self._source)
        with self._connection.execute(everything.limit(0)) as found:
            self._look_at(found)
        if bare in inspector.get_view_names(schema=schema):
            return
        declared = inspector.get_pk_constraint(bare, schema=schema)["constrained_columns"]
        if len(declared) == 1:
            self.key = self.header.index(declared[0])
        self._key = self._row_number() or list(declared)
        self.row_count = self._connection.scalar(select(func.count()).select_from(self._source))

    def _look_at(self, found: Any) -> None:
        described = found.cursor.description
        self.header = [column[0] for column in described]
        self._whole_numbers = {
            i for i, column in enumerate(described) if column[1] in _WHOLE_NUMBERS
        }
        self._uuids = {i for i, column in enumerate(described) if column[1] == _UUID}

    def _row_number(self) -> list[str]:
        """SQLite's own number of a row, which no table lacks that may have an empty key."""
        from sqlalchemy import literal_column, select
        from sqlalchemy.exc import OperationalError

        if self.database.kind != "sqlite":
            return []
        taken = {name.lower() for name in self.header}
        free = [name for name in _ROW_NUMBERS if name not in taken]
        for name in free[:1]:
            try:
                number: Select[Any] = (
                    select(literal_column(name)).select_from(self._source).limit(0)
                )
                self._connection.execute(number).close()
            except OperationalError:
                break  # a table WITHOUT ROWID
            return [name]
        return []

    def _rows(self, page: int) -> Iterator[Row]:
        """All rows, of each only the cells that somebody reads."""
        everyone = range(len(self.header))
        read = list(everyone if self.cells_written or self.judged is None else sorted(self.judged))
        blank = [""] * len(self.header)
        for values in self._pages(read, page):
            for row in values:
                cells = blank.copy()
                for i, value in zip(read, row, strict=True):
                    cells[i] = value if type(value) is str else as_text(value)
                yield Row(cells, self._problem(cells))
            self._text.damaged = False

    def _problem(self, cells: Sequence[str]) -> str | None:
        if not self._text.damaged:
            return None
        judged = self.judged if self.judged is not None else range(len(cells))
        return "bad-encoding" if any("\ufffd" in cells[i] for i in judged) else None

    def _pages(self, read: Sequence[int], page: int) -> Iterator[Sequence[Sequence[Any]]]:
        if self.table is None:
            for rows in self._fetched(self._result, page):
                yield [[row[i] for i in read] for row in rows]
        elif self.database.kind == "sqlite" and self._key:
            yield from self._along_key(read, page)
        else:
            with self.database.asking(self.path):
                streaming = self._connection.execution_options(stream_results=True, yield_per=page)
                found = streaming.execute(self._selected(read).order_by(*self._keys()))
            yield from self._fetched(found, page)

    def _fetched(self, found: Any, page: int) -> Iterator[Sequence[Any]]:
        with found:
            pages = found.partitions(page)
            while True:
                with self.database.asking(self.path):
                    rows = next(pages, None)
                if rows is None:
                    return
                yield rows

    def _along_key(self, read: Sequence[int], page: int) -> Iterator[Sequence[Any]]:
        """Pages of rows behind the last key: what is added or removed meanwhile moves none."""
        from sqlalchemy import tuple_

        keys = self._keys()
        after: Sequence[Any] | None = None
        while True:
            asked = self._selected(read).add_columns(*keys).order_by(*keys).limit(page)
            if after is not None:
                asked = asked.where(tuple_(*keys) > tuple_(*after))
            with self.database.asking(self.path):
                rows = self._connection.execute(asked).all()
            if rows:
                yield [row[: len(read)] for row in rows]
            if len(rows) < page:
                return
            after = rows[-1][len(read) :]

    def _selected(self, read: Sequence[int]) -> Select[Any]:
        from sqlalchemy import column, select
        from sqlalchemy.sql import quoted_name

        names = [quoted_name(self.header[i], quote=True) for i in read]
        columns: list[Any] = [column(name).label(f"c{i}") for i, name in enumerate(names)]
        return select(*columns).select_from(self._source)

    def _keys(self) -> list[ColumnElement[Any]]:
        from sqlalchemy import column, literal_column
        from sqlalchemy.sql import quoted_name

        if self._key and self._key[0] in _ROW_NUMBERS and self._key[0] not in self.header:
            return [literal_column(self._key[0])]
        return [column(quoted_name(name, quote=True)) for name in self._key]

    def _no_table(self, names: Sequence[str]) -> InputError:
        more = " …" if len(names) > _SHOWN else ""
        ja, en = (sep.join(map(repr, names[:_SHOWN])) + more for sep in ("、", ", "))
        return InputError(
            Phrase(
                f"表 {self.table!r} がありません。ある表: {ja or 'なし'}",
                f"There is no table {self.table!r}. There are: {en or 'none'}",
            ),
            where=self.database.name,
            hint=Phrase("--table の名前を確かめてください", "Check the name after --table"),
        )


class _Text:
    """Texts of SQLite, which may hold bytes that are no UTF-8; `damaged` when one did."""

    def __init__(self) -> None:
        self.damaged = False

    def __call__(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.damaged = True
            return data.decode("utf-8", "replace")


def _named(name: str, schema: str | None) -> TableClause:
    from sqlalchemy import table
    from sqlalchemy.sql import quoted_name

    place = quoted_name(schema, quote=True) if schema else None
    return table(quoted_name(name, quote=True), schema=place)


def _checked(query: str) -> str:
    """The query without a semicolon at its end. What only reads begins with SELECT or WITH;
    the database itself refuses the rest, for the connection cannot write.

    >>> _checked("-- 新しい課題だけ\\nselect * from projects; ")
    '-- 新しい課題だけ\\nselect * from projects'
    """
    plain = query.strip().removesuffix(";").rstrip()
    lead = _COMMENT.match(plain)
    word = re.match(r"\w*", plain[lead.end() if lead else 0 :])
    if word is not None and word.group().lower() in _READS:
        return plain
    raise UsageError(
        Phrase("--query に使えるのは SELECT だけです", "Only a SELECT can be a --query"),
        where="--query",
        hint=Phrase(
            "SELECT か WITH で始まる問い合わせを 1 つ指定してください(データは書き換えません)",
            "Give one query that begins with SELECT or WITH (ctclass changes no data)",
        ),
    )
