"""What readers said of projects: labels with their areas, screening and doubts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from ctclass.errors import InputError, Phrase
from ctclass.model.compact import Model
from ctclass.projects import TEXTS, Columns, Project
from ctclass.readers.verdicts import is_table, read_verdicts
from ctclass.rules import LEVELS
from ctclass.tables import TableReader
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.characters import JAPANESE_LETTER

KINDS = ("english", "short", "empty")
"""Texts that are measured apart: see `kinds_of`."""
SHORT = 60
"""A title has some 30 characters, nearly every abstract more than 100."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader said of a project. `screening` is None where nobody judged it.

    `hard` (the border is debatable) and `unsure` (the reader doubts it) are None
    where nobody said; `evidence` are the words that made the reader decide.
    `project` holds the text when the labels carry it.
    """

    project_id: str
    areas: tuple[str, ...]
    primary: str
    screening: str | None
    source: str
    hard: bool | None
    project: Project | None
    unsure: bool | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreeningLabel:
    """What a reader said of a project whose areas nobody judged: its screening alone.

    It says nothing of areas, not even that there are none.
    """

    project_id: str
    screening: str
    project: Project | None
    unsure: bool | None = None


class _Malformed(Exception):  # noqa: N818 - caught where the line is known
    """What keeps a line from being a label."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.en)
        self.phrase = phrase


AnyLabel = Label | ScreeningLabel
_AnyLabel = TypeVar("_AnyLabel", bound=AnyLabel)


def read_labels(path: Path, model: Model | Taxonomy) -> list[Label]:
    """Read labels, one JSON object a line: `id`, `areas`, `primary`, and perhaps texts.

    Areas are numbers (1 to 16, 0 for none) or area ids. A line whose `areas` are null,
    as the review page writes it where a reviewer judged something else only, is passed
    over. Other keys may stand there too. A table is one that people filled in: see
    `verdicts`. Raises InputError with file and line.
    """
    judged = read_judged(path, model)
    return [x for x in judged if isinstance(x, Label)] or _refuse_levels(path)


def read_judged(path: Path, model: Model | Taxonomy) -> list[AnyLabel]:
    """The same, with the labels of projects of which only the screening was judged."""
    names: dict[object, str] = {a.number: a.id for a in model.areas}
    names |= {a.id: a.id for a in model.areas} | {0: "", "": "", None: ""}
    labels: list[AnyLabel | None] = []
    if is_table(path):
        labels += [_any_label(data, names) for data in read_verdicts(path, model.areas)]
        return list(filter(None, labels)) or _refuse_none(path)
    number = 0
    try:
        for text in path.read_text("utf-8-sig").split("\n"):
            number += 1
            if text.strip():
                labels.append(_any_label(_object(text), names))
    except OSError as error:
        raise InputError(
            Phrase("正解ラベルを読めません", "The labels cannot be read"),
            where=str(path),
            hint=Phrase("ファイル名を確かめてください", "Check the file name"),
        ) from error
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        what = Phrase("UTF-8 の文字ではありません", "not UTF-8 text")
        raise _malformed(what, f"{path}:{number}") from error
    except _Malformed as fault:
        raise _malformed(fault.phrase, f"{path}:{number}") from fault
    return list(filter(None, labels)) or _refuse_none(path)


def _malformed(why: Phrase, where: str) -> InputError:
    return InputError(
        Phrase(f"正解ラベルの形が違います({why.ja})", f"This is no label ({why.en})"),
        where=where,
        hint=Phrase(
            '1 行に {"id": …, "areas": [12], "primary": 12} の形で書いてください',
            'One object a line: {"id": …, "areas": [12], "primary": 12}',
        ),
    )


def _refuse_levels(path: Path) -> NoReturn:
    raise InputError(
        Phrase(
            "領域のラベルがありません(技術流出の確認だけが付いています)",
            "There are no labels with areas (only the screening was judged)",
        ),
        where=str(path),
        hint=Phrase(
            "技術流出の確認だけなら evaluate で測り、build --screening-only で学べます",
            "Screening alone is measured by evaluate and learned by build --screening-only",
        ),
    )


def _refuse_none(path: Path) -> NoReturn:
    raise InputError(
        Phrase("正解ラベルがありません", "There are no labels"),
        where=str(path),
        hint=Phrase("ファイルの中身を確かめてください", "Check what is in the file"),
    )


def find_texts(
    labels: Sequence[_AnyLabel], table: TableReader, columns: Columns
) -> list[_AnyLabel]:
    """The labels with the texts of the rows of `table` that have their id.

    The first row of an id counts. A label that the table lacks loses its own text.
    """
    if columns.project_id is None:
        raise InputError(
            Phrase("課題番号の列が見つかりません", "There is no column with the project id"),
            where=f"{table.path}:1",
            hint=Phrase("--id で列名を指定してください", "Name the column with --id"),
        )
    at = columns.project_id
    wanted = {label.project_id for label in labels}
    found: dict[str, Project] = {}
    for chunk in table.chunks(500):
        for row in chunk.rows:
            name = row.cells[at].strip()
            if name in wanted and name not in found:
                found[name] = columns.project(row.cells)
    return [replace(label, project=found.get(label.project_id)) for label in labels]


