"""What each ingredient of a model is worth: the same model with one of them taken away.

Nothing is learned again, so this says what a model in use would lose, not what one
could do that had never known the ingredient (`relearn` measures that). Scores lie
elsewhere once an ingredient is silent, and most of them would pass no threshold; that
is a loss of the setting and not of the ingredient. So all thresholds of each reduced
model are moved together to where they suit the labels best, and those of the whole
model, which it is compared to, as well. What the thresholds as they are would give
stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ctclass.errors import Phrase
from ctclass.evaluate.compare import Comparison, compare_models
from ctclass.evaluate.figures import Answer, Slice, area_table, overall_of
from ctclass.learning.calibrate import given_areas
from ctclass.model.background import rarity
from ctclass.model.compact import Decision, Learned, Model, ModelArea
from ctclass.model.knowledge import untaught
from ctclass.projects import Project
from ctclass.readers.labels import Label
from ctclass.tagging.tag import Tagger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

STEPS = tuple(sorted((n / 10 for n in range(-80, 81)), key=abs))
"""How far thresholds may move, in log odds; the smallest move of equally good ones is taken."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A part of a finished model, and how to take it away from a model or from the texts."""

    id: str
    name: Phrase
    model: Callable[[Model], Model] | None = None
    text: Callable[[Project], Project] | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """A model without one ingredient, or another way to do the same.

    `moved` is how far its thresholds were moved (log odds), and `as_it_was` has the figures
    without that; None where nothing was moved. The `comparison` is to the whole model.
    """

    id: str
    name: Phrase
    overall: Slice
    comparison: Comparison | None
    moved: float | None = None
    as_it_was: Slice | None = None


@dataclass(frozen=True, slots=True)
class Ablation:
    """The whole model as it is, the same with its thresholds moved (which the others are
    compared to, where they were moved), each ingredient taken away, and the simpler ways."""

    whole: Worth
    reference: Worth | None
    without: tuple[Worth, ...]
    others: tuple[Worth, ...]


def ablate(
    tagger: Tagger,
    labels: Sequence[Label],
    projects: Sequence[Project],
    others: Sequence[tuple[str, Phrase, Sequence[Answer]]] = (),
    progress: Callable[[int], None] | None = None,
) -> Ablation:
    """Take each ingredient of a model away; `others` are answers to be compared as well.

    `progress` hears how many ingredients are done.
    """
    model = tagger.model
    whole = _Trial(tagger, projects, labels)
    base, moved = whole.fitted()
    ids = [a.id for a in model.areas]

    def compared(name: str, answers: Sequence[Answer]) -> Comparison:
        return compare_models(ids, labels, (name, answers), (model.label, base))

    def overall(answers: Sequence[Answer]) -> Slice:
        return overall_of(model, list(zip(labels, answers, strict=True)))

    as_it_was = overall(whole.answers)
    reference = Worth("whole-moved", WHOLE_MOVED, overall(base), None, moved, as_it_was)
    found = []
    for done, ingredient in enumerate(INGREDIENTS, 1):
        texts = [ingredient.text(p) for p in projects] if ingredient.text else projects
        less = Tagger(ingredient.model(model)) if ingredient.model else tagger
        trial = _Trial(less, texts, labels)
        answers, moved = trial.fitted()
        found.append(
            Worth(
                ingredient.id, ingredient.name, overall(answers),
                compared(ingredient.id, answers), moved, overall(trial.answers),
            )
        )  # fmt: skip
        if progress:
            progress(done)
    return Ablation(
        Worth("whole", WHOLE, as_it_was, None),
        reference,
        tuple(found),
        tuple(Worth(i, name, overall(a), compared(i, a)) for i, name, a in others),
    )


WHOLE = Phrase("モデル全体", "whole model")
WHOLE_MOVED = Phrase("モデル全体(しきい値を選び直し)", "whole model, thresholds moved")


