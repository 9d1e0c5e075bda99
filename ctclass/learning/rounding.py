"""Learned weights as whole numbers, whose sums are the same in any order and on any machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MOST = np.iinfo(np.int16).max


def short_weights(weights: NDArray[np.float64], unit: int) -> NDArray[np.int16]:
    """Weights of terms in `unit`ths, within the 16 bits that a model has for each.

    >>> short_weights(np.array([0.5004, -99.0]), 2000).tolist()
    [1001, -32767]
    """
    return np.clip(np.rint(weights * unit), -_MOST, _MOST).astype(np.int16)


def millionths(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Voices, biases and curves, of which there are few."""
    return np.rint(values * 1e6).astype(np.int64)
