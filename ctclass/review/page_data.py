"""What a reviewer sees of each project, as data for the page: short names, whole numbers.

Places are UTF-16 units here, as JavaScript counts them: 𠮷 is two. Contributions are whole
thousandths that add up to the sum shown, the same numbers as `explain` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from ctclass.circumstances import NAMES
from ctclass.errors import Phrase
from ctclass.explain.explanation import (
    AreaExplanation,
    Explanation,
    HeldBack,
    Highlight,
    Span,
    TermShare,
)
from ctclass.explain.flips import CANDIDATES
from ctclass.explain.reasons import FLIP_WORDS, explain_all
from ctclass.explain.words import FIRST_PLACE, SHORT_NAMES, first_place, thousandths
from ctclass.model.compact import Model
from ctclass.projects import TEXTS
from ctclass.review.sampling import CLOSE_WITHIN, Candidate, Sample, Stratum, stratum_name
from ctclass.tagging.screen import DECISION, DISCLAIMER, NOT_SEEN, RESTS_ON, TYPES_BY, UNCONFIRMED
from ctclass.tagging.tag import Tagger
from ctclass.taxonomy.areas import circled

TERMS, FEWER_TERMS = 12, 6
"""How many terms of an area given, and of a runner-up, are shown one by one; the rest are
added up."""
SHORT = {"title": "t", "abstract": "a", "keywords": "k"}
KINDS = {
    "seed": Phrase("種語", "seed"),
    "learned": Phrase("学習した語", "learned"),
    "outside": Phrase("領域外の語", "outside term"),
}
SCREENING = {
    "not_seen": NOT_SEEN,
    "disclaimer": DISCLAIMER,
    "decision": DECISION,
    "unconfirmed": UNCONFIRMED,
}
TOGETHER = 20
Progress = Callable[[int], None]


def review_data(
    tagger: Tagger,
    rows: Sequence[Candidate],
    *,
    file: str,
    lang: str,
    statuses: dict[str, Phrase],
    sample: Sample | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """All that the page holds: the projects explained, and the names of what occurs in them."""
    model = tagger.model
    items = list(_items(tagger, rows, workers, progress))
    if sample:
        places = {stratum.stratum: i for i, stratum in enumerate(sample.strata)}
        for item, (_, stratum) in zip(items, sample.rows, strict=True):
            item["st"] = places[stratum.stratum]
    return {
        "format": 1,
        "file": file,
        "lang": lang,
        "model": tagger.label,
        "areas": [
            {"id": a.id, "symbol": circled(a.number), "ja": a.label_ja, "en": a.label_en,
             "strategic": a.strategic}
            for a in model.areas
        ],
        "subtechnologies": {s.id: [s.name_ja, s.name_en] for s in model.subtechnologies},
        "statuses": _both(statuses),
        "letters": _both({SHORT[name]: phrase for name, phrase in SHORT_NAMES.items()}),
        "kinds": _both(KINDS),
        "first_place": _both(FIRST_PLACE),
        "screening": _both(SCREENING),
        "rests_on": _both(RESTS_ON),
        "circumstances": _both(NAMES),
        "types_by": _both(TYPES_BY),
        "close": CLOSE_WITHIN,
        "flip_words": FLIP_WORDS,
        "flip_among": CANDIDATES,
        "seed": sample.seed if sample else None,
        "table": sum(stratum.rows for stratum in sample.strata) if sample else None,
        "strata": [_stratum(model, stratum) for stratum in sample.strata] if sample else [],
        "rows": items,
    }  # fmt: skip


def _both(phrases: Mapping[str, Phrase]) -> dict[str, list[str]]:
    return {name: [phrase.ja, phrase.en] for name, phrase in phrases.items()}


def _items(
    tagger: Tagger, rows: Sequence[Candidate], workers: int, progress: Progress | None
) -> Iterator[dict[str, Any]]:
    """The projects in order, some at a time on threads: the tokenizer, which the search for
    words that turn an answer calls most, lets go of Python's lock."""

    def explained(some: Sequence[Candidate]) -> list[dict[str, Any]]:
        found = explain_all(tagger, [row.project for row in some], flip_words=FLIP_WORDS)
        return [_item(tagger.model, row, own) for row, own in zip(some, found, strict=True)]

    parts = [rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER)]
    done = 0
    with ThreadPoolExecutor(workers, thread_name_prefix="review") as pool:
        try:
            for items in pool.map(explained, parts):
                yield from items
                done += len(items)
                if progress:
                    progress(done)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C waits for none of the rest


