"""Where words of the lists stand in projects, and whether a project makes the thing or only
uses it: 「ソナーの開発」 is a sonar, 「ソナーを用いた調査」 is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctclass.model.compact import Model
from ctclass.rules import MADE, NAMED, USED, Cues
from ctclass.tagging.reading import Readings
from ctclass.text.characters import JAPANESE_LETTERS, SPACE
from ctclass.text.ngrams import NGrams, outermost

WINDOW = 24
"""Characters behind a word in which a cue is looked for, within its clause."""
BEFORE = 56
"""Characters before a word in which an English cue is looked for."""
_CLAUSE_END = re.compile(r"[。、,.;:!?]")
_NO_PARTICLE = rf"(?![ぁ-ん])[{JAPANESE_LETTERS}]"
_NEXT_IN_A_LIST = re.compile(rf"(?<={_NO_PARTICLE}){SPACE}(?={_NO_PARTICLE})")
_BETWEEN_LATIN = re.compile(rf"(?<=[A-Za-z0-9]){SPACE}(?=[A-Za-z0-9])")
_PRAISE = ("new ", "novel ")
"""Cues that say of a word that it is made, and nothing of a text in which they stand."""
_NO_GAP = "|".join(
    "about across against among and are as at between but by for from in into is not of on or over "
    "that through to toward towards under using via was were when where which with".split()
)
_GAP = rf"(?:(?!(?:{_NO_GAP})(?![a-z]))[a-z0-9][a-z0-9/-]* ){{0,3}}"
"""Articles and adjectives between a cue and its word, "using a compact sonar", no preposition."""


@dataclass(frozen=True, slots=True)
class ListedHit:
    """A listed word: the technologies (by number) that own it, its units, and how strongly
    it counts (`USED`, `NAMED` or `MADE`)."""

    owners: tuple[int, ...]
    start: int
    end: int
    strength: int


class Sense:
    """Tells by the phrases around a word what a project does with the thing.

    >>> sense = Sense(Cues(tool_after=("を用い",), output_after=("の開発",)))
    >>> sense.of("合成開口ソナーの開発", 0, 7), sense.of("ソナーを用いた魚群の観察", 0, 3)
    (10, 1)
    """

    def __init__(self, cues: Cues) -> None:
        groups = (("tool", cues.tool_after), ("output", cues.output_after))
        self._after = re.compile(
            "|".join(f"(?P<{name}>{_any_of(words)})" for name, words in groups if words) or r"(?!)"
        )
        self._tool_before = _ends_with(cues.tool_before)
        self._output_before = _ends_with(cues.output_before)
        output = [cue.lstrip("をの") for cue in cues.output_after]
        output += [cue for cue in cues.output_before if cue not in _PRAISE]
        self._makes = re.compile(rf"(?<![a-z])(?:{_any_of(output)})" if output else r"(?!)")

    def of(self, text: str, start: int, end: int) -> int:
        """How strongly the word `text[start:end]` counts. An English cue of use before it
        decides, then the first cue behind it, then an English cue of making before it."""
        before = text[max(0, start - BEFORE) : start].replace(SPACE, " ").lower()
        if self._tool_before.search(before):
            return USED
        found = self._after.search(_clause(text[end - 1 : end + WINDOW]))
        if found:
            return USED if found.lastgroup == "tool" else MADE
        return MADE if self._output_before.search(before) else NAMED

    def makes(self, text: str) -> bool:
        """Whether a text speaks of making anything at all."""
        return self._makes.search(text.replace(SPACE, " ").lower()) is not None


def _clause(text: str) -> str:
    """What follows the first character, up to the end of its clause. The one white space of a
    prepared text parts the items of a list between two Japanese words, is a blank between two
    Latin ones, and nothing beside a particle (hiragana).

    >>> _clause(f"T{SPACE}を用いて教材をつくる。開発"), _clause(f"ナ{SPACE}音響の開発")
    ('を用いて教材をつくる', '')
    >>> _clause(f"r{SPACE}is{SPACE}used")
    ' is used'
    """
    parted = _BETWEEN_LATIN.sub(" ", _NEXT_IN_A_LIST.sub("、", text)).replace(SPACE, "")
    return _CLAUSE_END.split(parted[1:], maxsplit=1)[0].lower()


def _any_of(words: Sequence[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _ends_with(cues: Sequence[str]) -> re.Pattern[str]:
    """A text that ends with one of these English phrases, with nothing but articles and
    adjectives behind it."""
    if not cues:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![a-z])(?:{_any_of([cue.lower() for cue in cues])}){_GAP}$")


class ListReader:
    """Finds the listed words of a batch with one look-up. Safe to share between threads."""

    def __init__(self, model: Model) -> None:
        patterns = model.rules.patterns
        self._owners = [owners for owners, _ in patterns]
        self._grams = NGrams([units for _, units in patterns], len(model.units))
        self._sense = Sense(model.rules.cues)

    def find(self, readings: Readings) -> dict[int, list[ListedHit]]:
        """The words that count, by project; of those inside one another the longest. A word
        in the title counts as made where nothing says that it is used."""
        found = outermost(self._grams.find(readings.numbers))
        part = readings.parts()[found.start].tolist() if len(found.start) else []
        hits: dict[int, list[ListedHit]] = {}
        places = zip(
            found.term.tolist(), found.start.tolist(), (found.start + found.length).tolist(),
            part, strict=True,
        )  # fmt: skip
        for term, start, end, where in places:
            owners = self._owners[term]
            if owners:
                project, field = divmod(where, 3)
                strength = self._strength(readings, project, field, start, end)
                hits.setdefault(project, []).append(ListedHit(owners, start, end, strength))
        return hits

    def makes(self, readings: Readings, project: int) -> bool:
        """Whether a project speaks of making anything."""
        return self._sense.makes(readings.prepared[project].text)

    def _strength(self, readings: Readings, project: int, field: int, start: int, end: int) -> int:
        if field == 2:
            return NAMED
        before = int(readings.starts[project])
        at, to = int(readings.begins[start]) - before, int(readings.begins[end]) - before
        strength = self._sense.of(readings.prepared[project].text, at, to)
        return MADE if field == 0 and strength == NAMED else strength


def strongest(hits: Sequence[ListedHit], technologies: int) -> np.ndarray:
    """How strongly each technology counts in a project, tenths."""
    strength = np.zeros(technologies, dtype=np.int64)
    for hit in hits:
        for owner in hit.owners:
            strength[owner] = max(strength[owner], hit.strength)
    return strength
