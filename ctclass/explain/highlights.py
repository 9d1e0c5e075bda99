"""Which places of a text to mark: the words that carried the answer, none overlapping.

Almost every word of an abstract says something, and a text marked all over shows nothing.
So a place is worth what its term and the terms within it gave an area (量子コンピュータ has
what 量子 gave, too); the dearest go first, a place that overlaps one of them falls out, and
what is left is marked as long as it is worth `LEAST` of the dearest, at most `MOST` of a
field. Marks of one area that touch become one. Where no area is given, the runners-up are
marked for as long as they are worth a look: words for an area at 0.02 tell nobody anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ctclass.explain.explanation import AreaExplanation, Highlight, Span
from ctclass.projects import TEXTS, Project

LEAST = 0.2
MOST = 24
NEARLY = 0.9
LEAST_SCORE = 0.1
"""From which score on a runner-up has marks."""

_Place = tuple[int, int]
_Worth = dict[_Place, float]


def find_highlights(project: Project, areas: Sequence[AreaExplanation]) -> tuple[Highlight, ...]:
    """The places to mark, in the order of the text, by what they gave the areas of the answer;
    by what they gave the runners-up from `LEAST_SCORE` on where no area is given."""
    given = [area for area in areas if area.given]
    given = given or [area for area in areas if area.score >= LEAST_SCORE]
    by_field = [list(_candidates(field, given)) for field in TEXTS]
    dearest = max((worth for found in by_field for *_, worth in found), default=0.0)
    marks: list[Highlight] = []
    for field, text, found in zip(TEXTS, project.texts, by_field, strict=True):
        chosen = _apart([c for c in found if c[-1] >= LEAST * dearest])
        marks += [
            Highlight(Span(field, start, end), text[start:end], area, worth)
            for start, end, area, worth in _joined(chosen)
        ]
    return tuple(marks)


_Mark = tuple[int, int, str, float]


def _candidates(field: str, areas: Sequence[AreaExplanation]) -> Iterable[_Mark]:
    """Each place of the field with the area that it is worth most for."""
    best: dict[_Place, tuple[float, str]] = {}
    for area in areas:
        own: _Worth = {}
        for share in area.shares:
            if share.value > 0:
                for span in share.spans:
                    if span.field == field:
                        place = span.start, span.end
                        own[place] = own.get(place, 0.0) + share.value
        inner = _Inner(own)
        worths = {place: sum(own[part] for part in inner.of(place)) for place in own}
        for place, worth in worths.items():
            if place not in best or worth > best[place][0]:
                best[place] = worth, area.area
    inner = _Inner(best)
    for place in [p for p in best if _is_padded(p, best, inner)]:
        del best[place]
    for (start, end), (worth, name) in best.items():
        yield start, end, name, worth


class _Inner:
    """Finds the places within a place, itself among them, without looking at all the others:
    a text of 20,000 characters has ten thousand."""

    def __init__(self, places: Iterable[_Place]) -> None:
        self._places = sorted(places)

    def of(self, place: _Place) -> Iterator[_Place]:
        """In the order of the text."""
        start, end = place
        for i in range(bisect_left(self._places, (start, 0)), len(self._places)):
            at, to = self._places[i]
            if at >= end:
                return
            if to <= end:
                yield at, to


def _is_padded(place: _Place, best: Mapping[_Place, tuple[float, str]], inner: _Inner) -> bool:
    """Whether one part of a place is worth nearly as much as all of it."""
    enough = NEARLY * best[place][0]
    return any(part != place and best[part][0] >= enough for part in inner.of(place))


def _apart(marks: Sequence[_Mark]) -> list[_Mark]:
    """The dearest marks, none overlapping, in the order of the text."""
    chosen: list[_Mark] = []
    for mark in sorted(marks, key=lambda m: (-m[3], m[0], -m[1])):
        if len(chosen) < MOST and all(mark[1] <= c[0] or c[1] <= mark[0] for c in chosen):
            chosen.append(mark)
    return sorted(chosen)


def _joined(marks: Sequence[_Mark]) -> list[_Mark]:
    """The same with marks of one area that touch made one."""
    joined: list[_Mark] = []
    for mark in marks:
        if joined and joined[-1][1] == mark[0] and joined[-1][2] == mark[2]:
            start, _, area, worth = joined[-1]
            joined[-1] = start, mark[1], area, worth + mark[3]
        else:
            joined.append(mark)
    return joined
