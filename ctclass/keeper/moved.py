"""What a change of taxonomy moves on a given table: two answers for each row, compared.

Both models are built from the same background, so that nothing but the taxonomy differs.
The seed that moved a row is told from the two taxonomies and the words of the row, and
where no changed seed stands in it, from the evidence that only one answer has.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import tee

from ctclass.keeper.changes import Changes, SeedChange
from ctclass.keeper.phrases import Cutter
from ctclass.projects import Columns, Project
from ctclass.readers.labels import Label
from ctclass.runs.stream import tag_stream
from ctclass.tables import Chunk, TableReader
from ctclass.tagging.tag import Tagger, Tagging
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

EXAMPLES = 5
_DIRECT = 3
"""How many seeds are named for each area that a row gained or lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row whose areas or primary area changed. `row` counts data rows from 1.

    seeds    for each area gained or lost, the changes that did it
    verdict  with a label: `better`, `worse` or `same` distance from the reader; else empty
    """

    row: int
    project_id: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    seeds: tuple[tuple[str, tuple[SeedChange, ...]], ...]
    verdict: str

    @property
    def gained(self) -> tuple[str, ...]:
        """The areas that only the new answer has."""
        return tuple(area for area in self.new if area not in self.old)

    @property
    def lost(self) -> tuple[str, ...]:
        """The areas that only the old answer has."""
        return tuple(area for area in self.old if area not in self.new)

    @property
    def primary(self) -> tuple[str, str]:
        """The primary area before and after, empty for none."""
        return (self.old or ("",))[0], (self.new or ("",))[0]


@dataclass(slots=True)
class AreaMoves:
    """What an area gained and lost, and how much of it rightly where a reader has judged."""

    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0
    primary_in: int = 0
    primary_out: int = 0
    gained_right: int = 0
    gained_wrong: int = 0
    lost_right: int = 0
    lost_wrong: int = 0
    examples: dict[str, list[str]] = field(
        default_factory=lambda: {"gained": [], "lost": [], "primary": []}
    )

    def count(self, kind: str, name: str, right: bool | None) -> None:
        """A row more in `gained` or `lost`, rightly or wrongly by its reader (None: no reader)."""
        setattr(self, kind, getattr(self, kind) + 1)
        _keep(self.examples[kind], name)
        if right is not None:
            judged = f"{kind}_{'right' if right else 'wrong'}"
            setattr(self, judged, getattr(self, judged) + 1)


@dataclass(slots=True)
class SeedMoves:
    """Areas that rows gained and lost by one change, rows whose primary area it moved, and
    some of these rows."""

    gained: int = 0
    lost: int = 0
    primary: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Moves:
    """The sums over a table. `primary` counts the rows by primary area before and after."""

    old: str
    new: str
    rows: int = 0
    changed: int = 0
    primary_changed: int = 0
    read: int = 0
    seed_changes: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    primary: Counter[tuple[str, str]] = field(default_factory=Counter)
    areas: dict[str, AreaMoves] = field(default_factory=lambda: defaultdict(AreaMoves))
    seeds: dict[SeedChange, SeedMoves] = field(default_factory=lambda: defaultdict(SeedMoves))

    def by_seed(self) -> list[tuple[SeedChange, SeedMoves]]:
        """The changes that moved rows, those that moved most first."""
        return sorted(
            self.seeds.items(),
            key=lambda s: (-s[1].gained - s[1].lost - s[1].primary, s[0].term, s[0].area),
        )

    def add(self, change: Change, label: Label | None) -> None:
        """Count a changed row."""
        self.changed += 1
        before, after = change.primary
        name = change.project_id or f"#{change.row}"
        if before != after:
            self.primary_changed += 1
            self.primary[before, after] += 1
            for area in filter(None, (before, after)):
                moves = self.areas[area]
                moves.primary_in += area == after
                moves.primary_out += area == before
                _keep(moves.examples["primary"], name)
        if change.verdict:
            self.verdicts[change.verdict] += 1
        for kind, areas in (("gained", change.gained), ("lost", change.lost)):
            for area in areas:
                right = None if label is None else (area in label.areas) is (kind == "gained")
                self.areas[area].count(kind, name, right)
        self._add_seeds(change, name)

    def _add_seeds(self, change: Change, name: str) -> None:
        before, after = change.primary
        if before != after:
            for seed in {seed for _, seeds in change.seeds for seed in seeds}:
                self.seeds[seed].primary += 1
        for area, seeds in change.seeds:
            for seed in seeds:
                by = self.seeds[seed]
                by.gained += area in change.gained
                by.lost += area in change.lost
                _keep(by.examples, name)


def find_moves(
    old: tuple[Tagger, Taxonomy | None],
    new: tuple[Tagger, Taxonomy | None],
    table: TableReader,
    columns: Columns,
    *,
    labels: Mapping[str, Label] | None = None,
    workers: int = 1,
    hear: Callable[[Change], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Moves:
    """Tag a table with both models; `hear` gets every changed row, in the order of the table.

    What is kept does not grow with the table: sums, and `EXAMPLES` ids for each of them.
    """
    cutter = Cutter(Segmenter())
    taxonomies = old[1], new[1]
    changes = None
    if taxonomies[0] is not None and taxonomies[1] is not None:
        changes = Changes(taxonomies[0], taxonomies[1], cutter)
    moves = Moves(old[0].model.label, new[0].model.label, seed_changes=len(changes or ()))
    judged = labels or {}
    for chunk, answers in _tag_twice(old[0], new[0], columns, table, workers):
        for number, (row, (was, now)) in enumerate(
            zip(chunk.rows, answers, strict=True), chunk.first_row
        ):
            moves.rows += 1
            project = columns.project(row.cells)
            label = judged.get(project.project_id)
            moves.read += label is not None
            before, after = _areas(was), _areas(now)
            for area in before:
                moves.areas[area].before += 1
            for area in after:
                moves.areas[area].after += 1
            if before != after and (set(before) != set(after) or before[:1] != after[:1]):
                change = _compare(number, project, (was, now), changes, label)
                moves.add(change, label)
                if hear:
                    hear(change)
        if progress:
            progress(moves.rows)
    return moves


def _tag_twice(
    old: Tagger, new: Tagger, columns: Columns, table: TableReader, workers: int
) -> Iterator[tuple[Chunk, list[tuple[Tagging, Tagging]]]]:
    """Both answers for every row; the two streams run in step, so few chunks are held."""
    first, second = tee(table.chunks(500))
    each = max(1, workers // 2)
    for (chunk, was), (_, now) in zip(
        tag_stream(old, columns, first, each), tag_stream(new, columns, second, each), strict=True
    ):
        yield chunk, list(zip(was, now, strict=True))


def _compare(
    number: int,
    project: Project,
    answers: tuple[Tagging, Tagging],
    changes: Changes | None,
    label: Label | None,
) -> Change:
    old, new = (_areas(answer) for answer in answers)
    found = changes.find(project.texts) if changes else []
    moved = [a for a in new if a not in old], [a for a in old if a not in new]
    if not any(moved):
        moved = [new[0]], [old[0]]  # only their order changed
    seeds = [
        (area, _responsible(area, found, answers, gained=gained))
        for areas, gained in zip(moved, (True, False), strict=True)
        for area in areas
    ]
    verdict = _verdict(label, old, new) if label else ""
    return Change(number, project.project_id, old, new, tuple(seeds), verdict)


def _responsible(
    area: str,
    found: list[SeedChange],
    answers: tuple[Tagging, Tagging],
    *,
    gained: bool,
) -> tuple[SeedChange, ...]:
    """The changes in the row that speak for what happened to an area; else all that stand in
    it (they may have won or lost its place for it); else the evidence that differs."""
    direct = [change for change in found if change.helps(area) is gained]
    if direct or found:
        return tuple((direct or found)[:_DIRECT])
    old, new = (answer.evidence for answer in answers)
    appeared = [SeedChange(term, area, "", "seen") for term in new if term not in old]
    vanished = [SeedChange(term, area, "", "unseen") for term in old if term not in new]
    return tuple(((appeared or vanished) if gained else (vanished or appeared))[:_DIRECT])


def _verdict(label: Label, old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Whether the new answer is nearer to the reader's: in areas too many or too few, and
    where these are equal, in the primary one."""
    wrong = [
        (len(set(answer) ^ set(label.areas)), (answer or ("",))[0] != label.primary)
        for answer in (old, new)
    ]
    if wrong[0] == wrong[1]:
        return "same"
    return "better" if wrong[1] < wrong[0] else "worse"


