"""`ctclass tag`: tables in, the same tables with answers out."""

from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any

import typer

from ctclass.console import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
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


def tag(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help=say(
                ".csv .tsv .jsonl .parquet .xlsx(文字形式は .gz も)。- は標準入力。"
                "データベースは sqlite:///… か postgresql+psycopg://…",
                ".csv .tsv .jsonl .parquet .xlsx (.gz of the text formats); - is standard input; "
                "a database is sqlite:///… or postgresql+psycopg://…",
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
    table: Annotated[
        str | None,
        option("--table", ja="データベースの表かビュー", en="table or view of a database"),
    ] = None,
    query: Annotated[
        str | None,
        option("--query", ja="その代わりに SELECT 文", en="a SELECT instead of a table"),
    ] = None,
    into: Annotated[
        str | None,
        option(
            "--into",
            ja="結果を書く表(課題番号ごとに 1 行。入力のデータベースか、-o の URL のもの)",
            en="table for the results, by project id (in that database, or in the URL after -o)",
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
            ja="標準出力の形式(ファイルに出すときは標準入力の形式)csv tsv jsonl parquet xlsx",
            en="format of stdout (of stdin with a file as output): csv tsv jsonl parquet xlsx",
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
        option(
            "--chunk-rows", ja="一度に扱う行数", en="rows handled at a time", min=1, max=100_000
        ),
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
    from ctclass.saving import check_inputs, check_target
    from ctclass.tables import check_kind, format_of, refuse_excel, refuse_output
    from ctclass.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    check_target(inputs, output, into)
    files = check_inputs(inputs, table, query)
    pairs = _pairs(inputs, output, table or query and "query", into)
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError(
            Phrase("複数の入力が同じ出力になります", "Several inputs would give the same output"),
            where=output or "-o",
            hint=Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    for _, target in pairs:
        if into is None:
            refuse_output(target, files, force=force)
        if excel:
            ending = "sql" if into else format_of(target)[0]
            refuse_excel(ending or (kind if target == "-" else None), into or target)
    tagger = Tagger(read_model(model))
    chosen = {
        "project_id": project_id,
        "title": title,
        "abstract": abstract,
        "keywords": keywords,
        "partners": partners,
        "table": table,
        "query": query,
    }
    for name, target in pairs:
        job = _Job(
            name, target, chosen, encoding, kind, excel, workers or cores(), chunk_rows,
            into, output is not None,
        )  # fmt: skip
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
    into: str | None
    own: bool


def _tag_one(tagger: Any, job: _Job, screen: Screen) -> None:
    from ctclass.saving import created
    from ctclass.stream import tag_table
    from ctclass.tag import COLUMNS, HEADINGS

    # From pipe to pipe the format is that of the output; what comes in tells by itself.
    input_kind = job.kind if job.source == "-" and job.target != "-" else None
    output_kind = job.kind if job.target == "-" else None
    started = perf_counter()
    with opened(screen, job.source, encoding=job.encoding, kind=input_kind, **job.columns) as (
        reader,
        columns,
    ):
        headings = [f"{name} {HEADINGS[name]}" for name in COLUMNS] if job.excel else None
        with (
            created(
                job.target, job.into, reader, columns,
                own=job.own, kind=output_kind, headings=headings,
            ) as writer,
            screen.progress(
                screen.say("判定中", "tagging"), reader.row_count, reader.position
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
    target = "" if job.target == "-" else writer.path
    screen.tell_held()
    screen.summary(totals, tagger.model, target, seconds)
    screen.tell(*writer.notes)


def _pairs(
    inputs: list[str], output: str | None, read: str | None, into: str | None
) -> list[tuple[str, str]]:
    """Each input with its output. What is `read` in a database names a file in a folder."""
    if into is not None:
        return [(name, output or name) for name in inputs]
    named = [f"{read}.csv"] if read else inputs
    return [(i, _output_for(n, named, output)) for i, n in zip(inputs, named, strict=True)]


def _output_for(name: str, inputs: list[str], output: str | None) -> str:
    from ctclass.tables import is_folder, output_path

    if output is not None and output != "-" and is_folder(output):
        return output_path("stdin.csv" if name == "-" else name, output)
    if output is not None and len(inputs) > 1:
        raise UsageError(
            Phrase("入力が複数のとき、-o はフォルダーです", "With several inputs -o is a folder"),
            where=output,
            hint=Phrase("フォルダーを作って指定してください", "Make the folder, or leave -o out"),
        )
    if output is None and name == "-":
        raise UsageError(
            Phrase("標準入力のときは出力先が要ります", "Standard input needs an output"),
            where="-o",
            hint=Phrase("-o - か -o ファイル名 を付けてください", "Add -o - or -o FILE"),
        )
    return output or output_path(name)
