"""An explanation in a terminal, for 80 columns and more, with colours or without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ctclass.console.tables import bar_of
from ctclass.console.wrapping import Bit, cells, fit, wrap
from ctclass.explain.view import AreaView, ExplanationView, FieldView

if TYPE_CHECKING:
    from rich.console import Console

GIVEN_ROWS, OTHER_ROWS = 8, 4
"""How many terms of an area are shown: of those given, of the runners-up."""
WIDEST = 100
BRACKETS = ("【】", "《》", "〔〕", "{}")
"""Marks without colour; the first pair that the text itself does not hold."""
_STYLES = (
    ("black on yellow", "yellow"), ("black on cyan", "cyan"), ("black on green", "green"),
    ("black on magenta", "magenta"),
)  # fmt: skip
_LABEL = 12
_LEAST_TERM = 20
_LEAST_BAR = 6
_BAR = 24


def draw_explanation(console: Console, view: ExplanationView) -> None:
    """Everything there is to see of an explanation."""
    _Drawing(console, view).draw()


class _Drawing:
    def __init__(self, console: Console, view: ExplanationView) -> None:
        self.console = console
        self.view = view
        self.width = min(console.width, WIDEST)
        texts = "".join(piece.text for field in view.fields for piece in field.pieces)
        coloured = console.is_terminal and not console.no_color and console.color_system
        pairs = [pair for pair in BRACKETS if not set(pair) & set(texts)] or BRACKETS[:1]
        self.brackets = "" if coloured else pairs[0]
        marked = [area for area, _ in view.legend]
        self._styles = {area: _STYLES[i % len(_STYLES)] for i, area in enumerate(marked)}
        self._first = marked[0] if marked else ""

    def draw(self) -> None:
        view = self.view
        if view.title:
            self.print([(view.title, "bold")])
        for i, line in enumerate(view.answer):
            self.print([(line, "" if i else "bold")])
        self.print([])
        for field in view.fields:
            self.field(field)
        self.legend()
        self.bars()
        for area in view.areas:
            self.area(area)
        self.list(self.say("数えなかった語", "Held back"), view.held_back)
        self.policy()
        self.screening()
        self.list(self.say("何が変われば答えが変わるか", "What would change the answer"),
                  [view.flip] if view.flip else [])  # fmt: skip
        self.print([(self.say("モデル", "Model") + f": {view.model}", "dim")])

    def say(self, ja: str, en: str) -> str:
        return ja if self.view.lang == "ja" else en

    def print(self, bits: Sequence[Bit], *, indent: int = 0, first: int | None = None) -> None:
        """Wrap and print; the first line may begin further left than the others."""
        room = self.width - indent
        lines = wrap(bits, room)
        for i, line in enumerate(lines):
            self.line([(" " * (indent if i or first is None else first), ""), *line])

    def line(self, bits: Iterable[Bit]) -> None:
        """Print one line, without spaces at its end."""
        from rich.text import Text

        text = Text()
        for part, style in bits:
            text.append(part, style or None)
        text.rstrip()
        self.console.print(text, soft_wrap=True)

    def heading(self, words: str) -> None:
        self.print([])
        self.print([(words, "bold underline" if not self.brackets else "bold")])

    def field(self, field: FieldView) -> None:
        bits: list[Bit] = []
        for piece in field.pieces:
            if piece.mark is None:
                bits.append((piece.text, ""))
            else:
                bits += self.marked(piece.text, piece.mark.area, strong=piece.strong)
        lines = wrap(bits, self.width - _LABEL)
        for i, line in enumerate(lines):
            label = (fit(field.name, _LABEL), "bold") if i == 0 else (" " * _LABEL, "")
            self.line([label, *line])

    def marked(self, text: str, area: str, *, strong: bool) -> list[Bit]:
        """A marked word; without colours in brackets, with its area's number behind them
        where it is not the first one's."""
        if not self.brackets:
            loud, quiet = self._styles[area]
            return [(text, loud if strong else f"{quiet} underline")]
        behind = "" if area == self._first else dict(self.view.legend)[area].split()[0]
        return [(f"{self.brackets[0]}{text}{self.brackets[1]}{behind}", "")]

    def legend(self) -> None:
        bits: list[Bit] = []
        for area, name in self.view.legend:
            sample = self.say("語", "word")
            marked = self.marked(sample, area, strong=True)
            said = self.brackets and area != self._first  # its number stands in the mark
            bits += [*marked, (f" {name.split(' ', 1)[1] if said else name}   ", "")]
        if bits and not self.brackets:
            weak = self.say("下線 = やや弱い語", "underlined: weaker")
            bits.append((weak, "dim"))
        if bits:
            self.print([(" " * _LABEL, ""), *bits])

    def bars(self) -> None:
        if not self.view.areas:
            return
        self.heading(self.say("領域と得点(0〜1)", "Areas and scores (0 to 1)"))
        widest = max(cells(area.name) for area in self.view.areas)
        room = max(_LEAST_BAR, min(_BAR, self.width - widest - 20))
        for area in self.view.areas:
            name = f"{'◆' if area.strategic else ' '} {fit(area.name, widest)} "
            loud = self._styles.get(area.area, ("", "dim"))[1] if area.given else "dim"
            bar = fit(bar_of(round(area.score * 100), 100, room), room)
            state = "" if area.given else self.say("次点", "runner-up")
            self.line([(name, ""), (bar, loud), (f" {area.score:.2f}  ", ""), (state, "dim")])
        self.print([])
        self.print([(self.view.key, "dim")])

    def area(self, area: AreaView) -> None:
        state = "" if area.given else self.say("(次点)", " (runner-up)")
        self.heading(f"{area.name}{state}")
        self.print([(area.verdict, "")], indent=2)
        if area.subtechnologies:
            names = self.say("、", "; ").join(area.subtechnologies)
            self.print([(self.say("個別技術: ", "Sub-technologies: ") + names, "")], indent=2)
        shown = area.rows[: GIVEN_ROWS if area.given else OTHER_ROWS]
        rest = area.rows[len(shown) :]
        most = max((abs(row.value) for row in area.rows), default=1)
        widest = max([_LEAST_TERM, *(cells(row.term) for row in shown)])
        room = min(widest, self.width - 41)
        self.row(self.say("始点", "start"), area.start, "", "", room, most)
        for row in shown:
            self.row(row.term, row.value, row.kind_name, row.places, room, most)
        if rest:
            words = self.say(f"ほか {len(rest)} 語", f"{len(rest)} more terms")
            self.row(words, sum(row.value for row in rest), "", "", room, most)
        self.row(self.say("和", "sum"), area.total, "", "", room, 0)

    def row(self, term: str, value: int, kind: str, places: str, room: int, most: int) -> None:
        """A contribution; `most` is what the longest bar stands for, 0 for a sum."""
        figure = f"{value / 1000:+9.3f}"
        bar = bar_of(min(abs(value), most), most, 10) if kind else ""
        style = "bold" if not most else "" if kind else "dim"
        self.line(
            [
                ("  ", ""),
                (fit(term, room), style),
                (figure, "red" if value < 0 and kind else style),
                (" " + fit(bar, 10), "red" if value < 0 else "green"),
                (f" {fit(kind, 8)}", "dim"),
                (places, "dim"),
            ]
        )

    def list(self, heading: str, lines: Sequence[str]) -> None:
        if lines:
            self.heading(heading)
        for line in lines:
            self.print([("・" + line, "")], indent=4, first=2)

    def policy(self) -> None:
        """In short: the measures for the primary area, the reasons for the first strategic one."""
        policy = self.view.policy
        if policy is None:
            return
        self.heading(policy.heading)
        tier = policy.tiers[0]
        self.print([(tier.name, "")], indent=2)
        self.print([(" / ".join(tier.measures), "dim")], indent=4)
        for reason in policy.reasons[:1]:
            self.print([(reason.heading, "")], indent=2)
            for one in reason.criteria:
                told = self.say("。", "; ").join(one.evidence)
                self.print([(f"・{one.name}: ", ""), (told, "dim")], indent=6, first=4)
        area = (policy.reasons[0] if policy.reasons else self.view.areas[0]).area
        whole = self.say("全体は ctclass areas", "whole: ctclass areas")
        self.print([(f"{policy.source} ({whole} {area})", "dim")], indent=2)

    def screening(self) -> None:
        self.heading(self.view.screening)
        for flag in self.view.flags:
            self.print([(f"{flag.level}  {flag.name}", "")], indent=2)
            for line in flag.lines:
                self.print([(line, "")], indent=4)
        self.print([(self.view.decision + "_" * 20, "")], indent=2)
        for line in self.view.caveats:
            self.print([(line, "dim")], indent=2)
