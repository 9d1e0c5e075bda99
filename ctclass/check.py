"""Lint the taxonomy: what would silently change an answer, with file and line.

A `problem` must be mended (or explained in the entry's own fields); a `note` is
worth knowing. Nothing here raises on content, so one slip does not hide the next.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ctclass.background import Background
from ctclass.build import CARRIERS, build_model
from ctclass.characters import spellings_of
from ctclass.errors import Phrase
from ctclass.match import Matcher
from ctclass.taxonomy import Area, Place, Seed, SubTechnology, Taxonomy
from ctclass.text import Segmenter

GENERAL = 0.02
"""A seed in more than this share of all projects says too little to stand alone."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the taxonomy: which rule, where, what."""

    rule: str
    place: Place
    what: Phrase
    note: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    area: Area
    sub: SubTechnology
    seed: Seed
    units: tuple[str, ...]


def check_taxonomy(
    taxonomy: Taxonomy, background: Background, segmenter: Segmenter
) -> list[Problem]:
    """All problems and notes, in the order of the files.

    >>> from ctclass.taxonomy import read_taxonomy
    >>> nothing_counted = Background("", 0, {})
    >>> found = check_taxonomy(read_taxonomy(), nothing_counted, Segmenter())
    >>> [str(p.place) for p in found if not p.note]
    []
    """
    entries = [
        _Entry(area, sub, seed, tuple(segmenter.units(seed.term)))
        for area, sub in taxonomy.subtechnologies()
        for seed in sub.seeds
    ]
    problems = [
        *_check_empty(entries),
        *_check_twins(entries),
        *_check_shared(entries),
        *_check_background(entries, background),
        *_check_firm(taxonomy),
        *_check_found(taxonomy, segmenter, background),
        *_check_friends(taxonomy, entries, segmenter),
    ]
    return sorted(problems, key=lambda p: (p.place.file, p.place.line, p.rule))


def _check_empty(entries: Iterable[_Entry]) -> Iterator[Problem]:
    for e in entries:
        if not any(re.search(r"\w", unit) for unit in e.units):
            yield Problem(
                "empty-seed",
                e.seed.place,
                Phrase(
                    f"種語「{e.seed.term}」には文字がありません",
                    f"The seed {e.seed.term!r} has no letter",
                ),
            )


def _check_twins(entries: Iterable[_Entry]) -> Iterator[Problem]:
    """The same term twice in one area: only one of them counts, or both count for rivals."""
    first: dict[tuple[str, tuple[str, ...]], _Entry] = {}
    for e in entries:
        other = first.setdefault((e.area.id, e.units), e)
        if other is not e:
            yield Problem(
                "duplicate-seed",
                e.seed.place,
                Phrase(
                    f"種語「{e.seed.term}」は {other.seed.place} の「{other.seed.term}」と同じです",
                    f"The seed {e.seed.term!r} is {other.seed.term!r} of {other.seed.place} again",
                ),
            )


def _check_shared(entries: Iterable[_Entry]) -> Iterator[Problem]:
    """A seed in several areas must name the others, so that it is no accident."""
    holders: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
    for e in entries:
        holders[e.units].append(e)
    for group in holders.values():
        areas = {e.area.id for e in group}
        for e in group:
            others = areas - {e.area.id}
            if others != set(e.seed.also):
                there = ", ".join(sorted(others)) or "-"
                yield Problem(
                    "shared-seed",
                    e.seed.place,
                    Phrase(
                        f"種語「{e.seed.term}」は他の領域({there})にもあります。"
                        "also に正しく書いてください",
                        f"The seed {e.seed.term!r} is also in: {there}. Say so under `also`",
                    ),
                )


