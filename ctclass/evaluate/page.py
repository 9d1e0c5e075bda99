"""The figures of a run as one page to keep or send: HTML or Markdown, nothing fetched.

Japanese first with English beside it. Every value is escaped, for sources and
ids come from the labels of others.
"""

from __future__ import annotations

import re
from html import escape

from ctclass.errors import Phrase
from ctclass.evaluate.measure import Figure
from ctclass.evaluate.sections import Cell, Section, View, shown

_STYLE = """
body { font-family: "Hiragino Sans", "Yu Gothic", "Noto Sans CJK JP", "Noto Sans JP", sans-serif;
  line-height: 1.6; color: #1f2328; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
.en { color: #59636e; font-size: .85em; font-weight: normal; margin-left: .4em }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem }
th, td { border-bottom: 1px solid #d1d9e0; padding: .3rem .7rem; text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap }
thead th { border-bottom: 2px solid #59636e; vertical-align: bottom }
.w { text-align: left; font-weight: normal } td.w { white-space: normal; max-width: 36rem }
.few { color: #9a4a00 } p { margin: .3rem 0 } .note { font-size: .9rem; white-space: pre-line }
.note .en { display: block; margin: 0 }
""".strip()


def to_html(view: View) -> str:
    """One self-contained page."""
    facts = "\n".join(f"<li>{_html(fact)}</li>" for fact in view.facts)
    sections = "\n".join(map(_html_section, view.sections))
    return f"""<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ctclass: {escape(view.title.ja)} / {escape(view.title.en)}</title>
<style>
{_STYLE}
</style>
</head>
<body>
<h1>ctclass: {_html(view.title)}</h1>
<ul>
{facts}
</ul>
{sections}
</body>
</html>
"""


def to_markdown(view: View) -> str:
    """The same as Markdown with tables."""
    parts = [f"# ctclass: {_markdown(view.title)}"]
    parts.append("\n".join(f"- {_markdown(fact)}" for fact in view.facts))
    for section in view.sections:
        marks = [":--" if i < section.left else "--:" for i in range(len(section.head))]
        lines = [list(map(_markdown, section.head)), marks]
        lines += [list(map(_markdown, row)) for row in section.rows]
        parts.append(f"## {_markdown(section.title)}")
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        if section.note:
            parts += _lines(section.note)
    return "\n\n".join(parts) + "\n"


def _lines(note: Phrase) -> list[str]:
    """A paragraph for each line, in both languages."""
    pairs = zip(note.ja.split("\n"), note.en.split("\n"), strict=True)
    return [_markdown(Phrase(ja, en)) for ja, en in pairs]


def _html_section(section: Section) -> str:
    head = "".join(
        f'<th scope="col"{_words(i, section)}>{_html(cell)}</th>'
        for i, cell in enumerate(section.head)
    )
    rows = "\n".join(
        "<tr>" + "".join(_html_cell(i, cell, section) for i, cell in enumerate(row)) + "</tr>"
        for row in section.rows
    )
    note = f'\n<p class="note">{_html(section.note)}</p>' if section.note else ""
    return (
        f"<section>\n<h2>{_html(section.title)}</h2>\n"
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n'
        f"</tbody></table></div>{note}\n</section>"
    )


def _html_cell(place: int, cell: Cell, section: Section) -> str:
    """A cell; a figure has its share as a bar behind it."""
    if place == 0:
        return f'<th scope="row" class="w">{_html(cell)}</th>'
    if isinstance(cell, Figure) and cell.value is not None:
        part = f"{min(max(cell.value, 0), 1):.0%}"
        few = ' class="few"' if cell.few else ""
        bar = f"background: linear-gradient(90deg, #dbe9f6 {part}, transparent {part})"
        return f'<td{few} style="{bar}">{_html(cell)}</td>'
    return f"<td{_words(place, section)}>{_html(cell)}</td>"


def _words(place: int, section: Section) -> str:
    return ' class="w"' if place < section.left else ""


def _html(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return escape(shown(cell))
    if isinstance(cell, str):
        return escape(cell)
    if cell.ja == cell.en:
        return escape(cell.ja)
    return f'{escape(cell.ja)}<span class="en" lang="en">{escape(cell.en)}</span>'


def _markdown(cell: Cell) -> str:
    r"""A cell of a Markdown table.

    >>> _markdown(Phrase("領域", "area")), _markdown("a|<b>")
    ('領域 / area', 'a\\|&lt;b&gt;')
    """
    if isinstance(cell, Figure):
        return shown(cell)
    if isinstance(cell, Phrase):
        text = cell.ja if cell.ja == cell.en else f"{cell.ja} / {cell.en}"
    else:
        text = cell
    text = re.sub(r"([\\`*\[\]|])", r"\\\1", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
