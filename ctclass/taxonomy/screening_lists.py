"""The lists that screening for 技術流出 stands on, as people write them.

`taxonomy/screening.yaml` holds lists with their items, their words, their sources
and whether anybody has found them in published material; its head explains every
field. One place for one fact: areas and sub-technologies do not know of lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ctclass.errors import Phrase
from ctclass.rules import Condition, Cues, Item
from ctclass.taxonomy.yamlfile import Place, YamlFile

SCREENING = "screening.yaml"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ListedWord:
    """A word of a list. `near_miss` marks one that only keeps the words within it silent."""

    term: str
    lang: str
    near_miss: bool
    place: Place


@dataclass(frozen=True, slots=True)
class ListedTechnology:
    """A technology within an item; its rule is `list-item:technology`."""

    rule: str
    words: tuple[ListedWord, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item with its technologies, and the areas and sub-technologies it goes with."""

    item: Item
    technologies: tuple[ListedTechnology, ...]
    areas: tuple[str, ...]
    subtechnologies: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ListHead:
    """A list by itself: its name, its source with the date, and other names it goes by."""

    id: str
    name: Phrase
    source: Phrase
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScreeningLists:
    """What a screening.yaml says; nothing where a taxonomy has none. `types` are the three of
    特定重要技術, by number, in words."""

    items: tuple[ListedItem, ...] = ()
    nearest: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()
    cues: Cues = field(default_factory=Cues)
    heads: tuple[ListHead, ...] = ()
    types: tuple[tuple[int, Phrase], ...] = ()
    place: Place = field(default_factory=lambda: Place(SCREENING, 1))

    def technologies(self) -> Iterator[tuple[ListedItem, ListedTechnology]]:
        """Every listed technology with its item, in file order."""
        for listed in self.items:
            for technology in listed.technologies:
                yield listed, technology


def lists_of(file: YamlFile) -> ScreeningLists:
    """The lists in a file without faults."""
    data = file.data
    return ScreeningLists(
        items=tuple(
            _item(owner, entry, file, ("lists", n, "items", m))
            for n, owner in enumerate(data["lists"])
            for m, entry in enumerate(owner["items"])
        ),
        nearest=tuple(data["nearest"].items()),
        conditions=tuple(_condition(one, data.get("abroad", {})) for one in data["metadata"]),
        cues=Cues(**{name: tuple(words) for name, words in data["cues"].items()}),
        heads=tuple(map(_head, data["lists"])),
        types=tuple((one["type"], Phrase(one["ja"], one["en"])) for one in data.get("types", ())),
        place=file.place("nearest"),
    )


def _head(data: dict[str, Any]) -> ListHead:
    return ListHead(
        data["id"],
        Phrase(data["name"]["ja"], data["name"]["en"]),
        Phrase(_dated(data["source"], "ja"), _dated(data["source"], "en")),
        tuple(data.get("also", ())),
    )


def _item(owner: dict[str, Any], data: dict[str, Any], file: YamlFile, at: Path) -> ListedItem:
    name, article = f"{owner['id']}-{data['id']}", data["article"]
    item = Item(
        id=name,
        level=data["level"],
        circumstance=owner["kind"] == "circumstance",
        name_ja=_named(owner["name"]["ja"], article["ja"], data["name"]["ja"]),
        name_en=_named(owner["name"]["en"], article["en"], data["name"]["en"]),
        source_ja=_dated(owner["source"], "ja"),
        source_en=_dated(owner["source"], "en"),
        confirmed=data["confirmed"],
        types=tuple(data.get("types", owner.get("types", ()))),
        types_by=data.get("types_by", owner.get("types_by", "")),
    )
    technologies = tuple(
        ListedTechnology(
            f"{name}:{entry['id']}",
            tuple(_words(entry, file, (*at, "technologies", n))),
            file.place(*at, "technologies", n),
        )
        for n, entry in enumerate(data["technologies"])
    )
    areas, subs = data.get("areas", ()), data.get("subtechnologies", ())
    return ListedItem(item, technologies, tuple(areas), tuple(subs), file.place(*at))


def _words(data: dict[str, Any], file: YamlFile, at: Path) -> Iterator[ListedWord]:
    for lang in ("ja", "en"):
        for i, term in enumerate(data["seeds"][lang]):
            yield ListedWord(term, lang, False, file.place(*at, "seeds", lang, i))
    for i, term in enumerate(data.get("near_misses", ())):
        yield ListedWord(term, "ja", True, file.place(*at, "near_misses", i))


def _condition(data: dict[str, Any], abroad: dict[str, list[str]]) -> Condition:
    """A condition; one that is `abroad` holds for the countries as well."""
    if not data.get("abroad"):
        abroad = {}
    item = Item(
        id=f"meta-{data['id']}",
        level=data["level"],
        circumstance=True,
        name_ja=data["name"]["ja"],
        name_en=data["name"]["en"],
        source_ja=_dated(data["source"], "ja"),
        source_en=_dated(data["source"], "en"),
        confirmed=data["confirmed"],
    )
    return Condition(
        item,
        data["field"],
        any=(*abroad.get("countries", ()), *data.get("any", ())),
        unless=tuple(data.get("unless", ())),
        at_least=data.get("at_least", 0),
        apart=(*abroad.get("apart", ()), *data.get("apart", ())),
        likely=tuple(data.get("likely", ())),
        home=tuple(data.get("home", ())),
    )


def _named(owner: str, article: str, name: str) -> str:
    """List, article (`-` for none) and name."""
    return f"{owner} {name}" if article == "-" else f"{owner} {article} {name}"


def _dated(source: dict[str, str], lang: str) -> str:
    space = "" if lang == "ja" else " "
    return f"{source[lang]}{space}({source['date']})"
