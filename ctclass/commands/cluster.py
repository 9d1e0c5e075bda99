"""`ctclass cluster`: datasets in, the same partitions with answers out, on many machines."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console.terminal import Screen
from ctclass.errors import CtclassError, MissingExtraError, Phrase, UsageError
from ctclass.interrupts import Interrupted
from ctclass.options import (
    LANG,
    AbstractColumns,
    BudgetColumns,
    CountryColumns,
    EncodingName,
    FailOn,
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

if TYPE_CHECKING:
    from ctclass.cluster.partitions import Dataset


def cluster(
    datasets: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASET",
            help=say(
                "ファイル、フォルダー、'grants/*.parquet'、s3:// など(--table はデータベース)",
                "files, folders, 'grants/*.parquet', s3:// and the like; with --table a database",
            ),
        ),
    ],
    output: Annotated[
        str,
        option(
            "--output",
            "-o",
            metavar="FOLDER",
            ja="結果のフォルダー(ワーカーからも見える場所)",
            en="folder of the results, which the workers see too",
        ),
    ],
    scheduler: Annotated[
        str | None,
        option(
            "--scheduler",
            ja="動いている Dask スケジューラー tcp://ホスト:8786(省略するとこの計算機だけ)",
            en="a running Dask scheduler, tcp://host:8786 (without it: this machine alone)",
        ),
    ] = None,
    workers: Workers = 0,
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
            ja="結果の形式 csv tsv jsonl parquet xlsx(省略すると入力と同じ)",
            en="format of the results: csv tsv jsonl parquet xlsx (without it: that of the input)",
        ),
    ] = None,
    partition_rows: Annotated[
        int | None,
        option(
            "--partition-rows",
            ja="大きな Parquet を、この行数以上の部分に分ける(行グループの境目で)",
            en="divide large Parquet files into parts of at least so many rows (at row groups)",
            min=1,
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
    table: Annotated[
        str | None,
        option(
            "--table",
            ja="データベースの表、または Excel のシート",
            en="table of a database, or sheet of the workbooks",
        ),
    ] = None,
    query: Annotated[
        str | None,
        option(
            "--query",
            ja="その代わりに SELECT 文(--on も要る)",
            en="a SELECT instead of a table (needs --on)",
        ),
    ] = None,
    partitions: Annotated[
        int,
        option(
            "--partitions", ja="表を分ける数", en="how many parts the table is divided into", min=1
        ),
    ] = 16,
    key: Annotated[
        str | None,
        option(
            "--on",
            ja="表や問い合わせを分ける、値の重ならない列(省略すると表の主キー)",
            en="column without equal values to divide by (without it: the table's primary key)",
        ),
    ] = None,
    patience: Annotated[
        float,
        option(
            "--patience",
            ja="500 行をこの秒数で判定できなければ、原因の行を探して外す",
            en="seconds for 500 rows, after which the row that hangs is looked for",
            min=1,
        ),
    ] = 120.0,
    model: ModelName = "default",
    screening_recall: ScreeningRecall = False,
    frameworks: FrameworkNames = None,
    fail_on: FailOn = None,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Annotated[
        bool, option("--force", ja="前の結果を消して初めから", en="begin anew, without old results")
    ] = False,
    resume: Annotated[
        bool,
        option(
            "--resume",
            ja="前の続きから(入力もモデルも枠組みも変わらない部分は使う)",
            en="go on: keep results whose input, model and frameworks are unchanged",
        ),
    ] = False,
    since_last: Annotated[
        str | None,
        option(
            "--since-last",
            ja="前の結果のフォルダー(またはファイル一つ)。本文もモデルも同じ行は引き継ぐ",
            en="folder of earlier results (or one file): rows with the same text and model are "
            "taken over",
            metavar="PREVIOUS",
        ),
    ] = None,
) -> None:
    """Check all that can be known beforehand, then spread the work."""
    _need_extra()
    from ctclass.cluster.earlier import find_earlier
    from ctclass.cluster.folder import abandon, begin, check_folder
    from ctclass.cluster.places import Folder
    from ctclass.cluster.reading import Job, versions_here
    from ctclass.cluster.run import ClusterRun
    from ctclass.model.file import find_model, read_model
    from ctclass.runs.layout import layout_for
    from ctclass.tables import check_kind, is_database
    from ctclass.tagging.tag import RECALL

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    sheet = None if query or any(map(is_database, datasets)) else table
    if query is None and (table is None or sheet):
        found = _of_files(datasets, partition_rows, sheet)
    else:
        found = _of_database(datasets, table, query, partitions, key)
    folder = Folder(output)
    known = read_model(model)
    layout = layout_for(frameworks or (), known)
    job = Job(
        folder=output if "://" in output else str(Path(output).absolute()),
        named={
            "project_id": project_id,
            "title": title or (),
            "abstract": abstract or (),
            "keywords": keywords or (),
            "partners": partners or (),
            "country": country or (),
            "funder": funder or (),
            "programme": programme or (),
            "budget": budget or (),
            "international": international or (),
        },
        encoding=encoding,
        sheet=sheet,
        kind=kind,
        frameworks={r.framework.id: r.digest for r in layout.readings},
        label=known.label + RECALL if screening_recall else known.label,
        digest=known.header["digest"],
        versions=versions_here(),
        patience=patience,
        resume=resume,
        recall=screening_recall,
        excel=excel,
    )
    check_folder(folder, found.partitions, job, force=force)
    run = ClusterRun(screen, folder, job)
    earlier = run.fitting(find_earlier(since_last, job) if since_last else None)

    from ctclass.cluster.absence import absence_told
    from ctclass.cluster.engine import connected, with_model

    try:
        with (
            connected(scheduler, workers or cores()) as client,
            absence_told(client, screen.tell),
        ):
            good = run.compare(client, found)
            with with_model(client, find_model(model).read_bytes(), layout, earlier) as brought:
                begin(folder, force=force)
                run.tag(client, good, brought)
        totals = run.finish(known)
    except BaseException as error:
        with suppress(CtclassError):  # what went wrong first is what to tell
            nothing = abandon(folder)
            if isinstance(error, Interrupted):
                error.nothing_done = nothing
        raise
    folder.clean()
    end_on(fail_on, rows_from(fail_on, totals.screening), screen)


def _of_files(datasets: list[str], rows: int | None, sheet: str | None) -> Dataset:
    from ctclass.cluster.partitions import find_partitions
    from ctclass.tables import format_of

    found = find_partitions(datasets, rows)
    others = [p.shown for p in found.partitions if format_of(p.shown)[0] != "xlsx"]
    if sheet and others:
        raise _one_database(others[:1])
    return found


def _of_database(
    datasets: list[str], table: str | None, query: str | None, partitions: int, key: str | None
) -> Dataset:
    from ctclass.cluster.partitions import Dataset
    from ctclass.cluster.sql_partitions import find_sql_partitions
    from ctclass.tables import is_database

    if len(datasets) != 1 or not is_database(datasets[0]) or (table and query):
        raise _one_database(datasets)
    return Dataset(find_sql_partitions(datasets[0], table, partitions, key, query), [])


def _one_database(datasets: list[str]) -> UsageError:
    from ctclass.cluster.places import shown

    return UsageError(
        Phrase(
            "--table か --query の一方で、データベースを一つ読みます"
            "(--table は Excel のシート名にも)",
            "--table, or else --query, is for one database (--table for sheets of workbooks, too)",
        ),
        where=" ".join(map(shown, datasets)),
        hint=Phrase(
            "ctclass cluster sqlite:///grants.db --table projects -o フォルダー",
            "ctclass cluster sqlite:///grants.db --table projects -o FOLDER",
        ),
    )


def _need_extra() -> None:
    missing = [name for name in ("distributed", "fsspec") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            Phrase(
                f"cluster に要る部品がありません: {', '.join(missing)}",
                f"cluster needs what is not installed: {', '.join(missing)}",
            ),
            where="ctclass cluster",
            hint=Phrase('pip install "ctclass[dask]"', 'pip install "ctclass[dask]"'),
        )
