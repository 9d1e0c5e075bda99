"""A crosswalk as SKOS in Turtle, for library and open-data systems.

A map that is our judgement is named in an editorial note of its concept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctclass.taxonomy.crosswalk import CONTAINS, INSIDE, Link, Reading
from ctclass.taxonomy.frameworks import Framework, Item

RELATIONS = {
    "exact": "exactMatch",
    "close": "closeMatch",
    INSIDE: "broadMatch",
    CONTAINS: "narrowMatch",
    "partial": "relatedMatch",
}
_HEAD = """\
@prefix dct: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""


def to_turtle(first: Reading, second: Reading, links: Sequence[Link]) -> str:
    """Both frameworks as concept schemes, and the links as mapping relations of the first."""
    blocks = [_HEAD]
    for reading in (first, second):
        blocks.append(_scheme(reading.framework))
        own = links if reading is first else ()
        blocks += [
            _concept(reading, item, [one for one in own if one.first == item.id], second)
            for item in reading.framework.items
        ]
        if first is second:
            break
    return "\n".join(blocks)


def _scheme(framework: Framework) -> str:
    lines = [
        f"<{_iri(framework.id)}> a skos:ConceptScheme",
        *(f"skos:prefLabel {_text(t, lang)}" for t, lang in _both(framework.name)),
        f"dct:source {_text(framework.source.ja, 'ja')}",
        f"dct:date {_text(framework.date)}",
    ]
    if framework.url:
        lines.append(f"dct:references <{_escaped(framework.url)}>")
    return " ;\n  ".join(lines) + " .\n"


def _concept(reading: Reading, item: Item, links: Sequence[Link], second: Reading) -> str:
    framework = reading.framework
    lines = [
        f"<{_iri(framework.id, item.id)}> a skos:Concept",
        f"skos:inScheme <{_iri(framework.id)}>",
        f"skos:notation {_text(item.id)}",
        *(f"skos:prefLabel {_text(t, lang)}" for t, lang in _both(item.name)),
    ]
    if item.original:
        lines.append(f"skos:altLabel {_text(item.original)}")
    if item.part_of:
        lines.append(f"skos:broader <{_iri(framework.id, item.part_of)}>")
    lines += [
        f"skos:{RELATIONS[one.strength]} <{_iri(second.framework.id, one.second)}>" for one in links
    ]
    judged = ", ".join(one.second for one in links if one.judgement)
    if judged:
        note = f"ctclass の判断による対応 / mapped by judgement of ctclass: {judged}"
        lines.append(f"skos:editorialNote {_text(note)}")
    return " ;\n  ".join(lines) + " .\n"


def _iri(framework: str, item: str = "") -> str:
    return f"urn:ctclass:{framework}" + (f":{item}" if item else "")


def _both(name: object) -> Iterator[tuple[str, str]]:
    for lang in ("ja", "en"):
        yield getattr(name, lang), lang


def _text(text: str, lang: str = "") -> str:
    r"""A literal.

    >>> print(_text('say "量子"', "ja"))
    "say \"量子\""@ja
    """
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{plain}"' + (f"@{lang}" if lang else "")


def _escaped(url: str) -> str:
    return "".join(c if c not in '<>"{}|^`\\ ' else f"%{ord(c):02X}" for c in url)