def keep_fields(project: Project, fields: tuple[str, ...]) -> Project:
    """The project with only these of its texts, as a table would give it that has no more.

    >>> keep_fields(Project("a", "核融合炉", "ブランケットの設計", "炉工学"), ("title",))
    Project(project_id='a', title='核融合炉', abstract='', keywords='')
    """
    texts = {name: getattr(project, name) if name in fields else "" for name in TEXTS}
    return Project(project.project_id, **texts, circumstances=project.circumstances)


def kinds_of(project: Project | None) -> frozenset[str]:
    """What makes a text poor in words that a model knows: `english` without a Japanese letter,
    `short` below `SHORT` characters in all, `empty` where there is none.

    >>> sorted(kinds_of(Project("a", "Fusion reactors", "", "")))
    ['english', 'short']
    >>> kinds_of(Project("a", "核融合炉", "ブランケットの設計" * 8, "")), kinds_of(None)
    (frozenset(), frozenset())
    """
    if project is None:
        return frozenset()
    text = "".join(project.texts)
    if not text.strip():
        return frozenset({"empty"})
    found = {"english": not JAPANESE_LETTER.search(text), "short": len(text) < SHORT}
    return frozenset(kind for kind, true in found.items() if true)


def _object(text: str) -> dict[str, Any]:
    """The object of a line, with all that a label must have."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Malformed(Phrase("JSON として読めません", "not readable as JSON")) from error
    if not isinstance(data, dict):
        raise _Malformed(Phrase("{…} の形ではありません", "no object"))
    needed = ("id", "areas") if data.get("areas", "") is None else ("id", "areas", "primary")
    for name in needed:
        if name not in data:
            raise _Malformed(Phrase(f"{name} がありません", f"there is no {name}"))
    return data


def _any_label(data: dict[str, Any], names: dict[object, str]) -> AnyLabel | None:
    """What a line says; None where it says neither areas nor a level."""
    screening = data.get("screening")
    if screening not in (None, *LEVELS):
        raise _Malformed(
            Phrase(
                f"screening の {screening!r} は {'・'.join(LEVELS)} のどれでもありません",
                f"screening {screening!r} is none of {', '.join(LEVELS)}",
            )
        )
    if data["areas"] is not None:
        return _label(data, names, screening)
    if screening is None:
        return None
    return ScreeningLabel(str(data["id"]), screening, _project(data), data.get("unsure"))


def _label(data: dict[str, Any], names: dict[object, str], screening: str | None) -> Label:
    areas, primary = _areas(data, names)
    return Label(
        project_id=str(data["id"]),
        areas=areas,
        primary=primary,
        screening=screening,
        source=str(data.get("source") or ""),
        hard=data.get("hard"),
        project=_project(data),
        unsure=data.get("unsure"),
        evidence=_evidence(data),
    )


def _areas(data: dict[str, Any], names: dict[object, str]) -> tuple[tuple[str, ...], str]:
    """The areas of a line and the primary one, which must be among them."""
    if not isinstance(data["areas"], (list, tuple)):
        raise _Malformed(
            Phrase("areas は [12, 4] のような列で書きます", "areas is a list such as [12, 4]")
        )
    for name in (*data["areas"], data["primary"]):
        if isinstance(name, (list, dict)) or name not in names:
            raise _Malformed(Phrase(f"領域 {name!r} はありません", f"there is no area {name!r}"))
    areas = tuple(filter(None, (names[a] for a in data["areas"])))
    primary = names[data["primary"]]
    if primary not in (areas or ("",)):
        raise _Malformed(
            Phrase(
                f"primary の {data['primary']!r} が areas にありません",
                f"primary {data['primary']!r} is not among the areas",
            )
        )
    return areas, primary


def _evidence(data: dict[str, Any]) -> tuple[str, ...]:
    """The words that a line names: a list, or one text with `;`."""
    words = data.get("evidence") or ()
    words = words.split(";") if isinstance(words, str) else words
    if not isinstance(words, (list, tuple)) or not all(isinstance(w, str) for w in words):
        raise _Malformed(Phrase("evidence は語の列で書きます", "evidence is a list of words"))
    return tuple(w.strip() for w in words if w.strip())


def _project(data: dict[str, Any]) -> Project | None:
    """The texts that a line carries, if it carries any."""
    if not any(data.get(name) for name in TEXTS):
        return None
    title, abstract, keywords = (data.get(name) or "" for name in TEXTS)
    if isinstance(keywords, (list, tuple)):
        keywords = "、".join(map(str, keywords))
    for name, text in zip(TEXTS, (title, abstract, keywords), strict=True):
        if not isinstance(text, str):
            raise _Malformed(Phrase(f"{name} が文字列ではありません", f"{name} is no text"))
    return Project(str(data["id"]), title, abstract, keywords)
