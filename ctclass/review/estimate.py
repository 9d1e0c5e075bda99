"""From verdicts on a sample: how good the answers of the whole table are.

Of each stratum some rows were drawn by chance, so a judged row stands for `rows / judged`
rows of its stratum. A share of the whole is the weighted share

    p = sum(w * y) / sum(w),    w = rows of the stratum / judged rows of the stratum,

over the judged rows that it is about (y is 1 where it holds, else 0). Its interval is that
of Clopper and Pearson for p on the effective number of rows,

    n = min((sum w)^2 / sum(w^2), p * (1 - p) / v),

after Kish, and after Korn and Graubard where the variance v of the stratified sample is
larger than that of as many rows drawn alike. Within one stratum n is the number of judged
rows, and the interval the exact one.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.evaluate.measure import FEW, NOTHING, Figure, exact_interval, share
from ctclass.readers.verdicts import is_table
from ctclass.review.sampling import GROUPS
from ctclass.rules import LEVELS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer said of a drawn row, and what the answer was.

    `areas` and `screening` are None where nobody judged them.
    """

    row: int
    areas: tuple[str, ...] | None
    screening: str | None
    given: tuple[str, ...]
    flagged: str
    stratum: str
    rows: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts of one sample of a table with so many `rows`; `again` rows were there
    twice, and the last one counts."""

    model: str
    rows: int
    verdicts: tuple[Verdict, ...]
    again: int


@dataclass(frozen=True, slots=True)
class StratumEstimate:
    """One stratum by itself: shares with exact intervals.

    `right` are rows whose areas are all right, `screening` those whose level is right.
    """

    stratum: str
    rows: int
    drawn: int
    right: Figure
    screening: Figure


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the verdicts say of the whole table.

    areas_right     rows whose areas are all right, none too many and none too few
    precision       of the areas given, those that are right; `by_area` the same for each
    areas_missed    rows that lack an area
    flags           of the rows that were flagged, those that a reviewer would flag too
    flags_missed    of the rows without a flag, those that a reviewer would flag
    rows, flagged, unflagged   how many rows the shares are of
    unseen          rows of strata of which nothing was reviewed: no figure speaks of them
    """

    model: str
    rows: int
    flagged: int
    unflagged: int
    unseen: int
    judged: int
    again: int
    strata: tuple[StratumEstimate, ...]
    areas_right: Figure
    precision: Figure
    by_area: dict[str, Figure]
    areas_missed: Figure
    flags: Figure
    flags_missed: Figure

    def to_json(self) -> str:
        """The figures as one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def read_verdicts(path: Path, areas: Sequence[str]) -> Verdicts:
    """Read the labels that the page exported for a sample. InputError, with the line, for
    what is none, for labels of another sample, and where there is no sample at all; a
    workbook that people filled in holds none."""
    if is_table(path):
        raise _no_page(path)
    found: dict[int, Verdict] = {}
    sources = set()
    count = number = 0
    try:
        for text in path.read_text("utf-8-sig").split("\n"):
            number += 1
            data = json.loads(text) if text.strip() else {}
            if data.get("sample") is None:
                continue
            verdict = _verdict(data, frozenset(areas))
            sources.add((data["review"], data["answer"]["model"], int(data["sample"]["table"])))
            found[verdict.row] = verdict
            count += 1
    except OSError as error:
        raise _unreadable(path) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            Phrase(f"書き出した判定の形が違います({error})", f"This is no verdict ({error})"),
            where=f"{path}:{number}",
            hint=Phrase(
                "ページの「書き出す」で作った labels.jsonl を指定してください",
                "Give the labels.jsonl that the page exported",
            ),
        ) from error
    if not found:
        raise _no_sample(path)
    if len(sources) > 1:
        raise InputError(
            Phrase("別々のページの判定が混ざっています", "These are verdicts of several pages"),
            where=str(path),
            hint=Phrase("ページごとに推定してください", "Estimate page by page"),
        )
    _, model, rows = sources.pop()
    return Verdicts(model, rows, tuple(found[row] for row in sorted(found)), count - len(found))


def estimate(found: Verdicts) -> Estimate:
    """What the verdicts on a sample say of the table that it was drawn from."""
    verdicts = found.verdicts
    sizes = {v.stratum: v.rows for v in verdicts}
    flagged = {v.stratum: v.rows for v in verdicts if v.flagged != LEVELS[0]}
    by_areas = _Weighted([v for v in verdicts if v.areas is not None])
    by_level = _Weighted([v for v in verdicts if v.screening is not None])
    given = dict.fromkeys(area for v in verdicts for area in v.given)
    return Estimate(
        model=found.model,
        rows=sum(sizes.values()),
        flagged=sum(flagged.values()),
        unflagged=sum(sizes.values()) - sum(flagged.values()),
        unseen=found.rows - sum(sizes.values()),
        judged=len(verdicts),
        again=found.again,
        strata=tuple(_stratum(name, verdicts) for name in sizes),
        areas_right=by_areas.share(lambda _: True, lambda v: set(v.areas) == set(v.given)),
        precision=by_areas.pairs(),
        by_area={area: by_areas.right(area) for area in given},
        areas_missed=by_areas.share(lambda _: True, lambda v: bool(set(v.areas) - set(v.given))),
        flags=by_level.share(lambda v: v.flagged != LEVELS[0], _is_flag),
        flags_missed=by_level.share(lambda v: v.flagged == LEVELS[0], _is_flag),
    )


def _is_flag(verdict: Verdict) -> bool:
    return verdict.screening != LEVELS[0]


def weighted_share(rows: Sequence[tuple[str, bool, float]], most: int | None = None) -> Figure:
    """The weighted share of rows, each with its stratum, whether it counts, and its weight.
    The interval rests on `most` rows at most.

    >>> found = weighted_share([("rest", False, 90.0)] * 9 + [("flagged", True, 1.0)] * 10)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 2), found.of
    (0.0122, 0.0, 0.35, 19)
    """
    if not rows:
        return NOTHING
    total = sum(weight for _, _, weight in rows)
    value = sum(weight for _, holds, weight in rows if holds) / total
    size = total * total / sum(weight * weight for _, _, weight in rows)
    variance = _variance(rows, total)
    if variance > 0:
        size = min(size, value * (1 - value) / variance)
    size = min(size, most or size)
    low, high = exact_interval(value * size, size)
    return Figure(value, low, high, len(rows), len(rows) < FEW)


def _variance(rows: Sequence[tuple[str, bool, float]], total: float) -> float:
    """The variance of the share: that of each stratum, by its part of the whole, added up."""
    strata: defaultdict[str, list[tuple[bool, float]]] = defaultdict(list)
    for stratum, holds, weight in rows:
        strata[stratum].append((holds, weight))
    variance = 0.0
    for own in strata.values():
        count, part = len(own), sum(weight for _, weight in own) / total
        mean = sum(holds for holds, _ in own) / count
        variance += part * part * mean * (1 - mean) / count
    return variance


class _Weighted:
    """Verdicts with their weights: rows of the stratum for each that was judged."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = verdicts
        judged = Counter(v.stratum for v in verdicts)
        self._weight = {v.stratum: v.rows / judged[v.stratum] for v in verdicts}

    def share(self, about: Callable[[Any], bool], holds: Callable[[Any], bool]) -> Figure:
        """The share of the rows `about` in which something `holds`."""
        return weighted_share(
            [(v.stratum, holds(v), self._weight[v.stratum]) for v in self._verdicts if about(v)]
        )

    def right(self, area: str) -> Figure:
        """Of the rows that were given an area, those where it is right."""
        return self.share(lambda v: area in v.given, lambda v: area in v.areas)

    def pairs(self) -> Figure:
        """Of all areas given, those that are right. Those of one row go together, so that the
        interval rests on no more than the rows."""
        rows = [
            (v.stratum, area in (v.areas or ()), self._weight[v.stratum])
            for v in self._verdicts
            for area in v.given
        ]
        return weighted_share(rows, most=sum(bool(v.given) for v in self._verdicts))


