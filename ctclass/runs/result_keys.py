"""Project ids as the key of a table of results: whole numbers and UUIDs where the source has
them, so that both can be joined without a cast; texts everywhere else."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ctclass.errors import CtclassError, InputError, Phrase, UsageError
from ctclass.projects import Columns
from ctclass.tables import TableReader
from ctclass.tables.sql import SqlReader

KeyKind = Literal["text", "whole", "uuid"]
_LARGEST = 1 << 63
_HELD = {"whole": Phrase("整数", "whole numbers"), "uuid": Phrase("UUID", "UUIDs")}


def kind_of_column(reader: TableReader, column: int) -> KeyKind:
    """What a table of results made for this reader has as its key."""
    if isinstance(reader, SqlReader):
        if reader.is_whole_number(column):
            return "whole"
        if reader.is_uuid(column):
            return "uuid"
    return "text"


def kind_of_type(found: Any) -> KeyKind:
    """What the key of a table is that is there already."""
    import sqlalchemy as sa

    if isinstance(found, sa.Uuid):
        return "uuid"
    return "whole" if issubclass(found.python_type, int) else "text"


def key_type(kind: KeyKind) -> Any:
    """The type of the key's column."""
    import sqlalchemy as sa

    return {"text": sa.Text(), "whole": sa.BigInteger(), "uuid": sa.Uuid(as_uuid=False)}[kind]


def as_key(text: str, kind: KeyKind) -> str | int:
    """A project id as the table holds it. Raises ValueError where it cannot.

    >>> as_key("-7", "whole"), as_key("-7", "text")
    (-7, '-7')
    """
    if kind == "uuid":
        return str(UUID(text))
    if kind == "text":
        return text.replace("\0", "")
    number = int(text)
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError(text)
    return number


def key_column(columns: Columns, where: str) -> int:
    """The column with the project ids; UsageError where there is none."""
    if columns.project_id is not None:
        return columns.project_id
    raise UsageError(
        Phrase("課題番号の列が見つかりません", "No column with the project id was found"),
        where=where,
        hint=Phrase(
            "--id で列を指定してください(結果は課題番号ごとに 1 行です)",
            "Name it with --id (results have one row for each project id)",
        ),
    )


def no_key(row: int, where: str) -> CtclassError:
    """A row without a project id."""
    return _bad_id(
        Phrase(f"データ行 {row} の課題番号が空です", f"Data row {row} has no project id"), where
    )


def misfit(text: str, row: int, kind: KeyKind, where: str) -> CtclassError:
    """A project id that the key of the table cannot hold."""
    held = _HELD[kind]
    return _bad_id(
        Phrase(
            f"データ行 {row} の課題番号 {text!r} は、この表の{held.ja}の列に入りません",
            f"The project id {text!r} of data row {row} does not fit: the table has {held.en}",
        ),
        where,
    )


def twice(key: str | int, row: int, where: str) -> CtclassError:
    """A project id that an earlier row had already."""
    return _bad_id(
        Phrase(
            f"課題番号 {str(key)!r} が 2 度あります(データ行 {row})",
            f"The project id {str(key)!r} is there twice (data row {row})",
        ),
        where,
    )


def _bad_id(what: Phrase, where: str) -> CtclassError:
    return InputError(
        what,
        where=where,
        hint=Phrase(
            "何も書いていません。表を直すか、--id で一意な列を、--query で行を選んでください",
            "Nothing was written. Mend the table, name a unique column with --id, or choose "
            "rows with --query",
        ),
    )
