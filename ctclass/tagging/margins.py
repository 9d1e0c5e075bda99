"""How near the answer for a project is to another one: what `firsts.decide` compares, as distances.

All in log odds, the unit of the comparison for the first place, so that they can stand beside
each other: how far the best area is from "none" (a score of `SURE` keeps it too, so the farther
of the two counts) and from being too faint, how far the next claimant is behind it, and how far
the score of every other area is from what it needs. The nearest of them is the margin; how often
near answers are wrong stands in docs/review.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ctclass.model.compact import Decision
from ctclass.model.firsts import FAINT, SURE, sums_for_first
from ctclass.projects import Project
from ctclass.tagging.reading import Readings
from ctclass.tagging.score import Scores
from ctclass.tagging.tag import Tagger, Tagging

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured(Tagging):
    """An answer with its margin in hundredths of log odds; None where nothing was judged."""

    margin: int | None


class Measuring(Tagger):
    """The same tagger, its answers `Measured`.

    It scores twice, as `explain` does: a twentieth of the work, and `tag` is spared it.
    """

    def __init__(self, tagger: Tagger) -> None:
        vars(self).update(vars(tagger))  # a second model would take its memory again

    def answer(self, projects: Sequence[Project], readings: Readings) -> list[Tagging]:
        """As `Tagger.answer`."""
        margins = find_margins(self.model.decision, self.scorer.score(readings))
        return [
            _measured(tagging, margin if tagging.areas or tagging.runners_up else None)
            for tagging, margin in zip(super().answer(projects, readings), margins, strict=True)
        ]


def margin_of(tagging: Tagging) -> int | None:
    """The margin of an answer that a `Measuring` tagger gave."""
    return cast(Measured, tagging).margin


def find_margins(decision: Decision, scores: Scores) -> list[int]:
    """How near each answer is to another one, in hundredths of log odds."""
    given, groundless = (np.zeros(scores.score.shape, dtype=bool) for _ in range(2))
    for i, (areas, others) in enumerate(zip(scores.given, scores.groundless, strict=True)):
        given[i, list(areas)] = groundless[i, list(others)] = True
    if decision.firsts:
        found = _by_comparison(decision, scores, given, groundless)
    else:  # thresholds alone say which are given, and the score which of these comes first
        claims = np.where(given, _log_odds(scores.score), -np.inf)
        bars = _from_bars(decision, scores.score, given)
        found = np.minimum(np.where(groundless, np.inf, bars).min(axis=1), _lead(claims))
    hundredths: list[int] = np.rint(found * 100).astype(np.int64).tolist()
    return hundredths


def _by_comparison(
    decision: Decision, scores: Scores, given: NDArray[np.bool_], groundless: NDArray[np.bool_]
) -> Floats:
    """No small change of a score gives an area without ground, so it counts for nothing."""
    sums = sums_for_first(scores.raw, decision.firsts, scores.bare) / 1e6
    clear = _log_odds(scores.score) - _log_odds(FAINT)  # from being too faint
    loud = (scores.score >= FAINT) & ~groundless
    claims = np.where(loud, sums[:, :-1], -np.inf)
    first = np.arange(claims.shape[1]) == claims.argmax(axis=1)[:, None]
    ahead = np.where(groundless, -np.inf, sums[:, :-1] - sums[:, -1:])
    sure = _log_odds(np.where(groundless, 0, scores.score).max(axis=1)) - _log_odds(SURE)
    kept = np.minimum(clear[first], np.maximum(ahead[first], sure))
    bars = _from_bars(decision, scores.score, given, first)
    bars = np.where(first | groundless, np.inf, bars)
    hidden = ~loud & (ahead > ahead[first][:, None])
    unheard = np.where(hidden, -clear, np.inf).min(axis=1)
    lost: Floats = np.minimum.reduce([kept, _lead(claims), bars.min(axis=1), unheard])
    won = np.minimum(np.maximum(-ahead, -clear).min(axis=1), -sure)
    return np.where(given.any(axis=1), lost, won)


def _from_bars(
    decision: Decision,
    score: NDArray[np.int64],
    given: NDArray[np.bool_],
    first: NDArray[np.bool_] | bool = False,
) -> Floats:
    """How far each score is from what an area needs that does not come first: its threshold,
    its share of the best score, and where no more are given, the score of the last one."""
    beside = score.max(axis=1, keepdims=True) * decision.given_beside / 100
    bars = np.maximum(decision.given_at, beside)
    last = np.where(given & ~np.asarray(first), score, 100).min(axis=1, keepdims=True)
    full = given.sum(axis=1, keepdims=True) >= decision.most
    bars = np.where(full & ~given, np.maximum(bars, last), bars)
    return np.abs(_log_odds(score) - _log_odds(bars))


def _lead(claims: Floats) -> Floats:
    """How far the strongest of each row is ahead of the next; infinite where there is none."""
    if claims.shape[1] < 2:
        return np.full(len(claims), np.inf)
    *_, second, best = np.partition(claims, (-2, -1), axis=1).T
    found: Floats = np.full(len(claims), np.inf)
    np.subtract(best, second, out=found, where=np.isfinite(second))
    return found


def _log_odds(hundredths: NDArray[np.generic] | int) -> Floats:
    """Of scores in hundredths; nothing is nearer to 0 or 1 than half of one."""
    share = np.clip(np.asarray(hundredths, dtype=np.float64), 0.5, 99.5) / 100
    return np.asarray(np.log(share / (1 - share)))


def _measured(tagging: Tagging, margin: int | None) -> Measured:
    own = {field.name: getattr(tagging, field.name) for field in fields(tagging)}
    return Measured(**own, margin=margin)
