"""How a tagged table reads in a framework: how many of its rows fall under each item."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ctclass.errors import InputError, Phrase
from ctclass.tables import Row, TableReader
from ctclass.taxonomy.crosswalk import PARTIAL, Reading

_NEEDED = ("ct_areas", "ct_subtechnologies")
Answer = tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows by item: those that are in it, and those that may be. A row counts under every
    item that it has; `outside` has none, or is in no area at all."""

    rows: int
    inside: Counter[str]
    partial: Counter[str]
    outside: int


def tally(reading: Reading, reader: TableReader) -> Tally:
    """Count the rows of a table that `ctclass tag` wrote.

    Raises InputError for a table without the columns of `tag`, or with areas of another
    taxonomy.
    """
    inside: Counter[str] = Counter()
    partial: Counter[str] = Counter()
    rows = outside = 0
    for areas, subtechnologies in _answers(reader):
        rows += 1
        for area in areas:
            if area not in reading.areas:
                raise _strange(reader.path, area)
        items = reading.items_of(areas, subtechnologies)
        outside += not items
        inside.update(item for item, strength in items if strength != PARTIAL)
        partial.update(item for item, strength in items if strength == PARTIAL)
    return Tally(rows, inside, partial, outside)


def _answers(reader: TableReader) -> Iterator[Answer]:
    if reader.format == "jsonl":
        for chunk in reader.chunks(1000):
            for row in chunk.rows:
                yield _from_record(reader.path, row)
        return
    names = [name.partition(" ")[0] for name in reader.header]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise _untagged(reader.path, missing[0])
    places = [names.index(name) for name in _NEEDED]
    reader.judged = frozenset(places)
    for chunk in reader.chunks(1000):
        for row in chunk.rows:
            areas, subs = ([v for v in row.cells[i].split(";") if v] for i in places)
            yield areas, subs


def _from_record(path: str, row: Row) -> Answer:
    try:
        record = json.loads(row.raw)["ctclass"]
        return [area["id"] for area in record["areas"]], list(record["subtechnologies"])
    except (ValueError, KeyError, TypeError) as error:
        raise _untagged(path, "ctclass") from error


def _untagged(path: str, column: str) -> InputError:
    return InputError(
        Phrase(f"判定済みの表ではありません({column} がありません)",
               f"This is no tagged table ({column} is missing)"),
        where=path,
        hint=Phrase("ctclass tag の出力を指定してください", "Give what ctclass tag wrote"),
    )  # fmt: skip


def _strange(path: str, area: str) -> InputError:
    return InputError(
        Phrase(f"領域 {area} は別の技術体系のものです", f"The area {area} is of another taxonomy"),
        where=path,
        hint=Phrase("16領域のモデルで判定した表を指定してください",
                    "Give a table tagged with the model of the 16 areas"),
    )  # fmt: skip
