"""Explanations as one HTML file: nothing fetched, no script, every text of a row escaped."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape

from ctclass.explain.view import AreaView, ExplanationView, FieldView, Piece, RowView

FIRST_ROWS = 8
"""Terms of an area that are shown at once; the others unfold."""
_COLOURS = 4

_STYLE = """
:root { color-scheme: light; --line: #d1d9e0; --soft: #59636e }
body { font-family: "Hiragino Sans", "Yu Gothic UI", "Yu Gothic", "Noto Sans CJK JP",
  "Noto Sans JP", sans-serif; line-height: 1.75; color: #1f2328; background: #fff;
  max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere }
article + article { border-top: 3px solid #1f2328; margin-top: 3rem; padding-top: 1.5rem }
h1 { font-size: 1.35rem; line-height: 1.4; margin: 0 } h1 small { display: block;
  font-size: .8rem; font-weight: normal; color: var(--soft) }
h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem } h3 { font-size: 1rem; margin: 1.6rem 0 .2rem }
p { margin: .2rem 0 } span.soft { white-space: nowrap }
.soft, .also { color: var(--soft); font-size: .9rem }
.text { display: grid; grid-template-columns: 6.5rem 1fr; gap: .6rem 1rem; margin: 1.2rem 0 0 }
.text dt { color: var(--soft); font-size: .9rem } .text dd { margin: 0; white-space: pre-line }
mark { color: inherit; border-radius: .2em; padding: .06em .1em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
.c0 { background: #ffd84d } .c1 { background: #8fd3f4 } .c2 { background: #a8e6a1 }
.c3 { background: #e3b8f2 } .weak.c0 { background: #fff3c4 } .weak.c1 { background: #dff1fb }
.weak.c2 { background: #e2f6df } .weak.c3 { background: #f5e6fa }
.legend { font-size: .85rem; margin-top: .8rem } .legend span { margin-right: 1.2em }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
td, th { padding: .18rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  font-weight: normal; vertical-align: top }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; width: 4.5em }
.bar { width: 34% } .bars .name { width: 40% } svg { display: block; width: 100%; height: .8rem;
  margin-top: .4rem } .k { color: var(--soft); white-space: nowrap; width: 4em }
.w { color: var(--soft); white-space: nowrap; width: 6em }
.up { fill: #2f81b7 } .down { fill: #c4553b } .full { fill: #eef1f4 } .at { fill: #1f2328 }
.sum td, .sum th { border-top: 2px solid var(--soft); border-bottom: 0; font-weight: bold }
details table { margin: 0 } summary { cursor: pointer; font-size: .9rem; padding: .3rem .5rem;
  color: #0b5cad } ul { margin: 0; padding-left: 1.2rem }
.flag { border-left: 4px solid #b54708; padding: .1rem 0 .1rem .8rem; margin: .8rem 0 }
.decision { border-bottom: 1px solid; padding-bottom: 2em }
.flag b { margin-right: .6em } footer { margin-top: 2rem }
@media (max-width: 34rem) {
  .text { display: block } .text dd { margin-bottom: .7rem }
  .bars .name { width: 52% } td, th { padding: .18rem .25rem }
  .terms tr { display: grid; grid-template-columns: 1fr 4.5em 3.6em 5em;
    border-bottom: 1px solid var(--line) } .terms td, .terms th { border: 0; width: auto }
  .terms .sum { border-top: 2px solid var(--soft); border-bottom: 0 }
  .terms .bar { grid-row: 2; grid-column: 1 / -1; padding-top: 0 }
  .terms .bar:empty { display: none } .terms svg { height: .45rem; margin-top: 0 }
}
@media print { details > :not(summary) { display: block } body { max-width: none; padding: 0 }
  details::details-content { content-visibility: visible }
  h2, h3 { break-after: avoid } tr { break-inside: avoid } }
""".strip()


def to_html(views: Sequence[ExplanationView]) -> str:
    """One page for one project or several."""
    digest = b64encode(hashlib.sha256(f"\n{_STYLE}\n".encode()).digest()).decode()
    lang = views[0].lang
    title = "判定の理由" if lang == "ja" else "Why this answer"
    articles = "\n".join(_Page(view).article() for view in views)
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ctclass: {title}</title>
<style>
{_STYLE}
</style>
</head>
<body>
{articles}
</body>
</html>
"""


class _Page:
    """The parts of one explanation as HTML."""

    def __init__(self, view: ExplanationView) -> None:
        self.view = view
        self._colours = {area: i % _COLOURS for i, (area, _) in enumerate(view.legend)}
        self._names = dict(view.legend)

    def say(self, ja: str, en: str) -> str:
        return ja if self.view.lang == "ja" else en

    def article(self) -> str:
        view = self.view
        small = f"<small>{escape(view.title)}</small>" if view.title else ""
        first, *others = view.answer
        parts = [
            "<article>",
            f"<header><h1>{small}{escape(first)}</h1>",
            *(f"<p>{escape(line)}</p>" for line in others),
            "</header>",
            f'<dl class="text">{"".join(map(self.field, view.fields))}</dl>',
            self.legend(),
            self.bars(),
            *map(self.area, view.areas),
            self.list(self.say("数えなかった語", "Held back"), view.held_back),
            self.policy(),
            self.screening(),
            self.list(
                self.say("何が変われば答えが変わるか", "What would change the answer"),
                [view.flip] if view.flip else [],
            ),
            f'<footer class="soft">{self.say("モデル", "Model")}: {escape(view.model)}</footer>',
            "</article>",
        ]
        return "\n".join(filter(None, parts))

    def field(self, field: FieldView) -> str:
        pieces = "".join(map(self.piece, field.pieces))
        return f'<dt>{escape(field.name)}</dt><dd data-field="{field.field}">{pieces}</dd>'

    def piece(self, piece: Piece) -> str:
        if piece.mark is None:
            return escape(piece.text)
        name = self._names[piece.mark.area]
        classes = f"c{self._colours[piece.mark.area]}" + ("" if piece.strong else " weak")
        said = escape(f"{name} {piece.mark.worth:+.3f}")
        return f'<mark class="{classes}" title="{said}">{escape(piece.text)}</mark>'

    def legend(self) -> str:
        names = "".join(
            f'<span><mark class="c{self._colours[area]}">{self.say("語", "word")}</mark> '
            f"{escape(name)}</span>"
            for area, name in self.view.legend
        )
        weak = self.say("薄い色 = やや弱い語", "pale: weaker words")
        return f'<p class="legend">{names}<span class="soft">{weak}</span></p>' if names else ""

    def bars(self) -> str:
        if not self.view.areas:
            return ""
        rows = "\n".join(map(self.bar, self.view.areas))
        heading = self.say("領域と得点(0〜1)", "Areas and scores (0 to 1)")
        note = self.say("縦線 = 領域とする得点", "upright line: the score from which it is given")
        return (
            f'<section><h2>{heading}</h2>\n<table class="bars"><tbody>\n{rows}\n</tbody></table>\n'
            f'<p class="soft">{note}</p>\n<p class="soft">{escape(self.view.key)}</p></section>'
        )

    def bar(self, area: AreaView) -> str:
        runner_up = self.say("次点", "runner-up")
        state = "" if area.given else f' <span class="soft">{runner_up}</span>'
        mark = "◆ " if area.strategic else ""
        lines = (
            f'<rect class="full" width="100" height="8"/>'
            f'<rect class="up" width="{area.score * 100:.0f}" height="8"/>'
            f'<rect class="at" x="{area.threshold * 100:.0f}" width=".6" height="8"/>'
        )
        return (
            f'<tr><th scope="row" class="name">{mark}{escape(area.name)}{state}</th>'
            f'<td>{_svg(lines)}</td><td class="n">{area.score:.2f}</td></tr>'
        )

    def area(self, area: AreaView) -> str:
        state = "" if area.given else self.say("(次点)", " (runner-up)")
        subs = "".join(
            f'<p class="also">{self.say("個別技術", "Sub-technology")}: {escape(name)}</p>'
            for name in area.subtechnologies
        )
        most = max((abs(row.value) for row in area.rows), default=1) or 1
        first = [self.row(row, most) for row in area.rows[:FIRST_ROWS]]
        rest = area.rows[FIRST_ROWS:]
        more = ""
        if rest:
            more = self.total(
                self.say(f"ほか {len(rest)} 語", f"{len(rest)} more terms"),
                sum(row.value for row in rest),
            )
        table = "\n".join(
            [
                self.total(self.say("始点", "start"), area.start),
                *first,
                more,
                self.total(self.say("和", "sum"), area.total, " class=sum"),
            ]
        )
        unfold = ""
        if rest:
            rows = "\n".join(self.row(row, most) for row in rest)
            words = self.say("ほかの語をすべて見る", "Show all other terms")
            unfold = (
                f'<details><summary>{words}</summary><table class="terms"><tbody>\n{rows}\n'
                "</tbody></table></details>"
            )
        return (
            f'<section data-area="{escape(area.area)}"><h3>{escape(area.name)}{state}</h3>\n'
            f"<p>{escape(area.verdict)}</p>{subs}\n"
            f'<table class="terms"><tbody>\n{table}\n</tbody></table>{unfold}</section>'
        )

    def row(self, row: RowView, most: int) -> str:
        sign = "down" if row.value < 0 else "up"
        width = 100 * abs(row.value) / most
        line = f'<rect class="{sign}" width="{width:.1f}" height="8"/>'
        return (
            f'<tr><th scope="row">{escape(row.term)}</th>'
            f'<td class="n">{row.value / 1000:+.3f}</td><td class="bar">{_svg(line)}</td>'
            f'<td class="k">{escape(row.kind_name)}</td>'
            f'<td class="w">{escape(row.places)}</td></tr>'
        )

    def total(self, words: str, value: int, attributes: str = "") -> str:
        return (
            f'<tr{attributes}><th scope="row">{escape(words)}</th>'
            f'<td class="n">{value / 1000:+.3f}</td>'
            '<td class="bar"></td><td class="k"></td><td class="w"></td></tr>'
        )

    def list(self, heading: str, lines: Sequence[str]) -> str:
        if not lines:
            return ""
        return f"<section><h2>{heading}</h2>{_items(lines)}</section>"

    def policy(self) -> str:
        """What the report provides, folded: measures by tier, reasons by strategic area."""
        policy = self.view.policy
        if policy is None:
            return ""
        folded = [
            f"<details><summary>{escape(tier.name)} ({escape(tier.areas)})</summary>"
            f"{_items(tier.lines)}</details>"
            for tier in policy.tiers
        ]
        for reason in policy.reasons:
            criteria = "".join(
                f"<p>{escape(one.name)}</p>{_items(one.evidence)}"
                f'<p class="soft">{self.say("よりどころ", "rests on")}: {escape(one.rests_on)}</p>'
                for one in reason.criteria
            )
            folded.append(
                f"<details><summary>{escape(reason.heading)}</summary>{criteria}</details>"
            )
        return (
            f"<section><h2>{escape(policy.heading)}</h2>{''.join(folded)}\n"
            f'<p class="soft">{escape(policy.source)}</p></section>'
        )

    def screening(self) -> str:
        flags = "".join(
            f'<div class="flag"><p><b>{escape(flag.level)}</b>{escape(flag.name)}</p>'
            + "".join(f'<p class="soft">{escape(line)}</p>' for line in flag.lines)
            + "</div>"
            for flag in self.view.flags
        )
        flags += f'<p class="decision">{escape(self.view.decision)}</p>'
        caveats = "".join(f'<p class="soft">{escape(line)}</p>' for line in self.view.caveats)
        return f"<section><h2>{escape(self.view.screening)}</h2>{flags}{caveats}</section>"


def _items(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _svg(rects: str) -> str:
    """A bar; the figure beside it says the same, so a screen reader passes over it."""
    return f'<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{rects}</svg>'
