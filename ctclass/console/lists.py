"""Crosswalks, tallies, lists and checks in a terminal. Results, so on stdout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctclass.console.terminal import Screen, console_on
from ctclass.errors import Phrase

if TYPE_CHECKING:
    from ctclass.runs.verify import Check
    from ctclass.taxonomy.crosswalk import Link, Reading
    from ctclass.taxonomy.frameworks import Framework, Item
    from ctclass.taxonomy.tally import Tally

RELATIONS = {
    "exact": Phrase("= 同じ", "= same"),
    "close": Phrase("≒ ほぼ同じ", "≒ close"),
    "inside": Phrase("⊂ に含まれる", "⊂ lies in"),
    "contains": Phrase("⊃ を含む", "⊃ contains"),
    "partial": Phrase("∩ と重なる", "∩ overlaps"),
}


def stdout_console() -> Any:
    """Results on stdout, for lists of 100 characters."""
    return console_on(sys.stdout, 100)


def show_frameworks(screen: Screen, frameworks: Sequence[Framework]) -> None:
    """Every framework with its date and size."""
    from rich.text import Text

    console = stdout_console()
    table = _grid(3)
    for one in frameworks:
        table.add_row(
            Text(one.id, style="bold cyan"),
            Text(one.date[:7], style="dim"),
            Text(f"{one.name.text(screen.lang)} ({len(one.items)})"),
        )
    console.print(table)
    print_dim(console, screen.say(
        "ctclass crosswalk ID … 16領域との対応 / crosswalk ID ID … 二つの対応 / "
        "tag --framework ID … 列を付ける",
        "ctclass crosswalk ID: beside the 16 areas; crosswalk ID ID: any two; "
        "tag --framework ID: a column",
    ))  # fmt: skip


def show_crosswalk(screen: Screen, first: Reading, second: Reading, links: Sequence[Link]) -> None:
    """The items of the first framework, and what each is to items of the second."""
    from rich.text import Text

    console = stdout_console()
    _head(console, screen, first.framework)
    _head(console, screen, second.framework)
    for item in first.framework.items:
        own = [one for one in links if one.first == item.id]
        if not own and (item.part_of or first.parts.get(item.id)):
            continue
        console.print()
        console.print(_label(screen, item))
        table = _grid(2)
        for one in sorted(own, key=lambda one: list(RELATIONS).index(one.strength)):
            sign = RELATIONS[one.strength].text(screen.lang) + ("*" if one.judgement else "")
            other = second.framework.item(one.second)
            text = Text.assemble((other.id, "cyan"), " ", other.name.text(screen.lang))
            if one.via not in ((one.second,), (one.first,)):
                text.append(f"  ← {', '.join(one.via)}", style="dim")
            table.add_row(Text("  " + sign, style="" if one.strength != "partial" else "dim"), text)
        if own:
            console.print(table)
        else:
            console.print(Text(screen.say("  対応なし", "  nothing"), style="dim"))
    unsure = any(item.named == "unconfirmed" for item in first.framework.items)
    console.print()
    judged = screen.say(
        "* ctclass の判断による対応(原典に対応表はありません)",
        "* judged by ctclass; no document gives this crosswalk",
    )
    waiting = screen.say("。? 名は確認待ち", ". ? the name awaits confirmation")
    print_dim(console, judged + (waiting if unsure else ""))


def show_tally(screen: Screen, framework: Framework, counts: Tally) -> None:
    """Rows of a tagged table by item, with bars."""
    from rich.text import Text

    from ctclass.console.tables import bar_of

    console = stdout_console()
    _head(console, screen, framework)
    console.print(Text(screen.say(
        f"{counts.rows:,} 行(複数の項目に入る行もある)。どれにも入らない: {counts.outside:,} 行",
        f"{counts.rows:,} rows; a row may be in several items. In none: {counts.outside:,}",
    )))  # fmt: skip
    most = max([*counts.inside.values(), 1])
    table = _grid(4)
    table.show_header = True
    heads = (
        "",
        screen.say("入る", "in"),
        screen.say("入りうる", "may be"),
        screen.say("項目", "item"),
    )
    for column, head in zip(table.columns, heads, strict=True):
        column.header = Text(head, style="dim")
    for item in framework.items:
        n, m = counts.inside[item.id], counts.partial[item.id]
        table.add_row(
            Text(bar_of(n, most, 20), style="cyan"),
            Text(f"{n:,}", justify="right"),
            Text(f"{m:,}" if m else "", justify="right", style="dim"),
            Text("  " if item.part_of else "") + _label(screen, item, dim=not n + m),
        )
    console.print(table)


def show_checks(screen: Screen, checks: Sequence[Check]) -> None:
    """What `verify` looked at, a line each, and whether all of it fits."""
    from rich.table import Table
    from rich.text import Text

    console = console_on(sys.stdout)
    table = Table(box=None, padding=(0, 1), show_header=False)
    for check in checks:
        mark = Text("✓", style="green") if check.fits else Text("✗", style="bold red")
        seen = Text(check.seen.text(screen.lang), style="dim" if check.fits else "")
        table.add_row(mark, Text(check.what.text(screen.lang)), seen)
    console.print(table)
    wrong = sum(not check.fits for check in checks)
    line = (
        screen.say(f"{wrong} 項目が合いません", f"{wrong} of {len(checks)} do not fit")
        if wrong
        else screen.say("すべて合っています", "Everything fits")
    )
    console.print(Text(line, style="bold red" if wrong else "bold"))


def _head(console: Any, screen: Screen, framework: Framework) -> None:
    from rich.text import Text

    name = framework.name.text(screen.lang)
    console.print(Text.assemble((framework.id, "bold cyan"), "  ", (name, "bold")))
    console.print(Text(f"  {framework.source.text(screen.lang)}", style="dim"))


def _label(screen: Screen, item: Item, *, dim: bool = False) -> Any:
    from rich.text import Text

    text = Text.assemble((item.id, "dim" if dim else "bold"), "  ", item.name.text(screen.lang))
    if item.original:
        text.append(f"  {item.original}", style="dim")
    if item.named == "unconfirmed":
        text.append(" ?", style="yellow")
    return text


def _grid(columns: int) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for i in range(columns):
        table.add_column(no_wrap=i < columns - 1, overflow="fold")
    return table


def print_dim(console: Any, text: str) -> None:
    """A line beside the results: a source, or what to type next."""
    from rich.text import Text

    console.print(Text(text, style="dim"))
