"""The words that decided: the same for the table, the explanation and the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ctclass.model.compact import WEIGHT
from ctclass.tagging.reading import Readings
from ctclass.tagging.score import SEED_UNIT, Scorer, Scores
from ctclass.text.ngrams import Ints

MOST = 5
"""How many words are shown at most."""
CANDIDATES = 12
"""How many terms are looked at, of each area and of all together."""

_LETTER = re.compile(r"[\u3005\u3400-\u4dbf\u4e00-\u9fff\u03b1-\u03c9]")
_CLOSING = "的型性者病症炎腫物化系用薬剤法器機菌態質率量力学論式状製覚"
_OPENING = "超抗軽"
_WORD = re.compile(
    rf"(?![{_CLOSING}]\Z)[A-Za-z\u30a1-\u30fa\u30fc\u3005\u3400-\u4dbf\u4e00-\u9fff]+"
)
_SAID_BITS = 32
"""What one term says stays far below: 34 x the largest IDF x the largest weight."""

Floats = NDArray[np.float64]


def find_evidence(scorer: Scorer, readings: Readings, scores: Scores) -> list[tuple[str, ...]]:
    """For each project the words that decided for the given areas, the strongest first.

    A word is what a term covers, worth what that term and the terms within it gave.
    Terms of words of any research (開発) are left out, and so are particles at an edge.
    None overlaps another, and none begins or ends within a word for a reader: of
    失調症の治療 the term is 症の治療, which says little by itself.
    """
    spans: list[list[tuple[int, int]]] = [[] for _ in range(len(readings))]
    project, start, end, worth = _spans(scorer, readings, scores)
    start, end = _without_particles(scorer.particles[readings.numbers], start, end)
    chosen = _chosen(*_strongest(project, start, end, worth))
    for number, *span in chosen:
        spans[number].append((span[0], span[1]))
    for number in _with_single_letters(readings, chosen):
        spans[number] = _whole_words(readings, number, spans[number])
    words = [
        [readings.surface(number, *span).replace(";", ",") for span in own]
        for number, own in enumerate(spans)
    ]
    return [tuple(dict.fromkeys(own)) for own in words]


def _with_single_letters(readings: Readings, spans: Sequence[tuple[int, int, int]]) -> list[int]:
    """The projects of which a span begins or ends with a unit of one character."""
    project, start, end = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    edges = np.stack((start, end - 1))
    single = readings.begins[edges + 1] - readings.begins[edges] == 1
    found: list[int] = np.unique(project[single.any(axis=0)]).tolist()
    return found


def _whole_words(
    readings: Readings, project: int, spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The spans, a single letter at an edge with the word that it belongs to. Where that is
    in another span, the two become one."""
    begin, behind = readings.first[[project, project + 1]].tolist()
    text = readings.prepared[project].text
    places = (readings.begins[begin:behind] - readings.starts[project]).tolist()

    def unit(number: int) -> str:
        place = number - begin
        return text[places[place] : places[place + 1]] if 0 <= place < len(places) - 1 else ""

    def partner(number: int, letters: str = "") -> int:
        letter = unit(number)
        if len(letter) > 1 or not (letter in letters if letters else _LETTER.match(letter)):
            return number
        sides = (number + 1, number - 1) if letter in _OPENING else (number - 1, number + 1)
        return next((side for side in sides if _WORD.fullmatch(unit(side))), number)

    found: list[tuple[int, int]] = []
    for start, end in spans:
        first = min(start, partner(start, "" if end - start == 1 else _CLOSING))
        last = max(end - 1, partner(end - 1))
        met = [other for other in found if other[0] <= last and first < other[1]]
        whole = min([first, *(a for a, _ in met)]), max([last + 1, *(b for _, b in met)])
        place = found.index(met[0]) if met else len(found)
        found = [other for other in found if other not in met]
        found.insert(place, whole)
    return found


def _spans(scorer: Scorer, readings: Readings, scores: Scores) -> tuple[Ints, Ints, Ints, Floats]:
    """Projects, first and last units and worth of the terms that speak for a given area;
    of the learned terms the strongest of each area."""
    counts = np.fromiter(map(len, scores.given), np.int64, len(scores.given))
    document = np.repeat(np.arange(len(counts)), counts)
    area = np.fromiter(chain.from_iterable(scores.given), np.int64, len(document))

    answer, heard = _each(scores.heard_from, document)
    said = scorer.learned_says(scores, heard, area[answer])
    said[scorer.plain[scores.heard.term[heard]]] = 0
    answer, heard, said = _largest(answer, heard, said)
    project = document[answer]
    learned = said / (scores.length[project] * WEIGHT)
    start = readings.first[project] + scores.heard.start[heard]
    end = start + scorer.sizes[scores.heard.term[heard]]

    answer, vote = _each(scores.votes_from, document)
    said = scorer.seeds_say(scores, vote, area[answer])
    term = scores.votes.term[vote]
    first = _first_of_each(answer, term)
    said = np.add.reduceat(said, first) if len(first) else said
    seeds, vote, answer = said[said > 0] / SEED_UNIT, vote[first][said > 0], answer[first][said > 0]
    return (
        np.concatenate((project, document[answer])),
        np.concatenate((start, scores.votes.start[vote])),
        np.concatenate((end, scores.votes.end[vote])),
        np.concatenate((learned, seeds)),
    )


