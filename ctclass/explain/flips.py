"""The fewest words without which the answer would be another.

Every claim is checked by tagging the text again without the words: each of their places is
replaced by one 「。」, so that the words on both sides do not grow together. One word and
pairs are tried through; for more, the word that costs the primary area most is added to the
best ones so far, and what the set can do without is left out: a set of three and more is
small, but need not be the smallest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from ctclass.explain.explanation import AreaExplanation, Flip, Highlight, Span
from ctclass.projects import TEXTS, Project
from ctclass.tagging.tag import Tagger
from ctclass.text.characters import STOP

CANDIDATES = 12
"""How many words are tried: those that are worth most for the primary area."""
EXHAUSTIVE = 2
"""Up to this size all sets are tried; a larger set grows from the best one found so far."""


def find_flip(
    tagger: Tagger,
    project: Project,
    areas: Sequence[AreaExplanation],
    highlights: Sequence[Highlight],
    most: int,
) -> Flip | None:
    """The smallest set of at most `most` highlighted words whose removal changes the primary
    area; None when no such set is found, or no area is given.

    A word is all highlights of one spelling.
    """
    if not areas or not areas[0].given:
        return None
    primary = areas[0].area
    places = _words(highlights, primary)
    search = _Search(tagger, project, primary, places)
    words = list(places)
    best: tuple[str, ...] = ()
    for size in range(1, min(most, len(words)) + 1):
        if size <= EXHAUSTIVE:
            sets: list[tuple[str, ...]] = list(combinations(words, size))
        else:
            sets = [(*best, word) for word in words if word not in best]
        found, best = search.first(sets)
        if found is not None:
            return _needed(search, found)
    return None


def _needed(search: _Search, found: Flip) -> Flip:
    """The same without the words that it can do without."""
    while len(found.words) > EXHAUSTIVE + 1:
        smaller, _ = search.first(list(combinations(found.words, len(found.words) - 1)))
        if smaller is None:
            break
        found = smaller
    return found


def without(project: Project, spans: Sequence[Span]) -> Project:
    """The project with 「。」 where the spans were.

    >>> without(Project("", "量子計算", "", ""), [Span("title", 0, 2)]).title
    '。計算'
    """
    texts = dict(zip(TEXTS, project.texts, strict=True))
    for span in sorted(spans, key=lambda span: -span.start):
        text = texts[span.field]
        texts[span.field] = text[: span.start] + STOP + text[span.end :]
    title, abstract, keywords = texts.values()
    return replace(project, title=title, abstract=abstract, keywords=keywords)


def _words(highlights: Sequence[Highlight], primary: str) -> dict[str, list[Span]]:
    """The words that speak for the primary area, the dearest first, and their places."""
    worth: dict[str, float] = {}
    places: dict[str, list[Span]] = {}
    for mark in highlights:
        places.setdefault(mark.text, []).append(mark.span)
        if mark.area == primary:
            worth[mark.text] = max(worth.get(mark.text, 0.0), mark.worth)
    dearest = sorted(worth, key=lambda word: (-worth[word], word))[:CANDIDATES]
    return {word: places[word] for word in dearest}


class _Search:
    """Tags a project again without some of its words."""

    def __init__(
        self, tagger: Tagger, project: Project, primary: str, places: dict[str, list[Span]]
    ) -> None:
        self.tagger = tagger
        self.project = project
        self.primary = primary
        self.places = places
        self._area = next(i for i, a in enumerate(tagger.model.areas) if a.id == primary)

    def first(self, sets: Sequence[tuple[str, ...]]) -> tuple[Flip | None, tuple[str, ...]]:
        """The first set that flips the answer, if one does, and the one that costs most."""
        tagger = self.tagger
        cut = [[span for word in words for span in self.places[word]] for words in sets]
        projects = [without(self.project, spans) for spans in cut]
        readings = tagger.read(projects)
        raw = tagger.scorer.score(readings).raw[:, self._area]
        answers = tagger.answer(projects, readings)
        for words, spans, tagging in zip(sets, cut, answers, strict=True):
            if tagging.primary != self.primary:
                return Flip(words, tuple(spans), self.primary, tagging.primary), words
        return None, sets[int(raw.argmin())]
