"""How a worker reads a partition, and what all partitions of a run have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from itertools import chain
from pathlib import Path
from typing import Any

from ctclass import __version__
from ctclass.cluster.partitions import Partition, digest_of, local_file
from ctclass.errors import CtclassError, ModelError, Phrase
from ctclass.headings import find_columns, is_heading, join_headings
from ctclass.projects import Columns
from ctclass.tables import Chunk, TableReader, open_table

CHUNK_ROWS = 500
_PACKAGES = ("sudachipy", "sudachidict-core", "pyarrow")


@dataclass(frozen=True, slots=True)
class Job:
    """What all partitions of a run have in common.

    named      columns chosen by hand, as in `find_columns`
    sheet      of the workbooks that is read, None to find it
    kind       format of the results, None for that of each partition; `excel` for its CSV
    frameworks digests of the frameworks that have a column, in the order of these
    label      of the model, and `digest` the whole of its digest
    versions   of what an answer or its bytes depend on, on the machine that asks
    """

    folder: str
    named: Mapping[str, Any]
    encoding: str | None
    kind: str | None
    frameworks: Mapping[str, str]
    label: str
    digest: str
    versions: Mapping[str, str]
    patience: float
    resume: bool = False
    recall: bool = False
    excel: bool = False
    sheet: str | None = None

    @property
    def made(self) -> str:
        """A digest of all that a result depends on beside its input."""
        what = [self.named, self.encoding, self.kind, [*self.frameworks.items()], self.digest,
                self.label, self.versions, self.excel, self.sheet]  # fmt: skip
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


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


@contextmanager
def opened_partition(
    partition: Partition, job: Job, scratch: Path
) -> Iterator[tuple[TableReader, Columns]]:
    """The partition opened, with its columns found. `scratch` is a folder for copies."""
    by_hand = [*chain(*([x] if isinstance(x, str) else x or () for x in job.named.values()))]
    with ExitStack() as stack:
        if partition.query is not None:
            reader = stack.enter_context(_sql_reader(partition))
        else:
            path = str(stack.enter_context(local_file(partition, scratch)))
            stack.enter_context(named_as(partition.shown, path))
            reader = stack.enter_context(
                open_table(
                    path,
                    encoding=job.encoding,
                    is_heading=lambda row: is_heading(row, by_hand),
                    join=lambda upper, lower: join_headings(upper, lower, by_hand),
                    table=job.sheet,
                )
            )
        columns = find_columns(reader.header, where=reader.path, **job.named)
        if columns.project_id is None and partition.key in reader.header:
            columns = replace(columns, project_id=reader.header.index(partition.key))
        reader.judged = columns.read
        yield reader, columns


def _sql_reader(partition: Partition) -> TableReader:
    from ctclass.tables.database import Database
    from ctclass.tables.sql import SqlReader

    reader = SqlReader(Database(partition.dataset), query=partition.query)
    reader.path = partition.shown
    return reader


@contextmanager
def named_as(name: str, path: str) -> Iterator[None]:
    """Errors about a copy say where the original is."""
    try:
        yield
    except CtclassError as error:
        error.where = error.where.replace(path, name)
        raise


class ContentDigest:
    """The size and digest of rows that come from no file: of the names of their columns and
    all their cells as UTF-8."""

    def __init__(self, header: Sequence[str]) -> None:
        self._size = 0
        self._digest = hashlib.sha256()
        self._take(header)

    def add(self, chunk: Chunk) -> None:
        """Take in the next rows."""
        for row in chunk.rows:
            self._take(row.cells)

    def _take(self, cells: Sequence[str]) -> None:
        data = ("\x1f".join(cells) + "\x1e").encode("utf-8", "replace")
        self._size += len(data)
        self._digest.update(data)

    def as_json(self) -> dict[str, Any]:
        """As it stands in a note."""
        return {"size": self._size, "sha256": self._digest.hexdigest()}


def content_of_file(path: Path) -> dict[str, Any]:
    """The size and digest of a file, as in a note."""
    return {"size": path.stat().st_size, "sha256": digest_of(path)}


def content_of(partition: Partition, job: Job, scratch: Path) -> dict[str, Any]:
    """What a note has of the input, found by reading it through."""
    if partition.query is None:
        with local_file(partition, scratch) as path:
            return content_of_file(path)
    with opened_partition(partition, job, scratch) as (reader, _):
        content = ContentDigest(reader.header)
        for chunk in reader.chunks(CHUNK_ROWS):
            content.add(chunk)
    return content.as_json()
