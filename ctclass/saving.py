"""Where the answers of a command go: a file, or a table of a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables import TableReader, TableWriter, check_database, check_input, create_table
from ctclass.tables.database import Database
from ctclass.tables.database_url import is_database, refuse_far

if TYPE_CHECKING:
    from ctclass.projects import Columns
    from ctclass.runs.stream import Known
    from ctclass.runs.table_record import ResultsTable
    from ctclass.tables.look import Look
    from ctclass.tagging.tag import Tagger


def check_inputs(inputs: Sequence[str], table: str | None, query: str | None) -> list[str]:
    """The names of the files that are read, those of SQLite too; an error where an input is
    not there, or is not called as it must be."""
    files = []
    for name in inputs:
        check_database(name, table, query)
        if is_database(name):
            database = Database(name)
            database.check_there()
            files += [str(database.file)] if database.file else []
        else:
            check_input(name)
            files.append(name)
    return files


def check_target(inputs: Sequence[str], output: str | None, into: str | None) -> None:
    """UsageError where the call does not say whether, and into which table, answers go."""
    for name in inputs:
        refuse_far(name)
    from_database = any(map(is_database, inputs))
    to_database = output is not None and is_database(output)
    if to_database:
        Database(str(output))  # says what is wrong with the URL
    if (from_database or into) and len(inputs) > 1:
        _refuse(
            Phrase("データベースは一つずつ扱います", "Databases are done one by one"),
            " ".join(x for x in inputs if not is_database(x)) or "INPUT",
            Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    if to_database and into is None:
        _refuse(
            Phrase("データベースへの出力には表の名前が要ります", "Which table is to be written?"),
            "-o",
            Phrase("--into 表の名前 を付けてください", "Add --into TABLE"),
        )
    if into is not None and output is not None and not to_database:
        _refuse(
            Phrase("--into とファイルへの -o は同時に使えません", "--into and a file after -o"),
            output,
            Phrase("どちらか一方にしてください", "Give one of them"),
        )
    if into is not None and output is None and not from_database:
        _refuse(
            Phrase("--into の書き込み先のデータベースがありません", "--into which database?"),
            "--into",
            Phrase(
                '-o "sqlite:///results.db" のように指定してください',
                'Add, for example: -o "sqlite:///results.db"',
            ),
        )
    if from_database and into is None and output is None:
        _refuse(
            Phrase("データベースのときは出力先が要ります", "A database needs an output"),
            "-o, --into",
            Phrase(
                "-o ファイル名、または同じデータベースの表へ --into 表の名前 を付けてください",
                "Add -o FILE, or --into TABLE for a table in the same database",
            ),
        )


def check_since(since_last: str | None, into: str | None) -> bool:
    """Whether the earlier output is the very table that is written; an error where it is
    neither that nor a file."""
    if since_last is None or since_last == into:
        return since_last is not None
    if not is_database(since_last):
        try:
            check_input(since_last)
        except InputError:
            if into is None:
                raise
        else:
            return False
    _refuse(
        Phrase(
            "--since-last に使えるのは、前の出力ファイルか、--into と同じ表です",
            "--since-last takes an earlier file, or the very table of --into",
        ),
        f"{since_last.partition('://')[0]}://…" if is_database(since_last) else since_last,
        Phrase(
            f"--since-last {into} とするか、前の出力ファイルを指定してください",
            f"Write --since-last {into}, or name an earlier output file",
        )
        if into is not None
        else Phrase("前の出力ファイルを指定してください", "Name an earlier output file"),
    )
    return False


@dataclass(frozen=True, slots=True)
class Place:
    """The table `into` which answers go, if any: with the rows' `own` cells or alone; `again`
    when it holds those of an earlier run, which are not to be given anew."""

    into: str | None = None
    own: bool = True
    again: bool = False


def place_of(target: str, place: Place) -> str:
    """The output where names beside it are made; a table has a name that stands for it."""
    if place.into is None:
        return target
    from ctclass.runs.table_record import beside_table

    return beside_table(Database(target), place.into)


@contextmanager
def written(target: str, place: Place) -> Iterator[ResultsTable | None]:
    """The table that was written, to read it again; None for a file."""
    if place.into is None:
        yield None
        return
    from ctclass.runs.table_record import open_results

    with open_results(Database(target), place.into) as table:
        yield table


def created(
    target: str,
    place: Place,
    reader: TableReader,
    columns: Columns,
    appended: Sequence[str],
    *,
    kind: str | None = None,
    headings: Sequence[str] | None = None,
    look: Callable[[], Look] | None = None,
) -> TableWriter:
    """The output for the rows of `reader`: the file `target`, or a table in that database."""
    if place.into is None:
        return create_table(target, reader, appended, kind=kind, headings=headings, look=look)
    from ctclass.runs.results import ResultsWriter

    return ResultsWriter(Database(target), place.into, reader, columns, appended, own=place.own)


def known_of(writer: TableWriter, tagger: Tagger, place: Place) -> Known | None:
    """What the table that is written holds already, where that was asked for."""
    if not place.again:
        return None
    from ctclass.runs.results import ResultsWriter

    return writer.known(tagger.label) if isinstance(writer, ResultsWriter) else None


def kept_in(writer: TableWriter) -> int:
    """How many rows of the table that was written were as they are now."""
    from ctclass.runs.results import ResultsWriter

    return writer.same if isinstance(writer, ResultsWriter) else 0


def _refuse(what: Phrase, where: str, hint: Phrase) -> None:
    raise UsageError(what, where=where, hint=hint)
