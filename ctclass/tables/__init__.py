"""Tables in and out: CSV, TSV, JSON Lines, Parquet, Excel, as chunks of rows.

Every format is in a file of its own, imported when it is met, so that a small
CSV never waits for the library of another format.
"""

from __future__ import annotations

from collections.abc import Sequence

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables.files import (
    FORMATS,
    TEXT_FORMATS,
    Source,
    check_input,
    format_of,
    output_path,
    reading,
    refuse_output,
)
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter

__all__ = [
    "FORMATS", "Chunk", "Row", "TableReader", "TableWriter", "check_input", "check_kind",
    "create_table", "open_table", "output_path", "refuse_output",
]  # fmt: skip


def open_table(path: str, *, encoding: str | None = None, kind: str | None = None) -> TableReader:
    """Open a table; `-` is standard input. `kind` is a format, found by name or content if None.

    Raises InputError for what cannot be read: a missing or empty file, a folder,
    an unknown encoding, a damaged archive.
    """
    check_kind(kind)
    source = Source(path)
    try:
        kind = kind or format_of(path)[0] or _sniff(source)
        if kind == "parquet":
            from ctclass.tables.parquet import ParquetReader

            return ParquetReader(source)
        if kind == "xlsx":
            from ctclass.tables.excel import ExcelReader

            return ExcelReader(source)
        if kind == "jsonl":
            from ctclass.tables.json_lines import JsonLinesReader

            return JsonLinesReader(source, encoding)
        from ctclass.tables.delimited import DelimitedReader

        return DelimitedReader(source, kind, encoding)
    except BaseException:
        source.close()
        raise


def create_table(
    path: str,
    reader: TableReader,
    appended: Sequence[str],
    *,
    kind: str | None = None,
    headings: Sequence[str] | None = None,
) -> TableWriter:
    """An output for the rows of `reader` with the `appended` columns; `-` is standard output.

    The format is `kind`, else what the name ends in, else that of the input.
    `headings` asks for a file for Excel, with these names over the new columns.
    """
    check_kind(kind)
    ending, packed = format_of(path)
    kind = kind or ending or reader.format
    if packed and kind not in TEXT_FORMATS:
        raise UsageError(
            Phrase(f"{kind} は gzip にできません", f"{kind} cannot be gzipped"),
            where=path,
            hint=Phrase(".gz のない名前にしてください", "Give a name without .gz"),
        )
    if kind == "parquet":
        from ctclass.tables.parquet import ParquetWriter

        return ParquetWriter(path, reader, appended)
    if kind == "xlsx":
        from ctclass.tables.excel import ExcelWriter

        return ExcelWriter(path, reader, appended, headings)
    if kind == "jsonl":
        from ctclass.tables.json_lines import JsonLinesWriter

        return JsonLinesWriter(path, reader, appended, packed=packed)
    from ctclass.tables.delimited import DelimitedWriter

    return DelimitedWriter(
        path, reader, appended, tab=kind == "tsv", packed=packed, headings=headings
    )


def check_kind(kind: str | None) -> None:
    """UsageError for a format that there is none of."""
    if kind is not None and kind not in FORMATS:
        raise UsageError(
            Phrase(f"形式 {kind!r} を知りません", f"There is no format {kind!r}"),
            where="--format",
            hint=Phrase(f"{', '.join(FORMATS)} のどれかです", f"One of {', '.join(FORMATS)}"),
        )


def _sniff(source: Source) -> str:
    """The format of a file whose name does not tell."""
    with reading(source.path), source.open() as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            Phrase(
                "古い Excel 形式(.xls)か、パスワード付きです", "An old .xls or a locked workbook"
            ),
            where=source.path,
            hint=Phrase("Excel で .xlsx として保存し直してください", "Save it as .xlsx in Excel"),
        )
    plain = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if plain.startswith(b"{"):
        return "jsonl"
    first = plain.partition(b"\n")[0]
    return "tsv" if first.count(b"\t") > first.count(b",") else "csv"