class _Trial:
    """A model's answers, as it is and with its thresholds moved to suit the labels."""

    def __init__(
        self, tagger: Tagger, projects: Sequence[Project], labels: Sequence[Label]
    ) -> None:
        self.tagger, self.projects, self.labels = tagger, projects, labels
        self.readings = tagger.read(projects)
        self.answers = tagger.answer(projects, self.readings)

    def fitted(self) -> tuple[Sequence[Answer], float]:
        """The answers with the thresholds moved, and how far that was."""
        import numpy as np

        model = self.tagger.model
        ids = [a.id for a in model.areas]
        truth, _ = area_table(ids, list(zip(self.labels, self.answers, strict=True)))
        scores = self.tagger.scorer.score(self.readings)
        spoken = np.array([[not scores.is_silent(i)] for i in range(len(scores.raw))])

        def f1(step: float) -> float:
            moved = move_thresholds(model, step)
            own = moved.decision
            order, held = given_areas(
                scores.raw, [a.curve for a in moved.areas],
                own.given_at, own.most, own.given_beside, own.firsts, scores.bare,
            )  # fmt: skip
            held &= spoken
            given = np.zeros_like(truth)
            np.put_along_axis(given, order, held, axis=1)
            return float(2 * (given & truth).sum() / max(given.sum() + truth.sum(), 1))

        best = max(STEPS, key=f1)
        moved = Tagger(move_thresholds(model, best))
        return moved.answer(self.projects, self.readings), best


def move_thresholds(model: Model, step: float) -> Model:
    """The model with all scores raised by `step` in log odds, that is, thresholds lowered."""
    *areas, none = model.decision.firsts or ((),)
    firsts = (*areas, (*none[:-1], none[-1] - round(step * 1000))) if areas else ()
    return replace(
        model,
        areas=tuple(_raised(area, step) for area in model.areas),
        decision=replace(model.decision, firsts=firsts),
    )


def _raised(area: ModelArea, step: float) -> ModelArea:
    """An area's curve is a straight line in log odds: from 0.01 to 0.99 it is 9.19 long."""
    width = (area.curve[98] - area.curve[0]) / 9.19024
    return replace(area, curve=tuple(round(x - step * width) for x in area.curve))


# Taking away


def seeds_only(model: Model) -> Model:
    """The model as it was before anything was learned: what `build --seeds-only` gives."""
    import numpy as np

    subs = model.subtechnologies
    known = untaught([a.id for a in model.areas], {s.id: s.area for s in subs})
    decision = replace(
        model.decision, given_at=known.given_at, screened_at=known.screened_at,
        given_beside=known.given_beside, firsts=known.firsts,
    )  # fmt: skip
    areas = tuple(replace(a, curve=c) for a, c in zip(model.areas, known.curves, strict=True))
    learned = Learned(
        (), np.zeros(0, np.int16), np.zeros((0, len(areas)), np.int16),
        tuple(known.voices.values()), known.bias,
    )  # fmt: skip
    return replace(
        model, areas=areas, decision=decision, learned=learned, siblings=(),
        rules=model.rules.untaught(),
    )  # fmt: skip


def _with(model: Model, **changed: Any) -> Model:
    return replace(model, learned=replace(model.learned, **changed))


def _no_learned(model: Model) -> Model:
    learned = model.learned
    bare = replace(model, siblings=(), rules=model.rules.untaught())
    return _with(bare, grams=(), idf=learned.idf[:0], weights=learned.weights[:0])


def _no_seeds(model: Model) -> Model:
    *subs, outside = model.learned.voices
    return _with(model, voices=(*(tuple(0 for _ in voice) for voice in subs), outside))


def _own_area_only(model: Model) -> Model:
    *subs, outside = model.learned.voices
    kept = (
        tuple(value * (area == sub.area) for area, value in enumerate(voice))
        for sub, voice in zip(model.subtechnologies, subs, strict=True)
    )
    return _with(model, voices=(*kept, outside))


