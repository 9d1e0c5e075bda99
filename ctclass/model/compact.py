"""What a model is: terms with whole-number weights, and how their sums become answers.

Nothing in it is a floating-point weight: sums of whole numbers are the same in any order
and on any machine, so an answer is repeated to the bit. Its file is another matter (`file`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctclass.model.firsts import Firsts
from ctclass.model.subtechnologies import Siblings
from ctclass.rules import Rules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ModelArea:
    """An area as the model knows it. `curve` holds 100 ascending raw scores:
    the score of a project is the share of them that it reaches."""

    id: str
    number: int
    label_ja: str
    label_en: str
    strategic: bool
    curve: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelSubTechnology:
    """A sub-technology and the index of its area."""

    id: str
    area: int
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Vote:
    """What one term says for one sub-technology, in thousandths."""

    subtechnology: int
    weight: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the model: its text, its document frequency, its votes.

    `against` (thousandths) speaks against every area. A term without votes and
    without `against` is a false friend: it only keeps shorter terms inside it
    from counting.
    """

    text: str
    df: int
    votes: tuple[Vote, ...]
    against: int


@dataclass(frozen=True, slots=True)
class Decision:
    """How scores become answers.

    amounts        how much one seed counts, in hundredths, by where it stands:
                   index = 8 x in the title + 2 x min(times in the abstract, 3) + in the keywords
    given_at       per area, the score (hundredths) from which it is given
    screened_at    per area, the lower score from which it counts for screening: there a
                   miss costs more than a look too many
    given_beside   percent of the best area's score that a further area needs
    most           how many areas are given at most
    firsts         which area comes first, or none (see `firsts`); empty: the best score does
    """

    amounts: tuple[int, ...]
    given_at: tuple[int, ...]
    screened_at: tuple[int, ...]
    given_beside: int
    most: int
    firsts: Firsts = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned from a corpus and from labels; all whole numbers.

    grams     the learned terms as unit numbers, one to three each
    idf       tenths of their inverse document frequency
    weights   terms x areas: what a term says for an area, in `WEIGHT`ths
    voices    (sub-technologies + 1) x areas: what the seeds of a sub-technology say for
              each area, in millionths; the last row is that of the outside terms
    bias      per area, where the score starts, in millionths
    """

    grams: tuple[tuple[int, ...], ...]
    idf: NDArray[np.int16]
    weights: NDArray[np.int16]
    voices: tuple[tuple[int, ...], ...]
    bias: tuple[int, ...]


WEIGHT = 2000


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that `tag` needs. `patterns` are unit sequences with their seed's term;
    `siblings` tell technologies apart, area by area (none in a model of seeds alone); `rules`
    are those of screening."""

    header: dict[str, Any]
    decision: Decision
    areas: tuple[ModelArea, ...]
    subtechnologies: tuple[ModelSubTechnology, ...]
    terms: tuple[Term, ...]
    units: tuple[str, ...]
    spellings: dict[str, int]
    patterns: tuple[tuple[int, ...], ...]
    learned: Learned
    siblings: tuple[Siblings, ...] = ()
    rules: Rules = field(default_factory=Rules)

    @property
    def label(self) -> str:
        """Name, version and short digest, as in the column `ct_model`."""
        return f"{self.header['name']}/{self.header['version']}/{self.header['digest'][:8]}"
