"""`ctclass tag`: tables in, the same tables with answers out."""

from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any

import typer

from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import (
    LANG,
    AbstractColumns,
    BudgetColumns,
    CountryColumns,
    EncodingName,
    FailOn,
    Force,
    FrameworkNames,
    FunderColumns,
    IdColumn,
    InternationalColumns,
    KeywordColumns,
    Lang,
    ModelName,
    PartnerColumns,
    ProgrammeColumns,
    Quiet,
    ScreeningRecall,
    TitleColumns,
    Workers,
    cores,
    end_on,
    option,
    rows_from,
    say,
)


def tag(
    context: typer.Context,
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
        option(
            "--table",
            ja="データベースの表かビュー、または Excel のシート",
            en="table or view of a database, or sheet of a workbook",
        ),
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
    screening_recall: ScreeningRecall = False,
    fail_on: FailOn = None,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Force = False,
    frameworks: FrameworkNames = None,
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
            ja="前の出力(ファイル、または --into の表)。本文もモデルも同じ行は判定し直さず引き継ぐ",
            en="an earlier output (a file, or the table of --into): rows with the same text and "
            "model are taken over",
            metavar="PREVIOUS",
        ),
    ] = None,
    manifest: Annotated[
        bool,
        option(
            "--manifest",
            ja="出力の横にマニフェスト(.manifest.json)を書く(ctclass verify で照合)",
            en="write OUTPUT.manifest.json beside the output, a table's too (for ctclass verify)",
        ),
    ] = False,
) -> None:
    """Check all names first, so that a slip in the last file does not cost the first."""
    from ctclass.text.cutting import cutters_for

    at_once = workers or cores()
    # Before all that takes time to load: they get ready beside it.
    cutters = context.with_resource(cutters_for(inputs, at_once))
    from ctclass.model.file import read_model
    from ctclass.runs.journal import forget_journal, journal_path
    from ctclass.runs.layout import layout_for
    from ctclass.runs.remembering import Wishes, refuse_places
    from ctclass.saving import Place, check_inputs, check_since, check_target, place_of
    from ctclass.tables import check_kind, format_of, refuse_excel, refuse_output
    from ctclass.tagging.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    check_target(inputs, output, into)
    files = check_inputs(inputs, table, query)
    again = check_since(since_last, into)
    wishes = Wishes(resume, None if again else since_last, manifest, anew=force)
    place = Place(into, own=output is not None, again=again)
    pairs = _pairs(inputs, output, table or (query and "query"), into)
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError(
            Phrase("複数の入力が同じ出力になります", "Several inputs would give the same output"),
            where=output or "-o",
            hint=Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    for _, target in pairs:
        if into is None:
            refuse_places(wishes, target)
            # A journal beside an output says that it is one of the run that is to go on.
            going_on = resume and journal_path(target).exists()
            refuse_output(target, files, force=force or going_on)
        if excel:
            ending = "sql" if into else format_of(target)[0]
            refuse_excel(ending or (kind if target == "-" else None), into or target)
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
    read = {"table": table, "query": query}
    met = 0
    tagger = Tagger(read_model(model), recall=screening_recall)
    _collect_seldom()
    layout = layout_for(frameworks or (), tagger.model)
    for name, target in pairs:
        job = _Job(name, target, read, chosen, encoding, kind, excel, at_once, cutters,
                   chunk_rows, layout, wishes, place)  # fmt: skip
        totals = _tag_one(tagger, job, screen)
        met += rows_from(fail_on, totals.screening)
    if resume:
        for _, target in pairs:
            forget_journal(place_of(target, place))
    end_on(fail_on, met, screen)


def _collect_seldom() -> None:
    """Looking for cycles among the half million objects of a model again and again is a
    twelfth of the time, and rows leave none behind."""
    import gc

    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@dataclass(frozen=True, slots=True)
class _Job:
    """One table to tag, and how."""

    source: str
    target: str
    read: dict[str, str | None]
    columns: dict[str, Any]
    encoding: str | None
    kind: str | None
    excel: bool
    workers: int
    cutters: Any
    chunk_rows: int
    layout: Any
    wishes: Any
    place: Any


def _tag_one(tagger: Any, job: _Job, screen: Screen) -> Any:
    """The totals of a table that is tagged and written whole."""
    from ctclass.runs.remembering import forget_manifest, open_run, record_run
    from ctclass.runs.stream import tag_table
    from ctclass.runs.workbook import look_for, pages
    from ctclass.saving import created, kept_in, known_of, place_of, written

    # From pipe to pipe the format is that of the output; what comes in tells by itself.
    input_kind = job.kind if job.source == "-" and job.target != "-" else None
    output_kind = job.kind if job.target == "-" else None
    started = perf_counter()
    output = place_of(job.target, job.place)
    with opened(
        screen, job.source, encoding=job.encoding, kind=input_kind, **job.read, **job.columns
    ) as (reader, columns):
        headings = job.layout.headings if job.excel else None
        with (
            open_run(job.wishes, tagger, reader, columns, output=output, named=job.columns) as run,
            created(
                job.target,
                job.place,
                reader,
                columns,
                job.layout.columns,
                kind=output_kind,
                headings=headings,
                look=lambda: look_for(
                    tagger.model, reader.header, columns, layout=job.layout, label=tagger.label
                ),
            ) as writer,
            screen.progress(
                screen.say("判定中", "tagging"), reader.row_count, reader.position
            ) as progress,
        ):
            run.held = known_of(writer, tagger, job.place)
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
                cutters=job.cutters,
            )
            writer.pages = lambda: pages(
                tagger.model, totals, layout=job.layout, label=tagger.label
            )
        run.kept = kept_in(writer)
        forgotten = None if job.wishes.manifest else forget_manifest(output)
        if job.wishes.manifest:
            options = {
                "excel": job.excel,
                "frameworks": [r.framework.id for r in job.layout.readings],
                "screening_recall": tagger.recall,
            }
            with written(job.target, job.place) as table:
                record_run(run, tagger, reader, columns, totals, output=output, options=options,
                           table=table)  # fmt: skip
    seconds = perf_counter() - started
    target = "" if job.target == "-" else writer.path
    screen.tell_held()
    screen.summary(totals, tagger.model, target, seconds, run.taken)
    screen.tell(*run.notes(), *writer.notes, *([forgotten] if forgotten else []))
    return totals


def _pairs(
    inputs: list[str], output: str | None, read: str | None, into: str | None
) -> list[tuple[str, str]]:
    """Each input with its output. What is `read` in a database names a file in a folder."""
    from ctclass.tables import is_database

    if into is not None:
        return [(name, output or name) for name in inputs]
    named = [f"{read}.csv" if is_database(name) else name for name in inputs]
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
