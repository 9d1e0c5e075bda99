"""Figures with intervals: shares exact, all else by drawing the projects again.

A share has the exact interval of Clopper and Pearson, which is never too narrow.
F1, kappa and differences have none in closed form: projects are drawn again and
again (bootstrap), the same way every time, and the middle 95 % is the interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 1000
FEW = 10
"""Below so many labels a figure is an anecdote, and is marked as one."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; `of` is how many things it was counted on.

    `value` is None when there is nothing to measure. `few` warns that it rests
    on fewer than `FEW` labels (answers, for a precision).
    """

    value: float | None
    low: float | None
    high: float | None
    of: int
    few: bool = False


NOTHING = Figure(None, None, None, 0)


@dataclass(frozen=True, slots=True)
class Measured:
    """Precision, recall and F1 of one group of decisions."""

    precision: Figure
    recall: Figure
    f1: Figure


Counts = tuple["NDArray[Any]", "NDArray[Any]", "NDArray[Any]"]


def share(part: int, whole: int) -> Figure:
    """A share with the exact interval of Clopper and Pearson.

    >>> found = share(3, 4)
    >>> found.value, round(found.low, 3), round(found.high, 3), found.few
    (0.75, 0.194, 0.994, True)
    """
    if whole == 0:
        return NOTHING
    return Figure(part / whole, *exact_interval(part, whole), whole, whole < FEW)


def exact_interval(part: float, whole: float) -> tuple[float, float]:
    """The 95 % interval of Clopper and Pearson; both counts may be broken numbers, as the
    effective size of a weighted sample is."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, part, whole - part + 1)) if part > 0 else 0.0
    high = float(beta.ppf(0.975, part + 1, whole - part)) if part < whole else 1.0
    return low, high


def measure(truth: NDArray[np.bool_], answer: NDArray[np.bool_]) -> Measured:
    """Pooled over projects (rows) and areas (columns): every pair counts once."""
    counts = count_pairs(truth, answer)
    hit, wrong, lost = (int(c.sum()) for c in counts)
    return Measured(
        precision=share(hit, hit + wrong),
        recall=share(hit, hit + lost),
        f1=resampled(pooled_f1, counts, 2 * hit + wrong + lost, few=hit + lost < FEW),
    )


def measure_mean(truth: NDArray[np.bool_], answer: NDArray[np.bool_]) -> Measured:
    """The mean over the areas that have a label, so that a small area counts like a large one.

    An area that is never given has precision 0. In a resample, only areas that
    still have a label count.
    """
    held = truth.any(axis=0)
    counts = count_pairs(truth[:, held], answer[:, held])
    areas, few = int(held.sum()), len(truth) < FEW

    def mean_of(values: NDArray[Any], hits: NDArray[Any], missed: NDArray[Any]) -> Any:
        labelled = hits + missed > 0
        return (values * labelled).sum(axis=-1) / labelled.sum(axis=-1).clip(1)

    def precision(hits: NDArray[Any], false: NDArray[Any], missed: NDArray[Any]) -> Any:
        return mean_of(hits / (hits + false).clip(1), hits, missed)

    def recall(hits: NDArray[Any], _: NDArray[Any], missed: NDArray[Any]) -> Any:
        return mean_of(hits / (hits + missed).clip(1), hits, missed)

    def f1(hits: NDArray[Any], false: NDArray[Any], missed: NDArray[Any]) -> Any:
        return mean_of(2 * hits / (2 * hits + false + missed).clip(1), hits, missed)

    return Measured(
        *(resampled(statistic, counts, areas, few=few) for statistic in (precision, recall, f1))
    )


def count_pairs(truth: NDArray[np.bool_], answer: NDArray[np.bool_]) -> Counts:
    """Hits, false answers and misses as 0 or 1, projects by areas."""
    return (
        (truth & answer).astype(float),
        (~truth & answer).astype(float),
        (truth & ~answer).astype(float),
    )


def pooled_f1(hits: NDArray[Any], false: NDArray[Any], missed: NDArray[Any]) -> Any:
    """F1 over all areas (the last axis) together; 0 where there is nothing."""
    both = 2 * hits.sum(axis=-1)
    return both / (both + false.sum(axis=-1) + missed.sum(axis=-1)).clip(1)


def resampled(
    statistic: Callable[..., Any], counts: tuple[NDArray[Any], ...], of: int, *, few: bool
) -> Figure:
    """`statistic` of the counts, and the middle 95 % of it over projects drawn again and again.

    Each of `counts` has the projects as rows; `statistic` gets their sums.
    """
    if not of:
        return NOTHING
    import numpy as np

    weights = _draws(len(counts[0]))
    low, high = np.percentile(statistic(*(weights @ c for c in counts)), [2.5, 97.5])
    value = float(statistic(*(c.sum(axis=0) for c in counts)))
    return Figure(value, float(low), float(high), of, few)


def quadratic_kappa(table: NDArray[Any]) -> Any:
    """Agreement on ordered levels beyond chance; a mistake by two levels weighs four times.

    `table` counts levels by levels, flattened in the last axis. 1 is full
    agreement, 0 that of chance; 0 too where all is one level.

    >>> import numpy as np
    >>> float(quadratic_kappa(np.array([2, 0, 0, 0, 1, 0, 0, 0, 1])))
    1.0
    """
    import numpy as np

    size = round(table.shape[-1] ** 0.5)
    square = table.reshape(*table.shape[:-1], size, size)
    weights = (np.arange(size)[:, None] - np.arange(size)) ** 2
    rows, columns = square.sum(axis=-1), square.sum(axis=-2)
    chance = rows[..., :, None] * columns[..., None, :] / rows.sum(axis=-1)[..., None, None].clip(1)
    expected = (weights * chance).sum(axis=(-2, -1))
    seen = (weights * square).sum(axis=(-2, -1))
    return np.where(expected > 0, 1 - seen / np.where(expected > 0, expected, 1), 0.0)


def mcnemar(gained: int, lost: int) -> float:
    """How likely so uneven a split is when both are equally good (exact, two-sided).

    >>> round(mcnemar(8, 1), 4), mcnemar(0, 0)
    (0.0391, 1.0)
    """
    if gained + lost == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost).pvalue)


@lru_cache(maxsize=2)
def _draws(count: int) -> NDArray[Any]:
    """How often each project is drawn in each resample, the same every time."""
    import numpy as np

    chance = np.full(count, 1 / count)
    return np.random.default_rng(7).multinomial(count, chance, RESAMPLES).astype(float)
