"""What the terms of a project add up to.

Two kinds of terms speak for an area, both one by one: the seeds that people
wrote, and the terms that were learned. Everything under a sum is a whole
number, so a score is the same in any order, in any batch and on any machine,
and the contributions of an area add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ctclass.match import BLANK, numbers_of
from ctclass.model import WEIGHT, Model
from ctclass.ngrams import Heard, Ints, NGrams, gather
from ctclass.reading import Reading

_SEED_UNIT = 1e11
"""Hundredths of an amount x thousandths of a weight x millionths of a voice."""
_BIAS_UNIT = 1e6


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term gave one area: a seed of the model, or a learned term by its number."""

    term: int
    learned: bool
    value: float


@dataclass(frozen=True, slots=True)
class HeardHere:
    """The learned terms of one project: which, how loud, and the units (`start` to
    `start + size`) where each stands first."""

    term: Ints
    loudness: Ints
    start: Ints
    size: Ints


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of a project: per area before squashing (`raw`) and in hundredths.

    `given` are the areas of the answer, best first; `ranked` are all areas with a
    score above 0, best first; `screened` are those that count for screening.
    `subtechnologies` have what their own seeds gave. `heard` are the learned terms;
    `length` is what their sum is divided by.
    """

    raw: tuple[float, ...]
    score: tuple[int, ...]
    ranked: tuple[int, ...]
    given: tuple[int, ...]
    screened: tuple[int, ...]
    subtechnologies: Mapping[int, int]
    seeds: Sequence[tuple[int, int, int]]
    heard: HeardHere
    length: float


class Scorer:
    """Adds up what terms say. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._grams = NGrams(model.learned.grams, len(model.units))
        self._sizes = np.array([len(gram) for gram in model.learned.grams], dtype=np.int64)
        self._idf = model.learned.idf.astype(np.int64)
        self._weights = model.learned.weights
        self._voice = model.learned.voices
        self._voices = np.array(model.learned.voices, dtype=np.int64)
        self._bias = np.array(model.learned.bias, dtype=np.int64)
        self._curves = [np.array(a.curve, dtype=np.int64) for a in model.areas]
        self._given_at = np.array(model.decision.given_at)
        self._screened_at = np.array(model.decision.screened_at)

    def score(self, readings: Sequence[Reading]) -> list[Score | None]:
        """The scores of projects, in order; None where nothing at all speaks."""
        if not readings:
            return []
        heard = self.listen(readings)
        length, learned = self._learned(heard, len(readings))
        seeds = [self.seed_votes(reading) for reading in readings]
        raw = self._bias / _BIAS_UNIT + learned + self._from_seeds(seeds)
        score = self._squash(raw)
        size = self._sizes[heard.term]
        cuts = np.searchsorted(heard.document, np.arange(len(readings) + 1)).tolist()
        ranked, given, screened = self._decide(raw, score)
        scores: list[Score | None] = []
        for i, votes in enumerate(seeds):
            own = slice(cuts[i], cuts[i + 1])
            if cuts[i] == cuts[i + 1] and not votes:
                scores.append(None)
                continue
            scores.append(
                Score(
                    tuple(raw[i].tolist()),
                    tuple(score[i].tolist()),
                    tuple(ranked[i]),
                    tuple(given[i]),
                    tuple(screened[i]),
                    _sums(votes),
                    votes,
                    HeardHere(heard.term[own], heard.loudness[own], heard.start[own], size[own]),
                    float(length[i]),
                )
            )
        return scores

    def listen(self, readings: Sequence[Reading]) -> Heard:
        """The learned terms of the readings."""
        sizes = list(
            chain.from_iterable(
                (r.fields[0], r.fields[1] - r.fields[0], len(r.letters) - r.fields[1] + 1)
                for r in readings
            )
        )
        part = np.repeat(np.arange(len(sizes)), sizes)
        begins = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)[2::3]))
        # A blank between the readings: no term reaches from one into the next.
        letters = BLANK.join([*(r.letters for r in readings), ""])
        found = self._grams.find(numbers_of(letters))
        return gather(found, part[found.start], begins, self._idf, max(len(self._idf), 1))

    def contributions(self, score: Score, area: int) -> list[Contribution]:
        """What each term gave an area; with its bias they add up to the raw score."""
        terms = score.heard.term.tolist()
        values = self.learned_values(score, area).tolist()
        found = [Contribution(t, True, v) for t, v in zip(terms, values, strict=True)]
        return found + [Contribution(*v) for v in self.seed_values(score, area)]

    def learned_values(self, score: Score, area: int) -> NDArray[np.float64]:
        """What each learned term that was heard gave an area."""
        weights = self._weights[score.heard.term, area]
        values: NDArray[np.float64] = score.heard.loudness * weights / (score.length * WEIGHT)
        return values

    def seed_values(self, score: Score, area: int) -> list[tuple[int, bool, float]]:
        """What each seed gave an area, as the fields of a `Contribution`."""
        sums: dict[int, int] = {}
        for term, sub, value in score.seeds:
            sums[term] = sums.get(term, 0) + value * self._voice[sub][area]
        return [(term, False, value / _SEED_UNIT) for term, value in sums.items()]

    def bias(self, area: int) -> float:
        """Where the raw score of an area starts."""
        return float(self._bias[area] / _BIAS_UNIT)

    def _learned(
        self, heard: Heard, documents: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        length = np.ones(documents)
        sums = np.zeros((documents, len(self._bias)))
        if len(heard.document):
            changes = heard.document[1:] != heard.document[:-1]
            first = np.flatnonzero(np.concatenate(([True], changes)))
            at = heard.document[first]
            squares = np.add.reduceat(heard.loudness * heard.loudness, first)
            length[at] = np.sqrt(np.maximum(squares, 1))  # 0 where every term is everywhere
            spoken = heard.loudness.astype(np.int32)[:, None] * self._weights[heard.term]
            sums[at] = np.add.reduceat(spoken, first, axis=0, dtype=np.int64)
        return length, sums / (length[:, None] * WEIGHT)

    def seed_votes(self, reading: Reading) -> list[tuple[int, int, int]]:
        """(term, sub-technology, value) of the seeds that count.

        Beside-only seeds count where a firm seed of the same area stands. Outside
        terms have the row after the last sub-technology.
        """
        if not reading.seeds:
            return []
        terms, subs = self.model.terms, self.model.subtechnologies
        amounts = self.model.decision.amounts
        votes: list[tuple[int, int, int, int]] = []
        firm = set()
        for term_id, place in _places(reading).items():
            term = terms[term_id]
            amount = amounts[place]
            for vote in term.votes:
                area = subs[vote.subtechnology].area
                if vote.alone:
                    firm.add(area)
                votes.append((area, term_id, vote.subtechnology, vote.weight * amount))
            if term.against:
                votes.append((-1, term_id, len(subs), term.against * amount))
        firm.add(-1)
        return [v[1:] for v in votes if v[0] in firm]

    def _from_seeds(self, seeds: Sequence[Sequence[tuple[int, int, int]]]) -> NDArray[np.float64]:
        sums = np.zeros((len(seeds), len(self._bias)), dtype=np.int64)
        votes = [(i, sub, value) for i, held in enumerate(seeds) for _, sub, value in held]
        if votes:
            document, sub, value = np.array(votes, dtype=np.int64).T
            np.add.at(sums, document, value[:, None] * self._voices[sub])
        return sums / _SEED_UNIT

    def _squash(self, raw: NDArray[np.float64]) -> Ints:
        """Hundredths: how many steps of its area's curve a raw score reaches."""
        millionths = raw * 1_000_000
        steps = [
            np.searchsorted(curve, millionths[:, area], side="right")
            for area, curve in enumerate(self._curves)
        ]
        return np.stack(steps, axis=1)

    def _decide(
        self, raw: NDArray[np.float64], score: Ints
    ) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
        """Areas ranked, given and screened of each project, best first."""
        decision = self.model.decision
        order = np.argsort(-(score * 1e4 + raw), axis=1, kind="stable")
        top = score.max(axis=1, keepdims=True)
        given = (score >= self._given_at) & (score * 100 >= top * decision.given_beside)
        screened = score >= self._screened_at

        def chosen(mask: NDArray[np.bool_], most: int | None) -> list[list[int]]:
            held = np.take_along_axis(mask, order, axis=1)
            rows = zip(order.tolist(), held.tolist(), strict=True)
            return [[a for a, h in zip(*row, strict=True) if h][:most] for row in rows]

        return chosen(score > 0, None), chosen(given, decision.most), chosen(screened, None)


def _places(reading: Reading) -> dict[int, int]:
    """How often and where each seed stands, as an index of `Decision.amounts`."""
    abstract, keywords = reading.fields
    places: dict[int, int] = {}
    for match in reading.seeds:
        place = places.get(match.term, 0)
        if match.start < abstract:
            place |= 8
        elif match.start >= keywords:
            place |= 1
        elif place & 6 != 6:
            place += 2
        places[match.term] = place
    return places


def _sums(votes: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for _, sub, value in votes:
        sums[sub] = sums.get(sub, 0) + value
    return sums
