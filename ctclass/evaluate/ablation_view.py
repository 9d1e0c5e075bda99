"""What each ingredient is worth, as tables: the figures, and what is lost without it."""

from __future__ import annotations

from collections.abc import Sequence

from ctclass.errors import Phrase
from ctclass.evaluate.ablation import Ablation, Worth
from ctclass.evaluate.compare import Comparison
from ctclass.evaluate.measure import Figure
from ctclass.evaluate.relearn import Relearned
from ctclass.evaluate.sections import Cell, Section, View, chance, spread


def view_ablation(found: Ablation) -> tuple[Section, ...]:
    """The finished model with one ingredient silent, and nothing learned again."""
    return _sections(
        found,
        Phrase(
            "一つずつ取り除くと(学び直さない)", "Each ingredient taken away (nothing relearned)"
        ),
        Phrase(
            "取り除いた各行のしきい値は、この正解ラベルに合うように一律に動かしたもの(有利な条件)。"
            "差は、同じように動かしたモデル全体との差。「動かさず」は、しきい値がもとのままのとき",
            "The thresholds of each reduced model were moved together to suit these labels (in its "
            "favour). Differences are to the whole model with its thresholds moved likewise; "
            "'as set' is with the thresholds as they were",
        ),
    )


def view_relearned(found: Relearned, model: str) -> View:
    """What was learned without each ingredient, for both kinds of labels."""
    sections: tuple[Section, ...] = ()
    if found.tuning:
        sections += _sections(
            found.tuning,
            Phrase("しきい値を決めるラベルで", "On the tuning labels"),
            Phrase(
                "これらのラベルは何も教えず、しきい値だけを決めた",
                "These labels taught nothing and chose thresholds only",
            ),
        )
    if found.teaching:
        sections += _sections(
            found.teaching,
            Phrase("学んだラベルで(交差検証)", "On the labels that taught (cross-validated)"),
            Phrase(
                "それぞれのラベルを見ていない学習による。種語はこれらのラベルを見て直したものなので"
                "値は高めに出るが、件数が多く、差はよく分かる",
                "By learning that had not seen the label. The seeds were mended with these labels "
                "in view, so the figures are on the kind side; there are many, so differences show",
            ),
        )
    return View(
        Phrase("学ぶ材料ごとの値打ち", "What each ingredient of learning is worth"),
        (
            Phrase(f"モデル {model}", f"Model {model}"),
            Phrase(
                "数えた値と選んだ言葉はそのままで、重み・得点曲線・しきい値を作り直した",
                "Counts and the terms chosen stay; weights, curves and thresholds were made anew",
            ),
        ),
        sections,
    )


def _sections(found: Ablation, title: Phrase, note: Phrase) -> tuple[Section, ...]:
    rows = [found.whole, *([found.reference] if found.reference else [])]
    less = [*found.without, *found.others]
    taken = {id(row) for row in found.without}
    names = {id(row): _name(row, taken=id(row) in taken) for row in (*rows, *less)}
    figures = Section(
        title,
        ("", Phrase("主領域", "primary"), "micro-F1", "macro-F1",
         Phrase("国家戦略 適合率", "strategic P"), Phrase("国家戦略 再現率", "strategic R")),
        tuple((names[id(row)], *_figures(row)) for row in (*rows, *less)),
    )  # fmt: skip
    moved = found.reference is not None
    set_ = (Phrase("動かさず micro-F1", "micro-F1 as set"),) if moved else ()
    losses = Section(
        Phrase(f"{title.ja}: 差", f"{title.en}: differences"),
        ("", Phrase("micro-F1 の差", "difference of micro-F1"),
         Phrase("主領域 得/失", "primary +/-"), "McNemar p", *set_),
        tuple(
            (names[id(row)], *_losses(row, row.comparison, moved=moved))
            for row in less
            if row.comparison
        ),
        note,
    )  # fmt: skip
    return figures, losses


def _name(row: Worth, *, taken: bool) -> Phrase:
    return Phrase(f"− {row.name.ja}", f"− {row.name.en}") if taken else row.name


def _figures(row: Worth) -> Sequence[Figure]:
    o = row.overall
    return (o.primary, o.micro.f1, o.macro_f1, o.strategic.precision, o.strategic.recall)


def _losses(row: Worth, less: Comparison, *, moved: bool) -> Sequence[Cell]:
    f1, turned = less.micro_f1, less.primary
    cells: tuple[Cell, ...] = (
        spread(f1, 3), f"+{len(turned.gained):,}/−{len(turned.lost):,}", chance(turned.p),
    )  # fmt: skip
    if not moved:
        return cells
    return (*cells, row.as_it_was.micro.f1 if row.as_it_was else "-")
