"""What the taxonomy says of its false friends: where they belong, and why.

The model only needs to know that a phrase keeps a seed from counting; a reviewer wants to
know why. Only that part of each file is read: all of the taxonomy takes a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ctclass.model.compact import Model
from ctclass.taxonomy.areas import digest_of, find_data

_BLOCK = re.compile(r"^false_friends:.*(?:\n(?:[ #].*)?)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Friend:
    """A false friend: the areas where it belongs (none: nowhere), and a note for people."""

    belongs_to: tuple[str, ...]
    note: str


def find_friends(model: Model) -> Mapping[str, Friend]:
    """The false friends by their text; none where the model is of another taxonomy than the
    one installed here."""
    return _read_friends(model.header["taxonomy"]["digest"])


@lru_cache(maxsize=2)
def _read_friends(digest: str) -> Mapping[str, Friend]:
    import yaml

    folder = find_data("taxonomy")
    if digest_of(folder) != digest:
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Friend] = {}
    for path in sorted(folder.glob("[0-9]*.yaml")):
        for block in _BLOCK.finditer(path.read_text("utf-8")):
            for entry in yaml.load(block[0], loader)["false_friends"] or ():  # noqa: S506
                friend = Friend(tuple(entry["belongs_to"]), entry.get("note", ""))
                found.setdefault(entry["term"], friend)
    return found
