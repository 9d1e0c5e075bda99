"""What a sample says of the whole table, as tables with plain words."""

from __future__ import annotations

from collections.abc import Sequence

from ctclass.errors import Phrase
from ctclass.evaluate.measure import FEW, Figure
from ctclass.evaluate.sections import Cell, Section, View
from ctclass.model.compact import ModelArea
from ctclass.review.estimate import Estimate, StratumEstimate
from ctclass.review.sampling import GROUPS, stratum_name
from ctclass.taxonomy.areas import numbered


def view_estimate(found: Estimate, areas: Sequence[ModelArea]) -> View:
    """Lay out an estimate: what it means, then its tables."""
    return View(
        Phrase("抽出による推定", "Estimate from a sample"),
        _facts(found),
        (_whole(found), _by_area(found, areas), _strata(found, areas)),
    )


def _facts(found: Estimate) -> tuple[Phrase, ...]:
    rows, judged = f"{found.rows:,}", f"{found.judged:,}"
    facts = [
        Phrase(
            f"モデル {found.model}、表の {rows} 行のうち抽出して確認した {judged} 行から推定",
            f"Model {found.model}: estimated for {rows} rows from {judged} drawn and reviewed",
        ),
        Phrase(
            "各行は、属する層の行数 ÷ 確認した行数 の重みを持ちます。かっこ内は 95 % 区間"
            "(Clopper–Pearson)で、確認者を正しいとしたときのものです",
            "A row weighs rows of its stratum / reviewed rows. In brackets the 95 % interval "
            "(Clopper–Pearson), taking the reviewer to be right",
        ),
        Phrase(f"⚠ は {FEW} 行未満で、目安にならない値", f"⚠: fewer than {FEW} rows, an anecdote"),
    ]
    if found.unseen:
        facts.append(
            Phrase(
                f"一行も確認されていない層の {found.unseen:,} 行は、推定に入っていません",
                f"{found.unseen:,} rows of strata without any review are not in the estimate",
            )
        )
    drawn = sum(s.drawn for s in found.strata)
    if found.judged < drawn:
        facts.append(
            Phrase(
                f"抽出した {drawn:,} 行のうち {drawn - found.judged:,} 行は未確認です。"
                "ページの順に確認していれば推定は偏りません",
                f"{drawn - found.judged:,} of {drawn:,} drawn rows are not reviewed. That does "
                "no harm if they were taken in the order of the page",
            )
        )
    if found.again:
        facts.append(
            Phrase(
                f"{found.again:,} 行は二度あり、後のものを使いました",
                f"{found.again:,} rows were there twice; the last one counts",
            )
        )
    return tuple(facts)


def _whole(found: Estimate) -> Section:
    flagged, unflagged = found.flagged, found.unflagged
    lines = (
        ("領域がすべて正しい行", "rows whose areas are all right", found.areas_right, found.rows),
        ("付けた領域の適合率", "precision of the areas given", found.precision, None),
        ("領域の付け漏れがある行", "rows that lack an area", found.areas_missed, found.rows),
        ("指摘のうち確認者も要確認とした行", "flags that the reviewer confirms",
         found.flags, flagged),
        ("指摘がないのに要確認の行(見逃し)", "missed: not flagged, but should be",
         found.flags_missed, unflagged),
    )  # fmt: skip
    return Section(
        Phrase("表の全体", "The whole table"),
        (
            "",
            Phrase("推定", "estimate"),
            Phrase("見た数", "seen"),
            Phrase("表では約", "in the table"),
        ),
        tuple(
            (Phrase(ja, en), figure, f"{figure.of:,}", _count(figure, rows) if rows else "")
            for ja, en, figure, rows in lines
        ),
        Phrase(
            "見逃しは、かっこ内の右の値まであるものとして備えてください",
            "Reckon with as many misses as the upper end of the interval says",
        ),
    )


def _count(figure: Figure, rows: int) -> str:
    """Shares as numbers of rows."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    low, value, high = (f"{share * rows:,.0f}" for share in (figure.low, figure.value, figure.high))
    return f"{value} ({low}–{high}) / {rows:,}"


def _by_area(found: Estimate, areas: Sequence[ModelArea]) -> Section:
    return Section(
        Phrase("領域ごとの適合率", "Precision by area"),
        (
            Phrase("付けた領域", "area given"),
            Phrase("正しい割合", "share right"),
            Phrase("見た行", "seen"),
        ),
        tuple(
            (numbered(area), found.by_area[area.id], f"{found.by_area[area.id].of:,}")
            for area in areas
            if area.id in found.by_area
        ),
    )  # fmt: skip


def _strata(found: Estimate, areas: Sequence[ModelArea]) -> Section:
    numbers = {area.id: area.number for area in areas}

    def row(own: StratumEstimate) -> tuple[Cell, ...]:
        name = stratum_name(areas, own.stratum)
        return (
            name,
            f"{own.rows:,}",
            f"{own.drawn:,}",
            f"{own.right.of:,}",
            own.right,
            own.screening,
        )

    def place(own: StratumEstimate) -> tuple[int, int]:
        group, _, area = own.stratum.partition("/")
        return GROUPS.index(group), numbers.get(area, 0)

    return Section(
        Phrase("層ごと(層の中では正確な区間)", "By stratum (exact intervals within each)"),
        (Phrase("層", "stratum"), Phrase("行", "rows"), Phrase("抽出", "drawn"),
         Phrase("確認", "reviewed"), Phrase("領域が正しい", "areas right"),
         Phrase("指摘の要否が正しい", "flag right")),
        tuple(row(own) for own in sorted(found.strata, key=place)),
        Phrase("合わせた値は重みを付けた平均です(計算は docs/review.md)",
               "The figures above are weighted means (docs/review.md has the formula)"),
    )  # fmt: skip
