"""Learning which terms speak for which area.

Seeds alone miss half of what readers see. More terms are taught by sources each of which is
optional: the corpus that the seeds label, the review sections that a corpus carries (審査区分,
hundreds of fields that reviewers chose), the labels of careful readers, the words that made
those readers decide, judgements of further projects, and texts written for the taxonomy. All
of them end in one linear model, one weight per term and area, because an answer must be
explained term by term: every step below is linear in the terms, so the steps fold into the
weights of `Knowledge`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctclass.errors import Phrase
from ctclass.learning.build import build_model
from ctclass.learning.calibrate import calibrate
from ctclass.learning.features import alone_and_pooled, hear_in_batches
from ctclass.learning.folds import FOLDS, Step, held_out
from ctclass.learning.general import general_terms
from ctclass.learning.lessons import EVIDENCE, READERS, Lesson, target_of, told_of
from ctclass.learning.ridge import Matrix, solve_ridge
from ctclass.learning.rounding import millionths, short_weights
from ctclass.model.background import Background, key_of
from ctclass.model.compact import WEIGHT
from ctclass.model.knowledge import OUTSIDE, Knowledge, seeds_alone
from ctclass.projects import Project
from ctclass.tagging.tag import Tagger
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

STEPS = 2 + FOLDS
RIDGE = 0.9
SEEDS_SHARE = 0.1
SECTION_SHARE = 3.0
KEPT = 90_000
"""Chosen by cross-validation over the training labels (docs/accuracy.md): the ridge, and how loud
seeds and sections are beside the terms. The `KEPT` most common terms are learned of: a choice by
what labels say of them was flattered by a hundredth in cross-validation, and worse on dev."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms that may be learned, with tenths of their IDF, and what sections say of them."""

    terms: Sequence[tuple[tuple[str, ...], int]]
    rates: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Features:
    """What the model sees of texts: loudness of terms (sparse, rows of length 1), what the
    seeds of each sub-technology gave (the last column: outside terms), and how much a text
    sounds like each review section (no column where nobody asked)."""

    terms: Any
    seeds: Matrix
    sound: Matrix


@dataclass(frozen=True, slots=True)
class Material:
    """What the last step learned from, so that it can be solved again with less of it.

    `words` are the evidence words of the lessons that have any, `rates` what sections say
    of the terms, `tuned` the tuning projects; `hear` reads further projects as the model
    does.
    """

    taxonomy: Taxonomy
    lessons: Sequence[Lesson]
    features: _Features
    words: _Features
    rates: NDArray[np.float32]
    tuning: Sequence[Lesson]
    tuned: _Features
    hear: Callable[[Sequence[Project]], _Features]


