"""An output of `ctclass tag`, read again: its rows, and the answers beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.headings import find_columns
from ctclass.projects import Columns, Project
from ctclass.runs.answers import Kept
from ctclass.tables import Chunk, Row, TableReader, open_table
from ctclass.tables.json_lines import KEY
from ctclass.tables.rows import CUT
from ctclass.tagging.tag import COLUMNS

_NEUTRALIZED = re.compile(r"'(?=[=+\-@\t\r＝])")
_ALTERED = re.compile(rf"(?m)^'|\ufffd|_x[0-9A-Fa-f]{{4}}_|{re.escape(CUT)}$")
"""What a cell holds that Excel could not take as it was."""


class Earlier:
    """The rows of an earlier output with their answers; also of the form for Excel."""

    def __init__(self, reader: TableReader) -> None:
        self.reader = reader
        self.path = reader.path
        self._json = reader.format == "jsonl"
        names = [name.partition(" ")[0] for name in reader.header]
        places = [names.index(name) if name in names else -1 for name in COLUMNS]
        self._places = places
        self.for_excel = not self._json and reader.header[places[0]] != COLUMNS[0]
        self._altered = self.for_excel or reader.format == "xlsx"
        if -1 in places and not self._json:
            raise _no_output(self.path)

    def find_columns(self, **named: Any) -> Columns:
        """Which columns hold the texts; those of the answers hold none."""
        own = ["" if i in self._places else name for i, name in enumerate(self.reader.header)]
        return find_columns(own, where=self.path, **named)

    def chunks(self) -> Iterator[tuple[Chunk, list[list[str] | None]]]:
        """Rows and the values of `COLUMNS` beside each, None where there are none.

        Raises InputError when no row of JSON Lines has an answer.
        """
        found = False
        for chunk in self.reader.chunks(500):
            answers = [self._answer(row) for row in chunk.rows]
            found = found or any(answers)
            yield chunk, answers
        if self._json and not found:
            raise _no_output(self.path)

    def is_exact(self, project: Project) -> bool:
        """Whether the texts are those that were judged: Excel cannot take every one as it is,
        so some were cut or altered when they were written."""
        if not self._altered:
            return True
        cells = [cell.rpartition("\t")[2] for _, cell in project.circumstances]
        return not any(_ALTERED.search(text) for text in (*project.texts, *cells))

    def _answer(self, row: Row) -> list[str] | None:
        if self._json:
            return _of_line(row)
        values = [row.cells[i] for i in self._places]
        return [_NEUTRALIZED.sub("", v) for v in values] if self.for_excel else values


@contextmanager
def open_earlier(path: str) -> Iterator[Earlier]:
    """Open an output of `ctclass tag`.

    Raises InputError when it is none, or cannot be read.
    """
    with open_table(path) as reader:
        yield Earlier(reader)


def _of_line(row: Row) -> list[str] | None:
    try:
        record = json.loads(row.raw)[KEY]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    kept = Kept.of_record(record) if isinstance(record, Mapping) else None
    return kept.columns() if kept else None


def _no_output(path: str) -> InputError:
    return InputError(
        Phrase(
            "ctclass tag の出力ではありません(ct_ の列がそろっていません)",
            "This is no output of ctclass tag (it lacks columns with answers)",
        ),
        where=path,
        hint=Phrase(
            "ctclass tag が前に書いたファイルを指定してください",
            "Name a file that ctclass tag wrote",
        ),
    )
