"""Tag one project: its areas, its flags, and the words that decided.

The centre of the program. Files, workers and tests all go through
`Tagger.tag`, so an answer depends on a project's text and on the model, and on
nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from threading import local

from ctclass.match import STOP, Match, Matcher
from ctclass.model import Model
from ctclass.projects import Project
from ctclass.score import Contribution, Score, Scorer
from ctclass.screen import Flag, find_flags, level_of
from ctclass.text import Segmenter, spans

COLUMNS = (
    "ct_primary", "ct_areas", "ct_scores", "ct_subtechnologies", "ct_strategic", "ct_screening",
    "ct_screening_rules", "ct_evidence", "ct_status", "ct_model",
)  # fmt: skip
HEADINGS = {
    "ct_primary": "主領域", "ct_areas": "領域", "ct_scores": "得点",
    "ct_subtechnologies": "個別技術", "ct_strategic": "国家戦略技術領域",
    "ct_screening": "技術流出の確認", "ct_screening_rules": "確認の根拠規則",
    "ct_evidence": "決め手の語", "ct_status": "判定の状態", "ct_model": "モデル",
}  # fmt: skip
"""The Japanese headings of `COLUMNS`, for people who open the table in Excel."""
EVIDENCE = 5
RUNNERS_UP = 2
SUBTECHNOLOGIES = 3
SHORT = 10
LONGEST = 200_000
"""Characters of a field that are judged; the rest of a longer one is not (`too-long`)."""

_ENGLISH = frozenset("the of and in to for is on with by from this that are we as an be".split())
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")
_KANA = re.compile(r"[\u3041-\u30fa]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class AreaScore:
    """An area id and its score from 0 to 1, two decimals."""

    area: str
    score: float


@dataclass(frozen=True, slots=True)
class Tagging:
    """The answer for one project. `status` is `ok`, or why no area could be judged."""

    status: str
    areas: tuple[AreaScore, ...]
    runners_up: tuple[AreaScore, ...]
    subtechnologies: tuple[str, ...]
    strategic: bool
    flags: tuple[Flag, ...]
    evidence: tuple[str, ...]
    model: str

    @property
    def primary(self) -> str:
        """The best area's id, empty when no area is given."""
        return self.areas[0].area if self.areas else ""

    @property
    def screening(self) -> str:
        """`none`, `check` or `priority`."""
        return level_of(self.flags)

    def columns(self) -> list[str]:
        """The values of `COLUMNS`."""
        return [
            self.primary,
            ";".join(a.area for a in self.areas),
            ";".join(f"{a.area}={a.score:.2f}" for a in self.areas + self.runners_up),
            ";".join(self.subtechnologies),
            "true" if self.strategic else "false",
            self.screening,
            ";".join(f.rule for f in self.flags),
            ";".join(self.evidence),
            self.status,
            self.model,
        ]

    def record(self) -> dict[str, object]:
        """The object under `"ctclass"` in JSON Lines."""
        return {
            "primary": self.primary,
            "areas": [{"id": a.area, "score": a.score} for a in self.areas],
            "subtechnologies": list(self.subtechnologies),
            "strategic": self.strategic,
            "screening": {
                "level": self.screening,
                "rules": [f.rule for f in self.flags],
            },
            "evidence": list(self.evidence),
            "status": self.status,
            "model": self.model,
        }


