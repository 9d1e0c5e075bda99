"""Words marked within the text of a cell, as Excel writes it: runs with a font each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

MOST_MARKS = 200
"""In one cell; more tell nobody more, and every run costs bytes."""
_ONE_WORD = re.compile("[\u30a1-\u30fa\u30fc-\u30fe]{2}|[A-Za-z0-9]{2}")

Spans = list[tuple[int, int]]


def find_words(texts: Sequence[str], words: Sequence[str]) -> list[Spans]:
    """Where the words stand in each of the texts, ascending, none overlapping another.

    The words are known to stand somewhere. So a place inside a longer run of katakana or
    Latin letters counts only for a word that stands nowhere by itself:

    >>> find_words(["ライオンとイオン注入", "リチウムイオン"], ["イオン"])
    [[(5, 8)], []]
    >>> find_words(["リチウムイオン電池"], ["イオン"])
    [[(4, 7)]]
    """
    found: list[Spans] = [[] for _ in texts]
    for word in words:
        places = [list(_places(text, word)) for text in texts]
        free = [
            [(a, b) for a, b in own if not _inside(text, a, b)]
            for text, own in zip(texts, places, strict=True)
        ]
        for spans, own in zip(found, free if any(free) else places, strict=True):
            spans.extend(own)
    return [_merged(spans) if len(spans) > 1 else spans for spans in found]


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    """A word is named in one line, and without `;`, which parts the words."""
    if " " in word or "," in word:
        pattern = re.escape(word).replace(r"\ ", r"\s+").replace(",", "[,;]")
        for match in re.finditer(pattern, text):
            yield match.span()
        return
    at = text.find(word)
    while word and at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + len(word))


def _inside(text: str, start: int, end: int) -> bool:
    before = start and _ONE_WORD.fullmatch(text, start - 1, start + 1)
    return bool(before or _ONE_WORD.fullmatch(text, end - 1, end + 1))


def _merged(spans: Spans) -> Spans:
    merged: Spans = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def runs(text: str, spans: Spans, plain: str, marked: str) -> str:
    """The text as runs, those of the spans in the font `marked`; fonts are `<rPr>` elements.

    >>> runs("量子と電池", [(0, 2)], "<rPr/>", "<rPr><b/></rPr>")[:60]
    '<r><rPr><b/></rPr><t xml:space="preserve">量子</t></r><r><rPr/'
    """
    parts: list[str] = []
    done = 0
    for start, end in spans[:MOST_MARKS]:
        if start > done:
            parts.append(_run(text[done:start], plain))
        parts.append(_run(text[start:end], marked))
        done = end
    if done < len(text):
        parts.append(_run(text[done:], plain))
    return "".join(parts)


def _run(text: str, font: str) -> str:
    return f'<r>{font}<t xml:space="preserve">{escape(text, quote=False)}</t></r>'