def _areas(answer: Tagging) -> tuple[str, ...]:
    return tuple(area.area for area in answer.areas)


def _keep(examples: list[str], name: str) -> None:
    if len(examples) < EXAMPLES and name not in examples:
        examples.append(name)


COLUMNS = (
    "row", "id", "old_areas", "new_areas", "gained", "lost", "old_primary", "new_primary",
    "seeds", "verdict",
)  # fmt: skip


def to_row(change: Change) -> list[str]:
    """The values of `COLUMNS`; a seed reads `quantum: +量子計算` (see `SIGNS`)."""
    seeds = [f"{area}: {SIGNS[s.change]}{s.term}" for area, held in change.seeds for s in held]
    return [
        str(change.row), change.project_id, ";".join(change.old), ";".join(change.new),
        ";".join(change.gained), ";".join(change.lost), *change.primary,
        ";".join(seeds), change.verdict,
    ]  # fmt: skip


def to_json(moves: Moves) -> str:
    """The sums as one JSON object, the seeds that moved most first."""
    seeds = [asdict(seed) | asdict(by) for seed, by in moves.by_seed()]
    record = {name: getattr(moves, name) for name in _SUMS} | {
        "verdicts": dict(sorted(moves.verdicts.items())),
        "primary": [
            {"old": old, "new": new, "rows": n} for (old, new), n in moves.primary.most_common()
        ],
        "areas": {area: asdict(held) for area, held in moves.areas.items()},
        "seeds": seeds,
    }
    return json.dumps(record, ensure_ascii=False, indent=1)


_SUMS = ("old", "new", "rows", "changed", "primary_changed", "read", "seed_changes")
SIGNS = {
    "added": "+", "removed": "-", "heavier": "↑", "lighter": "↓", "firm": "↑", "beside": "↓",
    "friend-added": "+≠", "friend-removed": "-≠", "outside-added": "+×", "outside-removed": "-×",
    "seen": "*", "unseen": "/",
}  # fmt: skip
