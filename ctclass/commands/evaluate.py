"""`ctclass evaluate`: measure the answers against labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import (
    LANG,
    AbstractColumns,
    AsJson,
    EncodingName,
    IdColumn,
    KeywordColumns,
    Lang,
    ModelName,
    Quiet,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)
from ctclass.projects import TEXTS

if TYPE_CHECKING:
    from ctclass.evaluate.evaluation import Report
    from ctclass.model.compact import Model

PAGES = (".html", ".htm", ".md")
BASELINES = ("seeds", "naive")


def _gate(name: str, ja: str, en: str) -> Any:
    """An option that asks for a figure."""
    return option(
        name,
        ja=f"{ja}がこれより低ければ終了コード 1",
        en=f"exit 1 when {en} is lower",
        min=0.0,
        max=1.0,
        rich_help_panel=say("合格の条件", "Gates"),
    )


def _fields(value: str) -> str:
    names = value.split(",")
    if not set(names) <= set(TEXTS):
        known = ",".join(TEXTS)
        raise typer.BadParameter(say(f"{known} から選びます", f"choose from {known}"))
    return ",".join(name for name in TEXTS if name in names)


def _page(value: Path | None) -> Path | None:
    if value and value.suffix.lower() not in PAGES:
        raise typer.BadParameter(say(".html か .md の名前です", "a name that ends in .html or .md"))
    return value


def _baselines(values: list[str] | None) -> list[str] | None:
    if values and not set(values) <= set(BASELINES):
        known = ", ".join(BASELINES)
        raise typer.BadParameter(say(f"{known} のどれかです", f"one of {known}"))
    return values


Labels = Annotated[
    Path,
    typer.Argument(
        metavar="LABELS",
        help=say(
            "正解ラベル(.jsonl か、記入した .xlsx・.csv)",
            "labels (.jsonl, or a filled-in .xlsx or .csv)",
        ),
    ),
]
Texts = Annotated[
    str | None,
    typer.Argument(
        metavar="[INPUT]",
        help=say("本文のある表(ラベルに本文がないとき)", "table with the texts, if not in LABELS"),
    ),
]
Fields = Annotated[
    str,
    option(
        "--fields",
        ja="読む項目(例: title か title,keywords)",
        en="texts that may be read (say: title or title,keywords)",
        callback=_fields,
    ),
]
Against = Annotated[
    str | None,
    option(
        "--against",
        ja="課題ごとに比べる別のモデル(名前か .ctm)",
        en="another model to compare to, project by project (name or .ctm)",
    ),
]
Baselines = Annotated[
    list[str] | None,
    option(
        "--baseline",
        ja="並べて示す単純な方法(naive: TF-IDF の余弦、seeds: 学習なし。複数可)",
        en="a simple way to show beside it (naive: cosine of TF-IDF, seeds: nothing learned; "
        "repeatable)",
        callback=_baselines,
    ),
]
Ablate = Annotated[
    bool,
    option(
        "--ablate",
        ja="モデルの材料を一つずつ取り除いた値と、単純な方法の値も表にする",
        en="a table too of the model with each ingredient taken away, and of the simple ways",
    ),
]
Page = Annotated[
    Path | None,
    option(
        "--report",
        ja="結果をページに書く(.html か .md)",
        en="write the figures as a page (.html or .md)",
        callback=_page,
    ),
]
Card = Annotated[
    Path | None,
    option(
        "--card",
        ja="モデルカードを書く(.md。あれば置き換える)",
        en="write the model card (.md; replaced when it is there)",
    ),
]
Force = Annotated[
    bool, option("--force", ja="既にあるページを上書きする", en="replace an existing page")
]
RequireMicroF1 = Annotated[float | None, _gate("--require-micro-f1", "micro-F1 ", "micro-F1")]
RequireMacroF1 = Annotated[float | None, _gate("--require-macro-f1", "macro-F1 ", "macro-F1")]
RequirePrimary = Annotated[
    float | None, _gate("--require-primary", "主領域の正解率", "the primary accuracy")
]
RequireStrategicPrecision = Annotated[
    float | None,
    _gate("--require-strategic-precision", "国家戦略の適合率", "the strategic precision"),
]
RequireStrategicRecall = Annotated[
    float | None, _gate("--require-strategic-recall", "国家戦略の再現率", "the strategic recall")
]
RequireAreaF1 = Annotated[
    float | None,
    _gate(
        "--require-area-f1", "正解 5 件以上の領域の F1 ", "the F1 of an area with 5 labels or more"
    ),
]
RequireScreeningPrecision = Annotated[
    float | None,
    _gate(
        "--require-screening-precision",
        "技術流出の確認の適合率",
        "the precision of screening flags",
    ),
]
RequireScreeningRecall = Annotated[
    float | None,
    _gate("--require-screening-recall", "技術流出の確認の再現率", "the recall of screening flags"),
]
RatchetFile = Annotated[
    Path | None,
    option(
        "--ratchet",
        ja="下がってはならない値のファイル(.json)",
        en="file of figures that may not fall (.json)",
        rich_help_panel=say("合格の条件", "Gates"),
    ),
]
RatchetWrite = Annotated[
    bool,
    option(
        "--ratchet-write",
        ja="よくなった値を --ratchet のファイルに書く(下げることはない)",
        en="raise the figures of --ratchet where they are better now (never lowers one)",
        rich_help_panel=say("合格の条件", "Gates"),
    ),
]


def evaluate(
    labels: Labels,
    table: Texts = None,
    as_json: AsJson = False,
    report: Page = None,
    card: Card = None,
    force: Force = False,
    fields: Fields = "title,abstract,keywords",
    against: Against = None,
    baseline: Baselines = None,
    ablate: Ablate = False,
    require_micro_f1: RequireMicroF1 = None,
    require_macro_f1: RequireMacroF1 = None,
    require_primary: RequirePrimary = None,
    require_strategic_precision: RequireStrategicPrecision = None,
    require_strategic_recall: RequireStrategicRecall = None,
    require_area_f1: RequireAreaF1 = None,
    require_screening_precision: RequireScreeningPrecision = None,
    require_screening_recall: RequireScreeningRecall = None,
    ratchet: RatchetFile = None,
    ratchet_write: RatchetWrite = False,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    encoding: EncodingName = None,
    workers: Workers = 0,
    model: ModelName = "default",
    lang: Lang = LANG,
    quiet: Quiet = False,
) -> None:
    """The figures are the result, so they go to stdout."""
    from ctclass.evaluate.evaluation import passes, run
    from ctclass.evaluate.gates import Gates, list_unmet
    from ctclass.model.file import read_model
    from ctclass.readers.labels import find_texts, read_judged
    from ctclass.tables import check_input
    from ctclass.tagging.tag import Tagger
    from ctclass.taxonomy.areas import read_taxonomy

    screen = Screen(lang, quiet=quiet)
    _refuse(report, ratchet, force=force, write=ratchet_write)
    gates = Gates(
        require_micro_f1, require_macro_f1, require_primary, require_strategic_precision,
        require_strategic_recall, require_area_f1, require_screening_precision,
        require_screening_recall,
    )  # fmt: skip
    tagger = Tagger(read_model(model))
    other = Tagger(read_model(against)) if against else None
    wanted = read_judged(labels, tagger.model)
    if table is not None:
        check_input(table)
        with opened(
            screen, table, encoding=encoding, project_id=project_id, title=title,
            abstract=abstract, keywords=keywords,
        ) as (reader, columns):  # fmt: skip
            wanted = find_texts(wanted, reader, columns)
    simple = set(BASELINES if ablate else baseline or ())
    also = simple | ({"ablation"} if ablate else set())
    times = passes(against=other is not None, ablation=ablate)
    with screen.progress(screen.say("判定中", "tagging"), times * len(wanted)) as progress:
        found = run(
            tagger,
            wanted,
            fields=tuple(fields.split(",")),
            against=other,
            naive=read_taxonomy() if "naive" in simple else None,
            also=also,
            workers=workers or cores(),
            progress=progress,
        )
    screen.tell_held()
    _show(screen, found, tagger.model, report, card, as_json=as_json)
    lines = list_unmet(found.evaluation, gates)
    lines += _turn(screen, found, ratchet, write=ratchet_write)
    screen.tell(*lines)
    if lines:
        raise typer.Exit(1)


def _refuse(report: Path | None, ratchet: Path | None, *, force: bool, write: bool) -> None:
    """UsageError for what could not be written, before the work is done."""
    from ctclass.tables.output import refuse_place

    if report:
        refuse_place(str(report), force=force)
    if write and not ratchet:
        raise UsageError(
            Phrase("--ratchet-write には --ratchet が要ります", "--ratchet-write needs --ratchet"),
            where="--ratchet-write",
            hint=Phrase("--ratchet ファイル名 を付けてください", "Add --ratchet FILE"),
        )


def _show(
    screen: Screen,
    found: Report,
    model: Model,
    page: Path | None,
    card: Path | None,
    *,
    as_json: bool,
) -> None:
    """The figures on stdout, and the page where one is asked for."""
    from ctclass.evaluate.view import view_report
    from ctclass.tables.output import write_whole

    view = view_report(found, model)
    if found.ablation:
        from ctclass.evaluate.ablation_view import view_ablation

        view = replace(view, sections=view.sections + view_ablation(found.ablation))
    if as_json:
        write_data(found.to_json() + "\n")
    else:
        screen.evaluation(view)
    if page:
        from ctclass.evaluate.page import to_html, to_markdown

        text = to_markdown(view) if page.suffix.lower() == ".md" else to_html(view)
        write_whole(page, text.encode())
        screen.tell_written(page)
    if card:
        from ctclass.evaluate.model_card import card as model_card

        write_whole(card, model_card(model, view).encode())
        screen.tell_written(card)


def _turn(screen: Screen, found: Report, path: Path | None, *, write: bool) -> list[Phrase]:
    """What has fallen below the marks of the ratchet; with `write`, else, they are raised."""
    if path is None:
        return []
    from ctclass.evaluate.ratchet import list_fallen, raise_marks, read_ratchet
    from ctclass.tables.output import write_whole

    marks = None if write and not path.exists() else read_ratchet(path)
    fallen = list_fallen(marks, found.evaluation) if marks else []
    if write and not fallen:
        raised = raise_marks(marks, found.evaluation)
        if raised != marks:
            write_whole(path, raised.to_json().encode())
            screen.tell(Phrase(f"下限を上げました → {path}", f"Marks raised → {path}"))
    return fallen
