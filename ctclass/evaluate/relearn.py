"""What each ingredient of learning is worth: the last step solved again without it.

Counting and reading, nearly all of the work of learning, stay as they were. The weights,
the curves and the thresholds are all made anew. "Whole" may differ from the model in a
project or two: sections are scaled once here, and in each fold there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ctclass.errors import Phrase
from ctclass.evaluate.ablation import WHOLE, Ablation, Worth
from ctclass.evaluate.baseline import NaiveAnswer, NearArea
from ctclass.evaluate.compare import compare_models
from ctclass.evaluate.figures import overall_of
from ctclass.evaluate.view import KINDS_OF_TEXT
from ctclass.learning.areas import RIDGE, Material, seed_gains, sound_of, told_by_sections
from ctclass.learning.build import MOST
from ctclass.learning.calibrate import calibrate, given_areas
from ctclass.learning.folds import FOLDS, Step, folds_of
from ctclass.learning.lessons import (
    EVIDENCE,
    READERS,
    Lesson,
    Teacher,
    bare_of,
    target_of,
    told_of,
)
from ctclass.learning.ridge import Matrix, solve_ridge
from ctclass.readers.labels import Label, kinds_of
from ctclass.taxonomy.areas import Taxonomy

_TEACHERS = {*get_args(Teacher), "evidence"}
_LEFT_OUT = {
    "judgements": {"judge"},
    "evidence": {"evidence"},
    "sheets": {"sheet"},
    "lessons": {"lesson"},
    "taxonomy": {"taxonomy"},
    "by-seeds": {"seeds"},
}
"""Who teaches the whole, and who falls silent with an ingredient; where all that was read is
left out, what seeds alone would have taught takes its place."""
INGREDIENTS = {
    "sections": Phrase("審査区分", "review sections"),
    "labels": Phrase(
        "正解ラベルと判断(種語と教材だけが教える)",
        "labels and judgements (only seeds and texts teach)",
    ),
    "judgements": Phrase("判断(judgements.tsv)", "judgements (judgements.tsv)"),
    "evidence": Phrase("読み手の根拠語", "readers' evidence words"),
    "sheets": Phrase("府省の事業(lessons.jsonl)", "programmes of ministries (lessons.jsonl)"),
    "lessons": Phrase("創作した教材(lessons.jsonl)", "invented texts (lessons.jsonl)"),
    "taxonomy": Phrase("教材としての種語", "seeds as texts of their own"),
    "by-seeds": Phrase("種語が領域を付けた課題", "projects labelled by seeds"),
    "terms": Phrase("学ぶ言葉(種語の声だけを学ぶ)", "learned terms (only seeds' voices learned)"),
    "seeds": Phrase("学ぶ手掛かりとしての種語", "seeds as a clue of their own"),
}


@dataclass(frozen=True, slots=True)
class Relearned:
    """Each ingredient left out, measured on the tuning labels and, by cross-validation,
    on those that teach; either is None where there are none. The whole comes first."""

    tuning: Ablation | None
    teaching: Ablation | None

    def to_json(self) -> str:
        """All figures, with the ids that each ingredient wins and loses."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def relearn(material: Material, by_seeds: Callable[[], Sequence[Lesson]], step: Step) -> Relearned:
    """Solve the last step once with all, and once without each ingredient.

    `by_seeds` gives the lessons that the seeds teach where there are no labels. `step`
    hears what begins, one more time than there are `INGREDIENTS`.
    """
    step(Phrase("全体をもう一度解いています", "solving the whole again"))
    rows = _Rows(material, by_seeds())
    answers = {"": rows.answers("")}
    for name, phrase in INGREDIENTS.items():
        step(Phrase(f"取り除いています: {phrase.ja}", f"taking away: {phrase.en}"))
        answers[name] = rows.answers(name)
    taxonomy = material.taxonomy
    tuning = list(material.tuning)
    readers = [x for x in material.lessons if x.teacher == "reader"]
    return Relearned(
        _table(taxonomy, tuning, {n: a[0] for n, a in answers.items()}),
        _table(taxonomy, readers, {n: a[1] for n, a in answers.items()}),
    )


def _table(
    taxonomy: Taxonomy, lessons: Sequence[Lesson], answers: dict[str, list[NaiveAnswer]]
) -> Ablation | None:
    if not lessons:
        return None
    ids = [a.id for a in taxonomy.areas]
    labels = [_label(lesson, ids) for lesson in lessons]
    whole = answers[""]
    worths = [
        Worth(
            name,
            INGREDIENTS[name],
            overall_of(taxonomy, list(zip(labels, own, strict=True))),
            compare_models(ids, labels, (name, own), ("whole", whole)),
        )
        for name, own in answers.items()
        if name
    ]
    pairs = list(zip(labels, whole, strict=True))
    parts = []
    for kind, name in KINDS_OF_TEXT.items():
        of = [pair for pair, x in zip(pairs, lessons, strict=True) if kind in kinds_of(x.project)]
        if of:
            about = Phrase(
                f"{WHOLE.ja}({name.ja} {len(of):,})", f"{WHOLE.en} ({name.en}, {len(of):,})"
            )
            parts.append(Worth(kind, about, overall_of(taxonomy, of), None))
    overall = overall_of(taxonomy, pairs)
    return Ablation(Worth("whole", WHOLE, overall, None), None, tuple(worths), tuple(parts))


def _label(lesson: Lesson, ids: Sequence[str]) -> Label:
    areas = tuple(ids[n] for n in lesson.areas)
    name = lesson.project.project_id
    return Label(name, areas, areas[0] if areas else "", None, "", None, None)


