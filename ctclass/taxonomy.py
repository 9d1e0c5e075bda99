"""The taxonomy that people write: areas, sub-technologies, seeds, false friends.

One YAML file per area in `taxonomy/`. A field that the schema does not know is
refused, with its line, so that a slip of the pen never silently changes a flag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctclass.errors import ModelError, Phrase

_PACKAGED = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line (from 1) that a person can open."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


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
class Sensitivity:
    """Why a sub-technology needs a look for 技術流出: the list item and its source."""

    level: str
    list_item: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class SubTechnology:
    """個別技術. `id` is `<area>/<slug>`."""

    id: str
    name_ja: str
    name_en: str
    source: str
    sensitive: Sensitivity | None
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


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All areas in the report's order, and the terms that speak against every area."""

    name: str
    version: str
    source_ja: str
    digest: str
    areas: tuple[Area, ...]
    outside: tuple[Seed, ...]

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

    Raises ModelError with file and line for YAML that cannot be read, a field
    that the schema does not know, or an id that occurs twice.
    """
    folder = folder or find_data("taxonomy")
    files = sorted(folder.glob("[0-9]*.yaml"))
    if not files or not (folder / "taxonomy.yaml").is_file():
        raise ModelError(
            Phrase("技術体系のファイルがありません", "There is no taxonomy here"),
            where=str(folder),
            hint=Phrase(
                "taxonomy.yaml と領域ごとの NN-*.yaml を置いてください",
                "Put taxonomy.yaml and one NN-*.yaml per area there",
            ),
        )
    head, _ = _read_yaml(folder / "taxonomy.yaml", "framework")
    areas: list[Area] = []
    outside: list[Seed] = []
    for path in files:
        kind = "outside" if path.name.startswith("00-") else "area"
        data, lines = _read_yaml(path, kind)
        if kind == "outside":
            for g, group in enumerate(data["outside"]):
                outside += _seeds(group["terms"], "ja", path, lines, ("outside", g, "terms"))
        else:
            areas.append(_area(data, path, lines))
    areas.sort(key=lambda a: a.number)
    _refuse_twins(areas)
    return Taxonomy(
        name=head["name"],
        version=head["version"],
        source_ja=head["source"]["ja"],
        digest=digest_of(folder),
        areas=tuple(areas),
        outside=tuple(outside),
    )


Lines = dict[tuple[str | int, ...], int]


def _area(data: dict[str, Any], path: Path, lines: Lines) -> Area:
    subs = tuple(
        _subtechnology(data["area"], sub, path, lines, ("subtechnologies", i))
        for i, sub in enumerate(data["subtechnologies"])
    )
    friends = tuple(
        FalseFriend(
            friend["term"],
            tuple(friend["belongs_to"]),
            friend.get("note", ""),
            Place(path.name, lines["false_friends", i]),
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
        place=Place(path.name, lines["area",]),
    )


def _subtechnology(
    area: str, data: dict[str, Any], path: Path, lines: Lines, at: tuple[str | int, ...]
) -> SubTechnology:
    mark = data.get("sensitive")
    return SubTechnology(
        id=f"{area}/{data['id']}",
        name_ja=data["name"]["ja"],
        name_en=data["name"]["en"],
        source=data["source"],
        sensitive=mark
        and Sensitivity(mark["level"], mark["list"], mark["source"], mark["confirmed"]),
        seeds=tuple(
            seed
            for lang in ("ja", "en")
            for seed in _seeds(data["seeds"][lang], lang, path, lines, (*at, "seeds", lang))
        ),
        place=Place(path.name, lines[at]),
    )


def _seeds(
    entries: list[Any], lang: str, path: Path, lines: Lines, at: tuple[str | int, ...]
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
            place=Place(path.name, lines[(*at, i)]),
        )


def _refuse_twins(areas: list[Area]) -> None:
    seen: dict[str | int, Place] = {}
    for area in areas:
        keys: list[tuple[str | int, Place]] = [(area.id, area.place), (area.number, area.place)]
        keys += [(sub.id, sub.place) for sub in area.subtechnologies]
        for key, place in keys:
            if key in seen:
                raise ModelError(
                    Phrase(f"{key} が二つあります", f"{key} stands twice"),
                    where=str(place),
                    hint=Phrase(f"もう一つは {seen[key]} です", f"The other is at {seen[key]}"),
                )
            seen[key] = place


def _read_yaml(path: Path, kind: str) -> tuple[dict[str, Any], Lines]:
    """A file's data, checked by the schema, and the line of every node in it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=loader)
        data = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ModelError(
            Phrase("YAML として読めません", "This is not readable as YAML"),
            where=f"{path}:{line}",
            hint=Phrase(
                f"この行の字下げと引用符を見てください({type(error).__name__})",
                f"Look at the indent and quotes of this line ({type(error).__name__})",
            ),
        ) from error
    lines = dict(_lines(node, ()))
    _check_schema(data, path, kind, lines)
    return data, lines


def _lines(node: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """The line of every node; a mapping's value counts from its key."""
    yield at, node.start_mark.line + 1
    if node.id == "mapping":
        for key, value in node.value:
            yield from _lines(value, (*at, key.value))
            yield (*at, key.value), key.start_mark.line + 1
    elif node.id == "sequence":
        for i, value in enumerate(node.value):
            yield from _lines(value, (*at, i))


def _check_schema(data: Any, path: Path, kind: str, lines: Lines) -> None:
    import jsonschema

    schema = json.loads((find_data("taxonomy") / "schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
    )
    problems = list(validator.iter_errors(data))
    unknown = [p for p in problems if p.validator == "additionalProperties"]
    problem = jsonschema.exceptions.best_match(unknown or problems)
    if problem is not None:
        at = tuple(problem.absolute_path)
        extra = [k for k in problem.instance if f"'{k}'" in problem.message] if unknown else []
        line = lines.get((*at, *extra[:1]), 1)
        raise ModelError(
            Phrase(
                f"技術体系の書き方が違います: {problem.message[:200]}",
                f"The taxonomy breaks its schema: {problem.message[:200]}",
            ),
            where=f"{path}:{line}",
            hint=Phrase(
                "使える項目はファイルの先頭の用語集にあります",
                "The glossary at the top of the file lists the fields",
            ),
        )