def learn(
    taxonomy: Taxonomy,
    segmenter: Segmenter,
    background: Background,
    vocabulary: Vocabulary,
    lessons: Sequence[Lesson],
    tuning: Sequence[Lesson],
    *,
    description: str,
    step: Step,
) -> tuple[Knowledge, Material]:
    """Knowledge from lessons and review sections, and what it was learned from.

    `tuning` are labelled projects that choose thresholds and teach nothing; `step` hears
    which of at most `STEPS` steps begins. The same input gives the same bytes.

    Seeds are mended with labels in view, so the cross-validated scores are a little too
    good; `calibrate` corrects them where there are tuning labels.
    """
    step(Phrase("言葉の重みを学んでいます", "learning weights of terms"))
    kept = vocabulary.terms
    tagger = _tagger(taxonomy, segmenter, background, kept)
    rates = vocabulary.rates.copy()
    rates[:, general_terms(tagger.model)] = 0

    def hear(projects: Sequence[Project]) -> _Features:
        return _features(tagger, projects or [Project("", "", "", "")])

    material = Material(
        taxonomy,
        lessons,
        _sounding(_lessons_heard(tagger, lessons), rates),
        _sounding(_words(tagger, lessons), rates),
        rates,
        tuning,
        hear([t.project for t in tuning]),
        hear,
    )
    fitted = _fit(material)
    outside = _cross_validated(material, step)
    step(Phrase("得点を確率に合わせています", "calibrating scores"))
    decided = calibrate(
        told_of([x for x in lessons if x.teacher in READERS], len(taxonomy.areas), outside),
        told_of(tuning, len(taxonomy.areas), _raw(fitted, material.tuned)) if tuning else None,
    )
    return _knowledge(taxonomy, kept, fitted, decided, description), material


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Weights per term and per sub-technology (the last: outside terms), and the bias."""

    weights: Matrix
    voices: Matrix
    bias: Matrix


def _tagger(
    taxonomy: Taxonomy, segmenter: Segmenter, background: Background, vocabulary: Any
) -> Tagger:
    """A model that knows the vocabulary and gives it no weight: its reading of a text is
    what the finished model will see."""
    empty = seeds_alone(taxonomy)
    areas = len(taxonomy.areas)
    known = replace(
        empty,
        terms=tuple(term for term, _ in vocabulary),
        idf=tuple(idf for _, idf in vocabulary),
        weights=np.zeros((len(vocabulary), areas), dtype=np.int16),  # type: ignore[arg-type]
    )
    return Tagger(build_model(taxonomy, segmenter, background, knowledge=known))


def _features(tagger: Tagger, projects: Sequence[Project]) -> _Features:
    import scipy.sparse as sp

    heard = ((terms, seeds) for _, terms, seeds in hear_in_batches(tagger, projects))
    terms, seeds = zip(*heard, strict=True)
    return _Features(sp.vstack(terms).tocsr(), np.vstack(seeds), np.zeros((len(projects), 0)))


def _lessons_heard(tagger: Tagger, lessons: Sequence[Lesson]) -> _Features:
    """Where the seeds themselves gave the area, what they say is no clue to it."""
    found = _features(tagger, [lesson.project for lesson in lessons])
    found.seeds[[lesson.teacher == "seeds" for lesson in lessons]] = 0
    return found


def _sounding(features: _Features, rates: NDArray[np.float32]) -> _Features:
    return replace(features, sound=sound_of(features.terms, rates))


def _words(tagger: Tagger, lessons: Sequence[Lesson]) -> _Features:
    """Evidence words as texts of their own, one per lesson that has any."""
    texts = [Project("", "", "", "、".join(x.evidence)) for x in lessons if x.evidence]
    if not texts:
        texts = [Project("", "", "", "")]
    found = _features(tagger, texts)
    return replace(found, seeds=np.zeros_like(found.seeds))


def _fit(material: Material, chosen: NDArray[np.int64] | None = None) -> _Fitted:
    """Ridge regression over all that is known of the lessons (`chosen` by index).

    There are fewer lessons than terms, so it is solved in the lessons, and the weights
    of the terms follow from it.
    """
    import scipy.sparse as sp

    lessons, features, words = material.lessons, material.features, material.words
    chosen = np.arange(len(lessons)) if chosen is None else chosen
    spoken = [i for i, lesson in enumerate(lessons) if lesson.evidence]
    place = {i: n for n, i in enumerate(spoken)}
    also = [place[int(i)] for i in chosen if int(i) in place]
    taught = [lessons[i] for i in chosen] + [lessons[spoken[n]] for n in also]
    terms = sp.vstack([features.terms[chosen], words.terms[also]]).tocsr()
    seeds = np.vstack([features.seeds[chosen], words.seeds[also]])
    sound = np.vstack([features.sound[chosen], words.sound[also]])
    weight = np.array([lesson.weight for lesson in taught])
    weight[len(chosen) :] *= EVIDENCE
    target = target_of(taught, len(material.taxonomy.areas))
    told, mean, spread = told_by_sections(sound, len(chosen))
    gains = seed_gains(material.taxonomy)
    dense = np.hstack([told, seeds @ gains, np.ones((len(weight), 1))])
    alpha = solve_ridge(terms, dense, target, weight, RIDGE)
    weights = np.asarray(terms.T @ alpha)
    inner = dense.T @ alpha
    count = told.shape[1]
    louder = inner[:count] / spread[:, None]
    return _Fitted(
        weights + material.rates.T.astype(float) @ louder,
        gains @ inner[count:-1],
        inner[-1] - mean @ louder,
    )


def sound_of(terms: Any, rates: NDArray[np.float32]) -> Matrix:
    """How much each text sounds like each review section."""
    if not len(rates):
        return np.zeros((terms.shape[0], 0))
    found: Matrix = np.asarray(terms @ rates.T.astype(float))
    return found


def told_by_sections(sound: Matrix, own: int) -> tuple[Matrix, Matrix, Matrix]:
    """The same centred and scaled over its first `own` rows; what was taken off, and by what
    it was divided."""
    count = sound.shape[1]
    if not count:
        return sound, np.zeros(0), np.ones(0)
    mean = sound[:own].mean(axis=0)
    spread = (sound[:own].std(axis=0) + 1e-9) / np.sqrt(SECTION_SHARE / count)
    return (sound - mean) / spread, mean, spread


def seed_gains(taxonomy: Taxonomy) -> Matrix:
    """From sub-technologies (and outside terms) to what is learned about seeds: each by
    itself, and each area's together, so that a rare one is judged by its siblings."""
    subs = [n for n, area in enumerate(taxonomy.areas) for _ in area.subtechnologies]
    return SEEDS_SHARE * alone_and_pooled([*subs, -1], len(taxonomy.areas))


def _raw(fitted: _Fitted, features: _Features, rows: Any = slice(None)) -> Matrix:
    seeds = features.seeds[rows] @ fitted.voices
    found: Matrix = np.asarray(features.terms[rows] @ fitted.weights) + seeds + fitted.bias
    return found


def _cross_validated(material: Material, step: Step) -> Matrix:
    """Scores of what was read by models that have not seen what its reader said."""
    lessons = material.lessons
    held = np.array([lesson.teacher in READERS for lesson in lessons], dtype=bool)
    raw = np.zeros((len(lessons), len(material.taxonomy.areas)))
    for fold in held_out(len(lessons), step):
        unseen = held & fold
        fitted = _fit(material, np.flatnonzero(~unseen))
        raw[unseen] = _raw(fitted, material.features, np.flatnonzero(unseen))
    found: Matrix = raw[held]
    return found


def _knowledge(
    taxonomy: Taxonomy, kept: Any, fitted: _Fitted, decided: Any, description: str
) -> Knowledge:
    subs = [sub.id for _, sub in taxonomy.subtechnologies()]
    order = sorted(range(len(kept)), key=lambda i: key_of(kept[i][0]))
    kept = [kept[i] for i in order]
    voices = zip([*subs, OUTSIDE], millionths(fitted.voices).tolist(), strict=True)
    return Knowledge(
        description=description,
        areas=tuple(area.id for area in taxonomy.areas),
        terms=tuple(term for term, _ in kept),
        idf=tuple(idf for _, idf in kept),
        weights=short_weights(fitted.weights[order], WEIGHT).tolist(),
        voices={name: tuple(row) for name, row in voices},
        bias=tuple(millionths(fitted.bias).tolist()),
        curves=decided.curves,
        given_at=decided.given_at,
        screened_at=decided.screened_at,
        given_beside=0,
        firsts=decided.firsts,
    )
