"""Tag one project: its areas, its flags, and the words that decided.

The centre of the program. Files, workers and tests all go through
`Tagger.tag`, so an answer depends on a project's text and on the model, and on
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ctclass.model.compact import Model
from ctclass.model.subtechnologies import Namer
from ctclass.projects import Project
from ctclass.tagging.evidence import find_evidence
from ctclass.tagging.preparing import Fields
from ctclass.tagging.reading import Reader, Readings
from ctclass.tagging.score import Scorer, Scores
from ctclass.tagging.screen import Batch, Flag, Screener, level_of
from ctclass.tagging.votes import Votes

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
RUNNERS_UP = 2
SUBTECHNOLOGIES = 3
SHORT = 10
LONGEST = 200_000
"""Characters of a field that are judged; the rest of a longer one is not (`too-long`)."""

RECALL = "+screening-recall"
"""What `ct_model` ends with where the screening was at the recall-first point."""

_ENGLISH = frozenset("the of and in to for is on with by from this that are we as an be".split())
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")
_KANA = re.compile(r"[\u3041-\u30fa]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_ENOUGH_LETTERS = re.compile(rf"(?:[\W\d_]*[^\W\d_]){{{SHORT}}}")


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
            "runners_up": [{"id": a.area, "score": a.score} for a in self.runners_up],
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
    """A model with its tokenizers, one per thread. May be called from any thread.

    With `recall` the screening is at the point that misses less and flags more; nothing
    else changes, and `label` says so.
    """

    def __init__(self, model: Model, *, recall: bool = False) -> None:
        self.model = model
        self.recall = recall
        self.label = model.label + RECALL if recall else model.label
        self.reader = Reader(model)
        self.scorer = Scorer(model)
        self.screener = Screener(model, self.scorer, recall=recall)
        self._scored = [[AreaScore(a.id, n / 100) for n in range(101)] for a in model.areas]
        number = {sub.id: i for i, sub in enumerate(model.subtechnologies)}
        self._area_of = [*(sub.area for sub in model.subtechnologies), -1]
        self._namer = Namer(model.siblings, number, len(model.learned.grams))

    def tag(self, project: Project) -> Tagging:
        """The areas, flags and evidence of a project."""
        return self.tag_all([project])[0]

    def tag_all(self, projects: Sequence[Project]) -> list[Tagging]:
        """The same for many, in order. An answer does not depend on its neighbours."""
        return self.answer(projects, self.read(projects))

    def read(self, projects: Sequence[Project]) -> Readings:
        """The first half of the work: texts to units."""
        return self.reader.read([judged(project) for project in projects])

    def answer(self, projects: Sequence[Project], readings: Readings) -> list[Tagging]:
        """The second half: what the units add up to."""
        scores = self.scorer.score(readings)
        evidence = find_evidence(self.scorer, readings, scores)
        subtechnologies = _subtechnologies_of(scores.votes, len(readings))
        batch = self.screener.read(readings, scores)
        taggings = []
        for i, project in enumerate(projects):
            tagging = self._answer(i, project, batch, evidence[i], subtechnologies[i])
            if max(len(project.title), len(project.abstract), len(project.keywords)) > LONGEST:
                tagging = replace(tagging, status="too-long")
            taggings.append(tagging)
        return taggings

    def _answer(
        self,
        number: int,
        project: Project,
        batch: Batch,
        evidence: tuple[str, ...],
        subtechnologies: Mapping[int, int],
    ) -> Tagging:
        model, scores = self.model, batch.scores
        text = batch.readings.prepared[number].text
        ranked, given = scores.ranked[number], scores.given[number]
        if not ranked or scores.is_silent(number):
            return self._without(_status_without_evidence(text))
        if not given and _foreign(text):
            return self._without("not-japanese")
        if not subtechnologies and not _ENOUGH_LETTERS.match(text):
            return self._without("too-short")
        score = scores.score[number].tolist()
        others = [i for i in ranked if i not in given][:RUNNERS_UP]
        named, learned = self._technologies(scores, number, subtechnologies)
        screened = _clearest(self._area_of, subtechnologies, scores.screened[number])
        return Tagging(
            status="ok",
            areas=tuple([self._scored[i][score[i]] for i in given]),
            runners_up=tuple([self._scored[i][score[i]] for i in others]),
            subtechnologies=tuple([model.subtechnologies[i].id for i in named]),
            strategic=any(model.areas[i].strategic for i in given),
            flags=self.screener.flags(
                batch, number, list(dict.fromkeys(screened + learned)), project.circumstances
            ),
            evidence=evidence,
            model=self.label,
        )

    def _technologies(
        self, scores: Scores, project: int, by_seeds: Mapping[int, int]
    ) -> tuple[list[int], list[int]]:
        """Sub-technologies of the areas given: those that seeds name, or where an area has
        no seed, the one that learned terms name; and the latter by themselves."""
        named: list[int] = []
        learned: list[int] = []
        heard = slice(*scores.heard_from[project : project + 2].tolist())
        for area in scores.given[project]:
            own = _clearest(self._area_of, by_seeds, [area])
            if not own:
                terms, loudness = scores.heard.term[heard], scores.heard.loudness[heard]
                own = self._namer.name(area, terms, loudness, float(scores.length[project]))
                learned += own
            named += own
        return named, learned

    def _without(self, status: str) -> Tagging:
        return Tagging(status, (), (), (), False, (), (), self.label)


def judged(project: Project) -> Fields:
    """The texts of a project as far as they are read."""
    return project.title[:LONGEST], project.abstract[:LONGEST], project.keywords[:LONGEST]


def _subtechnologies_of(votes: Votes, projects: int) -> list[dict[int, int]]:
    """What the seeds of each project said for its sub-technologies, added up."""
    sums: list[dict[int, int]] = [{} for _ in range(projects)]
    columns = votes.document, votes.subtechnology, votes.value
    for project, sub, value in zip(*(c.tolist() for c in columns), strict=True):
        own = sums[project]
        own[sub] = own.get(sub, 0) + value
    return sums


def _clearest(area_of: Sequence[int], sums: Mapping[int, int], areas: Sequence[int]) -> list[int]:
    """Sub-technologies of `areas` with at least half of what their area's best one has."""
    if not sums:
        return []
    chosen: list[int] = []
    for area in areas:
        own = sorted([(-value, sub) for sub, value in sums.items() if area_of[sub] == area])
        chosen += [sub for value, sub in own[:SUBTECHNOLOGIES] if value * 2 <= own[0][0]]
    return chosen


def _status_without_evidence(text: str) -> str:
    if not _LETTER.search(text):
        return "empty"
    if not _ENOUGH_LETTERS.match(text):
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
