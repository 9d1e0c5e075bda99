"""What columns of a table tell of the circumstances of a project, for screening.

Partners as organisations, countries, funders, programmes, money: they raise a level where a
technology is met. What a person is called, where a person comes from or belongs to is never
a feature; a column that says so by its name is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from ctclass.errors import Phrase, UsageError
from ctclass.rules import Condition

NAMES = {
    "partners": Phrase("共同研究先", "partners"),
    "country": Phrase("相手国", "country"),
    "funder": Phrase("配分機関", "funder"),
    "programme": Phrase("制度", "programme"),
    "budget": Phrase("年度配分額", "budget"),
    "international": Phrase("国際共同研究", "international"),
}
"""What the fields are called, for people."""
FIELDS = tuple(NAMES)
Circumstances = tuple[tuple[str, str], ...]
"""Fields with what stands there; for `budget` the heading stands before the amount."""

_PEOPLE = re.compile(
    r"氏名|姓名|名前|国籍|出身|出生|母国|性別|生年|年齢|人種|民族|宗教|代表者|分担者|担当者|責任者|申請者|応募者|"
    r"研究者|協力者|参加者|提案者|受給者|採択者|招(?:へい|聘)者|被招|執筆者|著者|技術者|留学生|学生|院生|ポスドク|"
    r"研究代表(?!機関|校|組織)|研究分担(?!機関|組織)|教員|教授|講師|助教|客員|研究員|従業員|職員名|"
    r"メンバー(?!国|機関|企業|組織)|リーダー|マネー?ジャー?|"
    r"所属|職名|役職|身分|学歴|職歴|経歴|勤務先|雇用[主者形先]|在留|滞在[国地先者]|居住[国地者]|永住|帰化|旅券|パスポート|ビザ|査証|"
    r"メール|連絡先|電話|nationalit|citizen|ethnic|gender|birth|affiliation|"
    r"investigator|researcher|student|person|fullname|firstname|lastname|surname|givenname|"
    r"author(?!it)|biograph|e-?mail|orcid|passport"
)
"""What speaks of people wherever it stands in a heading."""
_PEOPLE_WORDS = re.compile(
    r"^(?:the )?names?(?: s)?$|\b(?:first|last|full|given|family|middle|user|maiden) names?\b|"
    r"\b(?:pis?|co ?pis?|co ?is?|applicants?|staff|crew|personnel|employ\w+|professors?|lecturers?|"
    r"scientists?|scholars?|fellows?|leaders?|managers?|supervisors?|directors?|mentors?|contacts?|"
    r"invitees?|visiting|visitors?|visas?|residen\w+|religion|race|sex|age|people|phone)\b|"
    r"\b(?:members?|participants?)\b(?! (?:states?|countr|institut|organi[sz]ation|compan|firms?))|"
    r"\b(?:country|place|countries|nation) of (?:origin|stay)\b|"
    r"\b(?:home|native|mother) (?:country|land)\b|\bjob title\b"
)
"""English words that do so by themselves, whatever parts them (`PI_name`, `coPI`)."""
_SCALES = {"十": 10, "百": 100, "千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12}
_ENTRIES = re.compile(r"[、;|/\n]")
_KATAKANA = re.compile("[ァ-ヶー]+")
_DIGITS = r"(?>(?:\d{1,3}(?: \d{3}){2,}(?![\d,])|\d[\d,]*)(?:\.\d+)?(?:[eE][+-]?\d{1,2}(?!\d))?)"
_PART = rf"(?>{_DIGITS}(?:\s*[千百十]+(?:{_DIGITS})?)*)"
_TOKEN = re.compile(rf"{_DIGITS}|[{''.join(_SCALES)}]")
_AMOUNT = re.compile(
    rf"(?:[¥\\]\s*)?(?=\d)(?:{_PART}\s*兆)?(?:\s*{_PART}\s*億)?(?:\s*{_PART}\s*万)?"
    rf"(?:{_PART}(?!\s*[兆億万]))?\s*円?"
)
_MARKED = re.compile(rf"[{''.join(_SCALES)}円¥\\]")
"""What says that an amount is in yen as it stands, whatever the heading says."""
_UNIT = re.compile("[兆億万千百十]{1,3}(?=円)")
_IN_YEN = re.compile(r"[(:]\s*円")
_YEAR = re.compile(
    r"(?:令和|平成|昭和|(?<![A-Za-z])(?:FY|[RHS])\.?)\s*\d{1,4}(?![\d,])|"
    r"(?<![\d,])(?:\d{1,4}\s*[年月日]|(?:19|20)\d\d\s*:)"
)


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
    >>> is_about_people("PI_name"), is_about_people("coPI"), is_about_people("Name")
    (True, True, True)
    >>> [is_about_people(name) for name in ("共同研究先", "研究課題名", "project_name")]
    [False, False, False]
    """
    plain = unicodedata.normalize("NFKC", name)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    words = [re.sub(r"[\W_]+", " ", one).strip().lower() for one in (plain, parted)]
    return bool(_PEOPLE.search(plain.lower())) or any(map(_PEOPLE_WORDS.search, words))


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
    for phrase in sorted(map(_plain, condition.apart), key=len, reverse=True):
        plain = plain.replace(phrase, "、")
    if _holds_any(condition.unless, plain):
        return False
    return _holds_any(condition.any, plain) or any(
        _is_likely(condition, entry) for entry in _ENTRIES.split(plain)
    )


