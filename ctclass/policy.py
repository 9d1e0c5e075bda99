"""What the report says of its areas: criteria, evidence for each strategic area, measures.

Data in `taxonomy/policy/wg6.yaml`, beside the areas, not in the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ctclass.errors import Phrase
from ctclass.taxonomy import find_data
from ctclass.yamlfile import YamlFile, read_yaml

FOLDER, NAME = "policy", "wg6.yaml"
EMERGING, STRATEGIC = "emerging", "national-strategic"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of selection, and the surveys that it rests on."""

    id: str
    name: Phrase
    rests_on: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A support measure; `named` is `report`, or `found` for what another document says."""

    id: str
    name: Phrase
    tiers: tuple[str, ...]
    named: str
    note: Phrase | None
    source: Phrase | None


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. `evidence` has statements by area id and criterion id."""

    taxonomy: str
    source: Phrase
    tiers: Mapping[str, Phrase]
    criteria: tuple[Criterion, ...]
    evidence: Mapping[str, Mapping[str, tuple[Phrase, ...]]]
    measures: tuple[Measure, ...]

    def measures_for(self, *, strategic: bool) -> tuple[Measure, ...]:
        """What the report provides for an area of that tier.

        >>> policy = read_policy()
        >>> len(policy.measures_for(strategic=False)), len(policy.measures_for(strategic=True))
        (9, 16)
        """
        tier = STRATEGIC if strategic else EMERGING
        return tuple(measure for measure in self.measures if tier in measure.tiers)

    def evidence_of(self, area: str) -> tuple[tuple[Criterion, tuple[Phrase, ...]], ...]:
        """The report's evidence for an area, criterion by criterion; none but for strategic ones.

        >>> [criterion.id for criterion, _ in read_policy().evidence_of("quantum")]
        ['future', 'innovation', 'strength']
        """
        given = self.evidence.get(area, {})
        return tuple((c, given[c.id]) for c in self.criteria if c.id in given)


@cache
def read_policy() -> Policy:
    """What the report says. Raises ModelError with file and line for a damaged file."""
    file = read_policy_file(find_data("taxonomy") / FOLDER / NAME)
    for fault in file.faults:
        raise fault
    return policy_of(file)


def read_policy_file(path: Path) -> YamlFile:
    """A policy file with its lines and its faults."""
    schema = find_data("taxonomy") / FOLDER / "schema.json"
    return read_yaml(path, json.loads(schema.read_text("utf-8")))


def policy_of(file: YamlFile) -> Policy:
    """The policy that a file without faults makes."""
    data = file.data
    names = [criterion["id"] for criterion in data["criteria"]]
    return Policy(
        taxonomy=data["taxonomy"],
        source=Phrase(**data["source"]),
        tiers={tier: Phrase(**name) for tier, name in data["tiers"].items()},
        criteria=tuple(
            Criterion(c["id"], Phrase(**c["name"]), tuple(Phrase(**p) for p in c["rests_on"]))
            for c in data["criteria"]
        ),
        evidence={
            one["area"]: {name: tuple(Phrase(**p) for p in one[name]) for name in names}
            for one in data["evidence"]
        },
        measures=tuple(
            Measure(
                m["id"],
                Phrase(**m["name"]),
                tuple(m["tiers"]),
                m["named"],
                Phrase(**m["note"]) if "note" in m else None,
                Phrase(**m["source"]) if "source" in m else None,
            )
            for m in data["measures"]
        ),
    )
