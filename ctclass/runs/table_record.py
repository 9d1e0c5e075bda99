"""A table of results as a manifest tells of it, and where that manifest stands.

A table has no order, so its digest goes along the project ids: over each id and the
answer beside it, of all rows, also of those that an earlier run wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.runs.manifest import ResultDigest, name_beside
from ctclass.runs.result_keys import KeyKind, as_key, key_type
from ctclass.runs.result_tables import BOOLEAN, KEY, as_answer, find_table, split
from ctclass.tables.database import Database
from ctclass.tagging.tag import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ctclass.tables.sql import SqlReader

_PAGE = 500
_ODD = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class DatabaseRecord:
    """A database that was read, and what there; its rows are not kept, nor a digest."""

    name: str
    kind: str
    what: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"name": self.name, "database": self.kind, **self.what}


def record_database(reader: SqlReader, beside: str) -> DatabaseRecord:
    """What a reader reads, for a manifest beside an output."""
    database = reader.database
    what = {"table": reader.table, "query": reader.query}
    found = {key: value for key, value in what.items() if value is not None}
    return DatabaseRecord(_name(database, beside), database.kind, found)


def beside_table(database: Database, table: str) -> str:
    """What stands for a table where names of files are made: beside the file of SQLite, in
    the current folder for a server.

    >>> beside_table(Database("sqlite:///out/results.db"), "grants")
    'out/results.db.grants'
    """
    name = _ODD.sub("_", f"{database.label}.{table}")
    return str(database.file.with_name(name)) if database.file else name


class ResultsTable:
    """A table of results, read."""

    def __init__(self, connection: Connection, database: Database, table: str) -> None:
        import sqlalchemy as sa

        self.path = f"{database.name} {table}"
        self._database = database
        self._connection = connection
        try:
            kind = find_table(connection, table, (KEY, *COLUMNS), self.path)
        except UsageError as error:
            raise _no_results(self.path) from error
        if kind is None:
            raise _no_results(self.path)
        self._kind: KeyKind = kind
        schema, bare = split(table)
        kinds = [sa.Boolean() if name == BOOLEAN else sa.Text() for name in COLUMNS]
        self._source = sa.table(
            sa.sql.quoted_name(bare, quote=True),
            sa.column(KEY, key_type(kind)),
            *(sa.column(name, of) for name, of in zip(COLUMNS, kinds, strict=True)),
            schema=schema,
        )
        self._columns = [self._source.c[name] for name in (KEY, *COLUMNS)]

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """Each project id with its answer, along the ids: texts by their bytes."""
        import sqlalchemy as sa

        key: Any = self._source.c[KEY]
        if self._kind == "text" and self._database.kind != "sqlite":
            key = key.collate("C")
        asked = sa.select(*self._columns).order_by(key)
        streaming = self._connection.execution_options(stream_results=True, yield_per=_PAGE)
        with self._database.asking(self.path), streaming.execute(asked) as found:
            for project_id, *values in found:
                yield str(project_id), [as_answer(value) for value in values]

    def held(self, ids: Sequence[str]) -> list[list[str]]:
        """The answers for project ids in their order; an empty list for one that is missing."""
        import sqlalchemy as sa

        keys = [_key(text, self._kind) for text in ids]
        asked = sa.select(*self._columns).where(
            self._source.c[KEY].in_([key for key in keys if key is not None])
        )
        with self._database.asking(self.path):
            rows = self._connection.execute(asked).all()
        found = {str(key): [as_answer(value) for value in values] for key, *values in rows}
        return [found.get(str(key), []) for key in keys]

    def record(self, beside: str) -> dict[str, Any]:
        """As it stands in a manifest."""
        digest = ResultDigest()
        for project_id, values in self.rows():
            digest.add([project_id, *values])
        name = _name(self._database, beside)
        table = self.path.removeprefix(f"{self._database.name} ")
        return {
            "name": name, "database": self._database.kind, "table": table,
            "rows": digest.rows, "digest": digest.hexdigest(),
        }  # fmt: skip


@contextmanager
def open_results(database: Database, table: str) -> Iterator[ResultsTable]:
    """Open a table of results to read it. Raises InputError where there is none."""
    with database.reader() as connection:
        with database.asking(f"{database.name} {table}"):
            found = ResultsTable(connection, database, table)
        yield found


def _key(text: str, kind: KeyKind) -> str | int | None:
    try:
        return as_key(text, kind)
    except ValueError:
        return None


def _name(database: Database, beside: str) -> str:
    """The file of SQLite as seen from the manifest, another database by its URL."""
    return name_beside(database.file, beside) if database.file else database.name


def _no_results(where: str) -> InputError:
    return InputError(
        Phrase(
            "ctclass の結果の表ではないか、表がありません",
            "There is no such table of results of ctclass",
        ),
        where=where,
        hint=Phrase(
            "ctclass tag … --into で書いた表を --table で指定してください",
            "Name a table that ctclass tag wrote with --into after --table",
        ),
    )
