"""Show a tagged table in a terminal: `python examples/show.py grants.tagged.csv`."""

from __future__ import annotations

import csv
import sys
import unicodedata
from pathlib import Path

WIDTHS = {
    "研究課題/領域番号": 8,
    "研究課題名": 44,
    "ct_areas": 22,
    "ct_strategic": 12,
    "ct_screening": 12,
    "ct_status": 12,
    "ct_evidence": 40,
}


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` terminal cells; a kanji takes two."""
    shown, used = "", 0
    for char in " ".join(text.split()):
        cells = 2 if unicodedata.east_asian_width(char) in "FWA" else 1
        if used + cells > width:
            break
        shown, used = shown + char, used + cells
    return shown + " " * (width - used)


def show(path: Path) -> str:
    """The columns of `WIDTHS`, one line a project."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = ["  ".join(fit(name, width) for name, width in WIDTHS.items())]
    lines += ["  ".join(fit(row[n], w) for n, w in WIDTHS.items()) for row in rows]
    return "\n".join(line.rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(show(Path(sys.argv[1])))
