"""An explanation in the words of one language, the same for the terminal and for the page.

Contributions are shown in thousandths, rounded so that those of an area add up to what is
shown as its sum: a reader who adds them up must not find the program wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ctclass.circumstances import NAMES
from ctclass.explain_words import (
    FIELD_NAMES,
    FLAG_NAMES,
    KEY,
    KINDS,
    LEVELS,
    SCREENING,
    SHORT_NAMES,
    symbol_of,
    thousandths,
)
from ctclass.explanation import (
    FIELDS,
    FRIEND,
    AreaExplanation,
    Explanation,
    HeldBack,
    Highlight,
    Span,
)
from ctclass.flips import CANDIDATES
from ctclass.model import Model
from ctclass.screen import DECISION, DISCLAIMER, NOT_SEEN, RESTS_ON, TYPES_BY, UNCONFIRMED, Flag
from ctclass.statuses import STATUSES

_KNOWN = ("rule", "level", "subtechnology", "list_item", "source", "confirmed")


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
class FlagView:
    """A screening flag: its heading, and lines of what it rests on."""

    level: str
    name: str
    lines: tuple[str, ...]


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
        screening=viewer.screening(),
        flags=tuple([viewer.flag(flag) for flag in explanation.flags]),
        decision=f"{DECISION.text(lang)}: " if explanation.flags else "",
        caveats=(NOT_SEEN.text(lang), DISCLAIMER.text(lang)),
        flip=viewer.flip(),
        model=tagging.model,
    )


class _Viewer:
    """Puts the parts of one explanation into words."""

    def __init__(self, explanation: Explanation, model: Model, lang: str) -> None:
        self.explanation = explanation
        self.lang = lang
        self._model = model
        self._areas = {area.id: area for area in model.areas}
        self._subs = {sub.id: sub for sub in model.subtechnologies}

    def say(self, ja: str, en: str) -> str:
        return ja if self.lang == "ja" else en

    def name(self, area: str) -> str:
        """An area's number and label; an empty id is no area."""
        if not area:
            return self.say("どの領域でもない", "no area")
        found = self._areas[area]
        return f"{symbol_of(found.number)} {self.say(found.label_ja, found.label_en)}"

    def answer(self) -> Iterable[str]:
        tagging = self.explanation.tagging
        if tagging.status != "ok":
            known = STATUSES.get(tagging.status)
            what = f"{known.text(self.lang)} ({tagging.status})" if known else tagging.status
            yield f"{self.say('判定の状態', 'Status')}: {what}"
        names = [self.name(a.area) for a in tagging.areas]
        if names:
            yield f"{self.say('主領域', 'Primary area')}: {names[0]}"
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
        for field in FIELDS:
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
                        self.places(share.spans),
                    )
                    for share, value in zip(area.shares, values, strict=True)
                ]
            ),
            total=start + sum(values),
            verdict=self.verdict(area),
            subtechnologies=tuple(self.subtechnologies(area)),
        )

    def verdict(self, area: AreaExplanation) -> str:
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

    def places(self, spans: Sequence[Span]) -> str:
        """How often in which field."""
        counts = {field: sum(span.field == field for span in spans) for field in FIELDS}
        return " ".join(
            SHORT_NAMES[field].text(self.lang) + (str(n) if n > 1 else "")
            for field, n in counts.items()
            if n
        )

    def held(self, held: HeldBack) -> str:
        quoted = self.quote([held.term])
        surfaces = {self.explanation.surface(span) for span in held.spans} - {held.term}
        if surfaces:
            quoted += f" ({self.quote(sorted(surfaces))})"
        quoted += f" [{self.places(held.spans)}]"
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
        if self.lang == "ja":
            return "".join(f"「{word}」" for word in words)
        return ", ".join(f"“{word}”" for word in words)

    def flag(self, flag: Flag) -> FlagView:
        """A flag with all that it has to tell, also in fields that are new."""
        known = {field.name: getattr(flag, field.name) for field in fields(flag)}
        english = {name: known.pop(f"{name}_en", "") for name in ("list_item", "source")}
        on, source = ((self.lang == "en" and english[name]) or known.pop(name) for name in english)
        checked = self.say("公刊資料で確認", "confirmed in published material")
        if not flag.confirmed:
            checked = UNCONFIRMED.text(self.lang)
        lines = [
            f"{self.say('規則', 'rule')}: {flag.rule}",
            f"{self.say('根拠', 'on')}: {on}",
            f"{self.say('出典', 'source')}: {source} ({checked})",
        ]
        for name, phrases in (("rests_on", RESTS_ON), ("types_by", TYPES_BY)):
            if known.get(name) in phrases:
                known[name] = phrases[known[name]].text(self.lang)
        if cell := known.get("cell"):
            field, _, told = cell.partition(": ")
            known["cell"] = f"{NAMES[field].text(self.lang)}: {told}" if field in NAMES else cell
        for name, value in known.items():
            if name not in _KNOWN and value not in (None, "", ()):
                what = FLAG_NAMES[name].text(self.lang) if name in FLAG_NAMES else name
                lines.append(f"{what}: {self.told(value)}")
        sub = self._subs.get(flag.subtechnology)
        name = flag.subtechnology or on
        if sub is not None:
            symbol = symbol_of(self._model.areas[sub.area].number)
            name = f"{symbol} {self.say(sub.name_ja, sub.name_en)}"
        return FlagView(LEVELS[flag.level].text(self.lang), name, tuple(lines))

    def told(self, value: Any) -> str:
        """A value of a flag for people; a place as the words that stand there."""
        if all(hasattr(value, name) for name in ("field", "start", "end")):
            span = Span(value.field, value.start, value.end)
            return f"{self.quote([self.explanation.surface(span)])} [{self.places([span])}]"
        if isinstance(value, (tuple, list)):
            return self.say("、", ", ").join(dict.fromkeys(map(self.told, value)))
        return str(value)

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
