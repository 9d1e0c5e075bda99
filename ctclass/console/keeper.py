"""What the keeper of the taxonomy sees: proposed seeds, what a change moved, learning at work.

Results are on stdout. The context of an example is a piece of somebody's
table, so it is shown in a terminal only and never runs into a file or a pipe.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from ctclass.console.terminal import Screen, console_on
from ctclass.errors import Phrase
from ctclass.taxonomy.areas import circled, numbered

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ctclass.keeper.changes import SeedChange
    from ctclass.keeper.moved import Moves, SeedMoves
    from ctclass.keeper.proposals import Proposal, Proposals
    from ctclass.model.compact import Model

Table = tuple[list[str], list[list[str]]]
"""Headings and rows."""
_SEEDS_SHOWN = 30
_EXAMPLES = 24
"""Examples in a narrower column are no longer read as one."""
_HEADING = 8
_SOURCES = {
    "corpus": Phrase("コーパス", "corpus"),
    "labels": Phrase("ラベル", "labels"),
    "evidence": Phrase("根拠語", "evidence"),
}
_CHANGES = {
    "added": Phrase("種語を追加", "seed added"),
    "removed": Phrase("種語を削除", "seed removed"),
    "heavier": Phrase("重みを増やした", "made heavier"),
    "lighter": Phrase("重みを減らした", "made lighter"),
    "firm": Phrase("単独で数えるようにした", "counts alone now"),
    "beside": Phrase("単独では数えないようにした", "counts only beside another now"),
    "friend-added": Phrase("紛らわしい語句を追加", "false friend added"),
    "friend-removed": Phrase("紛らわしい語句を削除", "false friend removed"),
    "outside-added": Phrase("領域外の語を追加", "outside term added"),
    "outside-removed": Phrase("領域外の語を削除", "outside term removed"),
    "seen": Phrase("新しい根拠(種語の変更によらない)", "new evidence (no seed changed)"),
    "unseen": Phrase("根拠でなくなった(種語の変更によらない)", "evidence gone (no seed changed)"),
}


def show_proposals(screen: Screen, found: Proposals, model: Model) -> None:
    """Each area's proposals with their counts and examples."""
    from rich.text import Text

    console = console_on(sys.stdout, 160)
    say = screen.say
    console.print(Text(say(
        "種語の提案(自動では採用されません)。件数は 領域の内/外。",
        "Proposed seeds (none is applied by itself). Counts are inside/outside the area.",
    ), style="bold"))  # fmt: skip
    names = _names(model, screen.lang)
    for area in dict.fromkeys(p.area for p in found.proposals):
        console.print(Text(f"\n{names.get(area, area)} ({area})", style="bold cyan"))
        own = [p for p in found.proposals if p.area == area]
        _put(console, *_proposal_rows(screen, own, shown=sys.stdout.isatty()), words={0, 1})
    if not found.proposals:
        console.print(Text(say("提案はありません", "Nothing to propose")))


def _proposal_rows(screen: Screen, proposals: list[Proposal], *, shown: bool) -> Table:
    say = screen.say
    heads = [
        say("語", "term"), say("個別技術", "sub-technology"), say("判定", "model"),
        say("読み手", "readers"), say("割合", "share"), say("直る", "mends"), say("由来", "from"),
        say("得点", "score"), say("例", "examples"),
    ]  # fmt: skip
    rows = []
    for p in proposals:
        counts = [f"{p.inside:,}/{p.outside:,}", f"{p.read_inside:,}/{p.read_outside:,}"]
        figures = [*counts, f"{p.share:.0%}", f"{p.mends or ''}"]
        score = f"{p.score:,.0f}" if p.score else ""
        examples = (f"{e.project_id} {e.context if shown else ''}".rstrip() for e in p.examples)
        rows.append([p.term, p.subtechnology.partition("/")[2] or "?", *figures,
                     _SOURCES[p.source].text(screen.lang), score,
                     ("\n" if shown else " ").join(examples)])  # fmt: skip
    return heads, rows


def show_evidence(screen: Screen, found: Proposals, model: Model) -> None:
    """How many of the words that decided for the readers the model sees, on stderr."""
    words = sum(seen.words for seen in found.evidence.values())
    if not words:
        return
    share = sum(seen.seen for seen in found.evidence.values()) / words
    symbols = {area.id: circled(area.number) for area in model.areas}
    parts = " ".join(
        f"{symbols.get(area, area)}{seen.seen / seen.words:.0%}"
        for area, seen in found.evidence.items()
    )
    screen.tell(
        Phrase(
            f"読み手の根拠語 {words:,} のうち、モデルに見えるのは {share:.0%}(主領域別: {parts})",
            f"Of the readers' {words:,} words of evidence the model sees {share:.0%} "
            f"(by primary area: {parts})",
        )
    )


def tell_rows(screen: Screen, found: Proposals) -> None:
    """How much was read, and what was not."""
    screen.tell(
        Phrase(
            f"{found.rows:,} 件を読みました(うち読み手の判断があるもの {found.read:,} 件)",
            f"{found.rows:,} rows read, {found.read:,} of them judged by a reader",
        )
    )
    if found.missing:
        screen.tell(
            Phrase(
                f"本文が見つからないラベル: {found.missing:,}",
                f"labels without a text: {found.missing:,}",
            )
        )
    if found.dropped:
        screen.tell(
            Phrase(
                f"語が多いため、まれな語の件数は最大 {found.dropped} 件少なく数えています",
                f"There are many terms: a rare one may be counted {found.dropped} too low",
            )
        )


