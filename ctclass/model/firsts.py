"""Which area comes first, or whether none does: one comparison of all areas.

A threshold for each area by itself cannot say which of two near areas is the primary one,
nor that so many faint voices are no area at all. So the raw scores of all areas are weighed
against each other once more, by multinomial logistic regression over labels: a sum for each
area and one for "none", and the highest one decides. "None" does not win where the own
score of an area is `SURE`: who reads a score of 0.60 does not expect "none"; and an area
does not claim the first place below a score of `FAINT`, for there "none" is expected. It has
to be ahead by `BARE` where a project has no keywords, since less is said of any area there:
chosen on the development labels, and met by programmes of ministries that were held out,
which never have keywords (docs/accuracy.md says what the comparison is worth).

Thresholds are chosen without `FAINT` (`calibrate`): it hides what they should see.
All numbers are whole, so that the answer is the same in any batch and on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Firsts = tuple[tuple[int, ...], ...]
"""For each area, and last for "none": thousandths by which the raw score of each area
counts, and a start. Empty where nothing was learned: thresholds alone decide."""

SURE = 60
"""Hundredths of a score at which an area is given whatever the comparison says of none."""
FAINT = 8
"""Hundredths of a score below which an area does not come first, whatever the comparison says."""
BARE = 1_400_000
"""Millionths of log odds by which "none" must be ahead in a project without keywords."""
_FAR = 1000.0
_NOTHING = np.iinfo(np.int64).min
_LEAST = 20


Bare = NDArray[np.bool_] | None
"""Which projects have no keywords; None: nobody looked."""


def sums_for_first(
    raw: NDArray[np.float64], firsts: Firsts, bare: Bare = None
) -> NDArray[np.int64]:
    """How strongly each area (columns), and "none" (the last), claims the first place, in
    millionths of log odds.

    >>> sums_for_first(np.array([[0.5, -1.0]]), ((2000, 0, 0), (0, 2000, 0), (0, 0, 300))).tolist()
    [[1000000, -2000000, 300000]]
    """
    table = np.array(firsts, dtype=np.int64)
    millionths = np.rint(np.clip(raw, -_FAR, _FAR) * 1e6).astype(np.int64)
    # Whole numbers are multiplied without BLAS, term by term: 17 columns, some hundred rows.
    found: NDArray[np.int64] = (millionths @ table[:, :-1].T + table[:, -1] * 1_000_000) // 1000
    if bare is not None:
        found[bare, -1] -= BARE
    return found


def by_firsts(
    raw: NDArray[np.float64], score: NDArray[np.int64], firsts: Firsts, bare: Bare = None,
    faint: int = 0,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:  # fmt: skip
    """Which areas are given because they come first, from a score of `faint` on, and which may
    be given at all."""
    sure = np.zeros(raw.shape, dtype=bool)
    if not firsts:
        return sure, ~sure
    sums = sums_for_first(raw, firsts, bare)
    claims = np.where(score >= faint, sums[:, :-1], _NOTHING)
    best = claims.argmax(axis=1)
    some = (claims.max(axis=1) > sums[:, -1]) | (score.max(axis=1) >= SURE)
    sure[some, best[some]] = True
    return sure, np.broadcast_to(some[:, None], raw.shape)


def decide(
    raw: NDArray[np.float64], score: NDArray[np.int64],
    given_at: Sequence[int] | NDArray[np.int64], most: int, beside: int, firsts: Firsts,
    bare: Bare = None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:  # fmt: skip
    """All areas of each project, best first, and which of these are given, from raw scores
    and scores (hundredths): the one decision of the program.

    Where a comparison was learned, the area that comes first is given whatever its threshold,
    from a score of `FAINT` on, and others beside it by their thresholds; where "none" comes
    first and no area is sure, no area is given.
    """
    sure, possible = by_firsts(raw, score, firsts, bare, FAINT)
    reached = (score > 0) & (score >= np.asarray(given_at))
    reached &= score * 100 >= score.max(axis=1, keepdims=True) * beside
    order = np.argsort(-(sure * 1e8 + score * 1e4 + raw), axis=1, kind="stable")
    held = np.take_along_axis(sure | (possible & reached), order, axis=1)
    return order, held & (held.cumsum(axis=1) <= most)


def learn_firsts(
    raw: NDArray[np.float64], first: NDArray[np.int64], weight: NDArray[np.float64]
) -> Firsts:
    """The comparison that suits labels best: `first` is the primary area of each project,
    the number of areas for none. Empty where an area, or none, has too few labels."""
    from sklearn.linear_model import LogisticRegression

    areas = raw.shape[1]
    counts = np.bincount(first, minlength=areas + 1)
    if counts.min() < _LEAST:
        return ()
    fitted = LogisticRegression(C=10, tol=1e-8, solver="newton-cholesky").fit(
        raw, first, sample_weight=weight
    )
    rows = np.hstack((fitted.coef_, fitted.intercept_[:, None]))
    if areas == 1:  # of two classes, only the second has weights
        rows = np.vstack((np.zeros_like(rows), rows))
    return tuple(tuple(row) for row in np.rint(rows * 1000).astype(int).tolist())
