"""What a person sees: progress, a summary, findings, errors. Rich, on stderr.

Rich is imported when there is something to draw; values from tables go in as
plain text, so that `[red]` in a title stays `[red]`.
"""

from __future__ import annotations

import locale
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TextIO

from ctclass.console.progress import Log, Position, bar_of_rows, bar_of_steps
from ctclass.console.tables import area_bars, section_table
from ctclass.errors import CtclassError, Phrase
from ctclass.statuses import STATUSES

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console as RichConsole

    from ctclass.check.problem import Problem
    from ctclass.evaluate.sections import View
    from ctclass.model.compact import Model
    from ctclass.projects import Columns
    from ctclass.runs.stream import Totals
    from ctclass.tables import TableReader

_PASSWORD = re.compile(r"(://[^\s/@:]*:)\S*(?=@)|(password=)[^\s&)']*")
DECIDED = Phrase(
    "最後に決めるのは人です。確認者・日付・理由を行ごとに残してください"
    "(.xlsx に出すと記入する列が付きます)。",
    "The decision is with people: note for each row by whom, when and why "
    "(an .xlsx output has columns for it).",
)
"""The line for the human decision, for a table."""


def locale_language() -> str:
    """`ja` in a Japanese locale, else `en`.

    LC_ALL, LC_MESSAGES and LANG decide where they are set; Windows is asked else.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ja" if value.lower().startswith("ja") else "en"
    try:
        name = locale.getlocale()[0] or ""
    except ValueError:
        return "en"
    return "ja" if name.lower().startswith("ja") else "en"


def print_error(error: CtclassError, lang: str) -> None:
    """Three lines on stderr: what, where, what to do. A password in a URL is never shown."""
    labels = ("エラー", "場所", "対処") if lang == "ja" else ("Error", "Where", "What to do")
    for label, line in zip(labels, error.lines(lang), strict=True):
        sys.stderr.write(f"{label}: {hidden(' '.join(line.split()))}\n")


def hidden(text: str) -> str:
    """The text without the password of a URL in it.

    >>> hidden("postgresql://me:secret@host/x?sslpassword=secret")
    'postgresql://me:***@host/x?sslpassword=***'
    """
    return _PASSWORD.sub(lambda found: f"{found[1] or found[2]}***", text)


class Screen:
    """Messages in one language; quiet ones say nothing but errors."""

    def __init__(self, lang: str, *, quiet: bool = False) -> None:
        self.lang = lang
        self.quiet = quiet
        self._held: list[Phrase] = []

    def say(self, ja: str, en: str) -> str:
        """The sentence in the language of the reader."""
        return ja if self.lang == "ja" else en

    def tell(self, *phrases: Phrase) -> None:
        """A line on stderr for each phrase."""
        if not self.quiet:
            for phrase in phrases:
                sys.stderr.write(phrase.text(self.lang) + "\n")

    def tell_written(self, path: Path | str) -> None:
        """Where an output went."""
        self.tell(Phrase(f"→ {path}", f"→ {path}"))

    def tell_columns(self, reader: TableReader, columns: Columns) -> None:
        """Which columns were found: at once in a terminal, where a person can still stop.

        Elsewhere it waits for `tell_held`, for an error is three lines and nothing else.
        """
        from ctclass.tables.encoding import NAMES

        groups = [
            (("課題番号", "id"), () if columns.project_id is None else (columns.project_id,)),
            (("課題名", "title"), columns.title or columns.title_en),
            (("概要", "abstract"), columns.abstract or columns.abstract_en),
            (("キーワード", "keywords"), columns.keywords),
            (("共同研究先", "partners"), columns.partners),
            (
                ("技術流出の確認だけに使う列", "for screening only"),
                [i for name, _, i in columns.metadata if name != "partners"],
            ),
        ]
        parts = [
            f"{self.say(*name)} = {' + '.join(_on_one_line(reader.header[i]) for i in places)}"
            for name, places in groups
            if places
        ]
        codec = NAMES.get(reader.encoding or "", reader.encoding or "")
        what = " ".join(filter(None, (reader.format.upper(), codec)))
        line = f"{reader.path} ({what}): {self.say('、', ', ').join(parts)}"
        self._held += [Phrase(line, line), *reader.notes]
        self._held += [
            Phrase(
                f"{ja}の列が見つかりません(あれば --{en} 列名 で指定してください)",
                f"No {en} column was found (if there is one, name it: --{en} NAME)",
            )
            for (ja, en), places in groups[1:3]
            if not places
        ]
        if sys.stderr.isatty():
            self.tell_held()

    def hold(self, *phrases: Phrase) -> None:
        """Say it at `tell_held`."""
        self._held += phrases

    def tell_held(self) -> None:
        """Say what has waited for the run to come to its end."""
        self.tell(*self._held)
        self._held.clear()

    def progress(
        self, what: str, total: int | None, position: Position | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """A progress bar; outside a terminal a line a minute.

        `total` rows, or where that is unknown, `position` gives bytes read and all bytes.
        """
        if self.quiet:
            return nullcontext(_nothing)
        if not sys.stderr.isatty():
            return nullcontext(Log(self.lang, what, total, position))
        return bar_of_rows(console_on(sys.stderr), self.lang, what, total, position)

    def steps(self, total: int) -> AbstractContextManager[Callable[[Phrase], None]]:
        """The same bar for work that has no rows, and nothing outside a terminal. What it
        gives hears what begins. There may be fewer steps than `total`."""
        if self.quiet or not sys.stderr.isatty():
            return nullcontext(_nothing)
        return bar_of_steps(console_on(sys.stderr), self.lang, total)

    def summary(
        self, totals: Totals, model: Model, output: str, seconds: float, taken: int = 0
    ) -> None:
        """Rows, of which some were `taken` over, areas as bars, strategic and screening
        counts, rows without a judgement."""
        if self.quiet:
            return
        from rich.text import Text

        console = console_on(sys.stderr)
        rows, say = totals.rows, self.say
        speed = f"{rows / seconds:,.0f}" if seconds else "-"
        done = say(f"{rows:,} 件を判定しました", f"{rows:,} rows tagged")
        if taken:
            done = say(
                f"{rows:,} 件: 判定 {rows - taken:,} 件、引き継ぎ {taken:,} 件",
                f"{rows:,} rows: {rows - taken:,} tagged, {taken:,} taken over",
            )
        pace = say(f"({seconds:.1f} 秒、{speed} 件/秒)", f" ({seconds:.1f} s, {speed} rows/s)")
        console.print(Text(done + pace, style="bold"))
        if rows:
            console.print(area_bars(totals, model, self.lang, console.width))
            self._flags(console, totals, model)
        if output:
            console.print(Text(f"→ {output}", style="bold"))

    def _flags(self, console: RichConsole, totals: Totals, model: Model) -> None:
        from rich.text import Text

        from ctclass.console.wrapping import folded
        from ctclass.tagging.screen import DISCLAIMER, NOT_SEEN

        say, rows = self.say, totals.rows
        check, priority = totals.screening["check"], totals.screening["priority"]
        strategic = say(
            f"◆ 国家戦略技術領域: {totals.strategic:,} 件({totals.strategic / rows:.1%})",
            f"◆ national-strategic: {totals.strategic:,} rows ({totals.strategic / rows:.1%})",
        )
        lines = [strategic] if any(area.strategic for area in model.areas) else []
        lines += [
            say(
                f"技術流出の確認: 優先 priority {priority:,} 件、確認 check {check:,} 件"
                "(該当なしは安全の証明ではありません)",
                f"leakage screening: priority {priority:,}, check {check:,} "
                "(none is no proof of safety)",
            ),
        ]
        odd = [(status, n) for status, n in totals.statuses.most_common() if status != "ok"]
        if odd:
            parts = [
                f"{STATUSES[s].text(self.lang) if s in STATUSES else s} ({s}) {n:,}" for s, n in odd
            ]
            head = say("判定できない、または注意のいる行", "rows without a judgement, or odd")
            lines.append(f"{head}: {say('、', ', ').join(parts)}")
        if again := totals.duplicates():
            shown = ", ".join(f"{row:,}" for row in again[:5]) + (" …" if len(again) > 5 else "")
            lines.append(
                say(
                    f"課題番号の重複: {len(again):,} 行(データ行 {shown})。すべて残しました",
                    f"duplicate ids: {len(again):,} rows (data rows {shown}); all are kept",
                )
            )
        for line in lines:
            console.print(Text(line))
        for limit in (NOT_SEEN, DISCLAIMER, DECIDED):
            told = folded(limit.text(self.lang), console.width)
            console.print(Text(told, style="dim"))

    def problems(self, problems: Sequence[Problem]) -> None:
        """Findings of `check` on stdout, one a line, `file:line: rule: what`."""
        for p in problems:
            kind = self.say("(参考)", " (note)") if p.note else ""
            sys.stdout.write(f"{p.place}: {p.rule}{kind}: {p.what.text(self.lang)}\n")

    def evaluation(self, view: View) -> None:
        """The figures of `evaluate` as tables on stdout."""
        from rich.text import Text

        console = console_on(sys.stdout)
        console.print(Text(view.facts[0].text(self.lang), style="bold"))
        for fact in view.facts[1:]:
            console.print(Text(fact.text(self.lang)))
        tables = [section_table(s, self.lang, console.width) for s in view.sections]
        if any(narrow for _, narrow in tables):
            console.print(Text(self.say(
                "窓が狭いため、区間を省いた表があります(広げると出ます)",
                "The window is narrow: some tables leave the intervals out (widen it to see them)",
            )))  # fmt: skip
        for section, (table, _) in zip(view.sections, tables, strict=True):
            console.print(Text("\n" + section.title.text(self.lang), style="bold"))
            console.print(table)
            if section.note:
                console.print(Text(section.note.text(self.lang), style="dim"))


def console_on(stream: TextIO, width: int = 120) -> RichConsole:
    """Rich on a stream: as wide as the window, `width` characters elsewhere."""
    from rich.console import Console

    from ctclass.console.plain import drawable

    wide = None if stream.isatty() else width
    return Console(file=drawable(stream), width=wide, highlight=False, markup=False, emoji=False)


def results_console() -> RichConsole:
    """Standard output, for what a command was asked to show."""
    console = console_on(sys.stdout)
    if not console.is_terminal and sys.stderr.isatty():
        console.width = min(console.width, os.get_terminal_size(sys.stderr.fileno()).columns)
    return console


def _on_one_line(name: str) -> str:
    """A heading as a person reads it: one of a workbook may be broken into lines.

    >>> _on_one_line("研究開発\\n課題名")
    '研究開発 課題名'
    """
    return " ".join(name.splitlines())


def _nothing(done: object) -> None:
    """No progress to show."""
    del done
