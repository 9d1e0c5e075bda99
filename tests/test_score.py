"""What the words add up to."""

from hypothesis import given
from hypothesis import strategies as st

from ctclass.model import Decision, Model, ModelArea, ModelSubTechnology, Term, Vote
from ctclass.score import Scorer

AMOUNTS = tuple(50 + 10 * i for i in range(16))


def small_model(**changed) -> Model:
    """Two areas: `a` with two sub-technologies, `b` with one."""
    decision = {
        "amounts": AMOUNTS, "other_shares": 3, "given_at": 50, "given_beside": 50, "most": 3,
    } | changed  # fmt: skip
    curve = tuple(range(10_000_000, 10_000_000 + 100 * 100_000, 100_000))
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
        units=(), spellings={}, patterns=(),
    )  # fmt: skip


@given(st.dictionaries(st.integers(0, 3), st.integers(1, 15)))
def test_contributions_add_up_to_the_score_exactly(places):
    score = Scorer(small_model()).score(places)
    for area, raw in score.raw.items():
        own = [c.value for c in score.contributions if c.area == area]
        assert all(isinstance(value, int) for value in own)
        assert sum(own) == raw


@given(st.permutations([(0, 8), (1, 3), (2, 2), (3, 1)]))
def test_the_order_of_words_does_not_matter(pairs):
    first = Scorer(small_model()).score(dict(pairs))
    assert first.raw == Scorer(small_model()).score(dict(sorted(pairs))).raw


def test_the_numbers_by_hand():
    score = Scorer(small_model()).score({0: 8, 1: 2})
    # 9.000 x 1.30 from the best sub-technology, 0.3 of 4.000 x 0.70 from the other.
    assert score.raw == {0: 9000 * 130 * 10 + 4000 * 70 * 3}
    assert score.subtechnologies == {0: 9000 * 130 * 10, 1: 4000 * 70 * 10}


def test_a_word_that_may_not_stand_alone_needs_a_firm_one():
    scorer = Scorer(small_model())
    assert 1 not in scorer.score({1: 2}).raw
    assert scorer.score({1: 2, 2: 2}).raw[1] == (3000 + 8000) * 70 * 10


def test_words_against_speak_against_every_area():
    scorer = Scorer(small_model())
    without, with_them = scorer.score({0: 8, 2: 8}), scorer.score({0: 8, 2: 8, 3: 8})
    for area in (0, 1):
        assert without.raw[area] - with_them.raw[area] == 2000 * 130 * 10


def test_how_many_areas_are_given():
    places = {0: 15, 2: 15}
    assert Scorer(small_model()).score(places).given == (0, 1)
    assert Scorer(small_model(most=1)).score(places).given == (0,)
    assert Scorer(small_model(given_beside=95)).score(places).given == (0,)
    assert Scorer(small_model(given_at=101)).score(places).given == ()


def test_nothing_found_is_nothing_given():
    score = Scorer(small_model()).score({})
    assert (score.raw, score.given, score.contributions) == ({}, (), ())
