"""Lint what lies beside the areas: lists of other policies, and what the report provides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctclass.check.problem import Problem, problem_of
from ctclass.errors import Phrase
from ctclass.taxonomy import frameworks, policy
from ctclass.taxonomy.areas import Taxonomy
from ctclass.taxonomy.frameworks import read_framework_file
from ctclass.taxonomy.policy import read_policy_file
from ctclass.taxonomy.yamlfile import Place, YamlFile


def check_lists(folder: Path, taxonomy: Taxonomy) -> Iterator[Problem]:
    """Problems of all lists of a taxonomy; a folder without any has none."""
    for path in sorted((folder / frameworks.FOLDER).glob("*.y*ml")):
        file = read_framework_file(path)
        yield from (problem_of(fault, "bad-file") for fault in file.faults)
        if not file.faults:
            yield from _check_name(file)
            yield from check_framework(file, taxonomy)
    for path in sorted((folder / policy.FOLDER).glob("*.y*ml")):
        file = read_policy_file(path)
        yield from (problem_of(fault, "bad-file") for fault in file.faults)
        if not file.faults:
            yield from check_policy(file, taxonomy)


def check_framework(file: YamlFile, taxonomy: Taxonomy) -> Iterator[Problem]:
    """Ids that stand twice, and names of what does not exist."""
    known = {area.id for area in taxonomy.areas} | {s.id for _, s in taxonomy.subtechnologies()}
    groups = file.data.get("groups", {})
    items = file.data["items"]
    seen: dict[str, Place] = {}
    for i, item in enumerate(items):
        place = file.place("items", i, "id")
        if item["id"] in seen:
            yield _twice(item["id"], place, seen[item["id"]])
        yield from _check_part(file, i, item, seen)
        seen.setdefault(item["id"], place)
        if item.get("group", "") not in ("", *groups):
            yield _missing(
                "unknown-group", file.place("items", i, "group"), item["group"], "groups"
            )
        origins: dict[str, Place] = {}
        for m, one in enumerate(item["maps"]):
            at = file.place("items", i, "maps", m)
            if one["from"] in origins:
                yield _twice(one["from"], at, origins[one["from"]])
            origins.setdefault(one["from"], at)
            if one["from"] not in known:
                what = "technology" if "/" in one["from"] else "area"
                yield _missing(f"unknown-{what}", at, one["from"], "taxonomy/*.yaml")
    used = {item.get("group") for item in items}
    for group in groups:
        if group not in used:
            yield Problem(
                "idle-group",
                file.place("groups", group),
                Phrase(f"区分 {group} の項目がありません", f"No item is in the group {group}"),
            )


def check_policy(file: YamlFile, taxonomy: Taxonomy) -> Iterator[Problem]:
    """Evidence for exactly the strategic areas, and no measure twice."""
    strategic = {area.id for area in taxonomy.areas if area.strategic}
    seen: dict[str, Place] = {}
    for i, one in enumerate(file.data["evidence"]):
        place = file.place("evidence", i, "area")
        if one["area"] in seen:
            yield _twice(one["area"], place, seen[one["area"]])
        seen.setdefault(one["area"], place)
        if one["area"] not in strategic:
            yield _missing("unknown-area", place, one["area"], "tier: national-strategic")
    for area in sorted(strategic - seen.keys()):
        yield Problem(
            "missing-evidence",
            file.place("evidence"),
            Phrase(f"{area} の根拠がありません", f"There is no evidence for {area}"),
        )
    named: dict[str, Place] = {}
    for i, one in enumerate(file.data["measures"]):
        place = file.place("measures", i)
        if one["id"] in named:
            yield _twice(one["id"], place, named[one["id"]])
        named.setdefault(one["id"], place)


def _check_name(file: YamlFile) -> Iterator[Problem]:
    fitting = f"{file.data['framework']}.yaml"
    if file.path.name != fitting:
        yield Problem(
            "misnamed-file",
            file.place("framework"),
            Phrase(f"ファイル名は {fitting} のはずです", f"The file should be called {fitting}"),
        )


def _check_part(
    file: YamlFile, i: int, item: dict[str, str], seen: dict[str, Place]
) -> Iterator[Problem]:
    """A part comes after its whole, and its id begins with the whole's."""
    whole = item["id"].rpartition("/")[0]
    named = item.get("part_of", "")
    if named != whole or (named and named not in seen):
        yield Problem(
            "unknown-part",
            file.place("items", i, "part_of" if named else "id"),
            Phrase(
                f"{item['id']} の part_of は、先に書かれた項目 {whole or '(なし)'} のはずです",
                f"part_of of {item['id']} should be {whole or 'left out'}, an item that stands "
                "before it",
            ),
        )


def _twice(name: str, place: Place, other: Place) -> Problem:
    return Problem(
        "duplicate-id",
        place,
        Phrase(f"{name} は {other} にもあります", f"{name} stands at {other} already"),
    )


def _missing(rule: str, place: Place, name: str, where: str) -> Problem:
    return Problem(
        rule, place, Phrase(f"{name} は {where} にありません", f"{name} is not in {where}")
    )
