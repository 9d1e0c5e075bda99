"""What leads from a project to the items of a framework, and from one framework to another.

Every framework is reached from the areas and sub-technologies alone, so one
description of each serves all pairs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ctclass.errors import ModelError, Phrase
from ctclass.taxonomy.frameworks import STRENGTHS, Framework, Item

PARTIAL, INSIDE, CONTAINS = "partial", "inside", "contains"
RELATIONS = ("exact", "close", INSIDE, CONTAINS, PARTIAL)
"""What an item of one framework is to an item of another, the surest first."""
HALF = 0.5
"""An area whose sub-technology nobody knows overlaps with an item when at least this share
of its sub-technologies leads there."""

Areas = Mapping[str, Sequence[str]]
"""The sub-technology ids of every area id."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one comes to an item: the strength, and whether it is our judgement."""

    strength: str
    judgement: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Two items of two frameworks, and the areas and sub-technologies that join them.

    `strength` is one of `RELATIONS`: the first item lies `inside` the second, or `contains` it.
    """

    first: str
    second: str
    via: tuple[str, ...]
    strength: str
    judgement: bool


class Reading:
    """A framework as seen from a taxonomy: which items each area and sub-technology reaches.

    - A map from an area that lies wholly in an item (all but `partial`) holds for its
      sub-technologies; one that only overlaps says nothing of them.
    - What reaches a part reaches the whole that it is a part of.
    - An area overlaps with an item that half of its sub-technologies reach.
    """

    def __init__(self, framework: Framework, areas: Areas) -> None:
        _refuse_strangers(framework, areas)
        self.framework = framework
        self.areas = areas
        self.reach = {item.id: _own_steps(item, areas) for item in framework.items}
        for item in framework.items:
            if item.part_of:
                _add_part(self.reach[item.part_of], self.reach[item.id])
        self.parts = _parts_of(framework)
        known = [*areas, *(sub for subs in areas.values() for sub in subs)]
        self._leads = {origin: self._items_from(origin) for origin in known}

    @property
    def digest(self) -> str:
        """A digest of all that its column depends on beside the answers, heading included."""
        name = self.framework.name
        what = [self.framework.id, name.ja, name.en, self._leads]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()

    def items_of(
        self, areas: Sequence[str], subtechnologies: Sequence[str]
    ) -> tuple[tuple[str, str], ...]:
        """Items of a project, best first, with their strengths.

        Where sub-technologies of an area are named, they alone count for it; an area
        without any counts by itself. Items that a project is in come before those that
        it may be in; then the order is that of the areas and sub-technologies given, and
        of the strength.
        """
        best: dict[str, tuple[bool, int, int, int]] = {}
        found: dict[str, str] = {}
        origins = [
            origin
            for area in areas
            for origin in [s for s in subtechnologies if s.partition("/")[0] == area] or [area]
        ]
        for place, origin in enumerate(origins):
            for number, item, strength in self._leads.get(origin, ()):
                key = (strength == PARTIAL, place, STRENGTHS.index(strength), number)
                if item not in best or key < best[item]:
                    best[item], found[item] = key, strength
        return tuple((item, found[item]) for item in sorted(best, key=lambda i: best[i]))

    def _items_from(self, origin: str) -> list[tuple[int, str, str]]:
        """Items that an area or a sub-technology leads to: place in the list, id, strength."""
        leads = []
        for number, (item, steps) in enumerate(self.reach.items()):
            if origin in steps:
                leads.append((number, item, steps[origin].strength))
            elif _half_leads(self.areas.get(origin, ()), steps):
                leads.append((number, item, PARTIAL))
        return leads


def link(first: Reading, second: Reading) -> list[Link]:
    """Pairs of items that share an area or a sub-technology, in the order of the lists.

    A whole and its parts are not both named beside the same item: where the whole lies in
    it, that holds for the parts; else the parts say it more sharply.
    """
    links: dict[tuple[str, str], Link] = {}
    for a, here in first.reach.items():
        for b, there in second.reach.items():
            shared = _sharpest(here, there)
            if shared:
                chains = [(here[origin], there[origin]) for origin in shared]
                relation = min((_relation(*c) for c in chains), key=RELATIONS.index)
                judged = any(step.judgement for chain in chains for step in chain)
                links[a, b] = Link(a, b, tuple(shared), relation, judged)
    blurred = {*_blurred(links, first, second), *_blurred(links, second, first, turned=True)}
    return [one for pair, one in links.items() if pair not in blurred]


def _relation(here: Step, there: Step) -> str:
    """What two items are to each other that share what these steps come from."""
    weak, other = (STRENGTHS.index(step.strength) for step in (here, there))
    if max(weak, other) <= 1:
        return STRENGTHS[max(weak, other)]
    if weak <= 1 and there.strength == INSIDE:
        return INSIDE
    if other <= 1 and here.strength == INSIDE:
        return CONTAINS
    return PARTIAL


def _sharpest(here: Mapping[str, Step], there: Mapping[str, Step]) -> list[str]:
    """What two items share: an area where it lies in both, else its sub-technologies."""
    shared = [origin for origin in here if origin in there]
    whole = {
        origin
        for origin in shared
        if "/" not in origin and PARTIAL not in (here[origin].strength, there[origin].strength)
    }
    split = {origin.partition("/")[0] for origin in shared if "/" in origin} - whole
    return [o for o in shared if o in whole or not (o.partition("/")[0] in whole or o in split)]


def _blurred(
    links: Mapping[tuple[str, str], Link], first: Reading, second: Reading, *, turned: bool = False
) -> Iterator[tuple[str, str]]:
    """Pairs that say nothing beside those of the parts, or of the whole, of the first item."""
    implying = ("exact", "close", CONTAINS if turned else INSIDE)
    for whole, parts in first.parts.items():
        for other in second.reach:
            pairs = [(other, p) if turned else (p, other) for p in (whole, *parts)]
            above, *below = pairs
            if above in links and any(pair in links for pair in below):
                yield from below if links[above].strength in implying else (above,)


def _own_steps(item: Item, areas: Areas) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for one in item.maps:
        _keep_best(steps, one.origin, Step(one.strength, one.judgement))
        if one.strength != PARTIAL:
            for sub in areas.get(one.origin, ()):
                _keep_best(steps, sub, Step(INSIDE, one.judgement))
    return steps


def _add_part(whole: dict[str, Step], part: Mapping[str, Step]) -> None:
    for origin, step in part.items():
        strength = PARTIAL if step.strength == PARTIAL else INSIDE
        _keep_best(whole, origin, Step(strength, step.judgement))


def _half_leads(subs: Sequence[str], steps: Mapping[str, Step]) -> bool:
    return bool(subs) and sum(sub in steps for sub in subs) >= HALF * len(subs)


def _parts_of(framework: Framework) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    for item in framework.items:
        if item.part_of:
            parts.setdefault(item.part_of, []).append(item.id)
    return parts


def _keep_best(steps: dict[str, Step], origin: str, step: Step) -> None:
    other = steps.get(origin)
    if other is None or STRENGTHS.index(step.strength) < STRENGTHS.index(other.strength):
        steps[origin] = step


def _refuse_strangers(framework: Framework, areas: Areas) -> None:
    known = {*areas, *(sub for subs in areas.values() for sub in subs)}
    for strange in (m for i in framework.items for m in i.maps if m.origin not in known):
        raise ModelError(
            Phrase(
                f"枠組み {framework.id} の対応元 {strange.origin} は、この技術体系にありません",
                f"The framework {framework.id} maps from {strange.origin}, which this taxonomy "
                "does not have",
            ),
            where=str(strange.place),
            hint=Phrase(
                "同じ技術体系から作ったモデルか、その技術体系のための枠組みを指定してください",
                "Give a model of the same taxonomy, or a framework made for this one",
            ),
        )
