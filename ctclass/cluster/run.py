"""A run over partitions as `ctclass cluster` does it: what comes in while workers are at work,
what is told of it, and the manifest at the end."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ctclass.console.terminal import Screen
from ctclass.errors import InputError, Phrase

if TYPE_CHECKING:
    from distributed import Client

    from ctclass.cluster.partitions import Dataset, Partition
    from ctclass.cluster.places import Folder
    from ctclass.cluster.reading import Job
    from ctclass.cluster.since import Earlier
    from ctclass.cluster.work import Failure, Note
    from ctclass.model.compact import Model
    from ctclass.runs.stream import Totals


class ClusterRun:
    """What comes in while partitions are worked on, and what is told of it."""

    def __init__(self, screen: Screen, folder: Folder, job: Job) -> None:
        self._screen = screen
        self._folder = folder
        self._job = job
        self._notes: list[Note] = []
        self._failures: list[Failure] = []
        self._reused = 0
        self._taken = 0
        self._found: Counter[str] = Counter()
        self._started = datetime.now(UTC)

    def fitting(self, earlier: Earlier | None) -> Earlier | None:
        """An earlier run, unless its answers are of another model, which is told: in a terminal
        before the work, elsewhere after it."""
        own = (self._job.label, self._job.digest)
        if earlier and earlier.model not in (None, own):
            self._screen.hold(_other_model(str(earlier.model[0])))
            return None
        return earlier

    def compare(self, client: Client, found: Dataset) -> list[Partition]:
        """The partitions that can be read; all must have the columns of the first."""
        from ctclass.cluster.engine import headers
        from ctclass.cluster.folder import refuse_other_columns
        from ctclass.cluster.reading import opened_partition
        from ctclass.cluster.work import Failure

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

    def tag(self, client: Client, partitions: list[Partition], brought: str) -> None:
        """Tag them all with what the workers were `brought`; progress is by bytes, for rows are
        not known beforehand."""
        from ctclass.cluster.engine import tag_partitions
        from ctclass.cluster.work import Failure

        size, done, rows = sum(max(p.size, 1) for p in partitions), 0, 0
        what = self._screen.say(f"{len(partitions)} 個を判定中", f"tagging {len(partitions)} parts")
        with self._screen.progress(what, None, lambda: (done, size)) as progress:
            for partition, found in tag_partitions(client, partitions, self._job, brought):
                done += max(partition.size, 1)
                if isinstance(found, Failure):
                    self._failures.append(found)
                else:
                    self._notes.append(found.note)
                    self._reused += found.reused
                    self._found += found.found
                    rows += found.note["rows"]
                    self._taken += found.note["rows"] if found.reused else found.found["taken"]
                progress(rows)

    def finish(self, model: Model) -> Totals:
        """The manifest, and what all rows add up to.

        Raises InputError where a partition could not be done, and there is no manifest, or
        where rows failed.
        """
        from ctclass.cluster.manifest import FAILURES, MANIFEST, build_manifest, totals_of
        from ctclass.cluster.work import dump
        from ctclass.runs.since import note_of

        manifest = build_manifest(self._notes, self._job, self._started)
        with tempfile.TemporaryDirectory(prefix="ctclass-") as scratch:
            if self._failures:
                failures = {"failures": [asdict(f) for f in sorted(self._failures, key=_name)]}
                self._folder.write(Path(scratch), FAILURES, dump(failures))
                raise _incomplete(self._failures, len(self._notes), self._folder)
            self._folder.write(Path(scratch), MANIFEST, dump(manifest))
        self._screen.tell_held()
        if self._reused:
            self._screen.tell(_kept(self._reused, len(self._notes)))
        totals = totals_of(manifest)
        seconds = (datetime.now(UTC) - self._started).total_seconds()
        self._screen.summary(totals, model, self._folder.url, seconds, self._taken)
        if self._found:
            self._screen.tell(note_of(self._found))
        if manifest["totals"]["failed"]:
            raise _failed_rows(self._notes)
        return totals


def _name(failure: Failure) -> str:
    return failure.partition


def _left_out(ignored: list[str]) -> Phrase:
    from ctclass.cluster.manifest import name_partitions

    names = name_partitions(ignored)
    return Phrase(f"表でないファイルは扱いません: {names}", f"No tables, left out: {names}")


def _other_model(label: str) -> Phrase:
    return Phrase(
        f"前の結果は別のモデル({label})のものなので、すべての行を判定します",
        f"The earlier results are of another model ({label}): every row is tagged anew",
    )


def _kept(reused: int, all_parts: int) -> Phrase:
    return Phrase(
        f"{all_parts} 個のうち {reused} 個は前の結果のままです",
        f"{reused} of {all_parts} parts are kept from before",
    )


def _incomplete(failures: list[Failure], done: int, folder: Folder) -> InputError:
    """One failure says why; the others are in the file beside the results."""
    from ctclass.cluster.manifest import FAILURES, name_partitions

    first, *others = sorted(failures, key=_name)
    count = len(failures)
    more = Phrase("", "")
    if others:
        names = name_partitions([failure.partition for failure in others])
        more = Phrase(f"、ほかに {names}", f"; also {names}")
    return InputError(
        Phrase(
            f"{done + count} 個のうち {count} 個を判定できません: {first.what.ja}",
            f"{count} of {done + count} parts could not be tagged: {first.what.en}",
        ),
        where=Phrase(first.where + more.ja, first.where + more.en),
        hint=Phrase(
            f"{first.hint.ja}。--resume で残りだけ実行できます(一覧: {folder.url}/{FAILURES})",
            f"{first.hint.en}; then --resume does the rest (list: {folder.url}/{FAILURES})",
        ),
    )


def _failed_rows(notes: list[Note]) -> InputError:
    from ctclass.cluster.manifest import MANIFEST, name_partitions

    rows = [
        Phrase(
            f"{note['partition']} データ行 {row['row']}", f"{note['partition']} row {row['row']}"
        )
        for note in sorted(notes, key=lambda note: str(note["partition"]))
        for row in note["failed"]
    ]
    ja, en = (name_partitions([row.text(lang) for row in rows]) for lang in ("ja", "en"))
    return InputError(
        Phrase(
            f"{len(rows)} 行は判定の途中で落ちるので、failed としました(ほかの行は揃っています)",
            f"{len(rows)} rows end the process that tags them: they are marked failed"
            " (all others are done)",
        ),
        where=Phrase(ja, en),
        hint=Phrase(
            f"{MANIFEST} の failed を配布元に知らせてください。--resume でもう一度試せます",
            f"Report what {MANIFEST} has under failed; --resume tries them again",
        ),
    )
