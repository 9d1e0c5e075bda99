"""From the taxonomy and a background to a model.

Each sub-technology is a small document made of its seeds; TF-IDF with the
background's document frequencies weighs them. Weights are rounded to
thousandths, so the same taxonomy and background give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version as installed_version

from ctclass import __version__
from ctclass.errors import ModelError, Phrase
from ctclass.learning.rules import build_rules, draft_rules
from ctclass.model.background import Background, count_background, key_of, rarity
from ctclass.model.compact import (
    Decision,
    Learned,
    Model,
    ModelArea,
    ModelSubTechnology,
    Term,
    Vote,
)
from ctclass.model.corpus import Corpus
from ctclass.model.file import dump_model
from ctclass.model.knowledge import OUTSIDE, Knowledge, seeds_alone
from ctclass.model.screening_table import Taught
from ctclass.taxonomy.areas import Seed, Taxonomy
from ctclass.text.carriers import cuts_of
from ctclass.text.units import Segmenter

TITLE, KEYWORD, TIMES = 1.0, 1.0, (0.0, 1.0, 1.41, 1.73)
HALF_AT = 1.0
MOST = 3


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
        for surfaces in cuts_of(found.text, segmenter):
            sequence = tuple(segmenter.unit(s) for s in surfaces)
            found.spellings.update(zip(surfaces, sequence, strict=True))
            if sequence not in drafts and sequence not in found.sequences:
                found.sequences.append(sequence)
    return list(drafts.values())


def count_corpus(
    taxonomy: Taxonomy, segmenter: Segmenter, corpus: Corpus, description: str
) -> Background:
    """Document frequencies of all terms of the taxonomy, and of their units."""
    drafts = draft_terms(taxonomy, segmenter)
    sequences = {s: key_of(d.sequences[0]) for d in drafts for s in d.sequences}
    for unit in {unit for s in sequences for unit in s}:
        sequences.setdefault((unit,), key_of([unit]))
    return count_background(corpus, sequences, description)


def build_model(
    taxonomy: Taxonomy,
    segmenter: Segmenter,
    background: Background,
    name: str = "default",
    knowledge: Knowledge | None = None,
    taught: Taught | None = None,
) -> Model:
    """The model of a taxonomy, given how common its terms are in a background.

    With `knowledge` the learned terms speak beside the seeds; without it the seeds
    speak alone, each for its own area. `taught` is what was learned for screening beside
    it; without, the lists speak alone.
    """
    known = knowledge or seeds_alone(taxonomy)
    if known.areas != tuple(area.id for area in taxonomy.areas):
        raise ModelError(
            Phrase("学んだ言葉の表は別の領域のものです", "The learned terms belong to other areas"),
            where=", ".join(known.areas),
            hint=Phrase(
                "--seeds-only を付けるか、--corpus で学び直してください",
                "Add --seeds-only, or learn anew with --corpus",
            ),
        )
    drafts = draft_terms(taxonomy, segmenter)
    listed = draft_rules(taxonomy.screening, segmenter)
    seeds = {u for d in drafts for s in d.sequences for u in s}
    units = sorted(seeds | known.units() | listed.units())
    number = {unit: i for i, unit in enumerate(units)}
    weights = _weigh(drafts, background)
    spellings = segmenter.spellings(set(units))
    for seen in (*(d.spellings for d in drafts), listed.spellings):
        spellings.update((s, u) for s, u in seen.items() if u in number)
    model = Model(
        header=_header(taxonomy, background, name, known)
        | ({"screening": [taught.description, taught.figures]} if taught else {}),
        decision=Decision(
            _amounts(), known.given_at, known.screened_at, known.given_beside, MOST, known.firsts
        ),
        areas=tuple(
            ModelArea(a.id, a.number, a.label_ja, a.label_en, a.strategic, curve)
            for a, curve in zip(taxonomy.areas, known.curves, strict=True)
        ),
        subtechnologies=tuple(
            ModelSubTechnology(sub.id, place, sub.name_ja, sub.name_en)
            for place, area in enumerate(taxonomy.areas)
            for sub in area.subtechnologies
        ),
        terms=tuple(
            Term(
                d.text,
                background.frequency(d.sequences[0]) if background.documents else 0,
                tuple(
                    Vote(sub, weights[sub, i], seed.alone) for sub, seed in sorted(d.votes.items())
                ),
                round(d.against * 1000),
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
        learned=_learned(taxonomy, known, number),
        siblings=known.siblings,
        rules=build_rules(
            taxonomy, listed, number, known.terms, taught if knowledge is not None else None
        ),
    )
    return _with_digest(model)


def _learned(taxonomy: Taxonomy, known: Knowledge, number: dict[str, int]) -> Learned:
    """The learned terms by unit number, and a voice for every sub-technology.

    One that was added to the taxonomy since speaks as loudly as its area's others.
    """
    import numpy as np

    voices = []
    for area, sub in taxonomy.subtechnologies():
        siblings = [known.voices[s.id] for s in area.subtechnologies if s.id in known.voices]
        siblings = siblings or [tuple(0 for _ in taxonomy.areas)]
        mean = tuple(round(sum(column) / len(siblings)) for column in zip(*siblings, strict=True))
        voices.append(known.voices.get(sub.id, mean))
    return Learned(
        grams=tuple(tuple(number[u] for u in term) for term in known.terms),
        idf=np.array(known.idf, dtype=np.int16),
        weights=np.array(known.weights, dtype=np.int16).reshape(-1, len(taxonomy.areas)),
        voices=(*voices, known.voices[OUTSIDE]),
        bias=known.bias,
    )


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
        [rarity(background.frequency(d.sequences[0]), total) if total else 1.0 for d in drafts]
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


def _amounts() -> tuple[int, ...]:
    amounts = []
    for place in range(16):
        title, times, keyword = place >> 3, place >> 1 & 3, place & 1
        heard = TITLE * title + TIMES[times] + KEYWORD * keyword
        amounts.append(round(200 * heard / (heard + HALF_AT)))
    return tuple(amounts)


def _header(
    taxonomy: Taxonomy, background: Background, name: str, known: Knowledge
) -> dict[str, object]:
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
        "learned": {"description": known.description, "terms": len(known.terms)},
        "made_with": {
            package: installed_version(package) for package in ("sudachipy", "sudachidict-core")
        },
    }


def _with_digest(model: Model) -> Model:
    import json
    from dataclasses import replace

    header = json.loads(dump_model(model).partition(b"\n")[0])
    return replace(model, header=header)
