"""Cross-validation: every reader's answer is judged by weights that have not seen it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ctclass.errors import Phrase

FOLDS = 5

Step = Callable[[Phrase], None]
"""Hears what begins."""


def folds_of(count: int) -> NDArray[np.int64]:
    """The fold of each of so many lessons, always the same for the same number."""
    return np.random.default_rng(0).integers(0, FOLDS, count)


def held_out(count: int, step: Step) -> Iterator[NDArray[np.bool_]]:
    """Each fold in turn, as a mask over the lessons; `step` hears which."""
    fold = folds_of(count)
    for k in range(FOLDS):
        step(Phrase(f"確かめています {k + 1}/{FOLDS}", f"checking {k + 1}/{FOLDS}"))
        yield fold == k
