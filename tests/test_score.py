"""What the words add up to."""

import math
from itertools import product
from operator import itemgetter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctclass.model.compact import (
    Decision,
    Learned,
    Model,
    ModelArea,
    ModelSubTechnology,
    Term,
    Vote,
)
from ctclass.tagging.match import Matches
from ctclass.tagging.reading import Readings
from ctclass.tagging.score import Scorer

AMOUNTS = tuple(50 + 10 * i for i in range(16))
IDF, WEIGHTS = (50, 70, 90), ((200, -100), (900, 0), (-400, 800))


def small_model(**changed) -> Model:
    """Two areas: `a` with two sub-technologies, `b` with one. Units 0 and 1, and 0 before 1,
    are learned terms."""
    decision = {
        "amounts": AMOUNTS, "given_at": (50, 50), "screened_at": (20, 20), "given_beside": 50,
        "most": 3,
    } | changed  # fmt: skip
    curve = tuple(range(-1_000_000, 1_000_000, 20_000))
    return Model(
        header={"name": "small", "version": "0", "digest": "0" * 64},
        decision=Decision(**decision),
        areas=(
            ModelArea("a", 1, "甲", "A", False, curve),
            ModelArea("b", 2, "乙", "B", True, curve),
        ),
        subtechnologies=(
            ModelSubTechnology("a/one", 0, "一", "one"),
            ModelSubTechnology("a/two", 0, "二", "two"),
            ModelSubTechnology("b/one", 1, "一", "one"),
        ),
        terms=(
            Term("強", 10, (Vote(0, 9000, True),), 0),
            Term("弱", 10, (Vote(1, 4000, True), Vote(2, 3000, False)), 0),
            Term("乙", 10, (Vote(2, 8000, True),), 0),
            Term("外", 10, (), 2000),
        ),
        units=("甲", "乙"), spellings={}, patterns=(),
        learned=Learned(
            grams=((0,), (1,), (0, 1)),
            idf=np.array(IDF, dtype=np.int16),
            weights=np.array(WEIGHTS, dtype=np.int16),
            voices=((100_000, 0), (50_000, -10_000), (0, 80_000), (-30_000, -30_000)),
            bias=(-300_000, -200_000),
        ),
    )  # fmt: skip


def readings(*projects):
    """Units written as letters: 0 and 1 for the two that are known, - for others.

    Each project is (title, abstract, keywords, seeds with the unit where they stand).
    """
    numbers, first, fields, found = [], [0], [], []
    for title, abstract, keywords, seeds in projects:
        start = len(numbers)
        letters = f"{title}-{abstract}-{keywords}-"
        numbers += ["01-".index(x) for x in letters]
        fields.append((start + len(title) + 1, start + len(title) + len(abstract) + 2))
        found += [
            (term, start + at, start + at + 1) for term, at in sorted(seeds, key=itemgetter(1))
        ]
        first.append(len(numbers))
    columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
    begins = np.arange(len(numbers))
    first = np.array(first, dtype=np.int64)
    fields = np.array(fields, dtype=np.int64).reshape(-1, 2)
    prepared = [None] * len(projects)
    units = np.array(numbers, dtype=np.int64)
    seeds = Matches(*columns)
    return Readings(prepared, units, begins, begins[first[:-1]], first, fields, seeds)


def project(title="", abstract="", keywords="", seeds=()):
    return title, abstract, keywords, list(seeds)


def score(*projects, **changed):
    return Scorer(small_model(**changed)).score(readings(*projects))


def subtechnologies(scores, number=0):
    sums = {}
    votes = scores.votes
    for document, sub, value in zip(votes.document, votes.subtechnology, votes.value, strict=True):
        if document == number:
            sums[int(sub)] = sums.get(int(sub), 0) + int(value)
    return sums


UNITS = st.text("01-", max_size=12)


@st.composite
def _projects(draw):
    texts = [draw(UNITS) for _ in range(3)]
    places = st.integers(0, sum(map(len, texts)) + 1)
    return project(*texts, draw(st.lists(st.tuples(st.integers(0, 3), places), max_size=5)))


PROJECTS = st.lists(_projects(), min_size=1, max_size=6)