def show_moves(screen: Screen, moves: Moves, model: Model) -> None:
    """Rows gained, lost and moved by area, then the seeds that did it."""
    from rich.text import Text

    console = console_on(sys.stdout, 160)
    console.print(Text(screen.say(
        f"{moves.rows:,} 件のうち {moves.changed:,} 件が変わり、"
        f"{moves.primary_changed:,} 件は主領域が変わりました",
        f"{moves.changed:,} of {moves.rows:,} rows changed, "
        f"{moves.primary_changed:,} of them in their primary area",
    ), style="bold"))  # fmt: skip
    console.print(Text(f"{moves.old} → {moves.new}"))
    if moves.read:
        better, worse = moves.verdicts["better"], moves.verdicts["worse"]
        console.print(Text(screen.say(
            f"読み手の判断がある {moves.read:,} 件: 良くなった {better:,}、悪くなった {worse:,}、"
            f"変わったが同じ近さ {moves.verdicts['same']:,}",
            f"{moves.read:,} rows judged by a reader: better {better:,}, worse {worse:,}, "
            f"changed but as near as before {moves.verdicts['same']:,}",
        )))  # fmt: skip
    if moves.changed:
        _put(console, *_area_rows(screen, moves, model), words={0})
        _put(console, *_seed_rows(screen, moves.by_seed()[:_SEEDS_SHOWN]), words={0, 4, 5})


def _area_rows(screen: Screen, moves: Moves, model: Model) -> Table:
    say = screen.say
    heads = [
        say("領域", "area"), say("前", "old"), say("後", "new"), say("増", "gained"),
        say("減", "lost"), say("主へ", "1st in"), say("主から", "1st out"),
    ]  # fmt: skip
    if moves.read:
        heads += [say("正しく", "right"), say("誤って", "wrong")]
    rows = []
    names = _names(model, screen.lang)
    for area in names:
        held = moves.areas.get(area)
        if held is None or not (held.gained or held.lost or held.primary_in or held.primary_out):
            continue
        figures = [held.before, held.after, held.gained, held.lost,
                   held.primary_in, held.primary_out]  # fmt: skip
        if moves.read:
            figures += [held.gained_right + held.lost_right, held.gained_wrong + held.lost_wrong]
        examples = [f"+{i}" for i in held.examples["gained"][:2]]
        examples += [f"-{i}" for i in held.examples["lost"][:2]]
        examples = examples or held.examples["primary"][:2]
        rows.append([names[area], *(f"{n:,}" if n else "" for n in figures), " ".join(examples)])
    return [*heads, say("例", "examples")], rows


def _seed_rows(screen: Screen, seeds: list[tuple[SeedChange, SeedMoves]]) -> Table:
    say = screen.say
    heads = [
        say("動かした種語", "seed"), say("増", "gained"), say("減", "lost"),
        say("主領域", "primary"), say("領域", "area"), say("変更", "change"),
        say("例", "examples"),
    ]  # fmt: skip
    rows = []
    for seed, by in seeds:
        counts = [f"{n:,}" if n else "" for n in (by.gained, by.lost, by.primary)]
        what = _CHANGES[seed.change].text(screen.lang)
        area = seed.subtechnology or seed.area
        rows.append([seed.term, *counts, area, what, " ".join(by.examples[:3])])
    return heads, rows


class Bars:
    """What a build shows while it runs: a bar for the reading of a corpus, then one for the
    steps that follow. In a log only the reading is told of."""

    def __init__(self, screen: Screen, steps: int) -> None:
        self._screen = screen
        self._steps = steps
        self._shown = ExitStack()
        self._begin: Callable[[Phrase], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self._shown.close()

    def reading(self, rows: int | None) -> Callable[[int], None]:
        """Rows are read from now on; what it gives hears how many are done."""
        what = self._screen.say("読んでいます", "reading")
        return self._shown.enter_context(self._screen.progress(what, rows))

    def step(self, what: Phrase) -> None:
        """A step begins. The first one takes the place of the reading."""
        if self._begin is None:
            self._shown.close()
            self._begin = self._shown.enter_context(self._screen.steps(self._steps))
        self._begin(what)


def _names(model: Model, lang: str) -> dict[str, str]:
    return {area.id: numbered(area).text(lang) for area in model.areas}


def _put(console: RichConsole, heads: list[str], rows: list[list[str]], *, words: set[int]) -> None:
    """A table whose last column are examples. Where these find no room they stand below it,
    headings fold, and so do the columns of `words`; a figure is never cut."""
    from rich import box
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.table import Table as Drawn
    from rich.text import Text

    last = len(heads) - 1
    room = [max(cell_len(row[i]) for row in (heads, *rows)) for i in range(last)]
    beside = sum(room) + 3 * len(room) + _EXAMPLES <= console.width
    table = Drawn(box=box.SIMPLE_HEAD, padding=(0, 1))
    for i, name in enumerate(heads[: last + beside]):
        width = None
        if not beside and i not in words:
            width = max(min(cell_len(name), _HEADING), *(cell_len(row[i]) for row in rows), 1)
        table.add_column(name, overflow="fold", width=width, no_wrap=beside and i < last)
    for row in rows:
        table.add_row(*map(Text, row[: last + beside]))
    console.print(table)
    if beside:
        return
    console.print(Text(heads[-1], style="bold"))
    for name, *_, examples in rows:
        console.print(Padding(Text(name), (0, 0, 0, 2)))
        console.print(Padding(Text(examples), (0, 0, 0, 4)))
