"""A research project (研究課題), and which columns of a table it comes from.

Tables of KAKEN, of other agencies and of one's own hand name their columns
differently; they are found by name, shown, and can be named by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ctclass.errors import InputError, Phrase

PLACEHOLDERS = frozenset(
    ("継続課題のため記入しない", "該当なし", "特になし", "なし", "未記入", "未定", "記入なし", "na",
     "n/a", "none", "null", "-", "ー", "―", "－", "*")
)  # fmt: skip
"""Texts that stand where no text is: 91 KAKEN rows say 「継続課題のため、記入しない。」."""

_ID = tuple(
    """
    研究課題/領域番号 研究課題番号 課題番号 課題管理番号 研究開発課題番号 体系的番号 事業番号
    予算事業id 採択番号 受付番号 番号 課題id projectid projectnumber grantid grantnumber awardid
    awardnumber applicationid id
    """.split()
)
_TITLE = tuple(
    """
    研究課題名 研究開発課題名 研究開発課題 課題名 研究題目 研究テーマ 研究テーマ名
    プロジェクト名 事業名 事業名称 題目 題名 タイトル 件名 研究課題 課題 projecttitle title
    projectname awardtitle name
    """.split()
)
_TITLE_EN = tuple(
    """
    研究課題名(英文) 課題名(英文) 研究課題名(英語) titleen titleenglish
    """.split()
)
_ABSTRACT = tuple(
    """
    研究開始時の研究の概要 研究概要 研究の概要 研究成果の概要 研究実績の概要
    今後の研究の推進方策 研究開発の概要 研究開発概要 研究計画の概要 研究計画 研究目的 研究の目的
    研究内容 研究開発内容 概要 要旨 要約 課題概要 課題の概要 事業概要 事業の概要 事業の目的
    事業内容 プロジェクト概要 成果概要 成果の概要 実施内容 内容 目的 abstract projectabstract
    abstracttext summary projectsummary description projectdescription outline objective
    objectives purpose text 本文 説明
    """.split()
)
_KEYWORDS = tuple(
    """
    キーワード 研究キーワード 検索キーワード 検索語 keyword keywords projectterms tags タグ
    """.split()
)
_PARTNERS = tuple(
    """
    共同研究先 共同研究機関 連携機関 連携先 共同実施機関 参画機関 partner partners collaborators
    """.split()
)


@dataclass(frozen=True, slots=True)
class Project:
    """The texts of one project; a field that the table lacks is empty."""

    project_id: str
    title: str
    abstract: str
    keywords: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns (by index) hold what. Several text columns are joined."""

    project_id: int | None
    title: tuple[int, ...]
    title_en: tuple[int, ...]
    abstract: tuple[int, ...]
    keywords: tuple[int, ...]
    partners: tuple[int, ...]

    def project(self, cells: Sequence[str]) -> Project:
        """The project in a row. Placeholders such as 該当なし count as no text."""
        title = _join(cells, self.title)
        return Project(
            project_id=cells[self.project_id].strip() if self.project_id is not None else "",
            title=title or _join(cells, self.title_en),
            abstract=_join(cells, self.abstract),
            keywords=_join(cells, self.keywords),
        )


def find_columns(
    header: Sequence[str],
    *,
    where: str,
    project_id: str | None = None,
    title: Sequence[str] = (),
    abstract: Sequence[str] = (),
    keywords: Sequence[str] = (),
    partners: Sequence[str] = (),
) -> Columns:
    """Find the columns of a project by name; those named by hand win.

    Raises InputError when a named column is missing, or when there is no text
    column at all; both list the columns that are there.

    >>> c = find_columns(["課題番号", "研究課題名", "研究概要", "キーワード"], where="a.csv")
    >>> c.project_id, c.title, c.abstract, c.keywords
    (0, (1,), (2,), (3,))
    """
    keys = [_key(name) for name in header]

    def chosen(names: Sequence[str], known: Sequence[str], *, many: bool) -> tuple[int, ...]:
        if names:
            return tuple(_named(name, header, keys, where) for name in names)
        found = [i for k in known for i, key in enumerate(keys) if key == k]
        found = list(dict.fromkeys(found))
        return tuple(sorted(found) if many else found[:1])

    ids = chosen([project_id] if project_id else [], _ID, many=False)
    by_hand = bool(title or abstract or keywords)
    columns = Columns(
        project_id=ids[0] if ids else None,
        title=chosen(title, () if by_hand else _TITLE, many=False),
        title_en=chosen((), () if by_hand else _TITLE_EN, many=False),
        abstract=chosen(abstract, () if by_hand else _ABSTRACT, many=True),
        keywords=chosen(keywords, () if by_hand else _KEYWORDS, many=True),
        partners=chosen(partners, _PARTNERS, many=True),
    )
    if not (columns.title or columns.title_en or columns.abstract or columns.keywords):
        names = "、".join(repr(name) for name in header[:40])
        raise InputError(
            Phrase(
                f"課題名・概要・キーワードの列が見つかりません。ある列: {names}",
                f"No column with a title, an abstract or keywords. There are: {names}",
            ),
            where=f"{where}:1",
            hint=Phrase(
                "--title、--abstract、--keywords で列名を指定してください",
                "Name the columns with --title, --abstract, --keywords",
            ),
        )
    return columns


def _named(name: str, header: Sequence[str], keys: Sequence[str], where: str) -> int:
    if name in header:
        return list(header).index(name)
    if _key(name) in keys:
        return list(keys).index(_key(name))
    raise InputError(
        Phrase(
            f"列 {name!r} がありません。ある列: {'、'.join(map(repr, header[:40]))}",
            f"There is no column {name!r}. There are: {', '.join(map(repr, header[:40]))}",
        ),
        where=f"{where}:1",
        hint=Phrase("列名を確かめてください", "Check the name of the column"),
    )


def _key(name: str) -> str:
    """A heading without width, case, spaces, numbering and brackets' width."""
    plain = unicodedata.normalize("NFKC", name).lower()
    plain = re.sub(r"[\s_\-.:*※【】\[\]]+", "", plain)
    return re.sub(r"(?<=\D)\d{1,2}$", "", plain)


def _join(cells: Sequence[str], places: Sequence[int]) -> str:
    if len(places) == 1:
        text = cells[places[0]]
        return "" if len(text) < 20 and is_placeholder(text) else text
    texts = [cells[i] for i in places]
    return "\n".join(t for t in texts if t and not (len(t) < 20 and is_placeholder(t)))


def is_placeholder(text: str) -> bool:
    """Whether a short text only says that there is none.

    >>> is_placeholder("継続課題のため、記入しない。"), is_placeholder("量子")
    (True, False)
    """
    plain = re.sub(r"[\s、。,.()()]+", "", unicodedata.normalize("NFKC", text)).lower()
    return not plain or plain in PLACEHOLDERS
