"""From raw scores to scores that mean something, and to answers.

A score of 0.8 shall be right in about 80 of 100 projects, so each area gets a
logistic curve fitted on labels that its model had not seen. Which area comes
first, or that none does, is learned on the same labels (`firsts`), and so is from
which score a further area is given: for tagging by the best F1, for screening so
that nearly nothing is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctclass.learning.ridge import Matrix
from ctclass.learning.rounding import millionths
from ctclass.model.firsts import Bare, Firsts, by_firsts, decide, learn_firsts

RECALL = 0.95
"""What the screening point shall find of each area's projects."""
_SHARES = np.array([i / 100 for i in range(1, 100)] + [0.995])

Truth = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decided:
    """Curves and thresholds by area, and which comes first, as in `Knowledge`."""

    curves: tuple[tuple[int, ...], ...]
    given_at: tuple[int, ...]
    screened_at: tuple[int, ...]
    firsts: Firsts = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Projects with their raw scores, and what is true of them: 2 for the primary area, 1 for
    a further one. `weight` is how sure that is, `bare` where a project has no keywords."""

    raw: Matrix
    truth: Truth
    weight: Matrix
    bare: NDArray[np.bool_]


def calibrate(told: Told, tuning: Told | None = None) -> Decided:
    """Curves from `told`, whose scores are those of models that had not seen them, and
    thresholds from these and the `tuning` projects."""
    raw, real = told.raw, told.truth > 0
    odds = [_odds(raw[:, area], real[:, area]) for area in range(raw.shape[1])]
    if tuning is not None:
        odds = _corrected(odds, tuning.raw, tuning.truth > 0)
    curves = [_curve(*line) for line in odds]
    areas = range(len(curves))
    score = _scores(raw, curves)
    firsts = learn_firsts(raw, first_of(told.truth), told.weight)
    sure, possible = by_firsts(raw, score, firsts, told.bare)
    common = 50
    if real.any():
        common = max(range(20, 81), key=lambda t: _f1(sure | (possible & (score >= t)), real))
    given = [_threshold(score[:, a], real[:, a], sure[:, a], possible[:, a], common) for a in areas]
    if tuning is not None:
        reached = _scores(tuning.raw, curves)
        held = by_firsts(tuning.raw, reached, firsts, tuning.bare)
        shift = _shift(reached, tuning.truth > 0, np.array(given), *held)
        given = [min(max(t + shift, 1), 99) for t in given]
    screened = [min(_reaching(score[:, a], real[:, a], RECALL), given[a]) for a in areas]
    return Decided(
        tuple(tuple(int(x) for x in c) for c in curves), tuple(given), tuple(screened), firsts
    )


def first_of(truth: Truth) -> Truth:
    """The primary area of each project, the number of areas for none."""
    found: Truth = np.where(truth.any(axis=1), truth.argmax(axis=1), truth.shape[1])
    return found


def _odds(raw: NDArray[np.float64], real: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the log odds that a project is the area's, by raw score."""
    from sklearn.linear_model import LogisticRegression

    if not 0 < real.sum() < len(real):
        return 4.0, 0.0
    fitted = LogisticRegression(C=1e4, tol=1e-8, max_iter=1000).fit(raw[:, None], real)
    return max(float(fitted.coef_[0, 0]), 1e-3), float(fitted.intercept_[0])


def _corrected(
    odds: list[tuple[float, float]], tuned: Matrix, real: NDArray[np.bool_]
) -> list[tuple[float, float]]:
    """The same after one correction for all areas, from labels that taught nothing.

    People mend seeds with the training labels before their eyes, so scores of these
    are a little too good even where a label itself was not seen.
    """
    told = np.stack([tuned[:, a] * slope + base for a, (slope, base) in enumerate(odds)], axis=1)
    stretch, lift = _odds(told.ravel(), real.ravel())
    return [(slope * stretch, base * stretch + lift) for slope, base in odds]


def _curve(slope: float, base: float) -> NDArray[np.int64]:
    """Raw scores (millionths) at which 1, 2 … 99 and 99.5 % of the projects are the area's."""
    wanted = np.log(_SHARES / (1 - _SHARES))
    return millionths((wanted - base) / slope)


def _scores(raw: Matrix, curves: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    steps = [np.searchsorted(c, raw[:, a] * 1e6, side="right") for a, c in enumerate(curves)]
    return np.stack(steps, axis=1)


def given_areas(
    raw: Matrix, curves: Sequence[Sequence[int]], given_at: Sequence[int], most: int,
    beside: int = 0, firsts: Firsts = (), bare: Bare = None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:  # fmt: skip
    """All areas of each project, best first, and which of these are given, from raw scores
    alone."""
    score = _scores(raw, [np.array(c, dtype=np.int64) for c in curves])
    return decide(raw, score, given_at, most, beside, firsts, bare)


def _shift(
    score: NDArray[np.int64], real: NDArray[np.bool_], given: NDArray[np.int64],
    sure: NDArray[np.bool_], possible: NDArray[np.bool_],
) -> int:  # fmt: skip
    """How far all thresholds move for the tuning labels: the middle of the best stretch,
    for a single best value among few labels is a matter of luck."""
    reached = {s: _f1(sure | (possible & (score >= given + s)), real) for s in range(-23, 24)}
    return max(range(-20, 21), key=lambda s: sum(reached[s + d] for d in range(-3, 4)))


def _threshold(
    score: NDArray[np.int64], real: NDArray[np.bool_], sure: NDArray[np.bool_],
    possible: NDArray[np.bool_], common: int,
) -> int:  # fmt: skip
    """Half way from the common threshold to the area's own best: few labels make few areas'
    own best a matter of luck."""
    if not real.any():
        return common
    reached = {t: _f1(sure | (possible & (score >= t)), real) for t in range(15, 86)}
    own = max(reached, key=lambda t: (reached[t], -abs(t - common)))
    return round((own + common) / 2)


def _reaching(score: NDArray[np.int64], real: NDArray[np.bool_], recall: float) -> int:
    own = np.sort(score[real])
    if not len(own):
        return 50
    return max(1, int(own[int((1 - recall) * len(own))]))


def _f1(given: NDArray[np.bool_], real: NDArray[np.bool_]) -> float:
    return float(2 * (given & real).sum() / max(given.sum() + real.sum(), 1))
