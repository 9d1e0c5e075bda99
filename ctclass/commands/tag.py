"""`ctclass tag`: tables in, the same tables with answers out."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from ctclass.console import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.options import (
    LANG,
    AbstractColumns,
    EncodingName,
    IdColumn,
    KeywordColumns,
    Lang,
    ModelName,
    PartnerColumns,
    Quiet,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)

HELP = say("表の各行に領域と指摘を付けます。", "Tag every row of a table.")


def tag(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help=say(
                ".csv .tsv .jsonl .parquet .xlsx(文字形式は .gz も)。- は標準入力",
                ".csv .tsv .jsonl .parquet .xlsx (.gz of the text formats); - is standard input",
            ),
        ),
    ],
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            ja="出力(拡張子が形式を決める。- は標準出力。入力が複数ならフォルダー)",
            en="output (its ending is the format; - is stdout; a folder for several inputs)",
        ),
    ] = None,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    partners: PartnerColumns = None,
    encoding: EncodingName = None,
    kind: Annotated[
        str | None,
        option(
            "--format",
            ja="標準入力と標準出力の形式 csv tsv jsonl parquet xlsx",
            en="format of stdin and stdout: csv tsv jsonl parquet xlsx",
        ),
    ] = None,
    excel: Annotated[
        bool,
        option(
            "--excel",
            ja="Excel でそのまま開ける CSV にする(BOM、日本語の見出し)",
            en="CSV for Excel (BOM, CRLF, Japanese headings beside the names)",
        ),
    ] = False,
    workers: Workers = 0,
    chunk_rows: Annotated[
        int,
        option("--chunk-rows", ja="一度に扱う行数", en="rows handled at a time", min=1),
    ] = 500,
    model: ModelName = "default",
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Annotated[
        bool, option("--force", ja="既にある出力を上書きする", en="replace an existing output")
    ] = False,
) -> None:
    """Check all names first, so that a slip in the last file does not cost the first."""
    from ctclass.model import read_model
    from ctclass.tables import check_input, check_kind, refuse_output
    from ctclass.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    for name in inputs:
        check_input(name)
    pairs = [(name, _output_for(name, inputs, output, excel=excel)) for name in inputs]
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError(
            Phrase("複数の入力が同じ出力になります", "Several inputs would give the same output"),
            where=output or "-o",
            hint=Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    for _, target in pairs:
        refuse_output(target, inputs, force=force)
    tagger = Tagger(read_model(model))
    chosen = {
        "project_id": project_id,
        "title": title or (),
        "abstract": abstract or (),
        "keywords": keywords or (),
        "partners": partners or (),
    }
    for name, target in pairs:
        job = _Job(name, target, chosen, encoding, kind, excel, workers or cores(), chunk_rows)
        _tag_one(tagger, job, screen)


@dataclass(frozen=True, slots=True)
class _Job:
    """One table to tag, and how."""

    source: str
    target: str
    columns: dict[str, Any]
    encoding: str | None
    kind: str | None
    excel: bool
    workers: int
    chunk_rows: int


def _tag_one(tagger: Any, job: _Job, screen: Screen) -> None:
    from ctclass.projects import find_columns
    from ctclass.stream import tag_table
    from ctclass.tables import create_table, open_table
    from ctclass.tag import COLUMNS, HEADINGS

    input_kind = job.kind if job.source == "-" else None
    output_kind = job.kind if job.target == "-" else None
    started = perf_counter()
    with open_table(job.source, encoding=job.encoding, kind=input_kind) as reader:
        columns = find_columns(reader.header, where=reader.path, **job.columns)
        screen.tell_columns(reader, columns)
        headings = [f"{name} {HEADINGS[name]}" for name in COLUMNS] if job.excel else None
        with (
            create_table(
                job.target, reader, COLUMNS, kind=output_kind, headings=headings
            ) as writer,
            screen.progress(
                screen.say("判定中", "tagging"),
                reader.row_count,
                lambda: (reader.source.position(), reader.source.size),
            ) as progress,
        ):
            totals = tag_table(
                tagger,
                reader,
                writer,
                columns,
                workers=job.workers,
                chunk_rows=job.chunk_rows,
                progress=progress,
            )
    seconds = perf_counter() - started
    target = "" if job.target == "-" else job.target
    screen.tell_held()
    screen.summary(totals, tagger.model, target, seconds)
    screen.tell(*writer.notes)


def _output_for(name: str, inputs: list[str], output: str | None, *, excel: bool) -> str:
    from ctclass.tables import output_path

    several = len(inputs) > 1
    if output is not None and Path(output).is_dir():
        return output_path("stdin.csv" if name == "-" else name, output)
    if output is not None and several:
        raise UsageError(
            Phrase("入力が複数のとき、-o はフォルダーです", "With several inputs -o is a folder"),
            where=output,
            hint=Phrase("フォルダーを作って指定してください", "Make the folder, or leave -o out"),
        )
    if excel and Path(output or name).suffix not in (".csv", ".gz", ".tsv", ""):
        raise UsageError(
            Phrase("--excel は CSV の出力に使います", "--excel is for CSV output"),
            where=output or name,
            hint=Phrase(
                "-o 名前.csv とするか、-o 名前.xlsx を", "Use -o NAME.csv, or -o NAME.xlsx"
            ),
        )
    if output is None and name == "-":
        raise UsageError(
            Phrase("標準入力のときは出力先が要ります", "Standard input needs an output"),
            where="-o",
            hint=Phrase("-o - か -o ファイル名 を付けてください", "Add -o - or -o FILE"),
        )
    return output or output_path(name)