def _is_likely(condition: Condition, entry: str) -> bool:
    """Whether an organisation is told by a word like University, and no place of ours stands
    in the same part; an address that ends in Japan is one of ours."""
    parts = [part.strip() for part in entry.split(",")]
    return not {"japan", "日本"} & set(parts) and any(
        _holds_any(condition.likely, part) and not _holds_any(condition.home, part)
        for part in parts
    )


def _holds_any(words: Sequence[str], text: str) -> bool:
    return any(_stands_in(_plain(word), text) for word in words)


def _stands_in(word: str, text: str) -> bool:
    """A word within letters of its kind is another word: SIP is not in gossip, タイ not in
    タイヤ, and 有 alone says something that 有機 does not."""
    if word.isascii():
        letters = "a-z0-9"
    elif _KATAKANA.fullmatch(word):
        letters = "ァ-ヶー"
    elif len(word) == 1:
        letters = r"\w"
    else:
        return word in text
    return re.search(rf"(?<![{letters}]){re.escape(word)}(?![{letters}])", text) is not None


def yen_of(cell: str) -> int:
    """The amount in a cell, the largest of several; 0 where there is none. The heading before
    it may name the unit, which one in the cell overrides; the number of a year is no amount.

    >>> yen_of("総配分額(千円)\\t1,200,000"), yen_of("配分額\\t12億円"), yen_of("予算\\t未定")
    (1200000000, 1200000000, 0)
    >>> yen_of("20億5,000万円"), yen_of("2.0E+09"), yen_of("令和6年度 2,000,000千円")
    (2050000000, 2000000000, 2000000000)
    """
    heading, _, text = unicodedata.normalize("NFKC", cell).rpartition("\t")
    text = _YEAR.sub("、", text)
    unit = _unit_in(_AMOUNT.sub("、", text)) or _unit_in(heading) or 1
    found = (match.group() for match in _AMOUNT.finditer(text))
    return round(max((_worth(x) * (1 if _MARKED.search(x) else unit) for x in found), default=0))


def _unit_in(text: str) -> int:
    """What a text that is not an amount itself says of its unit: 0 for nothing."""
    if unit := _UNIT.search(text):
        return int(_worth(f"1{unit.group()}"))
    return int(_IN_YEN.search(text) is not None)


def _worth(amount: str) -> Decimal:
    """What digits with 千, 万, 億 among them come to."""
    total = below = number = Decimal(0)
    for token in _TOKEN.findall(amount):
        scale = _SCALES.get(token)
        if scale is None:
            number = Decimal(re.sub("[ ,]", "", token))
        elif scale < _SCALES["万"]:
            below, number = below + number * scale, Decimal(0)
        else:
            total, below, number = total + (below + number) * scale, Decimal(0), Decimal(0)
    return total + below + number


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
