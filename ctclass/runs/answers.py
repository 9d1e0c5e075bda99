"""Answers that are there already, and how a text is known again.

An answer depends on a project's text and on the model only. So the answer of an
earlier run holds for the same text, whatever table it stood in: it is taken over
as a `Kept`, which gives what the `Tagging` of that run gave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Protocol, Self

from ctclass.projects import Project
from ctclass.tagging.tag import COLUMNS, LONGEST, AreaScore, Tagging, judged

OWN_STATUSES = frozenset(
    ("ok", "empty", "too-short", "no-evidence", "not-japanese", "too-long")
)  # fmt: skip
"""What a text itself is answered with; any other status tells how its row was read."""
_PRIMARY, _AREAS, _SCORES, _SUBTECHNOLOGIES, _STRATEGIC, _SCREENING, _RULES, _EVIDENCE, _STATUS, \
    _MODEL = range(len(COLUMNS))  # fmt: skip


class Answer(Protocol):
    """What writers, summaries and pages need of an answer: a `Tagging` or a `Kept`."""

    @property
    def status(self) -> str:
        """`ok`, or why no area could be judged."""

    @property
    def primary(self) -> str:
        """The best area's id, empty when no area is given."""

    @property
    def areas(self) -> tuple[AreaScore, ...]:
        """The areas given, best first."""

    @property
    def runners_up(self) -> tuple[AreaScore, ...]:
        """The best areas that are not given."""

    @property
    def subtechnologies(self) -> tuple[str, ...]:
        """Ids of sub-technologies, best first."""

    @property
    def strategic(self) -> bool:
        """Whether an area given is national-strategic."""

    @property
    def screening(self) -> str:
        """`none`, `check` or `priority`."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The words that decided."""

    def columns(self) -> list[str]:
        """The values of `COLUMNS`."""

    def record(self) -> dict[str, object]:
        """The object under `"ctclass"` in JSON Lines."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer taken from the columns of an earlier output."""

    values: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str]) -> Self | None:
        """The answer in the values of `COLUMNS`; None when they do not tell it exactly.

        >>> Kept.of(["", "", "", "", "false", "none", "", "", "empty", "default/1/0"]).status
        'empty'
        """
        if len(values) != len(COLUMNS):
            return None
        kept = cls(tuple(values))
        try:
            areas = [a.area for a in (*kept.areas, *kept.runners_up)]
        except ValueError:
            return None
        whole = values[_AREAS].split(";") if values[_AREAS] else []
        same = areas[: len(whole)] == whole and (whole or [""])[0] == values[_PRIMARY]
        return kept if same and values[_STRATEGIC] in ("true", "false") else None

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self | None:
        """The same from the object under `"ctclass"` in JSON Lines."""
        try:
            scores = [*record["areas"], *record["runners_up"]]
            values = [
                record["primary"],
                ";".join(a["id"] for a in record["areas"]),
                ";".join(f"{a['id']}={float(a['score']):.2f}" for a in scores),
                ";".join(record["subtechnologies"]),
                "true" if record["strategic"] else "false",
                record["screening"]["level"],
                ";".join(record["screening"]["rules"]),
                ";".join(record["evidence"]),
                record["status"],
                record["model"],
            ]
        except (KeyError, TypeError, ValueError):
            return None
        return cls.of(values) if all(isinstance(value, str) for value in values) else None

    @property
    def status(self) -> str:
        """`ok`, or why no area could be judged."""
        return self.values[_STATUS]

    @property
    def primary(self) -> str:
        """The best area's id, empty when no area is given."""
        return self.values[_PRIMARY]

    @property
    def areas(self) -> tuple[AreaScore, ...]:
        """The areas given, best first."""
        return self._scored[: len(_parts(self.values[_AREAS]))]

    @property
    def runners_up(self) -> tuple[AreaScore, ...]:
        """The best areas that are not given."""
        return self._scored[len(_parts(self.values[_AREAS])) :]

    @property
    def subtechnologies(self) -> tuple[str, ...]:
        """Ids of sub-technologies, best first."""
        return _parts(self.values[_SUBTECHNOLOGIES])

    @property
    def strategic(self) -> bool:
        """Whether an area given is national-strategic."""
        return self.values[_STRATEGIC] == "true"

    @property
    def screening(self) -> str:
        """`none`, `check` or `priority`."""
        return self.values[_SCREENING]

    @property
    def evidence(self) -> tuple[str, ...]:
        """The words that decided."""
        return _parts(self.values[_EVIDENCE])

    @property
    def model(self) -> str:
        """Name, version and short digest of the model that gave the answer."""
        return self.values[_MODEL]

    @property
    def _scored(self) -> tuple[AreaScore, ...]:
        pairs = (part.partition("=") for part in _parts(self.values[_SCORES]))
        return tuple(AreaScore(area, float(score)) for area, _, score in pairs)

    def with_status(self, status: str) -> Self:
        """The same answer for a row that could not be read whole."""
        return replace(self, values=(*self.values[:_STATUS], status, *self.values[_STATUS + 1 :]))

    def columns(self) -> list[str]:
        """The values of `COLUMNS`."""
        return list(self.values)

    def record(self) -> dict[str, object]:
        """The object under `"ctclass"` in JSON Lines, as `Tagging.record` gives it."""
        return {
            "primary": self.primary,
            "areas": [{"id": a.area, "score": a.score} for a in self.areas],
            "runners_up": [{"id": a.area, "score": a.score} for a in self.runners_up],
            "subtechnologies": list(self.subtechnologies),
            "strategic": self.strategic,
            "screening": {"level": self.screening, "rules": list(_parts(self.values[_RULES]))},
            "evidence": list(self.evidence),
            "status": self.status,
            "model": self.model,
        }


def rules_of(answer: Answer) -> tuple[str, ...]:
    """Ids of the screening rules that fired, for an answer of either kind."""
    if isinstance(answer, Tagging):
        return tuple([flag.rule for flag in answer.flags])
    return _parts(answer.columns()[_RULES])


def text_digest(project: Project, size: int = 8) -> str:
    """What a text is known again by: BLAKE2b over all that an answer depends on, in hex.

    `size` bytes: 8 tell whether one project has changed; 16 find a text among millions.

    >>> one, same = Project("1", "量子暗号", "", ""), Project("2", "量子暗号", "", "")
    >>> text_digest(one) == text_digest(same)
    True
    >>> text_digest(one) == text_digest(Project("1", "", "量子暗号", ""))
    False
    """
    fields = [text.encode("utf-8", "surrogatepass") for text in judged(project)]
    longest = max(len(project.title), len(project.abstract), len(project.keywords))
    digest = blake2b(digest_size=size)
    digest.update(f"{len(fields[0])} {len(fields[1])} {longest > LONGEST}\n".encode())
    digest.update(b"".join(fields))
    for name, cell in project.circumstances:
        digest.update(f"\0{name}\0{len(cell)}\0{cell}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def with_status(answer: Tagging | Kept, status: str) -> Tagging | Kept:
    """The answer of a row that could not be read whole: by what there is, and saying so."""
    if isinstance(answer, Kept):
        return answer.with_status(status)
    return replace(answer, status=status)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()
