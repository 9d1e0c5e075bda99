"""`ctclass build`: from the taxonomy, and what was counted and learned, to a model."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ctclass.console import Screen
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import LANG, Lang, Quiet, Workers, cores, option

if TYPE_CHECKING:
    from ctclass.projects import Project
    from ctclass.study import Studied
    from ctclass.taxonomy import Taxonomy


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
    from ctclass.taxonomy import find_data, read_taxonomy
    from ctclass.text import Segmenter

    if (labels or tune) and not corpus:
        raise UsageError(
            Phrase(
                "--labels と --tune には --corpus が要ります", "--labels and --tune need --corpus"
            ),
            where="--corpus",
            hint=Phrase("学ぶための表を --corpus に", "Give the table to learn from as --corpus"),
        )
    screen = Screen(lang, quiet=quiet)
    areas = read_taxonomy(taxonomy)
    models = find_data("models")
    counts_file = background or models / "background.tsv"
    learned_file = learned or models / "learned.tsv"
    target = output or models / f"{DEFAULT}.ctm"
    if corpus:
        studied = _study(areas, corpus, labels, tune, describe, workers or cores(), screen)
        counts, knowledge = studied.background, studied.knowledge
        write_background(counts, counts_file)
        screen.tell(Phrase(f"→ {counts_file}", f"→ {counts_file}"))
        if knowledge is not None:
            write_knowledge(knowledge, learned_file)
            screen.tell(Phrase(f"→ {learned_file}", f"→ {learned_file}"))
        else:
            screen.tell(
                Phrase(
                    "学ぶには課題が足りません。学んだ言葉は前のままです",
                    "Too few projects to learn from: the learned terms stay as they were",
                )
            )
    else:
        counts = read_background(counts_file)
    known = not seeds_only and (learned or learned_file.is_file())
    knowledge = read_knowledge(learned_file) if known else None
    built = build_model(areas, Segmenter(), counts, target.stem, knowledge)
    write_whole(target, dump_model(built))
    learned_terms = len(built.learned.grams)
    screen.tell(
        Phrase(
            f"→ {target}({built.label}、種語 {len(built.terms):,}、学んだ言葉 {learned_terms:,}、"
            f"背景 {counts.documents:,} 課題)",
            f"→ {target} ({built.label}, {len(built.terms):,} seed terms, "
            f"{learned_terms:,} learned terms, background of {counts.documents:,} projects)",
        )
    )


def _study(
    areas: "Taxonomy",
    corpus: str,
    labels: Path | None,
    tune: Path | None,
    describe: str | None,
    workers: int,
    screen: Screen,
) -> "Studied":
    from ctclass.labels import read_labels
    from ctclass.study import study

    taught = read_labels(labels, areas) if labels else []
    chosen = read_labels(tune, areas) if tune else []
    with opened(screen, corpus) as (reader, columns):
        at = next((i for i, n in enumerate(reader.header) if n in SECTION_COLUMNS), None)

        def rows() -> "Iterator[tuple[Project, str]]":
            for chunk in reader.chunks(1000):
                for row in chunk.rows:
                    yield columns.project(row.cells), row.cells[at] if at is not None else ""

        def step(now: int, steps: int) -> None:
            screen.tell(Phrase(f"学習中 {now}/{steps}", f"learning {now}/{steps}"))

        with screen.progress(screen.say("読んでいます", "reading"), reader.row_count) as progress:
            studied = study(
                areas, rows(), labels=taught, tuning=chosen,
                description=" ".join((describe or Path(corpus).name).split()),
                workers=workers, progress=progress, step=step,
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
