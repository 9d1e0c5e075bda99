"""Tables in and out: CSV, TSV, JSON Lines, Parquet, Excel, as chunks of rows.

Every format is in a file of its own, imported when it is met, so that a small
CSV never waits for the library of another format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables.database import Database
from ctclass.tables.database_url import is_database, refuse_far
from ctclass.tables.files import (
    FORMATS,
    TEXT_FORMATS,
    ZIPPED,
    Source,
    check_input,
    ending,
    format_of,
    may_be_workbook,
    reading,
)
from ctclass.tables.heading import HeadingRule
from ctclass.tables.look import Look
from ctclass.tables.output import is_folder, output_path, refuse_output
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter

__all__ = [
    "FORMATS", "Chunk", "Row", "TableReader", "TableWriter", "check_database", "check_input",
    "check_kind", "create_table", "format_of", "is_database", "is_folder", "open_table",
    "output_path", "refuse_excel", "refuse_output",
]  # fmt: skip
_EXAMPLE = Phrase(
    'ctclass tag "sqlite:///grants.db" --table projects のように書きます',
    'Write, for example: ctclass tag "sqlite:///grants.db" --table projects',
)


def open_table(
    path: str,
    *,
    encoding: str | None = None,
    kind: str | None = None,
    is_heading: Callable[[Sequence[str]], bool] | None = None,
    join: Callable[[Sequence[str], Sequence[str]], list[str] | None] | None = None,
    table: str | None = None,
    query: str | None = None,
) -> TableReader:
    """Open a table; `-` is standard input. `kind` is a format, found by name or content if None.

    A URL is a database, and `table` or `query` says what to read there; `table` is also a
    sheet of a workbook. `is_heading` knows the heading of CSV, TSV and Excel among the first
    rows, and `join` whether it goes on in the row below; without them, and where no heading
    is known, the first row is the heading.

    Raises InputError for what cannot be read: a missing or empty file, a folder,
    an unknown encoding, a damaged archive.
    """
    check_kind(kind)
    check_database(path, table, query)
    if is_database(path):
        from ctclass.tables.sql import SqlReader

        return SqlReader(Database(path), table=table, query=query)
    source = Source(path)
    try:
        named = format_of(path)[0]
        kind = kind or _true_format(source, named)
        if table is not None and kind != "xlsx":
            raise _for_databases(path)
        reader = _reader(source, kind, encoding, HeadingRule(is_heading, join), table)
        kind = reader.format
    except BaseException:
        source.close()
        raise
    if named not in (None, kind):
        end = ending(path)[0]
        reader.notes.append(
            Phrase(
                f"名前は .{end} ですが中身は {kind.upper()} なので、そう読みました",
                f"The name ends in .{end}, but the content is {kind.upper()} and was read so",
            )
        )
    return reader


def _reader(
    source: Source, kind: str, encoding: str | None, rule: HeadingRule, sheet: str | None
) -> TableReader:
    if kind == "parquet":
        from ctclass.tables.parquet import ParquetReader

        return ParquetReader(source)
    if kind == "xlsx":
        from ctclass.tables.excel import ExcelReader

        return ExcelReader(source, rule, sheet)
    if kind == "jsonl":
        from ctclass.tables.json_lines import JsonLinesReader

        return JsonLinesReader(source, encoding)
    from ctclass.tables.delimited import DelimitedReader

    return DelimitedReader(source, kind, encoding, rule)


def create_table(
    path: str,
    reader: TableReader,
    appended: Sequence[str],
    *,
    kind: str | None = None,
    headings: Sequence[str] | None = None,
    look: Callable[[], Look] | None = None,
) -> TableWriter:
    """An output for the rows of `reader` with the `appended` columns; `-` is standard output.

    The format is `kind`, else what the name ends in, else that of the input, which is noted.
    `headings` asks for a CSV for Excel, with these names over the new columns; `look`
    for a workbook for people, where it is one.
    """
    check_kind(kind)
    named, packed = format_of(path)
    end = ending(path)[0]
    if end == "json":
        named = "jsonl"
    guessed = kind is None and named is None and bool(end)
    kind = kind or named or (reader.format if reader.format in FORMATS else "csv")
    if headings:
        refuse_excel(kind, path)
    if packed and kind not in TEXT_FORMATS:
        raise UsageError(
            Phrase(f"{kind} は gzip にできません", f"{kind} cannot be gzipped"),
            where=path,
            hint=Phrase(".gz のない名前にしてください", "Give a name without .gz"),
        )
    writer = _writer(path, reader, appended, kind, packed=packed, headings=headings, look=look)
    if guessed:
        writer.notes.append(
            Phrase(
                f".{end} という形式はないので、{kind.upper()} で書きました",
                f"There is no format .{end}: it was written as {kind.upper()}",
            )
        )
    return writer


def _writer(
    path: str,
    reader: TableReader,
    appended: Sequence[str],
    kind: str,
    *,
    packed: bool,
    headings: Sequence[str] | None,
    look: Callable[[], Look] | None,
) -> TableWriter:
    if kind == "parquet":
        from ctclass.tables.parquet import ParquetWriter

        return ParquetWriter(path, reader, appended)
    if kind == "xlsx":
        from ctclass.tables.excel_writer import ExcelWriter

        return ExcelWriter(path, reader, appended, look() if look else None)
    if kind == "jsonl":
        from ctclass.tables.json_lines import JsonLinesWriter

        return JsonLinesWriter(path, reader, appended, packed=packed)
    from ctclass.tables.delimited import DelimitedWriter

    return DelimitedWriter(
        path, reader, appended, tab=kind == "tsv", packed=packed, headings=headings
    )


def refuse_excel(kind: str | None, path: str) -> None:
    """UsageError when a CSV for Excel would not be a CSV; `kind` is None when not yet known."""
    if kind not in (None, "csv", "tsv"):
        raise UsageError(
            Phrase("--excel は CSV の出力に使います", "--excel is for CSV output"),
            where=path,
            hint=Phrase(
                "-o 名前.csv とするか、--excel を外して -o 名前.xlsx としてください",
                "Use -o NAME.csv, or -o NAME.xlsx without --excel",
            ),
        )


def check_database(path: str, table: str | None, query: str | None) -> None:
    """UsageError unless a database has one of `table` and `query`, and a file has none: but
    `table` may be a sheet of a workbook."""
    refuse_far(path)
    if not is_database(path):
        if query is not None or (table is not None and not may_be_workbook(path)):
            raise _for_databases(path)
    elif (table is None) == (query is None):
        raise UsageError(
            Phrase(
                "データベースには --table か --query のどちらか一つが要ります",
                "A database needs either --table or --query",
            ),
            where=f"{path.partition('://')[0]}://…",
            hint=_EXAMPLE,
        )


def _for_databases(path: str) -> UsageError:
    return UsageError(
        Phrase(
            "--table と --query はデータベースに使います(--table は Excel のシート名にも)",
            "--table and --query are for databases (--table for the sheet of a workbook, too)",
        ),
        where=path,
        hint=_EXAMPLE,
    )


def check_kind(kind: str | None) -> None:
    """UsageError for a format that there is none of."""
    if kind is not None and kind not in FORMATS:
        raise UsageError(
            Phrase(f"形式 {kind!r} を知りません", f"There is no format {kind!r}"),
            where="--format",
            hint=Phrase(f"{', '.join(FORMATS)} のどれかです", f"One of {', '.join(FORMATS)}"),
        )


def _true_format(source: Source, named: str | None) -> str:
    """The format of a file: its first bytes are believed before its name.

    A workbook called .csv is common, for a browser names what it downloads.
    """
    with reading(source.path), source.open() as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(ZIPPED):
        if b"vnd.oasis.opendocument" in start[:200]:
            raise InputError(
                Phrase("OpenDocument(.ods など)は読めません", "OpenDocument (.ods) is not read"),
                where=source.path,
                hint=Phrase(
                    ".xlsx か CSV で保存し直してください", "Save it again as .xlsx or as CSV"
                ),
            )
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            Phrase(
                "古い Excel 形式(.xls)か、パスワード付きです", "An old .xls or a locked workbook"
            ),
            where=source.path,
            hint=Phrase("Excel で .xlsx として保存し直してください", "Save it as .xlsx in Excel"),
        )
    if start.startswith(b"SQLite format 3\0"):
        raise InputError(
            Phrase("SQLite のデータベースです", "This is a SQLite database"),
            where=source.path,
            hint=Phrase(
                f'ctclass tag "sqlite:///{source.path}" --table 表の名前 -o 出力 と書いてください',
                f'Write: ctclass tag "sqlite:///{source.path}" --table NAME -o OUTPUT',
            ),
        )
    if not start:
        from ctclass.tables.delimited import empty

        raise empty(source.path)
    if named in TEXT_FORMATS:
        return named or "csv"
    plain = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb"\{|\[\s*\{", plain):
        return "jsonl"
    first = plain.partition(b"\n")[0]
    return "tsv" if first.count(b"\t") > first.count(b",") else "csv"
