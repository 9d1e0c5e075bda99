"""`ctclass cluster`: datasets in, the same partitions with answers out, on many machines."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console import Screen
from ctclass.errors import InputError, MissingExtraError, Phrase, UsageError
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
    ScreeningRecall,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)

if TYPE_CHECKING:
    from distributed import Client

    from ctclass.model import Model
    from ctclass.partition_reading import Job
    from ctclass.partition_work import Failure, Note
    from ctclass.partitions import Dataset, Partition
    from ctclass.places import Folder


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
    table: Annotated[
        str | None, option("--table", ja="データベースの表", en="table of a database")
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
            ja="表を分ける、値の重ならない列(省略すると主キー)",
            en="column without equal values to divide by (without it: the primary key)",
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
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Annotated[
        bool, option("--force", ja="前の結果を消して初めから", en="begin anew, without old results")
    ] = False,
    resume: Annotated[
        bool,
        option(
            "--resume",
            ja="前の続きから(入力とモデルの変わらない部分は使う)",
            en="go on: keep results whose input and model are unchanged",
        ),
    ] = False,
) -> None:
    """Check all that can be known beforehand, then spread the work."""
    _need_extra()
    from ctclass.cluster_folder import begin, check_folder
    from ctclass.model import find_model, read_model
    from ctclass.partition_reading import Job, versions_here
    from ctclass.partitions import find_partitions
    from ctclass.places import Folder
    from ctclass.tables import check_kind
    from ctclass.tag import RECALL

    screen = Screen(lang, quiet=quiet)
    check_kind(kind)
    if table is None:
        found = find_partitions(datasets, partition_rows)
    else:
        found = _of_table(datasets, table, partitions, key)
    folder = Folder(output)
    known = read_model(model)
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
        kind=kind,
        label=known.label + RECALL if screening_recall else known.label,
        digest=known.header["digest"],
        versions=versions_here(),
        patience=patience,
        resume=resume,
        recall=screening_recall,
    )
    check_folder(folder, found.partitions, job, force=force)

    from ctclass.cluster import connected, with_model

    started = perf_counter()
    run = _Run(screen, folder, job)
    try:
        with (
            connected(scheduler, workers or cores()) as client,
            with_model(client, find_model(model).read_bytes(), job.digest),
        ):
            good = run.compare(client, found)
            begin(folder, force=force)
            run.tag(client, good)
        run.finish(known, perf_counter() - started)
    finally:
        folder.clean()


class _Run:
    """What comes in while partitions are worked on, and what is told of it."""

    def __init__(self, screen: Screen, folder: Folder, job: Job) -> None:
        self._screen = screen
        self._folder = folder
        self._job = job
        self._notes: list[Note] = []
        self._failures: list[Failure] = []
        self._reused = 0

    def compare(self, client: Client, found: Dataset) -> list[Partition]:
        """The partitions that can be read; all must have the columns of the first."""
        from ctclass.cluster import headers
        from ctclass.cluster_folder import refuse_other_columns
        from ctclass.partition_reading import opened_partition
        from ctclass.partition_work import Failure

        good: list[tuple[Partition, list[str] | None]] = []
        for partition, header in headers(client, found.partitions, self._job):
            if isinstance(header, Failure):
                self._failures.append(header)
            else:
                good.append((partition, header))
        good.sort(key=lambda pair: pair[0].name)
        refuse_other_columns(good)
        if good:
            first = good[0][0]
            with (
                tempfile.TemporaryDirectory(prefix="ctclass-") as scratch,
                opened_partition(first, self._job, Path(scratch)) as (reader, columns),
            ):
                reader.path = first.shown
                self._screen.tell_columns(reader, columns)
        if found.ignored:
            self._screen.hold(_left_out(found.ignored))
        return [partition for partition, _ in good]

    def tag(self, client: Client, partitions: list[Partition]) -> None:
        """Tag them all; progress is by bytes, for rows are not known beforehand."""
        from ctclass.cluster import tag_partitions
        from ctclass.partition_work import Failure

        size, done, rows = sum(max(p.size, 1) for p in partitions), 0, 0
        what = self._screen.say(f"{len(partitions)} 個を判定中", f"tagging {len(partitions)} parts")
        with self._screen.progress(what, None, lambda: (done, size)) as progress:
            for partition, found in tag_partitions(client, partitions, self._job):
                done += max(partition.size, 1)
                if isinstance(found, Failure):
                    self._failures.append(found)
                else:
                    self._notes.append(found.note)
                    self._reused += found.reused
                    rows += found.note["rows"]
                progress(rows)

    def finish(self, model: Model, seconds: float) -> None:
        """The manifest, if nothing is missing; the exit code by what was wrong."""
        from ctclass.cluster_manifest import FAILURES, MANIFEST, build_manifest, totals_of
        from ctclass.partition_work import dump

        manifest = build_manifest(self._notes, self._job)
        with tempfile.TemporaryDirectory(prefix="ctclass-") as scratch:
            if self._failures:
                failures = {"failures": [asdict(f) for f in sorted(self._failures, key=_name)]}
                self._folder.write(Path(scratch), FAILURES, dump(failures))
                raise _incomplete(self._failures, len(self._notes), self._folder)
            self._folder.write(Path(scratch), MANIFEST, dump(manifest))
        self._screen.tell_held()
        if self._reused:
            self._screen.tell(_kept(self._reused, len(self._notes)))
        self._screen.summary(totals_of(manifest), model, self._folder.url, seconds)
        if manifest["totals"]["failed"]:
            raise _failed_rows(self._notes)


def _of_table(datasets: list[str], table: str, partitions: int, key: str | None) -> Dataset:
    from ctclass.partitions import Dataset
    from ctclass.sql_partitions import find_sql_partitions

    if len(datasets) != 1:
        raise UsageError(
            Phrase("--table には、データベースを一つ指定します", "--table is for one database"),
            where=" ".join(datasets),
            hint=Phrase(
                "ctclass cluster sqlite:///grants.db --table projects -o フォルダー",
                "ctclass cluster sqlite:///grants.db --table projects -o FOLDER",
            ),
        )
    return Dataset(find_sql_partitions(datasets[0], table, partitions, key), [])


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


def _name(failure: Failure) -> str:
    return failure.partition


def _left_out(ignored: list[str]) -> Phrase:
    from ctclass.cluster_manifest import name_partitions

    names = name_partitions(ignored)
    return Phrase(f"表でないファイルは扱いません: {names}", f"No tables, left out: {names}")


def _kept(reused: int, all_parts: int) -> Phrase:
    return Phrase(
        f"{all_parts} 個のうち {reused} 個は前の結果のままです",
        f"{reused} of {all_parts} parts are kept from before",
    )


def _incomplete(failures: list[Failure], done: int, folder: Folder) -> InputError:
    """One failure says why; the others are in the file beside the results."""
    from ctclass.cluster_manifest import FAILURES, name_partitions

    first, *others = sorted(failures, key=_name)
    count = len(failures)
    more = Phrase("", "")
    if others:
        names = name_partitions([failure.partition for failure in others])
        more = Phrase(f" ほか {names}", f"; also {names}")
    return InputError(
        Phrase(
            f"{done + count} 個のうち {count} 個を判定できません: {first.what.ja}",
            f"{count} of {done + count} parts could not be tagged: {first.what.en}",
        ),
        where=first.where + more.en,
        hint=Phrase(
            f"{first.hint.ja}。--resume で残りだけ実行できます(一覧: {folder.url}/{FAILURES})",
            f"{first.hint.en}; then --resume does the rest (list: {folder.url}/{FAILURES})",
        ),
    )


def _failed_rows(notes: list[Note]) -> InputError:
    from ctclass.cluster_manifest import MANIFEST, name_partitions

    rows = [
        f"{note['partition']} row {row['row']}"
        for note in sorted(notes, key=lambda note: str(note["partition"]))
        for row in note["failed"]
    ]
    return InputError(
        Phrase(
            f"{len(rows)} 行は判定の途中で落ちるので、failed としました(ほかの行は揃っています)",
            f"{len(rows)} rows end the process that tags them: they are marked failed"
            " (all others are done)",
        ),
        where=name_partitions(rows),
        hint=Phrase(
            f"{MANIFEST} の failed を開発元に知らせてください。--resume でもう一度試せます",
            f"Report what {MANIFEST} has under failed; --resume tries them again",
        ),
    )
