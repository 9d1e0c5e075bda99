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
    frameworks: Annotated[
        list[str] | None,
        option(
            "--framework",
            ja="この枠組みの項目の列も付ける(複数可。一覧は ctclass crosswalk)",
            en="add a column of this framework's items (repeatable; ctclass crosswalk lists them)",
        ),
    ] = None,
    resume: Annotated[
        bool,
        option(
            "--resume",
            ja="途中経過を記録し、中断した実行があれば続きから行う",
            en="keep a journal, and go on from where a broken run was",
        ),
    ] = False,
    since_last: Annotated[
        str | None,
        option(
            "--since-last",
            ja="前の出力。本文もモデルも同じ行は判定し直さず引き継ぐ",
            en="an earlier output: rows with the same text and model are taken over",
            metavar="PREVIOUS",
        ),
    ] = None,
    manifest: Annotated[
        bool,
        option(
            "--manifest",
            ja="出力の横にマニフェスト(.manifest.json)を書く(ctclass verify で照合)",
            en="write OUTPUT.manifest.json beside the output (for ctclass verify)",
        ),
    ] = False,
) -> None:
    """Check all names first, so that a slip in the last file does not cost the first."""
    from ctclass.journal import forget_journal, journal_path
    from ctclass.layout import layout_for
    from ctclass.model import read_model
    from ctclass.remembering import Wishes, refuse_places
    from ctclass.tables import check_input, check_kind, format_of, refuse_excel, refuse_output
    from ctclass.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    for name in (*inputs, *filter(None, [since_last])):
        check_input(name)
    wishes = Wishes(resume, since_last, manifest, anew=force)
    pairs = [(name, _output_for(name, inputs, output)) for name in inputs]
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError(
            Phrase("複数の入力が同じ出力になります", "Several inputs would give the same output"),
            where=output or "-o",
            hint=Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    for _, target in pairs:
        refuse_places(wishes, target)
        # A journal beside an output says that it is one of the run that is to go on.
        refuse_output(target, inputs, force=force or (resume and journal_path(target).exists()))
        if excel:
            refuse_excel(format_of(target)[0] or (kind if target == "-" else None), target)
    tagger = Tagger(read_model(model))
    layout = layout_for(frameworks or (), tagger.model)
    chosen = {
        "project_id": project_id,
        "title": title,
        "abstract": abstract,
        "keywords": keywords,
        "partners": partners,
    }
    for name, target in pairs:
        at_once = workers or cores()
        job = _Job(name, target, chosen, encoding, kind, excel, at_once, chunk_rows, layout, wishes)
        _tag_one(tagger, job, screen)
    if resume:
        for _, target in pairs:
            forget_journal(target)


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
    layout: Any
    wishes: Any


def _tag_one(tagger: Any, job: _Job, screen: Screen) -> None:
    from ctclass.remembering import open_run, record_run
    from ctclass.stream import tag_table
    from ctclass.tables import create_table
    from ctclass.workbook import look_for, pages

    # From pipe to pipe the format is that of the output; what comes in tells by itself.
    input_kind = job.kind if job.source == "-" and job.target != "-" else None
    output_kind = job.kind if job.target == "-" else None
    started = perf_counter()
    with opened(screen, job.source, encoding=job.encoding, kind=input_kind, **job.columns) as (
        reader,
        columns,
    ):
        columns_out = job.layout.columns
        headings = job.layout.headings if job.excel else None
        with (
            open_run(
                job.wishes, tagger, reader, columns, output=job.target, named=job.columns
            ) as run,
            create_table(
                job.target,
                reader,
                columns_out,
                kind=output_kind,
                headings=headings,
                look=lambda: look_for(tagger.model, reader.header, columns),
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
                layout=job.layout,
                known=run.known,
                watch=run.watch,
            )
            writer.pages = lambda: pages(tagger.model, totals)
        if job.wishes.manifest:
            options = {
                "excel": job.excel,
                "frameworks": [r.framework.id for r in job.layout.readings],
            }
            record_run(run, tagger, reader, columns, totals, output=job.target, options=options)
    seconds = perf_counter() - started
    target = "" if job.target == "-" else job.target
    screen.tell_held()
    screen.summary(totals, tagger.model, target, seconds)
    screen.tell(*run.notes())
    screen.tell(*writer.notes)


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
