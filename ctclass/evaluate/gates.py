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


def list_unmet(found: Evaluation, gates: Gates) -> list[Phrase]:
    """One line for each gate that is not reached. A figure that cannot be measured is not."""
    screening = found.screening or Measured(NOTHING, NOTHING, NOTHING)
    pairs = (
        ("micro-F1", "micro-F1", found.overall.micro.f1, gates.micro_f1),
        ("macro-F1", "macro-F1", found.overall.macro_f1, gates.macro_f1),
        ("主領域の正解率", "Primary accuracy", found.overall.primary, gates.primary),
        ("国家戦略の適合率", "Strategic precision", found.strategic.precision,
         gates.strategic_precision),
        ("国家戦略の再現率", "Strategic recall", found.strategic.recall, gates.strategic_recall),
        ("技術流出の確認の適合率", "Screening precision", screening.precision,
         gates.screening_precision),
        ("技術流出の確認の再現率", "Screening recall", screening.recall, gates.screening_recall),
    )  # fmt: skip
    lines = [
        Phrase(
            f"{ja} {_shown(figure)} は求められた {least} に届きません",
            f"{en} {_shown(figure)} is below the required {least}",
        )
        for ja, en, figure, least in pairs
        if least is not None and not reaches(figure, least)
    ]
    low = [
        f"{area} {_shown(measured.f1)}"
        for area, measured in found.by_area.items()
        if gates.area_f1 is not None
        and measured.recall.of >= LEAST_LABELS
        and not reaches(measured.f1, gates.area_f1)
    ]
    if low:
        lines.append(
            Phrase(
                f"F1 が求められた {gates.area_f1} に届かない領域: {'、'.join(low)}",
                f"Areas with an F1 below the required {gates.area_f1}: {', '.join(low)}",
            )
        )
    return lines


def reaches(figure: Figure, least: float) -> bool:
    """Whether a figure is there and high enough."""
    return figure.value is not None and figure.value >= least


def _shown(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.4f}"
