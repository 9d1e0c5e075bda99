"""Lint the lists of screening: what would silently keep a rule from firing, or from being one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctclass.check.problem import Problem
from ctclass.errors import Phrase
from ctclass.learning.build import build_model
from ctclass.learning.rules import Units, shorter_runs
from ctclass.model.background import Background
from ctclass.tagging.listed import ListReader
from ctclass.tagging.reading import Reader
from ctclass.taxonomy.areas import Taxonomy
from ctclass.taxonomy.screening_lists import ListedTechnology, ScreeningLists
from ctclass.taxonomy.yamlfile import Place
from ctclass.text.carriers import CARRIERS
from ctclass.text.everyday import EVERYDAY
from ctclass.text.units import Segmenter


def check_screening(
    taxonomy: Taxonomy, background: Background, segmenter: Segmenter
) -> Iterator[Problem]:
    """All problems of the lists of a taxonomy that can be read."""
    lists = taxonomy.screening
    if lists.items:
        yield from _check_ids(lists)
        yield from _check_names(taxonomy)
        yield from _check_words(lists, segmenter)
        yield from _check_found(taxonomy, background, segmenter)


def _check_ids(lists: ScreeningLists) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    ids = [(listed.item.id, listed.place) for listed in lists.items]
    ids += [(technology.rule, technology.place) for _, technology in lists.technologies()]
    for name, place in ids:
        if name in seen:
            yield Problem(
                "duplicate-rule",
                place,
                Phrase(
                    f"規則 {name} は {seen[name]} にもあります",
                    f"The rule {name} stands at {seen[name]} already",
                ),
            )
        seen.setdefault(name, place)


def _check_names(taxonomy: Taxonomy) -> Iterator[Problem]:
    """Areas, sub-technologies and items that are named must exist."""
    lists = taxonomy.screening
    areas = {area.id for area in taxonomy.areas}
    subs = {sub.id for _, sub in taxonomy.subtechnologies()}
    items = {listed.item.id for listed in lists.items}
    area, sub, item = (
        Phrase("領域", "area"), Phrase("個別技術", "sub-technology"), Phrase("項目", "item")
    )  # fmt: skip
    named = [(a, areas, x.place, area) for x in lists.items for a in x.areas]
    named += [(s, subs, x.place, sub) for x in lists.items for s in x.subtechnologies]
    named += [(name, areas, lists.place, area) for name, _ in lists.nearest]
    named += [(name, items, lists.place, item) for _, name in lists.nearest]
    for name, known, place, kind in named:
        if name not in known:
            yield Problem(
                "unknown-name",
                place,
                Phrase(f"{kind.ja}「{name}」はありません", f"There is no {kind.en} {name!r}"),
            )
    for missing in sorted(areas - {name for name, _ in lists.nearest}):
        yield Problem(
            "no-nearest",
            lists.place,
            Phrase(
                f"領域 {missing} の最も近い項目(nearest)がありません。"
                "学んだ言葉だけでは指摘しません",
                f"nearest has no item for {missing}: learned terms alone will never flag it",
            ),
        )


def _check_words(lists: ScreeningLists, segmenter: Segmenter) -> Iterator[Problem]:
    seeds = {
        tuple(segmenter.units(word.term))
        for _, technology in lists.technologies()
        for word in technology.words
        if not word.near_miss
    }
    for _, technology in lists.technologies():
        yield from _check_technology(technology, seeds, segmenter)


def _check_technology(
    technology: ListedTechnology, seeds: set[Units], segmenter: Segmenter
) -> Iterator[Problem]:
    first: dict[Units, Place] = {}
    for word in technology.words:
        units = tuple(segmenter.units(word.term))
        term = word.term
        if not any(re.search(r"\w", unit) for unit in units):
            what = Phrase(f"「{term}」には文字がありません", f"{term!r} has no letter")
            yield Problem("empty-word", word.place, what)
        elif units in first:
            what = Phrase(
                f"「{term}」は {first[units]} と同じ語です",
                f"{term!r} is the word at {first[units]} again",
            )
            yield Problem("duplicate-word", word.place, what)
        elif word.near_miss and units in seeds:
            what = Phrase(
                f"「{term}」はリストの語でもあり、紛らわしい語句として働きません",
                f"{term!r} is a listed word as well, so it cannot be a near miss",
            )
            yield Problem("near-miss-is-word", word.place, what)
        elif word.near_miss and seeds.isdisjoint(shorter_runs(units)):
            what = Phrase(
                f"紛らわしい語句「{term}」の中にリストの語がありません",
                f"The near miss {term!r} holds no listed word",
            )
            yield Problem("idle-near-miss", word.place, what)
        elif word.lang == "en" and len(units) == 1 and term.lower() in EVERYDAY:
            what = Phrase(
                f"「{term}」は日常の英語です。二語以上にしてください",
                f"{term!r} is everyday English: use more than one word",
            )
            yield Problem("everyday-word", word.place, what)
        first.setdefault(units, word.place)


def _check_found(
    taxonomy: Taxonomy, background: Background, segmenter: Segmenter
) -> Iterator[Problem]:
    """Every word must be found in a sentence, and name its technology."""
    model = build_model(taxonomy, segmenter, background)
    reader, lists = Reader(model), ListReader(model)
    words = [
        (number, word)
        for number, (_, technology) in enumerate(taxonomy.screening.technologies())
        for word in technology.words
        if not word.near_miss
    ]
    texts = [
        ("", (CARRIERS[1] if word.lang == "ja" else "An {}.").format(word.term), "")
        for _, word in words
    ]
    hits = lists.find(reader.read(texts))
    for i, (number, word) in enumerate(words):
        if not any(number in hit.owners for hit in hits.get(i, ())):
            yield Problem(
                "lost-word",
                word.place,
                Phrase(
                    f"リストの語「{word.term}」は文中で見つかりません",
                    f"The listed word {word.term!r} is not found in a sentence",
                ),
            )
