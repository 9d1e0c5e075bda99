"""What an explanation is made of, and the same as an object for JSON.

Places are characters of a field as it was given, before anything was normalized:
`text[start:end]` is what the reader wrote. (JavaScript counts UTF-16 units: characters
beyond U+FFFF, such as 𠮷, are two there.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ctclass.projects import TEXTS
from ctclass.tagging.screen import DECISION, DISCLAIMER, NOT_SEEN, Flag
from ctclass.tagging.tag import Tagging
from ctclass.taxonomy.policy import policy_for

SEED, LEARNED, OUTSIDE = "seed", "learned", "outside"
FRIEND, BESIDE = "false-friend", "beside-only"
_ALWAYS = {"not_seen": NOT_SEEN, "disclaimer": DISCLAIMER, "decision": DECISION}
"""What is told with every answer, whatever the flags are."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a field: `title`, `abstract` or `keywords`."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CellSpan:
    """Characters `start` to `end` of a cell of a table; `name` is the column's heading."""

    column: int
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TermShare:
    """What one term gave the raw score of one area, and every place where it stands.

    `kind` is `seed` (people wrote it into the taxonomy), `learned` (from a corpus and from
    labels), or `outside` (it speaks against every area). `term` is the taxonomy's for a seed,
    else as the reader wrote it first. `subtechnology` is the one that a seed speaks for most.
    """

    term: str
    kind: str
    value: float
    spans: tuple[Span, ...]
    subtechnology: str | None


@dataclass(frozen=True, slots=True)
class SubTechnologyShare:
    """What the seeds of one sub-technology gave its area; `named` where the answer names it.

    One that is named and got nothing is named by learned terms.
    """

    id: str
    name_ja: str
    name_en: str
    value: float
    named: bool


