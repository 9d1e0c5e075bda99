"""What people answered in a workbook: the columns for it, and their answers as labels.

A row asks: is this answer right? People choose 正しい or 違う and the right areas, in
Excel, where cells are mistyped, copied and left out. What cannot be meant is an error
with the row of the sheet; nothing is guessed and nothing is dropped in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ctclass.errors import InputError, Phrase
from ctclass.headings import find_columns
from ctclass.projects import Columns
from ctclass.tables import Row, TableReader, format_of, open_table
from ctclass.tables.files import reading
from ctclass.taxonomy.areas import Named

JUDGED, VERDICT, PRIMARY = "確認_判定", "確認_判断", "確認_主領域"
OTHERS = ("確認_領域2", "確認_領域3")
SCREENING, COMMENT, REVIEWER = "確認_技術流出", "確認_コメント", "確認_氏名"
ENTRIES = (JUDGED, VERDICT, PRIMARY, *OTHERS, SCREENING, COMMENT, REVIEWER)
"""The first says what is asked, and stays when another model answers anew; people fill
in the others."""
RIGHT, WRONG, OPEN = "正しい", "違う", "わからない"
LEVELS = {"優先 priority": "priority", "要確認 check": "check", "不要 none": "none"}
NO_AREA, NOT_JUDGED = "該当なし", "判定なし"

_VERDICTS = {
    "正しい": RIGHT, "right": RIGHT, "違う": WRONG, "wrong": WRONG,
    "わからない": OPEN, "unsure": OPEN,
}  # fmt: skip
_NO_AREA = ("0", "none", "なし", "該当なし", "-")
_BETWEEN = re.compile(r"[\n;、,]")
_SHOWN = 5
_FIELDS = ("id", "title", "title_en", "abstract", "abstract_en", "keywords")


class _Nonsense(Exception):  # noqa: N818 - caught where the row is known
    """An entry that cannot be meant."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.en)
        self.phrase = phrase


class _Verdict(NamedTuple):
    areas: tuple[str, ...] | None
    screening: str | None
    unsure: bool


def judged_areas(areas: Sequence[str], status: str, names: Mapping[str, str]) -> str:
    """An answer as people are asked about it: the areas with their names, one a line."""
    if status != "ok" and not areas:
        return f"{NOT_JUDGED}({status})"
    return "\n".join(names[area] for area in areas) or NO_AREA


def kept_names(header: Sequence[str], columns: Columns) -> dict[str, str]:
    """What a workbook remembers of the columns that were read, one name a property."""
    ids = () if columns.project_id is None else (columns.project_id,)
    found = {}
    for field in _FIELDS:
        places = ids if field == "id" else getattr(columns, field)
        for number, place in enumerate(places, 1):
            if header[place] and len(header[place]) <= 255:
                found[f"ctclass.{field}.{number}"] = header[place]
    return found


def is_table(path: Path) -> bool:
    """Whether labels are a filled-in table rather than JSON Lines."""
    if not path.is_file():
        return False  # a pipe cannot be read twice; what is missing is said by who reads it
    with reading(str(path)), path.open("rb") as file:
        start = file.read(64)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    tables = ("csv", "tsv", "xlsx", "parquet")
    return start.startswith(b"PK\x03\x04") or format_of(str(path))[0] in tables


def read_verdicts(path: Path, areas: Sequence[Named]) -> list[dict[str, Any]]:
    """The rows that people judged, each as a line of labels would say it; `areas` is None
    where they said something else only.

    Raises InputError for a table without the columns, and for entries that cannot be
    meant: an area that is none, 違う without the right areas, two rows of one project
    that contradict each other.
    """
    with open_table(str(path), is_heading=lambda row: VERDICT in row) as reader:
        places = _places(reader)
        columns = _columns(reader)
        asked = [i for i, n in enumerate(reader.header) if n.partition(" ")[0] == "ct_areas"]
        names = _names(areas)
        found: dict[tuple[str, ...], tuple[int, dict[str, Any]]] = {}
        faults: list[tuple[int, Phrase]] = []
        for number, row in _numbered(reader):
            cells = {n: row.cells[i].strip() if i is not None else "" for n, i in places.items()}
            if places[JUDGED] is None and asked:
                cells[JUDGED] = row.cells[asked[0]] or NO_AREA
            try:
                verdict = _verdict(cells, names)
            except _Nonsense as fault:
                faults.append((number, fault.phrase))
                continue
            if verdict is None:
                continue
            label = _label(row, number, columns, verdict, cells)
            key = tuple(label[name] for name in ("id", "title", "abstract", "keywords"))
            before = found.setdefault(key, (number, label))
            if any(before[1][n] != label[n] for n in ("areas", "screening")):
                faults.append((number, _contradiction(before[0])))
    if faults:
        raise _refusal(path, faults)
    return [label for _, label in found.values()]


