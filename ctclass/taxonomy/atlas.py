"""Browse and search the taxonomy: areas, sub-technologies, seeds, and what the report says."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctclass.errors import Phrase
from ctclass.rules import LEVELS, Item
from ctclass.taxonomy.areas import (
    Area,
    SubTechnology,
    find_data,
    read_files,
    sound_taxonomy,
)
from ctclass.taxonomy.crosswalk import Reading
from ctclass.taxonomy.frameworks import framework_names, read_framework
from ctclass.taxonomy.policy import Criterion, Measure, policy_for
from ctclass.text.units import Segmenter


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is written of an area. `written` is its file, field by field; `listed` has, by
    sub-technology, the items of the screening lists that it goes with."""

    area: Area
    written: dict[str, Any]
    evidence: tuple[tuple[Criterion, tuple[Phrase, ...]], ...]
    measures: tuple[Measure, ...]
    listed: Mapping[str, tuple[Item, ...]]
    source: str


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found: `kind` is `area`, `subtechnology`, `list`, `item` (of a screening
    list), `condition` (of a column), `type` (of 特定重要技術), `measure` or `criterion`;
    `terms` are the names, seeds, sources and sentences that hold the words asked for."""

    kind: str
    id: str
    name: Phrase
    terms: tuple[str, ...]


class Atlas:
    """A taxonomy with its files, read once. Raises ModelError for a damaged one."""

    def __init__(self, folder: Path | None = None) -> None:
        files = read_files(folder or find_data("taxonomy"))
        self.taxonomy = sound_taxonomy(files)
        self._written = {file.data["area"]: file.data for file in files if "area" in file.data}
        self.policy = policy_for(self.taxonomy.name)

    def area(self, query: str) -> Area | None:
        """The area of that id, number, circled number or name.

        >>> [area.id for area in map(Atlas().area, ["quantum", "12", "⑫", "量子"]) if area]
        ['quantum', 'quantum', 'quantum', 'quantum']
        """
        for area in self.taxonomy.areas:
            names = (area.id, str(area.number), area.symbol, area.label_ja, area.label_en)
            if query == area.symbol or _plain(query) in map(_plain, (*names, area.name_ja)):
                return area
        return None

    def subtechnology(self, query: str) -> tuple[Area, SubTechnology] | None:
        """The sub-technology of that id (`quantum/computing`), with its area."""
        for area, sub in self.taxonomy.subtechnologies():
            if sub.id == query:
                return area, sub
        return None

    def sheet(self, area: Area) -> Sheet:
        """All that is written of an area, and what the report provides for it."""
        policy = self.policy
        return Sheet(
            area=area,
            written=self._written[area.id],
            evidence=policy.evidence_of(area.id) if policy else (),
            measures=policy.measures_for(strategic=area.strategic) if policy else (),
            listed={sub.id: self.listed(sub.id) for sub in area.subtechnologies},
            source=self.taxonomy.source_ja,
        )

    def listed(self, subtechnology: str) -> tuple[Item, ...]:
        """The items of the screening lists that a sub-technology goes with, the highest first.

        >>> [item.level for item in Atlas().listed("quantum/sensing")][:1]
        ['priority']
        """
        lists = self.taxonomy.screening.items
        found = [one.item for one in lists if subtechnology in one.subtechnologies]
        return tuple(sorted(found, key=lambda item: -LEVELS.index(item.level)))

    def items(self, area: str, subtechnology: str = "") -> dict[str, list[str]]:
        """Items of other frameworks that an area or a sub-technology leads to."""
        if self.policy is None:
            return {}
        areas = {a.id: [s.id for s in a.subtechnologies] for a in self.taxonomy.areas}
        given = [subtechnology] if subtechnology else []
        found = {}
        for name in framework_names():
            items = Reading(read_framework(name), areas).items_of([area], given)
            if items:
                found[name] = [item for item, _ in items]
        return found

    def search(self, query: str, segmenter: Segmenter) -> list[Hit]:
        """Whatever holds the words asked for, in any spelling that a seed is found in.

        >>> hits = Atlas().search("リモート・センシング", Segmenter())
        >>> "space/remote-sensing" in [hit.id for hit in hits]
        True
        """
        asked, units = _plain(query), segmenter.units(query)
        hits = []
        for area in self.taxonomy.areas:
            written = self._written[area.id]
            texts = [area.name_ja, area.name_en, *written["definition"].values()]
            texts += [s[lang] for key in ("includes", "excludes") for s in written.get(key, ())
                      for lang in ("ja", "en")]  # fmt: skip
            hits += _hit("area", area.id, Phrase(area.label_ja, area.label_en), texts, asked)
            for sub in area.subtechnologies:
                terms = [
                    seed.term
                    for seed in sub.seeds
                    if asked in _plain(seed.term) or _within(units, segmenter.units(seed.term))
                ]
                names = (sub.id, sub.name_ja, sub.name_en)
                terms = [t for t in names if asked in _plain(t)] + terms
                if terms:
                    name = Phrase(sub.name_ja, sub.name_en)
                    hits.append(Hit("subtechnology", sub.id, name, tuple(dict.fromkeys(terms))))
        hits += self._search_lists(asked, units, segmenter)
        return hits + list(self._search_policy(asked))

    def _search_lists(
        self, asked: str, units: Sequence[str], segmenter: Segmenter
    ) -> Iterator[Hit]:
        """Lists with their sources, their items, conditions of columns and the three types."""
        lists = self.taxonomy.screening
        for head in lists.heads:
            texts = [head.name.ja, head.name.en, *head.also, head.source.ja, head.source.en]
            yield from _hit("list", head.id, head.name, texts, asked)
        for listed in lists.items:
            name = Phrase(listed.item.name_ja, listed.item.name_en)
            words = [
                word.term
                for technology in listed.technologies
                for word in technology.words
                if not word.near_miss
                and (asked in _plain(word.term) or _within(units, segmenter.units(word.term)))
            ]
            found = tuple(
                dict.fromkeys([t for t in (name.ja, name.en) if asked in _plain(t)] + words)
            )
            if found or asked == listed.item.id:
                yield Hit("item", listed.item.id, name, found)
        for item in (condition.item for condition in lists.conditions):
            name = Phrase(item.name_ja, item.name_en)
            texts = [name.ja, name.en, item.source_ja, item.source_en]
            yield from _hit("condition", item.id, name, texts, asked)
        for number, meaning in lists.types:
            name = Phrase(f"類型{number}: {meaning.ja}", f"type {number}: {meaning.en}")
            texts = [name.ja, name.en, "特定重要技術"]
            yield from _hit("type", str(number), name, texts, asked)

    def _search_policy(self, asked: str) -> Iterator[Hit]:
        if self.policy is None:
            return
        for criterion in self.policy.criteria:
            texts = [t for p in (criterion.name, *criterion.rests_on) for t in (p.ja, p.en)]
            yield from _hit("criterion", criterion.id, criterion.name, texts, asked)
        for measure in self.policy.measures:
            notes = [measure.name] + ([measure.note] if measure.note else [])
            texts = [t for p in notes for t in (p.ja, p.en)]
            yield from _hit("measure", measure.id, measure.name, texts, asked)


def _hit(kind: str, name_id: str, name: Phrase, texts: Iterable[str], asked: str) -> list[Hit]:
    found = tuple(dict.fromkeys(text for text in texts if asked in _plain(text)))
    return [Hit(kind, name_id, name, found)] if found or asked in _plain(name_id) else []


def _plain(text: str) -> str:
    """One spelling for width and capitals.

    >>> _plain("ＱＫＤ ") == _plain("qkd")
    True
    """
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    size = len(part)
    return 0 < size <= len(whole) and any(
        list(whole[i : i + size]) == list(part) for i in range(len(whole) - size + 1)
    )