@dataclass(frozen=True, slots=True)
class AreaExplanation:
    """How one area came to its score: `start` and the values of `shares` add up to `raw`.

    `score` is from 0 to 1. It takes `threshold` to be given in this project, which is a raw
    score of `needed`; `lacked` is how far `raw` is below that, 0 where it is not. An area
    that lacks nothing and is not `given` stands behind as many as are given at most, or
    "none" comes first; and the first area is given though it may lack something.

    `ahead` is how far the area is ahead of "none" in the comparison that says which area comes
    first (log odds; see `firsts`), None for a model without one. `has_ground` is false where
    nothing but words of any research speaks for the area: then it is not given.
    """

    area: str
    number: int
    label_ja: str
    label_en: str
    strategic: bool
    given: bool
    score: float
    raw: float
    start: float
    threshold: float
    needed: float
    lacked: float
    ahead: float | None
    has_ground: bool
    shares: tuple[TermShare, ...]
    subtechnologies: tuple[SubTechnologyShare, ...]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A term that was kept from counting, or keeps others from it.

    `kind` is `false-friend`: the phrase `term` means another thing, so that `kept`, which
    stand inside it, do not count (`belongs_to` are the areas where it belongs, `note` the
    taxonomy's word on it). Or `beside-only`: the seed `term` counts for the areas `belongs_to`
    only beside a firm seed of theirs, and there is none.
    """

    term: str
    kind: str
    spans: tuple[Span, ...]
    belongs_to: tuple[str, ...]
    kept: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Highlight:
    """A place to mark: the area that the words there speak for most, and what they gave it.

    `worth` is in the unit of the raw score; a term that stands in several places has given
    it once for all of them.
    """

    span: Span
    text: str
    area: str
    worth: float


@dataclass(frozen=True, slots=True)
class Flip:
    """A few highlighted words without which the primary area is another, or none (empty).

    Taken out of the text means: each place of `spans` is replaced by one 「。」, which keeps
    the words on both sides apart. That text was tagged again.
    """

    words: tuple[str, ...]
    spans: tuple[Span, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Which cells of a row the fields were joined from, with a line end between them."""

    names: tuple[str, ...]
    columns: tuple[tuple[int, ...], ...]
    sizes: tuple[tuple[int, ...], ...]

    def cells(self, span: Span) -> tuple[CellSpan, ...]:
        """A place of a joined field as places of the cells as given: one, or where a term
        runs across the border of two cells, one in each.

        >>> origin = Origin(("題", "概要", "成果"), ((0,), (1, 2), ()), ((2,), (5, 9), ()))
        >>> origin.cells(Span("abstract", 7, 9))
        (CellSpan(column=2, name='成果', start=1, end=3),)
        """
        field = TEXTS.index(span.field)
        found = []
        begin = 0
        for column, size in zip(self.columns[field], self.sizes[field], strict=True):
            start, end = max(span.start - begin, 0), min(span.end - begin, size)
            if start < end:
                found.append(CellSpan(column, self.names[column], start, end))
            begin += size + 1
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a project got its answer. `areas` are those given and the runners-up, best first.

    `flip` is None where no `flip_words` of the strongest words change the answer (0: nobody
    looked for them).
    `origin` is there when the project came from a table. `taxonomy` is the name of the one
    that the areas are of: what a report provides is only told of its own areas.
    """

    project_id: str
    title: str
    abstract: str
    keywords: str
    tagging: Tagging
    areas: tuple[AreaExplanation, ...]
    held_back: tuple[HeldBack, ...]
    highlights: tuple[Highlight, ...]
    flip: Flip | None
    flip_words: int
    origin: Origin | None = None
    taxonomy: str = ""

    @property
    def model(self) -> str:
        """Name, version and short digest of the model."""
        return self.tagging.model

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The screening flags, highest level first."""
        return self.tagging.flags

    @property
    def given(self) -> tuple[tuple[str, bool], ...]:
        """The areas of the answer, best first, each with whether it is national-strategic."""
        return tuple((area.area, area.strategic) for area in self.areas if area.given)

    def text(self, field: str) -> str:
        """The title, the abstract or the keywords as given."""
        return str(getattr(self, field))

    def surface(self, span: Span) -> str:
        """What the reader wrote there."""
        return self.text(span.field)[span.start : span.end]

    def record(self) -> dict[str, Any]:
        """The explanation as an object for JSON; the answer under `ctclass` is that of `tag`.

        An area's `start` is its `bias` here, for `start` is a place everywhere else.
        """
        policy = policy_for(self.taxonomy) if self.given else None
        return {
            "id": self.project_id,
            "title": self.title,
            "abstract": self.abstract,
            "keywords": self.keywords,
            "ctclass": self.tagging.record(),
            "areas": [self._area(area) for area in self.areas],
            "policy": policy.record(self.given) if policy else None,
            "flags": [asdict(flag) for flag in self.flags],
            **{name: asdict(phrase) for name, phrase in _ALWAYS.items()},
            "held_back": [
                {**asdict(held), "spans": self._places(held.spans)} for held in self.held_back
            ],
            "highlights": [
                {**self._place(mark.span), "area": mark.area, "worth": mark.worth}
                for mark in self.highlights
            ],
            "flip": self.flip and {**asdict(self.flip), "spans": self._places(self.flip.spans)},
        }

    def _area(self, area: AreaExplanation) -> dict[str, Any]:
        terms = [
            {
                "term": share.term,
                "kind": share.kind,
                "contribution": share.value,
                "subtechnology": share.subtechnology,
                "spans": self._places(share.spans),
            }
            for share in area.shares
        ]
        own = {
            name: getattr(area, name)
            for name in area.__slots__
            if name not in ("area", "start", "shares", "subtechnologies")
        }
        subs = [asdict(sub) for sub in area.subtechnologies]
        return {"id": area.area, **own, "bias": area.start, "subtechnologies": subs, "terms": terms}

    def _places(self, spans: Sequence[Span]) -> list[dict[str, Any]]:
        return [self._place(span) for span in spans]

    def _place(self, span: Span) -> dict[str, Any]:
        place: dict[str, Any] = {**asdict(span), "text": self.surface(span)}
        if self.origin is not None:
            place["cells"] = [asdict(cell) for cell in self.origin.cells(span)]
        return place
