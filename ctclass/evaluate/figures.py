"""All figures of answers beside their labels: pooled, by area, by source, by difficulty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Protocol

from ctclass.evaluate.measure import (
    FEW,
    NOTHING,
    Figure,
    Measured,
    measure,
    measure_mean,
    quadratic_kappa,
    resampled,
    share,
)
from ctclass.model.compact import Model
from ctclass.projects import TEXTS
from ctclass.readers.labels import KINDS, AnyLabel, Label, keep_fields, kinds_of
from ctclass.rules import LEVELS
from ctclass.taxonomy.areas import Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 10


class Scored(Protocol):
    """An area id with a score from 0 to 1."""

    @property
    def area(self) -> str: ...  # noqa: D102
    @property
    def score(self) -> float: ...  # noqa: D102


class Answer(Protocol):
    """What is measured: a `Tagging`, or what a baseline says."""

    @property
    def areas(self) -> Sequence[Scored]: ...  # noqa: D102
    @property
    def runners_up(self) -> Sequence[Scored]: ...  # noqa: D102
    @property
    def primary(self) -> str: ...  # noqa: D102
    @property
    def strategic(self) -> bool: ...  # noqa: D102
    @property
    def screening(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of the projects of one kind.

    `exact` is the share of projects whose areas are all right, none too many and
    none too few. `macro` is the mean over the areas that have a label here.
    """

    projects: int
    primary: Figure
    exact: Figure
    micro: Measured
    macro: Measured
    macro_f1: Figure
    strategic: Measured


@dataclass(frozen=True, slots=True)
class Screening:
    """The screening level, of the projects whose labels have one.

    `missed` are the projects with a labelled flag that come out as `none`;
    `priority_missed` those labelled `priority`. The upper end of the interval is
    what an officer has to reckon with. `counts` are labels by answers in the
    order of `LEVELS`.
    """

    projects: int
    priority: Measured
    missed: Figure
    priority_missed: Figure
    kappa: Figure
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often which primary area (rows) was given which (columns); `none` is the last."""

    areas: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def largest(self, most: int) -> list[tuple[str, str, int]]:
        """The most frequent mistakes as (true, given, count), the order of areas among equals.

        >>> Confusion(("bio", "none"), ((5, 2), (3, 9))).largest(1)
        [('none', 'bio', 3)]
        """
        cells = [
            (truth, given, self.counts[i][j])
            for i, truth in enumerate(self.areas)
            for j, given in enumerate(self.areas)
            if i != j and self.counts[i][j]
        ]
        return sorted(cells, key=lambda c: -c[2])[:most]


@dataclass(frozen=True, slots=True)
class Bin:
    """Areas whose score lies in `low` to `high`: their mean score, and the share right."""

    low: float
    high: float
    mean_score: float | None
    right: Figure


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether a score means what it says: of areas with 0.8, about 80 % should be right.

    `error` is the expected calibration error: the distance of mean score and
    share right, averaged over the areas.
    """

    bins: tuple[Bin, ...]
    error: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a run, and what could not be compared (`missing` ids).

    `by_text` has the texts that are `english`, `short` or `empty` in the fields that were read.
    `reliability` is of the areas given, `reliability_all` also of the runners-up;
    `screening_recall` is the screening at the point that misses less.
    """

    model: str
    fields: tuple[str, ...]
    overall: Slice
    strategic: Measured
    screening: Measured | None
    screening_levels: Screening | None
    by_area: dict[str, Measured]
    by_source: dict[str, Slice]
    by_hard: dict[str, Slice]
    by_unsure: dict[str, Slice]
    by_text: dict[str, Slice]
    confusion: Confusion
    reliability: Reliability
    reliability_all: Reliability
    missing: tuple[str, ...]
    screening_recall: Measured | None = None
    screening_recall_levels: Screening | None = None


def compare(
    model: Model,
    pairs: Sequence[tuple[Label, Answer]],
    missing: tuple[str, ...] = (),
    *,
    levels: Sequence[tuple[AnyLabel, Answer]] = (),
    name: str = "",
    fields: tuple[str, ...] = TEXTS,
) -> Evaluation:
    """The figures of answers beside their labels; `levels` are further projects that count
    for the screening alone."""
    ids = [a.id for a in model.areas]
    truth, answer = area_table(ids, pairs)

    def part(chosen: Sequence[bool]) -> Slice:
        return overall_of(model, list(compress(pairs, chosen)))

    def by(kinds: Sequence[bool | None], *names: str) -> dict[str, Slice]:
        both = zip((True, False), names, strict=True)
        return {name: part([k is kind for k in kinds]) for kind, name in both if kind in kinds}

    texts = [kinds_of(x.project and keep_fields(x.project, fields)) for x, _ in pairs]
    sources = [label.source for label, _ in pairs]
    overall = overall_of(model, pairs)
    any_flag, by_level = screening_of([*pairs, *levels]) or (None, None)
    return Evaluation(
        model=name or model.label,
        fields=fields,
        overall=overall,
        strategic=overall.strategic,
        screening=any_flag,
        screening_levels=by_level,
        by_area={area: measure(truth[:, [i]], answer[:, [i]]) for i, area in enumerate(ids)},
        by_source={n: part([s == n for s in sources]) for n in sorted(set(sources))},
        by_hard=by([label.hard for label, _ in pairs], "hard", "not hard"),
        by_unsure=by([label.unsure for label, _ in pairs], "unsure", "sure"),
        by_text={
            kind: part([kind in kinds for kinds in texts])
            for kind in KINDS
            if any(kind in kinds for kinds in texts)
        },
        confusion=_confusion(ids, pairs),
        reliability=_reliability(pairs, runners_up=False),
        reliability_all=_reliability(pairs, runners_up=True),
        missing=missing,
    )


def overall_of(model: Model | Taxonomy, pairs: Sequence[tuple[Label, Answer]]) -> Slice:
    """The figures over all projects only, a tenth of the work of `compare`."""
    import numpy as np

    truth, answer = area_table([a.id for a in model.areas], pairs)
    which = [a.strategic for a in model.areas]  # a framework of one's own may have none
    strategic = truth[:, which].max(axis=1, keepdims=True, initial=False)
    flagged = np.array([[found.strategic] for _, found in pairs], dtype=bool).reshape(-1, 1)
    right = sum(label.primary == found.primary for label, found in pairs)
    macro = measure_mean(truth, answer)
    return Slice(
        projects=len(pairs),
        primary=share(right, len(pairs)),
        exact=share(int((truth == answer).all(axis=1).sum()), len(pairs)),
        micro=measure(truth, answer),
        macro=macro,
        macro_f1=macro.f1,
        strategic=measure(strategic, flagged),
    )


def area_table(
    ids: Sequence[str], pairs: Sequence[tuple[Label, Answer]]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Labels and answers as two tables of yes and no, projects by areas."""
    import numpy as np

    given = [{a.area for a in found.areas} for _, found in pairs]
    truth = [[i in label.areas for i in ids] for label, _ in pairs]
    answer = [[i in areas for i in ids] for areas in given]
    shape = (len(pairs), len(ids))  # also of none
    return (
        np.array(truth, dtype=bool).reshape(shape),
        np.array(answer, dtype=bool).reshape(shape),
    )


