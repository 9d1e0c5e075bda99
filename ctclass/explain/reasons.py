"""Why a project got its answer: which words, where, gave which area how much.

The same reader, scorer and voter that tag a stream find the terms here, so the start of an
area and the shares of its terms add up to its raw score. What is added is only the way back:
every place where a term stands, in the text as the reader wrote it.

>>> from ctclass.model.file import read_model
>>> tagger = Tagger(read_model())
>>> found = explain(tagger, Project("1", "", "超伝導量子ビットの誤り訂正。", ""))
>>> area = found.areas[0]
>>> area.area, area.given, abs(area.start + sum(s.value for s in area.shares) - area.raw) < 1e-9
('quantum', True, True)
>>> [(s.term, s.kind, *map(found.surface, s.spans)) for s in area.shares if s.kind == "seed"]
[('超伝導量子ビット', 'seed', '超伝導量子ビット')]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ctclass.explain.explanation import (
    LEARNED,
    OUTSIDE,
    SEED,
    AreaExplanation,
    Explanation,
    Origin,
    Span,
    SubTechnologyShare,
    TermShare,
)
from ctclass.explain.flips import find_flip
from ctclass.explain.held_back import find_held_back
from ctclass.explain.highlights import find_highlights
from ctclass.model.compact import WEIGHT
from ctclass.projects import TEXTS, Columns, Project
from ctclass.tables import Row
from ctclass.tagging.reading import Readings
from ctclass.tagging.score import SEED_UNIT, Scores
from ctclass.tagging.tag import Tagger, Tagging
from ctclass.text.ngrams import Ints

FLIP_WORDS = 8
"""How many words are taken out at most in search of another answer."""
TOGETHER = 200
"""How many projects are read at once."""
_STEPS = 1_000_000


def explain(
    tagger: Tagger, project: Project, *, flip_words: int = FLIP_WORDS, origin: Origin | None = None
) -> Explanation:
    """Why a project got its answer. `flip_words` is how many words may be taken out in search
    of another answer; 0 leaves the search, most of the time that an explanation takes, out."""
    return next(explain_all(tagger, [project], flip_words=flip_words, origins=[origin]))


def explain_all(
    tagger: Tagger,
    projects: Sequence[Project],
    *,
    flip_words: int = 0,
    origins: Sequence[Origin | None] | None = None,
) -> Iterator[Explanation]:
    """The same for many, in order, some hundred read at once."""
    for at in range(0, len(projects), TOGETHER):
        some = projects[at : at + TOGETHER]
        readings = tagger.read(some)
        batch = _Batch(tagger, readings)
        for i, (project, tagging) in enumerate(
            zip(some, tagger.answer(some, readings), strict=True)
        ):
            origin = origins[at + i] if origins else None
            yield _explain(batch, i, project, tagging, flip_words, origin)


def explain_row(tagger: Tagger, columns: Columns, header: Sequence[str], row: Row) -> Explanation:
    """Why a row of a table got its answer, with the way back into its cells. What is wrong
    with the row itself is its status, as in `tag`."""
    origin = origin_of(columns, header, row.cells)
    found = explain(tagger, columns.project(row.cells), origin=origin)
    if row.problem:
        return replace(found, tagging=replace(found.tagging, status=row.problem))
    return found


def origin_of(columns: Columns, header: Sequence[str], cells: Sequence[str]) -> Origin:
    """Which cells of a row its project was made of."""
    sources = columns.sources(cells)
    sizes = tuple(tuple(len(cells[i]) for i in places) for places in sources)
    return Origin(tuple(header), sources, sizes)


def _explain(
    batch: _Batch,
    index: int,
    project: Project,
    tagging: Tagging,
    flip_words: int,
    origin: Origin | None,
) -> Explanation:
    model = batch.tagger.model
    number = {area.id: i for i, area in enumerate(model.areas)}
    shown = [number[a.area] for a in tagging.areas + tagging.runners_up]
    terms = batch.terms(index)
    areas = tuple([_area(batch, index, area, tagging, terms) for area in shown])
    highlights = find_highlights(project, areas)
    flip = find_flip(batch.tagger, project, areas, highlights, flip_words) if flip_words else None
    return Explanation(
        project_id=project.project_id,
        title=project.title,
        abstract=project.abstract,
        keywords=project.keywords,
        tagging=tagging,
        areas=areas,
        held_back=find_held_back(batch.tagger, terms.seeds, partial(batch.spans, index)),
        highlights=highlights,
        flip=flip,
        flip_words=flip_words,
        origin=origin,
        taxonomy=model.header["taxonomy"]["name"],
    )


class _Batch:
    """Projects read and scored, and where their terms stand."""

    def __init__(self, tagger: Tagger, readings: Readings) -> None:
        self.tagger = tagger
        self.readings = readings
        self.scores: Scores = tagger.scorer.score(readings)
        self._found = tagger.scorer.find(readings)
        documents = readings.parts() // 3
        projects, found = np.arange(len(readings) + 1), documents[self._found.start]
        self._order = np.argsort(found, kind="stable")
        self._from = found[self._order].searchsorted(projects)
        self._seeds_from = documents[readings.seeds.start].searchsorted(projects)

    def spans(self, project: int, places: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
        """Runs of units as places of the text as given, in its order."""
        origins = sorted({self.readings.origin(project, start, end) for start, end in places})
        return tuple([Span(TEXTS[field], at, to) for field, at, to in origins])

    def terms(self, project: int) -> _Terms:
        """Where the terms of a project stand."""
        seeds = self.readings.seeds
        own = slice(*self._seeds_from[project : project + 2].tolist())
        found = self._order[slice(*self._from[project : project + 2].tolist())]
        start = self._found.start[found]
        return _Terms(
            _places(seeds.term[own], seeds.start[own], seeds.end[own]),
            _places(self._found.term[found], start, start + self._found.length[found]),
        )


class _Terms:
    """Where the seeds and the learned terms of one project stand, by unit."""

    def __init__(self, seeds: _Places, learned: _Places) -> None:
        self.seeds = seeds
        self.learned = learned
        self.known: dict[int, tuple[str, tuple[Span, ...]]] = {}
        """Learned terms as written first, and their spans: worked out once for all areas."""


_Places = dict[int, list[tuple[int, int]]]


def _places(term: Ints, start: Ints, end: Ints) -> _Places:
    found: _Places = {}
    for number, at, to in zip(term.tolist(), start.tolist(), end.tolist(), strict=True):
        found.setdefault(number, []).append((at, to))
    return found


def _area(
    batch: _Batch, project: int, area: int, tagging: Tagging, terms: _Terms
) -> AreaExplanation:
    model, scores, scorer = batch.tagger.model, batch.scores, batch.tagger.scorer
    own = model.areas[area]
    raw = float(scores.raw[project, area])
    threshold = _threshold(batch, project, area)
    needed = own.curve[threshold - 1] / _STEPS
    seeds, subtechnologies = _seed_shares(batch, project, area, tagging, terms)
    shares = [*seeds, *_learned_shares(batch, project, area, terms)]
    return AreaExplanation(
        area=own.id,
        number=own.number,
        label_ja=own.label_ja,
        label_en=own.label_en,
        strategic=own.strategic,
        given=area in scores.given[project],
        score=int(scores.score[project, area]) / 100,
        raw=raw,
        start=scorer.bias(area),
        threshold=threshold / 100,
        needed=needed,
        lacked=max(0.0, needed - raw),
        ahead=scorer.ahead(scores, project, area),
        has_ground=scorer.has_ground(scores, project, area),
        shares=tuple(sorted(shares, key=lambda s: (-abs(s.value), s.kind, s.term))),
        subtechnologies=subtechnologies,
    )


def _threshold(batch: _Batch, project: int, area: int) -> int:
    """The score (hundredths) from which an area is given beside the best one."""
    decision = batch.tagger.model.decision
    top = int(batch.scores.score[project].max())
    beside = -(-top * decision.given_beside // 100)
    return min(100, max(1, beside, int(np.ceil(decision.given_at[area]))))


def _learned_shares(batch: _Batch, project: int, area: int, terms: _Terms) -> Iterator[TermShare]:
    scores = batch.scores
    own = np.arange(*scores.heard_from[project : project + 2])
    said = batch.tagger.scorer.learned_says(scores, own, area)
    values = (said / (scores.length[project] * WEIGHT)).tolist()
    for term, value in zip(scores.heard.term[own].tolist(), values, strict=True):
        if value:
            if term not in terms.known:
                places = terms.learned[term]
                surface = batch.readings.surface(project, *min(places))
                terms.known[term] = surface, batch.spans(project, places)
            surface, spans = terms.known[term]
            yield TermShare(surface, LEARNED, value, spans, None)


def _seed_shares(
    batch: _Batch, project: int, area: int, tagging: Tagging, terms: _Terms
) -> tuple[list[TermShare], tuple[SubTechnologyShare, ...]]:
    """What each seed and each outside term gave an area, and its seeds by sub-technology."""
    model, scores = batch.tagger.model, batch.scores
    outside = len(model.subtechnologies)
    own = np.arange(*scores.votes_from[project : project + 2])
    votes = zip(
        scores.votes.term[own].tolist(),
        scores.votes.subtechnology[own].tolist(),
        batch.tagger.scorer.seeds_say(scores, own, area).tolist(),
        strict=True,
    )
    by_term: dict[tuple[int, str], dict[int, int]] = {}
    by_sub: dict[int, int] = {}
    for term, sub, said in votes:
        kind = OUTSIDE if sub == outside else SEED
        by_term.setdefault((term, kind), {})[sub] = said
        by_sub[sub] = by_sub.get(sub, 0) + said
    shares = []
    for (term, kind), said_by in by_term.items():
        if not any(said_by.values()):
            continue
        best = max(said_by, key=lambda sub: (abs(said_by[sub]), -sub))
        shares.append(
            TermShare(
                term=model.terms[term].text,
                kind=kind,
                value=sum(said_by.values()) / SEED_UNIT,
                spans=batch.spans(project, terms.seeds[term]),
                subtechnology=None if kind == OUTSIDE else model.subtechnologies[best].id,
            )
        )
    return shares, _subtechnologies(batch, area, by_sub, tagging)


def _subtechnologies(
    batch: _Batch, area: int, by_sub: dict[int, int], tagging: Tagging
) -> tuple[SubTechnologyShare, ...]:
    """Those of the area that its seeds or the answer name, the strongest first."""
    found = [
        SubTechnologyShare(
            sub.id, sub.name_ja, sub.name_en, by_sub.get(i, 0) / SEED_UNIT,
            sub.id in tagging.subtechnologies,
        )
        for i, sub in enumerate(batch.tagger.model.subtechnologies)
        if sub.area == area and (i in by_sub or sub.id in tagging.subtechnologies)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda s: (not s.named, -s.value, s.id)))
