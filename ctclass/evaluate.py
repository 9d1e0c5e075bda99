"""How good the answers are, measured against labels that people gave.

Figures are pooled over projects (micro), averaged over areas (macro), and given
by source and by area, each with an interval that says how sure it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctclass.errors import InputError, Phrase
from ctclass.model import Model
from ctclass.projects import Columns, Project
from ctclass.stream import tag_stream
from ctclass.tables import TableReader
from ctclass.tag import Tagger, Tagging

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader said of a project. `screening` is None where nobody judged it.

    `project` holds the text when the labels carry it.
    """

    project_id: str
    areas: tuple[str, ...]
    primary: str
    screening: str | None
    source: str
    hard: bool | None
    project: Project | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A share from 0 to 1 with its 95 % interval; `of` is what it is a share of.

    `value` is None when there is nothing to measure. Precision, recall and
    accuracy have Wilson's interval; F1 has one from resampled projects.
    """

    value: float | None
    low: float | None
    high: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Precision, recall and F1 of one group of decisions."""

    precision: Figure
    recall: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of the projects of one kind."""

    projects: int
    primary: Figure
    micro: Measured
    macro_f1: Figure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a run, and what could not be compared (`missing` ids)."""

    model: str
    overall: Slice
    strategic: Measured
    screening: Measured | None
    by_area: dict[str, Measured]
    by_source: dict[str, Slice]
    by_hard: dict[str, Slice]
    missing: tuple[str, ...]

    def to_json(self) -> str:
        """The figures as one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def read_labels(path: Path, model: Model) -> list[Label]:
    """Read labels, one JSON object a line: `id`, `areas`, `primary`, and perhaps texts.

    Areas are numbers (1 to 16, 0 for none) or area ids. Raises InputError with
    file and line.
    """
    names: dict[object, str] = {a.number: a.id for a in model.areas}
    names |= {a.id: a.id for a in model.areas} | {0: "", "": "", None: ""}
    labels = []
    number = 0
    try:
        for text in path.read_text("utf-8-sig").split("\n"):
            number += 1
            if text.strip():
                labels.append(_label(json.loads(text), names))
    except OSError as error:
        raise InputError(
            Phrase("正解ラベルを読めません", "The labels cannot be read"),
            where=str(path),
            hint=Phrase("ファイル名を確かめてください", "Check the file name"),
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            Phrase(f"正解ラベルの形が違います({error})", f"This is no label ({error})"),
            where=f"{path}:{number}",
            hint=Phrase(
                '1 行に {"id": …, "areas": [12], "primary": 12} の形で書いてください',
                'One object a line: {"id": …, "areas": [12], "primary": 12}',
            ),
        ) from error
    if not labels:
        raise InputError(
            Phrase("正解ラベルがありません", "There are no labels"),
            where=str(path),
            hint=Phrase("ファイルの中身を確かめてください", "Check what is in the file"),
        )
    return labels


def evaluate_labels(
    tagger: Tagger,
    labels: Sequence[Label],
    *,
    table: TableReader | None = None,
    columns: Columns | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Tag the labelled projects and compare. Texts come from `table` where it is given.

    Labels without a text are named in `missing`; when none has one, InputError.
    """
    if table is not None and columns is not None:
        found = _tag_from_table(tagger, labels, table, columns, workers, progress)
    else:
        found = {}
        for done, label in enumerate(labels, 1):
            if label.project is not None:
                found[label.project_id] = tagger.tag(label.project)
            if progress:
                progress(done)
    pairs = [(label, found[label.project_id]) for label in labels if label.project_id in found]
    if not pairs:
        raise InputError(
            Phrase("ラベルの課題の本文が一つも見つかりません", "No labelled project has a text"),
            where=table.path if table else "LABELS",
            hint=Phrase(
                "本文のある表を INPUT に指定し、--id の列を確かめてください",
                "Give the table with the texts as INPUT and check its --id column",
            ),
        )
    missing = tuple(x.project_id for x in labels if x.project_id not in found)
    return compare(tagger.model, pairs, missing)


def compare(
    model: Model, pairs: Sequence[tuple[Label, Tagging]], missing: tuple[str, ...] = ()
) -> Evaluation:
    """The figures of answers beside their labels."""
    import numpy as np

    ids = [a.id for a in model.areas]
    truth = np.array([[i in label.areas for i in ids] for label, _ in pairs], dtype=bool)
    answer = np.array([[i in [a.area for a in t.areas] for i in ids] for _, t in pairs], dtype=bool)
    right = np.array([label.primary == t.primary for label, t in pairs], dtype=bool)
    strategic = np.array([a.strategic for a in model.areas], dtype=bool)
    judged = np.array([label.screening is not None for label, _ in pairs], dtype=bool)
    flagged = np.array([label.screening not in (None, "none") for label, _ in pairs], dtype=bool)
    raised = np.array([t.screening != "none" for _, t in pairs], dtype=bool)

    def part(chosen: NDArray[np.bool_]) -> Slice:
        return _slice(truth[chosen], answer[chosen], right[chosen])

    sources = [label.source for label, _ in pairs]
    hard = [label.hard for label, _ in pairs]
    return Evaluation(
        model=model.label,
        overall=part(np.ones(len(pairs), dtype=bool)),
        strategic=_measure(
            truth[:, strategic].max(axis=1, keepdims=True),
            answer[:, strategic].max(axis=1, keepdims=True),
        ),
        screening=_measure(flagged[judged][:, None], raised[judged][:, None])
        if judged.any()
        else None,
        by_area={area: _measure(truth[:, [i]], answer[:, [i]]) for i, area in enumerate(ids)},
        by_source={
            name: part(np.array([s == name for s in sources])) for name in sorted(set(sources))
        },
        by_hard={
            "hard" if kind else "not hard": part(np.array([h is kind for h in hard]))
            for kind in (True, False)
            if any(h is kind for h in hard)
        },
        missing=missing,
    )


