"""The screening level of a project for 技術流出, each flag with its trace.

Three things raise a level: a listed word of something that the project makes; what was
learned from readers, as a sum of terms; and circumstances, by one step, where a technology
is met. A level is advice to look. It never says that a project is safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ctclass.circumstances import Circumstances, met_conditions
from ctclass.errors import Phrase
from ctclass.model.compact import Model
from ctclass.rules import LEVELS, MADE, NAMED, USED, Item
from ctclass.tagging.listed import ListedHit, ListReader, strongest
from ctclass.tagging.reading import Readings
from ctclass.tagging.score import Scorer, Scores

FIELDS = ("title", "abstract", "keywords")
LEARNED = "learned"
"""What ends the id of a rule where learned terms alone speak."""
NOT_SEEN = Phrase(
    "見ていないもの: 共同研究先、契約、参加する人、資金の流れ、設備、未公開の資料"
    "(表の列として渡されたものを除く)。本文にない事情は分かりません。",
    "Not seen: partners, contracts, people, flows of money, equipment, unpublished material "
    "(but for columns that were given). What the text does not say is not known.",
)
DISCLAIMER = Phrase(
    "この表示は人が確かめるための手がかりで、該非判定でも、安全であることの証明でもありません。"
    "「none」は手がかりが見つからなかったことだけを表します。",
    "This is advice on where to look. It is no classification under export control and no "
    "proof of safety; `none` says only that nothing was found.",
)
DECISION = Phrase("人の判断(確認者・日付・理由)", "Human decision (by, date, reason)")
UNCONFIRMED = Phrase("公刊資料で未確認", "not confirmed in published material")
RESTS_ON = {
    "words": Phrase("リストの語", "words of the list"),
    "technology": Phrase("個別技術", "a sub-technology"),
    "learned": Phrase(
        "学んだ言葉だけ(リストの項目は最も近いもの)",
        "learned terms alone (the item is the nearest)",
    ),
    "circumstance": Phrase("状況(技術に伴うときだけ)", "circumstances, beside a technology"),
}
"""What a flag rests on, for people."""
TYPES_BY = {
    "list": Phrase("リストの記載", "the list itself"),
    "judgement": Phrase("ctclass の読み", "our reading"),
}
"""Who says of which types an item is, for people."""
_MOST_WORDS = 5
_LEARNED_WORDS = 3
_MILLION = 1_000_000

RestsOn = Literal["words", "technology", "learned", "circumstance"]


@dataclass(frozen=True, slots=True)
class Word:
    """Words of a project as they stand there: `start` to `end` of the field as given."""

    text: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that fired: its id and level, and the list item and source it rests on.

    `subtechnology` is empty where none is concerned. `confirmed` is false where nobody has
    found the item in published material yet. `words` are what spoke; a circumstance from a
    column has its `cell` instead.
    """

    rule: str
    level: str
    subtechnology: str
    list_item: str
    source: str
    confirmed: bool
    list_item_en: str = ""
    source_en: str = ""
    types: tuple[int, ...] = ()
    types_by: str = ""
    rests_on: RestsOn = "words"
    words: tuple[Word, ...] = ()
    cell: str = ""


