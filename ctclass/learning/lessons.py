"""Who teaches, how much each of them counts, and what they say as numbers.

Readers of labels, of judgements and of programmes' sheets; texts invented for the taxonomy;
the seeds that real projects hold; and the taxonomy itself. Each gives lessons of one form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctclass.learning.build import build_model
from ctclass.learning.calibrate import Told
from ctclass.learning.ridge import Matrix
from ctclass.model.background import Background
from ctclass.projects import Project
from ctclass.readers.labels import Label
from ctclass.tagging.tag import Tagger
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

SHEET = "programme"
"""The source of a text that retells the sheet of a ministry's programme."""
SECOND = 0.2
UNSURE = 0.5
JUDGED = 0.6
EVIDENCE = 0.15
BY_SEEDS = 0.1
BY_TAXONOMY, BY_ENGLISH = 0.05, 0.1
WRITTEN, WRITTEN_NONE = 0.3, 0.2
"""Chosen by cross-validation over the training labels (docs/accuracy.md): how much a second area
counts beside the first; the weight of a label whose reader was unsure, of a judgement, of a
reader's evidence words as a text of their own, of a project that only seeds labelled, of the seeds
themselves, of each English one, and of the texts invented for the taxonomy with an area and
without."""
_SEEDS_A_TEXT = 6
_CERTAIN = 0.85
_MOST_BESIDE, _MOST_ALONE = 60, 300
"""Projects that the seeds label: those with a score of 0.85 and more teach, at most so many an
area (beside labels, and where the seeds teach alone)."""

Teacher = Literal["reader", "judge", "sheet", "lesson", "seeds", "taxonomy"]
READERS = ("reader", "judge", "sheet")
"""Teachers who read something real: projects of the labels, projects of the judgements, and
sheets of programmes. What they say is also held out, to see how well it is told."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A project and what is known of it: area indices, the primary first.

    `weight` is 1 for a careful reader's sure label. `evidence` are the words that
    made the reader decide. The `teacher` is a reader of labels, of judgements or of a
    programme's sheet; a text invented for a lesson; the seeds that a real project holds; or
    the taxonomy itself, whose seeds are a text of their own.
    """

    project: Project
    areas: tuple[int, ...]
    weight: float = 1.0
    evidence: tuple[str, ...] = ()
    teacher: Teacher = "reader"


def lessons_of(
    taxonomy: Taxonomy, labels: Sequence[Label], texts: Mapping[str, Project],
    *, teacher: Teacher = "reader", weight: float = 1.0,
) -> list[Lesson]:  # fmt: skip
    """Labels whose text is known, the primary area first."""
    place = {area.id: i for i, area in enumerate(taxonomy.areas)}
    lessons = []
    for label in labels:
        project = label.project or texts.get(label.project_id)
        if project is not None:
            named = dict.fromkeys([label.primary, *label.areas] if label.primary else ())
            areas = tuple(place[a] for a in named)
            own = weight * (UNSURE if label.unsure else 1.0)
            lessons.append(Lesson(project, areas, own, label.evidence, teacher))
    return lessons


def taught_by_seeds(
    taxonomy: Taxonomy,
    segmenter: Segmenter,
    background: Background,
    sample: Sequence[Project],
    *,
    alone: bool,
) -> list[Lesson]:
    """Lessons from projects of which the seeds are certain, and as many without any seed."""
    tagger = Tagger(build_model(taxonomy, segmenter, background))
    place = {area.id: i for i, area in enumerate(taxonomy.areas)}
    weight = 1.0 if alone else BY_SEEDS
    most = _MOST_ALONE if alone else _MOST_BESIDE
    certain: list[Lesson] = []
    outside: list[Lesson] = []
    held: Counter[int] = Counter()
    for project, tagging in zip(sample, tagger.tag_all(sample), strict=True):
        if tagging.areas and tagging.areas[0].score >= _CERTAIN:
            areas = tuple(place[a.area] for a in tagging.areas)
            held[areas[0]] += 1
            if held[areas[0]] <= most:
                certain.append(Lesson(project, areas, weight, teacher="seeds"))
        elif tagging.status == "no-evidence":
            outside.append(Lesson(project, (), weight, teacher="seeds"))
    return certain + outside[: len(certain)]


def taught_by_texts(taxonomy: Taxonomy, written: Sequence[Label]) -> list[Lesson]:
    """The texts that were written for the taxonomy: those that retell the sheet of a real
    programme count as that sheet, the others as inventions."""
    sheets = [label for label in written if label.source == SHEET]
    found = lessons_of(taxonomy, sheets, {}, teacher="sheet")
    for weight, some in ((WRITTEN, True), (WRITTEN_NONE, False)):
        own = [x for x in written if x.source != SHEET and bool(x.areas) == some]
        found += lessons_of(taxonomy, own, {}, teacher="lesson", weight=weight)
    return found


def taught_by_taxonomy(taxonomy: Taxonomy) -> list[Lesson]:
    """Each technology's own seeds as short texts, so that a title of seeds alone is heard.

    One label in fifty is in English, where a seed has few learned terms beside it: each
    English seed is a title of its own as well (micro-F1 of English projects 0.70 to 0.75).
    """
    lessons = []
    for n, area in enumerate(taxonomy.areas):
        for sub in area.subtechnologies:
            for lang, name in (("ja", sub.name_ja), ("en", sub.name_en)):
                terms = [seed.term for seed in sub.seeds if seed.alone and seed.lang == lang]
                for at in range(0, len(terms), _SEEDS_A_TEXT):
                    words = "、".join(terms[at : at + _SEEDS_A_TEXT])
                    project = Project("", name, "", words)
                    lessons.append(Lesson(project, (n,), BY_TAXONOMY, teacher="taxonomy"))
                if lang == "en":
                    lessons += [
                        Lesson(Project("", term, "", ""), (n,), BY_ENGLISH, teacher="taxonomy")
                        for term in terms
                    ]
    return lessons


def target_of(lessons: Sequence[Lesson], areas: int) -> Matrix:
    """What is to be learned: 1 for the primary area, less for a further one, -1 for the others."""
    target = np.full((len(lessons), areas), -1.0)
    for row, lesson in zip(target, lessons, strict=True):
        row[list(lesson.areas[1:])] = SECOND
        row[list(lesson.areas[:1])] = 1.0
    return target


def truth_of(lessons: Sequence[Lesson], areas: int) -> NDArray[np.int64]:
    """2 for the primary area, 1 for a further one, 0 for the others."""
    truth = np.zeros((len(lessons), areas), dtype=np.int64)
    for row, lesson in zip(truth, lessons, strict=True):
        row[list(lesson.areas[1:])] = 1
        row[list(lesson.areas[:1])] = 2
    return truth


def told_of(lessons: Sequence[Lesson], areas: int, raw: Matrix) -> Told:
    """Lessons whose raw scores are known, to calibrate with."""
    return Told(
        raw,
        truth_of(lessons, areas),
        np.array([x.weight for x in lessons]),
        bare_of(lessons),
    )


def bare_of(lessons: Sequence[Lesson]) -> NDArray[np.bool_]:
    """Which lessons have no keywords."""
    return np.array([not x.project.keywords.strip() for x in lessons], dtype=bool)
