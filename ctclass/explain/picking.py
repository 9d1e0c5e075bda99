"""Rows of a table found by project id or by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctclass.errors import InputError, Phrase
from ctclass.projects import Columns
from ctclass.tables import Row, TableReader

_SHOWN = 5
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Picked:
    """A row, its number (data rows from 1), and the id by which it was asked for, if so."""

    number: int
    row: Row
    project_id: str


def find_rows(
    reader: TableReader, columns: Columns, ids: Sequence[str], numbers: Sequence[int] = ()
) -> list[Picked]:
    """The rows that have one of `ids` (every one, where an id stands more than once), in the
    order of the ids and of the table, and then those with one of the numbers.

    Raises InputError when the table has no id column, or an id or a row is not there.
    """
    place = columns.project_id
    if ids and place is None:
        raise InputError(
            Phrase("課題番号の列が見つかりません", "No column with the project id was found"),
            where=reader.path,
            hint=Phrase(
                "--id-column 列名 で指定するか、--row 行番号 で選んでください",
                "Name it with --id-column NAME, or choose with --row NUMBER",
            ),
        )
    by_id: dict[str, list[Picked]] = {wanted.strip(): [] for wanted in ids}
    by_number: dict[int, list[Picked]] = {number: [] for number in numbers}
    first: list[str] = []
    rows = 0
    for chunk in reader.chunks(_CHUNK):
        for number, row in enumerate(chunk.rows, chunk.first_row):
            own = row.cells[place].strip() if place is not None else ""
            if own in by_id:
                by_id[own].append(Picked(number, row, own))
            if number in by_number:
                by_number[number].append(Picked(number, row, own))
            if own and len(first) < _SHOWN:
                first.append(own)
            rows = number
    missing = [wanted for wanted, found in by_id.items() if not found]
    if missing:
        raise _no_such_id(reader.path, missing, first)
    beyond = [number for number, found in by_number.items() if not found]
    if beyond:
        raise InputError(
            Phrase(
                f"データ行 {beyond[0]} はありません({rows:,} 行あります)",
                f"There is no data row {beyond[0]} (there are {rows:,})",
            ),
            where=reader.path,
            hint=Phrase("1 から数えた行番号です", "Rows are counted from 1, without the heading"),
        )
    return [row for found in (*by_id.values(), *by_number.values()) for row in found]


def _no_such_id(path: str, missing: Sequence[str], there: Sequence[str]) -> InputError:
    names, english = "、".join(map(repr, missing[:_SHOWN])), ", ".join(map(repr, missing[:_SHOWN]))
    some = ", ".join(there)
    return InputError(
        Phrase(f"課題番号 {names} の行がありません", f"No row has the id {english}"),
        where=path,
        hint=Phrase(
            f"たとえばこの番号があります: {some}" if some else "課題番号の列は空です",
            f"There are, for one: {some}" if some else "The column of ids is empty",
        ),
    )
