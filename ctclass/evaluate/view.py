"""The figures of a run as tables, the same for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctclass.errors import Phrase
from ctclass.evaluate.compare import Comparison, Turned
from ctclass.evaluate.evaluation import Report
from ctclass.evaluate.figures import Evaluation, Reliability, Screening, Slice
from ctclass.evaluate.measure import FEW, NOTHING, Figure, Measured
from ctclass.model.compact import Model
from ctclass.readers.labels import SHORT
from ctclass.rules import LEVELS
from ctclass.taxonomy.areas import numbered

CONFUSIONS = 15
IDS = 20
Cell = str | Phrase | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """One table. The first `left` columns are words, the others figures."""

    title: Phrase
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Phrase | None = None
    """May have several lines."""
    left: int = 1


@dataclass(frozen=True, slots=True)
class View:
    """All that a reader sees of a run."""

    title: Phrase
    facts: tuple[Phrase, ...]
    sections: tuple[Section, ...]


def view_report(report: Report, model: Model) -> View:
    """Lay out a run: its facts, then its tables."""
    found = report.evaluation
    names = {a.id: numbered(a) for a in model.areas}
    names["none"] = Phrase("該当なし", "none")
    sections = [_overall(report), *_kinds(found), _areas(found, names)]
    if found.screening and found.screening_levels:
        sections += _screening(found.screening, found.screening_levels)
    if found.screening_recall and found.screening_recall_levels:
        sections.append(_screening_recall(found.screening_recall, found.screening_recall_levels))
    sections += [_confusion(found, names), _reliability(found.reliability, runners_up=False)]
    sections.append(_reliability(found.reliability_all, runners_up=True))
    if report.comparison:
        sections.append(_comparison(report.comparison))
    return View(Phrase("精度の測定", "Accuracy"), _facts(report), tuple(sections))


def shown(figure: Figure, *, short: bool = False) -> str:
    """A figure with its interval (not if `short`), and a mark when it rests on few labels.

    >>> shown(Figure(0.75, 0.19, 0.99, 4, few=True)), shown(Figure(None, None, None, 0))
    ('0.750 (0.19–0.99) ⚠', '-')
    """
    if figure.value is None:
        return "-"
    interval = ""
    if not short and figure.low is not None and figure.high is not None:
        interval = f" ({figure.low:.2f}–{figure.high:.2f})"
    return f"{figure.value:.3f}{interval}{' ⚠' if figure.few else ''}"


def spread(figure: Figure, digits: int = 4) -> str:
    """A difference with its interval; with a dash between two signs it is not to be read.

    >>> spread(Figure(-0.08, -0.11, 0.01, 9), 2)
    '-0.08 (-0.11, +0.01)'
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    value, low, high = (f"{x:+.{digits}f}" for x in (figure.value, figure.low, figure.high))
    return f"{value} ({low}, {high})"


def chance(p: float) -> str:
    """A p value; it is never nothing.

    >>> chance(0.03861), chance(1e-9)
    ('0.0386', '<0.0001')
    """
    return f"{p:.4f}" if p >= 0.0001 else "<0.0001"


def plain(text: str) -> str:
    """A value of the labels without control characters, which could move a cursor.

    >>> plain("a" + chr(27) + "[31m" + chr(10) + "b")
    'a�[31m�b'
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


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


_MEASURED = (Phrase("適合率", "precision"), Phrase("再現率", "recall"), "F1")


def _areas(found: Evaluation, names: dict[str, Phrase]) -> Section:
    return Section(
        Phrase("領域ごと", "By area"),
        ("", *_MEASURED, Phrase("正解数", "labels")),
        tuple(_measured(names[area], m) for area, m in found.by_area.items()),
    )


def _measured(name: Cell, m: Measured) -> tuple[Cell, ...]:
    return (name, m.precision, m.recall, m.f1, f"{m.recall.of:,}")


def _screening_recall(any_flag: Measured, found: Screening) -> Section:
    rows, note = _misses(found)
    return Section(
        Phrase(
            "技術流出の確認(見逃しを減らす --screening-recall)",
            "Leakage screening with --screening-recall",
        ),
        ("", Phrase("値", "value")),
        (
            (Phrase("確認か優先の適合率", "precision of any flag"), any_flag.precision),
            (Phrase("確認か優先の再現率", "recall of any flag"), any_flag.recall),
            *rows,
        ),
        note,
    )


def _screening(any_flag: Measured, found: Screening) -> list[Section]:
    title = Phrase("技術流出の確認", "Leakage screening")
    kinds = (Phrase("確認か優先", "check or priority"), Phrase("優先のみ", "priority only"))
    rows, note = _misses(found)
    return [
        Section(
            title,
            ("", *_MEASURED, Phrase("正解数", "labels")),
            tuple(_measured(n, m) for n, m in zip(kinds, (any_flag, found.priority), strict=True)),
        ),
        Section(
            Phrase(f"{title.ja}(見逃しと一致)", f"{title.en} (misses and agreement)"),
            ("", Phrase("値", "value")),
            rows,
            note,
        ),
        Section(
            Phrase(f"{title.ja}(正解 × 判定)", f"{title.en} (labels by answers)"),
            (Phrase("正解 \\ 判定", "label \\ answer"), *LEVELS),
            tuple(
                (level, *(f"{n:,}" for n in row))
                for level, row in zip(LEVELS, found.counts, strict=True)
            ),
        ),
    ]


def _misses(found: Screening) -> tuple[tuple[tuple[Cell, ...], ...], Phrase]:
    """What was missed and how far levels agree, and what to reckon with."""
    high = found.missed.high
    worst = "-" if high is None else f"{high:.1%}"
    return (
        (Phrase("確認か優先の見逃し", "missed, of all with a flag"), found.missed),
        (Phrase("優先の見逃し", "missed, of priority"), found.priority_missed),
        (Phrase("二次の重み付き κ", "quadratic kappa"), found.kappa),
    ), Phrase(
        f"見逃しの割合は、最も悪い場合 {worst} と見てください",
        f"Reckon with a miss rate of up to {worst}",
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
