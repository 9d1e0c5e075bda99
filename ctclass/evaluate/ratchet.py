"""Figures that may only rise: a file holds the best so far, a run must keep up with it.

A figure may lie below its mark by the tolerance, but the mark itself never
moves down, so that many small losses do not add up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ctclass.errors import InputError, Phrase
from ctclass.evaluate.figures import Evaluation
from ctclass.evaluate.gates import LEAST_LABELS
from ctclass.evaluate.measure import Figure

TOLERANCE = 0.005
AREA_TOLERANCE = 0.05
_AREA = "area_f1."


@dataclass(frozen=True, slots=True)
class Ratchet:
    """Marks by name (`micro_f1`, `area_f1.quantum`), and what they were reached on.

    Only the figures that the file names are held to it. `area_tolerance` is for
    the areas, which have fewer labels.
    """

    projects: int
    fields: tuple[str, ...]
    figures: Mapping[str, float]
    tolerance: float = TOLERANCE
    area_tolerance: float = AREA_TOLERANCE

    def to_json(self) -> str:
        """The file, with every mark on a line of its own."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def read_ratchet(path: Path) -> Ratchet:
    """Read a ratchet file. Raises InputError when it is none."""
    try:
        data = json.loads(path.read_text("utf-8-sig"))
        return Ratchet(
            projects=int(data["projects"]),
            fields=tuple(data["fields"]),
            figures={str(name): float(value) for name, value in data["figures"].items()},
            tolerance=float(data.get("tolerance", TOLERANCE)),
            area_tolerance=float(data.get("area_tolerance", AREA_TOLERANCE)),
        )
    except OSError as error:
        raise InputError(
            Phrase("下限のファイルを読めません", "The ratchet file cannot be read"),
            where=str(path),
            hint=Phrase(
                "--ratchet-write を付けて作ってください", "Make it by adding --ratchet-write"
            ),
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            Phrase(f"下限のファイルの形が違います({error})", f"This is no ratchet file ({error})"),
            where=str(path),
            hint=Phrase(
                "--ratchet-write を付けて作り直してください", "Make it again with --ratchet-write"
            ),
        ) from error


def list_fallen(ratchet: Ratchet, found: Evaluation) -> list[Phrase]:
    """One line for each figure below its mark, or one when the marks are about other things."""
    fields = ",".join(ratchet.fields)
    if ratchet.projects != found.overall.projects or ratchet.fields != found.fields:
        now = ",".join(found.fields)
        return [
            Phrase(
                f"下限は {ratchet.projects} 課題({fields})の値で、"
                f"今回は {found.overall.projects} 課題({now})です",
                f"The ratchet is about {ratchet.projects} projects ({fields}), "
                f"this run about {found.overall.projects} ({now})",
            )
        ]
    figures = _figures(found)
    lines = []
    for name, mark in ratchet.figures.items():
        slack = ratchet.area_tolerance if name.startswith(_AREA) else ratchet.tolerance
        value = figures[name].value if name in figures else None
        # Marks are rounded to four decimals: half of the last one is no fall.
        if value is None or value < mark - slack - 0.00005:
            shown = "-" if value is None else f"{value:.4f}"
            lines.append(
                Phrase(
                    f"{name} が {mark:.4f} から {shown} に下がりました(許容 {slack})",
                    f"{name} has fallen from {mark:.4f} to {shown} (tolerance {slack})",
                )
            )
    return lines


def raise_marks(ratchet: Ratchet | None, found: Evaluation) -> Ratchet:
    """The ratchet with higher marks where the run is better; a new one has all figures."""
    now = {n: round(f.value, 4) for n, f in _figures(found).items() if f.value is not None}
    if ratchet is None:
        least = {a for a, m in found.by_area.items() if m.recall.of < LEAST_LABELS}
        kept = {n: v for n, v in now.items() if n.removeprefix(_AREA) not in least}
        return Ratchet(found.overall.projects, found.fields, kept)
    higher = {name: max(mark, now.get(name, mark)) for name, mark in ratchet.figures.items()}
    return replace(ratchet, figures=higher)


def _figures(found: Evaluation) -> dict[str, Figure]:
    figures = {
        "micro_f1": found.overall.micro.f1,
        "macro_f1": found.overall.macro_f1,
        "primary": found.overall.primary,
        "strategic_precision": found.strategic.precision,
        "strategic_recall": found.strategic.recall,
    }
    if found.screening:
        figures["screening_precision"] = found.screening.precision
        figures["screening_recall"] = found.screening.recall
    return figures | {_AREA + area: m.f1 for area, m in found.by_area.items()}