def _stratum(model: Model, stratum: Stratum) -> dict[str, Any]:
    name = stratum_name(model.areas, stratum.stratum)
    return {**asdict(stratum), "weight": stratum.weight, "name": [name.ja, name.en]}


def _item(model: Model, row: Candidate, found: Explanation) -> dict[str, Any]:
    number = {area.id: i for i, area in enumerate(model.areas)}
    tagging = row.tagging
    texts = {name: _Units(found.text(name)) for name in TEXTS}
    return {
        "n": row.row,
        "id": row.project.project_id,
        "t": found.title,
        "a": found.abstract,
        "k": found.keywords,
        "s": tagging.status,
        "l": tagging.screening,
        "m": row.margin,
        "g": [[number[a.area], round(a.score * 100)] for a in tagging.areas],
        "u": list(tagging.subtechnologies),
        "f": [_placed(asdict(flag), texts) for flag in tagging.flags],
        "x": [_area(number[area.area], area, found, texts) for area in found.areas],
        "h": _marks(found.highlights, number, texts),
        "b": [_held(held, found, texts) for held in found.held_back],
        "w": {"words": found.flip.words, "after": found.flip.after} if found.flip else None,
    }


def _area(
    number: int, area: AreaExplanation, found: Explanation, texts: dict[str, _Units]
) -> dict[str, Any]:
    """An area with its strongest terms; what the others gave is one sum, so that all add up."""
    terms = TERMS if area.given else FEWER_TERMS
    start, *values = thousandths([area.start, *(share.value for share in area.shares)])
    shown = zip(area.shares[:terms], values[:terms], strict=True)
    return {
        "area": number,
        "given": area.given,
        "score": round(area.score * 100),
        "needed": round(area.threshold * 100),
        "first": first_place(area, found.tagging),
        "start": start,
        "raw": start + sum(values),
        "terms": [_term(share, value, texts) for share, value in shown],
        "rest": [len(values[terms:]), sum(values[terms:])],
    }


def _term(share: TermShare, value: int, texts: dict[str, _Units]) -> list[Any]:
    spans = [_place(span, texts) for span in share.spans]
    return [" ".join(share.term.split()), share.kind, value, spans]


def _held(held: HeldBack, found: Explanation, texts: dict[str, _Units]) -> dict[str, Any]:
    """A word held back, the other spellings in which it stands there, and its places."""
    return {
        "term": held.term,
        "kind": held.kind,
        "kept": list(held.kept),
        "areas": list(held.belongs_to),
        "note": held.note,
        "written": sorted({found.surface(span) for span in held.spans} - {held.term}),
        "places": [_place(span, texts) for span in held.spans],
    }


def _place(span: Span, texts: dict[str, _Units]) -> list[Any]:
    units = texts[span.field]
    return [SHORT[span.field], units.at(span.start), units.at(span.end)]


def _placed(value: Any, texts: dict[str, _Units]) -> Any:
    """The same with `at` for what has a field, a start and an end, however deep it stands:
    a flag's words can be shown where they are."""
    if isinstance(value, (list, tuple)):
        return [_placed(part, texts) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() >= {"field", "start", "end"} and value["field"] in texts:
        own = {k: v for k, v in value.items() if k not in ("field", "start", "end")}
        return {**own, "at": _place(Span(value["field"], value["start"], value["end"]), texts)}
    return {key: _placed(part, texts) for key, part in value.items()}


def _marks(
    highlights: Iterable[Highlight], number: dict[str, int], texts: dict[str, _Units]
) -> dict[str, list[list[int]]]:
    """Marks field by field, each weighing 1 to 3 beside the strongest of the project."""
    marks: dict[str, list[list[int]]] = {}
    own = list(highlights)
    most = max((mark.worth for mark in own), default=0.0)
    for mark in sorted(own, key=lambda m: (m.span.start, -m.span.end)):
        field, start, end = _place(mark.span, texts)
        weight = 1 + (mark.worth * 3 > most) + (mark.worth * 3 > most * 2)
        marks.setdefault(field, []).append([start, end, number[mark.area], weight])
    return marks


class _Units:
    """Places of characters as places of UTF-16 units.

    >>> _Units("𠮷野").at(1), _Units("吉野").at(1)
    (2, 1)
    """

    def __init__(self, text: str) -> None:
        self._text = "" if text.isascii() or max(text) <= "\uffff" else text

    def at(self, place: int) -> int:
        """The place behind so many characters."""
        return place + sum(character > "\uffff" for character in self._text[:place])
