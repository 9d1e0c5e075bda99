"""What readers said of projects: labels with their areas, screening and doubts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from ctclass.errors import InputError, Phrase
from ctclass.model import Model
from ctclass.projects import Columns, Project
from ctclass.rules import LEVELS
from ctclass.tables import TableReader
from ctclass.taxonomy import Taxonomy
from ctclass.verdicts import is_table, read_verdicts

FIELDS = ("title", "abstract", "keywords")
"""The texts of a project, in the order in which they are named."""


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


def read_labels(path: Path, model: Model | Taxonomy) -> list[Label]:
    """Read labels, one JSON object a line: `id`, `areas`, `primary`, and perhaps texts.

    Areas are numbers (1 to 16, 0 for none) or area ids. A line whose `areas` are null,
    as the review page writes it where a reviewer judged something else only, is passed
    over. Other keys may stand there too. A table is one that people filled in: see
    `verdicts`. Raises InputError with file and line.
    """
    names: dict[object, str] = {a.number: a.id for a in model.areas}
    names |= {a.id: a.id for a in model.areas} | {0: "", "": "", None: ""}
    labels: list[Label] = []
    if is_table(path):
        judged = [data for data in read_verdicts(path, model.areas) if data["areas"] is not None]
        return [_label(data, names) for data in judged] or _refuse_none(path)
    number = 0
    try:
        for text in path.read_text("utf-8-sig").split("\n"):
            number += 1
            if text.strip():
                data = json.loads(text)
                if data["areas"] is not None:
                    labels.append(_label(data, names))
    except OSError as error:
        raise InputError(
            Phrase("正解ラベルを読めません", "The labels cannot be read"),
            where=str(path),
            hint=Phrase("ファイル名を確かめてください", "Check the file name"),
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            Phrase(f"正解ラベルの形が違います({error})", f"This is no label ({error})"),
            where=f"{path}:{number}",
            hint=Phrase(
                '1 行に {"id": …, "areas": [12], "primary": 12} の形で書いてください',
                'One object a line: {"id": …, "areas": [12], "primary": 12}',
            ),
        ) from error
    return labels or _refuse_none(path)


def _refuse_none(path: Path) -> NoReturn:
    raise InputError(
        Phrase("正解ラベルがありません", "There are no labels"),
        where=str(path),
        hint=Phrase("ファイルの中身を確かめてください", "Check what is in the file"),
    )


def key_of_project(project: Project) -> str:
    """What a project is called in `taxonomy/judgements.tsv`: a digest of its id.

    >>> key_of_project(Project("21K04567", "", "", ""))
    '8c70228c3c72537b'
    """
    return _key(project.project_id)


def _key(project_id: str) -> str:
    return hashlib.blake2b(project_id.encode("utf-8", "replace"), digest_size=8).hexdigest()


def read_judgements(path: Path, taxonomy: Taxonomy) -> dict[str, Label]:
    """What was judged by reading for this taxonomy, by `key_of_project`: areas, screening and
    doubts, without a text or an id. Empty where there is no such file.

    Raises InputError with file and line.
    """
    names = {str(a.number): a.id for a in taxonomy.areas}
    found: dict[str, Label] = {}
    number = 0
    try:
        lines = path.read_text("utf-8").split("\n") if path.is_file() else []
        for line in lines:
            number += 1
            if line and not line.startswith("#"):
                key, areas, screening, doubt = line.split("\t")
                own = tuple(names[a] for a in areas.split(",") if a)
                first = own[0] if own else ""
                level = LEVELS[LEVELS.index(screening)]
                found[key] = Label("", own, first, level, "", None, None, unsure=doubt == "?")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            Phrase("判断の一覧の形が違います", "This is no list of judgements"),
            where=f"{path}:{number}",
            hint=Phrase(
                "鍵、領域番号、確認の要否、迷いをタブで区切ってください",
                "Key, areas, screening and doubt, with tabs between",
            ),
        ) from error
    return found


def find_texts(
    labels: Sequence[Label], table: TableReader, columns: Columns,
    judged: Mapping[str, Label] | None = None,
) -> list[Label]:  # fmt: skip
    """The labels with the texts of the rows of `table` that have their id, and behind them
    the judgements (`read_judgements`) of other rows.

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
    more: dict[str, Label] = {}
    for chunk in table.chunks(500):
        for row in chunk.rows:
            name = row.cells[at].strip()
            if name in found or name in more:
                continue
            if name in wanted:
                found[name] = columns.project(row.cells)
            elif judged and (label := judged.get(_key(name))):
                more[name] = replace(label, project_id=name, project=columns.project(row.cells))
    return [replace(x, project=found.get(x.project_id)) for x in labels] + list(more.values())


def keep_fields(project: Project, fields: tuple[str, ...]) -> Project:
    """The project with only these of its texts, as a table would give it that has no more.

    >>> keep_fields(Project("a", "核融合炉", "ブランケットの設計", "炉工学"), ("title",))
    Project(project_id='a', title='核融合炉', abstract='', keywords='')
    """
    texts = {name: getattr(project, name) if name in fields else "" for name in FIELDS}
    return Project(project.project_id, **texts, circumstances=project.circumstances)


def _label(data: dict[str, Any], names: dict[object, str]) -> Label:
    has_text = any(data.get(name) for name in FIELDS)
    keywords = data.get("keywords") or ""
    screening = data.get("screening")
    if screening not in (None, *LEVELS):
        what = f"screening: {screening}"
        raise ValueError(what)
    return Label(
        project_id=str(data["id"]),
        areas=tuple(names[a] for a in data["areas"]),
        primary=names[data["primary"]],
        screening=screening,
        source=str(data.get("source") or ""),
        hard=data.get("hard"),
        project=Project(
            str(data["id"]),
            data.get("title") or "",
            data.get("abstract") or "",
            keywords if isinstance(keywords, str) else "、".join(keywords),
        )
        if has_text
        else None,
        unsure=data.get("unsure"),
        evidence=tuple(map(str, data.get("evidence") or ())),
    )
