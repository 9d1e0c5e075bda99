"""Terms found in a project, and what they add up to.

One matcher serves the stream and the explanation: units become one character
each, an automaton finds every term in one pass, and a term inside a longer one
does not count. Every contribution is a whole number of millionths, so the
contributions of an area add up to its score exactly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick_rs

from ctclass.model import Model

MILLION = 1_000_000
_OTHER = " "
_FIRST_CODE = 0x100
_SURROGATES = 0xD800, 0x800


@dataclass(frozen=True, slots=True)
class Match:
    """A term of the model over the units `start` to `end` of a text."""

    term: int
    start: int
    end: int


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
    """A model made ready to find its terms and to score them. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        codes = [_code(i) for i in range(len(model.units))]
        self._letters = {surface: codes[unit] for surface, unit in model.spellings.items()}
        self._pattern_terms = [p[0] for p in model.patterns]
        self._automaton = ahocorasick_rs.AhoCorasick(
            ["".join(codes[u] for u in p[1:]) for p in model.patterns]
        )

    def find_all(self, surfaces: Iterable[str]) -> list[tuple[int, int, int]]:
        """Every (pattern, start, end) over the surfaces, also inside one another."""
        get = self._letters.get
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(
            "".join([get(s, _OTHER) for s in surfaces]), overlapping=True
        )
        return found

    def find_matches(self, surfaces: Iterable[str]) -> list[Match]:
        """Terms in the order of the text; those inside a longer one are left out.

        量子収率 keeps 量子 from counting, 量子コンピュータ counts once.
        """
        found = self.find_all(surfaces)
        if len(found) > 1:
            found.sort(key=_outermost_first)
        kept: list[Match] = []
        reach = 0
        for pattern, start, end in found:
            if end > reach:
                kept.append(Match(self._pattern_terms[pattern], start, end))
                reach = end
        return kept

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


def _outermost_first(found: tuple[int, int, int]) -> tuple[int, int]:
    return found[1], -found[2]


def _code(unit: int) -> str:
    first, width = _SURROGATES
    code = _FIRST_CODE + unit
    return chr(code if code < first else code + width)
