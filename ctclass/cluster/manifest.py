"""What a run over many partitions came to, and whether its folder still holds that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ctclass.cluster.places import Folder
from ctclass.cluster.reading import Job
from ctclass.cluster.work import Note, add_counts
from ctclass.errors import InputError, Phrase
from ctclass.model.compact import Model
from ctclass.runs.manifest import ResultDigest, record_counts, record_file, record_time
from ctclass.runs.stream import Totals
from ctclass.runs.verify import Check, check_model

MANIFEST = "_manifest.json"
FAILURES = "_failures.json"
FORMAT = 1
MOST_NAMED = 3


def build_manifest(notes: Iterable[Note], job: Job, started: datetime) -> dict[str, Any]:
    """All notes in the order of their names, and what they come to.

    No host in it, and no time but under `time`: all else is the same bytes for the same input,
    model and earlier results.
    """
    ordered = sorted(notes, key=lambda note: str(note["partition"]))
    return {
        "ctclass_cluster": FORMAT,
        "model": {"label": job.label, "digest": job.digest},
        "versions": dict(job.versions),
        "options": {
            "excel": job.excel,
            "frameworks": list(job.frameworks),
            "screening_recall": job.recall,
        },
        "totals": sum_up(ordered),
        "partitions": ordered,
        "time": record_time(started),
    }


def sum_up(notes: Sequence[Note]) -> dict[str, Any]:
    """What notes come to, in their order."""
    totals = Totals()
    ids, results = ResultDigest(), ResultDigest()
    taken = [note["taken_over"]["since_last"] for note in notes if "taken_over" in note]
    for note in notes:
        add_counts(totals, note)
        ids.extend(ResultDigest.of(note["ids"], note["rows"]))
        results.extend(ResultDigest.of(note["results"], note["rows"]))
    return {
        "partitions": len(notes),
        "rows": totals.rows,
        "taken_over": {"since_last": sum(taken)},
        "failed": sum(len(note["failed"]) for note in notes),
        "ids": ids.hexdigest(),
        "results": results.hexdigest(),
        "counts": record_counts(totals),
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
                "ctclass cluster が全部終わると作ります。続きは ctclass cluster … --resume",
                "ctclass cluster writes it when all is done; go on with --resume",
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


def check_results(
    folder: Folder, manifest: dict[str, Any], find_model: Callable[[], Model]
) -> Iterator[Check]:
    """Whether a folder holds what its manifest says: every byte, every sum, nothing else."""
    notes = manifest["partitions"]
    there = {name for name in folder.names() if not name.startswith(("_", "."))}
    wrong = {}
    for note in notes:
        output = note["output"]
        if output["name"] not in there:
            wrong[output["name"]] = Phrase("がありません", "is missing")
        elif folder.digest(output["name"]) != output["sha256"]:
            wrong[output["name"]] = Phrase("の中身が違います", "has other bytes")
    others = sorted(there - {note["output"]["name"] for note in notes})
    wrong |= {
        name: Phrase("はこの実行のものではありません", "is not of this run") for name in others
    }
    yield _check("results", Phrase("結果のファイル", "files of the results"), wrong, len(notes))
    yield _check_totals(manifest)
    yield _check_inputs(notes)
    yield check_model(manifest, find_model)


def _check_totals(manifest: dict[str, Any]) -> Check:
    """Whether the notes of the parts add up to the whole, within the manifest: no file is looked
    at. Manifests from before `--since-last` have no number of rows taken over."""
    now = sum_up(manifest["partitions"])
    then = {"taken_over": {"since_last": 0}} | manifest["totals"]
    wrong = [name for name in now if now[name] != then.get(name)]
    what = Phrase(f"{MANIFEST} の部分の記録の合計", f"sums of the parts' records in {MANIFEST}")
    seen = Phrase("全体の記録と一致(行数・番号・答え)", "those of the whole (rows, ids, answers)")
    if wrong:
        names = ", ".join(wrong)
        seen = Phrase(f"全体の記録と違う: {names}", f"not those of the whole: {names}")
    return Check("totals", what, not wrong, seen)


def _check_inputs(notes: Sequence[Note]) -> Check:
    """Those of this machine that can be looked at: not parts, nor what is far away."""
    name, what = "inputs", Phrase("入力のファイル", "files of the input")
    wrong, seen = {}, 0
    for note in notes:
        place = Path(note["input"]["place"])
        if not place.is_absolute() or place.suffix.endswith("]"):
            continue
        seen += 1
        if not place.is_file():
            wrong[str(place)] = Phrase("がありません", "is missing")
        elif record_file(place).sha256 != note["input"]["sha256"]:
            wrong[str(place)] = Phrase("が実行の後に変わりました", "has changed since")
    others = len(notes) - seen
    if wrong or not others:
        return _check(name, what, wrong, seen)
    ja, en = f"照合していないもの {others} 個", f"{others} not checked"
    if seen:
        ja, en = f"{seen} 個とも同じ、{ja}", f"all {seen} fit, {en}"
    why = Phrase(
        "離れた場所、データベース、ファイルの一部", "far away, of a database, part of a file"
    )
    return Check(name, what, fits=True, seen=Phrase(f"{ja}({why.ja})", f"{en} ({why.en})"))


def _check(name: str, what: Phrase, wrong: Mapping[str, Phrase], seen: int) -> Check:
    if not wrong:
        return Check(name, what, fits=True, seen=Phrase(f"{seen} 個とも同じ", f"all {seen} fit"))
    names = list(wrong)
    more = f" … ({len(names)})" if len(names) > MOST_NAMED else ""
    ja, en = (
        ", ".join(f"{n} {wrong[n].text(lang)}" for n in names[:MOST_NAMED]) + more
        for lang in ("ja", "en")
    )
    return Check(name, what, fits=False, seen=Phrase(ja, en))


def name_partitions(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Some names for one line.

    >>> name_partitions(["a", "b", "c", "d", "e"])
    'a, b, c … (5)'
    """
    return ", ".join(names[:most]) + (f" … ({len(names)})" if len(names) > most else "")
