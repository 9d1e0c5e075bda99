"""From raw scores to scores that mean something, and to answers.

A score of 0.8 shall be right in about 80 of 100 projects, so each area gets a
logistic curve fitted on labels that its model had not seen. Where an area is
given is chosen on the same labels: for tagging by the best F1, for screening so
that nearly nothing is missed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECALL = 0.95
"""What the screening point shall find of each area's projects."""
_SHARES = np.array([i / 100 for i in range(1, 100)] + [0.995])

Truth = NDArray[np.int64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decided:
    """Curves and thresholds by area, as in `Knowledge`."""

    curves: tuple[tuple[int, ...], ...]
    given_at: tuple[int, ...]
    screened_at: tuple[int, ...]
    given_beside: int


def calibrate(raw: Matrix, truth: Truth, tuned: Matrix | None, tuned_truth: Truth) -> Decided:
    """Curves from `raw` scores of unseen projects, thresholds from these and the tuning ones."""
    curves = [_curve(raw[:, area], truth[:, area] > 0) for area in range(raw.shape[1])]
    both = raw if tuned is None else np.vstack([raw, tuned])
    real = (truth if tuned is None else np.vstack([truth, tuned_truth])) > 0
    score = np.stack(
        [np.searchsorted(c, both[:, a] * 1e6, side="right") for a, c in enumerate(curves)], axis=1
    )
    common = max(range(20, 81), key=lambda t: _f1(score >= t, real))
    given = [_threshold(score[:, a], real[:, a], common) for a in range(score.shape[1])]
    screened = [
        min(_reaching(score[:, a], real[:, a], RECALL), given[a]) for a in range(score.shape[1])
    ]
    return Decided(
        tuple(tuple(int(x) for x in c) for c in curves), tuple(given), tuple(screened), 0
    )


def _curve(raw: NDArray[np.float64], real: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Raw scores (millionths) at which 1, 2 … 99 and 99.5 % of the projects are the area's."""
    from sklearn.linear_model import LogisticRegression

    if not 0 < real.sum() < len(real):
        return np.rint(np.linspace(-1, 1, len(_SHARES)) * 1e6).astype(np.int64)
    fitted = LogisticRegression(C=1e4, tol=1e-8, max_iter=1000).fit(raw[:, None], real)
    slope = max(float(fitted.coef_[0, 0]), 1e-3)
    odds = np.log(_SHARES / (1 - _SHARES))
    steps: NDArray[np.int64] = np.rint((odds - float(fitted.intercept_[0])) / slope * 1e6).astype(
        np.int64
    )
    return steps


def _threshold(score: NDArray[np.int64], real: NDArray[np.bool_], common: int) -> int:
    """Half way from the common threshold to the area's own best: few labels make few areas'
    own best a matter of luck."""
    own = max(range(15, 86), key=lambda t: (_f1(score >= t, real), -abs(t - common)))
    return round((own + common) / 2)


def _reaching(score: NDArray[np.int64], real: NDArray[np.bool_], recall: float) -> int:
    own = np.sort(score[real])
    if not len(own):
        return 50
    return max(1, int(own[int((1 - recall) * len(own))]))


def _f1(given: NDArray[np.bool_], real: NDArray[np.bool_]) -> float:
    return float(2 * (given & real).sum() / max(given.sum() + real.sum(), 1))
