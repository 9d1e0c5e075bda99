"""A table of a database as partitions: ranges of a key, of equal numbers of rows.

Each range is read by a connection of its own, wherever its worker is, so the whole is no
snapshot: a row that changes meanwhile is read once, before or after its change.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from ctclass.cluster.partitions import Partition
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables.database import Database
from ctclass.tables.sql import SqlReader


def find_sql_partitions(
    url: str, table: str | None, parts: int, key: str | None, query: str | None = None
) -> list[Partition]:
    """Up to `parts` ranges of the key of a table, its primary key unless one is named; or of a
    `query`, whose key must be.

    Raises UsageError where there is no key, or one that orders the rows in no single way.
    """
    database = Database(url)
    if database.file is not None:
        url = f"sqlite:///{Path(database.file).absolute().as_posix()}"
    what = table or "--query"
    with SqlReader(database, table=table, query=query) as reader:
        name = _key(reader, what, key)
        declared = name if reader.key is None else reader.header[reader.key]
    with database.reader() as connection, database.asking(f"{database.name} {what}"):
        source, column = _source(connection, table, query), _quoted(name)
        plainly = connection.execution_options(no_parameters=True)  # a % is a % then
        counted = plainly.exec_driver_sql(
            f"SELECT COUNT(*), COUNT(DISTINCT {column}) FROM {source}"  # noqa: S608 - quoted names
        ).one()
        if counted[0] != counted[1]:
            raise _no_order(database.name, what, name, counted[0] - counted[1])
        # A part begins where that of the key before is another: there is no MIN of UUIDs.
        starts = plainly.exec_driver_sql(
            "SELECT k FROM (SELECT k, part, LAG(part) OVER (ORDER BY k) AS before FROM"  # noqa: S608
            f" (SELECT {column} AS k, NTILE({parts}) OVER (ORDER BY {column}) AS part"
            f" FROM {source}) AS parts) AS steps WHERE part <> before ORDER BY k"
        ).scalars()
        borders = [_literal(start, database, name) for start in starts]
    # What begins with `_` or `.` would be no result for anybody who reads the folder.
    plain = re.sub(r"[^\w.-]", "_", table or "query").lstrip("._") or "table"
    ranges = zip(["", *borders], [*borders, ""], strict=True)
    return [
        Partition(
            name=f"{plain}-{i:05}",
            dataset=url,
            path=what,
            size=0,
            query=f"SELECT * FROM {source}{_where(column, low, high)} ORDER BY {column}",  # noqa: S608
            key=declared,
        )
        for i, (low, high) in enumerate(ranges)
    ]


def _key(reader: SqlReader, table: str, named: str | None) -> str:
    if named is not None:
        if named in reader.header:
            return named
        raise InputError(
            Phrase(
                f"列 {named!r} がありません。ある列: {'、'.join(map(repr, reader.header[:40]))}",
                f"No column {named!r}. There are: {', '.join(map(repr, reader.header[:40]))}",
            ),
            where=reader.path,
            hint=Phrase("--on の列名を確かめてください", "Check the name after --on"),
        )
    if reader.key is None:
        raise UsageError(
            Phrase(
                f"{table} に一列の主キーがありません", f"{table} has no primary key of one column"
            ),
            where=reader.path,
            hint=Phrase(
                "値の重ならない列を --on で指定してください",
                "Name a column without equal values with --on",
            ),
        )
    return reader.header[reader.key]


def _source(connection: Any, table: str | None, query: str | None) -> str:
    from sqlalchemy import inspect

    if table is None:
        # On lines of its own, for it may end in a comment.
        return f"(\n{str(query).rstrip().rstrip(';')}\n) AS asked"
    schema, dot, bare = table.partition(".")
    if not dot or inspect(connection).has_table(table):
        return _quoted(table)
    return f"{_quoted(schema)}.{_quoted(bare)}"


def _quoted(name: str) -> str:
    """A name in SQL. SQLAlchemy's own way doubles each %, for drivers that halve it again.

    >>> _quoted('a "50%" grant')
    '"a ""50%"" grant"'
    """
    return '"' + name.replace('"', '""') + '"'


def _where(column: str, low: str, high: str) -> str:
    tests = [f"{column} >= {low}"] if low else []
    tests += [f"{column} < {high}"] if high else []
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def _literal(value: object, database: Database, key: str) -> str:
    """A value of the key as SQL. PostgreSQL reads the text of any type as that type.

    >>> here = Database("sqlite:///grants.db")
    >>> _literal(7, here, "id"), _literal("JP'1", here, "id")
    ('7', "'JP''1'")
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, UUID) or (isinstance(value, Decimal) and value.is_finite()):
        return f"'{value}'"
    if isinstance(value, str) and "\0" not in value:
        text = value.replace("'", "''")
        if database.kind == "sqlite" or "\\" not in text:
            return f"'{text}'"
        return "E'" + text.replace("\\", "\\\\") + "'"  # whatever the server makes of a single one
    raise InputError(
        Phrase(
            f"{key} の値では分けられません({type(value).__name__})",
            f"The values of {key} cannot be divided ({type(value).__name__})",
        ),
        where=database.name,
        hint=Phrase(
            "整数か文字列か UUID の列を --on で指定してください",
            "Name a column of integers, texts or UUIDs with --on",
        ),
    )


def _no_order(where: str, table: str, key: str, rows: int) -> UsageError:
    return UsageError(
        Phrase(
            f"{key} が空か、ほかと同じ行が {rows} 行あり、順序が決まりません",
            f"{rows} rows have no {key}, or that of another row: their order is not certain",
        ),
        where=f"{where} {table}",
        hint=Phrase(
            "値の重ならない列を --on で指定してください",
            "Name a column without equal values with --on",
        ),
    )
