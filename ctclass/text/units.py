"""Japanese text to short units, the same for seeds and for abstracts.

Sudachi's longest units spell one word two ways (量子コンピュータ is two units,
量子コンピューター one), so everything is cut into its shortest (mode A), and a
word is a sequence of them. A `unit` is the normalized form of a surface looked
up by itself: コンピュータ and コンピューター are one unit, whatever stands
around them, so a table from surface to unit can be made once and a text needs
no more than its surfaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from ctclass.text.characters import JAPANESE_LETTERS, SPACE, Tidied, tidy
from ctclass.text.english import american, british, is_softened, shouted, soften

if TYPE_CHECKING:
    import sudachipy

PIECE = 10_000
"""Characters given to the tokenizer at once: it refuses over 49,149 bytes."""

_KATAKANA = r"\u30a1-\u30fa\u30fc"
_DOT = re.compile(rf"(?<=[{_KATAKANA}])・(?=[{_KATAKANA}])")
_GAP = re.compile(
    rf"{SPACE}(?:(?<=[{JAPANESE_LETTERS}]{SPACE})(?=[{JAPANESE_LETTERS}])|(?<=[A-Z]{SPACE})(?=[A-Z]))"
)
_RUN_BEFORE = re.compile(rf"(?:[{JAPANESE_LETTERS}]{{1,12}}|(?<![A-Za-z0-9])[A-Z]+)$")
_RUN_AFTER = re.compile(rf"[{JAPANESE_LETTERS}]{{1,12}}|[A-Z](?![A-Za-z0-9])")
_LATIN = re.compile(r"[A-Za-z]+")
_APART = re.compile(rf"{SPACE}[{JAPANESE_LETTERS}]{SPACE}[{JAPANESE_LETTERS}]{SPACE}")
_ALL_APART = re.compile(
    rf"(?<![{JAPANESE_LETTERS}])[{JAPANESE_LETTERS}](?:{SPACE}[{JAPANESE_LETTERS}]){{3,}}(?![{JAPANESE_LETTERS}])"
)
_CUT = re.compile(rf"(?<![A-Za-z])([A-Za-z]*[a-z])-{SPACE}([a-z]+)(?![A-Za-z])")


class Segmenter:
    """Cuts texts into surfaces. Keep one per thread: Sudachi's tokenizer is not shared.

    >>> Segmenter().surfaces("量子コンピュータを開発")
    ['量子', 'コンピュータ', 'を', '開発']
    """

    def __init__(self) -> None:
        import sudachipy

        self._dictionary = _dictionary()
        self._mode_a, self._mode_c = sudachipy.SplitMode.A, sudachipy.SplitMode.C
        self._short = self._dictionary.tokenizer(self._mode_a, fields=set())
        self._units = self._short.tokenize("量子")
        self._words: sudachipy.Tokenizer | None = None
        self._forms: sudachipy.Tokenizer | None = None

    def prepare(self, text: str) -> Tidied:
        """`text` in one spelling, words mended that a line end or a dot had cut.

        A space is closed only where a word of the dictionary runs across it, so
        the items of a list stay apart, or where four and more characters stand
        each by itself; a dot between katakana always, because the units on both
        sides stay what they are.

        >>> s = Segmenter()
        >>> s.prepare("最 適化とリモート・センシング、A I").text
        '最適化とリモートセンシング、AI'
        >>> s.prepare("量 子 コ ン ピ ュ ー タ、quan-\\ntum and single-\\nphoton").text.split()
        ['量子コンピュータ、quantum', 'and', 'single-photon']
        >>> s.prepare("猫 犬").text == "猫" + SPACE + "犬"
        True
        """
        tidied = tidy(text)
        gaps = []
        if "・" in tidied.text:
            gaps = [m.start() for m in _DOT.finditer(tidied.text)]
        if SPACE not in tidied.text:
            return tidied.without(gaps) if gaps else tidied
        gaps += self._closable(tidied.text)
        if "-\n" in text or "-\r" in text:
            gaps += self._mended(tidied, text)
        closed = tidied.without(gaps) if gaps else tidied
        softened = soften(closed.text)
        return closed if softened is closed.text else replace(closed, text=softened)

    def surfaces(self, text: str) -> list[str]:
        """The short units of a prepared text as written; joined, they are the text."""
        return self.cut(text).split(" ") if text else []

    def cut(self, text: str) -> str:
        """The same in one string, U+0020 between them: a prepared text holds none itself.

        One string for all surfaces is half the cost of asking each morpheme for its own.
        """
        if len(text) > PIECE:
            return " ".join(map(self.cut, _pieces(text)))
        self._short.tokenize(text, out=self._units)
        return str(self._units)

    def unit(self, surface: str) -> str:
        """The unit that `surface` stands for.

        >>> s = Segmenter()
        >>> s.unit("ウィルス"), s.unit("Computers"), s.unit("GaN"), s.unit("-") == SPACE
        ('ウイルス', 'computer', 'GaN', True)
        """
        if surface.isascii():
            return _latin_unit(surface)
        if self._forms is None:
            self._forms = self._dictionary.tokenizer(self._mode_a, fields={"normalized_form"})
        found = self._forms.tokenize(surface)
        return str(found[0].normalized_form()) if len(found) == 1 else surface

    def units(self, text: str) -> list[str]:
        """The units of a raw text: what seeds are made of."""
        return [self.unit(s) for s in self.surfaces(self.prepare(text).text)]

    def spellings(self, units: set[str]) -> dict[str, str]:
        """Every surface of the dictionary that stands for one of `units`, with its unit.

        Walks the whole dictionary (1.6 million entries, 2 s).
        """
        found = {s: u for u in units for s in _latin_surfaces(u)}
        for unit in units:
            if unit.isascii() and unit.isupper() and is_softened(shouted(unit)):
                found.setdefault(shouted(unit), unit)
            if "-" in unit and unit.isascii() and unit.islower():
                # high-speed is one word of the dictionary, and so is what `soften` makes of it.
                parts = [shouted(p) if 3 <= len(p) <= 5 else p.upper() for p in unit.split("-")]
                found.setdefault("-".join(parts), unit)
            if unit.isascii() and unit.islower() and len(unit) < 3:
                found.setdefault(unit.upper(), unit)  # the RE of RE-ENTRY
        for morpheme in self._dictionary.entries():
            if morpheme.normalized_form() in units:
                surface = tidy(morpheme.surface()).text
                if surface not in found and not surface.isascii() and self.unit(surface) in units:
                    found[surface] = self.unit(surface)
        for unit in units:
            found.setdefault(unit, unit)
        return found

    def _closable(self, text: str) -> list[int]:
        """Places of the spaces in `text` that lie inside a word of the dictionary."""
        closable: list[int] = []
        apart = set(_apart(text)) if _APART.search(text) else ()
        before = ""
        end = -1
        for match in _GAP.finditer(text):
            gap = match.start()
            start = end if closable and closable[-1] == end - 1 else max(0, gap - 12)
            left = _RUN_BEFORE.search((before if start == end else "") + text[start:gap])
            right = _RUN_AFTER.match(text, gap + 1)
            if gap in apart or (left and right and self._is_inside_a_word(left[0], right[0])):
                closable.append(gap)
                before = left[0] if left else ""
            end = gap + 1
        return closable

    def _mended(self, tidied: Tidied, text: str) -> Iterator[int]:
        """Places of the hyphens and line ends that cut an English word of `text` in two.

        The hyphen stays where it seems to belong to the word: the whole is no word of
        the dictionary, but the second half is one (perovskite-based, single-photon).
        """
        for cut in _CUT.finditer(tidied.text):
            start, end = tidied.origin(cut.end(1), cut.start(2))
            if "\n" in text[start:end] or "\r" in text[start:end]:
                left, right = cut[1].lower(), cut[2]
                if len(right) < 4 or self._is_a_word(left + right) or not self._is_a_word(right):
                    yield cut.end(1)
                yield cut.start(2) - 1

    def _is_a_word(self, word: str) -> bool:
        found = self._long_words().tokenize(word)
        return len(found) == 1 and not found[0].is_oov()

    def _long_words(self) -> sudachipy.Tokenizer:
        if self._words is None:
            self._words = self._dictionary.tokenizer(self._mode_c, fields=set())
        return self._words

    def _is_inside_a_word(self, left: str, right: str) -> bool:
        for word in self._long_words().tokenize(left + right):
            if word.end() > len(left):
                return word.begin() < len(left) and not word.is_oov()
        return False


@cache
def _dictionary() -> sudachipy.Dictionary:
    """One for all threads: each would hold 90 MB of its own; only tokenizers are not shared."""
    import sudachipy

    return sudachipy.Dictionary(dict="core")


def _pieces(text: str) -> Iterator[str]:
    """`text` in pieces of at most `PIECE` characters, cut at sentence ends where there are any."""
    at = 0
    while len(text) - at > PIECE:
        window = text[at : at + PIECE]
        cut = max(window.rfind("。"), window.rfind(SPACE), window.rfind(". ")) + 1 or PIECE
        yield text[at : at + cut]
        at += cut
    yield text[at:]


def _apart(text: str) -> Iterator[int]:
    """The gaps between characters that stand each by itself, as in 量 子 計 算."""
    for run in _ALL_APART.finditer(text):
        yield from range(run.start() + 1, run.end(), 2)


@cache
def _is_abbreviation(word: str) -> bool:
    if len(word) <= 2:
        return word != word.lower()
    return len(word) <= 5 and word[1:] != word[1:].lower() and not is_softened(word)


def _latin_unit(surface: str) -> str:
    """Latin words in lower case, singular and American; short ones with inner capitals as they are.

    MASS (a ship) is not mass, CAR (a receptor) not car, GaN not GAN. A row of words in
    capitals comes from `soften`, and is words again.
    """
    if surface in (SPACE, "-", ""):
        return SPACE
    if not _LATIN.fullmatch(surface) or _is_abbreviation(surface):
        return surface
    return american(_singular(surface.lower()))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _latin_surfaces(unit: str) -> set[str]:
    """The spellings that `_latin_unit` takes to `unit`."""
    if unit == SPACE:
        return {SPACE, "-"}
    if not _LATIN.fullmatch(unit):
        return {unit} if unit.isascii() else set()
    plurals = [f for w in (unit, *british(unit)) for f in (w, w + "s", w + "es", w[:-1] + "ies")]
    forms = {f for p in plurals for f in (p, p.capitalize(), p.upper(), shouted(p))} | {unit}
    return {f for f in forms if _latin_unit(f) == unit}
