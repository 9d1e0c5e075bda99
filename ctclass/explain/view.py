"""An explanation in the words of one language, the same for the terminal and for the page.

Contributions are shown in thousandths, rounded so that those of an area add up to what is
shown as its sum: a reader who adds them up must not find the program wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ctclass.explain.explanation import (
    FRIEND,
    AreaExplanation,
    Explanation,
    HeldBack,
    Highlight,
)
from ctclass.explain.flags import FlagView, view_flag
from ctclass.explain.flips import CANDIDATES
from ctclass.explain.policy import PolicyView, view_policy
from ctclass.explain.words import (
    FIELD_NAMES,
    FIRST_PLACE,
    KEY,
    KINDS,
    LEVELS,
    SCREENING,
    first_place,
    places,
    quote,
    thousandths,
)
from ctclass.model.compact import Model
from ctclass.projects import TEXTS
from ctclass.statuses import STATUSES, UNJUDGED
from ctclass.tagging.screen import DECISION, DISCLAIMER, NOT_SEEN
from ctclass.taxonomy.areas import numbered


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a field, marked or not; `strong` marks are worth half of the dearest."""

    text: str
    mark: Highlight | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of the project as given, cut into pieces."""

    field: str
    name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One term of an area: its contribution in thousandths, and where it stands."""

    term: str
    kind: str
    kind_name: str
    value: int
    places: str


@dataclass(frozen=True, slots=True)
class AreaView:
    """One area: its name, what it adds up from, in thousandths, and what that means."""

    area: str
    name: str
    strategic: bool
    given: bool
    score: float
    threshold: float
    start: int
    rows: tuple[RowView, ...]
    total: int
    verdict: str
    subtechnologies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """All that is shown of an explanation, in one language."""

    lang: str
    title: str
    answer: tuple[str, ...]
    fields: tuple[FieldView, ...]
    legend: tuple[tuple[str, str], ...]
    areas: tuple[AreaView, ...]
    key: str
    held_back: tuple[str, ...]
    policy: PolicyView | None
    screening: str
    flags: tuple[FlagView, ...]
    decision: str
    caveats: tuple[str, ...]
    flip: str
    model: str


def view_explanation(explanation: Explanation, model: Model, lang: str) -> ExplanationView:
    """The explanation in Japanese (`ja`) or English (`en`)."""
    viewer = _Viewer(explanation, model, lang)
    tagging = explanation.tagging
    return ExplanationView(
        lang=lang,
        title=explanation.project_id,
        answer=tuple(viewer.answer()),
        fields=tuple(viewer.fields()),
        legend=tuple(viewer.legend()),
        areas=tuple([viewer.area(area) for area in explanation.areas]),
        key=KEY.text(lang),
        held_back=tuple([viewer.held(held) for held in explanation.held_back]),
        policy=view_policy(explanation, viewer.name, lang),
        screening=viewer.screening(),
        flags=tuple([view_flag(flag, explanation, model, lang) for flag in explanation.flags]),
        decision=f"{DECISION.text(lang)}: ",
        caveats=(NOT_SEEN.text(lang), DISCLAIMER.text(lang)),
        flip=viewer.flip(),
        model=tagging.model,
    )


