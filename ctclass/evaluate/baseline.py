"""The naive way to do the same, to see what the model is worth.

Every area is one document made of its seeds, every project a document of its
Sudachi units; the areas nearest by cosine of TF-IDF are given. It has no
weights, no exclusions, no word borders and knows no title from a keyword. It
is favoured in one thing: its threshold is the best one for the very labels it is
measured on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctclass.projects import Project
from ctclass.readers.labels import Label
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 3


@dataclass(frozen=True, slots=True)
class NearArea:
    """An area id and its cosine."""

    area: str
    score: float


@dataclass(frozen=True, slots=True)
class NaiveAnswer:
    """What the naive way says of a project; it knows no screening."""

    areas: tuple[NearArea, ...]
    runners_up: tuple[NearArea, ...]
    strategic: bool
    screening: str = "none"

    @property
    def primary(self) -> str:
        """The nearest area's id, empty when none is near enough."""
        return self.areas[0].area if self.areas else ""


def answer_naively(
    taxonomy: Taxonomy, segmenter: Segmenter, labels: Sequence[Label], projects: Sequence[Project]
) -> tuple[list[NaiveAnswer], float]:
    """The answers for the projects of the labels, and the threshold that suits them best."""
    import numpy as np

    areas = taxonomy.areas
    nearness = _nearness(taxonomy, segmenter, projects)
    truth = np.array([[a.id in label.areas for a in areas] for label in labels], dtype=bool)
    order = np.argsort(-nearness, axis=1, kind="stable")[:, :MOST]
    best = np.take_along_axis(nearness, order, axis=1)
    threshold = best_threshold(best, np.take_along_axis(truth, order, axis=1), int(truth.sum()))
    answers = []
    for places, scores in zip(order, best, strict=True):
        near = [NearArea(areas[i].id, float(s)) for i, s in zip(places, scores, strict=True)]
        given = tuple(a for a in near if a.score >= threshold)
        answers.append(
            NaiveAnswer(
                given,
                tuple(a for a in near if 0 < a.score < threshold)[:2],
                any(areas[i].strategic for i in places[: len(given)]),
            )
        )
    return answers, threshold


def best_threshold(scores: NDArray[np.float64], right: NDArray[np.bool_], labelled: int) -> float:
    """The score from which on giving all areas has the highest micro-F1; above 0 always.

    >>> import numpy as np
    >>> best_threshold(np.array([[0.9, 0.2], [0.5, 0.1]]), np.array([[1, 0], [1, 0]]), 2)
    0.5
    """
    import numpy as np

    flat = scores.ravel()
    order = np.argsort(-flat, kind="stable")
    ranked, hits = flat[order], right.ravel()[order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(flat) + 1) + max(labelled, 1))
    # Equal scores are given or left together: only the last of them can be a threshold.
    possible = (np.append(ranked[1:], -1.0) < ranked) & (ranked > 0)
    if not possible.any():
        return 1.0
    return float(ranked[np.where(possible, f1, -1.0).argmax()])


def _nearness(
    taxonomy: Taxonomy, segmenter: Segmenter, projects: Sequence[Project]
) -> NDArray[np.float64]:
    """Cosines, projects by areas."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    seeds = [
        [
            unit
            for sub in area.subtechnologies
            for s in sub.seeds
            for unit in segmenter.units(s.term)
        ]
        for area in taxonomy.areas
    ]
    texts = [[unit for text in p.texts for unit in segmenter.units(text)] for p in projects]
    vectors = TfidfVectorizer(analyzer=_units, sublinear_tf=True).fit_transform(seeds + texts)
    found: NDArray[Any] = (vectors[len(seeds) :] @ vectors[: len(seeds)].T).toarray()
    return found


def _units(units: list[str]) -> list[str]:
    """All units but the gaps between words."""
    return [unit for unit in units if unit.strip()]
