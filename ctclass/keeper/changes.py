"""What differs between two taxonomies, and which of it stands in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ctclass.keeper.phrases import Cutter, Phrases, Units
from ctclass.taxonomy.areas import Seed, Taxonomy


@dataclass(frozen=True, slots=True)
class SeedChange:
    """A seed, false friend or outside term that only one taxonomy has, or has differently.

    change  `added`, `removed`, `heavier`, `lighter`, `firm` (counts alone now), `beside` (only
            beside another now), `friend-added`, `friend-removed`, `outside-added`,
            `outside-removed`; or where no change of seeds explains a row, `seen` and `unseen`:
            the term is among the evidence of one answer only
    area    empty for outside terms
    """

    term: str
    area: str
    subtechnology: str
    change: str

    def helps(self, area: str) -> bool | None:
        """Whether the change speaks for an area (True), against it (False), or for neither.

        >>> SeedChange("量子計算", "quantum", "quantum/computing", "added").helps("quantum")
        True
        >>> SeedChange("生徒", "", "", "outside-added").helps("quantum")
        False
        """
        if self.change == "outside-added":
            return False
        if self.change == "outside-removed":
            return True
        if self.area != area:
            return None
        return self.change in ("added", "heavier", "firm", "friend-removed", "seen")


class Changes:
    """Two taxonomies compared: the seeds that differ, ready to be found in a text.

    A seed is the same when its units and its sub-technology are, whatever its spelling.
    """

    def __init__(self, old: Taxonomy, new: Taxonomy, cutter: Cutter) -> None:
        self._cutter = cutter
        self._found: dict[Units, list[SeedChange]] = {}
        before, after = _seeds(old, cutter), _seeds(new, cutter)
        for at in dict.fromkeys([*before, *after]):
            change = _change(before.get(at), after.get(at))
            if change:
                term, sub, _ = after.get(at) or before[at]
                self._add(at[0], SeedChange(term, sub.partition("/")[0], sub, change))
        for kind, was, now in (
            ("friend", _friends(old, cutter), _friends(new, cutter)),
            ("outside", _outside(old, cutter), _outside(new, cutter)),
        ):
            for owned, other, change in ((now, was, "added"), (was, now, "removed")):
                for (units, area), term in owned.items():
                    if (units, area) not in other:
                        self._add(units, SeedChange(term, area, "", f"{kind}-{change}"))
        self._phrases = Phrases(self._found)

    def _add(self, units: Units, change: SeedChange) -> None:
        if units:
            self._found.setdefault(units, []).append(change)

    def __len__(self) -> int:
        return sum(map(len, self._found.values()))

    def __iter__(self) -> Iterator[SeedChange]:
        for changes in self._found.values():
            yield from changes

    def find(self, texts: Sequence[str]) -> list[SeedChange]:
        """The changes that stand in the texts of a row, each once, in the order of the text."""
        found: dict[SeedChange, None] = {}
        for text in texts:
            for units, _ in self._phrases.find(self._cutter.units(text)):
                found.update(dict.fromkeys(self._found[units]))
        return list(found)


def _change(
    before: tuple[str, str, Seed] | None, after: tuple[str, str, Seed] | None
) -> str | None:
    if before is None or after is None:
        return "added" if before is None else "removed"
    old, new = before[2], after[2]
    if old.alone != new.alone:
        return "firm" if new.alone else "beside"
    if old.weight != new.weight:
        return "heavier" if new.weight > old.weight else "lighter"
    return None


def _seeds(taxonomy: Taxonomy, cutter: Cutter) -> dict[tuple[Units, str], tuple[str, str, Seed]]:
    """Seeds by units and sub-technology; of two twins the heavier counts, as in a model."""
    found: dict[tuple[Units, str], tuple[str, str, Seed]] = {}
    for _, sub in taxonomy.subtechnologies():
        for seed in sub.seeds:
            at = cutter.units(seed.term), sub.id
            if at not in found or seed.weight > found[at][2].weight:
                found[at] = seed.term, sub.id, seed
    return found


def _friends(taxonomy: Taxonomy, cutter: Cutter) -> Mapping[tuple[Units, str], str]:
    return {
        (cutter.units(friend.term), area.id): friend.term
        for area in taxonomy.areas
        for friend in area.false_friends
    }


def _outside(taxonomy: Taxonomy, cutter: Cutter) -> Mapping[tuple[Units, str], str]:
    return {(cutter.units(seed.term), ""): seed.term for seed in taxonomy.outside}
