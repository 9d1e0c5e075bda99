"""Known phrases in the units of a text, and texts cut for those who look at every unit.

The matcher of a model finds what the model knows. The taxonomy's keeper asks about
phrases that no model holds yet: seeds of two taxonomies, words that a reader named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

Units = tuple[str, ...]
_REMEMBERED = 1 << 17


class Cutter:
    """Texts as pairs of surface and unit; each surface is looked up once.

    >>> Cutter(Segmenter()).cut("量子コンピュータ")
    [('量子', '量子'), ('コンピュータ', 'コンピューター')]
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._unit = lru_cache(_REMEMBERED)(segmenter.unit)

    def cut(self, text: str) -> list[tuple[str, str]]:
        """The surfaces of a raw text, each with its unit."""
        surfaces = self._segmenter.surfaces(self._segmenter.prepare(text).text)
        return [(surface, self._unit(surface)) for surface in surfaces]

    def units(self, text: str) -> Units:
        """The units alone: what two spellings of one phrase have in common."""
        return tuple(unit for _, unit in self.cut(text))


class Phrases:
    """A set of unit sequences, made ready to be found.

    >>> found = Phrases([("量子",), ("量子", "計算")]).find(["光", "量子", "計算"])
    >>> sorted(found)
    [(('量子',), 1), (('量子', '計算'), 1)]
    """

    def __init__(self, sequences: Iterable[Units]) -> None:
        self._by_first: dict[str, list[Units]] = {}
        for sequence in dict.fromkeys(sequences):
            if sequence:
                self._by_first.setdefault(sequence[0], []).append(sequence)

    def find(self, units: Sequence[str]) -> Iterator[tuple[Units, int]]:
        """Every phrase with its place, also those inside one another."""
        for at, unit in enumerate(units):
            for sequence in self._by_first.get(unit, ()):
                if tuple(units[at : at + len(sequence)]) == sequence:
                    yield sequence, at


def seeds_by_units(taxonomy: Taxonomy, cutter: Cutter) -> dict[Units, list[tuple[str, bool]]]:
    """The unit sequences of all seeds, each with its sub-technologies and whether it is firm."""
    found: dict[Units, list[tuple[str, bool]]] = {}
    for _, sub in taxonomy.subtechnologies():
        for seed in sub.seeds:
            found.setdefault(cutter.units(seed.term), []).append((sub.id, seed.alone))
    found.pop((), None)
    return found
