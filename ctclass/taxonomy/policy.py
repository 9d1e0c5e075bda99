"""What the report says of its areas: criteria, evidence for each strategic area, measures.

Data in `taxonomy/policy/wg6.yaml`, beside the areas, not in the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ctclass.errors import Phrase
from ctclass.taxonomy.areas import find_data
from ctclass.taxonomy.yamlfile import YamlFile, read_yaml

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
class Provision:
    """What the report provides for areas of one tier."""

    tier: str
    name: Phrase
    areas: tuple[str, ...]
    measures: tuple[Measure, ...]


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

    def provisions(self, areas: Sequence[tuple[str, bool]]) -> tuple[Provision, ...]:
        """The same for areas, each with whether it is strategic: tier by tier, in their order.

        >>> found = read_policy().provisions([("quantum", True), ("energy", False)])
        >>> [(one.tier, one.areas) for one in found]
        [('national-strategic', ('quantum',)), ('emerging', ('energy',))]
        """
        return tuple(
            Provision(
                STRATEGIC if strategic else EMERGING,
                self.tiers[STRATEGIC if strategic else EMERGING],
                tuple(area for area, own in areas if own == strategic),
                self.measures_for(strategic=strategic),
            )
            for strategic in dict.fromkeys(strategic for _, strategic in areas)
        )

    def record(self, areas: Sequence[tuple[str, bool]]) -> dict[str, Any]:
        """What it says of these areas as an object for JSON: measures by tier, and the
        evidence by criterion for the strategic ones among them."""
        return {
            "source": asdict(self.source),
            "tiers": [
                {
                    "id": one.tier,
                    "name": asdict(one.name),
                    "areas": list(one.areas),
                    "measures": [_measure_record(measure) for measure in one.measures],
                }
                for one in self.provisions(areas)
            ],
            "strategic": [
                {
                    "area": area,
                    "criteria": [
                        {
                            "id": criterion.id,
                            "name": asdict(criterion.name),
                            "rests_on": [asdict(one) for one in criterion.rests_on],
                            "evidence": [asdict(one) for one in statements],
                        }
                        for criterion, statements in self.evidence_of(area)
                    ],
                }
                for area, strategic in areas
                if strategic
            ],
        }

    def evidence_of(self, area: str) -> tuple[tuple[Criterion, tuple[Phrase, ...]], ...]:
        """The report's evidence for an area, criterion by criterion; none but for strategic ones.

        >>> [criterion.id for criterion, _ in read_policy().evidence_of("quantum")]
        ['future', 'innovation', 'strength']
        """
        given = self.evidence.get(area, {})
        return tuple((c, given[c.id]) for c in self.criteria if c.id in given)


def _measure_record(measure: Measure) -> dict[str, Any]:
    return {
        "id": measure.id,
        "name": asdict(measure.name),
        "named": measure.named,
        "note": asdict(measure.note) if measure.note else None,
        "source": asdict(measure.source) if measure.source else None,
    }


@cache
def read_policy() -> Policy:
    """What the report says. Raises ModelError with file and line for a damaged file."""
    path = find_data("taxonomy") / FOLDER / NAME
    found = _read_unchecked(path)
    if found is not None:
        return found
    file = read_policy_file(path)
    for fault in file.faults:
        raise fault
    return policy_of(file)


def _read_unchecked(path: Path) -> Policy | None:
    """The policy of a file that is as it should be, None for any other. Loading the schema's
    library takes an eighth of the time of an explanation, and `ctclass check` uses it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(path.read_text("utf-8-sig"), Loader=loader)  # noqa: S506 (a safe loader)
        return policy_of(YamlFile(path, data, {}))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        return None


def policy_for(taxonomy: str) -> Policy | None:
    """What the report says of the areas of that taxonomy, None where it is about another.

    >>> policy_for("a taxonomy of one's own")
    """
    policy = read_policy() if taxonomy else None
    return policy if policy and policy.taxonomy == taxonomy else None


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