def slowly(title, abstract, keywords):
    """The learned part of the scores as one would work it out with paper and pencil."""
    loud = []
    for term, gram in enumerate(("0", "1", "01")):
        amount = sum(
            worth * sum(field.startswith(gram, i) for i in range(len(field)))
            for worth, field in zip((4, 2, 3), (title, abstract, keywords), strict=True)
        )
        loud.append(round(10 * math.log1p(min(amount, 63) / 2)) * IDF[term])
    length = math.sqrt(sum(x * x for x in loud)) or 1.0
    return [
        sum(x * w[area] for x, w in zip(loud, WEIGHTS, strict=True)) / (length * 2000)
        for area in (0, 1)
    ]


@given(UNITS, UNITS, UNITS)
def test_learned_terms_by_hand(title, abstract, keywords):
    found = score(project(title, abstract, keywords))
    assert found.is_silent(0) == (not set(title + abstract + keywords) & set("01"))
    expected = slowly(title, abstract, keywords)
    assert found.raw[0] == pytest.approx((expected[0] - 0.3, expected[1] - 0.2), abs=1e-12)


def test_seeds_by_hand():
    found = score(project(title="-", abstract="--", seeds=[(0, 0), (1, 2)]))
    # 9.000 x 1.30 in the title, 4.000 x 0.70 in the abstract; voices 0.1 and 0.05.
    assert found.raw[0, 0] == pytest.approx(-0.3 + 11.7 * 0.1 + 2.8 * 0.05)
    assert found.raw[0, 1] == pytest.approx(-0.2 - 2.8 * 0.01)
    assert subtechnologies(found) == {0: 9000 * 130, 1: 4000 * 70}


@pytest.mark.parametrize(
    ("places", "index"),
    [([0], 8), ([2], 2), ([2, 3], 4), ([2, 3, 4, 5], 6), ([7], 1), ([0, 0, 3, 7, 7], 11)],
)
def test_where_a_seed_stands_is_what_it_counts(places, index):
    """In the title, up to three times in the abstract, in the keywords."""
    found = score(project("-", "----", "--", [(0, at) for at in places]))
    assert subtechnologies(found) == {0: 9000 * AMOUNTS[index]}


@given(PROJECTS)
def test_contributions_add_up_to_the_score(projects):
    scorer = Scorer(small_model())
    scores = scorer.score(readings(*projects))
    for i, area in product(range(len(projects)), (0, 1)):
        own = sum(c.value for c in scorer.contributions(scores, i, area))
        assert scorer.bias(area) + own == pytest.approx(scores.raw[i, area], abs=1e-9)


@given(PROJECTS)
def test_a_score_does_not_depend_on_its_neighbours(projects):
    together = score(*projects)
    for i, one in enumerate(projects):
        alone = score(one)
        assert (alone.raw[0] == together.raw[i]).all()
        assert (alone.score[0] == together.score[i]).all()
        assert alone.given[0] == together.given[i]
        assert subtechnologies(alone) == subtechnologies(together, i)


def test_a_word_that_may_not_stand_alone_needs_a_firm_one():
    without = score(project(abstract="--", seeds=[(1, 2)]))
    beside = score(project(abstract="---", seeds=[(1, 2), (2, 3)]))
    assert 2 not in subtechnologies(without)
    assert subtechnologies(beside)[2] == (3000 + 8000) * 70


def test_a_firm_word_next_door_is_no_help():
    """The project before it has a firm seed of the same area."""
    found = score(project("-", seeds=[(2, 0)]), project(abstract="--", seeds=[(1, 2)]))
    assert 2 not in subtechnologies(found, 1)


def test_words_against_speak_against_every_area():
    found = score(project("--", seeds=[(0, 0)]), project("--", seeds=[(0, 0), (3, 1)]))
    for area in (0, 1):
        assert found.raw[0, area] - found.raw[1, area] == pytest.approx(2 * 1.3 * 0.03)


def test_how_many_areas_are_given():
    both = project("--", seeds=[(0, 0), (2, 1)])
    assert score(both).given[0] == [0, 1]
    assert score(both, most=1).given[0] == [0]
    assert score(both, given_beside=99).given[0] == [0]
    assert score(both, given_at=(101, 101)).given[0] == []
    assert score(both, given_at=(101, 101)).screened[0] == [0, 1]


def test_nothing_found_is_silence():
    found = score(project(), project("--", "-", "-"), project("0"))
    assert [found.is_silent(i) for i in range(3)] == [True, True, False]


def test_no_project_at_all():
    assert score().raw.shape == (0, 2)
