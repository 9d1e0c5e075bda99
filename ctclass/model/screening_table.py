"""What was learned for screening: a table of numbers (`models/screening.tsv`), never texts.

It lies beside `models/learned.tsv` and names its terms by their units, so that either can
be learned anew without the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ctclass.errors import ModelError, Phrase
from ctclass.rules import Point
from ctclass.tables.output import write_whole

_HEAD = "# ctclass screening 1"
Pair = tuple[int, int]

FIGURES = {
    "precision": Phrase("確認か優先の適合率", "precision of any flag"),
    "recall": Phrase("確認か優先の再現率", "recall of any flag"),
    "priority_as_check": Phrase("優先のうち確認か優先になる割合", "of priority, flagged at all"),
    "priority_as_priority": Phrase("優先のうち優先になる割合", "of priority, given as priority"),
    "kappa": Phrase("二次の重み付き κ", "quadratic kappa"),
}
"""What the cross-validated figures are called."""


def tell_figures(figures: Mapping[str, float]) -> Phrase:
    """Cross-validated figures in one line.

    >>> tell_figures({"precision": 0.7, "kappa": 0.75}).ja
    '確認か優先の適合率 0.700、二次の重み付き κ 0.750'
    """
    parts = [(FIGURES.get(n, Phrase(n, n)), f"{value:.3f}") for n, value in figures.items()]
    return Phrase(
        "、".join(f"{name.ja} {value}" for name, value in parts),
        ", ".join(f"{name.en} {value}" for name, value in parts),
    )


@dataclass(frozen=True, slots=True)
class Taught:
    """Weights by name: `terms` by the key of their units, `voices` by sub-technology,
    `listed` by rule. For the units see `rules.Weights`; `figures` are what cross-validation
    gave, for people."""

    OUTSIDE: ClassVar[str] = "outside"

    description: str
    terms: dict[str, Pair]
    voices: dict[str, Pair]
    listed: dict[str, Pair]
    bias: Pair
    default: Point
    recall: Point
    floor: int
    figures: dict[str, float]


def write_taught(taught: Taught, path: Path) -> None:
    """Write the table: three lines of head, then `term<TAB>check<TAB>priority`, sorted."""
    head = {
        "voices": taught.voices,
        "listed": taught.listed,
        "bias": taught.bias,
        "default": [taught.default.check_at, taught.default.priority_at],
        "recall": [taught.recall.check_at, taught.recall.priority_at],
        "floor": taught.floor,
        "figures": taught.figures,
    }
    lines = [_HEAD, f"# {taught.description}", "# " + json.dumps(head, separators=(",", ":"))]
    lines += [f"{key}\t{a}\t{b}" for key, (a, b) in sorted(taught.terms.items())]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def read_taught(path: Path) -> Taught:
    """Read a table that `write_taught` wrote; ModelError with the line that is wrong."""
    number = 1
    try:
        lines = path.read_text("utf-8").split("\n")
        if lines[0] != _HEAD or lines[-1]:
            raise ValueError
        number = 3
        head = json.loads(lines[2].removeprefix("# "))
        terms: dict[str, Pair] = {}
        for line in lines[3:-1]:
            number += 1
            key, first, second = line.split("\t")
            terms[key] = int(first), int(second)
        number = 3
        return Taught(
            lines[1].removeprefix("# "), terms, _pairs(head["voices"]), _pairs(head["listed"]),
            _pair(head["bias"]), Point(*_pair(head["default"])), Point(*_pair(head["recall"])),
            int(head["floor"]), dict(head["figures"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ModelError(
            Phrase(
                "技術流出の確認のために学んだ表を読めません",
                "The table that was learned for screening cannot be read",
            ),
            where=f"{path}:{number}",
            hint=Phrase(
                "ctclass build --corpus --labels --screening-only で学び直してください",
                "Learn it again with: ctclass build --corpus --labels --screening-only",
            ),
        ) from error


def _pairs(data: dict[str, Any]) -> dict[str, Pair]:
    return {name: _pair(values) for name, values in data.items()}


def _pair(values: Any) -> Pair:
    first, second = map(int, values)
    return first, second
