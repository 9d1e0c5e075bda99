"""From the taxonomy and a background to a model. scikit-learn lives here.

Each sub-technology is a small document made of its seeds; TF-IDF with the
background's document frequencies weighs them. Weights are rounded to
thousandths, so the same taxonomy and background give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version

from ctclass import __version__
from ctclass.background import Background, count_background, key_of
from ctclass.characters import spellings_of
from ctclass.match import Matcher
from ctclass.model import (
    Decision,
    Model,
    ModelArea,
    ModelSubTechnology,
    Term,
    Vote,
    dump_model,
)
from ctclass.taxonomy import Seed, Taxonomy
from ctclass.text import Segmenter

CARRIERS = ("{}", "本研究では{}を開発する", "新しい{}の", "「{}」、")
"""A word is cut a little differently at the start of a text and within a sentence;
a seed is found in either form."""

TITLE, KEYWORD, TIMES = 1.0, 1.0, (0.0, 1.0, 1.41, 1.73)
HALF_AT = 1.0
GIVEN_SCORE = 50
OTHER_SHARES = 5
GIVEN_BESIDE = 35
MOST = 3
OUTSIDE = 2.0
MIDDLE, SLOPE = 3.0, 0.35
"""Chosen on the dev labels (docs/accuracy.md gives the command): a raw score of
`MIDDLE` is a score of 0.50; `SLOPE` is how fast the score rises around it."""


@dataclass(slots=True)
class Draft:
    """A term before it has weights: its unit sequences, first the one by itself, and
    the units of the surfaces that it was seen as."""

    text: str
    sequences: list[tuple[str, ...]]
    spellings: dict[str, str] = field(default_factory=dict)
    votes: dict[int, Seed] = field(default_factory=dict)
    against: float = 0.0

    def support(self, subtechnology: int, seed: Seed) -> None:
        """Let the term vote for a sub-technology; of two seeds the heavier counts."""
        other = self.votes.get(subtechnology)
        if other is None or seed.weight > other.weight:
            self.votes[subtechnology] = seed


def draft_terms(taxonomy: Taxonomy, segmenter: Segmenter) -> list[Draft]:
    """Seeds, false friends and outside terms as unit sequences, twins merged.

    Two seeds of the same units (ウイルス and ウィルス) are one term.
    """
    drafts: dict[tuple[str, ...], Draft] = {}

    def draft(text: str) -> Draft:
        units = tuple(segmenter.units(text))
        return drafts.setdefault(units, Draft(text, [units]))

    for number, (_, sub) in enumerate(taxonomy.subtechnologies()):
        for seed in sub.seeds:
            draft(seed.term).support(number, seed)
    for area in taxonomy.areas:
        for friend in area.false_friends:
            draft(friend.term)
    for seed in taxonomy.outside:
        found = draft(seed.term)
        found.against = max(found.against, seed.weight)
    drafts.pop((), None)
    for found in drafts.values():
        for surfaces in _cuts(found.text, segmenter):
            sequence = tuple(segmenter.unit(s) for s in surfaces)
            found.spellings.update(zip(surfaces, sequence, strict=True))
            if sequence not in drafts and sequence not in found.sequences:
                found.sequences.append(sequence)
    return list(drafts.values())


def count_corpus(
    taxonomy: Taxonomy, segmenter: Segmenter, documents: Iterable[str], description: str
) -> Background:
    """Document frequencies of all terms of the taxonomy, and of their units."""
    drafts = draft_terms(taxonomy, segmenter)
    units = {(unit,) for d in drafts for s in d.sequences for unit in s}
    singles = [Draft(u, [(u,)]) for (u,) in sorted(units - {d.sequences[0] for d in drafts})]
    matcher = Matcher(_assemble(taxonomy, segmenter, drafts + singles, Background("", 0, {})))
    keys = [key_of(d.sequences[0]) for d in drafts + singles]

    def find_keys(text: str) -> list[str]:
        surfaces = segmenter.surfaces(segmenter.prepare(text).text)
        return [keys[matcher.term_of(pattern)] for pattern, _, _ in matcher.find_all(surfaces)]

    return count_background(documents, find_keys, keys, description)


def build_model(
    taxonomy: Taxonomy,
    segmenter: Segmenter,
    background: Background,
    name: str = "default",
) -> Model:
    """The model of a taxonomy, given how common its terms are in a background."""
    return _assemble(taxonomy, segmenter, draft_terms(taxonomy, segmenter), background, name)


def _assemble(
    taxonomy: Taxonomy,
    segmenter: Segmenter,
    drafts: list[Draft],
    background: Background,
    name: str = "default",
) -> Model:
    units = sorted({unit for d in drafts for s in d.sequences for unit in s})
    number = {unit: i for i, unit in enumerate(units)}
    weights = _weigh(drafts, background)
    spellings = segmenter.spellings(set(units))
    for draft in drafts:
        spellings.update((s, u) for s, u in draft.spellings.items() if u in number)
    model = Model(
        header=_header(taxonomy, background, name),
        decision=_decision(),
        areas=tuple(
            ModelArea(a.id, a.number, a.label_ja, a.label_en, a.strategic, _curve())
            for a in taxonomy.areas
        ),
        subtechnologies=_subtechnologies(taxonomy),
        terms=tuple(
            Term(
                d.text,
                background.frequency(d.sequences[0]) if background.documents else 0,
                tuple(
                    Vote(sub, weights[sub, i], seed.alone) for sub, seed in sorted(d.votes.items())
                ),
                round(d.against * OUTSIDE * 1000),
            )
            for i, d in enumerate(drafts)
        ),
        units=tuple(units),
        spellings={s: number[u] for s, u in sorted(spellings.items())},
        patterns=tuple(
            (i, *(number[u] for u in sequence))
            for i, d in enumerate(drafts)
            for sequence in d.sequences
        ),
    )
    return _with_digest(model)


def _weigh(drafts: list[Draft], background: Background) -> dict[tuple[int, int], int]:
    """TF-IDF of each term in the pseudo-document of each sub-technology, in thousandths."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    documents: dict[int, list[str]] = {}
    for i, draft in enumerate(drafts):
        for sub in draft.votes:
            documents.setdefault(sub, []).append(str(i))
    vectorizer = TfidfVectorizer(
        analyzer=_as_it_is, vocabulary=[str(i) for i in range(len(drafts))], norm=None
    )
    total = background.documents
    vectorizer.idf_ = np.array(
        [
            math.log((1 + total) / (1 + background.frequency(d.sequences[0]))) if total else 1.0
            for d in drafts
        ]
    )
    order = sorted(documents)
    matrix = vectorizer.transform([documents[sub] for sub in order]).tocoo()
    return {
        (order[row], int(i)): max(
            1, round(float(value) * drafts[i].votes[order[row]].weight * 1000)
        )
        for row, i, value in zip(matrix.row, matrix.col, matrix.data, strict=True)
    }


