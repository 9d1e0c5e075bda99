"""What the seeds in projects say for the sub-technologies, and through them for the areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ctclass.model.compact import Model
from ctclass.tagging.reading import Readings
from ctclass.text.ngrams import Ints


@dataclass(frozen=True, slots=True)
class Votes:
    """One vote after the other, those of a project together, and of a seed within it.

    `subtechnology` is one past the last for terms that speak against every area.
    `value` is hundredths of how much the seed counts by where it stands, times
    thousandths of its weight. `start` and `end` are the units where it stands first.
    """

    document: Ints
    term: Ints
    subtechnology: Ints
    value: Ints
    start: Ints
    end: Ints


class Voter:
    """Counts the votes of seeds. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        areas, outside = len(model.areas), len(model.subtechnologies)
        self._areas = areas
        self._amounts = np.array(model.decision.amounts, dtype=np.int64)
        votes: list[tuple[int, int, int, bool]] = []
        ends = [0]
        for term in model.terms:
            for vote in term.votes:
                area = model.subtechnologies[vote.subtechnology].area
                votes.append((vote.subtechnology, area, vote.weight, vote.alone))
            if term.against:
                votes.append((outside, areas, term.against, True))
            ends.append(len(votes))
        self._ends = np.array(ends, dtype=np.int64)
        table = np.array(votes, dtype=np.int64).reshape(-1, 4)
        self._sub, self._area, self._weight = table[:, 0], table[:, 1], table[:, 2]
        self._alone = table[:, 3] != 0

    def count(self, readings: Readings) -> Votes:
        """The votes that count: those of beside-only seeds where a firm seed of the same
        area stands in the project."""
        seeds = readings.seeds
        part = readings.parts()[seeds.start]
        document = part // 3
        order = np.lexsort((seeds.term, document))  # stable: the first place stays first
        document, term, field = document[order], seeds.term[order], (part % 3)[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (document[1:] != document[:-1]) | (term[1:] != term[:-1])
        first = np.flatnonzero(new)
        group = np.cumsum(new) - 1
        title, abstract, keywords = (
            np.bincount(group[field == f], minlength=len(first)) for f in range(3)
        )
        place = 8 * (title > 0) + 2 * np.minimum(abstract, 3) + (keywords > 0)
        document, term, order = document[first], term[first], order[first]

        size = self._ends[term + 1] - self._ends[term]
        seed = np.repeat(np.arange(len(term)), size)
        vote = np.arange(len(seed)) + np.repeat(self._ends[term] - np.cumsum(size) + size, size)
        firm = np.zeros((len(readings), self._areas + 1), dtype=bool)
        firm[document[seed[self._alone[vote]]], self._area[vote[self._alone[vote]]]] = True
        kept = firm[document[seed], self._area[vote]]
        seed, vote = seed[kept], vote[kept]
        return Votes(
            document[seed],
            term[seed],
            self._sub[vote],
            self._weight[vote] * self._amounts[place[seed]],
            seeds.start[order[seed]],
            seeds.end[order[seed]],
        )
