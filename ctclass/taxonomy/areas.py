"""The taxonomy that people write: areas, sub-technologies, seeds, false friends.

One YAML file per area in `taxonomy/`. A field that the schema does not know is
refused, with its line, so that a slip of the pen never silently changes a flag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ctclass.errors import ModelError, Phrase
from ctclass.taxonomy.screening_lists import SCREENING, ScreeningLists, lists_of
from ctclass.taxonomy.yamlfile import Place, YamlFile, read_yaml

_PACKAGED = Path(__file__).parent.parent / "_data"
_CHECKOUT = Path(__file__).parent.parent.parent
HEAD, OUTSIDE = "taxonomy.yaml", "00-outside.yaml"
_UNSAID: dict[str, Any] = {"tier": "emerging", "false_friends": []}
"""What an area is taken for that does not say: a framework of one's own may have no tiers."""
LESSONS = "lessons.jsonl"
"""Texts written for the taxonomy, with their areas: what seeds cannot say and no labelled
table holds, above all that a training course or a contribution is no research."""
JUDGEMENTS = "judgements.tsv"
"""Areas and levels of public projects, as digests and numbers (see `judgements`)."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A term (種語) that speaks for its sub-technology.

    `weight` multiplies its TF-IDF. `alone` is false for a term that counts only
    beside another seed of the same area, such as a method that every field uses.
    `also` names the other areas that own the same term, on purpose; `context`
    says why the seed is as it is.
    """

    term: str
    weight: float
    alone: bool
    also: tuple[str, ...]
    context: str
    source: str
    lang: str
    place: Place


