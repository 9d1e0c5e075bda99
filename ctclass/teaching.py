"""Learning as a command does it: tables opened, steps shown, tables written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ctclass.errors import InputError, Phrase
from ctclass.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctclass.console.keeper import Bars
    from ctclass.console.terminal import Screen
    from ctclass.evaluate.relearn import Relearned
    from ctclass.learning.study import Studied
    from ctclass.model.compact import Model
    from ctclass.projects import Project
    from ctclass.taxonomy.areas import Taxonomy

SECTION_COLUMNS = frozenset({"審査区分", "review_section", "小区分", "研究分野"})
"""Where a table names the review section of a project."""


@dataclass(frozen=True, slots=True)
class Teachers:
    """Where lessons come from, each of them optional: labels, labels that only tune, and
    the taxonomy's own texts and judgements."""

    labels: Path | None
    tune: Path | None
    lessons: Path
    judgements: Path


def steps(corpus: str | None, ablate: list[Path] | None) -> int:
    """How many steps a build has, at most."""
    if not corpus:
        return 1
    from ctclass.evaluate.relearn import INGREDIENTS
    from ctclass.learning.screening import STEPS as SCREENING
    from ctclass.learning.study import STEPS

    return STEPS + SCREENING + 3 + (1 + len(INGREDIENTS) if ablate else 0)


def study(
    areas: Taxonomy,
    corpus: str,
    teachers: Teachers,
    describe: str | None,
    workers: int,
    screen: Screen,
    bars: Bars,
) -> Studied:
    """Count and learn from a corpus."""
    from ctclass.learning.study import study as learn_from
    from ctclass.readers.judgements import read_judgements
    from ctclass.readers.labels import read_labels

    taught = read_labels(teachers.labels, areas) if teachers.labels else []
    chosen = read_labels(teachers.tune, areas) if teachers.tune else []
    written = read_labels(teachers.lessons, areas) if teachers.lessons.is_file() else []
    with opened(screen, corpus) as (reader, columns):
        at = next((i for i, n in enumerate(reader.header) if n in SECTION_COLUMNS), None)

        def rows() -> Iterator[tuple[Project, str]]:
            for chunk in reader.chunks(1000):
                for row in chunk.rows:
                    yield columns.project(row.cells), row.cells[at] if at is not None else ""

        studied = learn_from(
            areas, rows(), labels=taught, tuning=chosen, written=written,
            judged=read_judgements(teachers.judgements, areas),
            description=" ".join((describe or Path(corpus).name).split()),
            workers=workers, progress=bars.reading(reader.row_count), step=bars.step,
        )  # fmt: skip
    screen.tell_held()
    if not studied.background.documents:
        raise InputError(
            Phrase("表に課題がありません", "There are no projects in the table"),
            where=corpus,
            hint=Phrase("研究課題のある表を指定してください", "Give a table with projects"),
        )
    return studied


def teach_screening(
    model: Model, areas: Taxonomy, corpus: str, teachers: Teachers, place: Path, about: str,
    screen: Screen, bars: Bars,
) -> None:  # fmt: skip
    """Learn what needs a look from labels with a level, and write the table at `place`."""
    from ctclass.learning.screening import learn_screening
    from ctclass.learning.study import told_by
    from ctclass.model.screening_table import tell_figures, write_taught
    from ctclass.readers.judgements import SOURCE, find_judged, read_judgements
    from ctclass.readers.labels import find_texts, read_judged, read_labels

    bars.step(Phrase("ラベルの本文を探しています", "finding the texts of the labels"))
    labels = read_judged(teachers.labels, model) if teachers.labels else []
    apart = {x.project_id for x in labels}
    apart |= {x.project_id for x in read_judged(teachers.tune, model)} if teachers.tune else set()
    with opened(screen, corpus) as (reader, columns):
        found = find_texts(labels, reader, columns)
    with opened(screen, corpus) as (reader, columns):
        own = list(find_judged(read_judgements(teachers.judgements, areas), reader, columns))
    own = [label for label in own if label.project_id not in apart]
    written = read_labels(teachers.lessons, areas) if teachers.lessons.is_file() else []
    about = " + ".join((" ".join(about.split()), *told_by(found, own, written)))
    # Written texts count as judgements do.
    found = [*found, *own, *(replace(x, source=SOURCE) for x in written)]
    taught = learn_screening(model, found, about, bars.step)
    if taught is None:
        if any(label.screening for label in found):
            screen.tell(
                Phrase(
                    "技術流出の確認を学ぶにはラベルが足りません。前の表のままです",
                    "Too few labels with a screening level: the table stays as it was",
                )
            )
        return
    write_taught(taught, place)
    figures = tell_figures(taught.figures)
    screen.tell(
        Phrase(
            f"→ {place}(交差検証: {figures.ja})",
            f"→ {place} (cross-validated: {figures.en})",
        )
    )


def relearn(studied: Studied, bars: Bars) -> Relearned | None:
    """What learning would reach without each of its sources; None where nothing was learned."""
    from ctclass.evaluate.relearn import relearn

    if studied.material is None or studied.by_seeds is None:
        return None
    return relearn(studied.material, studied.by_seeds, bars.step)


def show(screen: Screen, less: Relearned, label: str, pages: list[Path]) -> None:
    """The tables on stdout, and in each file that was asked for."""
    from ctclass.evaluate.ablation_view import view_relearned
    from ctclass.evaluate.page import to_html, to_markdown
    from ctclass.tables.output import write_whole

    view = view_relearned(less, label)
    screen.evaluation(view)
    turn = {".json": lambda: less.to_json() + "\n", ".md": lambda: to_markdown(view)}
    for page in pages:
        write_whole(page, turn.get(page.suffix.lower(), lambda: to_html(view))().encode())
        screen.tell_written(page)
