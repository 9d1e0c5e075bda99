"""Learning from readers which projects need a look.

The lists find what they name and nothing else: one project in five that readers flagged.
Two further sums over the terms that a model knows, over its sub-technologies and over the
listed words find the rest: ridge regression, as in `areas`. Both stay linear in the terms,
so every flag can be explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctclass.errors import Phrase
from ctclass.learning.features import alone_and_pooled, hear_in_batches
from ctclass.learning.folds import FOLDS, Step, held_out
from ctclass.learning.ridge import Matrix, solve_ridge
from ctclass.learning.rounding import millionths, short_weights
from ctclass.model.background import key_of
from ctclass.model.compact import WEIGHT, Model
from ctclass.model.screening_table import Pair, Taught
from ctclass.readers.judgements import SOURCE
from ctclass.readers.labels import AnyLabel, Label
from ctclass.rules import LEVELS, MADE, Point
from ctclass.tagging.listed import ListReader, strongest
from ctclass.tagging.tag import Tagger

STEPS = 2 + FOLDS
LEAST = 100
"""Labels with a level that there must be, some of each."""
RIDGE, UNSURE, JUDGED = 0.5, 0.7, 0.6
VOICES, LISTED = 0.1, 0.3
FOUND, FIRST = 0.855, 0.62
"""What the default point shall find: of the projects that readers flagged, and of those that
come first."""
RECALL_FOUND, RECALL_FIRST = 0.95, 0.8
FLOOR = -1.05
"""Chosen by cross-validation over the training labels (docs/screening.md): the ridge; the weight
of an unsure label and of a judgement; how loud sub-technologies and listed words are beside terms;
and the sum below which a text that makes a listed thing is about something else."""


@dataclass(frozen=True, slots=True)
class Material:
    """What labelled projects sound like (terms sparse, the rest dense, the last column 1),
    their levels, and how sure these are; `made` is the highest level of a listed thing that
    a project makes. `counts` are those by which thresholds are chosen: the labels of readers,
    or where these are few the judgements too."""

    terms: Any
    dense: Matrix
    level: NDArray[np.int64]
    weight: Matrix
    made: NDArray[np.int64]
    counts: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Fitted:
    terms: Matrix
    dense: Matrix


def learn_screening(
    model: Model, labels: Sequence[AnyLabel], description: str, step: Step
) -> Taught | None:
    """What labels teach for screening beside a model that has its learned terms; None where
    there are too few. The same input gives the same bytes."""
    judged_ones = [x for x in labels if x.project is not None and x.screening is not None]
    step(Phrase("技術流出の確認を学んでいます", "learning what needs a look"))
    levels = [LEVELS.index(x.screening) for x in judged_ones if x.screening]
    if _too_few(levels):
        return None
    material = hear(model, judged_ones)
    sums = cross_validated(material, step)
    step(Phrase("しきい値を決めています", "choosing thresholds"))
    fitted = _fit(material, np.arange(len(material.level)))
    default = choose_point(sums, material, FOUND, FIRST)
    recall = choose_point(sums, material, RECALL_FOUND, RECALL_FIRST)
    return _taught(model, fitted, default, recall, description, _figures(sums, material, default))


def _too_few(levels: Sequence[int]) -> bool:
    some = np.bincount(np.array(levels, dtype=np.int64), minlength=len(LEVELS))
    return len(levels) < LEAST or bool(some.min() < FOLDS)


def hear(model: Model, labels: Sequence[AnyLabel]) -> Material:
    """The labelled projects as the model hears them."""
    import scipy.sparse as sp

    lists, technologies = ListReader(model), len(model.rules.technologies)
    pool = _pools(model)
    projects = [x.project for x in labels if x.project]
    terms, dense, made = [], [], []
    for readings, heard, seeds in hear_in_batches(Tagger(model), projects):
        texts = len(readings)
        hits = lists.find(readings)
        strength = np.stack([strongest(hits.get(i, ()), technologies) for i in range(texts)])
        terms.append(heard)
        dense.append(np.hstack((VOICES * seeds, strength / MADE @ pool, np.ones((texts, 1)))))
        made.append(_made(model, strength))
    level = np.array([LEVELS.index(x.screening or "none") for x in labels])
    judged_by_us = np.array([isinstance(x, Label) and x.source == SOURCE for x in labels])
    sure = np.array([UNSURE if x.unsure else 1.0 for x in labels])
    few = _too_few(level[~judged_by_us].tolist())
    return Material(
        sp.vstack(terms).tocsr(),
        np.vstack(dense),
        level,
        np.where(judged_by_us, JUDGED, 1.0) * sure,
        np.concatenate(made),
        np.ones(len(level), dtype=bool) if few else ~judged_by_us,
    )


def _pools(model: Model) -> Matrix:
    """From listed technologies to what is learned of them: each by itself, and each list's
    together, so that a rare word is judged by its list."""
    rules = model.rules
    lists = [rules.items[item].id.rpartition("-")[0] for item, _ in rules.technologies]
    names = sorted(set(lists))
    return LISTED * alone_and_pooled([names.index(own) for own in lists], len(names))


def _made(model: Model, strength: NDArray[np.int64]) -> NDArray[np.int64]:
    rules = model.rules
    level = np.array(
        [
            0 if rules.items[item].circumstance else LEVELS.index(rules.items[item].level)
            for item, _ in rules.technologies
        ],
        dtype=np.int64,
    )
    highest: NDArray[np.int64] = ((strength >= MADE) * level).max(axis=1, initial=0)
    return highest


def _fit(material: Material, chosen: NDArray[np.int64]) -> _Fitted:
    terms, dense = material.terms[chosen], material.dense[chosen]
    level = material.level[chosen]
    target = np.where(np.stack((level > 0, level > 1), axis=1), 1.0, -1.0)
    alpha = solve_ridge(terms, dense, target, material.weight[chosen], RIDGE)
    return _Fitted(np.asarray(terms.T @ alpha), dense.T @ alpha)


def cross_validated(material: Material, step: Step) -> Matrix:
    """The two sums of each project by weights that have not seen its label."""
    sums = np.zeros((len(material.level), 2))
    for fold in held_out(len(material.level), step):
        fitted = _fit(material, np.flatnonzero(~fold))
        unseen = np.flatnonzero(fold)
        sums[unseen] = material.terms[unseen] @ fitted.terms + material.dense[unseen] @ fitted.dense
    return sums


def choose_point(sums: Matrix, material: Material, found: float, first: float) -> Point:
    """The highest thresholds that, together with the listed words, still find so much."""
    sums, level = sums[material.counts], material.level[material.counts]
    made = np.where(sums[:, 0] >= FLOOR, material.made[material.counts], 0)
    flagged, top = level > 0, level > 1
    check = np.where(made > 0, np.inf, sums[:, 0])
    check_at = _reaching(check[flagged], found)
    priority = np.where(made > 1, np.inf, np.where(check >= check_at, sums[:, 1], -np.inf))
    return Point(_whole(check_at), _whole(_reaching(priority[top], first)))


def _reaching(values: Matrix, share: float) -> float:
    ordered = np.sort(values)[::-1]
    return float(ordered[min(int(np.ceil(share * len(ordered))), len(ordered)) - 1])


def _whole(value: float) -> int:
    return int(np.floor(np.clip(value, -9, 9) * 1e6))


def levels_at(sums: Matrix, made: NDArray[np.int64], point: Point) -> NDArray[np.int64]:
    """The levels that sums and listed words give at a point, as `screen` gives them."""
    level = (sums[:, 0] * 1e6 >= point.check_at).astype(np.int64)
    level += (level > 0) & (sums[:, 1] * 1e6 >= point.priority_at)
    return np.maximum(level, np.where(sums[:, 0] >= FLOOR, made, 0))


def _figures(sums: Matrix, material: Material, point: Point) -> dict[str, float]:
    """Cross-validated figures of the default point, for the table's head."""
    from sklearn.metrics import cohen_kappa_score

    counts = material.counts
    level = levels_at(sums[counts], material.made[counts], point)
    truth = material.level[counts]
    right = float(((level > 0) & (truth > 0)).sum())
    return {
        "precision": round(right / max((level > 0).sum(), 1), 3),
        "recall": round(right / (truth > 0).sum(), 3),
        "priority_as_check": round(float((level[truth > 1] > 0).mean()), 3),
        "priority_as_priority": round(float((level[truth > 1] > 1).mean()), 3),
        "kappa": round(float(cohen_kappa_score(truth, level, weights="quadratic")), 3),
    }


def _taught(
    model: Model,
    fitted: _Fitted,
    default: Point,
    recall: Point,
    description: str,
    figures: dict[str, float],
) -> Taught:
    subs = [s.id for s in model.subtechnologies]
    rules = [rule for _, rule in model.rules.technologies]
    terms = short_weights(fitted.terms, WEIGHT)
    names = [key_of([model.units[u] for u in gram]) for gram in model.learned.grams]
    voices = millionths(fitted.dense[: len(subs) + 1] * VOICES)
    listed = millionths(_pools(model) @ fitted.dense[len(subs) + 1 : -1])
    bias: Pair = tuple(millionths(fitted.dense[-1]).tolist())
    return Taught(
        description=description,
        terms={n: (a, b) for n, (a, b) in zip(names, terms.tolist(), strict=True) if a or b},
        voices=_by_name([*subs, Taught.OUTSIDE], voices),
        listed=_by_name(rules, listed),
        bias=bias,
        default=default,
        recall=recall,
        floor=_whole(FLOOR),
        figures=figures,
    )


def _by_name(names: Sequence[str], values: NDArray[np.int64]) -> dict[str, Pair]:
    return {name: (a, b) for name, (a, b) in zip(names, values.tolist(), strict=True)}
