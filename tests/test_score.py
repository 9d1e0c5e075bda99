"""What the words add up to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctclass.match import Match
from ctclass.model import Decision, Learned, Model, ModelArea, ModelSubTechnology, Term, Vote
from ctclass.reading import Reading
from ctclass.score import Scorer

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
            ModelSubTechnology("a/one", 0, "一", "one", None),
            ModelSubTechnology("a/two", 0, "二", "two", None),
            ModelSubTechnology("b/one", 1, "一", "one", None),
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


def reading(title="", abstract="", keywords="", seeds=()):
    """Units as letters: 0 and 1 for the two that are known, - for others."""
    letters = f"{title}。{abstract}。{keywords}"
    turn = {"0": chr(0x100), "1": chr(0x101)}
    fields = (len(title) + 1, len(title) + len(abstract) + 2)
    found = [Match(term, at, at + 1) for term, at in seeds]
    text = "".join(turn.get(x, " ") for x in letters)
    return Reading(("",) * 3, (), text, list(range(len(text) + 1)), fields, found)


UNITS = st.text("01-", max_size=12)
READINGS = st.builds(
    reading, UNITS, UNITS, UNITS, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)))
)


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
    (score,) = Scorer(small_model()).score([reading(title, abstract, keywords)])
    if score is None:
        assert not set(title + abstract + keywords) & set("01")
        return
    expected = slowly(title, abstract, keywords)
    assert score.raw == pytest.approx((expected[0] - 0.3, expected[1] - 0.2), abs=1e-12)


def test_seeds_by_hand():
    scorer = Scorer(small_model())
    (score,) = scorer.score([reading(title="-", abstract="--", seeds=[(0, 0), (1, 2)])])
    # 9.000 x 1.30 in the title, 4.000 x 0.70 in the abstract; voices 0.1 and 0.05.
    assert score.raw[0] == pytest.approx(-0.3 + 11.7 * 0.1 + 2.8 * 0.05)
    assert score.raw[1] == pytest.approx(-0.2 - 2.8 * 0.01)
    assert score.subtechnologies == {0: 9000 * 130, 1: 4000 * 70}


@given(st.lists(READINGS, min_size=1, max_size=6))
def test_contributions_add_up_to_the_score(readings):
    scorer = Scorer(small_model())
    for score in scorer.score(readings):
        for area in (0, 1) if score else ():
            own = sum(c.value for c in scorer.contributions(score, area))
            assert scorer.bias(area) + own == pytest.approx(score.raw[area], abs=1e-9)


@given(st.lists(READINGS, min_size=1, max_size=8))
def test_a_score_does_not_depend_on_its_neighbours(readings):
    scorer = Scorer(small_model())
    together = scorer.score(readings)
    for one, found in zip(readings, together, strict=True):
        (alone,) = scorer.score([one])
        assert (alone is None) == (found is None)
        if alone and found:
            assert (alone.raw, alone.score, alone.given) == (found.raw, found.score, found.given)


def test_a_word_that_may_not_stand_alone_needs_a_firm_one():
    scorer = Scorer(small_model())
    (without,) = scorer.score([reading(abstract="--", seeds=[(1, 2)])])
    (beside,) = scorer.score([reading(abstract="---", seeds=[(1, 2), (2, 3)])])
    assert 2 not in without.subtechnologies
    assert beside.subtechnologies[2] == (3000 + 8000) * 70


def test_words_against_speak_against_every_area():
    scorer = Scorer(small_model())
    before, after = scorer.score(
        [reading("--", seeds=[(0, 0)]), reading("--", seeds=[(0, 0), (3, 1)])]
    )
    for area in (0, 1):
        assert before.raw[area] - after.raw[area] == pytest.approx(2 * 1.3 * 0.03)


def test_how_many_areas_are_given():
    both = [reading("--", seeds=[(0, 0), (2, 1)])]
    assert Scorer(small_model()).score(both)[0].given == (0, 1)
    assert Scorer(small_model(most=1)).score(both)[0].given == (0,)
    assert Scorer(small_model(given_beside=99)).score(both)[0].given == (0,)
    assert Scorer(small_model(given_at=(101, 101))).score(both)[0].given == ()
    assert Scorer(small_model(given_at=(101, 101))).score(both)[0].screened == (0, 1)


def test_nothing_found_is_no_score():
    assert Scorer(small_model()).score([reading(), reading("--", "-", "-")]) == [None, None]
