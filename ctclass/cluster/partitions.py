"""A dataset as partitions: files, folders, globs, here or far away, and parts of large files.

A partition has a name, which is that of its result, and becomes a local file where it is
worked on. So whatever its origin, it is read as `ctclass tag` reads a file.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ctclass.cluster.places import far_away, file_system, opened_bytes, shown
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables import format_of
from ctclass.tables.files import ending, reading

_WILD = "*?["


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a dataset that one worker reads, tags and writes.

    name      of the input, relative to its dataset, with `/`
    dataset   the dataset as it was given, to find the file system again
    path      in that file system
    groups    first and behind the last row group of a Parquet file, None for a whole file
    size      bytes of the file, or of its part as far as is known
    query     what reads the rows from the database `dataset`, None for files
    key       the column of these that is the project id where none is called so
    """

    name: str
    dataset: str
    path: str
    size: int
    groups: tuple[int, int] | None = None
    query: str | None = None
    key: str | None = None

    @property
    def shown(self) -> str:
        """What a person knows it by."""
        if self.query is not None:
            return f"{shown(self.dataset)} {self.name}"
        part = f" [{self.groups[0]}:{self.groups[1]}]" if self.groups else ""
        system = "" if file_system(self.dataset)[0] is None else f"{shown(self.dataset)}: "
        return f"{system}{self.path}{part}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """The partitions in the order of their names, and the files that are no tables."""

    partitions: list[Partition]
    ignored: list[str]


def find_partitions(datasets: Sequence[str], rows: int | None = None) -> Dataset:
    """Every table of the datasets as a partition.

    `rows` divides larger Parquet files at their row groups, into parts of at least that
    many rows. Names that begin with `_` or `.` are notes of other programs and left out.

    Raises InputError for a dataset that is not there or has no table, UsageError where two
    partitions would have one name.
    """
    found = Dataset([], [])
    for dataset in datasets:
        system, path = file_system(dataset)
        files = list(_files(system, path, dataset))
        tables = [f for f in files if _is_table(f[1], dataset)]
        if not tables:
            raise _no_table(dataset, files)
        found.ignored.extend(shown(f[1]) for f in files if f not in tables)
        for name, at, size in tables:
            partition = Partition(name, dataset, at, size)
            found.partitions.extend(_divided(partition, rows) if rows else [partition])
    found.partitions.sort(key=lambda p: p.name)
    for one, other in zip(found.partitions, found.partitions[1:], strict=False):
        if one.name == other.name:
            raise UsageError(
                Phrase(
                    f"二つの入力が同じ名前です: {one.name}",
                    f"Two partitions have one name: {one.name}",
                ),
                where=f"{one.shown}, {other.shown}",
                hint=Phrase(
                    "上のフォルダーを指定するか、分けて実行してください",
                    "Name the folder above them, or run them one by one",
                ),
            )
    return found


def _is_table(name: str, dataset: str) -> bool:
    """Whether a file is one by its name. A text may be one where it is asked for, but a
    readme.txt lies in many folders.

    >>> _is_table("a/b.csv", "a"), _is_table("a/b.txt", "a"), _is_table("a/b.txt", "a/*.txt")
    (True, False, True)
    """
    end, _ = ending(name)
    return format_of(name)[0] is not None and (end != "txt" or ending(dataset)[0] == "txt")


def _files(system: Any, path: str, dataset: str) -> Iterator[tuple[str, str, int]]:
    """Names, paths and sizes of the files of a dataset."""
    if system is not None:
        with far_away(dataset), suppress(FileNotFoundError):  # told as of a folder that is here
            yield from _remote_files(system, path)
        return
    place = Path(path)
    if place.is_dir():
        for at in sorted(p for p in place.rglob("*") if p.is_file()):
            if not _is_note(at.relative_to(place).as_posix()):
                yield at.relative_to(place).as_posix(), str(at), at.stat().st_size
    elif place.exists():
        yield place.name, path, place.stat().st_size
    elif any(sign in path for sign in _WILD):
        root = _before_wild(path)
        for name in sorted(glob.glob(path, recursive=True)):  # noqa: PTH207 - absolute patterns
            at, relative = Path(name), Path(name).relative_to(root).as_posix()
            if at.is_file() and not _is_note(relative):
                yield relative, name, at.stat().st_size


def _remote_files(system: Any, path: str) -> Iterator[tuple[str, str, int]]:
    if any(sign in path for sign in _WILD) and not system.exists(path):
        root = _before_wild(path)
        found = system.glob(path, detail=True)
    elif system.isdir(path):
        root = path.rstrip("/")
        found = system.find(path, detail=True)
    else:
        root = path.rpartition("/")[0]
        found = {path: system.info(path)}
    for at, info in sorted(found.items()):
        name = at[len(root) :].lstrip("/") if at.startswith(root) else PurePosixPath(at).name
        if info["type"] == "file" and not _is_note(name):
            yield name, at, int(info.get("size") or 0)


def _before_wild(path: str) -> str:
    """The folder above the first part with a wildcard.

    >>> _before_wild("/grants/year=*/part-*.csv"), _before_wild("*.csv")
    ('/grants', '')
    """
    start = path[: min(path.index(sign) for sign in _WILD if sign in path)]
    return start.rpartition("/")[0]


def _is_note(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in name.split("/"))


def _no_table(dataset: str, files: Sequence[Any]) -> InputError:
    return InputError(
        Phrase(
            "表がありません(.csv .tsv .jsonl .parquet .xlsx)"
            if files
            else "データセットがないか、空です",
            "It holds no table (.csv .tsv .jsonl .parquet .xlsx)"
            if files
            else "There is no such dataset, or it is empty",
        ),
        where=shown(dataset),
        hint=Phrase(
            "場所を確かめてください。ワイルドカードは引用符で囲みます",
            "Check the place; quote a pattern, as in 'grants/*.csv'",
        ),
    )


def _divided(partition: Partition, rows: int) -> Iterator[Partition]:
    """Parts of a Parquet file at its row groups; the file itself where it has no more rows."""
    parts = list(_groups(partition, rows)) if format_of(partition.name)[0] == "parquet" else []
    if len(parts) < 2:
        yield partition
        return
    name = PurePosixPath(partition.name)
    for number, (first, last, size) in enumerate(parts):
        part = name.with_name(f"{name.stem}.{number:05}{name.suffix}")
        yield replace(partition, name=str(part), groups=(first, last), size=size)


def _groups(partition: Partition, rows: int) -> Iterator[tuple[int, int, int]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with opened_bytes(file_system(partition.dataset)[0], partition.path) as file:
            footer = pq.read_metadata(file)
    except (pa.ArrowException, InputError):
        return  # the worker that reads it will say what is wrong
    first = held = size = 0
    for group in range(footer.num_row_groups):
        held += footer.row_group(group).num_rows
        size += footer.row_group(group).total_byte_size
        if held >= rows or group + 1 == footer.num_row_groups:
            yield first, group + 1, size
            first, held, size = group + 1, 0, 0


@contextmanager
def local_file(partition: Partition, scratch: Path) -> Iterator[Path]:
    """The partition as a file of this machine, in `scratch` unless it is one already."""
    system, _ = file_system(partition.dataset)
    if system is None and not partition.groups:
        yield Path(partition.path)
        return
    copy = scratch / PurePosixPath(partition.name).name
    if partition.groups:
        _copy_groups(system, partition, copy)
    else:
        with far_away(partition.shown):
            system.get_file(partition.path, str(copy))
    yield copy
    copy.unlink()


def _copy_groups(system: Any, partition: Partition, copy: Path) -> None:
    """Some row groups as a Parquet file of their own; only their bytes are fetched."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    first, last = partition.groups or (0, 0)
    try:
        with opened_bytes(system, partition.path) as file:
            whole = pq.ParquetFile(file)
            with pq.ParquetWriter(copy, whole.schema_arrow, compression="lz4") as writer:
                for group in range(first, last):
                    writer.write_table(whole.read_row_group(group, use_threads=False))
    except pa.ArrowException as error:
        raise InputError(
            Phrase(f"Parquet を読めません({error})", f"Parquet cannot be read ({error})"),
            where=partition.shown,
            hint=Phrase("もう一度取り出してください", "Fetch it again"),
        ) from error


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with reading(str(path)), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
