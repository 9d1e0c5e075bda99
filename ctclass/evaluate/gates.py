"""Figures that must be reached, for a run that may say no."""

from __future__ import annotations

from dataclasses import dataclass

from ctclass.errors import Phrase
from ctclass.evaluate.figures import Evaluation
from ctclass.evaluate.measure import NOTHING, Figure, Measured

LEAST_LABELS = 5
"""An area with fewer labels is held to nothing: one project more or less decides."""


@dataclass(frozen=True, slots=True)
class Gates:
    """The least values asked for; None asks for nothing."""

    micro_f1: float | None = None
    macro_f1: float | None = None
    primary: float | None = None
    strategic_precision: float | None = None
    strategic_recall: float | None = None
    area_f1: float | None = None
    screening_precision: float | None = None
    screening_recall: float | None = None


_NO_AREAS = Phrase("領域の付いたラベルがありません", "no label has an area")
_NO_ANSWERS = Phrase("そう答えた課題がありません", "no project is answered so")
_NO_LABELS = Phrase("そのようなラベルがありません", "no label says so")
_NOT_SCREENED = Phrase("技術流出の確認のラベルがありません", "no label has a screening level")


def list_unmet(found: Evaluation, gates: Gates) -> list[Phrase]:
    """One line for each gate that is not reached, or whose figure cannot be measured."""
    screening = found.screening or Measured(NOTHING, NOTHING, NOTHING)
    not_answered, not_labelled = (
        (_NO_ANSWERS, _NO_LABELS) if found.screening else (_NOT_SCREENED, _NOT_SCREENED)
    )
    asked = (
        (Phrase("micro-F1", "micro-F1"), found.overall.micro.f1, gates.micro_f1, _NO_AREAS),
        (Phrase("macro-F1", "macro-F1"), found.overall.macro_f1, gates.macro_f1, _NO_AREAS),
        (Phrase("主領域の正解率", "Primary accuracy"), found.overall.primary, gates.primary,
         _NO_AREAS),
        (Phrase("国家戦略の適合率", "Strategic precision"), found.strategic.precision,
         gates.strategic_precision, _NO_ANSWERS),
        (Phrase("国家戦略の再現率", "Strategic recall"), found.strategic.recall,
         gates.strategic_recall, _NO_LABELS),
        (Phrase("技術流出の確認の適合率", "Screening precision"), screening.precision,
         gates.screening_precision, not_answered),
        (Phrase("技術流出の確認の再現率", "Screening recall"), screening.recall,
         gates.screening_recall, not_labelled),
    )  # fmt: skip
    lines = [
        _unmet(name, figure, least, why)
        for name, figure, least, why in asked
        if least is not None and not reaches(figure, least)
    ]
    return lines + _list_low_areas(found, gates.area_f1)


def _unmet(name: Phrase, figure: Figure, least: float, why: Phrase) -> Phrase:
    if figure.value is None:
        return _unmeasured(name, why)
    return Phrase(
        f"{name.ja} {_shown(figure)} は求められた {least} に届きません",
        f"{name.en} {_shown(figure)} is below the required {least}",
    )


def _unmeasured(name: Phrase, why: Phrase) -> Phrase:
    return Phrase(
        f"{name.ja}は測れませんでした({why.ja})", f"{name.en} could not be measured ({why.en})"
    )


def _list_low_areas(found: Evaluation, least: float | None) -> list[Phrase]:
    """What is to be said of the areas with enough labels, if anything."""
    if least is None:
        return []
    held = {a: m.f1 for a, m in found.by_area.items() if m.recall.of >= LEAST_LABELS}
    if not held:
        why = Phrase(
            f"ラベルが {LEAST_LABELS} 件以上ある領域がありません",
            f"no area has {LEAST_LABELS} labels",
        )
        return [_unmeasured(Phrase("領域ごとの F1 ", "The F1 of areas"), why)]
    low = [f"{area} {_shown(f1)}" for area, f1 in held.items() if not reaches(f1, least)]
    if not low:
        return []
    return [
        Phrase(
            f"F1 が求められた {least} に届かない領域: {'、'.join(low)}",
            f"Areas with an F1 below the required {least}: {', '.join(low)}",
        )
    ]


def reaches(figure: Figure, least: float) -> bool:
    """Whether a figure is there and high enough."""
    return figure.value is not None and figure.value >= least


def _shown(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.4f}"
