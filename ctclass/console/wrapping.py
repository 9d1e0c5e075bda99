"""Lines for a terminal: Rich parts texts at spaces, and Japanese has none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[!-~]+|\n|.", re.DOTALL)
_NOT_FIRST = frozenset(
    "、。，．,.)）】》〕」』］]}・：；:;!?！？ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々"
)
_NOT_LAST = frozenset("(（【《〔「『［[{")

Bit = tuple[str, str]
"""A text and its style."""


def wrap(bits: Sequence[Bit], width: int) -> list[list[Bit]]:
    """Lines of at most `width` cells. Latin words stay whole, and no line begins with a
    mark that closes, nor ends with one that opens.

    >>> [[text for text, _ in line] for line in wrap([("量子もつれ、", ""), ("GaN", "b")], 10)]
    [['量子もつ'], ['れ、', 'GaN']]
    """
    lines: list[list[Bit]] = [[]]
    used = 0
    for word, style in _words(bits, width):
        size = cells(word)
        if word == "\n":
            lines.append([])
            used = 0
            continue
        if used + size > width:
            carried = _carried(lines[-1], word)
            lines.append(carried)
            used = sum(cells(part) for part, _ in carried)
        if used or word != " ":
            lines[-1].append((word, style))
            used += size
    return [_joined(line) for line in lines]


def _words(bits: Sequence[Bit], width: int) -> Iterable[Bit]:
    """Latin words and single characters; what would steer a terminal is left out."""
    for text, style in bits:
        for word in _WORD.findall(text.replace("\r\n", "\n").replace("\r", "\n")):
            if word == "\n" or word.isprintable() or word in "\u3000\u00a0":
                yield from ((word[i : i + width], style) for i in range(0, len(word), width))
            elif unicodedata.category(word) != "Cf":
                yield " ", style


def _carried(line: list[Bit], word: str) -> list[Bit]:
    """What of a full line must go on to the next one together with `word`."""
    keep = len(line)
    while keep > 1 and (
        (keep == len(line) and word[0] in _NOT_FIRST)
        or (keep < len(line) and line[keep][0][0] in _NOT_FIRST)
        or line[keep - 1][0][-1] in _NOT_LAST
    ):
        keep -= 1
    if keep <= 1:
        return []
    carried = line[keep:]
    del line[keep:]
    return carried


def _joined(line: Sequence[Bit]) -> list[Bit]:
    joined: list[Bit] = []
    for text, style in line:
        if joined and joined[-1][1] == style:
            joined[-1] = joined[-1][0] + text, style
        else:
            joined.append((text, style))
    return joined


def folded(text: str, width: int) -> str:
    """One text of one style, its lines parted as `wrap` does.

    >>> folded("見ていないもの: 共同研究先", 22)
    '見ていないもの: 共同研\\n究先'
    """
    return "\n".join("".join(part for part, _ in line) for line in wrap([(text, "")], width))


def cells(text: str) -> int:
    """How many places of a terminal a text takes: a Japanese letter takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut with … where it is longer."""
    shown = "".join(word for word, _ in _words([(text, "")], 1))
    if cells(shown) > width:
        while cells(shown) > width - 1:
            shown = shown[:-1]
        shown += "…"
    return shown + " " * (width - cells(shown))
