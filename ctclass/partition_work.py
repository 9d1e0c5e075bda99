"""What a worker does with a partition: read it, tag it, write it, and note what it did.

No word of a cluster in here. A partition and a job go in, a note for the manifest comes
out, or a failure as a value, for one bad partition must not cost the others.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from itertools import chain
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from ctclass import __version__
from ctclass.answers import Answer
from ctclass.errors import CtclassError, InputError, ModelError, Phrase
from ctclass.isolation import FailedRow, IsolatedTagger
from ctclass.manifest import ResultDigest, record_counts
from ctclass.partitions import Partition, digest_of, local_file
from ctclass.places import Folder, shown
from ctclass.projects import Columns, find_columns, is_heading
from ctclass.stream import Totals, write_answers
from ctclass.tables import Chunk, TableReader, create_table, format_of, open_table
from ctclass.tag import COLUMNS, Tagging

NOTES = "_parts"
"""The folder of notes beside the results: one a partition, for `--resume`."""
CHUNK_ROWS = 500
_PACKAGES = ("sudachipy", "sudachidict-core", "pyarrow")

Note = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """What all partitions of a run have in common.

    named      columns chosen by hand, as in `find_columns`
    kind       format of the results, None for that of each partition
    label      of the model, and `digest` the whole of its digest
    versions   of what an answer or its bytes depend on, on the machine that asks
    """

    folder: str
    named: Mapping[str, Any]
    encoding: str | None
    kind: str | None
    label: str
    digest: str
    versions: Mapping[str, str]
    patience: float
    resume: bool = False

    @property
    def made(self) -> str:
        """A digest of all that a result depends on beside its input."""
        what = [self.named, self.encoding, self.kind, self.digest, self.versions]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


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
    """A partition whose result is whole. `reused` when an earlier run had made it."""

    note: Note
    reused: bool = False


class Stopped(Exception):  # noqa: N818 - nothing is wrong
    """The run was cancelled while a partition was worked on."""


def versions_here() -> dict[str, str]:
    """The versions of what an answer or its bytes depend on."""
    return {"ctclass": __version__} | {name: installed_version(name) for name in _PACKAGES}


def check_versions(job: Job, worker: str) -> None:
    """ModelError on a worker that has other versions than the machine that asks."""
    here = versions_here()
    other = [name for name in here if here[name] != job.versions.get(name)]
    if other:
        found = ", ".join(f"{name} {here[name]}" for name in other)
        asked = ", ".join(f"{name} {job.versions.get(name, '-')}" for name in other)
        raise ModelError(
            Phrase(
                f"ワーカーの版が違います: {found}(こちらは {asked})",
                f"A worker has another version: {found} (here: {asked})",
            ),
            where=worker,
            hint=Phrase(
                "すべてのワーカーに同じ版を入れてください",
                "Install the same versions on every worker",
            ),
        )


def header_of(partition: Partition, job: Job) -> list[str] | Failure | None:
    """The columns of a partition; None where its rows name their own, as in JSON Lines."""
    try:
        with opened_partition(partition, job) as (_, reader, _):
            return None if reader.format == "jsonl" else reader.header
    except CtclassError as error:
        return Failure.of(partition, error)


def tag_partition(
    partition: Partition, job: Job, model: Path, stopped: Callable[[], bool] = lambda: False
) -> Done | Failure:
    """Make the result of a partition and its note; nothing where both are there and fit.

    `stopped` is asked between chunks. Raises Stopped, and leaves nothing, when it says so.
    """
    try:
        with opened_partition(partition, job) as (scratch, reader, columns):
            folder = Folder(job.folder)
            digest = digest_of(Path(reader.path))
            if job.resume and (note := _earlier(folder, partition, job, digest)):
                return Done(note, reused=True)
            with _tagger(model, job) as tagger:
                note = _tag(partition, job, folder, scratch, reader, columns, tagger, stopped)
            note["input"]["sha256"] = digest
            folder.write(scratch, note_name(partition.name), dump(note))
            return Done(note)
    except CtclassError as error:
        return Failure.of(partition, error)


def result_name(name: str, kind: str | None) -> str:
    """The name of the result of a partition: its own, unless the format is another.

    >>> result_name("2025/a.csv.gz", None), result_name("2025/a.csv.gz", "parquet")
    ('2025/a.csv.gz', '2025/a.parquet')
    """
    path = PurePosixPath(name)
    own = format_of(name)[0]
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


@contextmanager
def opened_partition(partition: Partition, job: Job) -> Iterator[tuple[Path, TableReader, Columns]]:
    """A scratch folder, and the partition opened with its columns found."""
    by_hand = [*chain(*([x] if isinstance(x, str) else x or () for x in job.named.values()))]
    with tempfile.TemporaryDirectory(prefix="ctclass-") as folder:
        scratch = Path(folder)
        with local_file(partition, scratch) as path:
            try:
                with open_table(
                    str(path),
                    encoding=job.encoding,
                    is_heading=lambda row: is_heading(row, by_hand),
                ) as reader:
                    columns = find_columns(reader.header, where=str(path), **job.named)
                    reader.judged = columns.read
                    yield scratch, reader, columns
            except CtclassError as error:
                error.where = error.where.replace(str(path), partition.shown)
                raise


def _tag(
    partition: Partition,
    job: Job,
    folder: Folder,
    scratch: Path,
    reader: TableReader,
    columns: Columns,
    tagger: IsolatedTagger,
    stopped: Callable[[], bool],
) -> Note:
    name = result_name(partition.name, job.kind)
    failed: list[FailedRow] = []
    ids, results = ResultDigest(), ResultDigest()

    def answered() -> Iterator[tuple[Chunk, list[Tagging]]]:
        for chunk, taggings, lost in tagger.tag_stream(columns, reader.chunks(CHUNK_ROWS)):
            if stopped():
                raise Stopped
            failed.extend(lost)
            yield chunk, taggings

    def watch(chunk: Chunk, answers: Sequence[Answer]) -> None:
        for row, answer in zip(chunk.rows, answers, strict=True):
            results.add(answer.columns())
            number = columns.project_id
            ids.add(["" if number is None else row.cells[number].strip()])

    with folder.draft(scratch, name) as path:
        with create_table(str(path), reader, COLUMNS) as writer:
            totals = write_answers(answered(), writer, columns, watch=watch)
        size, digest = path.stat().st_size, digest_of(path)
    return {
        "partition": partition.name,
        "input": {"place": shown(partition.shown), "size": Path(reader.path).stat().st_size},
        "output": {"name": name, "size": size, "sha256": digest},
        "rows": totals.rows,
        "ids": ids.hexdigest(),
        "results": results.hexdigest(),
        "failed": [{"row": f.row, "id": f.project_id, "why": f.why} for f in failed],
        "notes": [{"ja": n.ja, "en": n.en} for n in (*reader.notes, *writer.notes)],
        "counts": record_counts(totals),
        "made": job.made,
    }


_COUNTERS = {"primary": "primary", "areas": "areas", "status": "statuses",
             "screening": "screening"}  # fmt: skip


def add_counts(totals: Totals, note: Note) -> None:
    """Add what a partition came to, as `record_counts` wrote it down."""
    totals.rows += note["rows"]
    totals.strategic += note["counts"]["strategic"]
    for name, counter in _COUNTERS.items():
        getattr(totals, counter).update(note["counts"][name])


def _earlier(folder: Folder, partition: Partition, job: Job, digest: str) -> Note | None:
    """The note of an earlier run, if its input, its settings and its result are unchanged."""
    data = folder.read(note_name(partition.name))
    try:
        note: Note = json.loads(data) if data else {}
        output = note["output"]
        if (note["made"], note["input"]["sha256"]) != (job.made, digest) or note["failed"]:
            return None
        whole = folder.digest(output["name"]) == output["sha256"]
    except (ValueError, KeyError, TypeError, InputError):
        return None  # a note of another version, or a result that is gone
    return note if whole else None


_idle: dict[Path, list[IsolatedTagger]] = {}
_lock = Lock()


@contextmanager
def _tagger(model: Path, job: Job) -> Iterator[IsolatedTagger]:
    """A tagger of this process: as many as there are threads that ask at a time, kept."""
    with _lock:
        kept = _idle.setdefault(model, [])
        tagger = kept.pop() if kept else None
    tagger = tagger or IsolatedTagger(str(model), job.patience)
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
        _idle.setdefault(model, []).append(tagger)


def close_taggers(model: Path) -> None:
    """End the processes that tag with a model."""
    with _lock:
        kept = _idle.pop(model, [])
    for tagger in kept:
        tagger.close()
