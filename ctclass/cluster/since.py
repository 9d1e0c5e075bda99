"""An earlier run whose answers are taken over: which of its results a partition reads.

Rows wander between partitions: the ranges of a table move with every row that is added, files
are renamed or divided anew. So names play no part. The note of each partition holds a sample of
its texts, and a partition reads those earlier results of whose sample enough is in it: one after
the other into a temporary database on its worker, so that no machine ever holds the whole run.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path, PurePosixPath
from threading import Lock

from ctclass.cluster.isolation import IsolatedTagger
from ctclass.cluster.partitions import Partition, digest_of, local_file
from ctclass.cluster.places import file_system, shown
from ctclass.cluster.reading import CHUNK_ROWS, Job, named_as, opened_partition
from ctclass.errors import CtclassError, InputError, Phrase
from ctclass.projects import Columns
from ctclass.runs.since import Since, fill, refuse_edited
from ctclass.tables import Chunk

SAMPLE = 64
ENOUGH = 0.05
"""The share of a result's texts that must be here. To read a row of it costs a twentieth of what
it costs to tag one, so no run with an earlier one takes longer than without."""
_SIZE = 6


class TextSample:
    """The texts with the smallest digests: a sample that nobody has chosen, and of which a text
    is part wherever it stands."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._digests: set[str] = set()

    def add(self, chunk: Chunk) -> None:
        """Take in the next rows."""
        self._digests.update(text_keys(self._columns, chunk))
        self._digests = set(nsmallest(SAMPLE, self._digests))

    def as_json(self) -> str:
        """As it stands in a note: `SAMPLE` digests of six bytes at most, in hex."""
        return "".join(sorted(self._digests))


def text_keys(columns: Columns, chunk: Chunk) -> Iterator[str]:
    """A short digest of each row: of all that its answer depends on, as it stands there."""
    read = (*columns.title, *columns.title_en, *columns.abstract, *columns.abstract_en,
            *columns.keywords, *(i for _, _, i in columns.metadata))  # fmt: skip
    for row in chunk.rows:
        text = "\x1f".join([row.cells[i] for i in read])
        yield blake2b(text.encode("utf-8", "replace"), digest_size=_SIZE).hexdigest()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run left.

    place     the folder of its results, or a single file
    results   digest and sample of every result in the folder, by name; None for a file
    model     label and digest of its model; None for a file, each row of which names its own
    """

    place: str
    results: Mapping[str, tuple[str, str]] | None = None
    model: tuple[str, str] | None = None

    def needed(self, partition: Partition, job: Job, scratch: Path) -> list[str]:
        """The results whose answers may be those of a partition, which is read for that. The
        same texts may stand in many, as in tables of several years: one of them will do."""
        samples = {
            name: {sample[at : at + 2 * _SIZE] for at in range(0, len(sample), 2 * _SIZE)}
            for name, (_, sample) in (self.results or {}).items()
        }
        every = set().union(*samples.values())
        here: set[str] = set()
        with opened_partition(partition, job, scratch) as (reader, columns):
            for chunk in reader.chunks(CHUNK_ROWS):
                here.update(every.intersection(text_keys(columns, chunk)))
        names = []
        for name in sorted(samples, key=lambda name: (-len(samples[name] & here), name)):
            sample = samples[name]
            if sample and len(sample & here) >= ENOUGH * len(sample):
                names.append(name)
                here -= sample
        return names

    def copies(self, names: list[str], scratch: Path) -> Iterator[str]:
        """Results as files of this machine, one at a time.

        Raises InputError for one that has changed since its run.
        """
        root = file_system(self.place)[1]
        for name in names:
            result = Partition(name, self.place, f"{root}/{name}", 0)
            with local_file(result, scratch) as path:
                if self.results and digest_of(path) != self.results[name][0]:
                    raise _edited(self.place, name)
                yield str(path)


_lock = Lock()
_stores: dict[Path, Path | CtclassError] = {}
"""The answers of a single file, read once by each worker; or why they cannot be had."""


@contextmanager
def taken_over(
    earlier: Earlier, partition: Partition, job: Job, tagger: IsolatedTagger, model: Path
) -> Iterator[Since]:
    """The answers of an earlier run that may be those of a partition. `model` is the file of this
    run on this worker, beside which the answers of a single file wait for the next partition.

    Raises InputError for a result that has changed, or whose answers are not those of the model.
    """
    if earlier.results is None:
        store = _store_of_file(earlier, job, tagger, model)
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as opened:
            yield Since(opened)
        return
    with (
        tempfile.TemporaryDirectory(prefix="ctclass-") as name,
        closing(sqlite3.connect("", isolation_level=None)) as opened,
    ):
        scratch = Path(name)
        copies = earlier.copies(earlier.needed(partition, job, scratch), scratch)
        with named_as(shown(earlier.place), name):
            fill(opened, copies, job.label, tagger.judge, job.named)
        yield Since(opened)


def _store_of_file(earlier: Earlier, job: Job, tagger: IsolatedTagger, model: Path) -> Path:
    with _lock:
        if model not in _stores:
            path = model.with_suffix(".since").absolute()
            try:
                _fill_from_file(path, earlier, job, tagger)
                _stores[model] = path
            except CtclassError as error:
                _stores[model] = error
        found = _stores[model]
    if isinstance(found, CtclassError):
        raise found
    return found


def _fill_from_file(path: Path, earlier: Earlier, job: Job, tagger: IsolatedTagger) -> None:
    name = PurePosixPath(file_system(earlier.place)[1]).name
    file = Partition(name, earlier.place, file_system(earlier.place)[1], 0)
    with (
        tempfile.TemporaryDirectory(prefix="ctclass-") as scratch,
        local_file(file, Path(scratch)) as copy,
        named_as(shown(earlier.place), str(copy)),
        closing(sqlite3.connect(str(path), isolation_level=None)) as store,
    ):
        refuse_edited(str(copy))
        fill(store, [str(copy)], job.label, tagger.judge, job.named)


def forget_stores(model: Path) -> None:
    """Remove what waits beside the model of a run that is over; never wait for one that is
    still being made, for a worker that waits is taken for dead."""
    _stores.pop(model, None)
    model.with_suffix(".since").unlink(missing_ok=True)


def _edited(place: str, name: str) -> InputError:
    return InputError(
        Phrase(
            "前の結果は、書かれたあとで変わっています(マニフェストと違います)",
            "An earlier result has changed since it was written (its manifest tells)",
        ),
        where=f"{shown(place)}/{name}",
        hint=Phrase(
            "書かれたままのフォルダーを指定するか、--since-last を外してください",
            "Name the folder as it was written, or leave --since-last out",
        ),
    )
