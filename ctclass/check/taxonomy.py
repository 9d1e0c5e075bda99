"""Lint the taxonomy: what would silently change an answer, with file and line.

A `problem` must be mended (or explained in the entry's own fields); a `note` is
worth knowing. Nothing here raises on content, so one slip does not hide the next.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctclass.check.files import (
    check_areas,
    check_belongings,
    check_files,
    check_friends,
    check_outside,
)
from ctclass.check.lists import check_lists
from ctclass.check.problem import Problem
from ctclass.check.screening import check_screening
from ctclass.errors import Phrase
from ctclass.learning.build import build_model
from ctclass.learning.rules import shorter_runs
from ctclass.model.background import Background
from ctclass.tagging.match import Matcher
from ctclass.taxonomy.areas import Area, Seed, SubTechnology, Taxonomy, read_files, taxonomy_of
from ctclass.text.carriers import CARRIERS
from ctclass.text.characters import spellings_of
from ctclass.text.everyday import EVERYDAY
from ctclass.text.units import Segmenter

GENERAL = 0.02
"""A seed in more than this share of all projects says too little to stand alone."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check_folder` found, and how much it looked at."""

    problems: list[Problem]
    areas: int
    seeds: int


@dataclass(frozen=True, slots=True)
class _Entry:
    area: Area
    sub: SubTechnology
    seed: Seed
    units: tuple[str, ...]


def check_folder(folder: Path, background: Background, segmenter: Segmenter) -> Checked:
    """All problems of all files: what cannot be read does not hide the rest.

    Where a file cannot be read, the rules that need all areas are left out.
    """
    files = read_files(folder)
    taxonomy = taxonomy_of(files)
    whole = not any(file.faults for file in files)
    problems = [*check_files(files), *check_taxonomy(taxonomy, background, segmenter, whole=whole)]
    if whole:
        problems += [*check_areas(taxonomy, files[0]), *check_belongings(taxonomy)]
        problems += check_lists(folder, taxonomy)
        problems += check_screening(taxonomy, background, segmenter)
    return Checked(
        sorted(problems, key=_in_order),
        len(taxonomy.areas),
        sum(len(sub.seeds) for _, sub in taxonomy.subtechnologies()),
    )


def check_taxonomy(
    taxonomy: Taxonomy, background: Background, segmenter: Segmenter, *, whole: bool = True
) -> list[Problem]:
    """All problems and notes of a taxonomy that can be read, in the order of the files.

    >>> from ctclass.taxonomy.areas import read_taxonomy
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
    places = {e.units: e.seed.place for e in entries}
    problems = [
        *_check_empty(entries),
        *_check_twins(entries),
        *(_check_shared(entries) if whole else ()),
        *_check_background(entries, background),
        *_check_firm(taxonomy),
        *_check_everyday(entries),
        *_check_found(taxonomy, segmenter, background),
        *check_friends(taxonomy, places, segmenter, whole=whole),
        *check_outside(taxonomy, places, background, segmenter),
    ]
    return sorted(problems, key=_in_order)


def _in_order(problem: Problem) -> tuple[str, int, str]:
    return problem.place.file, problem.place.line, problem.rule


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
        elif df == 0 and any((e.area.id, run) in owned for run in shorter_runs(e.units)):
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


def _check_everyday(entries: Iterable[_Entry]) -> Iterator[Problem]:
    """English words of everyday life decide an English title by themselves."""
    for e in entries:
        if e.seed.lang == "en" and e.seed.alone and not e.seed.context:
            word = e.seed.term
            if word in EVERYDAY or (e.units[0] in EVERYDAY and len(e.units) == 1):
                yield Problem(
                    "everyday-word",
                    e.seed.place,
                    Phrase(
                        f"種語「{word}」は日常の英語でもあります。alone: false とするか、"
                        "単独で数える理由を context に書いてください",
                        f"The seed {word!r} is everyday English: mark it alone: false, or say "
                        "under `context` why it may stand alone",
                    ),
                )


def _check_found(
    taxonomy: Taxonomy, segmenter: Segmenter, background: Background
) -> Iterator[Problem]:
    """Every seed must be found in a sentence, in all its spellings, and in capitals."""
    model = build_model(taxonomy, segmenter, background)
    matcher = Matcher(model)
    for number, (_, sub) in enumerate(taxonomy.subtechnologies()):
        for seed in sub.seeds:
            for spelling, sentence in _sentences(seed):
                surfaces = segmenter.surfaces(segmenter.prepare(sentence).text)
                found = set(matcher.find_all(matcher.numbers(surfaces)).term.tolist())
                if not any(v.subtechnology == number for t in found for v in model.terms[t].votes):
                    yield Problem(
                        "lost-seed",
                        seed.place,
                        Phrase(
                            f"種語「{seed.term}」は文中の「{spelling}」を見つけません",
                            f"The seed {seed.term!r} does not find {spelling!r} in a sentence",
                        ),
                    )


def _sentences(seed: Seed) -> Iterator[tuple[str, str]]:
    """Every spelling of a seed, and a sentence that holds it."""
    carrier = CARRIERS[1] if seed.lang == "ja" else "An {}."
    for spelling in (seed.term, *spellings_of(seed.term)):
        yield spelling, carrier.format(spelling)
    if seed.lang == "en" and not re.search(r"[A-Z]|\b[a-z]\b", seed.term):  # E-BIKE may be E
        yield seed.term.upper(), f"STUDIES ON {seed.term.upper()} IN JAPAN"
