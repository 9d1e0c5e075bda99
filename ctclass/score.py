"""What the terms of a project add up to.

Every contribution is a whole number of millionths, so the contributions of an
area add up to its score exactly, in any order and on any machine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ctclass.model import Model

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term gave one area, in millionths; `subtechnology` is None when it
    spoke against the area."""

    area: int
    subtechnology: int | None
    term: int
    value: int


@dataclass(frozen=True, slots=True)
class Score:
    """Areas by index: raw scores (millionths), and scores from 0 to 100.

    `given` are the areas of the answer, best first; `ranked` are all areas with
    any evidence, best first. Sub-technologies likewise, in millionths.
    """

    raw: dict[int, int]
    score: dict[int, int]
    ranked: tuple[int, ...]
    given: tuple[int, ...]
    subtechnologies: dict[int, int]
    contributions: tuple[Contribution, ...]


NOTHING = Score({}, {}, (), (), {}, ())


class Scorer:
    """Adds up what terms say. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def score(self, places: dict[int, int]) -> Score:
        """The score of a project in which each term of `places` stands where its
        value says (see `Decision.amounts`)."""
        model, decision = self.model, self.model.decision
        votes: list[tuple[int, int, int, int, bool]] = []
        against: list[tuple[int, int]] = []
        firm = set()
        for term_id, place in places.items():
            term = model.terms[term_id]
            amount = decision.amounts[place]
            for vote in term.votes:
                area = model.subtechnologies[vote.subtechnology].area
                if vote.alone:
                    firm.add(area)
                votes.append(
                    (
                        area,
                        vote.subtechnology,
                        term_id,
                        vote.weight * amount,
                        vote.alone,
                    )
                )
            if term.against:
                against.append((term_id, term.against * amount * 10))
        if not firm:
            return NOTHING
        return self._add_up([v[:4] for v in votes if v[0] in firm], against)

    def _add_up(
        self,
        votes: Sequence[tuple[int, int, int, int]],
        against: Sequence[tuple[int, int]],
    ) -> Score:
        model, decision = self.model, self.model.decision
        subs: dict[int, int] = {}
        for _, sub, _, value in votes:
            subs[sub] = subs.get(sub, 0) + value
        best: dict[int, int] = {}
        for sub, value in sorted(subs.items()):
            area = model.subtechnologies[sub].area
            if area not in best or value > subs[best[area]]:
                best[area] = sub
        contributions = [
            Contribution(
                area,
                sub,
                term,
                value * (10 if best[area] == sub else decision.other_shares),
            )
            for area, sub, term, value in votes
        ]
        contributions += [
            Contribution(area, None, term, -value) for area in best for term, value in against
        ]
        raw = dict.fromkeys(sorted(best), 0)
        for c in contributions:
            raw[c.area] += c.value
        score = {area: bisect_right(model.areas[area].curve, value) for area, value in raw.items()}
        ranked = tuple(sorted(raw, key=lambda area: (-score[area], -raw[area], area)))
        return Score(
            raw=raw,
            score=score,
            ranked=ranked,
            given=self._give(raw, score, ranked),
            subtechnologies={sub: value * 10 for sub, value in subs.items()},
            contributions=tuple(contributions),
        )

    def _give(
        self, raw: dict[int, int], score: dict[int, int], ranked: tuple[int, ...]
    ) -> tuple[int, ...]:
        decision = self.model.decision
        top = max(raw.values(), default=0)
        given = [
            area
            for area in ranked
            if score[area] >= decision.given_at and raw[area] * 100 >= top * decision.given_beside
        ]
        return tuple(given[: decision.most])
