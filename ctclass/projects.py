"""A research project (研究課題), and how the cells of a row become its texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from ctclass.circumstances import Circumstances

PLACEHOLDERS = frozenset(
    ("継続課題のため記入しない", "該当なし", "特になし", "なし", "未記入", "未定", "記入なし", "na",
     "n/a", "none", "null", "-", "ー", "―", "－", "*")
)  # fmt: skip
"""Texts that stand where no text is: 91 KAKEN rows say 「継続課題のため、記入しない。」."""

TEXTS = ("title", "abstract", "keywords")
"""The texts of a project, in the order in which they are named."""


@dataclass(frozen=True, slots=True)
class Project:
    """The texts of one project; a field that the table lacks is empty.

    `circumstances` are what other columns tell for screening, by field.
    """

    project_id: str
    title: str
    abstract: str
    keywords: str
    circumstances: Circumstances = field(default=(), repr=False)

    @property
    def texts(self) -> tuple[str, str, str]:
        """Title, abstract and keywords."""
        return self.title, self.abstract, self.keywords


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns (by index) hold what. Several text columns are joined."""

    project_id: int | None
    title: tuple[int, ...]
    title_en: tuple[int, ...]
    abstract: tuple[int, ...]
    keywords: tuple[int, ...]
    partners: tuple[int, ...]
    abstract_en: tuple[int, ...] = ()
    metadata: tuple[tuple[str, str, int], ...] = ()
    """Field, heading and column of what only screening looks at, partners included."""

    @property
    def read(self) -> frozenset[int]:
        """All of them: what stands in any other column changes no answer."""
        number = () if self.project_id is None else (self.project_id,)
        texts = (*self.title, *self.title_en, *self.abstract, *self.abstract_en, *self.keywords)
        others = (column for _, _, column in self.metadata)
        return frozenset((*number, *texts, *self.partners, *others))

    def project(self, cells: Sequence[str]) -> Project:
        """The project in a row. Placeholders such as 該当なし count as no text."""
        title = _join(cells, self.title)
        return Project(
            project_id=cells[self.project_id].strip() if self.project_id is not None else "",
            title=title or _join(cells, self.title_en),
            abstract=_join(cells, self.abstract) or _join(cells, self.abstract_en),
            keywords=_join(cells, self.keywords),
            circumstances=self._circumstances(cells) if self.metadata else (),
        )

    def _circumstances(self, cells: Sequence[str]) -> Circumstances:
        return tuple(
            (name, f"{heading}\t{cells[i]}" if name == "budget" else cells[i])
            for name, heading, i in self.metadata
            if cells[i].strip() and not is_placeholder(cells[i])
        )

    def sources(self, cells: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """The columns whose cells, joined with a line end, are title, abstract and keywords.

        >>> columns = Columns(None, (0,), (), abstract=(1, 2), keywords=(), partners=())
        >>> columns.sources(["光格子時計", "該当なし", "時計を作った"])
        ((0,), (2,), ())
        """
        title = _filled(cells, self.title)
        abstract = _filled(cells, self.abstract)
        return (
            title if any(cells[i] for i in title) else _filled(cells, self.title_en),
            abstract if any(cells[i] for i in abstract) else _filled(cells, self.abstract_en),
            _filled(cells, self.keywords),
        )


def _join(cells: Sequence[str], places: Sequence[int]) -> str:
    if len(places) == 1:
        text = cells[places[0]]
        return "" if len(text) < 20 and is_placeholder(text) else text
    return "\n".join([cells[i] for i in _filled(cells, places)])


def _filled(cells: Sequence[str], places: Sequence[int]) -> tuple[int, ...]:
    """Those of the columns that hold a text in this row."""
    texts = [(i, cells[i]) for i in places]
    return tuple([i for i, t in texts if t and not (len(t) < 20 and is_placeholder(t))])


def is_placeholder(text: str) -> bool:
    """Whether a short text only says that there is none.

    >>> is_placeholder("継続課題のため、記入しない。"), is_placeholder("量子")
    (True, False)
    """
    plain = re.sub(r"[\s、。,.()()]+", "", unicodedata.normalize("NFKC", text)).lower()
    return not plain or plain in PLACEHOLDERS