def screening_of(
    pairs: Sequence[tuple[AnyLabel, Answer]],
) -> tuple[Measured, Screening] | None:
    """Any flag, and the levels; None when no label has a level."""
    import numpy as np

    judged = [
        (LEVELS.index(label.screening), LEVELS.index(found.screening))
        for label, found in pairs
        if label.screening is not None
    ]
    if not judged:
        return None
    truth, answer = np.array(judged).T[:, :, None]
    cells = np.zeros((len(judged), len(LEVELS) ** 2))
    cells[np.arange(len(judged)), truth[:, 0] * len(LEVELS) + answer[:, 0]] = 1
    table = cells.sum(axis=0).reshape(len(LEVELS), -1).astype(int)
    kappa = resampled(quadratic_kappa, (cells,), len(judged), few=len(judged) < FEW)
    top = len(LEVELS) - 1
    return measure(truth > 0, answer > 0), Screening(
        projects=len(judged),
        priority=measure(truth == top, answer == top),
        missed=share(int(table[1:, 0].sum()), int(table[1:].sum())),
        priority_missed=share(int(table[top, 0]), int(table[top].sum())),
        kappa=kappa if np.count_nonzero(table.sum(axis=1)) > 1 else NOTHING,
        counts=tuple(tuple(int(n) for n in row) for row in table),
    )


def _confusion(ids: Sequence[str], pairs: Sequence[tuple[Label, Answer]]) -> Confusion:
    number = {area: i for i, area in enumerate((*ids, ""))}
    counts = [[0] * len(number) for _ in number]
    for label, found in pairs:
        counts[number[label.primary]][number[found.primary]] += 1
    return Confusion((*ids, "none"), tuple(map(tuple, counts)))


def _reliability(pairs: Sequence[tuple[Label, Answer]], *, runners_up: bool) -> Reliability:
    """Scores have two decimals, so they are binned as whole hundredths: 0.70 is in 0.7–0.8."""
    scores: list[list[float]] = [[] for _ in range(BINS)]
    right = [0] * BINS
    for label, found in pairs:
        for a in (*found.areas, *(found.runners_up if runners_up else ())):
            place = min(max(round(a.score * 100) // BINS, 0), BINS - 1)
            scores[place].append(a.score)
            right[place] += a.area in label.areas
    total = sum(map(len, scores))
    apart = sum(abs(sum(s) - r) for s, r in zip(scores, right, strict=True))
    return Reliability(
        tuple(
            Bin(i / BINS, (i + 1) / BINS, sum(s) / len(s) if s else None, share(r, len(s)))
            for i, (s, r) in enumerate(zip(scores, right, strict=True))
        ),
        apart / total if total else None,
    )
