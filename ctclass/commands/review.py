"""`ctclass review`: a page on which people look at the answers, and what their verdicts say."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import (
    LANG,
    AbstractColumns,
    BudgetColumns,
    CountryColumns,
    EncodingName,
    FunderColumns,
    IdColumn,
    InternationalColumns,
    KeywordColumns,
    Lang,
    ModelName,
    PartnerColumns,
    ProgrammeColumns,
    Quiet,
    ScreeningRecall,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)
from ctclass.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctclass.model.compact import ModelArea
    from ctclass.review.rows import Rows
    from ctclass.tagging.tag import Tagger

PAGES = (".html", ".htm")
Tagged = Annotated[
    str,
    typer.Argument(
        metavar="TAGGED",
        help=say(
            "判定済みの表(判定前の表はその場で判定)。--estimate ではページの labels.jsonl",
            "a tagged table (a plain one is tagged); with --estimate an exported labels.jsonl",
        ),
    ),
]
Output = Annotated[
    str | None,
    option("--output", "-o", ja="ページ(.html)", en="the page (.html)"),
]
Limit = Annotated[
    int | None, option("--limit", ja="先頭のこの行数だけ", en="only the first rows", min=1)
]
SampleSize = Annotated[
    int | None,
    option(
        "--sample",
        ja="見るべき行をこの数だけ抽出する(境界・指摘・領域・該当なしから)",
        en="draw so many rows to look at (close calls, flags, areas, the rest)",
        min=1,
    ),
]
Seed = Annotated[
    int | None,
    option("--seed", ja="抽出の種(同じなら同じ行)", en="seed of the sample (same seed, same rows)"),
]
Estimate = Annotated[
    bool,
    option(
        "--estimate",
        ja="抽出した行の判定(labels.jsonl)から、全体の適合率と見逃しを推定する",
        en="from verdicts on a sample (labels.jsonl) estimate precision and misses of the whole",
    ),
]
AsJson = Annotated[bool, option("--json", ja="推定を JSON で出す", en="print the estimate as JSON")]
Force = Annotated[
    bool, option("--force", ja="既にあるページを上書きする", en="replace an existing page")
]


def review(
    table: Tagged,
    output: Output = None,
    sample: SampleSize = None,
    seed: Seed = None,
    limit: Limit = None,
    estimate: Estimate = False,
    as_json: AsJson = False,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    partners: PartnerColumns = None,
    country: CountryColumns = None,
    funder: FunderColumns = None,
    programme: ProgrammeColumns = None,
    budget: BudgetColumns = None,
    international: InternationalColumns = None,
    encoding: EncodingName = None,
    workers: Workers = 0,
    model: ModelName = "default",
    screening_recall: ScreeningRecall = False,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """The page goes to a file; the estimate is a result and goes to stdout."""
    from ctclass.model.file import read_model
    from ctclass.tables import check_input
    from ctclass.tagging.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    if estimate:
        _refuse_beside_estimate(output=output, sample=sample, limit=limit)
        _estimate(screen, table, model, as_json=as_json)
        return
    check_input(table)
    target = _target(table, output, force=force)
    _refuse_sizes(sample, limit)
    started = perf_counter()
    tagger = Tagger(read_model(model), recall=screening_recall)
    with opened(
        screen, table, encoding=encoding, project_id=project_id, title=title,
        abstract=abstract, keywords=keywords, partners=partners, country=country, funder=funder,
        programme=programme, budget=budget, international=international,
    ) as (reader, columns):  # fmt: skip
        from ctclass.review.rows import take_rows
        from ctclass.review.sampling import SEED, Sampler

        sampler = Sampler(sample, SEED if seed is None else seed) if sample else None
        position = None if limit else reader.position
        total = min(filter(None, (limit, reader.row_count)), default=None)
        with screen.progress(screen.say("判定中", "tagging"), total, position) as progress:
            rows = take_rows(
                tagger, reader, columns, limit=limit, sampler=sampler,
                workers=workers or cores(), progress=progress,
            )  # fmt: skip
    name = Path(table).name if table != "-" else "stdin"
    _write(screen, tagger, rows, name, target, workers or cores())
    screen.tell_held()
    _summary(screen, rows, tagger.model.areas, target, perf_counter() - started)


def _write(
    screen: Screen, tagger: Tagger, rows: Rows, file: str, target: str, workers: int
) -> None:
    from ctclass.review.page import page
    from ctclass.review.page_data import review_data
    from ctclass.tables.output import write_whole

    with screen.progress(
        screen.say("根拠を調べています", "explaining"), len(rows.rows)
    ) as progress:
        data = review_data(
            tagger, rows.rows, file=file, lang=screen.lang, statuses=STATUSES,
            sample=rows.sample, workers=workers, progress=progress,
        )  # fmt: skip
    write_whole(target, page(data))


def _summary(
    screen: Screen, rows: Rows, areas: Sequence[ModelArea], target: str, seconds: float
) -> None:
    from ctclass.review.sampling import stratum_name

    shown, read = f"{len(rows.rows):,}", f"{rows.read:,}"
    if rows.sample:
        parts = [
            (stratum_name(areas, s.stratum), f"{s.drawn:,}/{s.rows:,}") for s in rows.sample.strata
        ]
        screen.tell(
            Phrase(
                f"{read} 行から {shown} 行を抽出しました(乱数シード {rows.sample.seed}): "
                + " · ".join(f"{name.ja} {drawn}" for name, drawn in parts),
                f"{shown} of {read} rows drawn (seed {rows.sample.seed}): "
                + " · ".join(f"{name.en} {drawn}" for name, drawn in parts),
            )
        )
    if rows.changed:
        screen.tell(
            Phrase(
                f"{rows.changed:,} 行は表の判定と違います(判定の後で本文が変わった行)。"
                "ページには今の判定を示します",
                f"{rows.changed:,} rows differ from the table (their texts were changed since); "
                "the page shows the answers of now",
            )
        )
    screen.tell(
        Phrase(
            f"{shown} 件のページを作りました({seconds:.1f} 秒) → {target}",
            f"A page of {shown} projects ({seconds:.1f} s) → {target}",
        )
    )


def _target(table: str, output: str | None, *, force: bool) -> str:
    from ctclass.tables.output import refuse_place

    if output is None and table == "-":
        raise UsageError(
            Phrase("標準入力のときは出力先が要ります", "Standard input needs an output"),
            where="-o",
            hint=Phrase("-o review.html を付けてください", "Add -o review.html"),
        )
    name = Path(table).name.removesuffix(".gz")
    target = output or str(Path(table).with_name(f"{Path(name).stem}.review.html"))
    if not target.lower().endswith(PAGES) and target != "-":
        raise UsageError(
            Phrase("ページは HTML です", "The page is HTML"),
            where=target,
            hint=Phrase("-o の名前を .html にしてください", "Give -o a name that ends in .html"),
        )
    refuse_place(target, [table], force=force)
    return target


def _refuse_sizes(sample: int | None, limit: int | None) -> None:
    from ctclass.review.rows import MOST, too_many

    if sample and limit:
        raise UsageError(
            Phrase(
                "--sample と --limit は一緒に使えません(先頭だけの抽出は全体を代表しません)",
                "--sample and --limit do not go together (the first rows stand for no whole)",
            ),
            where="--sample --limit",
            hint=Phrase("どちらか一方にしてください", "Give one of them"),
        )
    for name, value in (("--sample", sample), ("--limit", limit)):
        if value and value >= MOST:
            where = f"{name} {value}"
            raise too_many(where)


def _refuse_beside_estimate(**others: Any) -> None:
    for name, value in others.items():
        if value is not None:
            raise UsageError(
                Phrase(
                    f"--estimate は --{name} と一緒に使えません",
                    f"--estimate does not go with --{name}",
                ),
                where=f"--{name}",
                hint=Phrase(
                    "ctclass review --estimate labels.jsonl とだけ書いてください",
                    "Write only: ctclass review --estimate labels.jsonl",
                ),
            )


def _estimate(screen: Screen, labels: str, model: str, *, as_json: bool) -> None:
    from ctclass.model.file import read_model
    from ctclass.review.estimate import estimate, read_verdicts
    from ctclass.review.estimate_view import view_estimate

    areas = read_model(model).areas
    found = estimate(read_verdicts(Path(labels), [area.id for area in areas]))
    if as_json:
        write_data(found.to_json() + "\n")
    else:
        screen.evaluation(view_estimate(found, areas))