def _stratum(name: str, verdicts: Sequence[Verdict]) -> StratumEstimate:
    own = [v for v in verdicts if v.stratum == name]
    areas = [set(v.areas) == set(v.given) for v in own if v.areas is not None]
    levels = [v.screening == v.flagged for v in own if v.screening is not None]
    return StratumEstimate(
        stratum=name,
        rows=own[0].rows,
        drawn=own[0].drawn,
        right=share(sum(areas), len(areas)),
        screening=share(sum(levels), len(levels)),
    )


def _verdict(data: dict[str, Any], known: frozenset[str]) -> Verdict:
    sample, answer = data["sample"], data["answer"]
    areas = None if data["areas"] is None else tuple(map(str, data["areas"]))
    given = tuple(map(str, answer["areas"]))
    for area in (*(areas or ()), *given):
        if area not in known:
            raise ValueError(area)
    for level in (data.get("screening") or LEVELS[0], answer["screening"]):
        if level not in LEVELS:
            raise ValueError(level)
    if str(sample["stratum"]).partition("/")[0] not in GROUPS:
        raise ValueError(sample["stratum"])
    rows, drawn = int(sample["rows"]), int(sample["drawn"])
    if not 0 < drawn <= rows:
        raise ValueError(drawn)
    return Verdict(
        row=int(data["row"]),
        areas=areas,
        screening=data.get("screening"),
        given=given,
        flagged=answer["screening"],
        stratum=str(sample["stratum"]),
        rows=rows,
        drawn=drawn,
    )


def _unreadable(path: Path) -> InputError:
    return InputError(
        Phrase("判定のファイルを読めません", "The verdicts cannot be read"),
        where=str(path),
        hint=Phrase("ファイル名を確かめてください", "Check the file name"),
    )


def _no_page(path: Path) -> InputError:
    return InputError(
        Phrase(
            "これは表です。表全体の推定には、抽出したページの labels.jsonl が要ります"
            "(記入した表には、どう抽出した行かが書かれていません)",
            "This is a table; an estimate needs the labels.jsonl of a page with a sample (a "
            "filled-in table does not say how its rows were drawn)",
        ),
        where=str(path),
        hint=Phrase(
            f"記入した表は ctclass evaluate {path.name} で測れます。推定するには "
            "ctclass review TAGGED --sample 200 -o review.html から始めてください",
            f"Measure a filled-in table with: ctclass evaluate {path.name}; for an estimate start "
            "with: ctclass review TAGGED --sample 200 -o review.html",
        ),
    )


def _no_sample(path: Path) -> InputError:
    return InputError(
        Phrase(
            "抽出した行の判定がありません(全体を推定できるのは --sample のページだけです)",
            "No verdict is on a drawn row (only a page made with --sample can be estimated from)",
        ),
        where=str(path),
        hint=Phrase(
            "ctclass review TAGGED --sample 200 -o review.html から始めてください",
            "Start with: ctclass review TAGGED --sample 200 -o review.html",
        ),
    )