@dataclass(frozen=True, slots=True)
class SubTechnology:
    """個別技術. `id` is `<area>/<slug>`."""

    id: str
    name_ja: str
    name_en: str
    source: str
    seeds: tuple[Seed, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class FalseFriend:
    """A phrase that holds a seed but means another thing: 量子収率 is no 量子."""

    term: str
    belongs_to: tuple[str, ...]
    note: str
    place: Place


@dataclass(frozen=True, slots=True)
class Area:
    """技術領域 ① to ⑯ with what the report says of it."""

    id: str
    number: int
    symbol: str
    name_ja: str
    name_en: str
    label_ja: str
    label_en: str
    strategic: bool
    false_friends: tuple[FalseFriend, ...]
    subtechnologies: tuple[SubTechnology, ...]
    place: Place


class Named(Protocol):
    """An area as a taxonomy or a model knows it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def number(self) -> int:
        """Its number in the report, from 1."""

    @property
    def label_ja(self) -> str:
        """Its short Japanese name."""

    @property
    def label_en(self) -> str:
        """Its short English name."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All areas in the report's order, the terms that speak against every area, and the
    lists that screening stands on."""

    name: str
    version: str
    source_ja: str
    digest: str
    areas: tuple[Area, ...]
    outside: tuple[Seed, ...]
    screening: ScreeningLists = field(default_factory=ScreeningLists)

    def subtechnologies(self) -> Iterator[tuple[Area, SubTechnology]]:
        """Every sub-technology with its area, in file order."""
        for area in self.areas:
            for sub in area.subtechnologies:
                yield area, sub


def find_data(folder: str) -> Path:
    """Where `taxonomy` or `models` lies: inside the installed package, or in the checkout."""
    for home in (_PACKAGED, _CHECKOUT):
        if (home / folder).is_dir():
            return home / folder
    raise ModelError(
        Phrase(f"{folder} フォルダーが見つかりません", f"The folder {folder} is missing"),
        where=str(_PACKAGED / folder),
        hint=Phrase("ctclass を入れ直してください", "Install ctclass again"),
    )


def digest_of(folder: Path) -> str:
    """SHA-256 over the folder's YAML files: names, and text with LF line ends."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def read_taxonomy(folder: Path | None = None) -> Taxonomy:
    """Read `taxonomy/` (or another folder of the same form).

    Raises ModelError with file and line for YAML that cannot be read, a key that
    stands twice, a field that the schema does not know, or an id that occurs twice.
    """
    return sound_taxonomy(read_files(folder or find_data("taxonomy")))


def sound_taxonomy(files: Sequence[YamlFile]) -> Taxonomy:
    """The taxonomy that the files make; ModelError for the first of their faults."""
    for fault in (fault for file in files for fault in file.faults):
        raise fault
    taxonomy = taxonomy_of(files)
    for twin in find_twins(taxonomy.areas):
        raise twin
    return taxonomy


def read_files(folder: Path) -> list[YamlFile]:
    """taxonomy.yaml, the files of the areas and the lists of screening, each with its faults;
    ModelError where there is no taxonomy."""
    paths = sorted(folder.glob("[0-9]*.yaml"))
    if not paths or not (folder / HEAD).is_file():
        raise ModelError(
            Phrase("技術体系のファイルがありません", "There is no taxonomy here"),
            where=str(folder),
            hint=Phrase(
                "taxonomy.yaml と領域ごとの NN-*.yaml を置いてください",
                "Put taxonomy.yaml and one NN-*.yaml per area there",
            ),
        )
    kinds = {HEAD: "framework", OUTSIDE: "outside", SCREENING: "screening"}
    lists = [folder / SCREENING] if (folder / SCREENING).is_file() else []
    rules = json.loads((find_data("taxonomy") / "schema.json").read_text("utf-8"))["$defs"]
    return [
        read_yaml(path, {"$ref": f"#/$defs/{kinds.get(path.name, 'area')}", "$defs": rules})
        for path in (folder / HEAD, *paths, *lists)
    ]


def taxonomy_of(files: Sequence[YamlFile]) -> Taxonomy:
    """The taxonomy that the files without faults make; the first is taxonomy.yaml."""
    head = {"name": "", "version": "", "source": {"ja": ""}}
    outside: list[Seed] = []
    areas: list[Area] = []
    screening = ScreeningLists()
    for file in files:
        if file.faults:
            continue
        if file.path.name == HEAD:
            head |= file.data
        elif file.path.name == SCREENING:
            screening = lists_of(file)
        elif file.path.name == OUTSIDE:
            for g, group in enumerate(file.data["outside"]):
                outside += _seeds(group["terms"], "ja", file, ("outside", g, "terms"))
        else:
            areas.append(_area(file))
    return Taxonomy(
        name=str(head["name"]),
        version=str(head["version"]),
        source_ja=head["source"]["ja"],  # type: ignore[index]
        digest=digest_of(files[0].path.parent),
        areas=tuple(sorted(areas, key=lambda a: a.number)),
        outside=tuple(outside),
        screening=screening,
    )


def _area(file: YamlFile) -> Area:
    unsaid = {"label": file.data["name"], "symbol": circled(file.data["number"])}
    data = _UNSAID | unsaid | file.data
    subs = tuple(
        _subtechnology(data["area"], sub, file, ("subtechnologies", i))
        for i, sub in enumerate(data["subtechnologies"])
    )
    friends = tuple(
        FalseFriend(
            friend["term"],
            tuple(friend["belongs_to"]),
            friend.get("note", ""),
            file.place("false_friends", i),
        )
        for i, friend in enumerate(data["false_friends"])
    )
    return Area(
        id=data["area"],
        number=data["number"],
        symbol=data["symbol"],
        name_ja=data["name"]["ja"],
        name_en=data["name"]["en"],
        label_ja=data["label"]["ja"],
        label_en=data["label"]["en"],
        strategic=data["tier"] == "national-strategic",
        false_friends=friends,
        subtechnologies=subs,
        place=file.place("area"),
    )


def _subtechnology(
    area: str, data: dict[str, Any], file: YamlFile, at: tuple[str | int, ...]
) -> SubTechnology:
    return SubTechnology(
        id=f"{area}/{data['id']}",
        name_ja=data["name"]["ja"],
        name_en=data["name"]["en"],
        source=data.get("source", "added"),
        seeds=tuple(
            seed
            for lang in ("ja", "en")
            for seed in _seeds(data["seeds"].get(lang, []), lang, file, (*at, "seeds", lang))
        ),
        place=file.place(*at),
    )


def _seeds(
    entries: list[Any], lang: str, file: YamlFile, at: tuple[str | int, ...]
) -> Iterator[Seed]:
    for i, entry in enumerate(entries):
        data: dict[str, Any] = {"term": entry} if isinstance(entry, str) else entry
        yield Seed(
            term=data["term"],
            weight=float(data.get("weight", 1.0)),
            alone=data.get("alone", True),
            also=tuple(data.get("also", ())),
            context=data.get("context", ""),
            source=data.get("source", "added"),
            lang=lang,
            place=file.place(*at, i),
        )


def circled(number: int) -> str:
    """The sign of an area's number: circled up to 20, in brackets beyond.

    >>> circled(1), circled(16), circled(21)
    ('①', '⑯', '(21)')
    """
    return chr(0x245F + number) if number <= 20 else f"({number})"


def numbered(area: Named) -> Phrase:
    """What people call an area: the sign of its number, and its short name.

    >>> [numbered(area).en for area in read_taxonomy().areas][11]
    '⑫ Quantum'
    """
    sign = circled(area.number)
    return Phrase(f"{sign} {area.label_ja}", f"{sign} {area.label_en}")


def find_twins(areas: Sequence[Area]) -> Iterator[ModelError]:
    """Ids and numbers that stand twice: an answer could not say which is meant."""
    seen: dict[str | int, Place] = {}
    for area in areas:
        keys: list[tuple[str | int, Place]] = [(area.id, area.place), (area.number, area.place)]
        keys += [(sub.id, sub.place) for sub in area.subtechnologies]
        for key, place in keys:
            if key in seen:
                yield ModelError(
                    Phrase(f"{key} が二つあります", f"{key} stands twice"),
                    where=str(place),
                    hint=Phrase(f"もう一つは {seen[key]} です", f"The other is at {seen[key]}"),
                )
            seen[key] = place
