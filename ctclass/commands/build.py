"""`ctclass build`: from the taxonomy, and what was counted and learned, to a model."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console import Screen
from ctclass.console_keeper import Bars
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import LANG, Lang, Quiet, Workers, cores, option, say

if TYPE_CHECKING:
    from ctclass.projects import Project
    from ctclass.relearn import Relearned
    from ctclass.study import Studied
    from ctclass.taxonomy import Taxonomy

PAGES = (".json", ".md", ".html", ".htm")


def _ablations(values: list[Path] | None) -> list[Path] | None:
    if any(value.suffix.lower() not in PAGES for value in values or ()):
        raise typer.BadParameter(
            say(".json か .md か .html の名前です", "a name that ends in .json, .md or .html")
        )
    return values


def build(
    output: Annotated[
        Path | None, option("--output", "-o", ja="モデルの出力先", en="where the model goes")
    ] = None,
    taxonomy: Annotated[
        Path | None, option("--taxonomy", ja="技術体系のフォルダー", en="folder of the taxonomy")
    ] = None,
    background: Annotated[
        Path | None,
        option("--background", ja="背景の度数表(.tsv)", en="table of background frequencies"),
    ] = None,
    learned: Annotated[
        Path | None, option("--learned", ja="学んだ言葉の表(.tsv)", en="table of learned terms")
    ] = None,
    corpus: Annotated[
        str | None,
        option(
            "--corpus",
            ja="この表で数え直し、学び直す(両方の表に書く)",
            en="count and learn anew from this table, into both tables",
        ),
    ] = None,
    labels: Annotated[
        Path | None, option("--labels", ja="学ぶための正解ラベル", en="labels to learn from")
    ] = None,
    tune: Annotated[
        Path | None,
        option(
            "--tune",
            ja="しきい値を決めるためだけの正解ラベル",
            en="labels that choose thresholds and teach nothing",
        ),
    ] = None,
    describe: Annotated[
        str | None,
        option("--describe", ja="背景の説明(一行)", en="one line that says what was counted"),
    ] = None,
    ablate: Annotated[
        list[Path] | None,
        option(
            "--ablate",
            ja="学ぶ材料を一つずつ抜いて解き直した値の出力先(.json .md .html、複数可)",
            en="where to write what learning reaches without each of its ingredients "
            "(.json, .md or .html; repeatable)",
            callback=_ablations,
        ),
    ] = None,
    force: Annotated[
        bool, option("--force", ja="既にある表を上書きする", en="replace existing tables")
    ] = False,
    seeds_only: Annotated[
        bool, option("--seeds-only", ja="学んだ言葉を使わない", en="leave the learned terms out")
    ] = False,
    workers: Workers = 0,
    lang: Lang = LANG,
    quiet: Quiet = False,
) -> None:
    """The default model lies beside the taxonomy; `-o` makes another one."""
    from ctclass.background import read_background, write_background
    from ctclass.build import build_model
    from ctclass.knowledge import read_knowledge, write_knowledge
    from ctclass.model import DEFAULT, dump_model
    from ctclass.tables.files import write_whole
    from ctclass.taxonomy import LESSONS, find_data, read_taxonomy
    from ctclass.text import Segmenter

    _refuse(corpus, labels, tune, ablate, force=force)
    screen = Screen(lang, quiet=quiet)
    areas = read_taxonomy(taxonomy)
    models = find_data("models")
    counts_file = background or models / "background.tsv"
    learned_file = learned or models / "learned.tsv"
    target = output or models / f"{DEFAULT}.ctm"
    with Bars(screen, _steps(corpus, ablate)) as bars:
        studied = None
        if corpus:
            lessons = (taxonomy or find_data("taxonomy")) / LESSONS
            studied = _study(
                areas, corpus, (labels, tune, lessons), describe, workers or cores(), screen, bars
            )
            bars.step(Phrase("表を書いています", "writing the tables"))
            write_background(studied.background, counts_file)
            if studied.knowledge is not None:
                write_knowledge(studied.knowledge, learned_file)
        bars.step(Phrase("モデルを作っています", "making the model"))
        counts = studied.background if studied else read_background(counts_file)
        known = not seeds_only and (learned or learned_file.is_file())
        knowledge = read_knowledge(learned_file) if known else None
        built = build_model(areas, Segmenter(), counts, target.stem, knowledge)
        write_whole(target, dump_model(built))
        less = _relearn(studied, bars) if studied and ablate else None
    if studied:
        _tell_tables(screen, studied, counts_file, learned_file)
    learned_terms = len(built.learned.grams)
    screen.tell(
        Phrase(
            f"→ {target}({built.label}、種語 {len(built.terms):,}、学んだ言葉 {learned_terms:,}、"
            f"背景 {counts.documents:,} 課題)",
            f"→ {target} ({built.label}, {len(built.terms):,} seed terms, "
            f"{learned_terms:,} learned terms, background of {counts.documents:,} projects)",
        )
    )
    if less:
        _show(screen, less, built.label, ablate or [])


def _refuse(
    corpus: str | None, labels: Path | None, tune: Path | None, ablate: list[Path] | None,
    *, force: bool,
) -> None:  # fmt: skip
    """UsageError for what cannot be done, before some minutes of work."""
    from ctclass.tables.files import refuse_place

    if (labels or tune or ablate) and not corpus:
        raise UsageError(
            Phrase(
                "--labels、--tune、--ablate には --corpus が要ります",
                "--labels, --tune and --ablate need --corpus",
            ),
            where="--corpus",
            hint=Phrase("学ぶための表を --corpus に", "Give the table to learn from as --corpus"),
        )
    if ablate and not (labels or tune):
        raise UsageError(
            Phrase(
                "--ablate には --labels か --tune が要ります", "--ablate needs --labels or --tune"
            ),
            where="--ablate",
            hint=Phrase("測るための正解ラベルを指定してください", "Give the labels to measure on"),
        )
    for path in ablate or ():
        refuse_place(str(path), force=force)


def _steps(corpus: str | None, ablate: list[Path] | None) -> int:
    """How many steps a build has, at most."""
    if not corpus:
        return 1
    from ctclass.relearn import INGREDIENTS
    from ctclass.study import STEPS

    return STEPS + 2 + (1 + len(INGREDIENTS) if ablate else 0)


def _relearn(studied: "Studied", bars: Bars) -> "Relearned | None":
    from ctclass.relearn import relearn

    if studied.material is None or studied.by_seeds is None:
        return None
    return relearn(studied.material, studied.by_seeds, bars.step)


def _show(screen: Screen, less: "Relearned", label: str, pages: list[Path]) -> None:
    """The tables on stdout, and in each file that was asked for."""
    from ctclass.ablation_view import view_relearned
    from ctclass.evaluation_page import to_html, to_markdown
    from ctclass.tables.files import write_whole

    view = view_relearned(less, label)
    screen.evaluation(view)
    turn = {".json": lambda: less.to_json() + "\n", ".md": lambda: to_markdown(view)}
    for page in pages:
        write_whole(page, turn.get(page.suffix.lower(), lambda: to_html(view))().encode())
        screen.tell(Phrase(f"→ {page}", f"→ {page}"))


def _tell_tables(screen: Screen, studied: "Studied", counts_file: Path, learned_file: Path) -> None:
    screen.tell(Phrase(f"→ {counts_file}", f"→ {counts_file}"))
    if studied.knowledge is not None:
        screen.tell(Phrase(f"→ {learned_file}", f"→ {learned_file}"))
    else:
        screen.tell(
            Phrase(
                "学ぶには課題が足りません。学んだ言葉は前のままです",
                "Too few projects to learn from: the learned terms stay as they were",
            )
        )


def _study(
    areas: "Taxonomy",
    corpus: str,
    texts: tuple[Path | None, Path | None, Path],
    describe: str | None,
    workers: int,
    screen: Screen,
    bars: Bars,
) -> "Studied":
    from ctclass.labels import read_labels
    from ctclass.study import study

    labels, tune, lessons = texts
    taught = read_labels(labels, areas) if labels else []
    chosen = read_labels(tune, areas) if tune else []
    written = read_labels(lessons, areas) if lessons.is_file() else []
    with opened(screen, corpus) as (reader, columns):
        at = next((i for i, n in enumerate(reader.header) if n in SECTION_COLUMNS), None)

        def rows() -> "Iterator[tuple[Project, str]]":
            for chunk in reader.chunks(1000):
                for row in chunk.rows:
                    yield columns.project(row.cells), row.cells[at] if at is not None else ""

        studied = study(
            areas, rows(), labels=taught, tuning=chosen, written=written,
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


SECTION_COLUMNS = frozenset({"審査区分", "review_section", "小区分", "研究分野"})
"""Where a table names the review section of a project."""