def _places(reader: TableReader) -> dict[str, int | None]:
    header = list(reader.header)
    if VERDICT not in header:
        raise InputError(
            Phrase(
                f"確認の列 {VERDICT} がありません", f"There is no column {VERDICT} with verdicts"
            ),
            where=f"{reader.path}:1",
            hint=Phrase(
                "ctclass tag 表 -o 名前.xlsx で作った表に記入し、見出しを変えずに保存してください",
                "Fill in a workbook of ctclass tag TABLE -o NAME.xlsx, and keep its headings",
            ),
        )
    return {name: header.index(name) if name in header else None for name in ENTRIES}


def _columns(reader: TableReader) -> Columns:
    """The columns that were read when the table was tagged, where the file says so."""
    named: dict[str, list[str]] = {field: [] for field in _FIELDS}
    for key, name in sorted(reader.properties.items()):
        field = key.removeprefix("ctclass.").partition(".")[0]
        if key.startswith("ctclass.") and field in named and name in reader.header:
            named[field].append(name)
    return find_columns(
        reader.header,
        where=reader.path,
        project_id=next(iter(named["id"]), None),
        title=named["title"] or named["title_en"],
        abstract=named["abstract"] or named["abstract_en"],
        keywords=named["keywords"],
    )


def _numbered(reader: TableReader) -> Iterator[tuple[int, Row]]:
    """The rows with their numbers in the sheet; where cells do not tell, counted from 2."""
    for chunk in reader.chunks(500):
        for offset, row in enumerate(chunk.rows):
            cells = row.raw if reader.format == "xlsx" else ()
            told = (cell.row for cell in cells if getattr(cell, "row", None))
            yield next(told, chunk.first_row + offset + 1), row


def _key(text: str) -> str:
    """A name without width, case, spaces and brackets: `⑫ 量子` is `12量子`."""
    return re.sub(r"[\s().]+", "", unicodedata.normalize("NFKC", text)).lower()


def _names(areas: Sequence[Named]) -> dict[str, str]:
    names = dict.fromkeys(_NO_AREA, "")
    for area in areas:
        ja, number = area.label_ja, str(area.number)
        for name in (area.id, number, ja, area.label_en, number + ja, ja + area.id, area.id + ja):
            names[_key(name)] = area.id
    return names


