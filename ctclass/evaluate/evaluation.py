"""How good the answers are, measured against labels that people gave.

The texts of the labelled projects are put together once; then any number of
models and baselines answer them, so that all figures of a run are about the
same projects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace

from ctclass.errors import InputError, ModelError, Phrase
from ctclass.evaluate.ablation import INGREDIENTS, Ablation, ablate, seeds_only
from ctclass.evaluate.baseline import answer_naively
from ctclass.evaluate.compare import Comparison, compare_models
from ctclass.evaluate.figures import Answer, Evaluation, compare, screening_of
from ctclass.model.compact import Model
from ctclass.projects import TEXTS, Project
from ctclass.readers.labels import AnyLabel, Label, ScreeningLabel, keep_fields
from ctclass.tagging.tag import Tagger, Tagging
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simpler way on the same labels, and the threshold that was found on them if any."""

    evaluation: Evaluation
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a run, and where asked for those of another model, of simpler ways,
    and of the model with its ingredients taken away."""

    evaluation: Evaluation
    other: Evaluation | None = None
    comparison: Comparison | None = None
    baselines: tuple[Baseline, ...] = ()
    ablation: Ablation | None = None

    def to_json(self) -> str:
        """The figures of the model as one JSON object, the rest under names of its own."""
        data = asdict(self.evaluation)
        if self.other and self.comparison:
            data["against"] = asdict(self.comparison) | {"evaluation": asdict(self.other)}
        if self.baselines:
            data["baselines"] = {b.evaluation.model: asdict(b) for b in self.baselines}
        if self.ablation:
            data["ablation"] = asdict(self.ablation)
        return json.dumps(data, ensure_ascii=False, indent=1)


def run(
    tagger: Tagger,
    labels: Sequence[AnyLabel],
    *,
    fields: tuple[str, ...] = TEXTS,
    against: Tagger | None = None,
    naive: Taxonomy | None = None,
    also: Collection[str] = (),
    workers: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Answer the labelled projects with a model, and with what it is to be compared to.

    `fields` are the texts that may be read. `naive` is the taxonomy for the naive
    baseline; `also` may hold "seeds" (the model before anything was learned) and
    "ablation" (each ingredient taken away). Labels without any text are named in
    `missing`; when none has one, InputError. Labels of the screening alone count for its
    figures and for nothing else.
    """
    asked = _asked(labels, fields, compared=bool(against or naive or also))
    known, projects = asked.known, asked.projects
    missing = tuple(label.project_id for label in labels if label.project is None)
    model = tagger.model
    if against is not None:
        _refuse_other_areas(model, [a.id for a in against.model.areas], against.model.label)
    if naive is not None:
        _refuse_other_areas(model, [a.id for a in naive.areas], naive.name)
    answers = _tag(tagger, projects, workers, progress)
    report = Report(asked.compare(model, answers, missing, fields=fields))
    report = replace(report, evaluation=_with_recall(report.evaluation, model, asked))
    if against is not None:
        again = _tag(against, projects, workers, _from(len(projects), progress))
        name, own = against.model.label, len(known)
        report = replace(
            report,
            other=asked.compare(model, again, missing, name=name, fields=fields),
            comparison=compare_models(
                [a.id for a in model.areas],
                known,
                (model.label, answers[:own]),
                (name, again[:own]),
            ),
        )
    others: list[tuple[str, Phrase, Sequence[Answer]]] = []
    if "seeds" in also:
        found = Tagger(seeds_only(model)).tag_all(projects)
        seeds = asked.compare(model, found, missing, name="seeds", fields=fields)
        report = replace(report, baselines=(Baseline(seeds),))
    if naive is not None:
        near, threshold = answer_naively(naive, Segmenter(), known, projects[: len(known)])
        pairs_near = list(zip(known, near, strict=True))
        simple = compare(model, pairs_near, missing, name="naive", fields=fields)
        simple = replace(simple, screening=None, screening_levels=None)  # it knows none
        report = replace(report, baselines=(*report.baselines, Baseline(simple, threshold)))
        others.append(("naive", Phrase("TF-IDF の余弦", "cosine of TF-IDF"), near))
    if "ablation" in also:
        start = len(projects) * passes(against=against is not None, ablation=False)
        tell = _from(start, progress, len(projects))
        report = replace(
            report, ablation=ablate(tagger, known, projects[: len(known)], others, tell)
        )
    return report


