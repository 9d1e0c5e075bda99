"""The fixed words of an explanation, in both languages, and how its figures are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ctclass.errors import Phrase
from ctclass.explain.explanation import LEARNED, OUTSIDE, SEED, AreaExplanation, Span
from ctclass.model.firsts import FAINT, SURE
from ctclass.projects import TEXTS
from ctclass.tagging.tag import Tagging

FIELD_NAMES = {
    "title": Phrase("課題名", "Title"),
    "abstract": Phrase("概要", "Abstract"),
    "keywords": Phrase("キーワード", "Keywords"),
}
SHORT_NAMES = {
    "title": Phrase("題", "T"), "abstract": Phrase("概", "A"), "keywords": Phrase("語", "K"),
}  # fmt: skip
KINDS = {
    SEED: Phrase("種語", "seed"),
    LEARNED: Phrase("学習", "learned"),
    OUTSIDE: Phrase("領域外", "outside"),
}
LEVELS = {
    "none": Phrase("なし (none)", "none"),
    "check": Phrase("確認 (check)", "check"),
    "priority": Phrase("優先 (priority)", "priority"),
}
SCREENING = Phrase("技術流出の確認", "Screening for leakage")
KEY = Phrase(
    "下の表は語ごとの寄与です。種語 = 技術体系に人が書いた語、学習 = 資料から学んだ語、領域外 = "
    "どの領域にも反対に働く語。題・概・語 = 課題名・概要・キーワードにあり、数字はその回数。",
    "Below, what each term gave. seed: people wrote it into the taxonomy; learned: from a corpus "
    "and labels; outside: it speaks against every area. T, A, K: it stands in the title, the "
    "abstract, the keywords, so many times.",
)
FIRST, KEPT, TOO_FAINT, BEHIND, GROUNDLESS = "first", "kept", "faint", "behind", "groundless"
FIRST_PLACE = {
    FIRST: Phrase(
        "領域どうしの比較で主領域(「該当なし」より {0} 上)", "first of all areas, {0} ahead of none"
    ),
    KEPT: Phrase(
        f"比較では「該当なし」が {{0}} 上ですが、得点が {SURE / 100:.2f} 以上の領域があるので"
        "領域とします",
        f"none is {{0}} ahead, but some area has a score of {SURE / 100:.2f} or more",
    ),
    TOO_FAINT: Phrase(
        f"比較では「該当なし」より {{0}} 上ですが、得点が {FAINT / 100:.2f} に満たないので"
        "領域としません",
        f"{{0}} ahead of none, but its score is below {FAINT / 100:.2f}",
    ),
    BEHIND: Phrase(
        "領域どうしの比較で「該当なし」に {0} 及びません",
        "{0} behind none when all areas are compared",
    ),
    GROUNDLESS: Phrase(
        "どの研究でも使う言葉しかこの領域に働いていないので、領域としません",
        "only words of any research speak for it, so it is not given",
    ),
}
"""What the comparison for the first place says of an area; `{0}` is how far, in log odds."""
FLAG_NAMES = {
    "words": Phrase("原文の語", "words"),
    "types": Phrase("類型", "types"),
    "types_by": Phrase("類型の出どころ", "types by"),
    "rests_on": Phrase("よりどころ", "rests on"),
    "cell": Phrase("列の値", "cell"),
}
TYPES = {
    1: Phrase("1 技術そのものの悪用", "1 misuse of the technology itself"),
    2: Phrase("2 研究開発の情報の悪用", "2 misuse of information from its R&D"),
    3: Phrase("3 外部に頼る供給の途絶", "3 supply from outside cut off"),
}
"""What the three types of 特定重要技術 are about: each may harm the safety of the nation."""


def first_place(area: AreaExplanation, answer: Tagging) -> tuple[str, str] | None:
    """Which of `FIRST_PLACE` holds for an area, and how far; None where the comparison is not
    what decides whether the area is given."""
    ahead = area.ahead or 0.0
    if (
        not area.given
        and not area.has_ground
        and (not area.lacked or (ahead > 0 and not answer.areas))
    ):
        return GROUNDLESS, ""
    if area.ahead is None or (answer.areas and area.area != answer.primary):
        return None
    if answer.areas:
        kind = FIRST if area.ahead > 0 else KEPT
    else:
        kind = TOO_FAINT if area.ahead > 0 else BEHIND
    return kind, f"{abs(area.ahead):.2f}"


def quote(words: Iterable[str], lang: str) -> str:
    """Words of a text, told apart from ours.

    >>> quote(["量子", "GaN"], "ja"), quote(["量子", "GaN"], "en")
    ('「量子」「GaN」', '“量子”, “GaN”')
    """
    if lang == "ja":
        return "".join(f"「{word}」" for word in words)
    return ", ".join(f"“{word}”" for word in words)


def places(spans: Sequence[Span], lang: str) -> str:
    """How often in which field.

    >>> places([Span("title", 0, 2), Span("abstract", 3, 5), Span("abstract", 9, 11)], "en")
    'T A2'
    """
    counts = {field: sum(span.field == field for span in spans) for field in TEXTS}
    return " ".join(
        SHORT_NAMES[field].text(lang) + (str(n) if n > 1 else "")
        for field, n in counts.items()
        if n
    )


def thousandths(values: Sequence[float]) -> list[int]:
    """The values rounded up or down so that they add up to their rounded sum.

    >>> thousandths([0.0004, 0.0004, 0.0004, -1.0])
    [1, 0, 0, -1000]
    """
    scaled = [value * 1000 for value in values]
    found = [math.floor(value) for value in scaled]
    missing = round(math.fsum(scaled)) - sum(found)
    by_rest = sorted(range(len(found)), key=lambda i: found[i] - scaled[i])
    for i in by_rest[:missing]:
        found[i] += 1
    return found
