"""Characters made comparable, with the way back to the reader's own text.

A grant table carries 全角英数, 旧字体, half-width kana, `<BR>`, `&#12050;` and
line ends of a PDF. Seeds and abstracts go through the same `tidy`, so both end
in one spelling; the offsets lead from each tidied character to the original,
because a reviewer must see the words that decided in the text as it was given.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ctclass.text.english import spellings_across

SPACE = "\n"
"""The one white space of a tidied text. Not U+0020: the tokenizer's own string
form joins its units with U+0020, so the text itself must hold none."""

STOP = "。"
"""Sentences end here and nowhere else. To the tokenizer what follows is the same
whatever stands before it, so a field is cut alike alone and behind another."""

_OLD_AND_NEW = (
    "亞亜惡悪壓圧圍囲醫医爲為壹壱隱隠營営榮栄衞衛驛駅圓円鹽塩緣縁艷艶應応歐欧毆殴櫻桜奧奥橫横"
    "溫温穩穏假仮價価畫画會会壞壊懷懐繪絵擴拡殼殻覺覚學学嶽岳樂楽渴渇卷巻陷陥勸勧寬寛關関歡歓"
    "觀観氣気既既歸帰龜亀僞偽戲戯犧犠舊旧據拠擧挙虛虚峽峡挾挟狹狭鄕郷曉暁區区驅駆勳勲薰薫徑径"
    "莖茎惠恵溪渓經経螢蛍輕軽繼継鷄鶏藝芸擊撃缺欠儉倹劍剣圈圏檢検權権獻献縣県硏研險険顯顕驗験"
    "嚴厳效効廣広恆恒鑛鉱號号國国黑黒濟済碎砕齋斎劑剤雜雑參参慘惨棧桟蠶蚕贊賛殘残絲糸齒歯兒児"
    "辭辞濕湿實実寫写舍舎釋釈壽寿收収從従澁渋獸獣縱縦肅粛處処敍叙奬奨將将燒焼稱称證証乘乗剩剰"
    "壤壌孃嬢條条淨浄狀状疊畳穰穣讓譲釀醸囑嘱觸触寢寝愼慎眞真盡尽圖図粹粋醉酔隨随髓髄樞枢數数"
    "瀨瀬聲声靜静齊斉攝摂竊窃專専戰戦淺浅潛潜纖繊踐践錢銭禪禅雙双壯壮搜捜插挿爭争總総聰聡莊荘"
    "裝装騷騒增増臟臓藏蔵續続墮堕體体對対帶帯滯滞臺台瀧滝擇択澤沢單単擔担膽胆團団彈弾斷断癡痴"
    "遲遅晝昼蟲虫鑄鋳廳庁聽聴鎭鎮遞逓鐵鉄轉転點点傳伝黨党燈灯當当盜盗稻稲鬪闘德徳獨独讀読屆届"
    "繩縄貳弐惱悩腦脳霸覇廢廃拜拝賣売麥麦發発髮髪拔抜蠻蛮祕秘濱浜甁瓶冨富拂払佛仏變変邊辺邉辺"
    "辨弁瓣弁辯弁穗穂寶宝豐豊襃褒飜翻沒没萬万滿満默黙彌弥藥薬譯訳豫予餘余與与譽誉搖揺樣様謠謡"
    "來来賴頼亂乱覽覧龍竜兩両獵猟綠緑壘塁勵励禮礼隸隷靈霊齡齢戀恋爐炉勞労樓楼郞郎灣湾髙高﨑崎"
    "𠮷吉栁柳濵浜槗橋桒桑"
)
# 竜 and 富 and the personal-name variants above are one word to a reader of abstracts.

_ONE_TO_ONE = {
    ord(old): new for old, new in zip(_OLD_AND_NEW[::2], _OLD_AND_NEW[1::2], strict=True)
}
_ONE_TO_ONE |= {ord(c): "-" for c in "‐‑‒–−－﹣"}  # hyphens, U+2212 and full width among them
_ONE_TO_ONE |= {ord(c): "[" for c in "(（"} | {ord(c): "]" for c in ")）"}
# Round brackets become square ones: Sudachi's yomigana plug-in would swallow 褥瘡(じょくそう)
# into one unit, and no seed would find 褥瘡.
_ONE_TO_ONE |= {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x301C: "~"}
_ONE_TO_ONE |= {i: chr(i - 0xFEE0) for i in range(0xFF01, 0xFF5F) if i not in _ONE_TO_ONE}
_ONE_TO_ONE |= dict.fromkeys((*range(32), 32, 127, *range(128, 160), 160, 12288), SPACE)
_ONE_TO_ONE |= dict.fromkeys((*range(8192, 8203), 8232, 8233, 8239, 8287), SPACE)
_ONE_TO_ONE |= {
    i: unicodedata.normalize("NFKC", chr(i))
    for i in (0xB2, 0xB3, 0xB5, 0xB9, *range(0x2070, 0x209D), *range(0x2460, 0x2469), 0x2160)
    if len(unicodedata.normalize("NFKC", chr(i))) == 1
}
JAPANESE_LETTERS = r"\u3041-\u3096\u30a1-\u30fa\u30fc\u3005\u3400-\u4dbf\u4e00-\u9fff"
_OLD_FORMS = {new: old for old, new in zip(_OLD_AND_NEW[::2], _OLD_AND_NEW[1::2], strict=True)}
JAPANESE_LETTER = re.compile(f"[{JAPANESE_LETTERS}]")
_JOINING = ("Mn", "Mc", "Me")
_KATAKANA_RUN = re.compile(r"[\u30a1-\u30fa\u30fc]+")
_MAY_BE_LONG = "タサダラバパカマナザガャリギジィニァ"
_SURROGATE = "\ufffd"
_CHANGING = re.compile(
    "[" + "".join(re.escape(chr(i)) for i in _ONE_TO_ONE if i != ord(SPACE)) + "\ud800-\udfff]"
)
_NEW = {chr(old): new for old, new in _ONE_TO_ONE.items()}

_BREAKING = r"(?:<|&(?:amp;)?lt;)/?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6])\b"
_WITHIN = r"(?:<|&(?:amp;)?lt;)/?(?:su[bp]|i|b|u|em|strong|span|font|a|small|tt|big|s|sc)\b"
_END = r"(?:>|&(?:amp;)?gt;)"
_TAG = re.compile(
    rf"{_BREAKING}[^<>&]{{0,80}}{_END}|{_WITHIN}[^<>&]{{0,200}}{_END}"
    rf"|{_BREAKING}[^<>]{{0,80}}>|{_WITHIN}[^<>]{{0,200}}>",
    re.IGNORECASE,
)
_BREAKING_TAG = re.compile(_BREAKING, re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp;)?(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}\d{0,2});")
_INVISIBLE = re.compile(
    # Soft hyphen, joiners, marks and embeddings of direction, selectors of a glyph: 葛 with
    # U+E0100 behind it is 葛 in another shape.
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)


@dataclass(frozen=True, slots=True)
class Tidied:
    """A text in one spelling, and where each of its characters came from.

    `starts[i]` and `ends[i]` bound the original characters behind character `i`;
    both are None when every character stands where it stood. `closed` holds the
    places (before closing, ascending) of gaps that were taken out afterwards.
    """

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None
    closed: tuple[int, ...] = ()

    def without(self, gaps: Iterable[int]) -> Tidied:
        """The same text without the characters at `gaps`."""
        places = sorted(gaps)
        bounds = [-1, *places, len(self.text)]
        kept = (self.text[a + 1 : b] for a, b in pairwise(bounds))
        return Tidied("".join(kept), self.starts, self.ends, tuple(places))

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text behind `text[start:end]`, in characters.

        >>> tidy("ｶﾞｽ<BR>量子").origin(3, 5)
        (7, 9)
        """
        first, last = self._before_closing(start), self._before_closing(end - 1)
        if self.starts is None or self.ends is None:
            return first, last + 1
        return self.starts[first], self.ends[last]

    def _before_closing(self, place: int) -> int:
        moved = [gap - i for i, gap in enumerate(self.closed)]
        return place + bisect_right(moved, place)


