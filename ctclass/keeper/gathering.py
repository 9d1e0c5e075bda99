"""A corpus and its readers' labels as numbers, from which seeds are proposed.

Rows pass by once. What stays is small: for each row which areas it belongs to and whose
seeds stand in it, for each term in which rows it stands. No text is kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ctclass.keeper.candidates import Postings, find_terms
from ctclass.keeper.phrases import Cutter, Phrases, Units, seeds_by_units
from ctclass.model.background import key_of
from ctclass.projects import Project
from ctclass.readers.labels import Label
from ctclass.tagging.tag import Tagging
from ctclass.taxonomy.areas import Taxonomy

BREAK = "。"


@dataclass(frozen=True, slots=True)
class Heard:
    """A word that a reader named, whether the model sees it, and in which areas of the
    reader the model missed the row. The first of `areas` is the primary one."""

    key: str
    term: str
    areas: tuple[str, ...]
    seen: bool
    missed: tuple[str, ...]


class Gathering:
    """Rows added one by one. A row that a reader has judged counts by the reader's word,
    every other by the answer of the model.

    `areas`, `missed` hold a bit for each area of `area_ids`; `seeded` the numbers of the
    sub-technologies whose seeds stand in the row; `named` where each word of evidence stands.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        cutter: Cutter,
        readings: Mapping[str, Label],
        see: Callable[[Project], Tagging],
    ) -> None:
        self.area_ids = [area.id for area in taxonomy.areas]
        self.sub_ids = [sub.id for _, sub in taxonomy.subtechnologies()]
        self.cutter = cutter
        self.seeds = seeds_by_units(taxonomy, cutter)
        self.ids: list[str] = []
        self.areas, self.missed, self.read = array("I"), array("I"), array("B")
        self.seeded: list[array[int]] = []
        self.terms = Postings()
        self.named: dict[str, array[int]] = {}
        self.heard: list[Heard] = []
        self.found: set[str] = set()
        self._readings = readings
        self._see = see
        self._seen_alone: dict[str, frozenset[str]] = {}
        self._sub_number = {sub: i for i, sub in enumerate(self.sub_ids)}
        others = [f.term for area in taxonomy.areas for f in area.false_friends]
        others += [seed.term for seed in taxonomy.outside]
        self._known = Phrases([*self.seeds, *map(cutter.units, others)])
        words = chain.from_iterable(reading.evidence for reading in readings.values())
        self._words = Phrases(map(cutter.units, dict.fromkeys(words)))

    def add(self, project: Project, tagging: Tagging) -> None:
        """Count a row. Of two rows with one labelled id, the first is the labelled one."""
        number = len(self.ids)
        cut = self.cutter.cut(BREAK.join(project.texts))
        units = [unit for _, unit in cut]
        known = [(phrase, at, at + len(phrase)) for phrase, at in self._known.find(units)]
        self.terms.add(number, find_terms(cut, [(start, end) for _, start, end in known]))
        for key in {key_of(phrase) for phrase, _ in self._words.find(units)}:
            self.named.setdefault(key, array("I")).append(number)
        subs = {sub for phrase, *_ in known for sub, _ in self.seeds.get(phrase, ())}
        self.seeded.append(array("I", sorted(self._sub_number[sub] for sub in subs)))
        reading = self._readings.get(project.project_id)
        if project.project_id in self.found:
            reading = None
        given = {area.area for area in tagging.areas}
        missed: tuple[str, ...] = ()
        if reading is not None:
            self.found.add(project.project_id)
            missed = tuple(area for area in reading.areas if area not in given)
            self._hear(reading, missed, units, known)
            given = set(reading.areas)
        self.ids.append(project.project_id)
        self.areas.append(self._bits(given))
        self.missed.append(self._bits(missed))
        self.read.append(reading is not None)

    def _bits(self, areas: Collection[str]) -> int:
        return sum(1 << i for i, area in enumerate(self.area_ids) if area in areas)

    def _hear(
        self,
        reading: Label,
        missed: tuple[str, ...],
        units: Sequence[str],
        known: Sequence[tuple[Units, int, int]],
    ) -> None:
        """Note each word that the reader named: seen where a seed of one of the reader's
        areas touches it in the text, or where the model knows the word by itself."""
        if not reading.areas:
            return
        wanted = set(reading.areas)
        for word in reading.evidence:
            phrase = self.cutter.units(word)
            if not phrase:
                continue
            places = [(at, at + len(phrase)) for _, at in Phrases([phrase]).find(units)]
            touched = {
                sub.partition("/")[0]
                for seed, start, end in known
                for at, to in places
                if start < to and at < end
                for sub, _ in self.seeds.get(seed, ())
            }
            seen = not wanted.isdisjoint(touched | self._alone(word))
            self.heard.append(Heard(key_of(phrase), word, reading.areas, seen, missed))

    def _alone(self, word: str) -> frozenset[str]:
        """The areas to which the model takes a word by itself."""
        if word not in self._seen_alone:
            found = self._see(Project("", word, "", ""))
            self._seen_alone[word] = frozenset(a.area for a in found.areas + found.runners_up)
        return self._seen_alone[word]
