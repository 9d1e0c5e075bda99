"""Which words of a text could be a seed, and in which documents of a corpus they stand.

A seed is a noun or a row of nouns: it begins and ends with kanji, katakana or latin
letters, and no particle, verb or sign stands in it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence

from ctclass.model.background import key_of
from ctclass.text.characters import SPACE
from ctclass.text.everyday import EVERYDAY

MOST_UNITS = 4
"""Units of a term that may be proposed. One more is counted, to know when a term of four
is only the beginning of a longer one (細胞傷害性T, 由来間葉系幹)."""
_MOST_TERMS = 300_000
_LETTER = re.compile(r"[\u30a1-\u30fa\u3005\u3400-\u9fffA-Za-z]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+")
_DIGITS = re.compile(r"[0-9]+")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]")
_CJK = re.compile(r"[\u3041-\u30fc\u3005\u3400-\u9fff]")
_VERB = re.compile(r"[\u4e00-\u9fff].*[うくぐすつぬぶむる]|.*しい|.い|.*的|.*[等化性]に")
_STOP = frozenset(
    """
    及び 或いは 又は 特に 更に 各 本 等 約 的 性 化 研究 本研究 開発 目的 解析 検討 実施 手法
    方法 技術 課題 分野 領域 重要 必要 可能 新規 独自 世界 我が国 日本 代表 申請 年度 構築 確立
    提案 評価 検証 実現 解明 利用 応用 基盤 結果 影響 効果 機構 問題 以上 以下 由来
    上 下 中 内 間 時 後 前 用 毎 別
    a an and are as at be by can for from has have in into is it its of on or our that the
    their these this to under using via was we were which will with new study research based
    compared
    """.split()
)
"""Words with which no seed begins or ends: they stand in outlines of every field. Inside
a seed they may stand (分子標的薬)."""
_LIGHT = frozenset("性 化 系 型 法 学 率 量 値 者 体 力 度 器 機 所 族".split())
"""Units that end words without being words: a term may end with them, not begin."""


def find_terms(
    cut: Sequence[tuple[str, str]], known: Sequence[tuple[int, int]] = ()
) -> dict[str, str]:
    """The candidate terms of a cut text: key (see `key_of`) to the first spelling.

    What lies inside one of the `known` spans (start, end in units) or cuts it is left
    out: there the model has its seed already.

    >>> cut = [(w, w) for w in "海底 の 熱水 鉱床 を 探る".split()]
    >>> sorted(find_terms(cut).values())
    ['海底', '熱水', '熱水鉱床', '鉱床']
    >>> sorted(find_terms(cut, [(2, 4)]).values())
    ['海底']
    """
    found: dict[str, str] = {}
    for start in range(len(cut)):
        for end in _ends(cut, start):
            if not any(_clash(start, end, *span) for span in known):
                units = [unit for _, unit in cut[start:end]]
                if _is_worth(units):
                    found.setdefault(key_of(units), "".join(s for s, _ in cut[start:end]))
    return {key: " ".join(term.split()) for key, term in found.items()}


def _clash(start: int, end: int, at: int, to: int) -> bool:
    """Whether a term lies inside a known one, or cuts it: it may only hold it or keep off."""
    return start < to and at < end and not (start <= at and to <= end and end - start > to - at)


def _ends(cut: Sequence[tuple[str, str]], start: int) -> Iterator[int]:
    """Where terms that begin at `start` may end."""
    surface, unit = cut[start]
    before = cut[start - 1] if start else ("", "")
    if (
        not _is_content(unit)
        or unit.lower() in _STOP
        or unit in _LIGHT
        or _is_torn(*before, surface)
    ):
        return
    words = 0
    for at in range(start, len(cut)):
        surface, unit = cut[at]
        after = cut[at + 1] if at + 1 < len(cut) else ("", "")
        if unit == SPACE:
            if not (_LATIN.fullmatch(cut[at - 1][0]) and _LATIN.fullmatch(after[0])):
                return
            continue
        words += 1
        digits = _DIGITS.fullmatch(surface) is not None
        if words > MOST_UNITS + 1 or not (digits or _is_content(unit)):
            return
        if unit.isascii() and unit.lower() in _STOP:
            return
        if digits and at > start and not _LATIN.fullmatch(cut[at - 1][0]):
            continue
        if after[0] == "-" and at + 2 < len(cut):
            after = cut[at + 2]  # the 1 of PD-1
        if (unit in _LIGHT or unit.lower() not in _STOP) and not _is_torn(*after, surface):
            yield at + 1


def _is_torn(surface: str, unit: str, other: str) -> bool:
    """Whether a border cuts one word in two: PD-L|1, 5|G, ノ|ニック結晶 (where ノ is no noun)."""
    if _DIGITS.fullmatch(surface):
        return _LATIN.fullmatch(other) is not None
    katakana = _KATAKANA.match(surface) and _KATAKANA.search(other)
    return bool(katakana) and not _is_content(unit)


def _is_content(unit: str) -> bool:
    """Whether a unit may stand in a term.

    >>> [u for u in ("鉱床", "探る", "新しい", "GaN", "の", "5") if _is_content(u)]
    ['鉱床', 'GaN']
    """
    return _LETTER.search(unit) is not None and not _VERB.fullmatch(unit)


def _is_worth(units: Sequence[str]) -> bool:
    """Whether units say enough to be a seed: no single letter, sign or everyday word."""
    if len(units) > 1:
        return True
    unit = units[0]
    if unit.isascii():
        return len(unit) > 2 and unit not in EVERYDAY
    return len(unit) > 1 and unit not in _LIGHT


def width_of(key: str) -> int:
    """How many units a term has, spaces not counted."""
    return sum(unit != "_" for unit in key.split("|"))


def parts_of(key: str) -> list[str]:
    """The two terms that are one unit shorter than `key`, where there are any.

    >>> parts_of("熱水|鉱床|探査"), parts_of("machine|_|learning"), parts_of("鉱床")
    (['鉱床|探査', '熱水|鉱床'], ['learning', 'machine'], [])
    """
    units = key.split("|")
    if len(units) == 1:
        return []
    later, earlier = units[1:], units[:-1]
    return [
        "|".join(later[1:] if later[0] == "_" else later),
        "|".join(earlier[:-1] if earlier[-1] == "_" else earlier),
    ]


class Postings:
    """In which documents each term stands, in bounded memory.

    When there are too many terms, those are dropped that came less than once since each
    time that some were dropped (lossy counting, Manku and Motwani 2002). A term that comes
    back has lost what it had, so a count can be too low by `dropped`, and never too high.
    """

    def __init__(self, most: int = _MOST_TERMS) -> None:
        self.dropped = 0
        self.documents: dict[str, array[int]] = {}
        self.spelling: dict[str, str] = {}
        self._born: dict[str, int] = {}
        self._most = most

    def add(self, document: int, terms: Mapping[str, str]) -> None:
        """Note the terms of a document (key to spelling); documents come in ascending order."""
        for key, spelling in terms.items():
            held = self.documents.get(key)
            if held is None:
                self.documents[key] = array("I", (document,))
                self.spelling[key] = spelling
                self._born[key] = self.dropped
            else:
                held.append(document)
        while len(self.documents) > self._most:
            self._prune()

    def _prune(self) -> None:
        self.dropped += 1
        held, born = self.documents, self._born
        for key in [k for k in held if len(held[k]) <= self.dropped - born[k]]:
            del held[key], born[key], self.spelling[key]


def has_japanese(term: str) -> bool:
    """Whether a term belongs among the Japanese seeds of a file."""
    return _CJK.search(term) is not None
