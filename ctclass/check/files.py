"""Lint the files of a taxonomy and what stands in them beside the seeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ctclass.check.problem import Problem, problem_of
from ctclass.errors import Phrase
from ctclass.learning.rules import Units, shorter_runs
from ctclass.model.background import Background
from ctclass.taxonomy.areas import HEAD, OUTSIDE, Taxonomy, find_twins
from ctclass.taxonomy.screening_lists import SCREENING
from ctclass.taxonomy.yamlfile import Place, YamlFile, place_in
from ctclass.text.units import Segmenter

OUTSIDE_GENERAL = 0.1
"""An outside term in more than this share of all projects would pull everything down."""


def check_files(files: Sequence[YamlFile]) -> Iterator[Problem]:
    """What keeps a file from being read, and files that nobody reads."""
    folder = files[0].path.parent
    for file in files:
        for fault in file.faults:
            yield problem_of(fault, "bad-file")
        if file.path.name not in (HEAD, OUTSIDE, SCREENING) and not file.faults:
            yield from _check_name(file)
    if not (folder / OUTSIDE).is_file():
        yield Problem(
            "missing-outside",
            place_in(folder / OUTSIDE, 1),
            Phrase(
                f"{OUTSIDE} がありません。領域外の語が得点から引かれません",
                f"There is no {OUTSIDE}: nothing speaks against an area",
            ),
        )
    known = {file.path for file in files}
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if path not in known:
            yield Problem(
                "unread-file",
                place_in(path, 1),
                Phrase(
                    "読まれないファイルです。NN-領域.yaml という名前にしてください",
                    "Nobody reads this file: call it NN-area.yaml",
                ),
            )


def _check_name(file: YamlFile) -> Iterator[Problem]:
    fitting = f"{file.data['number']:02}-{file.data['area']}.yaml"
    if file.path.name != fitting:
        yield Problem(
            "misnamed-file",
            file.place("area"),
            Phrase(f"ファイル名は {fitting} のはずです", f"The file should be called {fitting}"),
        )


def check_areas(taxonomy: Taxonomy, head: YamlFile) -> Iterator[Problem]:
    """Ids and numbers that stand twice, and numbers that are missing."""
    for twin in find_twins(taxonomy.areas):
        yield problem_of(twin, "duplicate-id")
    numbers = {area.number for area in taxonomy.areas}
    last = max([head.data.get("areas", 0), *numbers])
    for missing in sorted(set(range(1, last + 1)) - numbers):
        yield Problem(
            "missing-area",
            head.place("areas"),
            Phrase(
                f"番号 {missing} の領域のファイルがありません",
                f"There is no file for the area with number {missing}",
            ),
        )


def check_belongings(taxonomy: Taxonomy) -> Iterator[Problem]:
    """`belongs_to` must name areas that exist."""
    known = {area.id for area in taxonomy.areas}
    for area in taxonomy.areas:
        for friend in area.false_friends:
            for other in friend.belongs_to:
                if other not in known:
                    yield Problem(
                        "unknown-area",
                        friend.place,
                        Phrase(
                            f"belongs_to の「{other}」という領域はありません",
                            f"belongs_to names {other!r}, which is no area",
                        ),
                    )


def check_friends(
    taxonomy: Taxonomy, seeds: Iterable[Units], segmenter: Segmenter, *, whole: bool
) -> Iterator[Problem]:
    """A false friend must hold a seed (of the `whole` taxonomy), must not be one, and
    stands once."""
    held = {*seeds, *(tuple(segmenter.units(s.term)) for s in taxonomy.outside)}
    first: dict[Units, Place] = {}
    for area in taxonomy.areas:
        for friend in area.false_friends:
            units = tuple(segmenter.units(friend.term))
            if units in first:
                yield Problem(
                    "duplicate-friend",
                    friend.place,
                    Phrase(
                        f"紛らわしい語句「{friend.term}」は {first[units]} にもあります",
                        f"The false friend {friend.term!r} stands at {first[units]} already",
                    ),
                )
            first.setdefault(units, friend.place)
            if units in held:
                yield Problem(
                    "friend-is-seed",
                    friend.place,
                    Phrase(
                        f"「{friend.term}」は種語でもあり、紛らわしい語句として働きません",
                        f"{friend.term!r} is a seed as well, so it cannot be a false friend",
                    ),
                )
            elif whole and held.isdisjoint(shorter_runs(units)):
                yield Problem(
                    "idle-friend",
                    friend.place,
                    Phrase(
                        f"紛らわしい語句「{friend.term}」の中に種語がありません",
                        f"The false friend {friend.term!r} holds no seed",
                    ),
                )


def check_outside(
    taxonomy: Taxonomy, seeds: dict[Units, Place], background: Background, segmenter: Segmenter
) -> Iterator[Problem]:
    """Terms outside all areas: each once, no seed, and not in every second project."""
    first: dict[Units, Place] = {}
    for seed in taxonomy.outside:
        units = tuple(segmenter.units(seed.term))
        other = first.setdefault(units, seed.place)
        if not any(re.search(r"\w", unit) for unit in units):
            what = Phrase(f"「{seed.term}」には文字がありません", f"{seed.term!r} has no letter")
            yield Problem("empty-seed", seed.place, what)
        if other is not seed.place:
            what = Phrase(
                f"領域外の語「{seed.term}」は {other} にもあります",
                f"The outside term {seed.term!r} stands at {other} already",
            )
            yield Problem("duplicate-outside", seed.place, what)
        if units in seeds:
            what = Phrase(
                f"領域外の語「{seed.term}」は {seeds[units]} の種語でもあります",
                f"The outside term {seed.term!r} is a seed at {seeds[units]} as well",
            )
            yield Problem("outside-is-seed", seed.place, what)
        share = background.frequency(units) / background.documents if background.documents else 0
        if share > OUTSIDE_GENERAL:
            what = Phrase(
                f"領域外の語「{seed.term}」は全課題の {100 * share:.1f} % にあります",
                f"The outside term {seed.term!r} is in {100 * share:.1f} % of all projects",
            )
            yield Problem("general-outside", seed.place, what)
