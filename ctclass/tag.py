"""Tag one project: its areas, its flags, and the words that decided.

The centre of the program. Files, workers and tests all go through
`Tagger.tag`, so an answer depends on a project's text and on the model, and on
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ctclass.model import Model
from ctclass.projects import Project
from ctclass.reading import Reader, Reading
from ctclass.score import Score, Scorer
from ctclass.screen import Flag, find_flags, level_of
from ctclass.subtechnologies import Namer

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
CANDIDATES = 12
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
    """A model with its tokenizers, one per thread. May be called from any thread."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.reader = Reader(model)
        self.scorer = Scorer(model)
        number = {sub.id: i for i, sub in enumerate(model.subtechnologies)}
        self._namer = Namer(model.siblings, number, len(model.learned.grams))

    def tag(self, project: Project) -> Tagging:
        """The areas, flags and evidence of a project."""
        return self.tag_all([project])[0]

    def tag_all(self, projects: Sequence[Project]) -> list[Tagging]:
        """The same for many, in order. An answer does not depend on its neighbours."""
        return self.answer(projects, self.read(projects))

    def read(self, projects: Sequence[Project]) -> list[Reading]:
        """The first half of the work: texts to units, most of the time outside Python's lock."""
        return self.reader.read([_texts(project) for project in projects])

    def answer(self, projects: Sequence[Project], readings: Sequence[Reading]) -> list[Tagging]:
        """The second half: what the units add up to."""
        taggings = []
        scores = self.scorer.score(readings)
        for project, reading, score in zip(projects, readings, scores, strict=True):
            tagging = self._answer(reading, score)
            if max(len(project.title), len(project.abstract), len(project.keywords)) > LONGEST:
                tagging = replace(tagging, status="too-long")
            taggings.append(tagging)
        return taggings

    def _answer(self, reading: Reading, score: Score | None) -> Tagging:
        model = self.model
        if score is None or not score.ranked:
            return self._without(_status_without_evidence(reading.joined))
        if not score.given and _foreign(reading.joined):
            return self._without("not-japanese")
        if not score.seeds and _letters(reading.joined) < SHORT:
            return self._without("too-short")
        named = {i: AreaScore(model.areas[i].id, score.score[i] / 100) for i in score.ranked}
        others = [named[i] for i in score.ranked if i not in score.given]
        subtechnologies, learned = self._named(score)
        return Tagging(
            status="ok",
            areas=tuple(named[i] for i in score.given),
            runners_up=tuple(others[:RUNNERS_UP]),
            subtechnologies=tuple(model.subtechnologies[i].id for i in subtechnologies),
            strategic=any(model.areas[i].strategic for i in score.given),
            flags=find_flags(model, _by_seeds(model, score, score.screened), learned),
            evidence=self._evidence(reading, score),
            model=model.label,
        )

    def _named(self, score: Score) -> tuple[list[int], list[int]]:
        """Sub-technologies of the areas given: those that seeds name, or where an area has
        no seed, the one that learned terms name; and the latter by themselves."""
        named: list[int] = []
        learned: list[int] = []
        heard = score.heard
        for area in score.given:
            own = _by_seeds(self.model, score, [area])
            if not own:
                own = self._namer.name(area, heard.term, heard.loudness, score.length)
                learned += own
            named += own
        return named, learned

    def _without(self, status: str) -> Tagging:
        return Tagging(status, (), (), (), False, (), (), self.model.label)

    def _evidence(self, reading: Reading, score: Score) -> tuple[str, ...]:
        """The words that decided for the given areas, the strongest first."""
        if not score.given:
            return ()
        spans: dict[tuple[int, int], float] = {}
        heard = score.heard
        seeds = {m.term: (m.start, m.end) for m in reversed(reading.seeds)}
        for area in score.given:
            values = self.scorer.learned_values(score, area)
            for i in np.argsort(-values, kind="stable")[:CANDIDATES].tolist():
                start, value = int(heard.start[i]), float(values[i])
                if value > 0:
                    span = start, start + int(heard.size[i])
                    spans[span] = max(spans.get(span, 0.0), value)
            for term, _, value in self.scorer.seed_values(score, area):
                if value > 0:
                    spans[seeds[term]] = max(spans.get(seeds[term], 0.0), value)
        chosen = _strongest(spans)
        words = (reading.surface(*span).replace(";", ",") for span in chosen)
        return tuple(dict.fromkeys(words))


def _texts(project: Project) -> tuple[str, str, str]:
    return project.title[:LONGEST], project.abstract[:LONGEST], project.keywords[:LONGEST]


def _strongest(spans: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Up to `EVIDENCE` spans by what they and the spans within them gave, none overlapping.

    >>> _strongest({(0, 1): 0.2, (0, 2): 0.3, (4, 5): 0.4, (1, 2): 0.1})
    [(0, 2), (4, 5)]
    """
    most = sorted(spans.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]
    whole = [
        (sum(v for (a, b), v in most if start <= a and b <= end), start, end)
        for (start, end), _ in most
    ]
    whole.sort(key=lambda item: (-item[0], item[1], -item[2]))
    chosen: list[tuple[int, int]] = []
    for _, start, end in whole:
        if all(end <= a or b <= start for a, b in chosen):
            chosen.append((start, end))
            if len(chosen) == EVIDENCE:
                break
    return chosen


def _by_seeds(model: Model, score: Score, areas: Sequence[int]) -> list[int]:
    """Sub-technologies of `areas` with at least half of what their area's best one has."""
    chosen: list[int] = []
    for area in areas:
        own = [
            (-value, sub)
            for sub, value in score.subtechnologies.items()
            if sub < len(model.subtechnologies) and model.subtechnologies[sub].area == area
        ]
        own.sort()
        chosen += [sub for value, sub in own[:SUBTECHNOLOGIES] if value * 2 <= own[0][0]]
    return chosen


def _status_without_evidence(text: str) -> str:
    letters = _letters(text)
    if letters == 0:
        return "empty"
    if letters < SHORT:
        return "too-short"
    return "not-japanese" if _foreign(text) else "no-evidence"


def _letters(text: str) -> int:
    """How many letters there are, up to `SHORT`."""
    return sum(1 for _ in islice(_LETTER.finditer(text), SHORT))


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