def _as_it_is(document: list[str]) -> list[str]:
    return document


def _cuts(text: str, segmenter: Segmenter) -> Iterable[list[str]]:
    """How `text`, in all its spellings, is cut into surfaces within sentences.

    A sentence counts where its tokens end at the borders of the term.
    """
    for spelling in (text, *spellings_of(text)):
        tidied = segmenter.prepare(spelling).text
        for carrier in CARRIERS:
            sentence = segmenter.prepare(carrier.format(spelling)).text
            start = sentence.find(tidied)
            at, inside = 0, []
            for surface in segmenter.surfaces(sentence):
                if start <= at and at + len(surface) <= start + len(tidied):
                    inside.append(surface)
                at += len(surface)
            if tidied and "".join(inside) == tidied:
                yield inside


def _subtechnologies(taxonomy: Taxonomy) -> tuple[ModelSubTechnology, ...]:
    place = {area.id: i for i, area in enumerate(taxonomy.areas)}
    return tuple(
        ModelSubTechnology(
            sub.id,
            place[area.id],
            sub.name_ja,
            sub.name_en,
            sub.sensitive,
        )
        for area, sub in taxonomy.subtechnologies()
    )


def _decision() -> Decision:
    amounts = []
    for place in range(16):
        title, times, keyword = place >> 3, place >> 1 & 3, place & 1
        heard = TITLE * title + TIMES[times] + KEYWORD * keyword
        amounts.append(round(200 * heard / (heard + HALF_AT)))
    return Decision(tuple(amounts), OTHER_SHARES, GIVEN_SCORE, GIVEN_BESIDE, MOST)


def _curve() -> tuple[int, ...]:
    """Raw scores (millionths) at which the score reaches 0.01, 0.02 … 1.00."""
    shares = [i / 100 for i in range(1, 100)] + [0.995]
    return tuple(round((MIDDLE + math.log(p / (1 - p)) / SLOPE) * 1_000_000) for p in shares)


def _header(taxonomy: Taxonomy, background: Background, name: str) -> dict[str, object]:
    return {
        "name": name,
        "version": __version__,
        "taxonomy": {
            "name": taxonomy.name,
            "version": taxonomy.version,
            "digest": taxonomy.digest,
            "source": taxonomy.source_ja,
        },
        "background": {
            "description": background.description,
            "documents": background.documents,
        },
        "made_with": {
            package: installed_version(package) for package in ("sudachipy", "sudachidict-core")
        },
    }


def _with_digest(model: Model) -> Model:
    import json
    from dataclasses import replace

    header = json.loads(dump_model(model).partition(b"\n")[0])
    return replace(model, header=header)
