"""What callers from Python give: texts, frames and their cells, and what they cannot give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ctclass.circumstances import FIELDS, Circumstances
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.headings import find_columns
from ctclass.projects import Columns, Project, is_placeholder
from ctclass.tables import Chunk, Row
from ctclass.tables.values import as_text

if TYPE_CHECKING:
    import pandas as pd

NOTHING: Mapping[str, Any] = MappingProxyType({})
Names = Sequence[str] | str


def project_of(title: Any, abstract: Any, keywords: Any, told: Mapping[str, Any]) -> Project:
    """A project from its texts and from what is `told` of its circumstances, by field."""
    for name, text in (("title", title), ("abstract", abstract), ("keywords", keywords)):
        if not isinstance(text, str):
            raise _refused(
                text, name, Phrase('文章がなければ "" を', 'a str, "" where there is no text')
            )
    circumstances: Circumstances = tuple(
        (field, _text(cell))
        for field, cells in circumstances_of(told).items()
        for cell in cells
        if not is_placeholder(_text(cell))
    )
    return Project("", title, abstract, keywords, circumstances)


def said_of(abstract: Any, title: Any, keywords: Any) -> Any:
    """The abstract, "" where it was left out; UsageError where no other text is given either."""
    if abstract is not None or title or keywords:
        return "" if abstract is None else abstract
    raise UsageError(
        Phrase("説明するものが指定されていません", "There is nothing to explain"),
        where="explain",
        hint=Phrase(
            '本文なら explain("…")、課題名だけなら explain(title="…") としてください',
            'Give a text, explain("…"), or a title alone, explain(title="…")',
        ),
    )


def projects_of(given: Any) -> list[Project]:
    """The projects in a frame, or those of which only abstracts are given."""
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        header = list(map(str, given.columns))
        columns = find_columns(header, where="frame")
        return [columns.project(row.cells) for row in chunk_of(0, given, header, columns).rows]
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        wanted = Phrase("pandas の DataFrame か文字列のリストを", "a DataFrame or a list of texts")
        raise _refused(given, "projects", wanted)
    return [Project("", "", _text(text), "") for text in given]


def frames_of(given: Any) -> Iterator[pd.DataFrame]:
    """Frames that come one by one, each of them looked at before it is used."""
    import pandas as pd

    if isinstance(given, (pd.DataFrame, str, bytes)) or not isinstance(given, Iterable):
        wanted = Phrase("DataFrame のリストかイテレーターを", "an iterable of DataFrames")
        raise _refused(given, "frames", wanted)
    for number, frame in enumerate(given):
        refuse_other(frame, f"frame {number + 1}")
        yield frame


def refuse_other(given: Any, where: str) -> None:
    """UsageError for whatever is no frame."""
    import pandas as pd

    if not isinstance(given, pd.DataFrame):
        wanted = Phrase(
            "pandas の DataFrame を(文章一つなら tag_text に)",
            "a DataFrame of pandas (a single text to tag_text, a list of texts to predict)",
        )
        raise _refused(given, where, wanted)


def _refused(given: Any, where: str, wanted: Phrase) -> UsageError:
    kind = type(given).__name__
    return UsageError(
        Phrase(f"{kind} は受け取れません", f"A value of the type {kind} cannot be taken"),
        where=where,
        hint=Phrase(f"{wanted.ja}渡してください", f"Give {wanted.en}"),
    )


def circumstances_of(named: Mapping[str, Any]) -> dict[str, Any]:
    """Columns or cells by field; UsageError for a field that screening does not know."""
    for field in named:
        if field not in FIELDS:
            raise UsageError(
                Phrase(f"circumstances に {field!r} はありません", f"No circumstance {field!r}"),
                where="circumstances",
                hint=Phrase(f"使えるもの: {'、'.join(FIELDS)}", f"One of: {', '.join(FIELDS)}"),
            )
    return {
        field: value if isinstance(value, (list, tuple)) else [value]
        for field, value in named.items()
    }


def names_of(names: Names) -> Sequence[str]:
    """Names of columns, also where there is one only."""
    return [names] if isinstance(names, str) else names


def chunk_of(number: int, frame: pd.DataFrame, header: list[str], columns: Columns) -> Chunk:
    """A frame as rows of texts; cells that no answer depends on stay empty."""
    if list(map(str, frame.columns)) != header:
        raise InputError(
            Phrase("列が最初の表と違います", "The columns are not those of the first frame"),
            where=f"frame {number + 1}",
            hint=Phrase("同じ列の表だけを渡してください", "Give frames with the same columns"),
        )
    blank = [""] * len(frame)
    cells = [
        [_text(value) for value in frame.iloc[:, i].tolist()] if i in columns.read else blank
        for i in range(len(header))
    ]
    return Chunk(number, 1, [Row(row) for row in zip(*cells, strict=True)], frame)


def _text(value: Any) -> str:
    """A cell as `ctclass tag` reads it from Parquet."""
    return value if isinstance(value, str) else as_text(_plain(value))


def _plain(value: Any) -> Any:
    """A value as Python has it: pandas gives a list in Parquet as an array, and what is
    missing as NaN, NaT or NA."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(map(_text, value))
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    import pandas as pd

    return None if pd.isna(value) else value
