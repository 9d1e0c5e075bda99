"""From the lists that people write to the rules of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ctclass.model.background import key_of
from ctclass.model.screening_table import Taught
from ctclass.rules import Rules, Weights
from ctclass.taxonomy.areas import Taxonomy
from ctclass.taxonomy.screening_lists import ScreeningLists
from ctclass.text.carriers import cuts_of
from ctclass.text.units import Segmenter

Units = tuple[str, ...]


@dataclass(slots=True)
class RuleDraft:
    """The words of the lists as unit sequences with the technologies that own them, and the
    units of the surfaces that they were seen as."""

    owners: dict[Units, set[int]] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

    def units(self) -> set[str]:
        """All units that the words are made of."""
        return {unit for sequence in self.owners for unit in sequence}


def draft_rules(lists: ScreeningLists, segmenter: Segmenter) -> RuleDraft:
    """The words in all their spellings. A near miss is owned by nobody; of words inside one
    another only the longest is found, so it is owned by those of the shorter ones too."""
    draft = RuleDraft()
    for number, (_, technology) in enumerate(lists.technologies()):
        for word in technology.words:
            sequences = {tuple(segmenter.units(word.term))}
            for surfaces in cuts_of(word.term, segmenter):
                sequence = tuple(segmenter.unit(s) for s in surfaces)
                draft.spellings.update(zip(surfaces, sequence, strict=True))
                sequences.add(sequence)
            for sequence in sequences - {()}:
                owners = draft.owners.setdefault(sequence, set())
                if not word.near_miss:
                    owners.add(number)
    for sequence in [s for s, owners in draft.owners.items() if owners]:
        for inner in shorter_runs(sequence):
            draft.owners[sequence].update(draft.owners.get(inner, ()))
    return draft


def shorter_runs(sequence: Units) -> Iterator[Units]:
    """The shorter runs of units within one."""
    for size in range(1, len(sequence)):
        for at in range(len(sequence) - size + 1):
            yield sequence[at : at + size]


def build_rules(
    taxonomy: Taxonomy,
    draft: RuleDraft,
    number: Mapping[str, int],
    terms: Sequence[Units],
    taught: Taught | None,
) -> Rules:
    """The rules of a taxonomy over the numbers of units, with what was learned for `terms`."""
    lists = taxonomy.screening
    place = {listed.item.id: n for n, listed in enumerate(lists.items)}
    own: dict[str, list[int]] = {}
    for n, listed in enumerate(lists.items):
        for sub in listed.subtechnologies:
            own.setdefault(sub, []).append(n)
    nearest = dict(lists.nearest)
    rules = Rules(
        items=tuple(listed.item for listed in lists.items),
        technologies=tuple((place[i.item.id], t.rule) for i, t in lists.technologies()),
        patterns=tuple(
            (tuple(sorted(owners)), tuple(number[u] for u in sequence))
            for sequence, owners in sorted(draft.owners.items())
        ),
        subtechnologies=tuple(tuple(own.get(s.id, ())) for _, s in taxonomy.subtechnologies()),
        nearest=tuple(place.get(nearest.get(area.id, ""), -1) for area in taxonomy.areas),
        conditions=lists.conditions,
        cues=lists.cues,
    )
    if taught is None:
        return rules
    return replace(rules, weights=_weights(taxonomy, rules, terms, taught))


def _weights(taxonomy: Taxonomy, rules: Rules, terms: Sequence[Units], taught: Taught) -> Weights:
    """A sub-technology or listed technology that was added since says nothing in the sums; the
    latter speaks for itself."""
    known = [rule in taught.listed for _, rule in rules.technologies]
    subs = [sub.id for _, sub in taxonomy.subtechnologies()]
    return Weights(
        terms=np.array(
            [taught.terms.get(key_of(term), (0, 0)) for term in terms], dtype=np.int16
        ).reshape(-1, 2),
        voices=tuple(taught.voices.get(name, (0, 0)) for name in (*subs, taught.OUTSIDE)),
        listed=tuple(taught.listed.get(rule, (0, 0)) for _, rule in rules.technologies),
        taught=tuple(known),
        bias=taught.bias,
        default=taught.default,
        recall=taught.recall,
        floor=taught.floor,
    )