def _no_outside(model: Model) -> Model:
    *subs, outside = model.learned.voices
    return _with(model, voices=(*subs, tuple(0 for _ in outside)))


def _no_friends(model: Model) -> Model:
    friends = {i for i, t in enumerate(model.terms) if not t.votes and not t.against}
    return replace(model, patterns=tuple(p for p in model.patterns if p[0] not in friends))


def _each_alone(model: Model) -> Model:
    terms = (
        replace(term, votes=tuple(replace(v, alone=True) for v in term.votes))
        for term in model.terms
    )
    return replace(model, terms=tuple(terms))


def _equally_rare(model: Model) -> Model:
    """Every term has the mean IDF of its kind, seeds and learned terms."""
    import numpy as np

    total = model.header["background"]["documents"]
    own = [rarity(t.df, total) if total else 1.0 for t in model.terms]
    voting = [idf for idf, t in zip(own, model.terms, strict=True) if t.votes]
    mean = sum(voting) / max(len(voting), 1)
    terms = (
        replace(t, votes=tuple(replace(v, weight=round(v.weight * mean / idf)) for v in t.votes))
        for t, idf in zip(model.terms, own, strict=True)
    )
    idf = model.learned.idf
    same = np.full_like(idf, round(float(idf.mean()))) if len(idf) else idf
    return _with(replace(model, terms=tuple(terms)), idf=same)


def _one_curve(model: Model) -> Model:
    curves = [area.curve for area in model.areas]
    mean = tuple(round(sum(column) / len(curves)) for column in zip(*curves, strict=True))
    mean = mean if all(a < b for a, b in pairwise(mean)) else curves[0]
    return _one_threshold(
        replace(model, areas=tuple(replace(area, curve=mean) for area in model.areas))
    )


def _one_threshold(model: Model) -> Model:
    return replace(model, decision=_evenly(model.decision))


def _evenly(decision: Decision) -> Decision:
    given = decision.given_at
    return replace(decision, given_at=tuple(round(sum(given) / len(given)) for _ in given))


def _no_comparison(model: Model) -> Model:
    return replace(model, decision=replace(model.decision, firsts=()))


def _in_one(project: Project) -> Project:
    whole = "。".join(filter(None, project.texts))
    return replace(project, title="", abstract=whole, keywords="")


INGREDIENTS = (
    Ingredient(
        "learning", Phrase("学習のすべて(種語だけ)", "all learning (seeds only)"), seeds_only
    ),
    Ingredient("learned", Phrase("学んだ言葉", "learned terms"), _no_learned),
    Ingredient("seeds", Phrase("種語", "seeds"), _no_seeds),
    Ingredient(
        "elsewhere",
        Phrase("種語が他の領域について語ること", "what seeds say of other areas"),
        _own_area_only,
    ),
    Ingredient("outside", Phrase("領域外の語", "outside terms"), _no_outside),
    Ingredient("friends", Phrase("紛らわしい語句", "false friends"), _no_friends),
    Ingredient(
        "beside",
        Phrase("単独では数えない種語の条件", "that some seeds count only beside another"),
        _each_alone,
    ),
    Ingredient("rarity", Phrase("珍しさの重み(IDF)", "rarity of terms (IDF)"), _equally_rare),
    Ingredient(
        "fields",
        Phrase("題名・概要・キーワードの区別", "title, abstract, keywords told apart"),
        text=_in_one,
    ),
    Ingredient(
        "firsts",
        Phrase("主領域を決める領域どうしの比較", "the comparison of areas for the first place"),
        _no_comparison,
    ),
    Ingredient(
        "curves",
        Phrase("領域ごとの得点曲線としきい値", "each area's own curve and threshold"),
        _one_curve,
    ),
    Ingredient(
        "thresholds", Phrase("領域ごとのしきい値", "each area's own threshold"), _one_threshold
    ),
)
"""In the order of the table. Learned terms and seeds first, then how they are weighed."""