def tidy(text: str) -> Tidied:
    """`text` in NFKC, 新字体 and single spaces, without HTML remnants.

    Works on any `str`, lone surrogates included. One pass is enough for most
    abstracts; only those with tags, entities or characters that NFKC takes
    apart pay for an offset table.

    >>> tidy("數學と&#937;　Ｈ<sub>2</sub>Ｏ").text
    '数学とΩ\\nH2O'
    """
    plain = _exchange(text)
    if (
        "<" not in plain
        and "&" not in plain
        and not _INVISIBLE.search(plain)
        and unicodedata.is_normalized("NFKC", plain)
        and SPACE * 2 not in plain
        and plain[:1] != SPACE
        and plain[-1:] != SPACE
    ):
        return Tidied(plain)
    return _tidy_slowly(text)


ODD, JAPANESE, KATAKANA, CAPITAL = 1, 2, 4, 8


def kinds_of_characters() -> tuple[list[int], list[int]]:
    """For each character of the first plane, the one it is exchanged for and its kind.

    The kind is that of the new character, a sum of `JAPANESE`, `KATAKANA` and `CAPITAL`;
    `ODD` is a character with which `tidy` does more than exchange it.
    """
    exchanged = list(range(0x10000))
    for old, new in _ONE_TO_ONE.items():
        if old < 0x10000:
            exchanged[old] = ord(new)
    exchanged[0xD800:0xE000] = [ord(_SURROGATE)] * 0x800
    kinds = [0] * 0x10000
    for code, new in enumerate(map(chr, exchanged)):
        kind = CAPITAL if "A" <= new <= "Z" else 0
        if JAPANESE_LETTER.match(new):
            kind |= JAPANESE | (KATAKANA if _KATAKANA_RUN.match(new) else 0)
        if (
            not unicodedata.is_normalized("NFKC", new)
            or unicodedata.category(new) in _JOINING
            or _is_jamo(new)
            or new in "<&\uffff"
            or _INVISIBLE.match(new)
        ):
            kind = ODD
        kinds[code] = kind
    kinds[0xD800:0xE000] = [ODD] * 0x800
    return exchanged, kinds


