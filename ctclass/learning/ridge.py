"""Ridge regression over few dense and many sparse columns, solved in the rows.

The kernel of some ten thousand texts would take gigabytes, and LAPACK has been seen to
break on one of 18,000. Conjugate gradients need it only as products; what the dense
columns say (sections, seeds, the bias) is solved exactly beforehand, after which fifteen
steps do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_TOLERANCE = 1e-6
_MOST = 400
_USUAL = 0.3
"""About how much of a row of length 1 other rows share: only the speed depends on it."""


def solve_ridge(sparse: Any, dense: Matrix, target: Matrix, weight: Matrix, ridge: float) -> Matrix:
    """The dual solution (rows x targets): `sparse.T @ dual` and `dense.T @ dual` are the
    weights of the columns, which have least squares with the penalty `ridge`.

    `weight` says how much each row counts. Raises LinAlgError when `_MOST` steps do not do.

    >>> import scipy.sparse as sp
    >>> rows, none = sp.csr_matrix(np.eye(2)), np.zeros((2, 1))
    >>> dual = solve_ridge(rows, none, np.array([[1.0], [3.0]]), np.ones(2), 1.0)
    >>> (rows.T @ dual).round(6).tolist()
    [[0.5], [1.5]]
    """
    from scipy.linalg import cho_factor, cho_solve

    root = np.sqrt(weight)[:, None]
    turned = sparse.T.tocsr()
    own = root * dense
    near = ridge + _USUAL * root * root
    inner = cho_factor(np.eye(dense.shape[1]) + own.T @ (own / near))

    def product(rows: Matrix) -> Matrix:
        told = np.asarray(sparse @ (turned @ (root * rows)))
        found: Matrix = root * told + own @ (own.T @ rows) + ridge * rows
        return found

    def nearly(rows: Matrix) -> Matrix:
        """The inverse of all but what the sparse columns share."""
        scaled = rows / near
        found: Matrix = scaled - (own @ cho_solve(inner, own.T @ scaled)) / near
        return found

    wanted = root * target
    found = np.zeros_like(wanted)
    rest = wanted.copy()
    enough = _TOLERANCE * np.maximum(np.sqrt((wanted * wanted).sum(axis=0)), 1e-12)
    step = nearly(rest)
    along = step.copy()
    size = (rest * step).sum(axis=0)
    for _ in range(_MOST):
        if (np.sqrt((rest * rest).sum(axis=0)) <= enough).all():
            return root * found
        moved = product(along)
        far = size / np.maximum((along * moved).sum(axis=0), 1e-300)
        found += far * along
        rest -= far * moved
        step = nearly(rest)
        size, before = (rest * step).sum(axis=0), size
        along = step + (size / np.maximum(before, 1e-300)) * along
    what = f"no solution within {_MOST} steps for {len(target)} rows"
    raise np.linalg.LinAlgError(what)
