"""ctclass from Python: in a notebook, a pipeline, another program.

>>> import ctclass
>>> classifier = ctclass.load()
>>> classifier.tag_text("量子コンピュータの誤り訂正符号の研究").primary
'quantum'
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ctclass.explain.explanation import Explanation
from ctclass.explain.reasons import explain
from ctclass.given import (
    NOTHING,
    Names,
    chunk_of,
    circumstances_of,
    frames_of,
    names_of,
    project_of,
    projects_of,
    refuse_other,
    said_of,
)
from ctclass.headings import find_columns
from ctclass.model.compact import Model
from ctclass.model.file import DEFAULT, check_fit, read_model
from ctclass.projects import Project
from ctclass.runs.answers import Answer
from ctclass.runs.layout import Layout, layout_for
from ctclass.runs.stream import tag_stream
from ctclass.tables.rows import kept_columns, replaced
from ctclass.tagging.tag import COLUMNS, Tagger, Tagging

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_ROWS = 500


def load(model: str = DEFAULT, *, screening_recall: bool = False) -> Classifier:
    """A classifier with a model given by name or by the path of a `.ctm` file.

    Raises ModelError when the model is missing, damaged, or does not fit the installed
    tokenizer. Loading takes some tenths of a second; keep the classifier. With
    `screening_recall` the screening misses less and flags more.
    """
    return Classifier(Tagger(read_model(model), recall=screening_recall))


class Classifier:
    """Answers for texts and frames: the same, to the bit, as those of `ctclass tag`.

    May be used from any thread, and be pickled: joblib and Dask send it to their workers.
    """

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def __reduce__(self) -> tuple[Any, ...]:
        """The model goes along: a worker needs no file of it, but the same tokenizer."""
        return _restored, (self._tagger.model, self._tagger.recall)

    def __copy__(self) -> Self:
        """Itself: nothing in a classifier ever changes."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Itself: nothing in a classifier ever changes."""
        return self

    @property
    def model(self) -> str:
        """Name, version and short digest of the model, as in the column `ct_model`."""
        return self._tagger.label

    @property
    def areas(self) -> tuple[str, ...]:
        """The ids of the areas in the order of the report: the columns of `decision_function`."""
        return tuple(area.id for area in self._tagger.model.areas)

    def tag_text(
        self,
        abstract: str,
        *,
        title: str = "",
        keywords: str = "",
        circumstances: Mapping[str, Any] = NOTHING,
    ) -> Tagging:
        """The areas, flags and evidence of one project.

        `circumstances` are what the columns of a table would tell for screening, by field
        (see `tag`): `{"country": "ロシア", "partners": ["A 大学", "B 社"]}`.
        """
        return self._tagger.tag(project_of(title, abstract, keywords, circumstances))

    def predict(self, projects: pd.DataFrame | Iterable[str]) -> NDArray[np.object_]:
        """The primary area of each project, "" where there is none, as in `ct_primary`.

        `projects` is a frame whose columns `tag` would find, or texts, each an abstract.

        >>> import ctclass
        >>> ctclass.load().predict(["核融合炉のブランケット", "源氏物語の写本"]).tolist()
        ['fusion', '']
        """
        import numpy as np

        found = [tagging.primary for _, taggings in self._batches(projects) for tagging in taggings]
        return np.array(found, dtype=object)

    def decision_function(self, projects: pd.DataFrame | Iterable[str]) -> NDArray[np.float64]:
        """The scores, projects x `areas`: 0 to 1, two decimals, those of `ct_scores` and
        all others. A project that could not be judged has 0 everywhere.

        The same for all areas is no threshold: each has its own.
        """
        import numpy as np

        parts = [np.zeros((0, len(self.areas)))]
        for some, taggings in self._batches(projects):
            score = self._tagger.scorer.score(self._tagger.read(some)).score / 100
            score[[not (t.areas or t.runners_up) for t in taggings]] = 0
            parts.append(score)
        return np.concatenate(parts)

    def _batches(
        self, projects: pd.DataFrame | Iterable[str]
    ) -> Iterator[tuple[list[Project], list[Tagging]]]:
        every = projects_of(projects)
        for at in range(0, len(every), _ROWS):
            some = every[at : at + _ROWS]
            yield some, self._tagger.tag_all(some)

    def explain(
        self,
        abstract: str | None = None,
        *,
        title: str = "",
        keywords: str = "",
        circumstances: Mapping[str, Any] = NOTHING,
    ) -> Explanation:
        """Why a project gets its answer: words, places, contributions, what was held back.

        The abstract may be left out where there is a title or keywords; UsageError where there
        is nothing at all.

        >>> import ctclass
        >>> why = ctclass.load().explain("超伝導量子ビットの誤り訂正を行う")
        >>> why.tagging.primary, why.surface(why.highlights[0].span)
        ('quantum', '超伝導量子ビット')
        """
        text = said_of(abstract, title, keywords)
        return explain(self._tagger, project_of(title, text, keywords, circumstances))

    def tag(
        self,
        frame: pd.DataFrame,
        *,
        title: Names = (),
        abstract: Names = (),
        keywords: Names = (),
        circumstances: Mapping[str, Names] = NOTHING,
        workers: int = 1,
        frameworks: Names = (),
    ) -> pd.DataFrame:
        """A copy of a frame with the columns `ct_primary` to `ct_model` at its end.

        Columns with title, abstract and keywords are found by their names, as `ctclass
        tag` finds them, or named here; `ct_` columns of an earlier run are replaced, with a
        UserWarning where they are not all there and so may be columns of your own. Rows, their
        order and the index stay. Missing values count as no text.

        `circumstances` names columns for screening by hand, by field: `partners`, `country`,
        `funder`, `programme`, `budget`, `international`; they too are found by their names.

        Raises InputError when no column with a text is found, UsageError for a column about
        people, an unknown field, or something that is no frame. `frameworks` asks for a column
        of each (`ct_framework_us_cet`), as `--framework` does.

        >>> import ctclass, pandas as pd
        >>> frame = pd.DataFrame({"課題名": ["核融合炉のトリチウム増殖ブランケット", None]})
        >>> ctclass.load().tag(frame)[["ct_primary", "ct_status"]].values.tolist()
        [['fusion', 'ok'], ['', 'empty']]
        """
        import pandas as pd

        refuse_other(frame, "frame")
        if own := _own_columns(list(map(str, frame.columns))):
            warnings.warn(own, stacklevel=2)
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
        circumstances: Mapping[str, Names] = NOTHING,
        workers: int = 1,
        frameworks: Names = (),
    ) -> Iterator[pd.DataFrame]:
        """The same for frames that come one by one, as from `pandas.read_csv(chunksize=500)`.

        Each comes out once, in order, a few of them in memory at a time. All must have the
        columns of the first. From 1,000 rows on, `workers` processes cut the texts.
        """
        layout = layout_for(names_of(frameworks), self._tagger.model)
        source = frames_of(frames)
        first = next(source, None)
        if first is None:
            return
        header = list(map(str, first.columns))
        columns = find_columns(
            header,
            where="frame",
            title=names_of(title),
            abstract=names_of(abstract),
            keywords=names_of(keywords),
            **circumstances_of(circumstances),
        )
        chunks = (chunk_of(i, f, header, columns) for i, f in enumerate(chain([first], source)))
        for chunk, taggings in tag_stream(self._tagger, columns, chunks, workers):
            yield _with_answers(chunk.native, taggings, layout)


def _restored(model: Model, recall: bool) -> Classifier:
    """A classifier from a pickle; refused where the tokenizer would cut other units."""
    check_fit(model.header, Path(model.label))
    return Classifier(Tagger(model, recall=recall))


def _own_columns(header: list[str]) -> str:
    """What to say of columns that are called like those of a result but are not a whole one,
    as a frame has it that was tagged before; "" where there are none."""
    kept = kept_columns(header, COLUMNS)
    gone = {header[i].partition(" ")[0] for i in range(len(header)) if i not in kept}
    return replaced(header, kept).en if gone and not gone.issuperset(COLUMNS) else ""


def _with_answers(frame: pd.DataFrame, taggings: Sequence[Answer], layout: Layout) -> pd.DataFrame:
    import pandas as pd

    kept = frame.iloc[:, kept_columns(list(map(str, frame.columns)), layout.columns)]
    answers = pd.DataFrame(
        [layout.row(tagging) for tagging in taggings],
        columns=list(layout.columns), index=frame.index, dtype=str,
    )  # fmt: skip
    return pd.concat([kept, answers], axis=1)
