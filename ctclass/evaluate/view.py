"""The figures of a run as tables, the same for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Sequence

from ctclass.errors import Phrase
from ctclass.evaluate.compare import Comparison, Turned
from ctclass.evaluate.evaluation import Report
from ctclass.evaluate.figures import Evaluation, Reliability, Slice
from ctclass.evaluate.measure import FEW, NOTHING, Figure, Measured
from ctclass.evaluate.screening_view import recall_section, screening_sections
from ctclass.evaluate.sections import (
    MEASURED,
    Cell,
    Section,
    View,
    chance,
    plain,
    row_of,
    spread,
)
from ctclass.model.compact import Model
from ctclass.readers.labels import SHORT
from ctclass.taxonomy.areas import numbered

CONFUSIONS = 15
IDS = 20


def view_report(report: Report, model: Model) -> View:
    """Lay out a run: its facts, then its tables."""
    found = report.evaluation
    names = {a.id: numbered(a) for a in model.areas}
    names["none"] = Phrase("該当なし", "none")
    sections = [_overall(report), *_kinds(found), _areas(found, names)]
    if found.screening and found.screening_levels:
        sections += screening_sections(found.screening, found.screening_levels)
    if found.screening_recall and found.screening_recall_levels:
        sections.append(recall_section(found.screening_recall, found.screening_recall_levels))
    sections += [_confusion(found, names), _reliability(found.reliability, runners_up=False)]
    sections.append(_reliability(found.reliability_all, runners_up=True))
    if report.comparison:
        sections.append(_comparison(report.comparison))
    return View(Phrase("精度の測定", "Accuracy"), _facts(report), tuple(sections))


def _facts(report: Report) -> tuple[Phrase, ...]:
    found = report.evaluation
    count, fields = f"{found.overall.projects:,}", ", ".join(found.fields)
    facts = [
        Phrase(f"モデル {found.model}、{count} 課題", f"Model {found.model}, {count} projects"),
        Phrase(f"読んだ項目: {fields}", f"Fields read: {fields}"),
        Phrase(
            f"かっこ内は 95 % 区間。⚠ は正解ラベルが {FEW} 件未満で、目安にならない値",
            f"In brackets the 95 % interval. ⚠: fewer than {FEW} labels, an anecdote",
        ),
    ]
    if found.missing:
        ids = _some(found.missing)
        number = f"{len(found.missing):,}"
        facts.append(
            Phrase(
                f"本文が見つからないラベル {number} 件: {ids}",
                f"Labels without a text, {number}: {ids}",
            )
        )
    facts += [
        Phrase(
            f"比較のための単純な方法 {b.evaluation.model} のしきい値 {b.threshold:.3f} は、"
            "この正解ラベルそのもので最良のもの(有利な条件)",
            f"The threshold {b.threshold:.3f} of the baseline {b.evaluation.model} is the best "
            "one for these same labels (in its favour)",
        )
        for b in report.baselines
        if b.threshold is not None
    ]
    return tuple(facts)


_WORDS = Phrase(
    "適合率: 付けたもののうち、正しい割合\n"
    "再現率: 付けるべきもののうち、付けた割合。F1 は両者の調和平均\n"
    "micro: 課題と領域の組を一つずつ数える。macro: 領域ごとの値の平均\n"
    "国家戦略: 国家戦略技術領域に当たるかどうか\n"
    "較正誤差: 得点と、正しい割合との隔たり。0 に近いほど、得点を確率として読める",
    "Precision: of what was given, the share that is right\n"
    "Recall: of what should be given, the share found; F1 is their harmonic mean\n"
    "micro: every pair of project and area counts once; macro: the mean over the areas\n"
    "Strategic: whether an area is national-strategic\n"
    "Calibration error: how far scores lie from the share that is right; near 0, a score can be "
    "read as a probability",
)


def _overall(report: Report) -> Section:
    """All figures of the whole, the model's beside those of others."""
    runs = [report.evaluation, *([report.other] if report.other else [])]
    runs += [b.evaluation for b in report.baselines]

    def row(ja: str, en: str, figures: Sequence[Figure]) -> tuple[Cell, ...]:
        return (Phrase(ja, en), *figures)

    rows = [
        row("主領域の正解率", "primary accuracy", [r.overall.primary for r in runs]),
        row("領域の組の一致", "exact set of areas", [r.overall.exact for r in runs]),
    ]
    groups = [
        ("micro", "micro", [r.overall.micro for r in runs]),
        ("macro", "macro", [r.overall.macro for r in runs]),
        ("国家戦略", "strategic", [r.strategic for r in runs]),
    ]
    if report.evaluation.screening:
        unknown = Measured(NOTHING, NOTHING, NOTHING)
        groups.append(("技術流出の確認", "screening", [r.screening or unknown for r in runs]))
    for ja, en, measured in groups:
        rows += [
            row(f"{ja} 適合率", f"{en} precision", [m.precision for m in measured]),
            row(f"{ja} 再現率", f"{en} recall", [m.recall for m in measured]),
            row(f"{ja} F1", f"{en} F1", [m.f1 for m in measured]),
        ]
    errors = ["-" if r.reliability.error is None else f"{r.reliability.error:.3f}" for r in runs]
    rows.append((Phrase("較正誤差 (ECE)", "calibration error"), *errors))
    head: tuple[Cell, ...] = ("", *(r.model for r in runs))
    return Section(Phrase("全体", "Overall"), head, tuple(rows), _WORDS)