def _without_particles(particle: NDArray[np.bool_], start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The spans without the particles at their edges, of which a term has two at most."""
    for _ in range(2):
        start = start + (particle[start] & (end - start > 1))
        end = end - (particle[end - 1] & (end - start > 1))
    return start, end


def _each(begins: Ints, document: Ints) -> tuple[Ints, Ints]:
    """Every entry of the documents, with the place in `document` that it is there for."""
    size = begins[document + 1] - begins[document]
    place = np.repeat(np.arange(len(document)), size)
    entry = np.arange(len(place)) + np.repeat(begins[document] - np.cumsum(size) + size, size)
    return place, entry


def _largest(answer: Ints, heard: Ints, said: Ints) -> tuple[Ints, Ints, Ints]:
    """The `CANDIDATES` largest of each answer, if above 0; `answer` ascends."""
    above = said > 0
    answer, heard, said = answer[above], heard[above], said[above]
    order = np.argsort((answer << _SAID_BITS) - said, kind="stable")
    rank = np.arange(len(order)) - answer.searchsorted(answer)
    order = order[rank < CANDIDATES]
    return answer[order], heard[order], said[order]


def _first_of_each(*columns: Ints) -> Ints:
    """Where a run of equal rows begins."""
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(new)


def _strongest(
    project: Ints, start: Ints, end: Ints, worth: Floats
) -> tuple[Ints, Ints, Ints, Floats]:
    """Projects, and for each its `CANDIDATES` strongest spans side by side: first and last
    units and worth, -1 and 0 where there are fewer.

    A span that several terms cover, or one term for several areas, has the largest worth.
    """
    order = np.lexsort((-worth, end, start, project))
    project, start, end, worth = project[order], start[order], end[order], worth[order]
    kept = _first_of_each(project, start, end)
    project, start, end, worth = project[kept], start[kept], end[kept], worth[kept]
    order = np.lexsort((-worth, project))  # stable: by place where they are worth the same
    rank = np.arange(len(order)) - project.searchsorted(project)
    held, row = np.unique(project, return_inverse=True)
    few = rank < CANDIDATES
    order, rank, row = order[few], rank[few], row[few]
    starts, ends = (np.full((len(held), CANDIDATES), -1, dtype=np.int64) for _ in range(2))
    worths = np.zeros((len(held), CANDIDATES))
    starts[row, rank], ends[row, rank], worths[row, rank] = start[order], end[order], worth[order]
    return held, starts, ends, worths


def _chosen(project: Ints, start: Ints, end: Ints, worth: Floats) -> list[tuple[int, int, int]]:
    """Project and span of up to `MOST` words each, by what they and the spans within them
    gave, none overlapping.

    >>> spans = [[0, 0, 4, 1], [1, 2, 5, 2]]
    >>> worth = np.array([[0.2, 0.3, 0.4, 0.1]])
    >>> _chosen(np.array([7]), *(np.array([x]) for x in spans), worth)
    [(7, 0, 2), (7, 4, 5)]
    """
    whole = np.zeros_like(worth)
    for i in range(worth.shape[1]):  # one after the other: sums do not depend on the machine
        inside = (start <= start[:, [i]]) & (end[:, [i]] <= end) & (start >= 0)
        whole += np.where(inside, worth[:, [i]], 0.0)
    order = np.lexsort((-end, start, -whole), axis=1)
    start, end = (np.take_along_axis(column, order, axis=1) for column in (start, end))
    free = start >= 0
    picked = np.zeros_like(free)
    for i in range(worth.shape[1]):
        picked[:, i] = free[:, i] & (picked.sum(axis=1) < MOST)
        overlaps = (start < end[:, [i]]) & (start[:, [i]] < end)
        free &= ~(overlaps & picked[:, [i]])
    row, place = np.nonzero(picked)
    columns = project[row], start[row, place], end[row, place]
    return list(zip(*(column.tolist() for column in columns), strict=True))
