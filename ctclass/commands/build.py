"""`ctclass build`: from the taxonomy, and what was counted and learned, to a model."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console.keeper import Bars
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.options import (
    LANG,
    BackgroundTable,
    Lang,
    Quiet,
    TaxonomyFolder,
    Workers,
    cores,
    option,
    say,
)
from ctclass.teaching import Teachers, relearn, show, steps, study, teach_screening

if TYPE_CHECKING:
    from ctclass.learning.study import Studied
    from ctclass.model.knowledge import Knowledge
    from ctclass.taxonomy.areas import Taxonomy

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
    taxonomy: TaxonomyFolder = None,
    background: BackgroundTable = None,
    learned: Annotated[
        Path | None, option("--learned", ja="学んだ言葉の表(.tsv)", en="table of learned terms")
    ] = None,
    corpus: Annotated[
        str | None,
        option(
            "--corpus",
            ja="この表で数え直し、学び直す(両方の表に書く。-o があればモデルの隣に)",
            en="count and learn anew from this table, into both tables (with -o beside the model)",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        option(
            "--labels",
            ja="学ぶための正解ラベル(.jsonl か、記入した .xlsx)",
            en="labels to learn from (.jsonl, or a filled-in .xlsx)",
        ),
    ] = None,
    tune: Annotated[
        Path | None,
        option(
            "--tune",
            ja="しきい値を決めるためだけの正解ラベル",
            en="labels that choose thresholds and teach nothing",
        ),
    ] = None,
    screening_only: Annotated[
        bool,
        option(
            "--screening-only",
            ja="技術流出の確認だけを学び直す(--corpus と --labels、数分)",
            en="learn only the screening anew (with --corpus and --labels, some minutes)",
        ),
    ] = False,
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
        bool,
        option(
            "--force", ja="--ablate の出力先があれば上書きする", en="replace what --ablate writes"
        ),
    ] = False,
    seeds_only: Annotated[
        bool, option("--seeds-only", ja="学んだ言葉を使わない", en="leave the learned terms out")
    ] = False,
    workers: Workers = 0,
    lang: Lang = LANG,
    quiet: Quiet = False,
) -> None:
    """The default model lies beside the taxonomy; `-o` makes another one."""
    from ctclass.learning.build import build_model
    from ctclass.model.background import read_background, write_background
    from ctclass.model.file import dump_model
    from ctclass.model.knowledge import read_knowledge, write_knowledge
    from ctclass.model.screening_table import read_taught
    from ctclass.tables.output import write_whole
    from ctclass.taxonomy.areas import read_taxonomy
    from ctclass.text.units import Segmenter

    _refuse(corpus, labels, tune, ablate, force=force)
    if screening_only:
        _refuse_screening_only(corpus, labels, tune, ablate, seeds_only=seeds_only)
    screen = Screen(lang, quiet=quiet)
    areas = read_taxonomy(taxonomy)
    anew = bool(corpus) and not screening_only
    files = _files(taxonomy, output, background, learned, anew=anew, taught=bool(corpus))
    teachers = Teachers(labels, tune, files.lessons, files.judgements)
    with Bars(screen, steps(corpus, ablate)) as bars:
        studied = None
        if corpus and not screening_only:
            studied = study(areas, corpus, teachers, describe, workers or cores(), screen, bars)
            bars.step(Phrase("表を書いています", "writing the tables"))
            write_background(studied.background, files.counts)
            if studied.knowledge is not None:
                write_knowledge(studied.knowledge, files.learned)
        bars.step(Phrase("モデルを作っています", "making the model"))
        counts = studied.background if studied else read_background(files.counts)
        terms = files.learned if files.learned.is_file() else files.kept
        known = not seeds_only and (learned or terms.is_file())
        knowledge = read_knowledge(terms) if known else None
        if files.own and knowledge and not learned and not studied and not _fits(knowledge, areas):
            knowledge = None
        if corpus and labels and knowledge:
            bare = build_model(areas, Segmenter(), counts, files.target.stem, knowledge)
            about = describe or Path(corpus).name
            teach_screening(bare, areas, corpus, teachers, files.taught, about, screen, bars)
        levels = files.taught if files.taught.is_file() else _beside(files.kept)
        taught = read_taught(levels) if knowledge and levels.is_file() else None
        built = build_model(areas, Segmenter(), counts, files.target.stem, knowledge, taught)
        write_whole(files.target, dump_model(built))
        less = relearn(studied, bars) if studied and ablate else None
    if studied:
        _tell_tables(screen, studied, files)
    learned_terms = len(built.learned.grams)
    screen.tell(
        Phrase(
            f"→ {files.target}({built.label}、種語など {len(built.terms):,} 語、"
            f"学んだ言葉 {learned_terms:,}、背景 {counts.documents:,} 課題)",
            f"→ {files.target} ({built.label}, {len(built.terms):,} seeds and other terms, "
            f"{learned_terms:,} learned terms, background of {counts.documents:,} projects)",
        )
    )
    if less:
        show(screen, less, built.label, ablate or [])


def _refuse(
    corpus: str | None, labels: Path | None, tune: Path | None, ablate: list[Path] | None,
    *, force: bool,
) -> None:  # fmt: skip
    """UsageError for what cannot be done, before some minutes of work."""
    from ctclass.tables.files import check_input
    from ctclass.tables.output import refuse_place

    if corpus:
        check_input(corpus)
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


@dataclass(frozen=True, slots=True)
class _Files:
    """What a build reads and writes; `own` when the taxonomy is not the one that came along.

    `kept` are the learned terms where too little is there to learn them anew.
    """

    target: Path
    counts: Path
    learned: Path
    kept: Path
    taught: Path
    lessons: Path
    judgements: Path
    own: bool


def _files(
    taxonomy: Path | None, output: Path | None, background: Path | None, learned: Path | None,
    *, anew: bool, taught: bool,
) -> _Files:  # fmt: skip
    """Where all lies. Only the default model has its tables in `models`: one that `-o` puts
    elsewhere must not write over those that every other build reads."""
    from ctclass.model.file import DEFAULT
    from ctclass.taxonomy.areas import JUDGEMENTS, LESSONS, find_data

    models = find_data("models")
    default = models / f"{DEFAULT}.ctm"
    target = output or default
    own = _is_own(taxonomy)
    if own and output is None:
        raise _no_output()
    apart = own or target.resolve() != default.resolve()
    terms = learned or _table(models, target, "learned", apart=apart, anew=anew)
    levels = target.with_name(f"{target.stem}.screening.tsv")
    own_levels = apart and not learned and (taught or levels.is_file())
    return _Files(
        target,
        counts=background or _table(models, target, "background", apart=apart, anew=anew),
        learned=terms,
        kept=terms if own or learned else models / "learned.tsv",
        taught=levels if own_levels else _beside(terms),
        lessons=(taxonomy or find_data("taxonomy")) / LESSONS,
        judgements=(taxonomy or find_data("taxonomy")) / JUDGEMENTS,
        own=own,
    )


def _beside(learned: Path) -> Path:
    """Where the table of what needs a look lies: beside that of the learned terms, never
    in its place."""
    name = learned.name.replace("learned", "screening")
    return learned.with_name(name if name != learned.name else f"{learned.stem}.screening.tsv")


def _is_own(taxonomy: Path | None) -> bool:
    """Whether a taxonomy is another one than that which came along."""
    from ctclass.taxonomy.areas import find_data

    return taxonomy is not None and taxonomy.resolve() != find_data("taxonomy").resolve()


def _no_output() -> UsageError:
    return UsageError(
        Phrase(
            "自作の技術体系のモデルには出力先が要ります",
            "A model of a taxonomy of one's own needs a place",
        ),
        where="--output",
        hint=Phrase(
            "-o 名前.ctm を付けてください(付属のモデルは上書きしません)",
            "Add -o NAME.ctm (the model that came along is not overwritten)",
        ),
    )


def _table(models: Path, target: Path, kind: str, *, apart: bool, anew: bool) -> Path:
    """The table of a kind: beside a model that is not the default one, where it is or is to
    be written, else the one that came along."""
    beside = target.with_name(f"{target.stem}.{kind}.tsv")
    return beside if apart and (anew or beside.is_file()) else models / f"{kind}.tsv"


def _fits(knowledge: "Knowledge", areas: "Taxonomy") -> bool:
    """Whether learned terms are of the same areas; else the seeds speak alone."""
    return knowledge.areas == tuple(area.id for area in areas.areas)


def _refuse_screening_only(
    corpus: str | None, labels: Path | None, tune: Path | None, ablate: list[Path] | None,
    *, seeds_only: bool,
) -> None:  # fmt: skip
    if corpus and labels and not (tune or ablate or seeds_only):
        return
    raise UsageError(
        Phrase(
            "--screening-only には --corpus と --labels が要り、--tune、--ablate、--seeds-only とは"
            "使えません",
            "--screening-only needs --corpus and --labels, and goes with none of --tune, --ablate "
            "and --seeds-only",
        ),
        where="--screening-only",
        hint=Phrase("課題の表と正解ラベルを指定してください", "Give projects and their labels"),
    )


def _tell_tables(screen: Screen, studied: "Studied", files: _Files) -> None:
    screen.tell_written(files.counts)
    if studied.knowledge is not None:
        screen.tell_written(files.learned)
    else:
        screen.tell(
            Phrase(
                "学ぶには課題が足りません。学んだ言葉は前のままです",
                "Too few projects to learn from: the learned terms stay as they were",
            )
        )
