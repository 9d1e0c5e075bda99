"""What the report provides for the areas of an answer, in the words of one language.

Support measures hang on the tier, and the report gives reasons, criterion by criterion, for
each national-strategic area. A taxonomy that the report is not about has neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ctclass.errors import Phrase
from ctclass.explain.explanation import Explanation
from ctclass.taxonomy.policy import Criterion, Measure, policy_for

HEADING = Phrase("報告書が示すこと", "What the report provides")
MEASURES = Phrase("支援措置", "Support measures")


@dataclass(frozen=True, slots=True)
class TierView:
    """The support measures of one tier: their names, and whole lines with what is known more."""

    name: str
    areas: str
    measures: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion of selection, the surveys behind it, and the report's evidence."""

    name: str
    rests_on: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why an area is national-strategic."""

    area: str
    heading: str
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """All of it: tiers, that of the primary area first; reasons, in the order of the areas."""

    heading: str
    tiers: tuple[TierView, ...]
    reasons: tuple[ReasonView, ...]
    source: str


def view_policy(
    explanation: Explanation, name: Callable[[str], str], lang: str
) -> PolicyView | None:
    """None where no area is given, or the report is about another taxonomy; `name` names an
    area."""
    policy = policy_for(explanation.taxonomy) if explanation.given else None
    if policy is None:
        return None
    reasons = [(area, policy.evidence_of(area)) for area, strategic in explanation.given
               if strategic]  # fmt: skip
    return PolicyView(
        heading=HEADING.text(lang),
        tiers=tuple(
            [
                TierView(
                    f"{MEASURES.text(lang)}: {one.name.text(lang)}",
                    ("、" if lang == "ja" else ", ").join(map(name, one.areas)),
                    tuple([measure.name.text(lang) for measure in one.measures]),
                    tuple([_line(measure, lang) for measure in one.measures]),
                )
                for one in policy.provisions(explanation.given)
            ]
        ),
        reasons=tuple(
            [
                ReasonView(
                    area,
                    _why(name(area)).text(lang),
                    tuple([_criterion(one, statements, lang) for one, statements in found]),
                )
                for area, found in reasons
                if found
            ]
        ),
        source=("出典: " if lang == "ja" else "Source: ") + policy.source.text(lang),
    )


def _why(area: str) -> Phrase:
    return Phrase(
        f"{area} が国家戦略技術領域である根拠(三つの観点)",
        f"Why {area} is national-strategic (three criteria)",
    )


def _line(measure: Measure, lang: str) -> str:
    note = f" — {measure.note.text(lang)}" if measure.note else ""
    source = f" ({measure.source.text(lang)})" if measure.source else ""
    return measure.name.text(lang) + note + source


def _criterion(criterion: Criterion, statements: tuple[Phrase, ...], lang: str) -> CriterionView:
    between = "、" if lang == "ja" else ", "
    return CriterionView(
        criterion.name.text(lang),
        between.join(one.text(lang) for one in criterion.rests_on),
        tuple([one.text(lang) for one in statements]),
    )
