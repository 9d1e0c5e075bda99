"""What a page of figures is made of: tables with notes, and how a figure is written."""

from __future__ import annotations

from dataclasses import dataclass

from ctclass.errors import Phrase
from ctclass.evaluate.measure import Figure, Measured

Cell = str | Phrase | Figure
MEASURED = (Phrase("適合率", "precision"), Phrase("再現率", "recall"), "F1")


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


def row_of(name: Cell, m: Measured) -> tuple[Cell, ...]:
    """The row of something measured, for the headings `MEASURED`."""
    return (name, m.precision, m.recall, m.f1, f"{m.recall.of:,}")