KINDS_OF_TEXT = {
    "english": Phrase("英語だけの本文", "English only"),
    "short": Phrase(f"{SHORT} 字未満の本文", f"under {SHORT} characters"),
    "empty": Phrase("読む本文なし", "nothing to read"),
}


def _kinds(found: Evaluation) -> list[Section]:
    """By source, and by what the readers found difficult."""
    words = {
        "hard": Phrase("境界が難しい", "hard"), "not hard": Phrase("難しくない", "not hard"),
        "unsure": Phrase("読み手に迷い", "unsure"), "sure": Phrase("迷いなし", "sure"),
    } | KINDS_OF_TEXT  # fmt: skip
    kinds: list[tuple[Cell, Slice]] = [(Phrase("全体", "all"), found.overall)]
    if len(found.by_source) > 1:
        kinds += [(plain(name) or "-", part) for name, part in found.by_source.items()]
    parts = (found.by_hard, found.by_unsure, found.by_text)
    kinds += [(words[n], part) for by in parts for n, part in by.items()]
    count = Phrase("課題", "n")
    title = Phrase("出典・難しさ・本文ごと", "By source, difficulty and text")
    return [
        Section(
            title,
            ("", count, Phrase("主領域", "primary"), Phrase("組の一致", "exact set"),
             "micro-F1", "macro-F1"),
            tuple(
                (n, f"{p.projects:,}", p.primary, p.exact, p.micro.f1, p.macro_f1)
                for n, p in kinds
            ),
        ),
        Section(
            Phrase(f"{title.ja}(適合率と再現率)", f"{title.en} (precision and recall)"),
            ("", count, Phrase("micro 適合率", "micro-P"), Phrase("micro 再現率", "micro-R"),
             Phrase("国家戦略 適合率", "strategic P"), Phrase("国家戦略 再現率", "strategic R")),
            tuple(
                (n, f"{p.projects:,}", p.micro.precision, p.micro.recall,
                 p.strategic.precision, p.strategic.recall)
                for n, p in kinds
            ),
        ),
    ]  # fmt: skip


def _areas(found: Evaluation, names: dict[str, Phrase]) -> Section:
    return Section(
        Phrase("領域ごと", "By area"),
        ("", *MEASURED, Phrase("正解数", "labels")),
        tuple(row_of(names[area], m) for area, m in found.by_area.items()),
    )


def _confusion(found: Evaluation, names: dict[str, Phrase]) -> Section:
    totals = dict(zip(found.confusion.areas, map(sum, found.confusion.counts), strict=True))
    return Section(
        Phrase("主領域の取り違え(多い順)", "Confusion of primary areas (largest)"),
        (Phrase("正解", "label"), Phrase("判定", "answer"), Phrase("件", "n"),
         Phrase("割合", "share")),
        tuple(
            (names[truth], names[given], f"{count:,}", f"{count / totals[truth]:.1%}")
            for truth, given, count in found.confusion.largest(CONFUSIONS)
        ),
        Phrase(
            "割合は、正解が同じ課題のうち。全ての組は --json にあります",
            "Share: of the projects with that label. All pairs are in --json",
        ),
        left=2,
    )  # fmt: skip


def _reliability(found: Reliability, *, runners_up: bool) -> Section:
    error = "-" if found.error is None else f"{found.error:.3f}"
    title = Phrase("得点の信頼性(付けた領域)", "Reliability of scores (areas given)")
    if runners_up:
        title = Phrase("得点の信頼性(次点も含む)", "Reliability of scores (with the runners-up)")
    return Section(
        title,
        (Phrase("得点", "score"), Phrase("平均", "mean"), Phrase("正しい割合", "share right"),
         Phrase("件", "n")),
        tuple(
            (f"{b.low:.1f}–{b.high:.1f}",
             "-" if b.mean_score is None else f"{b.mean_score:.3f}", b.right, f"{b.right.of:,}")
            for b in found.bins
            if b.right.of
        ),
        Phrase(f"較正誤差の期待値 (ECE) {error}", f"Expected calibration error {error}"),
    )  # fmt: skip


def _comparison(found: Comparison) -> Section:
    """What was gained and lost, the first ids of each."""

    def rows(ja: str, en: str, turned: Turned) -> list[tuple[Cell, ...]]:
        gained, lost = turned.gained, turned.lost
        return [
            (Phrase(f"{ja}: 新たに正しい", f"{en}: gained"), f"{len(gained):,}", _some(gained)),
            (Phrase(f"{ja}: 正しくなくなった", f"{en}: lost"), f"{len(lost):,}", _some(lost)),
            (Phrase(f"{ja}: McNemar p", f"{en}: McNemar p"), chance(turned.p), ""),
        ]

    return Section(
        Phrase(f"{found.against} との比較", f"Compared to {found.against}"),
        ("", Phrase("値", "value"), "id"),
        (
            (Phrase("micro-F1 の差", "difference of micro-F1"), spread(found.micro_f1), ""),
            *rows("主領域", "primary", found.primary),
            *rows("領域の組", "exact set", found.exact),
        ),
        Phrase(
            "新たに正しい: このモデルだけが正しい課題\n"
            "p: 偶然でこれほど偏る確率(McNemar の正確検定)。0.05 を下回れば、偶然とは考えにくい\n"
            "id は全て --json にあります",
            "Gained: only this model is right\n"
            "p: how likely so uneven a split is by chance (McNemar's exact test); below 0.05 it "
            "hardly is\n"
            "All ids are in --json",
        ),
        left=3,
    )


def _some(ids: tuple[str, ...]) -> str:
    return ", ".join(map(plain, ids[:IDS])) + (" …" if ids[IDS:] else "")
