"""Answers into a table of a database: whole or not at all, one row for each project.

The rows wait in a temporary table, which the database itself throws away when the
connection ends, however it ends. One transaction at the end makes the table where it
is missing and moves them over, so nobody ever sees half a run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ctclass.errors import InputError, Phrase
from ctclass.projects import Columns, Project
from ctclass.runs.answers import OWN_STATUSES, Kept, text_digest
from ctclass.runs.result_keys import (
    KeyKind,
    as_key,
    key_column,
    kind_of_column,
    misfit,
    no_key,
    twice,
)
from ctclass.runs.result_tables import (
    AT,
    BOOLEAN,
    KEY,
    STAGE,
    TEXT,
    as_answer,
    find_table,
    names_for,
    refuse_source,
    tables_for,
)
from ctclass.tables import Chunk, TableReader, TableWriter
from ctclass.tables.database import Database
from ctclass.tables.new_file import open_new_file
from ctclass.tables.rows import kept_columns, replaced
from ctclass.tagging.tag import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import Select

_MODEL = "ct_model"
_STATUS = "ct_status"
_ASKED = 5_000


class ResultsWriter(TableWriter):
    """Writes answers, with `own` also the rows' own cells, into the table `name`.

    Raises UsageError for a table that is not one of results, InputError for what the
    database refuses: all of it before the first row, by a rehearsal without rows.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        reader: TableReader,
        columns: Columns,
        appended: Sequence[str],
        *,
        own: bool,
    ) -> None:
        self.database = database
        self.table = name
        self.path = f"{database.name} {name}"
        self.notes = []
        self._columns = columns
        self._appended = appended
        self._own = own
        self._nul = self.same = 0
        self._known: dict[int, dict[int, dt.datetime]] = {}
        self._key = key_column(columns, self.path)
        self._kind: KeyKind = kind_of_column(reader, self._key)
        refuse_source(database, name, reader)
        if not own:
            reader.cells_written = False
        self._new_file = open_new_file(database.file) if database.file else None
        try:
            self._connection = database.writer(self._new_file.part if self._new_file else None)
        except BaseException:
            if self._new_file:
                self._new_file.discard()
            raise
        try:
            with database.asking(self.path):
                self.start(reader, appended)
        except BaseException:
            self.abandon()
            raise

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        """Make the temporary table, and rehearse the end."""
        self.kept = kept_columns(reader.header, (*appended, TEXT, AT)) if self._own else []
        if self._own and len(self.kept) < len(reader.header):
            self.notes.append(replaced(reader.header, self.kept))
        if self._own and reader.header[self._key] == KEY:
            self.kept = [i for i in self.kept if i != self._key]
        names = names_for([reader.header[i] for i in self.kept], (KEY, *appended, TEXT, AT))
        found = find_table(
            self._connection, self.table, (KEY, *names, *appended, TEXT, AT), self.path
        )
        self._there = found is not None
        self._kind = self._kind if found is None else found
        self._stage, self._target = tables_for(self.table, names, appended, self._kind)
        self._now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self._stage.create(self._connection)
        with self._transaction(alone=True, keep=False):
            self._move()

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        """Put a chunk's rows into the temporary table."""
        del records
        known = self._known.pop(chunk.number, {})
        rows = []
        for number, (row, answer) in enumerate(zip(chunk.rows, columns, strict=True)):
            project = self._columns.project(row.cells)
            values: list[Any] = [self._clean(row.cells[i]) for i in self.kept]
            values += [text == "true" if name == BOOLEAN else self._clean(text)
                       for name, text in zip(self._appended, answer, strict=True)]  # fmt: skip
            key = self._id(project.project_id, chunk.first_row + number)
            values = [key, *values, text_digest(project), known.get(number, self._now)]
            rows.append(values)
        self._refuse_twice(chunk, [row[0] for row in rows])
        with self.database.asking(self.path), self._transaction():
            self._put(rows)

    def known(self, model: str) -> Callable[[Chunk, Sequence[Project]], list[Kept | None]]:
        """What finds answers that the table holds already, for the same texts by `model`."""

        def find(chunk: Chunk, projects: Sequence[Project]) -> list[Kept | None]:
            held = self._held(projects, model) if self._there else {}
            times = self._known[chunk.number] = {}
            found: list[Kept | None] = []
            for number, project in enumerate(projects):
                key = self._known_key(project)
                digest, kept, at = held.get(key, ("", None, self._now))
                same = kept is not None and digest == text_digest(project)
                found.append(kept if same else None)
                if same:
                    times[number] = at
            self.same += len(times)
            return found

        return find

    def _held(
        self, projects: Sequence[Project], model: str
    ) -> dict[str | int | None, tuple[str, Kept | None, dt.datetime]]:
        """By project id: the digest of its text, its answer, and when it was given."""
        import sqlalchemy as sa

        target = self._target
        ids = [key for p in projects if (key := self._known_key(p)) is not None]
        answer = [target.c[name] for name in COLUMNS]
        asked = sa.select(target.c[KEY], target.c[TEXT], target.c[AT], *answer).where(
            target.c[_MODEL] == model, target.c[_STATUS].in_(sorted(OWN_STATUSES))
        )
        return {
            key: (digest, Kept.of([as_answer(value) for value in values]), at)
            for some in _batches(ids)
            for key, digest, at, *values in self._all(asked.where(target.c[KEY].in_(some)))
        }

    def _known_key(self, project: Project) -> str | int | None:
        """None for what the table cannot hold; writing the row will say so."""
        with suppress(ValueError):
            return as_key(project.project_id, self._kind)
        return None

    def _all(self, asked: Select[Any]) -> Sequence[Any]:
        with self.database.asking(self.path):
            return self._connection.execute(asked).all()

    def finish(self) -> None:
        """Move the rows over, in one transaction."""
        with self.database.asking(self.path), self._transaction(alone=True):
            again, rows = self._move()
        self.notes.append(self._counted(rows, again))
        if self._nul:
            self.notes.append(
                Phrase(
                    f"NUL 文字は保存できないため、{self._nul:,} セルで取り除きました",
                    f"NUL characters cannot be stored and were left out of {self._nul:,} cells",
                )
            )
        self._connection.close()
        if self._new_file:
            self._new_file.publish()

    def abandon(self) -> None:
        """Close the connection, and with it drop the temporary table."""
        with suppress(InputError), self.database.asking(self.path):
            self._connection.close()
        if self._new_file:
            self._new_file.discard()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self.abandon()

    def _move(self) -> tuple[int, int]:
        """Make the table if need be, and put all rows in; how many were there, and how many
        there are. A project that is there gets its new answer."""
        import sqlalchemy as sa
        from sqlalchemy.dialects import postgresql, sqlite

        stage, target = self._stage, self._target
        if not self._there:
            target.create(self._connection)
        known = sa.select(sa.func.count()).select_from(
            stage.join(target, stage.c.c0 == target.c[KEY])
        )
        again = self._connection.scalar(known)
        insert = (sqlite if self.database.kind == "sqlite" else postgresql).insert(target)
        # SQLite takes ON CONFLICT for a join without the WHERE.
        rows = sa.select(*stage.columns).where(sa.true())
        names = [column.name for column in target.columns]
        new = insert.from_select(names, rows)
        changed = {name: new.excluded[name] for name in names if name != KEY}
        # A row that is as it was stays untouched, unless cells of its own may have changed.
        # A framework that was edited says something else of the same answer.
        told = [name for name in self._appended if name not in COLUMNS]
        differs = [
            target.c[name].is_distinct_from(new.excluded[name])
            for name in (AT, TEXT, _MODEL, _STATUS, *told)
        ]
        self._connection.execute(
            new.on_conflict_do_update(
                index_elements=[KEY], set_=changed, where=None if self._own else sa.or_(*differs)
            )
        )
        count = sa.select(sa.func.count()).select_from(stage)
        return again or 0, self._connection.scalar(count) or 0

    def _counted(self, rows: int, again: int) -> Phrase:
        """What the run did to the table."""
        new, changed = rows - again, again - self.same
        same = (f"、変更なし {self.same:,} 件", f", {self.same:,} as they were")
        ja, en = same if self.same else ("", "")
        return Phrase(
            f"{self.table}: 追加 {new:,} 件、更新 {changed:,} 件{ja}",
            f"{self.table}: {new:,} rows added, {changed:,} updated{en}",
        )

    @contextmanager
    def _transaction(self, *, alone: bool = False, keep: bool = True) -> Iterator[None]:
        """All of it or nothing; with `keep` off nothing in any case. What goes into the
        temporary table only must not lock the file of SQLite, which is still being read."""
        begin = "BEGIN IMMEDIATE" if alone and self.database.kind == "sqlite" else "BEGIN"
        self._connection.exec_driver_sql(begin)
        try:
            yield
        except BaseException:
            with suppress(InputError), self.database.asking():
                self._connection.exec_driver_sql("ROLLBACK")
            raise
        self._connection.exec_driver_sql("COMMIT" if keep else "ROLLBACK")

    def _put(self, rows: Sequence[Sequence[Any]]) -> None:
        """Into the temporary table; PostgreSQL takes COPY five times as fast as INSERT."""
        if self.database.kind == "sqlite":
            names = [column.name for column in self._stage.columns]
            many = [dict(zip(names, row, strict=True)) for row in rows]
            if many:
                self._connection.execute(self._stage.insert(), many)
            return
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {STAGE} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _id(self, text: str, row: int) -> str | int:
        if not text:
            raise no_key(row, self.path)
        try:
            return as_key(self._clean(text), self._kind)
        except ValueError as error:
            raise misfit(text, row, self._kind, self.path) from error

    def _refuse_twice(self, chunk: Chunk, ids: Sequence[str | int]) -> None:
        """A project that comes twice would be written twice, the second over the first."""
        import sqlalchemy as sa

        key = self._stage.c.c0
        seen = {
            found
            for some in _batches(ids)
            for (found,) in self._all(sa.select(key).where(key.in_(some)))
        }
        for row, project_id in enumerate(ids, chunk.first_row):
            if project_id in seen:
                raise twice(project_id, row, self.path)
            seen.add(project_id)

    def _clean(self, text: str) -> str:
        """PostgreSQL has no NUL in its texts."""
        if "\0" not in text:
            return text
        self._nul += 1
        return text.replace("\0", "")


def _batches(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Ids as many as a question may name (PostgreSQL: 65,535, older SQLite: 32,766)."""
    for at in range(0, len(ids), _ASKED):
        yield ids[at : at + _ASKED]
