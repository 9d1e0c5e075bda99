"""A screening flag in the words of one language: what it names, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ctclass.circumstances import NAMES
from ctclass.explain.explanation import Explanation, Span
from ctclass.explain.words import FLAG_NAMES, LEVELS, TYPES, places, quote
from ctclass.model.compact import Model
from ctclass.tagging.screen import RESTS_ON, TYPES_BY, UNCONFIRMED, Flag
from ctclass.taxonomy.areas import circled

_KNOWN = ("rule", "level", "subtechnology", "list_item", "source", "confirmed")


@dataclass(frozen=True, slots=True)
class FlagView:
    """A screening flag: its heading, and lines of what it rests on."""

    level: str
    name: str
    lines: tuple[str, ...]


def view_flag(flag: Flag, explanation: Explanation, model: Model, lang: str) -> FlagView:
    """A flag with all that it has to tell, also in fields that are new; nothing twice."""
    return _Flag(flag, explanation, model, lang).view()


class _Flag:
    def __init__(self, flag: Flag, explanation: Explanation, model: Model, lang: str) -> None:
        self.flag, self.explanation, self.model, self.lang = flag, explanation, model, lang

    def say(self, ja: str, en: str) -> str:
        return ja if self.lang == "ja" else en

    def view(self) -> FlagView:
        flag = self.flag
        known = {field.name: getattr(flag, field.name) for field in fields(flag)}
        english = {name: known.pop(f"{name}_en", "") for name in ("list_item", "source")}
        on, source = ((self.lang == "en" and english[name]) or known.pop(name) for name in english)
        checked = self.say("公刊資料で確認", "confirmed in published material")
        if not flag.confirmed:
            checked = UNCONFIRMED.text(self.lang)
        name = self.name(on)
        lines = [
            f"{self.say('規則', 'rule')}: {flag.rule}",
            *([] if name == on else [f"{self.say('根拠', 'on')}: {on}"]),
            f"{self.say('出典', 'source')}: {source} ({checked})",
            *self.more(known),
        ]
        return FlagView(LEVELS[flag.level].text(self.lang), name, tuple(lines))

    def name(self, on: str) -> str:
        """The sub-technology where one is concerned, else the list item."""
        flag = self.flag
        for sub in self.model.subtechnologies:
            if sub.id == flag.subtechnology:
                sign = circled(self.model.areas[sub.area].number)
                return f"{sign} {self.say(sub.name_ja, sub.name_en)}"
        return flag.subtechnology or on

    def more(self, known: dict[str, Any]) -> Iterable[str]:
        """A line for each further field that says something."""
        for name, phrases in (("rests_on", RESTS_ON), ("types_by", TYPES_BY)):
            if known.get(name) in phrases:
                known[name] = phrases[known[name]].text(self.lang)
        known["types"] = [
            TYPES[number].text(self.lang) if number in TYPES else str(number)
            for number in known.get("types", ())
        ]
        if cell := known.get("cell"):
            field, _, told = cell.partition(": ")
            known["cell"] = f"{NAMES[field].text(self.lang)}: {told}" if field in NAMES else cell
        for name, value in known.items():
            if name not in _KNOWN and value not in (None, "", (), []):
                what = FLAG_NAMES[name].text(self.lang) if name in FLAG_NAMES else name
                yield f"{what}: {self.told(value)}"

    def told(self, value: Any) -> str:
        """A value for people; places as the words that stand there, each word once."""
        if not isinstance(value, (tuple, list)):
            return str(value)
        between = self.say("、", ", ")
        if not all(hasattr(one, name) for one in value for name in ("field", "start", "end")):
            return between.join(dict.fromkeys(map(self.told, value)))
        return between.join(self.words([Span(one.field, one.start, one.end) for one in value]))

    def words(self, spans: Sequence[Span]) -> Iterable[str]:
        standing: dict[str, list[Span]] = {}
        for span in dict.fromkeys(spans):
            standing.setdefault(self.explanation.surface(span), []).append(span)
        for word, own in standing.items():
            yield f"{quote([word], self.lang)} [{places(own, self.lang)}]"
