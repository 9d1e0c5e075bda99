"""ctclass from Python: in a notebook, a pipeline, another program.

>>> import ctclass
>>> classifier = ctclass.load()
>>> classifier.tag_text("量子コンピュータの誤り訂正符号の研究").primary
'quantum'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ctclass.answers import Answer
from ctclass.circumstances import FIELDS
from ctclass.errors import InputError, Phrase, UsageError
from ctclass.explain import explain
from ctclass.explanation import Explanation
from ctclass.layout import Layout, layout_for
from ctclass.model import DEFAULT, read_model
from ctclass.projects import Columns, Project, find_columns
from ctclass.stream import tag_stream
from ctclass.tables import Chunk, Row
from ctclass.tables.rows import kept_columns
from ctclass.tag import Tagger, Tagging

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 500
Names = Sequence[str] | str


def load(model: str = DEFAULT, *, screening_recall: bool = False) -> Classifier:
    """A classifier with a model given by name or by the path of a `.ctm` file.

    Raises ModelError when the model is missing, damaged, or does not fit the installed
    tokenizer. Loading takes some tenths of a second; keep the classifier. With
    `screening_recall` the screening misses less and flags more.
    """
    return Classifier(Tagger(read_model(model), recall=screening_recall))


class Classifier:
    """Answers for texts and frames: the same, to the bit, as those of `ctclass tag`.

    May be used from any thread.
    """

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    @property
    def model(self) -> str:
        """Name, version and short digest of the model, as in the column `ct_model`."""
        return self._tagger.label

    def tag_text(self, abstract: str, *, title: str = "", keywords: str = "") -> Tagging:
        """The areas, flags and evidence of one project."""
        return self._tagger.tag(Project("", title, abstract, keywords))

    def explain(self, abstract: str, *, title: str = "", keywords: str = "") -> Explanation:
        """Why a project gets its answer: words, places, contributions, what was held back.

        >>> import ctclass
        >>> why = ctclass.load().explain("超伝導量子ビットの誤り訂正を行う")
        >>> why.tagging.primary, why.surface(why.highlights[0].span)
        ('quantum', '超伝導量子ビット')
        """
        return explain(self._tagger, Project("", title, abstract, keywords))

    def tag(
        self,
        frame: pd.DataFrame,
        *,
        title: Names = (),
        abstract: Names = (),
        keywords: Names = (),
        circumstances: Mapping[str, Names] = MappingProxyType({}),
        workers: int = 1,
        frameworks: Names = (),
    ) -> pd.DataFrame:
        """A copy of a frame with the columns `ct_primary` to `ct_model` at its end.

        Columns with title, abstract and keywords are found by their names, as `ctclass
        tag` finds them, or named here; `ct_` columns of an earlier run are replaced. Rows,
        their order and the index stay. Missing values count as no text.

        `circumstances` names columns for screening by hand, by field: `partners`, `country`,
        `funder`, `programme`, `budget`, `international`; they too are found by their names.

        Raises InputError when no column with a text is found, UsageError for a column about
        people or an unknown field. `frameworks` asks for a column
        of each (`ct_framework_us_cet`), as `--framework` does.

        >>> import ctclass, pandas as pd
        >>> frame = pd.DataFrame({"課題名": ["核融合炉のトリチウム増殖ブランケット", None]})
        >>> ctclass.load().tag(frame)[["ct_primary", "ct_status"]].values.tolist()
        [['fusion', 'ok'], ['', 'empty']]
        """
        import pandas as pd

        parts = [frame.iloc[at : at + _ROWS] for at in range(0, len(frame), _ROWS)] or [frame]
        return pd.concat(
            self.tag_stream(
                parts,
                title=title,
                abstract=abstract,
                keywords=keywords,
                circumstances=circumstances,
                workers=workers,
                frameworks=frameworks,
            )
        )

    def tag_stream(
        self,
        frames: Iterable[pd.DataFrame],
        *,
        title: Names = (),
        abstract: Names = (),
        keywords: Names = (),
        circumstances: Mapping[str, Names] = MappingProxyType({}),
        workers: int = 1,
        frameworks: Names = (),
    ) -> Iterator[pd.DataFrame]:
        """The same for frames that come one by one, as from `pandas.read_csv(chunksize=500)`.

        Each comes out once, in order, a few of them in memory at a time. All must have the
        columns of the first. From 1,000 rows on, `workers` processes cut the texts.
        """
        layout = layout_for(_names(frameworks), self._tagger.model)
        source = iter(frames)
        first = next(source, None)
        if first is None:
            return
        header = list(map(str, first.columns))
        columns = find_columns(
            header,
            where="frame",
            title=_names(title),
            abstract=_names(abstract),
            keywords=_names(keywords),
            **_circumstances(circumstances),
        )
        chunks = (_chunk(i, f, header, columns) for i, f in enumerate(chain([first], source)))
        for chunk, taggings in tag_stream(self._tagger, columns, chunks, workers):
            yield _with_answers(chunk.native, taggings, layout)


def _circumstances(named: Mapping[str, Names]) -> dict[str, Any]:
    for field in named:
        if field not in FIELDS:
            raise UsageError(
                Phrase(f"circumstances に {field!r} はありません", f"No circumstance {field!r}"),
                where="circumstances",
                hint=Phrase(f"使えるもの: {'、'.join(FIELDS)}", f"One of: {', '.join(FIELDS)}"),
            )
    return {field: _names(names) for field, names in named.items()}


def _names(names: Names) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _chunk(number: int, frame: pd.DataFrame, header: list[str], columns: Columns) -> Chunk:
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
    """A cell as text; None, NaN and NaT, which are unlike themselves or know no text, as none."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, set)):
        return "; ".join(map(_text, value))
    import pandas as pd

    return "" if pd.isna(value) else str(value)


def _with_answers(frame: pd.DataFrame, taggings: Sequence[Answer], layout: Layout) -> pd.DataFrame:
    import pandas as pd

    kept = frame.iloc[:, kept_columns(list(map(str, frame.columns)), layout.columns)]
    answers = pd.DataFrame(
        [layout.row(tagging) for tagging in taggings],
        columns=list(layout.columns), index=frame.index, dtype=str,
    )  # fmt: skip
    return pd.concat([kept, answers], axis=1)