class _Viewer:
    """Puts the parts of one explanation into words."""

    def __init__(self, explanation: Explanation, model: Model, lang: str) -> None:
        self.explanation = explanation
        self.lang = lang
        self._areas = {area.id: area for area in model.areas}

    def say(self, ja: str, en: str) -> str:
        return ja if self.lang == "ja" else en

    def name(self, area: str) -> str:
        """An area's number and label; an empty id is no area."""
        if not area:
            return self.say("どの領域でもない", "no area")
        return numbered(self._areas[area]).text(self.lang)

    def answer(self) -> Iterable[str]:
        tagging = self.explanation.tagging
        if tagging.status != "ok":
            known = STATUSES.get(tagging.status)
            what = f"{known.text(self.lang)} ({tagging.status})" if known else tagging.status
            yield f"{self.say('判定の状態', 'Status')}: {what}"
        names = [self.name(a.area) for a in tagging.areas]
        if names:
            yield f"{self.say('主領域', 'Primary area')}: {names[0]}"
        elif tagging.status in UNJUDGED:
            yield self.say("領域は判定していません", "No area was judged")
        else:
            yield self.say("どの領域にも当たりません", "In none of the areas")
        if names[1:]:
            yield f"{self.say('他の領域', 'Also')}: {self.say('、', ', ').join(names[1:])}"
        if tagging.strategic:
            yield self.say("◆ 国家戦略技術領域に当たります", "◆ national-strategic")
        yield self.screening()

    def screening(self) -> str:
        level = LEVELS[self.explanation.tagging.screening].text(self.lang)
        return f"{SCREENING.text(self.lang)}: {level}"

    def fields(self) -> Iterable[FieldView]:
        marks = self.explanation.highlights
        dearest = max((mark.worth for mark in marks), default=0.0)
        for field in TEXTS:
            text = self.explanation.text(field)
            pieces: list[Piece] = []
            at = 0
            for mark in (m for m in marks if m.span.field == field):
                pieces.append(Piece(text[at : mark.span.start]))
                pieces.append(Piece(mark.text, mark, strong=2 * mark.worth >= dearest))
                at = mark.span.end
            pieces.append(Piece(text[at:]))
            if text:
                shown = tuple([piece for piece in pieces if piece.text])
                yield FieldView(field, FIELD_NAMES[field].text(self.lang), shown)

    def legend(self) -> Iterable[tuple[str, str]]:
        """The areas that something is marked for, in their order, and their names."""
        marked = {mark.area for mark in self.explanation.highlights}
        for area in self.explanation.areas:
            if area.area in marked:
                runner_up = "" if area.given else self.say("(次点)", " (runner-up)")
                yield area.area, self.name(area.area) + runner_up

    def area(self, area: AreaExplanation) -> AreaView:
        start, *values = thousandths([area.start, *(share.value for share in area.shares)])
        return AreaView(
            area=area.area,
            name=self.name(area.area),
            strategic=area.strategic,
            given=area.given,
            score=area.score,
            threshold=area.threshold,
            start=start,
            rows=tuple(
                [
                    RowView(
                        " ".join(share.term.split()),
                        share.kind,
                        KINDS[share.kind].text(self.lang),
                        value,
                        places(share.spans, self.lang),
                    )
                    for share, value in zip(area.shares, values, strict=True)
                ]
            ),
            total=start + sum(values),
            verdict=self.verdict(area),
            subtechnologies=tuple(self.subtechnologies(area)),
        )

    def verdict(self, area: AreaExplanation) -> str:
        if place := first_place(area, self.explanation.tagging):
            kind, far = place
            score = self.say(f"得点 {area.score:.2f}。", f"score {area.score:.2f}; ")
            return score + FIRST_PLACE[kind].text(self.lang).format(far)
        over = area.raw - area.needed
        if area.given:
            return self.say(
                f"得点 {area.score:.2f}。{area.threshold:.2f} から領域とします(余裕 {over:.3f})",
                f"score {area.score:.2f}; given from {area.threshold:.2f} on ({over:.3f} to spare)",
            )
        if area.lacked:
            return self.say(
                f"得点 {area.score:.2f}。領域とする {area.threshold:.2f} まで、和があと "
                f"{area.lacked:.3f} 足りません",
                f"score {area.score:.2f}; the sum lacks {area.lacked:.3f} to be given "
                f"(from {area.threshold:.2f} on)",
            )
        most = len(self.explanation.tagging.areas)
        return self.say(
            f"得点 {area.score:.2f} は足りていますが、領域は {most} つまでです",
            f"score {area.score:.2f} is enough, but no more than {most} areas are given",
        )

    def subtechnologies(self, area: AreaExplanation) -> Iterable[str]:
        for sub in area.subtechnologies:
            name = self.say(sub.name_ja, sub.name_en)
            if sub.named and not sub.value:
                yield f"{name} {self.say('(学習した語から)', '(by learned terms)')}"
            elif sub.named:
                yield f"{name} {self.say('(種語から', '(by seeds,')} {sub.value:+.3f})"

    def held(self, held: HeldBack) -> str:
        quoted = self.quote([held.term])
        surfaces = {self.explanation.surface(span) for span in held.spans} - {held.term}
        if surfaces:
            quoted += f" ({self.quote(sorted(surfaces))})"
        quoted += f" [{places(held.spans, self.lang)}]"
        areas = self.say("、", ", ").join(map(self.name, held.belongs_to))
        if held.kind != FRIEND:
            return self.say(
                f"{quoted}: {areas} の別の種語と共にあるときだけ数える種語です。それがありません",
                f"{quoted}: a seed that counts for {areas} only beside another of its seeds; "
                "there is none",
            )
        what = self.say(
            f"{quoted}: 別の意味の語句なので、中の{self.quote(held.kept)}を数えません",
            f"{quoted}: it means another thing, so {self.quote(held.kept)} inside it does not "
            "count",
        )
        if areas:
            what += self.say(f"(本来は {areas})", f" (belongs to {areas})")
        return what + (f" — {held.note}" if held.note else "")

    def quote(self, words: Iterable[str]) -> str:
        return quote(words, self.lang)

    def flip(self) -> str:
        """What it takes to change the answer; nothing where nobody looked."""
        found, most = self.explanation.flip, self.explanation.flip_words
        if found is not None:
            before, after = self.name(found.before), self.name(found.after)
            return self.say(
                f"{self.quote(found.words)}を除くと、主領域は {before} から {after} に変わります"
                f"({len(found.spans)} か所を「。」に替えて判定し直しました)",
                f"Without {self.quote(found.words)} the primary area turns from {before} to "
                f"{after} ({len(found.spans)} places replaced by 。 and tagged again)",
            )
        if not most or not self.explanation.tagging.areas:
            return ""
        return self.say(
            f"決め手の語(強い方から {CANDIDATES} 語)を {most} 語まで除いても、主領域は変わりません",
            f"Up to {most} of the {CANDIDATES} strongest words can go without a change of the "
            "primary area",
        )