@dataclass(frozen=True, slots=True)
class _Asked:
    """Labelled projects with a text: those with areas, then those with a level only."""

    known: list[Label]
    levels: list[ScreeningLabel]
    projects: list[Project]

    def compare(
        self, model: Model, answers: Sequence[Tagging], missing: tuple[str, ...],
        *, name: str = "", fields: tuple[str, ...] = TEXTS,
    ) -> Evaluation:  # fmt: skip
        """The figures of answers, in the order of the projects."""
        pairs = list(zip(self.known, answers, strict=False))
        more = list(zip(self.levels, answers[len(self.known) :], strict=True))
        return compare(model, pairs, missing, levels=more, name=name, fields=fields)


def _asked(labels: Sequence[AnyLabel], fields: tuple[str, ...], *, compared: bool) -> _Asked:
    known = [x for x in labels if isinstance(x, Label) and x.project]
    levels = [x for x in labels if isinstance(x, ScreeningLabel) and x.project]
    if not (known or levels):
        raise _no_text()
    if compared and not known:
        raise _no_areas()
    both: list[AnyLabel] = [*known, *levels]
    return _Asked(known, levels, [keep_fields(x.project, fields) for x in both if x.project])


def _with_recall(found: Evaluation, model: Model, asked: _Asked) -> Evaluation:
    """The figures with those of the recall-first point, where anybody judged the screening
    and the model has two points."""
    if found.screening is None or model.rules.weights is None:
        return found
    wide = Tagger(model, recall=True)
    projects = asked.projects
    labels: list[AnyLabel] = [*asked.known, *asked.levels]
    answers = [
        x for at in range(0, len(projects), 500) for x in wide.tag_all(projects[at : at + 500])
    ]
    any_flag, levels = screening_of(list(zip(labels, answers, strict=True))) or (None, None)
    return replace(found, screening_recall=any_flag, screening_recall_levels=levels)


def passes(*, against: bool, ablation: bool) -> int:
    """How many times a run goes over the projects: with `progress` it counts all of them."""
    return 1 + against + (len(INGREDIENTS) if ablation else 0)


def _from(start: int, progress: Progress | None, times: int = 1) -> Progress | None:
    """Progress that goes on where the last pass ended."""
    if progress is None:
        return None
    told = progress
    return lambda done: told(start + times * done)


def _tag(
    tagger: Tagger, projects: Sequence[Project], workers: int, progress: Progress | None
) -> list[Tagging]:
    """The answers in order, on threads: the tokenizer lets go of Python's lock."""
    answers = []
    with ThreadPoolExecutor(workers, thread_name_prefix="evaluate") as pool:
        try:
            for answer in pool.map(tagger.tag, projects):
                answers.append(answer)
                if progress:
                    progress(len(answers))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C waits for none of the rest
    return answers


def _no_text() -> InputError:
    return InputError(
        Phrase("ラベルの課題の本文が一つも見つかりません", "No labelled project has a text"),
        where="LABELS",
        hint=Phrase(
            "本文のある表を INPUT に指定し、--id の列を確かめてください",
            "Give the table with the texts as INPUT and check its --id column",
        ),
    )


def _no_areas() -> InputError:
    return InputError(
        Phrase(
            "比べるための領域のラベルがありません(技術流出の確認だけが付いています)",
            "There are no labels with areas to compare by (only the screening was judged)",
        ),
        where="LABELS",
        hint=Phrase(
            "--against、--baseline、--ablate を外してください",
            "Leave --against, --baseline and --ablate out",
        ),
    )


def _refuse_other_areas(model: Model, ids: Sequence[str], name: str) -> None:
    """ModelError unless both answer with the same areas."""
    if {a.id for a in model.areas} != set(ids):
        raise ModelError(
            Phrase("比べる相手の領域が違います", "The two have different areas"),
            where=name,
            hint=Phrase("同じ技術領域のモデルを指定してください", "Name a model of the same areas"),
        )