def _areas(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """The areas that a cell names, by id, number, circled number or name; `()` for none."""
    whole = [text] if _key(text) in names else [t for t in _BETWEEN.split(text) if t.strip()]
    found = []
    for name in whole:
        if _key(name) not in names:
            raise _Nonsense(
                Phrase(
                    f"「{name.strip()}」という領域はありません",
                    f"There is no area {name.strip()!r}",
                )
            )
        found.append(names[_key(name)])
    if "" in found and len(set(found)) > 1:
        raise _Nonsense(
            Phrase(f"{NO_AREA} と領域が両方あります", "Both an area and none are given")
        )
    return tuple(dict.fromkeys(filter(None, found)))


def _verdict(cells: Mapping[str, str], names: Mapping[str, str]) -> _Verdict | None:
    """What a row's entries say; None where they say nothing."""
    said = cells[VERDICT]
    verdict = _VERDICTS.get(_key(said)) if said else None
    if said and verdict is None:
        raise _Nonsense(
            Phrase(
                f"{VERDICT} の「{said}」が分かりません({RIGHT}・{WRONG}・{OPEN})",
                f"{VERDICT} says {said!r}, which is none of {RIGHT}, {WRONG}, {OPEN}",
            )
        )
    screening = _screening(cells[SCREENING])
    corrected = _corrected(cells, names)
    if corrected is None:
        if verdict == WRONG:
            raise _Nonsense(
                Phrase(
                    f"{WRONG} とありますが、{PRIMARY} が空です(当たる領域がなければ {NO_AREA})",
                    f"{WRONG}, but {PRIMARY} is empty (choose {NO_AREA} where no area is right)",
                )
            )
        areas = _judged(cells, names) if verdict == RIGHT else None
        said_else = screening is not None or cells[COMMENT]
        return _Verdict(areas, screening, unsure=False) if areas is not None or said_else else None
    contradicts = verdict == RIGHT and corrected != _judged(cells, names)
    if contradicts or (verdict == WRONG and cells[JUDGED] and corrected == _judged(cells, names)):
        raise _Nonsense(
            Phrase(
                f"{VERDICT} は {verdict} ですが、{PRIMARY} などの領域と合いません",
                f"{VERDICT} is {verdict}, which contradicts the areas beside it",
            )
        )
    return _Verdict(corrected, screening, unsure=verdict == OPEN)


def _judged(cells: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, ...]:
    text = cells[JUDGED]
    if not text:
        raise _Nonsense(Phrase(f"{JUDGED} が空です", f"{JUDGED} is empty"))
    return () if text.startswith(NOT_JUDGED) else _areas(text, names)


def _corrected(cells: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, ...] | None:
    """The areas that a person put in place of those answered; None where there are none."""
    given = [cells[name] for name in (PRIMARY, *OTHERS) if cells[name]]
    if not given:
        return None
    if not cells[PRIMARY]:
        raise _Nonsense(
            Phrase(f"{PRIMARY} が空です", f"{PRIMARY} is empty, but further areas are given")
        )
    return _areas("\n".join(given), names)


def _screening(text: str) -> str | None:
    if not text:
        return None
    for name, level in LEVELS.items():
        if _key(text) in (_key(name), level, _key(name.partition(" ")[0])):
            return level
    raise _Nonsense(
        Phrase(
            f"{SCREENING} の「{text}」が分かりません({'・'.join(LEVELS)})",
            f"{SCREENING} says {text!r}, which is none of {', '.join(LEVELS)}",
        )
    )


def _label(
    row: Row, number: int, columns: Columns, verdict: _Verdict, cells: Mapping[str, str]
) -> dict[str, Any]:
    project = columns.project(row.cells)
    return {
        "id": project.project_id or f"row-{number}",
        "areas": None if verdict.areas is None else list(verdict.areas),
        "primary": verdict.areas[0] if verdict.areas else "",
        "screening": verdict.screening,
        "unsure": verdict.unsure or None,
        "title": project.title,
        "abstract": project.abstract,
        "keywords": project.keywords,
        "comment": cells[COMMENT],
        "reviewer": cells[REVIEWER],
    }


def _contradiction(before: int) -> Phrase:
    return Phrase(
        f"{before} 行目と同じ課題ですが、判断が違います",
        f"The same project as row {before}, but judged otherwise",
    )


def _refusal(path: Path, faults: Sequence[tuple[int, Phrase]]) -> InputError:
    """The first faults, each with its row, and how many more there are."""
    more = len(faults) - _SHOWN
    ja = "。".join(f"{row} 行目: {what.ja}" for row, what in faults[:_SHOWN])
    en = "; ".join(f"row {row}: {what.en}" for row, what in faults[:_SHOWN])
    return InputError(
        Phrase(
            ja + (f"。ほかに {more} 行" if more > 0 else ""),
            en + (f"; and {more} more rows" if more > 0 else ""),
        ),
        where=f"{path}:{faults[0][0]}",
        hint=Phrase(
            "その行を直してください。領域は id・番号・①・名称で、複数なら ; で区切って書けます",
            "Mend these rows; areas are ids, numbers or names, several of them joined with ;",
        ),
    )