def _label(data: dict[str, Any], names: dict[object, str]) -> Label:
    has_text = any(data.get(name) for name in ("title", "abstract", "keywords"))
    keywords = data.get("keywords") or ""
    return Label(
        project_id=str(data["id"]),
        areas=tuple(names[a] for a in data["areas"]),
        primary=names[data["primary"]],
        screening=data.get("screening"),
        source=str(data.get("source") or ""),
        hard=data.get("hard"),
        project=Project(
            str(data["id"]),
            data.get("title") or "",
            data.get("abstract") or "",
            keywords if isinstance(keywords, str) else "、".join(keywords),
        )
        if has_text
        else None,
    )


def _tag_from_table(
    tagger: Tagger,
    labels: Sequence[Label],
    table: TableReader,
    columns: Columns,
    workers: int,
    progress: Callable[[int], None] | None,
) -> dict[str, Tagging]:
    """Answers for the rows of `table` that have a label; other rows are passed over."""
    if columns.project_id is None:
        raise InputError(
            Phrase("課題番号の列が見つかりません", "There is no column with the project id"),
            where=f"{table.path}:1",
            hint=Phrase("--id で列名を指定してください", "Name the column with --id"),
        )
    at = columns.project_id
    wanted = {label.project_id for label in labels}
    seen = 0

    def chosen() -> Iterator[Any]:
        nonlocal seen
        for chunk in table.chunks(500):
            seen += len(chunk.rows)
            rows = [row for row in chunk.rows if row.cells[at].strip() in wanted]
            if progress:
                progress(seen)
            if rows:
                yield type(chunk)(chunk.number, chunk.first_row, rows, None)

    found: dict[str, Tagging] = {}
    for chunk, taggings in tag_stream(tagger, columns, chosen(), workers):
        for row, tagging in zip(chunk.rows, taggings, strict=True):
            found.setdefault(row.cells[at].strip(), tagging)
    return found


def _slice(truth: NDArray[np.bool_], answer: NDArray[np.bool_], right: NDArray[np.bool_]) -> Slice:
    """Figures of the projects (rows) over the areas (columns)."""
    held = truth.any(axis=0)
    counts = _counts(truth[:, held], answer[:, held])

    def macro(hits: NDArray[Any], false: NDArray[Any], missed: NDArray[Any]) -> Any:
        return (2 * hits / (2 * hits + false + missed).clip(1)).mean(axis=-1)

    return Slice(
        projects=len(right),
        primary=_share(int(right.sum()), len(right)),
        micro=_measure(truth, answer),
        macro_f1=_figure(macro, counts, int(held.sum())),
    )


def _measure(truth: NDArray[np.bool_], answer: NDArray[np.bool_]) -> Measured:
    counts = _counts(truth, answer)
    hit, wrong, lost = (int(c.sum()) for c in counts)

    def f1(hits: NDArray[Any], false: NDArray[Any], missed: NDArray[Any]) -> Any:
        both = 2 * hits.sum(axis=-1)
        return both / (both + false.sum(axis=-1) + missed.sum(axis=-1)).clip(1)

    return Measured(
        precision=_share(hit, hit + wrong),
        recall=_share(hit, hit + lost),
        f1=_figure(f1, counts, 2 * hit + wrong + lost),
    )


Counts = tuple["NDArray[Any]", "NDArray[Any]", "NDArray[Any]"]


def _counts(truth: NDArray[np.bool_], answer: NDArray[np.bool_]) -> Counts:
    """Hits, false answers and misses as 0 or 1, projects by areas."""
    return (
        (truth & answer).astype(float),
        (~truth & answer).astype(float),
        (truth & ~answer).astype(float),
    )


def _figure(statistic: Callable[..., Any], counts: Counts, of: int) -> Figure:
    """`statistic` of the counts, and the middle 95 % of it over projects drawn again and again."""
    if not of:
        return Figure(None, None, None, 0)
    import numpy as np

    weights = _draws(len(counts[0]))
    low, high = np.percentile(statistic(*(weights @ c for c in counts)), [2.5, 97.5])
    return Figure(float(statistic(*(c.sum(axis=0) for c in counts))), float(low), float(high), of)


@cache
def _draws(count: int) -> NDArray[Any]:
    """How often each project is drawn in each resample, the same every time."""
    import numpy as np

    chance = np.full(count, 1 / count)
    return np.random.default_rng(7).multinomial(count, chance, RESAMPLES).astype(float)


def _share(part: int, whole: int) -> Figure:
    """A share with Wilson's interval, which holds for small counts too."""
    if whole == 0:
        return Figure(None, None, None, 0)
    from scipy.stats import binomtest

    interval = binomtest(part, whole).proportion_ci(method="wilson")
    return Figure(part / whole, float(interval.low), float(interval.high), whole)