def level_of(flags: Sequence[Flag]) -> str:
    """The level of a project: its highest flag's, `none` without any."""
    return max((f.level for f in flags), key=LEVELS.index, default="none")


Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of the projects of a batch before they are screened."""

    readings: Readings
    scores: Scores
    hits: Mapping[int, Sequence[ListedHit]]


class Screener:
    """Screens projects with the rules of a model, at one of its two operating points."""

    def __init__(self, model: Model, scorer: Scorer, *, recall: bool = False) -> None:
        self._model, self._scorer = model, scorer
        self._rules = rules = model.rules
        self._weights = weights = rules.weights
        self._reader = ListReader(model)
        if weights is not None:
            self._point = weights.recall if recall else weights.default
            self._listed = np.array(weights.listed, dtype=np.int64).reshape(-1, 2) // MADE

    def read(self, readings: Readings, scores: Scores) -> Batch:
        """The first half, for the whole batch: the listed words."""
        return Batch(readings, scores, self._reader.find(readings))

    def flags(
        self,
        batch: Batch,
        project: int,
        subtechnologies: Sequence[int],
        circumstances: Circumstances = (),
    ) -> tuple[Flag, ...]:
        """The flags of a project, highest level first; `subtechnologies` are those named."""
        rules = self._rules
        hits = batch.hits.get(project, ())
        strength = strongest(hits, len(rules.technologies)) if hits else None
        screened = batch.scores.screened[project]
        sums = self._sums(batch, project, strength)
        level, near = self._by_sums(sums) if screened else (0, False)
        made = self._listed_technologies(strength, MADE)
        if made and self._is_about_it(sums, made, screened=bool(screened)):
            level = max(level, *(self._level(rules.technologies[t][0]) for t in made))
        said = self._spoken(
            batch, project, hits, strength, made=bool(made), near=bool(level or near)
        )
        found = said + self._in_columns(circumstances)
        if not level and not (found and near) and not (self._weights is None and screened):
            return ()
        flags = self._technologies(batch, project, hits, strength, subtechnologies)
        if self._weights is None and screened:  # the lists speak alone
            level = max(level, *(LEVELS.index(f.level) for f in flags), 0)
        base = level or (1 if found and near else 0)
        if not base:
            return ()
        flags = [_at_most(flag, base) for flag in flags]
        if not any(flag.level == LEVELS[base] for flag in flags):
            flags += self._learned(batch, project, base)
        if not flags:
            return ()
        most = max((LEVELS.index(f.level) for f in found), default=0)
        raised = min(level + 1, most) if most > level else base
        flags += [_at_most(flag, max(raised, base)) for flag in found]
        return tuple(sorted(flags, key=lambda f: -LEVELS.index(f.level)))

    def _sums(self, batch: Batch, project: int, strength: np.ndarray | None) -> tuple[float, float]:
        if self._weights is None:
            return 0.0, 0.0
        check, priority = batch.scores.sums[project].tolist()
        if strength is not None:
            first, second = (strength @ self._listed).tolist()
            return check + first / _MILLION, priority + second / _MILLION
        return check, priority

    def _by_sums(self, sums: tuple[float, float]) -> tuple[int, bool]:
        """The level that the sums give, and whether the project is near one."""
        if self._weights is None:
            return 0, False
        check, priority = sums
        near = check * _MILLION >= self._weights.recall.check_at
        if check * _MILLION < self._point.check_at:
            return 0, near
        return 1 + (priority * _MILLION >= self._point.priority_at), near

    def _is_about_it(
        self, sums: tuple[float, float], made: Sequence[int], *, screened: bool
    ) -> bool:
        """Whether a text that makes listed things is about technology at all: a technology
        that was added after the last learning speaks for itself."""
        if self._weights is None:
            return screened
        new = not all(self._weights.taught[t] for t in made)
        return new or sums[0] * _MILLION >= self._weights.floor

    def _level(self, item: int) -> int:
        return LEVELS.index(self._rules.items[item].level)

    def _listed_technologies(self, strength: np.ndarray | None, least: int) -> list[int]:
        """Technologies, no circumstances, that count at least so strongly."""
        if strength is None:
            return []
        items, technologies = self._rules.items, self._rules.technologies
        strong: list[int] = np.flatnonzero(strength >= least).tolist()
        return [t for t in strong if not items[technologies[t][0]].circumstance]

    def _technologies(
        self,
        batch: Batch,
        project: int,
        hits: Sequence[ListedHit],
        strength: np.ndarray | None,
        subtechnologies: Sequence[int],
    ) -> list[Flag]:
        """Flags for listed words, and for sub-technologies of items that no word stands for."""
        rules = self._rules
        flags = []
        spoken = set()
        for technology in self._listed_technologies(strength, NAMED):
            item, rule = rules.technologies[technology]
            spoken.add(item)
            spans = [(h.start, h.end) for h in hits if technology in h.owners]
            words = _words(batch.readings, project, spans)
            flags.append(_flag(rule, rules.items[item], "words", words=words))
        votes = batch.scores.votes
        own = slice(*batch.scores.votes_from[project : project + 2].tolist())
        for sub in subtechnologies:
            known = rules.subtechnologies[sub] if sub < len(rules.subtechnologies) else ()
            items = [i for i in known if i not in spoken]
            if items:
                at = np.flatnonzero(votes.subtechnology[own] == sub)
                starts, ends = votes.start[own][at].tolist(), votes.end[own][at].tolist()
                words = _words(batch.readings, project, list(zip(starts, ends, strict=True)))
                name = self._model.subtechnologies[sub].id
                flags += [
                    _flag(f"{rules.items[i].id}:{name}", rules.items[i], "technology", name, words)
                    for i in items
                ]
        return flags

    def _learned(self, batch: Batch, project: int, level: int) -> list[Flag]:
        """The flag of learned terms alone: it names the nearest item of the best area."""
        scores, nearest = batch.scores, self._rules.nearest
        areas = [a for a in scores.screened[project] if a < len(nearest) and nearest[a] >= 0]
        if not areas or self._weights is None:
            return []
        item = self._rules.items[nearest[areas[0]]]
        own = np.arange(*scores.heard_from[project : project + 2])
        column = len(self._model.areas) + level - 1
        said = self._scorer.learned_says(scores, own, column)
        best = own[np.argsort(-said, kind="stable")[:_LEARNED_WORDS]]
        start = batch.readings.first[project] + scores.heard.start[best]
        end = start + self._scorer.sizes[scores.heard.term[best]]
        words = _words(
            batch.readings, project, list(zip(start.tolist(), end.tolist(), strict=True))
        )
        flag = _flag(f"{item.id}:{LEARNED}", item, "learned", words=words)
        return [replace(flag, level=LEVELS[level])]

    def _spoken(
        self,
        batch: Batch,
        project: int,
        hits: Sequence[ListedHit],
        strength: np.ndarray | None,
        *,
        made: bool,
        near: bool,
    ) -> list[Flag]:
        """Flags for words of circumstances, where a technology is made: a listed one, or what
        the sums are near to in a text that speaks of making. A word that is only used or talked
        about (「宇宙状況把握をめぐる規制」) counts beside a listed one alone."""
        if strength is None or not (made or (near and self._reader.makes(batch.readings, project))):
            return []
        rules = self._rules
        flags = []
        for technology in np.flatnonzero(strength > (0 if made else USED)).tolist():
            number, rule = rules.technologies[technology]
            if rules.items[number].circumstance:
                spans = [(h.start, h.end) for h in hits if technology in h.owners]
                words = _words(batch.readings, project, spans)
                flags.append(_flag(rule, rules.items[number], "circumstance", words=words))
        return flags

    def _in_columns(self, circumstances: Circumstances) -> list[Flag]:
        """Flags for what columns say of the circumstances."""
        flags = []
        for condition, cell in met_conditions(self._rules.conditions, circumstances):
            flag = _flag(condition.item.id, condition.item, "circumstance")
            flags.append(replace(flag, cell=f"{condition.field}: {cell.replace(chr(9), ' ')}"))
        return flags


def _flag(
    rule: str,
    item: Item,
    rests_on: RestsOn,
    subtechnology: str = "",
    words: tuple[Word, ...] = (),
) -> Flag:
    return Flag(
        rule, item.level, subtechnology, item.name_ja, item.source_ja, item.confirmed,
        item.name_en, item.source_en, item.types, item.types_by, rests_on, words,
    )  # fmt: skip


def _at_most(flag: Flag, level: int) -> Flag:
    return flag if LEVELS.index(flag.level) <= level else replace(flag, level=LEVELS[level])


def _words(readings: Readings, project: int, spans: Spans) -> tuple[Word, ...]:
    words = []
    for start, end in dict.fromkeys(spans):
        field, at, to = readings.origin(project, start, end)
        text = readings.prepared[project].fields[field][at:to]
        words.append(Word(text, FIELDS[field], at, to))
        if len(words) == _MOST_WORDS:
            break
    return tuple(words)
