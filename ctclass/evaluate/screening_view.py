"""The figures of screening as tables."""

from __future__ import annotations

from ctclass.errors import Phrase
from ctclass.evaluate.figures import Screening
from ctclass.evaluate.measure import Measured
from ctclass.evaluate.sections import MEASURED, Cell, Section, row_of
from ctclass.rules import LEVELS


def recall_section(any_flag: Measured, found: Screening) -> Section:
    """The same answers at the point that misses less."""
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


def screening_sections(any_flag: Measured, found: Screening) -> list[Section]:
    """What flags are worth, what was missed, and which levels were taken for which."""
    title = Phrase("技術流出の確認", "Leakage screening")
    kinds = (Phrase("確認か優先", "check or priority"), Phrase("優先のみ", "priority only"))
    rows, note = _misses(found)
    return [
        Section(
            title,
            ("", *MEASURED, Phrase("正解数", "labels")),
            tuple(row_of(n, m) for n, m in zip(kinds, (any_flag, found.priority), strict=True)),
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