class Tagger:
    """A model with its tokenizers, one per thread. `tag` may be called from any thread."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.matcher = Matcher(model)
        self.scorer = Scorer(model)
        self._local = local()

    def tag(self, project: Project) -> Tagging:
        """The areas, flags and evidence of a project."""
        texts = (project.title, project.abstract, project.keywords)
        if max(map(len, texts)) > LONGEST:
            tagging = self._tag([text[:LONGEST] for text in texts])
            return replace(tagging, status="too-long")
        return self._tag(texts)

    def _tag(self, texts: Sequence[str]) -> Tagging:
        segmenter = self._segmenter()
        prepared = [segmenter.prepare(text) for text in texts]
        joined = STOP.join(p.text for p in prepared)
        sentences = self.matcher.sift(joined)
        if not sentences:
            return self._answer(_status_without_evidence(joined))
        sifted, shift = _gather(joined, sentences)
        surfaces = segmenter.surfaces(sifted)
        matches = self.matcher.find_matches(surfaces)
        bounds = spans(surfaces)
        starts = (len(prepared[0].text) + 1, len(prepared[0].text) + len(prepared[1].text) + 2)
        places = {m: shift(bounds[m.start]) for m in matches}
        score = self.scorer.score(_amounts(places, starts))
        if not score.ranked:
            return self._answer(_status_without_evidence(joined))
        if not score.given and _foreign(joined):
            return self._answer("not-japanese")
        evidence = []
        first = {m.term: m for m in reversed(matches)}
        for term in _deciding(score):
            match = first[term]
            start = places[match]
            end = start + bounds[match.end] - bounds[match.start]
            field = (start >= starts[0]) + (start >= starts[1])
            offset = (0, *starts)[field]
            at, to = prepared[field].origin(start - offset, end - offset)
            evidence.append(" ".join(texts[field][at:to].replace(";", ",").split()))
        return self._answer("ok", score, tuple(dict.fromkeys(evidence)))

    def _segmenter(self) -> Segmenter:
        if not hasattr(self._local, "segmenter"):
            self._local.segmenter = Segmenter()
        segmenter: Segmenter = self._local.segmenter
        return segmenter

    def _answer(
        self, status: str, score: Score | None = None, evidence: tuple[str, ...] = ()
    ) -> Tagging:
        model = self.model
        if score is None:
            return Tagging(status, (), (), (), False, (), (), model.label)
        subs = _given_subtechnologies(model, score)
        named = {i: AreaScore(model.areas[i].id, score.score[i] / 100) for i in score.ranked}
        others = [named[i] for i in score.ranked if i not in score.given]
        return Tagging(
            status=status,
            areas=tuple(named[i] for i in score.given),
            runners_up=tuple(others[:RUNNERS_UP]),
            subtechnologies=tuple(model.subtechnologies[i].id for i in subs),
            strategic=any(model.areas[i].strategic for i in score.given),
            flags=find_flags(model, subs),
            evidence=evidence,
            model=model.label,
        )


def _gather(text: str, sentences: Sequence[tuple[int, int]]) -> tuple[str, Callable[[int], int]]:
    """The sentences as one text, each after a `STOP`, and the way back to places in `text`."""
    begins = [1]
    for start, end in sentences:
        begins.append(begins[-1] + end - start + 1)
    gaps = [start - begin for (start, _), begin in zip(sentences, begins, strict=False)]

    def shift(place: int) -> int:
        return place + gaps[bisect_right(begins, place) - 1]

    return STOP + STOP.join(text[start:end] for start, end in sentences), shift


def _amounts(places: Mapping[Match, int], starts: tuple[int, int]) -> dict[int, int]:
    """How often and where each term stands, as an index of `Decision.amounts`."""
    amounts: dict[int, int] = {}
    for match, start in places.items():
        amount = amounts.get(match.term, 0)
        if start < starts[0]:
            amount |= 8
        elif start >= starts[1]:
            amount |= 1
        elif amount & 6 != 6:
            amount += 2
        amounts[match.term] = amount
    return amounts


def _deciding(score: Score) -> list[int]:
    """The strongest terms for the given areas, the primary area's first among equals."""
    best: dict[int, Contribution] = {}
    for c in score.contributions:
        if c.area in score.given and c.value > 0:
            held = best.get(c.term)
            if held is None or c.value > held.value:
                best[c.term] = c
    rank = {area: i for i, area in enumerate(score.given)}
    ordered = sorted(best.values(), key=lambda c: (-c.value, rank[c.area], c.term))
    return [c.term for c in ordered[:EVIDENCE]]


def _given_subtechnologies(model: Model, score: Score) -> list[int]:
    """Sub-technologies of the given areas with at least half of their area's best one."""
    chosen: list[int] = []
    for area in score.given:
        own = [
            (-value, sub)
            for sub, value in score.subtechnologies.items()
            if model.subtechnologies[sub].area == area
        ]
        own.sort()
        chosen += [sub for value, sub in own[:SUBTECHNOLOGIES] if value * 2 <= own[0][0]]
    return chosen


def _status_without_evidence(text: str) -> str:
    letters = sum(1 for _ in islice(_LETTER.finditer(text), SHORT))
    if letters == 0:
        return "empty"
    if letters < SHORT:
        return "too-short"
    return "not-japanese" if _foreign(text) else "no-evidence"


def _foreign(text: str) -> bool:
    """Whether a text is in a language without seeds: neither Japanese nor English.

    Kanji alone do not tell Japanese from Chinese, so 40 of them without one
    kana are taken for Chinese; a shorter title is given the benefit of doubt.
    """
    sample = text[:4000]
    if _KANA.search(sample):
        return False
    letters = len(_LETTER.findall(sample))
    han = len(_HAN.findall(sample))
    if han * 2 >= letters:
        return han >= 40
    words = _WORD.findall(sample.lower())
    if sum(map(len, words)) * 2 < letters:
        return letters >= SHORT
    return len(words) >= 12 and sum(w in _ENGLISH for w in words) * 20 < len(words)
