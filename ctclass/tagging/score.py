"""What the terms of projects add up to.

Two kinds of terms speak for an area, both one by one: the seeds that people
wrote, and the terms that were learned. Everything under a sum is a whole
number, so a score is the same in any order, in any batch and on any machine,
and the contributions of an area add up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from ctclass.model.compact import WEIGHT, Model
from ctclass.model.firsts import decide, sums_for_first
from ctclass.tagging.reading import Readings
from ctclass.tagging.votes import Voter, Votes
from ctclass.text.characters import SPACE
from ctclass.text.everyday import GENERAL, IN_ANY_RESEARCH, PARTICLES
from ctclass.text.ngrams import Found, Heard, Ints, NGrams, gather

SEED_UNIT = 1e11
"""Hundredths of an amount x thousandths of a weight x millionths of a voice."""
_BIAS_UNIT = 1e6
_IN_CACHE = 32


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term gave one area: a seed of the model, or a learned term by its number."""

    term: int
    learned: bool
    value: float


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of projects.

    raw, score    projects x areas: before squashing, and in hundredths
    bare          projects without keywords
    ranked        areas with a score above 0, or given, best first
    given         the areas of the answer, best first
    screened      those that count for screening
    groundless    those that would be among either but for want of ground
    sums          projects x 2: what was learned for screening adds up to (0 without)
    heard, votes  what they were made of: learned terms and seeds
    heard_from, votes_from   where those of each project begin, and the end of the last
    length        what the sum of the learned terms is divided by
    """

    raw: NDArray[np.float64]
    score: Ints
    bare: NDArray[np.bool_]
    ranked: Sequence[Sequence[int]]
    given: Sequence[Sequence[int]]
    screened: Sequence[Sequence[int]]
    groundless: Sequence[set[int]]
    sums: NDArray[np.float64]
    heard: Heard
    heard_from: Ints
    votes: Votes
    votes_from: Ints
    length: NDArray[np.float64]

    def is_silent(self, project: int) -> bool:
        """Whether nothing at all speaks in a project."""
        heard, votes = self.heard_from, self.votes_from
        return bool(heard[project] == heard[project + 1] and votes[project] == votes[project + 1])


class Scorer:
    """Adds up what terms say. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.sizes = np.array([len(gram) for gram in model.learned.grams], dtype=np.int64)
        self._voices = np.array(model.learned.voices, dtype=np.int64)
        self._grams = NGrams(model.learned.grams, len(model.units))
        self._idf = model.learned.idf.astype(np.int64)
        self._weights = model.learned.weights
        self._bias = np.array(model.learned.bias, dtype=np.int64)
        said = model.rules.weights
        if said is not None:  # two more columns, behind the areas
            self._weights = np.hstack((self._weights, said.terms))
            self._voices = np.hstack((self._voices, np.array(said.voices, dtype=np.int64)))
            self._bias = np.append(self._bias, said.bias)
        self._curves = [np.array(a.curve, dtype=np.int64) for a in model.areas]
        self._given_at = np.array(model.decision.given_at)
        self._screened_at = np.array(model.decision.screened_at)
        self.particles = _units_among(model, PARTICLES)
        self.plain = self._terms_of(_units_among(model, GENERAL | IN_ANY_RESEARCH | PARTICLES))
        self.voter = Voter(model)

    def score(self, readings: Readings) -> Scores:
        """The scores of projects; they do not depend on their neighbours."""
        heard = self.listen(readings)
        votes = self.voter.count(readings)
        projects = np.arange(len(readings) + 1)
        length, learned = self._learned(heard, len(readings))
        columns = self._bias / _BIAS_UNIT + learned + self._from_seeds(votes, len(readings))
        raw, sums = np.split(columns, [len(self._curves)], axis=1)
        score = self._squash(raw)
        bare = readings.bare()
        ranked, given, screened = self._decide(raw, score, bare)
        groundless: list[set[int]] = []
        scores = Scores(
            raw, score, bare, ranked, given, screened, groundless, sums,
            heard, heard.document.searchsorted(projects),
            votes, votes.document.searchsorted(projects), length,
        )  # fmt: skip
        for project, (some, more) in enumerate(zip(given, screened, strict=True)):
            own = {area for area in {*some, *more} if not self.has_ground(scores, project, area)}
            for areas in (some, more) if own else ():
                areas[:] = [area for area in areas if area not in own]
            groundless.append(own)
        return scores

    def has_ground(self, scores: Scores, project: int, area: int) -> bool:
        """Whether a seed speaks for an area, or a learned term that is more than words of any
        research."""
        terms = scores.heard.term[slice(*scores.heard_from[project : project + 2].tolist())]
        if ((self._weights[terms, area] > 0) & ~self.plain[terms]).any():
            return True
        own = np.arange(*scores.votes_from[project : project + 2])
        return bool((self.seeds_say(scores, own, area) > 0).any())

    def listen(self, readings: Readings) -> Heard:
        """The learned terms of the readings."""
        found = self.find(readings)
        part = readings.parts()[found.start]
        return gather(found, part, readings.first, self._idf, max(len(self._idf), 1))

    def find(self, readings: Readings) -> Found:
        """Every place where a learned term stands, by unit of all readings."""
        return self._grams.find(readings.numbers)

    def contributions(self, scores: Scores, project: int, area: int) -> list[Contribution]:
        """What each term gave an area; with its bias they add up to the raw score."""
        own = np.arange(*scores.heard_from[project : project + 2])
        said = self.learned_says(scores, own, area) / (scores.length[project] * WEIGHT)
        terms = scores.heard.term[own].tolist()
        found = [Contribution(t, True, v) for t, v in zip(terms, said.tolist(), strict=True)]
        own = np.arange(*scores.votes_from[project : project + 2])
        sums: dict[int, int] = {}
        said = self.seeds_say(scores, own, area)
        for term, value in zip(scores.votes.term[own].tolist(), said.tolist(), strict=True):
            sums[term] = sums.get(term, 0) + value
        return found + [Contribution(t, False, v / SEED_UNIT) for t, v in sums.items()]

    def learned_says(self, scores: Scores, heard: Ints, area: Ints | int) -> Ints:
        """What learned terms (by their places in `scores.heard`) say for an area: whole
        numbers, in the unit `scores.length` x `WEIGHT` of their project."""
        weights = self._weights[scores.heard.term[heard], area].astype(np.int64)
        said: Ints = scores.heard.loudness[heard] * weights
        return said

    def seeds_say(self, scores: Scores, votes: Ints, area: Ints | int) -> Ints:
        """What votes (by their places in `scores.votes`) say for an area, in `SEED_UNIT`s."""
        voices = self._voices[scores.votes.subtechnology[votes], area]
        said: Ints = scores.votes.value[votes] * voices
        return said

    def ahead(self, scores: Scores, project: int, area: int) -> float | None:
        """How far an area is ahead of "none" for the first place, in log odds; None where no
        comparison was learned."""
        firsts = self.model.decision.firsts
        if not firsts:
            return None
        own = slice(project, project + 1)
        sums = sums_for_first(scores.raw[own], firsts, scores.bare[own])[0]
        return float(sums[area] - sums[-1]) / _BIAS_UNIT

    def bias(self, area: int) -> float:
        """Where the raw score of an area starts."""
        return float(self._bias[area] / _BIAS_UNIT)

    def _terms_of(self, units: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which learned terms are made of such units alone."""
        flat = np.fromiter(chain.from_iterable(self.model.learned.grams), np.int64)
        if not len(flat):
            return np.zeros(0, dtype=bool)
        found: NDArray[np.bool_] = np.logical_and.reduceat(
            units[flat], np.cumsum(self.sizes) - self.sizes
        )
        return found

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
            # Whole numbers below 2 ** 53, so floats add them up exactly, and faster; some
            # documents at a time, so that they stay in the processor's cache.
            loudness = heard.loudness.astype(np.float64)
            ends = np.append(first, len(loudness))
            for some in range(0, len(first), _IN_CACHE):
                block = first[some : some + _IN_CACHE]
                own = slice(block[0], ends[some + len(block)])
                spoken = loudness[own, None] * self._weights[heard.term[own]]
                sums[at[some : some + _IN_CACHE]] = np.add.reduceat(spoken, block - block[0])
        return length, sums / (length[:, None] * WEIGHT)

    def _from_seeds(self, votes: Votes, documents: int) -> NDArray[np.float64]:
        sums = np.zeros((documents, len(self._bias)), dtype=np.int64)
        np.add.at(sums, votes.document, votes.value[:, None] * self._voices[votes.subtechnology])
        return sums / SEED_UNIT

    def _squash(self, raw: NDArray[np.float64]) -> Ints:
        """Hundredths: how many steps of its area's curve a raw score reaches."""
        millionths = raw * 1_000_000
        steps = [
            np.searchsorted(curve, millionths[:, area], side="right")
            for area, curve in enumerate(self._curves)
        ]
        return np.stack(steps, axis=1)

    def _decide(
        self, raw: NDArray[np.float64], score: Ints, bare: NDArray[np.bool_]
    ) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
        """Areas ranked, given and screened of each project, best first."""
        own = self.model.decision
        order, given = decide(
            raw, score, self._given_at, own.most, own.given_beside, own.firsts, bare
        )
        ordered = np.take_along_axis(score, order, axis=1)
        screened = ordered >= self._screened_at[order]

        def chosen(held: NDArray[np.bool_]) -> list[list[int]]:
            areas = order[held].tolist()
            ends = np.cumsum(held.sum(axis=1)).tolist()
            return [areas[a:b] for a, b in pairwise([0, *ends])]

        return chosen((ordered > 0) | given), chosen(given), chosen(screened)


def _units_among(model: Model, words: frozenset[str]) -> NDArray[np.bool_]:
    """Which units are such words, or white space; behind the last one stands an unknown one."""
    return np.array([unit in words or unit == SPACE for unit in model.units] + [False])
