"""What a worker does with a partition: read it, tag it, write it, and note what it did.

No word of a cluster in here. A partition and a job go in, a note for the manifest comes
out, or a failure as a value, for one bad partition must not cost the others.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from ctclass.cluster.isolation import FailedRow, IsolatedTagger
from ctclass.cluster.partitions import Partition, digest_of
from ctclass.cluster.places import Folder, shown
from ctclass.cluster.reading import (
    CHUNK_ROWS,
    ContentDigest,
    Job,
    content_of,
    content_of_file,
    opened_partition,
)
from ctclass.cluster.since import Earlier, TextSample, forget_stores, taken_over
from ctclass.errors import CtclassError, InputError, ModelError, Phrase
from ctclass.model.compact import Model
from ctclass.model.file import read_model
from ctclass.projects import Columns
from ctclass.runs.answers import Answer
from ctclass.runs.layout import PLAIN, Layout
from ctclass.runs.manifest import ResultDigest, record_counts
from ctclass.runs.since import Since
from ctclass.runs.stream import Totals, write_answers
from ctclass.tables import Chunk, TableReader, TableWriter, create_table, format_of
from ctclass.tables.look import Look, Page

NOTES = "_parts"
"""The folder of notes beside the results: one a partition, for `--resume`."""

Note = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """A partition that could not be done: an error as a value that can travel."""

    partition: str
    exit_code: int
    what: Phrase
    where: str
    hint: Phrase

    @staticmethod
    def of(partition: Partition, error: CtclassError) -> Failure:
        """The failure that an error means for a partition."""
        return Failure(partition.name, error.exit_code, error.what, error.where, error.hint)


@dataclass(frozen=True, slots=True)
class Done:
    """A partition whose result is whole. `reused` when the same run had made it before; `found`
    is what became of its rows in an earlier run, as `Since` counts them."""

    note: Note
    reused: bool = False
    found: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Means:
    """What a run brought to this worker: its model, as a file here, the layout of rows, and
    what an earlier run left."""

    model: Path
    layout: Layout = PLAIN
    earlier: Earlier | None = None

    def remove(self) -> None:
        """Leave nothing on the worker."""
        close_taggers(self.model)
        forget_stores(self.model)
        self.model.unlink(missing_ok=True)


class Stopped(Exception):  # noqa: N818 - nothing is wrong
    """The run was cancelled while a partition was worked on."""


def header_of(partition: Partition, job: Job) -> list[str] | Failure | None:
    """The columns of a partition; None where its rows name their own, as in JSON Lines."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ctclass-") as scratch,
            opened_partition(partition, job, Path(scratch)) as (reader, _),
        ):
            return None if reader.format == "jsonl" else reader.header
    except CtclassError as error:
        return Failure.of(partition, error)


def tag_partition(
    partition: Partition, job: Job, means: Means, stopped: Callable[[], bool] = lambda: False
) -> Done | Failure:
    """Make the result of a partition and its note; nothing where both are there and fit.

    `stopped` is asked between chunks. Raises Stopped, and leaves nothing, when it says so.
    """
    folder = Folder(job.folder)
    try:
        with tempfile.TemporaryDirectory(prefix="ctclass-") as name:
            scratch = Path(name)
            if job.resume and (note := _earlier(folder, partition, job, scratch)):
                return Done(note, reused=True)
            with (
                opened_partition(partition, job, scratch) as (reader, columns),
                _tagger(means.model, job) as tagger,
                taken_over(means.earlier, partition, job, tagger, means.model)
                if means.earlier
                else nullcontext() as since,
            ):
                work = _Work(partition, job, means, reader, columns, stopped, since)
                note = work.tag(tagger, folder, scratch)
            folder.write(scratch, note_name(partition.name), dump(note))
            return Done(note, found=since.found if since else Counter())
    except CtclassError as error:
        return Failure.of(partition, error)


def result_name(name: str, kind: str | None) -> str:
    """The name of the result of a partition: its own, unless the format is another.

    >>> result_name("2025/a.csv.gz", None), result_name("2025/a.csv.gz", "parquet")
    ('2025/a.csv.gz', '2025/a.parquet')
    """
    path = PurePosixPath(name)
    own = format_of(name)[0]
    if own is None:  # rows of a database
        return f"{name}.{kind or 'parquet'}"
    if kind in (None, own) and path.suffix.lower() != ".xlsm":
        return name
    stem = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return str(stem.with_suffix(f".{kind or own}"))


def note_name(partition: str) -> str:
    """Where the note of a partition stands in the folder of the results."""
    return f"{NOTES}/{partition}.json"


def dump(data: Mapping[str, Any]) -> bytes:
    """JSON that a person can read, the same bytes every time."""
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