class _Rows:
    """All texts that may teach or be measured. In a row: lessons, evidence words, the lessons
    of seeds alone, tuning projects. `kind` has for each what it is, `fold` the part that is
    left out with it."""

    def __init__(self, material: Material, alone: Sequence[Lesson]) -> None:
        import scipy.sparse as sp

        self.material, self.taxonomy = material, material.taxonomy
        spoken = [x for x in material.lessons if x.evidence]
        extra = material.hear([x.project for x in alone])
        tuned = len(material.tuning)
        terms = [
            material.features.terms,
            material.words.terms[: len(spoken)],
            extra.terms[: len(alone)],
            material.tuned.terms[:tuned],
        ]
        self.lessons = [*material.lessons, *spoken, *alone, *material.tuning]
        kinds: list[str] = [x.teacher for x in material.lessons]
        kinds += ["evidence"] * len(spoken) + ["alone"] * len(alone) + ["tuning"] * tuned
        self.kind = np.array(kinds)
        self.terms = sp.vstack(terms).tocsr()
        self.sound = np.vstack(
            [
                material.features.sound,
                material.words.sound[: len(spoken)],
                sound_of(self.terms[len(material.lessons) + len(spoken) :], material.rates),
            ]
        )
        width = material.features.seeds.shape[1]
        self.seeds = np.vstack(
            [material.features.seeds, np.zeros((len(spoken) + len(alone), width)),
             material.tuned.seeds[:tuned]]
        )  # fmt: skip
        fold = folds_of(len(material.lessons))
        own = [i for i, x in enumerate(material.lessons) if x.evidence]
        held = np.where(np.isin(self.kind[: len(fold)], READERS), fold, -1)
        rest = np.full(len(self.lessons) - len(fold) - len(spoken), -1)
        self.fold = np.concatenate([held, held[own], rest])

    def answers(self, without: str) -> tuple[list[NaiveAnswer], list[NaiveAnswer]]:
        """What the tuning projects and the readers' projects get where this is left out."""
        kinds = _TEACHERS - _LEFT_OUT.get(without, set())
        if without == "labels":
            kinds = {"alone", "lesson", "taxonomy"}
        taught = np.flatnonzero(np.isin(self.kind, sorted(kinds)))
        tuned, read = (np.flatnonzero(self.kind == kind) for kind in ("tuning", "reader"))
        held = taught[np.isin(self.kind[taught], READERS)]
        raw, unseen = self._solved(taught, tuned, held if len(held) else read, without)
        areas = len(self.taxonomy.areas)
        decided = calibrate(
            told_of([self.lessons[i] for i in held], areas, unseen[: len(held)]),
            told_of(self.material.tuning, areas, raw) if len(tuned) else None,
        )
        own = np.isin(held if len(held) else read, read)
        return self._given(raw, decided, tuned), self._given(unseen[own], decided, read)

    def _solved(
        self, taught: NDArray[np.int64], tuned: NDArray[np.int64], asked: NDArray[np.int64],
        without: str,
    ) -> tuple[Matrix, Matrix]:  # fmt: skip
        """Raw scores of the tuning projects, and of those asked for by models that have not
        seen what is said of them."""
        dense = self._dense(taught, without)
        terms = self.terms[:, :0] if without == "terms" else self.terms

        def scored(rows: NDArray[np.int64], teachers: NDArray[np.int64]) -> Matrix:
            target = target_of([self.lessons[i] for i in teachers], len(self.taxonomy.areas))
            own, told = terms[teachers], dense[teachers]
            dual = solve_ridge(own, told, target, self._weights(teachers), RIDGE)
            found: Matrix = np.asarray(terms[rows] @ (own.T @ dual)) + dense[rows] @ (told.T @ dual)
            return found

        unseen = np.zeros((len(asked), len(self.taxonomy.areas)))
        for k in range(FOLDS):
            out = self.fold[asked] == k
            unseen[out] = scored(asked[out], taught[self.fold[taught] != k])
        return scored(tuned, taught), unseen

    def _weights(self, taught: NDArray[np.int64]) -> Matrix:
        weight = np.array([self.lessons[i].weight for i in taught])
        return np.where(self.kind[taught] == "evidence", EVIDENCE * weight, weight)

    def _dense(self, taught: NDArray[np.int64], without: str) -> Matrix:
        """What sections and seeds say of each row, and the bias."""
        sound = self.sound[:, :0] if without in ("sections", "terms") else self.sound
        texts = taught[self.kind[taught] != "evidence"]
        _, mean, spread = told_by_sections(sound[texts], len(texts))
        seeds = self.seeds @ seed_gains(self.taxonomy) * (without != "seeds")
        return np.hstack([(sound - mean) / spread, seeds, np.ones((len(self.lessons), 1))])

    def _given(self, raw: Matrix, decided: Any, rows: NDArray[np.int64]) -> list[NaiveAnswer]:
        bare = bare_of([self.lessons[i] for i in rows])
        areas = self.taxonomy.areas
        order, held = given_areas(
            raw, decided.curves, decided.given_at, MOST, firsts=decided.firsts, bare=bare
        )
        answers = []
        for places, kept in zip(order.tolist(), held.tolist(), strict=True):
            given = [areas[n] for n, k in zip(places, kept, strict=True) if k]
            near = tuple(NearArea(a.id, 1.0) for a in given)
            answers.append(NaiveAnswer(near, (), any(a.strategic for a in given)))
        return answers
