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
    BudgetColumns,
    CountryColumns,
    EncodingName,
    FunderColumns,
    IdColumn,
    InternationalColumns,
    KeywordColumns,
    Lang,
    ModelName,
    PartnerColumns,
    ProgrammeColumns,
    Quiet,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)


def _known_level(value: str | None) -> str | None:
    if value not in (None, "check", "priority"):
        raise typer.BadParameter(say("priority か check です", "priority or check"))
    return value


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
    country: CountryColumns = None,
    funder: FunderColumns = None,
    programme: ProgrammeColumns = None,
    budget: BudgetColumns = None,
    international: InternationalColumns = None,
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
    screening_recall: Annotated[
        bool,
        option(
            "--screening-recall",
            ja="技術流出の確認を、見逃しを減らす設定で付ける(指摘は増える)",
            en="screen for leakage so that less is missed (and more is flagged)",
        ),
    ] = False,
    fail_on: Annotated[
        str | None,
        option(
            "--fail-on",
            ja="priority か check の行があれば、書き終えてから終了コード 1",
            en="exit 1, after all is written, where a row is priority or check",
            callback=_known_level,
        ),
    ] = None,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Annotated[
        bool, option("--force", ja="既にある出力を上書きする", en="replace an existing output")
    ] = False,
) -> None:
    """Check all names first, so that a slip in the last file does not cost the first."""
    from ctclass.model import read_model
    from ctclass.tables import check_input, check_kind, format_of, refuse_excel, refuse_output
    from ctclass.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    for name in inputs:
        check_input(name)
    pairs = [(name, _output_for(name, inputs, output)) for name in inputs]
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError(
            Phrase("複数の入力が同じ出力になります", "Several inputs would give the same output"),
            where=output or "-o",
            hint=Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    for _, target in pairs:
        refuse_output(target, inputs, force=force)
        if excel:
            refuse_excel(format_of(target)[0] or (kind if target == "-" else None), target)
    tagger = Tagger(read_model(model), recall=screening_recall)
    chosen = {
        "project_id": project_id,
        "title": title,
        "abstract": abstract,
        "keywords": keywords,
        "partners": partners,
        "country": country,
        "funder": funder,
        "programme": programme,
        "budget": budget,
        "international": international,
    }
    met = 0
    for name, target in pairs:
        job = _Job(name, target, chosen, encoding, kind, excel, workers or cores(), chunk_rows)
        totals = _tag_one(tagger, job, screen)
        met += _rows_from(totals, fail_on) if fail_on else 0
    if met:
        screen.tell(
            Phrase(
                f"--fail-on {fail_on}: {met:,} 件(終了コード 1)",
                f"--fail-on {fail_on}: {met:,} rows (exit code 1)",
            )
        )
        raise typer.Exit(1)


def _rows_from(totals: Any, level: str) -> int:
    """How many rows are at a screening level or above it."""
    from ctclass.rules import LEVELS

    return sum(totals.screening[x] for x in LEVELS[LEVELS.index(level) :])


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


def _tag_one(tagger: Any, job: _Job, screen: Screen) -> Any:
    """The totals of a table that is tagged and written whole."""
    from ctclass.stream import tag_table
    from ctclass.tables import create_table
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
    return totals


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