class _Work:
    """A partition that is being tagged, and what is noted of it."""

    def __init__(
        self,
        partition: Partition,
        job: Job,
        means: Means,
        reader: TableReader,
        columns: Columns,
        stopped: Callable[[], bool],
        since: Since | None,
    ) -> None:
        self._partition = partition
        self._job = job
        self._means = means
        self._reader = reader
        self._columns = columns
        self._stopped = stopped
        self._since = since
        self._failed: list[FailedRow] = []
        self._ids, self._results = ResultDigest(), ResultDigest()
        self._content = ContentDigest(reader.header)
        self._texts = TextSample(columns)

    def tag(self, tagger: IsolatedTagger, folder: Folder, scratch: Path) -> Note:
        """Write the result and give its note."""
        name = result_name(self._partition.name, self._job.kind)
        with folder.draft(scratch, name) as path:
            with self._created(path) as writer:
                totals = write_answers(
                    self._answered(tagger),
                    writer,
                    self._columns,
                    layout=self._means.layout,
                    watch=self._watch,
                )
                writer.pages = lambda: self._pages(totals)
            size, digest = path.stat().st_size, digest_of(path)
        return {
            "partition": self._partition.name,
            "input": {"place": shown(self._partition.shown)}
            | (
                content_of_file(Path(self._reader.path))
                if self._partition.query is None
                else {"query": self._partition.query} | self._content.as_json()
            ),
            "output": {"name": name, "size": size, "sha256": digest},
            "rows": totals.rows,
            "ids": self._ids.hexdigest(),
            "results": self._results.hexdigest(),
            "taken_over": {"since_last": self._since.found["taken"] if self._since else 0},
            "failed": [{"row": f.row, "id": f.project_id, "why": f.why} for f in self._failed],
            "notes": [{"ja": n.ja, "en": n.en} for n in (*self._reader.notes, *writer.notes)],
            "counts": record_counts(totals),
            "texts": self._texts.as_json(),
            "made": self._job.made,
        }

    def _created(self, path: Path) -> TableWriter:
        layout = self._means.layout
        headings = layout.headings if self._job.excel else None
        return create_table(
            str(path), self._reader, layout.columns, headings=headings, look=self._look
        )

    def _look(self) -> Look:
        """Of a workbook, and only then: this process holds no model but for that."""
        from ctclass.runs.workbook import look_for

        layout, label = self._means.layout, self._job.label
        return look_for(self._model, self._reader.header, self._columns, layout=layout, label=label)

    def _pages(self, totals: Totals) -> Sequence[Page]:
        from ctclass.runs.workbook import pages

        return pages(self._model, totals, layout=self._means.layout, label=self._job.label)

    @cached_property
    def _model(self) -> Model:
        return read_model(str(self._means.model))

    def _answered(self, tagger: IsolatedTagger) -> Iterator[tuple[Chunk, list[Answer]]]:
        chunks = self._reader.chunks(CHUNK_ROWS)
        known = self._since.known if self._since else None
        for chunk, answers, lost in tagger.tag_stream(self._columns, chunks, known):
            if self._stopped():
                raise Stopped
            self._failed.extend(lost)
            yield chunk, answers

    def _watch(self, chunk: Chunk, answers: Sequence[Answer]) -> None:
        self._texts.add(chunk)
        number = self._columns.project_id
        for row, answer in zip(chunk.rows, answers, strict=True):
            self._results.add(answer.columns())
            self._ids.add(["" if number is None else row.cells[number].strip()])
        if self._partition.query is not None:
            self._content.add(chunk)


_COUNTERS = {"primary": "primary", "areas": "areas", "status": "statuses",
             "screening": "screening"}  # fmt: skip


def add_counts(totals: Totals, note: Note) -> None:
    """Add what a partition came to, as `record_counts` wrote it down."""
    totals.rows += note["rows"]
    totals.strategic += note["counts"]["strategic"]
    for name, counter in _COUNTERS.items():
        getattr(totals, counter).update(note["counts"][name])


def _earlier(folder: Folder, partition: Partition, job: Job, scratch: Path) -> Note | None:
    """The note of an earlier run, if its input, its settings and its result are unchanged."""
    data = folder.read(note_name(partition.name))
    try:
        note: Note = json.loads(data) if data else {}
        output = note["output"]
        if note["made"] != job.made or note["failed"]:
            return None
        if folder.digest(output["name"]) != output["sha256"]:
            return None
        content = {name: note["input"][name] for name in ("size", "sha256")}
    except (ValueError, KeyError, TypeError, InputError):
        return None  # a note of another version, or a result that is gone
    return note if content == content_of(partition, job, scratch) else None


_idle: dict[tuple[Path, bool], list[IsolatedTagger]] = {}
_lock = Lock()


@contextmanager
def _tagger(model: Path, job: Job) -> Iterator[IsolatedTagger]:
    """A tagger of this process: as many as there are threads that ask at a time, kept."""
    with _lock:
        kept = _idle.setdefault((model, job.recall), [])
        tagger = kept.pop() if kept else None
    tagger = tagger or IsolatedTagger(str(model), job.patience, recall=job.recall)
    try:
        if tagger.label != job.label:
            raise ModelError(
                Phrase(
                    f"ワーカーのモデルが違います: {tagger.label}(こちらは {job.label})",
                    f"A worker has another model: {tagger.label} (here: {job.label})",
                ),
                where=str(model),
                hint=Phrase("ワーカーを始め直してください", "Start the workers anew"),
            )
        yield tagger
    except BaseException:
        tagger.close()  # it may be in the middle of a chunk
        raise
    with _lock:
        _idle.setdefault((model, job.recall), []).append(tagger)


def close_taggers(model: Path) -> None:
    """End the processes that tag with a model."""
    with _lock:
        kept = [*_idle.pop((model, False), []), *_idle.pop((model, True), [])]
    for tagger in kept:
        tagger.close()
