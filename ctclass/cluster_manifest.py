"""What a run over many partitions came to, and whether its folder still holds that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.manifest import ResultDigest, record_counts
from ctclass.partition_reading import Job
from ctclass.partition_work import Note, add_counts
from ctclass.places import Folder
from ctclass.stream import Totals

MANIFEST = "_manifest.json"
FAILURES = "_failures.json"
FORMAT = 1


def build_manifest(notes: Iterable[Note], job: Job) -> dict[str, Any]:
    """All notes in the order of their names, and what they come to.

    No time and no host in it: the same input and model give the same bytes.
    """
    ordered = sorted(notes, key=lambda note: str(note["partition"]))
    totals = Totals()
    ids, results = ResultDigest(), ResultDigest()
    for note in ordered:
        add_counts(totals, note)
        ids.extend(ResultDigest.of(note["ids"], note["rows"]))
        results.extend(ResultDigest.of(note["results"], note["rows"]))
    return {
        "ctclass_cluster": FORMAT,
        "model": {"label": job.label, "digest": job.digest},
        "versions": dict(job.versions),
        "totals": {
            "partitions": len(ordered),
            "rows": totals.rows,
            "failed": sum(len(note["failed"]) for note in ordered),
            "ids": ids.hexdigest(),
            "results": results.hexdigest(),
            "counts": record_counts(totals),
        },
        "partitions": ordered,
    }


def totals_of(manifest: dict[str, Any]) -> Totals:
    """The totals of a manifest, to be shown as those of any run."""
    totals = Totals()
    for note in manifest["partitions"]:
        add_counts(totals, note)
    return totals


def read_manifest(folder: Folder) -> dict[str, Any]:
    """The manifest of a folder; InputError where there is none: the run is not complete."""
    data = folder.read(MANIFEST)
    if data is None:
        raise InputError(
            Phrase(
                f"{MANIFEST} がないので、結果は揃っていません",
                f"There is no {MANIFEST}: the results are not complete",
            ),
            where=folder.url,
            hint=Phrase(
                "ctclass cluster … --resume で続きを実行してください",
                "Go on with: ctclass cluster … --resume",
            ),
        )
    try:
        manifest: dict[str, Any] = json.loads(data)
        known = manifest["ctclass_cluster"] == FORMAT
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise InputError(
            Phrase("マニフェストが壊れています", "The manifest is damaged"),
            where=f"{folder.url}/{MANIFEST}",
            hint=Phrase("もう一度実行してください", "Run it again"),
        )
    return manifest


def differences(folder: Folder, manifest: dict[str, Any]) -> list[tuple[str, Phrase]]:
    """What is not as the manifest says: file by file, in order. Empty when all is well."""
    found: list[tuple[str, Phrase]] = []
    there = {name for name in folder.names() if not name.startswith(("_", "."))}
    for note in manifest["partitions"]:
        output = note["output"]
        if output["name"] not in there:
            found.append((output["name"], Phrase("ありません", "is missing")))
        elif folder.digest(output["name"]) != output["sha256"]:
            found.append((output["name"], Phrase("中身が変わりました", "has been changed")))
    named = {note["output"]["name"] for note in manifest["partitions"]}
    found += [
        (name, Phrase("マニフェストにありません", "is not in the manifest"))
        for name in sorted(there - named)
    ]
    return found


def name_partitions(names: Sequence[str], most: int = 3) -> str:
    """Some names for one line.

    >>> name_partitions(["a", "b", "c", "d", "e"])
    'a, b, c … (5)'
    """
    return ", ".join(names[:most]) + (f" … ({len(names)})" if len(names) > most else "")
