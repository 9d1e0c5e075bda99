"""Terms that were held back: false friends, and seeds that lacked a companion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ctclass.explain.explanation import BESIDE, FRIEND, HeldBack, Span
from ctclass.explain.friends import Friend, find_friends
from ctclass.model.compact import Model
from ctclass.tagging.tag import Tagger

Places = Sequence[tuple[int, int]]


def find_held_back(
    tagger: Tagger, places: Mapping[int, Places], spans: Callable[[Places], tuple[Span, ...]]
) -> tuple[HeldBack, ...]:
    """What stands in a project and was kept from counting, in the order of the text. `places`
    are those of its seeds in units, `spans` gives these as the reader wrote them."""
    model = tagger.model
    firm = {
        model.subtechnologies[vote.subtechnology].area
        for term in places
        for vote in model.terms[term].votes
        if vote.alone
    }
    found = []
    for term, where in places.items():
        entry = model.terms[term]
        lonely = _lonely_areas(model, term, firm)
        if not entry.votes and not entry.against:
            friend = find_friends(model).get(entry.text, Friend((), ""))
            kept = _kept_by(tagger, term)
            found.append(
                HeldBack(entry.text, FRIEND, spans(where), friend.belongs_to, kept, friend.note)
            )
        elif lonely:
            found.append(HeldBack(entry.text, BESIDE, spans(where), lonely, (), ""))
    return tuple(found)


def _lonely_areas(model: Model, term: int, firm: set[int]) -> tuple[str, ...]:
    """The areas for which a seed does not count, because it stands there alone."""
    areas = {
        model.subtechnologies[vote.subtechnology].area
        for vote in model.terms[term].votes
        if not vote.alone
    }
    return tuple([model.areas[i].id for i in sorted(areas - firm)])


def _kept_by(tagger: Tagger, friend: int) -> tuple[str, ...]:
    """The seeds inside a false friend, the longest first; without any, nothing: a friend
    keeps learned terms from counting as well, but those are part of every phrase."""
    model = tagger.model
    units = next(pattern[1:] for pattern in model.patterns if pattern[0] == friend)
    inside = tagger.reader.matcher.find_all(np.array(units, dtype=np.int64))
    size = dict(zip(inside.term.tolist(), inside.length.tolist(), strict=True))
    names = [(-size[term], model.terms[term].text) for term in size if model.terms[term].votes]
    return tuple([text for _, text in sorted(names)])