def spellings_of(term: str) -> tuple[str, ...]:
    """Other ways to write `term`: 長音 at the end, ・ within katakana, 旧字体, full width,
    British and American English.

    A final ー is dropped and added by the habit of engineering papers: only after
    three other characters (センサー is センサ, but カバー is not カバ).

    >>> spellings_of("気体センサー")
    ('気体センサ', '気体セ・ンサー', '氣體センサー')
    >>> spellings_of("PCR"), spellings_of("tumour")
    (('ＰＣＲ',), ('ｔｕｍｏｕｒ', 'tumor'))
    """
    found = [_KATAKANA_RUN.sub(_other_ending, term), _KATAKANA_RUN.sub(_dotted, term)]
    found.append("".join(_OLD_FORMS.get(c, c) for c in term))
    found.append("".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in term))
    found += spellings_across(term)
    return tuple(dict.fromkeys(spelling for spelling in found if spelling != term))


def _other_ending(run: re.Match[str]) -> str:
    word = run[0]
    if word.endswith("ー") and len(word) > 3:
        return word[:-1]
    if len(word) > 2 and word[-1] in _MAY_BE_LONG:
        return word + "ー"
    return word


def _dotted(run: re.Match[str]) -> str:
    return run[0][:1] + "・" + run[0][1:] if len(run[0]) > 2 else run[0]


def _exchange(text: str) -> str:
    """`text` with the characters exchanged that have one successor each.

    A substitution that touches the few changing characters costs a fifth of
    `str.translate`, which looks up every character of a Japanese text.
    """
    return _CHANGING.sub(lambda m: _NEW.get(m[0], _SURROGATE), text)


def _tidy_slowly(text: str) -> Tidied:
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _without_markup(text):
        for cluster, offset in _clusters(piece):
            new = _compose(cluster)
            same_place = len(new) == len(cluster)
            for i, char in enumerate(new):
                if char == SPACE and (not out or out[-1] == SPACE):
                    continue
                out.append(char)
                verbatim = end - start == len(piece)
                at = start + offset if verbatim else start
                starts.append(at + i if same_place and verbatim else at)
                if not verbatim:
                    ends.append(end)
                else:
                    ends.append(at + i + 1 if same_place else at + len(cluster))
    while out and out[-1] == SPACE:
        del out[-1], starts[-1], ends[-1]
    return Tidied("".join(out), starts, ends)


def _without_markup(text: str) -> Iterable[tuple[str, int, int]]:
    """Pieces of `text` with their bounds; tags left out, entities read."""
    marks = [m.span() for found in (_TAG, _ENTITY) for m in found.finditer(text)]
    marks.sort(key=lambda span: (span[0], -span[1]))  # &lt;br&gt; before its own &lt;
    at = 0
    for start, end in marks:
        if start < at:
            continue
        if start > at:
            yield text[at:start], at, start
        mark = text[start:end]
        if mark[0] == "<" or _TAG.fullmatch(mark):
            if _BREAKING_TAG.match(mark):
                yield SPACE, start, end
        else:
            yield html.unescape(html.unescape(mark)), start, end
        at = end
    if at < len(text):
        yield text[at:], at, len(text)


def _clusters(piece: str) -> Iterable[tuple[str, int]]:
    """Characters with the marks that combine with them: ｶ and ﾞ belong together."""
    at = 0
    for i in range(1, len(piece) + 1):
        if i < len(piece) and (
            unicodedata.combining(piece[i]) or piece[i] in "ﾞﾟ" or _is_jamo(piece[i])
        ):
            continue
        yield piece[at:i], at
        at = i


def _is_jamo(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff"


@lru_cache(maxsize=4096)
def _compose(cluster: str) -> str:
    cluster = _exchange(_INVISIBLE.sub("", cluster))
    # NFKC may give what the table still has a word on (⑴ → "(1)"), and never the reverse.
    return _exchange(unicodedata.normalize("NFKC", cluster))
