"""The first screening for 技術流出: a simple rule with a trace.

A sub-technology that the taxonomy marks as sensitive, with the list it stands
on, raises the level of a project that falls in it. A level is advice to look,
never a finding that a project is safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctclass.model import Model

LEVELS = ("none", "check", "priority")
SENSITIVE, LEARNED = "sensitive", "sensitive-learned"
"""What the ids of rules begin with: seeds name a sensitive sub-technology, or learned terms
alone do. On the training labels the latter find 0.023 more of the projects that a reader
wanted looked at (F2 0.72 for 0.71); 44 % of the flags that they add are right."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that fired: its id, level, and the list item and source it rests on."""

    rule: str
    level: str
    subtechnology: str
    list_item: str
    source: str
    confirmed: bool


def find_flags(
    model: Model, by_seeds: Sequence[int], by_terms: Sequence[int] = ()
) -> tuple[Flag, ...]:
    """The flags of a project whose sub-technologies (by index) seeds name, or learned terms
    alone, which the rule's id says: `sensitive-learned:…`.

    Highest level first; the order within a level is that of the sub-technologies.
    """
    flags = []
    named = [(SENSITIVE, i) for i in by_seeds] + [(LEARNED, i) for i in by_terms]
    for rule, index in named:
        sub = model.subtechnologies[index]
        mark = sub.sensitive
        if mark is not None:
            flags.append(
                Flag(
                    rule=f"{rule}:{sub.id}",
                    level=mark.level,
                    subtechnology=sub.id,
                    list_item=mark.list_item,
                    source=mark.source,
                    confirmed=mark.confirmed,
                )
            )
    return tuple(sorted(flags, key=lambda f: -LEVELS.index(f.level)))


def level_of(flags: Sequence[Flag]) -> str:
    """The level of a project: its highest flag's, `none` without any."""
    return flags[0].level if flags else "none"
