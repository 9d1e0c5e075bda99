"""Lists of technologies in other policies, and how the areas map onto their items.

One YAML file per list in `taxonomy/frameworks/`. A map says from which area or
sub-technology one comes to an item, how strongly, and whether that is our own
judgement, which it nearly always is: no document gives a crosswalk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ctclass.errors import Phrase, UsageError
from ctclass.taxonomy.areas import Taxonomy, find_data, read_taxonomy
from ctclass.taxonomy.yamlfile import Place, YamlFile, read_yaml

FOLDER = "frameworks"
STRENGTHS = ("exact", "close", "inside", "partial")
"""From the same scope to a mere overlap. With the first three, a project in the area or
sub-technology is in the item; with `partial` it may be."""
OWN = "wg6"
"""The sixteen areas themselves, as one framework among the others."""


@dataclass(frozen=True, slots=True)
class Map:
    """A way from an area or a sub-technology (`origin`) to an item."""

    origin: str
    strength: str
    judgement: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list. `part_of` is the id of the item that it is a part of, or empty.

    `named` says what the name rests on: `report`, `found` or `unconfirmed`.
    """

    id: str
    name: Phrase
    original: str
    part_of: str
    group: str
    named: str
    maps: tuple[Map, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A list with its source and date (empty where it has none), its items in their order."""

    id: str
    kind: str
    name: Phrase
    country: str
    date: str
    source: Phrase
    url: str
    items: tuple[Item, ...]

    def item(self, item_id: str) -> Item:
        """The item of that id."""
        return next(item for item in self.items if item.id == item_id)


def framework_names(folder: Path | None = None) -> list[str]:
    """The ids of all lists, by name of file.

    >>> {"us-cet", "eu-10", "tokutei-20", "k-program"} <= set(framework_names())
    True
    """
    home = (folder or find_data("taxonomy")) / FOLDER
    return sorted(path.stem for path in home.glob("*.yaml"))


def read_framework(name: str, taxonomy: Taxonomy | None = None) -> Framework:
    """A list by its id, or by the path of a `.yaml` file of one's own; `wg6` is the `taxonomy`.

    Raises UsageError for a name that there is none of, ModelError with file and line for
    a file that cannot be read.

    >>> us = read_framework("us-cet")
    >>> us.item("hypersonics").maps[0].origin, len(us.items)
    ('aviation/hypersonics', 18)
    """
    if name == OWN:
        return own_framework(taxonomy or read_taxonomy())
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        if name not in framework_names():
            raise _unknown(name)
        path = find_data("taxonomy") / FOLDER / f"{name}.yaml"
    file = read_framework_file(path)
    for fault in file.faults:
        raise fault
    return framework_of(file)


def read_framework_file(path: Path) -> YamlFile:
    """A file with its lines and its faults."""
    schema = find_data("taxonomy") / FOLDER / "schema.json"
    return read_yaml(path, json.loads(schema.read_text("utf-8")))


def framework_of(file: YamlFile) -> Framework:
    """The list that a file without faults makes."""
    data = file.data
    return Framework(
        id=data["framework"],
        kind=data["kind"],
        name=_phrase(data["name"]),
        country=data["country"],
        date=data.get("date", ""),
        source=_phrase(data["source"]),
        url=data.get("url", ""),
        items=tuple(_item(file, i) for i in range(len(data["items"]))),
    )


def own_framework(taxonomy: Taxonomy) -> Framework:
    """The taxonomy as a list: its areas, each with its sub-technologies as parts."""
    items = []
    sure = Phrase(taxonomy.source_ja, taxonomy.source_ja)
    for area in taxonomy.areas:
        group = "national-strategic" if area.strategic else "emerging"
        name = Phrase(area.label_ja, area.label_en)
        itself = Map(area.id, "exact", judgement=False, place=area.place)
        items.append(Item(area.id, name, "", "", group, "report", (itself,)))
        for sub in area.subtechnologies:
            itself = Map(sub.id, "exact", judgement=False, place=sub.place)
            name = Phrase(sub.name_ja, sub.name_en)
            items.append(Item(sub.id, name, "", area.id, group, sub.source, (itself,)))
    return Framework(
        id=OWN,
        kind="framework",
        name=Phrase(f"技術体系 {taxonomy.name}", f"taxonomy {taxonomy.name}"),
        country="JP",
        date=taxonomy.version,
        source=sure,
        url="",
        items=tuple(items),
    )


def _item(file: YamlFile, number: int) -> Item:
    data, default = file.data["items"][number], file.data["mapping"]
    return Item(
        id=data["id"],
        name=_phrase(data["name"]),
        original=data["name"].get("original", ""),
        part_of=data.get("part_of", ""),
        group=data.get("group", ""),
        named=data["named"],
        maps=tuple(
            Map(
                one["from"],
                one["strength"],
                one.get("judgement", default["judgement"]),
                file.place("items", number, "maps", m),
            )
            for m, one in enumerate(data["maps"])
        ),
    )


def _phrase(data: dict[str, str]) -> Phrase:
    return Phrase(data["ja"], data["en"])


def _unknown(name: str) -> UsageError:
    names = ", ".join([OWN, *framework_names()])
    return UsageError(
        Phrase(f"{name!r} という枠組みはありません", f"There is no framework {name!r}"),
        where=name,
        hint=Phrase(
            f"次のどれか、または自作の .yaml です: {names}", f"One of, or a .yaml file: {names}"
        ),
    )
