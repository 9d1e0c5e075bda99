"""Which places of a text to mark: the words that carried the answer, none overlapping.

Almost every word of an abstract says something, and a text marked all over shows nothing.
So a place is worth what its term and the terms within it gave an area (量子コンピュータ has
what 量子 gave, too); the dearest go first, a place that overlaps one of them falls out, and
what is left is marked as long as it is worth `LEAST` of the dearest, at most `MOST` of a
field. Marks of one area that touch become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ctclass.explanation import FIELDS, AreaExplanation, Highlight, Span
from ctclass.projects import Project

LEAST = 0.2
MOST = 24
NEARLY = 0.9

_Worth = dict[tuple[int, int], float]


def find_highlights(project: Project, areas: Sequence[AreaExplanation]) -> tuple[Highlight, ...]:
    """The places to mark, in the order of the text, by what they gave the areas of the answer;
    by what they gave the runners-up where no area is given."""
    given = [area for area in areas if area.given] or list(areas)
    by_field = [list(_candidates(field, given)) for field in FIELDS]
    dearest = max((worth for found in by_field for *_, worth in found), default=0.0)
    texts = project.title, project.abstract, project.keywords
    marks: list[Highlight] = []
    for field, text, found in zip(FIELDS, texts, by_field, strict=True):
        chosen = _apart([c for c in found if c[-1] >= LEAST * dearest])
        marks += [
            Highlight(Span(field, start, end), text[start:end], area, worth)
            for start, end, area, worth in _joined(chosen)
        ]
    return tuple(marks)


_Mark = tuple[int, int, str, float]


def _candidates(field: str, areas: Sequence[AreaExplanation]) -> Iterable[_Mark]:
    """Each place of the field with the area that it is worth most for."""
    best: dict[tuple[int, int], tuple[float, str]] = {}
    for area in areas:
        own: _Worth = {}
        for share in area.shares:
            if share.value > 0:
                for span in share.spans:
                    if span.field == field:
                        place = span.start, span.end
                        own[place] = own.get(place, 0.0) + share.value
        worths = {place: _whole(place, own) for place in own}
        for place, worth in worths.items():
            if place not in best or worth > best[place][0]:
                best[place] = worth, area.area
    for place in [p for p in best if _is_padded(p, best)]:
        del best[place]
    for (start, end), (worth, name) in best.items():
        yield start, end, name, worth


def _is_padded(place: tuple[int, int], best: dict[tuple[int, int], tuple[float, str]]) -> bool:
    """Whether one part of a place is worth nearly as much as all of it."""
    start, end = place
    enough = NEARLY * best[place][0]
    return any(
        worth >= enough
        for (at, to), (worth, _) in best.items()
        if start <= at and to <= end and to - at < end - start
    )


def _whole(place: tuple[int, int], own: _Worth) -> float:
    """What the terms at a place and within it gave, each place of them once."""
    start, end = place
    return sum(value for (at, to), value in own.items() if start <= at and to <= end)


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
