"""Two models on the same labels, row by row: what one gets right and the other does not.

Their intervals may overlap and the difference be sure all the same, for both
answer the same projects; so the projects are compared one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ctclass.evaluate.figures import Answer, area_table
from ctclass.evaluate.measure import FEW, Figure, count_pairs, mcnemar, pooled_f1, resampled
from ctclass.readers.labels import Label


@dataclass(frozen=True, slots=True)
class Turned:
    """Projects that only the new (`gained`) or only the other model (`lost`) gets right.

    `p` is McNemar's exact test: how likely so uneven a split is by chance.
    """

    gained: tuple[str, ...]
    lost: tuple[str, ...]
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A model against another one: differences are new minus other.

    `primary` is about the primary area, `exact` about the whole set of areas.
    """

    model: str
    against: str
    projects: int
    micro_f1: Figure
    primary: Turned
    exact: Turned


def compare_models(
    ids: Sequence[str],
    labels: Sequence[Label],
    new: tuple[str, Sequence[Answer]],
    other: tuple[str, Sequence[Answer]],
) -> Comparison:
    """Compare two lists of answers, each with the name of its model, to the same labels."""
    first = list(zip(labels, new[1], strict=True))
    second = list(zip(labels, other[1], strict=True))
    truth, given = area_table(ids, first)
    _, given_other = area_table(ids, second)

    def difference(*counts: Any) -> Any:
        return pooled_f1(*counts[:3]) - pooled_f1(*counts[3:])

    counts = (*count_pairs(truth, given), *count_pairs(truth, given_other))
    return Comparison(
        model=new[0],
        against=other[0],
        projects=len(labels),
        micro_f1=resampled(difference, counts, len(labels), few=len(labels) < FEW),
        primary=_turned(
            labels,
            [label.primary == found.primary for label, found in first],
            [label.primary == found.primary for label, found in second],
        ),
        exact=_turned(
            labels,
            [bool(same) for same in (truth == given).all(axis=1)],
            [bool(same) for same in (truth == given_other).all(axis=1)],
        ),
    )


def _turned(labels: Sequence[Label], new: Sequence[bool], other: Sequence[bool]) -> Turned:
    both = list(zip((x.project_id for x in labels), new, other, strict=True))
    gained = tuple(i for i, now, before in both if now and not before)
    lost = tuple(i for i, now, before in both if before and not now)
    return Turned(gained, lost, mcnemar(len(gained), len(lost)))
