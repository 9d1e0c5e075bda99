"""What columns of a table tell of the circumstances of a project, for screening.

Partners as organisations, countries, funders, programmes, money: they raise a level where a
technology is met. What a person is called, where a person comes from or belongs to is never
a feature; a column that says so by its name is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ctclass.errors import Phrase, UsageError
from ctclass.rules import Condition

FIELDS = ("partners", "country", "funder", "programme", "budget", "international")
NAMES = {
    "partners": Phrase("共同研究先", "partners"),
    "country": Phrase("相手国", "country"),
    "funder": Phrase("配分機関", "funder"),
    "programme": Phrase("制度", "programme"),
    "budget": Phrase("年度配分額", "budget"),
    "international": Phrase("国際共同研究", "international"),
}
"""What `FIELDS` are called, for people."""
Circumstances = tuple[tuple[str, str], ...]
"""Fields with what stands there; for `budget` the heading stands before the amount."""

_PEOPLE = re.compile(
    r"氏名|姓名|名前|国籍|出身|性別|生年|年齢|代表者|分担者|担当者|研究者|協力者|参加者|留学生|学生|"
    r"所属|職名|役職|学歴|職歴|経歴|nationalit|citizen|ethnic|gender|birth|affiliation|"
    r"investigator|researcher|student|person|fullname|firstname|lastname|surname|givenname|"
    r"author|biograph|\bpi\b|\bname of pi\b"
)
_UNITS = (("億円", 10**8), ("百万円", 10**6), ("万円", 10**4), ("千円", 10**3))
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def refuse_people(names: Iterable[str]) -> None:
    """UsageError where a column that was named by hand is about people."""
    for name in names:
        if is_about_people(name):
            raise UsageError(
                Phrase(
                    f"列「{name}」は人の氏名・国籍・所属などに当たるため使いません",
                    f"The column {name!r} is about people (name, nationality, affiliation) and "
                    "is never used",
                ),
                where=name,
                hint=Phrase(
                    "組織・国・制度・金額の列を指定してください(人を見て判定しません)",
                    "Name a column of organisations, countries, programmes or amounts",
                ),
            )


def is_about_people(name: str) -> bool:
    """Whether a heading speaks of persons.

    >>> is_about_people("研究代表者(所属)"), is_about_people("PI nationality")
    (True, True)
    >>> is_about_people("共同研究先"), is_about_people("研究課題名")
    (False, False)
    """
    return _PEOPLE.search(unicodedata.normalize("NFKC", name).lower()) is not None


def met_conditions(
    conditions: Sequence[Condition], circumstances: Circumstances
) -> list[tuple[Condition, str]]:
    """The conditions that hold, each with the cell that says so."""
    found = []
    for condition in conditions:
        for name, cell in circumstances:
            if name == condition.field and _holds(condition, cell):
                found.append((condition, cell))
                break
    return found


def _holds(condition: Condition, cell: str) -> bool:
    if condition.at_least:
        return yen_of(cell) >= condition.at_least
    plain = _plain(cell)
    if condition.unless:
        return bool(plain) and plain not in map(_plain, condition.unless)
    return any(_stands_in(_plain(word), plain) for word in condition.any)


def _stands_in(word: str, text: str) -> bool:
    """A Latin word within Latin letters is another word: SIP is not in gossip."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


def yen_of(cell: str) -> int:
    """The amount in a cell; the heading before it may name the unit.

    >>> yen_of("総配分額(千円)\\t1,200,000"), yen_of("配分額\\t12億円"), yen_of("予算\\t未定")
    (1200000000, 1200000000, 0)
    """
    heading, _, amount = unicodedata.normalize("NFKC", cell).rpartition("\t")
    found = _NUMBER.search(amount)
    if found is None:
        return 0
    unit = next((n for name, n in _UNITS if name in amount), 0)
    unit = unit or next((n for name, n in _UNITS if name in heading), 1)
    return round(float(found.group().replace(",", "")) * unit)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
