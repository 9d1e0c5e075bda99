"""What is checked before the work on a cluster begins, and what is cleared away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ctclass.cluster.manifest import FAILURES, MANIFEST, name_partitions
from ctclass.cluster.partitions import Partition
from ctclass.cluster.places import UNFINISHED, Folder, file_system
from ctclass.cluster.reading import Job
from ctclass.cluster.work import NOTES, note_name, result_name
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables import format_of


def check_folder(folder: Folder, partitions: Sequence[Partition], job: Job, *, force: bool) -> None:
    """UsageError where the results have no place of their own, or other results are there."""
    _refuse_same_results(partitions, job)
    _refuse_excel(partitions, job)
    _refuse_inputs(partitions, job)
    names = [name for name in folder.names() if not name.startswith(f"{UNFINISHED}/")]
    if names and not (force or job.resume):
        raise UsageError(
            Phrase(
                "出力先のフォルダーが空ではありません", "The folder of the results is not empty"
            ),
            where=folder.url,
            hint=Phrase(
                "続けるなら --resume、初めからなら --force を付けてください",
                "Add --resume to go on, or --force to begin anew",
            ),
        )
    mine = {note_name(partition.name) for partition in partitions}
    stale = [name for name in names if name.startswith(f"{NOTES}/") and name not in mine]
    if stale and not force:
        raise UsageError(
            Phrase(
                "フォルダーには、今回の入力にないものの結果があります",
                "The folder holds results of what is not in this dataset",
            ),
            where=name_partitions(
                [name.removeprefix(f"{NOTES}/").removesuffix(".json") for name in stale]
            ),
            hint=Phrase(
                "入力を確かめるか、別のフォルダーか --force を使ってください",
                "Check the dataset, or use another folder, or --force",
            ),
        )


def begin(folder: Folder, *, force: bool) -> None:
    """Clear away what would not be true of the new run; with `force` all old results."""
    folder.make()
    folder.clean()
    for name in (MANIFEST, FAILURES):
        folder.remove(name)
    if not force:
        return
    for name in folder.names():
        if name.startswith(f"{NOTES}/"):
            result = _result_of(folder.read(name))
            if result:
                folder.remove(result)
            folder.remove(name)


def abandon(folder: Folder) -> bool:
    """Clear away what a run that broke off has left; whether it has done nothing at all, and
    then there is no folder either that was not there before."""
    folder.clean()
    nothing = not any(name.startswith(f"{NOTES}/") for name in folder.names())
    if nothing:
        folder.unmake()
    return nothing


def refuse_other_columns(headers: Sequence[tuple[Partition, list[str] | None]]) -> None:
    """InputError where a partition has not the columns of the first; those without a
    heading (JSON Lines) have none to compare."""
    known = [(partition, header) for partition, header in headers if header is not None]
    for partition, header in known[1:]:
        first, expected = known[0]
        if header == expected:
            continue
        lacking = [name for name in expected if name not in header]
        more = [name for name in header if name not in expected]
        what_ja, what_en = _difference(lacking, more)
        raise InputError(
            Phrase(f"列が {first.name} と違います: {what_ja}",
                   f"The columns are not those of {first.name}: {what_en}"),
            where=partition.shown,
            hint=Phrase(
                "列をそろえるか、分けて実行してください",
                "Give them the same columns, or run them one by one",
            ),
        )  # fmt: skip


def _difference(lacking: list[str], more: list[str]) -> tuple[str, str]:
    ja = [f"ない列 {', '.join(lacking)}"] if lacking else []
    en = [f"without {', '.join(lacking)}"] if lacking else []
    if more:
        ja.append(f"余分な列 {', '.join(more)}")
        en.append(f"with {', '.join(more)}")
    return "、".join(ja) or "順序", "; ".join(en) or "in another order"


def _refuse_same_results(partitions: Sequence[Partition], job: Job) -> None:
    by_result: dict[str, Partition] = {}
    for partition in partitions:
        name = result_name(partition.name, job.kind)
        other = by_result.setdefault(name, partition)
        if other is not partition:
            raise UsageError(
                Phrase(
                    f"二つの入力の結果が同じ名前になります: {name}",
                    f"Two partitions would give one result: {name}",
                ),
                where=f"{other.shown}, {partition.shown}",
                hint=Phrase(
                    "上のフォルダーを指定するか、分けて実行してください",
                    "Name the folder above them, or run them one by one",
                ),
            )


def _refuse_excel(partitions: Sequence[Partition], job: Job) -> None:
    results = [result_name(partition.name, job.kind) for partition in partitions]
    others = [name for name in results if format_of(name)[0] not in ("csv", "tsv")]
    if job.excel and others:
        raise UsageError(
            Phrase("--excel は CSV の結果に使います", "--excel is for results that are CSV"),
            where=name_partitions(others),
            hint=Phrase(
                "--format csv も付けるか、--excel を外して --format xlsx としてください",
                "Add --format csv, or use --format xlsx without --excel",
            ),
        )


def _refuse_inputs(partitions: Sequence[Partition], job: Job) -> None:
    """Results between inputs would be inputs the next time."""
    system, root = file_system(job.folder)
    for partition in partitions:
        if partition.query is None and _within(partition, system, root):
            raise UsageError(
                Phrase("入力が出力先のフォルダーにあります", "An input is in the output folder"),
                where=partition.path if system is None else partition.shown,
                hint=Phrase("-o で別のフォルダーを指定してください", "Give another folder with -o"),
            )


def _within(partition: Partition, system: Any, root: str) -> bool:
    own, _ = file_system(partition.dataset)
    if own is None or system is None:
        both = own is None and system is None
        return both and Path(root).resolve() in Path(partition.path).resolve().parents
    return bool(own == system) and partition.path.startswith(root.rstrip("/") + "/")


def _result_of(note: bytes | None) -> str | None:
    try:
        data: Any = json.loads(note or b"{}")
        return str(data["output"]["name"])
    except (ValueError, KeyError, TypeError):
        return None
