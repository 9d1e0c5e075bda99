"""What a run over one table knows before it starts, and keeps on its way.

A journal of a run that was broken off, an earlier output, a manifest: each is there
only when it was asked for, and a run without any of them pays for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctclass import __version__
from ctclass.errors import CtclassError, InputError, Phrase, UsageError
from ctclass.projects import Columns, Project
from ctclass.runs.answers import Answer, Kept
from ctclass.runs.journal import Journal
from ctclass.runs.manifest import (
    STDIN,
    FileRecord,
    ResultDigest,
    manifest_path,
    name_beside,
    read_manifest,
    record_columns,
    record_counts,
    record_file,
    record_model,
    record_places,
    record_time,
    write_manifest,
)
from ctclass.runs.stream import Known, Totals
from ctclass.runs.table_record import DatabaseRecord, ResultsTable, record_database
from ctclass.tables import Chunk, TableReader
from ctclass.tables.output import writing
from ctclass.tables.sql import SqlReader
from ctclass.tagging.tag import Tagger

if TYPE_CHECKING:
    from ctclass.runs.since import Since


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a run is to know and keep: go on from a journal, take over what has not changed
    since an earlier output, write a manifest. `anew` starts over a journal of another run."""

    resume: bool = False
    since_last: str | None = None
    manifest: bool = False
    anew: bool = False


