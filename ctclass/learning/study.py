"""From tables of projects and labels to what a model is made of.

One pass over a corpus gives the document frequencies of the seeds and the
lessons for `learn`; texts stay in memory only where a label or a sample needs
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from ctclass.errors import Phrase
from ctclass.learning.areas import KEPT, Material, Vocabulary, learn
from ctclass.learning.areas import STEPS as LEARN_STEPS
from ctclass.learning.build import build_model, count_corpus
from ctclass.learning.folds import Step
from ctclass.learning.lessons import (
    JUDGED,
    Lesson,
    lessons_of,
    taught_by_seeds,
    taught_by_taxonomy,
    taught_by_texts,
)
from ctclass.learning.sections import count_sections, idf_of
from ctclass.learning.subtechnologies import learn_siblings
from ctclass.model.background import Background
from ctclass.model.corpus import Texts, common_terms, read_corpus
from ctclass.model.knowledge import Knowledge
from ctclass.projects import Project
from ctclass.readers.judgements import key_of_project
from ctclass.readers.labels import AnyLabel, Label
from ctclass.tagging.tag import LONGEST
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

STEPS = 4 + LEARN_STEPS
"""Steps after the reading of the corpus, at most."""
LEAST = 15
"""Projects that must hold a term before anything is learned of it."""
_ONE_IN = 20
_LEAST_LESSONS = 50
"""Of the projects without a label one in so many is looked at for what its seeds teach; fewer
lessons than that teach nothing."""


@dataclass(frozen=True, slots=True)
class Studied:
    """What a corpus and labels gave; `knowledge` is None when there was too little to learn.

    `material` is what it was learned from, `by_seeds` gives the lessons that the seeds
    would have taught without any label: both for learning again with less.
    """

    background: Background
    knowledge: Knowledge | None
    material: Material | None = None
    by_seeds: Callable[[], list[Lesson]] | None = None


def study(  # noqa: PLR0913 - what may teach, and what hears of it
    taxonomy: Taxonomy,
    projects: Iterable[tuple[Project, str]],
    *,
    labels: Sequence[Label] = (),
    tuning: Sequence[Label] = (),
    written: Sequence[Label] = (),
    judged: Mapping[str, Label] | None = None,
    description: str,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
    step: Step | None = None,
) -> Studied:
    """Count and learn from `projects`, each with its review section (empty if unknown).

    `labels` teach; `tuning` labels choose thresholds only, and what the sections say
    of either is left out, so that a figure measured on them is no echo. `written` are the
    taxonomy's own texts with their areas, `judged` its judgements by key. `progress` hears
    how many projects were read, then `step` which of `STEPS` steps begins.
    """
    step = step or _silent
    segmenter = Segmenter()
    wanted = {label.project_id for label in (*labels, *tuning)}
    own: list[Label] = []
    kept: dict[str, Project] = {}
    sample: list[Project] = []
    sections: list[str] = []

    def documents() -> Iterator[Texts]:
        for project, section in projects:
            labelled = project.project_id in wanted
            if not labelled and judged and (label := judged.get(key_of_project(project))):
                own.append(replace(label, project_id=project.project_id))
                wanted.add(project.project_id)
                labelled = True
            if labelled:
                kept.setdefault(project.project_id, project)
            elif (
                crc32(f"{project.title}\n{project.abstract}".encode("utf-8", "replace")) % _ONE_IN
                == 0
            ):
                sample.append(project)
            sections.append("" if labelled else section)
            yield project.title[:LONGEST], project.abstract[:LONGEST], project.keywords[:LONGEST]

    corpus = read_corpus(documents(), Segmenter, workers=workers, progress=progress)
    step(Phrase("種語を数えています", "counting seeds"))
    background = count_corpus(taxonomy, segmenter, corpus, description)
    step(Phrase("種語で課題に領域を付けています", "labelling projects by their seeds"))
    taught = lessons_of(taxonomy, labels, kept)
    taught += lessons_of(taxonomy, own, kept, teacher="judge", weight=JUDGED)
    taught += taught_by_seeds(taxonomy, segmenter, background, sample, alone=not taught)
    if len(taught) < _LEAST_LESSONS:
        return Studied(background, None)
    taught += taught_by_taxonomy(taxonomy)
    taught += taught_by_texts(taxonomy, written)
    step(Phrase("よく出る言葉を集めています", "gathering common terms"))
    # A term that stands in nearly every project says nothing: its IDF is 0.
    terms = _most_common((t, n) for t, n in common_terms(corpus, LEAST) if idf_of(n, len(corpus)))
    step(Phrase("審査区分ごとに数えています", "counting by review section"))
    rates = count_sections(corpus, [t for t, _ in terms], [n for _, n in terms], sections)
    vocabulary = [
        (tuple(corpus.units[u] for u in term), idf_of(n, len(corpus))) for term, n in terms
    ]
    knowledge, material = learn(
        taxonomy, segmenter, background, Vocabulary(vocabulary, rates), taught,
        lessons_of(taxonomy, tuning, kept), step=step,
        description=" + ".join((description, *told_by(labels, own, written))),
    )  # fmt: skip
    model = build_model(taxonomy, segmenter, background, knowledge=knowledge)
    knowledge = replace(knowledge, siblings=learn_siblings(model, corpus))
    return Studied(
        background, knowledge, material,
        lambda: taught_by_seeds(taxonomy, segmenter, background, sample, alone=True),
    )  # fmt: skip


def told_by(*taught: Sequence[AnyLabel]) -> list[str]:
    """Who taught beside the corpus, in one entry."""
    kinds = ("labels", "judgements", "texts written for the taxonomy")
    said = [f"{len(own):,} {kind}" for kind, own in zip(kinds, taught, strict=True) if own]
    return [", ".join(said)] if said else []


def _most_common(
    terms: Iterable[tuple[tuple[int, ...], int]],
) -> list[tuple[tuple[int, ...], int]]:
    """The `KEPT` terms that most projects hold, in the order given."""
    known = list(terms)
    order = sorted(range(len(known)), key=lambda i: -known[i][1])[:KEPT]
    return [known[i] for i in sorted(order)]


def _silent(what: Phrase) -> None:
    """Nobody listens."""
