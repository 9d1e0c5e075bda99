"""The rules of screening as a model keeps them, and what was learned beside them.

People write lists (`taxonomy/screening.yaml`, `screening_lists`); a build turns
them into these. Everything is whole numbers and texts, as the rest of a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = ("none", "check", "priority")
USED, NAMED, MADE = 1, 5, 10
"""Tenths of how much a listed word counts where a project uses it, names it, makes it."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: what a flag rests on.

    `level` is the highest that it may raise to. A `circumstance` raises by one step, and
    only where a technology is met. `types` (1 to 3) are those of 特定重要技術; `types_by`
    says whether the list gives them (`list`) or we read them into it (`judgement`).
    """

    id: str
    level: str
    circumstance: bool
    name_ja: str
    name_en: str
    source_ja: str
    source_en: str
    confirmed: bool
    types: tuple[int, ...] = ()
    types_by: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column of a table tells.

    any        one of these words stands there: it holds. An unknown cell never does
    unless     but it does not where one of these stands beside it
    at_least   or the cell holds at least so many yen
    apart      phrases that are taken out before (中国電力 is no country)
    likely     words that hold too, where the entry names none of `home` (a University of ours)
    """

    item: Item
    field: str
    any: tuple[str, ...]
    unless: tuple[str, ...] = ()
    at_least: int = 0
    apart: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    home: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cues:
    """Phrases behind or before a word that say whether a project uses or makes the thing."""

    tool_after: tuple[str, ...] = ()
    tool_before: tuple[str, ...] = ()
    output_after: tuple[str, ...] = ()
    output_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point: from which sums on a project needs a look, or comes first."""

    check_at: int
    priority_at: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned from labels: two sums, 'needs a look' and 'comes first'.

    terms           learned terms of the model x 2, in `compact.WEIGHT`ths
    voices          (sub-technologies + 1) x 2, in millionths
    listed          listed technologies x 2, in millionths for `MADE`
    taught          which listed technologies were there to learn from: others speak for
                    themselves
    bias, default, recall   millionths
    floor           a listed word that a project makes does not count below this sum of the
                    first kind: the text is about something else
    """

    terms: NDArray[np.int16]
    voices: tuple[tuple[int, int], ...]
    listed: tuple[tuple[int, int], ...]
    taught: tuple[bool, ...]
    bias: tuple[int, int]
    default: Point
    recall: Point
    floor: int


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a model.

    technologies     the item of each listed technology, and the id of its rule
    patterns         unit sequences with the technologies that they name (none: a near miss)
    subtechnologies  of each sub-technology the items that it goes with
    nearest          of each area the item to name where learned terms alone speak; -1 for none
    """

    items: tuple[Item, ...] = ()
    technologies: tuple[tuple[int, str], ...] = ()
    patterns: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    subtechnologies: tuple[tuple[int, ...], ...] = ()
    nearest: tuple[int, ...] = ()
    conditions: tuple[Condition, ...] = ()
    cues: Cues = field(default_factory=Cues)
    weights: Weights | None = None

    def untaught(self) -> Rules:
        """The rules alone, as they speak before anything was learned."""
        return replace(self, weights=None)


def dump_rules(rules: Rules) -> tuple[list[Any], bytes]:
    """A head for JSON, and the weights of the terms as bytes."""
    head = [
        [_values(item) for item in rules.items],
        rules.technologies,
        rules.patterns,
        rules.subtechnologies,
        rules.nearest,
        [[_values(c.item), *_values(c)[1:]] for c in rules.conditions],
        _values(rules.cues),
    ]
    weights = rules.weights
    if weights is None:
        return [*head, None], b""
    learned = [
        weights.voices, weights.listed, [int(t) for t in weights.taught], weights.bias,
        _values(weights.default), _values(weights.recall), weights.floor,
    ]  # fmt: skip
    return [*head, learned], weights.terms.astype("<i2").tobytes()


def parse_rules(head: Sequence[Any], numbers: bytes, terms: int) -> Rules:
    """What `dump_rules` wrote; ValueError where the sizes do not fit."""
    items, technologies, patterns, subs, nearest, conditions, cues, learned = head
    return Rules(
        items=tuple(map(_item, items)),
        technologies=tuple((item, rule) for item, rule in technologies),
        patterns=tuple((tuple(owners), tuple(units)) for owners, units in patterns),
        subtechnologies=tuple(map(tuple, subs)),
        nearest=tuple(nearest),
        conditions=tuple(
            Condition(_item(item), name, tuple(words), tuple(unless), least, *map(tuple, others))
            for item, name, words, unless, least, *others in conditions
        ),
        cues=Cues(*map(tuple, cues)),
        weights=_weights(learned, numbers, terms) if learned else None,
    )


def _weights(learned: Sequence[Any], numbers: bytes, terms: int) -> Weights:
    voices, listed, taught, bias, default, recall, floor = learned
    if len(numbers) != 4 * terms:
        raise ValueError
    return Weights(
        terms=np.frombuffer(numbers, dtype="<i2").reshape(terms, 2),
        voices=tuple((a, b) for a, b in voices),
        listed=tuple((a, b) for a, b in listed),
        taught=tuple(map(bool, taught)),
        bias=(bias[0], bias[1]),
        default=Point(*default),
        recall=Point(*recall),
        floor=floor,
    )


def _item(values: Sequence[Any]) -> Item:
    name, level, circumstance, ja, en, source_ja, source_en, confirmed, types, types_by = values
    return Item(
        name, level, circumstance, ja, en, source_ja, source_en, confirmed, tuple(types), types_by
    )


def _values(record: Item | Cues | Point | Condition) -> list[Any]:
    return [getattr(record, name) for name in record.__slots__]
