"""Which area comes first, and the decision from scores to areas."""

import numpy as np
import pytest

from ctclass.learning.calibrate import Told, calibrate
from ctclass.model.firsts import BARE, FAINT, SURE, decide, learn_firsts, sums_for_first

EVENLY = ((1000, 0, 0), (0, 1000, 0), (0, 0, 0))
"""Each area by its own raw score, "none" at 0."""


def given(raw, score, firsts=EVENLY, at=30, most=3):
    order, held = decide(np.array([raw]), np.array([score]), [at] * len(raw), most, 0, firsts)
    return [int(a) for a, h in zip(order[0], held[0], strict=True) if h]


def test_the_first_area_is_given_whatever_its_score():
    assert given([0.1, -0.2], [10, 5]) == [0]


def test_it_stands_before_an_area_with_a_higher_score():
    assert given([0.2, 0.1], [35, 50]) == [0, 1]


def test_none_before_all_areas_gives_none():
    assert given([-0.1, -0.2], [59, 40]) == []


def test_a_sure_area_is_given_against_none():
    assert given([-0.1, -0.2], [SURE, 40]) == [0, 1]
    assert given([-0.1, -0.2], [SURE, 29]) == [0]


def test_a_faint_area_does_not_come_first():
    assert given([0.2, 0.1], [FAINT - 1, FAINT]) == [1]
    assert given([0.2, 0.1], [FAINT - 1, FAINT - 1]) == []
    assert given([0.2, -0.1], [FAINT - 1, FAINT]) == []
    assert given([0.2, -0.1], [FAINT - 1, SURE]) == [1]


def test_no_more_areas_than_there_may_be():
    table = (*((*tuple(1000 * (i == j) for j in range(4)), 0) for i in range(4)), (0, 0, 0, 0, 0))
    assert given([0.1, 0.2, 0.3, 0.4], [90] * 4, table) == [3, 2, 1]


def test_none_must_be_further_ahead_where_there_are_no_keywords():
    sums = sums_for_first(np.array([[-1.0, -2.0]] * 2), EVENLY, np.array([False, True]))
    assert sums.tolist() == [[-1_000_000, -2_000_000, 0], [-1_000_000, -2_000_000, -BARE]]


@pytest.mark.parametrize(
    ("keywords", "bare"), [("", True), ("  ", True), ("量子", False), ("、量子", False)]
)
def test_a_reading_knows_whether_there_are_keywords(tagger, keywords, bare):
    fields = [("題", "概要。", keywords), ("", "", keywords), ("題", "", "語")]
    assert tagger.reader.read(fields).bare().tolist() == [bare, bare, False]


def test_without_a_comparison_thresholds_decide():
    assert given([0.2, 0.1], [35, 50], ()) == [1, 0]
    assert given([-9.0, -9.0], [29, 0], ()) == []


def test_sums_are_whole_and_the_same_alone_and_in_a_batch():
    rng = np.random.default_rng(1)
    raw = rng.normal(size=(300, 16))
    table = tuple(map(tuple, rng.integers(-9000, 9000, (17, 17)).tolist()))
    together = sums_for_first(raw, table)
    assert together.dtype == np.int64
    alone = np.vstack([sums_for_first(raw[i : i + 1], table) for i in range(300)])
    assert (together == alone).all()
    expected = raw @ np.array(table)[:, :-1].T / 1000 + np.array(table)[:, -1] / 1000
    assert np.abs(together / 1e6 - expected).max() < 1e-3


def drawn(projects=2000):
    """Two areas and none: the raw scores tell them apart but for some noise."""
    rng = np.random.default_rng(5)
    first = rng.integers(0, 3, projects)
    raw = np.where(np.eye(3)[first][:, :2] > 0, 0.5, -0.5) + rng.normal(0, 0.4, (projects, 2))
    return raw, first, rng


def test_a_comparison_is_learned_that_finds_the_first():
    raw, first, rng = drawn()
    firsts = learn_firsts(raw[:1000], first[:1000], np.ones(1000))
    right = sums_for_first(raw[1000:], firsts).argmax(axis=1) == first[1000:]
    assert right.mean() > 0.75
    shuffled = learn_firsts(raw[:1000], rng.permutation(first[:1000]), np.ones(1000))
    assert (sums_for_first(raw[1000:], shuffled).argmax(axis=1) == first[1000:]).mean() < 0.6


@pytest.mark.parametrize("rare", [0, 1, 2])
def test_too_few_labels_of_a_kind_teach_no_comparison(rare):
    raw, first, _ = drawn()
    kept = (first != rare) | (np.cumsum(first == rare) < 20)
    assert learn_firsts(raw[kept], first[kept], np.ones(kept.sum())) == ()


def test_calibration_learns_it_and_chooses_thresholds_beside_it():
    raw, first, _ = drawn()
    truth = (np.eye(3)[first][:, :2] * 2).astype(np.int64)
    decided = calibrate(Told(raw, truth, np.ones(len(raw)), np.zeros(len(raw), dtype=bool)))
    assert len(decided.firsts) == 3
    score = np.stack(
        [np.searchsorted(c, raw[:, a] * 1e6, side="right") for a, c in enumerate(decided.curves)],
        axis=1,
    )
    order, held = decide(raw, score, decided.given_at, 3, 0, decided.firsts)
    none = ~held.any(axis=1)
    assert (none == (first == 2)).mean() > 0.85
    assert (order[:, 0][~none] == first[~none]).mean() > 0.8