@dataclass(slots=True)
class Run:
    """A run over one table into one output."""

    source: FileRecord | DatabaseRecord | None
    journal: Journal | None = None
    since: Since | None = None
    held: Known | None = None
    """What the table that is written holds already, where that was asked for."""
    digest: ResultDigest | None = None
    resumed: int = 0
    kept: int = 0
    """Rows of a table of results that were as they are."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def taken(self) -> int:
        """How many answers were there already."""
        return self.resumed + self.kept + (self.since.found["taken"] if self.since else 0)

    @property
    def known(self) -> Known | None:
        """For `tag_table`: None when nothing is known."""
        return self._known if self.journal or self.since or self.held else None

    def _known(self, chunk: Chunk, projects: Sequence[Project]) -> Sequence[Kept | None]:
        """A row that the table holds stays as it is there; then the journal has the word, for
        it is of this very run."""
        answers: list[Kept | None] = [None] * len(projects)
        if self.held:
            answers = list(self.held(chunk, projects))
        if self.journal:
            noted = self.journal.known(chunk, projects)
            held = sum(answer is not None for answer in answers)
            answers = [a or n for a, n in zip(answers, noted, strict=True)]
            self.resumed += sum(answer is not None for answer in answers) - held
        if self.since:
            asked = [p for p, answer in zip(projects, answers, strict=True) if answer is None]
            found = iter(self.since.known(chunk, asked))
            answers = [next(found) if answer is None else answer for answer in answers]
        return answers

    def watch(self, chunk: Chunk, answers: Sequence[Answer]) -> None:
        """For `tag_table`."""
        if self.journal:
            self.journal.keep(chunk, answers)
        if self.digest:
            for answer in answers:
                self.digest.add(answer.columns())

    def notes(self) -> list[Phrase]:
        """What to tell of rows that were not tagged again, and of those that had to be."""
        notes = []
        if self.resumed:
            notes.append(
                Phrase(
                    f"中断した実行の続きです: {self.resumed:,} 件はその記録から取りました",
                    f"Went on from a broken run: {self.resumed:,} rows are from its journal",
                )
            )
        if self.since:
            notes += self.since.notes()
        return notes


@contextmanager
def open_run(
    wishes: Wishes,
    tagger: Tagger,
    reader: TableReader,
    columns: Columns,
    *,
    output: str,
    named: dict[str, Any],
) -> Iterator[Run]:
    """What a run needs for `wishes`; `named` are the columns chosen by hand.

    Raises InputError for an earlier output or a journal that does not fit. An error in the
    block leaves the journal, and says how to go on.
    """
    with ExitStack() as stack:
        record: FileRecord | DatabaseRecord | None = None
        if not (wishes.resume or wishes.manifest):
            pass
        elif isinstance(reader, SqlReader):
            record = record_database(reader, output)
        else:
            name = reader.path if reader.path == STDIN else name_beside(reader.path, output)
            record = FileRecord(name, reader.source.size, reader.source.sha256())
        run = Run(record, digest=ResultDigest() if wishes.manifest else None)
        if wishes.since_last is not None:
            from ctclass.runs.since import open_since

            run.since = stack.enter_context(open_since(wishes.since_last, tagger, named))
        if wishes.resume and record is not None:
            facts = _facts(tagger, reader, columns, record)
            run.journal = stack.enter_context(Journal(output, facts, anew=wishes.anew))
        try:
            yield run
        except CtclassError as error:
            if run.journal:
                error.hint = _and_go_on(error.hint)
            raise


def record_run(
    run: Run,
    tagger: Tagger,
    reader: TableReader,
    columns: Columns,
    totals: Totals,
    *,
    output: str,
    options: dict[str, Any],
    table: ResultsTable | None = None,
) -> None:
    """Write the manifest of a run whose output is there: a file, or a `table` that `output`
    stands for. `options` are those that change it."""
    write_manifest(
        manifest_path(output),
        {
            "inputs": [run.source.as_json()] if run.source else [],
            "output": table.record(output)
            if table
            else record_file(output, beside=output).as_json(),
            "rows": totals.rows,
            "result_digest": run.digest.hexdigest() if run.digest else None,
            "counts": record_counts(totals),
            "read": {
                "format": reader.format,
                "encoding": reader.encoding,
                **({"sheet": reader.sheet} if reader.sheet else {}),
                "columns": record_columns(reader.header, columns),
                "places": record_places(columns),
            },
            "model": record_model(tagger.model),
            "options": options,
            "taken_over": {"journal": run.resumed, "since_last": run.taken - run.resumed},
            "time": record_time(run.started),
        },
    )


def forget_manifest(output: str) -> Phrase | None:
    """Remove the manifest of an output that was replaced: it would tell of another run. A file
    of that name that is no manifest of ours stays. What to say of it."""
    path = manifest_path(output)
    if output == "-" or not path.is_file():
        return None
    try:
        read_manifest(path)
    except InputError:
        return None
    with writing(str(path)):
        path.unlink()
    return Phrase(
        f"前の出力のマニフェスト {path.name} は、合わなくなったので消しました",
        f"{path.name}, the manifest of the output that was replaced, was removed",
    )


def refuse_places(wishes: Wishes, output: str) -> None:
    """UsageError where neither journal nor manifest can stand beside the output."""
    if (wishes.resume or wishes.manifest) and (
        output == "-" or (Path(output).exists() and not Path(output).is_file())
    ):
        raise UsageError(
            Phrase(
                "--resume と --manifest はファイルへの出力に使います",
                "--resume and --manifest are for an output that is a file",
            ),
            where=output,
            hint=Phrase("-o でファイル名を指定してください", "Give a file name with -o"),
        )


def _facts(
    tagger: Tagger, reader: TableReader, columns: Columns, record: FileRecord | DatabaseRecord
) -> dict[str, Any]:
    """What must be the same for answers to be taken from a journal. Of a file neither its name
    nor its date: a copy is the same table, and one that was saved anew may be another. A
    database counts by its name, and its table may change meanwhile: each answer is of one text.
    """
    source = (
        record.as_json()
        if isinstance(record, DatabaseRecord)
        else {"size": record.size, "sha256": record.sha256}
    )
    return {
        "ctclass": __version__,
        "model": {"label": tagger.label, "digest": tagger.model.header["digest"]},
        "input": source,
        "read": {
            "format": reader.format,
            "encoding": reader.encoding,
            **({"sheet": reader.sheet} if reader.sheet else {}),
            "columns": record_columns(reader.header, columns),
        },
    }


def _and_go_on(hint: Phrase) -> Phrase:
    return Phrase(
        f"{hint.ja}。同じ命令をもう一度実行すると続きから再開します",
        f"{hint.en}. The same command then goes on from where it was",
    )
