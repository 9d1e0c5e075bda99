"""How far a run has come: a bar in a terminal, now and then a line in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from ctclass.errors import Phrase

if TYPE_CHECKING:
    from rich.console import Console

Position = Callable[[], tuple[int, int]]
"""How much is done, and how much there is."""
EVERY = 60.0
"""Seconds between two lines of a log; a run that takes less says nothing on the way."""


@contextmanager
def bar_of_rows(
    console: Console, lang: str, what: str, total: int | None, position: Position | None
) -> Iterator[Callable[[int], None]]:
    """A bar with rows per second and time left; what it yields hears how many rows are done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    rows = Phrase("行", "rows").text(lang)
    pace = "{task.fields[speed]:,.0f} " + Phrase("行/秒", "rows/s").text(lang)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[done]:,} " + rows, markup=False),
        TextColumn(pace, markup=False),
        TextColumn(Phrase("残り", "left").text(lang), markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(what, total=total or 1, done=0, speed=0.0)

    def update(done: int) -> None:
        at, size = _where(done, total, position)
        elapsed = bar.tasks[task].elapsed or 0.0
        speed = done / elapsed if elapsed else 0.0
        bar.update(task, completed=at, total=size, done=done, speed=speed)

    with bar:
        yield update


@contextmanager
def bar_of_steps(console: Console, lang: str, total: int) -> Iterator[Callable[[Phrase], None]]:
    """The same for work that has no rows: which step of how many, and the time so far."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[now]}/{task.total}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task("", total=total, now=0)

    def begin(what: Phrase) -> None:
        now = min(bar.tasks[task].fields["now"] + 1, total)
        bar.update(task, description=what.text(lang), completed=now - 1, now=now)

    with bar:
        yield begin


@dataclass(slots=True)
class Log:
    """A line on stderr every `EVERY` seconds. Called with the rows that are done.

    >>> log = Log("en", "tagging", 400)
    >>> log.line(100, seconds=80)
    'tagging: 25%, 100 rows, about 4 min left'
    """

    lang: str
    what: str
    total: int | None = None
    position: Position | None = None
    _started: float = field(default_factory=monotonic)
    _told: float = field(default_factory=monotonic)

    def __call__(self, done: int) -> None:
        """So many rows are done."""
        now = monotonic()
        if now - self._told >= EVERY:
            self._told = now
            sys.stderr.write(self.line(done, now - self._started) + "\n")
            sys.stderr.flush()

    def line(self, done: int, seconds: float) -> str:
        """What is done after so many seconds, and how long the rest takes at that pace."""
        if not self.total and not self.position:
            return Phrase(f"{self.what}: {done:,} 行", f"{self.what}: {done:,} rows").text(
                self.lang
            )
        at, size = _where(done, self.total, self.position)
        told = Phrase(
            f"{self.what}: {at / size:.0%}、{done:,} 行",
            f"{self.what}: {at / size:.0%}, {done:,} rows",
        )
        if 0 < at < size:
            left = seconds * (size - at) / at / 60
            more = f"{left / 60:.1f}" if left >= 120 else f"{max(left, 1):.0f}"
            unit = Phrase("時間", "h") if left >= 120 else Phrase("分", "min")
            told = Phrase(
                f"{told.ja}、残り約 {more} {unit.ja}", f"{told.en}, about {more} {unit.en} left"
            )
        return told.text(self.lang)


def _where(done: int, total: int | None, position: Position | None) -> tuple[int, int]:
    """The rows that are done of all, or where their number is unknown, bytes."""
    at, size = position() if position and not total else (done, total or 1)
    return min(at, size), max(size, 1)