def _check_background(entries: Sequence[_Entry], background: Background) -> Iterator[Problem]:
    """Seeds that every field uses, and seeds that nobody writes."""
    if not background.documents:
        return
    owned = {(e.area.id, e.units) for e in entries}
    for e in entries:
        df = background.frequency(e.units)
        term = e.seed.term
        if not background.has(e.units):
            what = Phrase(
                f"種語「{term}」はまだ背景で数えていません(推定 {df} 件)",
                f"The seed {term!r} is not counted yet (estimated: {df})",
            )
            yield Problem("uncounted-seed", e.seed.place, what, note=True)
        elif df > GENERAL * background.documents and e.seed.alone:
            share = 100 * df / background.documents
            what = Phrase(
                f"種語「{term}」は全課題の {share:.1f} % にあります。単独で数えるなら "
                "context に理由を、そうでなければ alone: false としてください",
                f"The seed {term!r} is in {share:.1f} % of all projects: say under `context` why "
                "it may stand alone, or mark it alone: false",
            )
            yield Problem("general-seed", e.seed.place, what, note=bool(e.seed.context))
        elif df == 0 and _is_redundant(e, owned):
            what = Phrase(
                f"種語「{term}」は背景に一度も出ず、中の別の種語が働きを担っています",
                f"The seed {term!r} never occurs, and another seed inside it does its work",
            )
            yield Problem("dead-seed", e.seed.place, what, note=_may_be_unseen(e.seed))
        elif df == 0:
            what = Phrase(
                f"種語「{term}」は背景の {background.documents} 課題に一度も出ません",
                f"The seed {term!r} is in none of {background.documents} projects",
            )
            yield Problem("unseen-seed", e.seed.place, what, note=True)


def _is_redundant(entry: _Entry, owned: set[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether a part of the seed is a seed of the same area."""
    units, size = entry.units, len(entry.units)
    return any(
        (entry.area.id, units[i:j]) in owned
        for i in range(size)
        for j in range(i + 1, size + 1)
        if j - i < size
    )


def _may_be_unseen(seed: Seed) -> bool:
    """English is too rare in the background to prove anything; the report's own terms stay;
    others need a reason in `context`."""
    return seed.lang == "en" or seed.source == "report" or bool(seed.context)


def _check_firm(taxonomy: Taxonomy) -> Iterator[Problem]:
    for _, sub in taxonomy.subtechnologies():
        if not any(seed.alone for seed in sub.seeds):
            yield Problem(
                "no-firm-seed",
                sub.place,
                Phrase(
                    f"{sub.id} には単独で数える種語がありません",
                    f"{sub.id} has no seed that may stand alone",
                ),
            )


def _check_found(
    taxonomy: Taxonomy, segmenter: Segmenter, background: Background
) -> Iterator[Problem]:
    """Every seed must be found in a sentence, in all its spellings."""
    model = build_model(taxonomy, segmenter, background)
    matcher = Matcher(model)
    for number, (_, sub) in enumerate(taxonomy.subtechnologies()):
        for seed in sub.seeds:
            for spelling in (seed.term, *spellings_of(seed.term)):
                sentence = CARRIERS[1].format(spelling) if seed.lang == "ja" else f"An {spelling}."
                surfaces = segmenter.surfaces(segmenter.prepare(sentence).text)
                found = {matcher.term_of(p) for p, _, _ in matcher.find_all(surfaces)}
                if not any(v.subtechnology == number for t in found for v in model.terms[t].votes):
                    yield Problem(
                        "lost-seed",
                        seed.place,
                        Phrase(
                            f"種語「{seed.term}」は文中の「{spelling}」を見つけません",
                            f"The seed {seed.term!r} does not find {spelling!r} in a sentence",
                        ),
                    )


def _check_friends(
    taxonomy: Taxonomy, entries: Iterable[_Entry], segmenter: Segmenter
) -> Iterator[Problem]:
    """A false friend must hold a seed, and must not be one."""
    seeds = {e.units for e in entries} | {tuple(segmenter.units(s.term)) for s in taxonomy.outside}
    longest = max(map(len, seeds), default=0)
    for area in taxonomy.areas:
        for friend in area.false_friends:
            units = tuple(segmenter.units(friend.term))
            parts = {
                units[i:j]
                for i in range(len(units))
                for j in range(i + 1, min(len(units), i + longest) + 1)
            }
            if units in seeds:
                yield Problem(
                    "friend-is-seed",
                    friend.place,
                    Phrase(
                        f"「{friend.term}」は種語でもあり、紛らわしい語句として働きません",
                        f"{friend.term!r} is a seed as well, so it cannot be a false friend",
                    ),
                )
            elif not parts & seeds:
                yield Problem(
                    "idle-friend",
                    friend.place,
                    Phrase(
                        f"紛らわしい語句「{friend.term}」の中に種語がありません",
                        f"The false friend {friend.term!r} holds no seed",
                    ),
                )
