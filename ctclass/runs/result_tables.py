"""What tables of results look like: their columns, types and names, and which tables are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctclass.errors import Phrase, UsageError
from ctclass.runs.result_keys import KeyKind, key_type, kind_of_type
from ctclass.tables import TableReader
from ctclass.tables.database import Database
from ctclass.tables.sql import SqlReader

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

KEY = "project_id"
TEXT = "ct_text"
AT = "ct_tagged_at"
BOOLEAN = "ct_strategic"
INDEXED = "ct_primary"
STAGE = "ctclass_stage"
PUBLIC = "public"
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL, which cuts longer ones without a word."""


def tables_for(
    table: str, own: Sequence[str], appended: Sequence[str], kind: KeyKind
) -> tuple[Table, Table]:
    """The temporary table, whose columns have plain names, and the one of the results."""
    import sqlalchemy as sa

    key = key_type(kind)
    kinds = [sa.Boolean() if name == BOOLEAN else sa.Text() for name in appended]
    shapes: list[tuple[str, Any, bool]] = [
        *((name, sa.Text(), True) for name in own),
        *((name, kind, False) for name, kind in zip(appended, kinds, strict=True)),
        (TEXT, sa.Text(), False),
        (AT, sa.DateTime(timezone=True), False),
    ]
    stage = sa.Table(
        STAGE,
        sa.MetaData(),
        sa.Column("c0", key, primary_key=True, autoincrement=False),
        *(sa.Column(f"c{i}", kind) for i, (_, kind, _) in enumerate(shapes, 1)),
        prefixes=["TEMPORARY"],
    )
    schema, bare = split(table)
    target = sa.Table(
        sa.sql.quoted_name(bare, quote=True),
        sa.MetaData(),
        sa.Column(KEY, key, primary_key=True, autoincrement=False),
        *(
            sa.Column(sa.sql.quoted_name(name, quote=True), kind, nullable=nullable)
            for name, kind, nullable in shapes
        ),
        schema=schema,
    )
    sa.Index(_cut(f"{bare}_{INDEXED}"), target.c[INDEXED])
    return stage, target


def find_table(
    connection: Connection, table: str, names: Sequence[str], where: str
) -> KeyKind | None:
    """What the ids of the table are; None where there is no such table.

    Raises UsageError where there is one that results do not fit into.
    """
    from sqlalchemy import inspect

    inspector = inspect(connection)
    schema, bare = split(table)
    if not inspector.has_table(bare, schema=schema):
        return None
    found = {column["name"]: column for column in inspector.get_columns(bare, schema=schema)}
    key = inspector.get_pk_constraint(bare, schema=schema)["constrained_columns"]
    missing = [name for name in names if name not in found]
    if missing or key != [KEY]:
        shown = ", ".join(missing) or f"{KEY} (primary key)"
        raise UsageError(
            Phrase(
                f"この表には結果を書けません({shown} がありません)",
                f"Results do not fit into this table (it lacks {shown})",
            ),
            where=where,
            hint=Phrase(
                "--into に新しい名前を指定してください(既存の表は作り変えません)",
                "Give a new name to --into (a table that is there is never remade)",
            ),
        )
    return kind_of_type(found[KEY]["type"])


def refuse_source(database: Database, name: str, reader: TableReader) -> None:
    """UsageError when results would go into the very table that is read."""
    if not isinstance(reader, SqlReader) or reader.table is None:
        return
    source = reader.database
    same = (
        source.name == database.name
        if source.file is None or database.file is None
        else source.file.resolve() == database.file.resolve()
    )
    (schema, into), (other, bare) = split(name), split(reader.table)
    anywhere = {schema or PUBLIC, other or PUBLIC}
    if same and into.lower() == bare.lower() and len(anywhere) == 1:
        raise UsageError(
            Phrase("--into が読み取る表そのものです", "--into is the table that is read"),
            where=f"{database.name} {name}",
            hint=Phrase("別の名前を指定してください", "Give another name"),
        )


def as_answer(value: object) -> str:
    """A value of a table of results as it stands in a file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def split(name: str) -> tuple[str | None, str]:
    """Schema and table."""
    schema, _, bare = name.rpartition(".")
    return schema or None, bare


def names_for(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Names that a database can tell apart: at most 63 bytes, and not by their case alone.

    >>> names_for(["概要", "概要", "Title", "title", "CT_Text"], ["ct_text"])
    ['概要', '概要_2', 'Title', 'title_2', 'CT_Text_2']
    """
    used = {name.lower() for name in taken}
    found = []
    for name in names:
        number, new = 1, _cut(name or "_")
        while new.lower() in used:
            number += 1
            new = _cut(name, f"_{number}")
        used.add(new.lower())
        found.append(new)
    return found


def _cut(name: str, end: str = "") -> str:
    room = LONGEST_NAME - len(end)
    return name.replace("\0", "").encode()[:room].decode("utf-8", "ignore") + end
