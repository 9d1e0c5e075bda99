"""Ridge regression by conjugate gradients against the plain solution."""

import numpy as np
import pytest
import scipy.sparse as sp

from ctclass.learning.ridge import solve_ridge


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_it_solves_what_a_plain_solver_solves(scale):
    rng = np.random.default_rng(2)
    sparse = sp.random(200, 500, 0.05, "csr", random_state=3)
    dense = scale * rng.normal(size=(200, 12))
    target, weight = rng.normal(size=(200, 3)), rng.uniform(0.05, 2, 200)
    dual = solve_ridge(sparse, dense, target, weight, 0.6)
    kernel = (sparse @ sparse.T).toarray() + dense @ dense.T
    plain = np.linalg.solve(kernel + np.diag(0.6 / weight), target)
    assert np.abs(kernel @ dual - kernel @ plain).max() < 1e-4


def test_a_target_of_nothing_is_answered_with_nothing():
    rows = sp.csr_matrix(np.eye(3))
    dual = solve_ridge(rows, np.ones((3, 1)), np.zeros((3, 2)), np.ones(3), 1.0)
    assert not dual.any()
