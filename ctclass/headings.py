"""Which columns of a table hold a project: found by their headings.

Tables of KAKEN, of other agencies and of one's own hand name their columns
differently; they are found by name, shown, and can be named by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from ctclass.circumstances import refuse_people
from ctclass.errors import InputError, Phrase
from ctclass.projects import Columns

_ID = tuple(
    """
    研究課題/領域番号 研究課題番号 課題番号 課題管理番号 研究開発課題番号 体系的番号 事業番号
    予算事業id 採択番号 受付番号 課題id 研究課題id 研究開発課題id プロジェクト番号
    プロジェクトコード プロジェクトid 文献番号 整理番号 管理番号 番号
    researchproject/areanumber project/areanumber projectid projectnumber projectcode
    projectreference grantid grantnumber grantreference awardid awardnumber applicationid id
    reference no
    """.split()
)
_TITLE = tuple(
    """
    研究課題名 研究開発課題名 研究開発課題 課題名 課題名称 提案課題名 研究題目
    研究テーマ 研究テーマ名 研究開発テーマ 研究開発テーマ名 テーマ名
    プロジェクト名 事業名 事業名称 題目 題名 タイトル 件名
    研究課題 課題 テーマ projecttitle title researchproject researchtitle projectname
    awardtitle granttitle name
    """.split()
)
"""The best first: `name` is often a person, so it is the last resort."""
_TITLE_EN = tuple(
    """
    英文課題名 英文研究課題名 英語課題名 英文タイトル 英語タイトル titleen titleenglish
    """.split()
)
_ABSTRACT = tuple(
    """
    研究開始時の研究の概要 研究概要 研究の概要 研究成果の概要 研究実績の概要
    今後の研究の推進方策 研究開発の概要 研究開発概要 研究計画の概要 研究計画概要 研究計画
    研究目的 研究の目的 研究内容 研究の内容 研究開発内容 研究開発の内容 研究開発目的
    研究開発の目的 研究背景 研究の背景 背景 研究方法 研究の方法 研究結果 結果と考察 結論
    提案の概要 提案概要 研究の要旨 研究要旨 研究内容の要旨 アブストラクト
    概要 要旨 要約 課題概要 課題の概要 事業概要 事業の概要 事業の目的 事業目的 事業内容
    事業の内容 プロジェクト概要 プロジェクトの概要 プロジェクト内容 テーマ概要 成果概要
    成果の概要 研究成果 研究成果概要 実施内容 実施概要 内容 目的 本文 説明
    abstract projectabstract researchabstract awardabstract abstracttext techabstracttext
    summary projectsummary researchsummary description projectdescription outline
    researchoutline outlineofresearch outlineofresearchatthestart
    outlineofannualresearchachievements outlineoffinalresearchachievements
    outlineofresearchachievements summaryofresearchproject summaryofresearchachievements
    strategyforfutureresearchactivity objective objectives purpose text
    """.split()
)
_ABSTRACT_EN = ("英文概要", "英語概要", "abstracten", "abstractenglish", "summaryenglish")
_KEYWORDS = tuple(
    """
    キーワード 研究キーワード 研究のキーワード 技術キーワード 検索キーワード 検索語
    keyword keywords projectterms tags タグ
    """.split()
)
_PARTNERS = tuple(
    """
    共同研究先 共同研究機関 連携機関 連携先 共同実施機関 参画機関 partner partners collaborators
    """.split()
)

_METADATA = {
    "country": "相手国 相手国名 共同研究相手国 国際共同研究相手国 partnercountry",
    "funder": "配分機関 配分機関名 資金配分機関 funder fundingagency fundingbody",
    "programme": "制度名 事業制度名 プログラム名 資金制度 programme fundingprogramme",
    "budget": "年度配分額 年度当たり配分額 年間予算額 annualbudget",
    "international": "国際共同研究 国際共同研究の有無 国際連携の有無 internationalcollaboration",
}
"""Columns that only screening looks at, by field."""

_EXACT = {*_ID, *_TITLE, *_TITLE_EN, *_ABSTRACT, *_ABSTRACT_EN, *_KEYWORDS, *_PARTNERS,
          *chain(*(names.split() for names in _METADATA.values()))}  # fmt: skip

_ENGLISH = re.compile("英|英文|英語|英語版|english|en|eng")
_OTHER_COLUMN = re.compile("コード|分類|区分|略称|番号|年|者|円|数$|url|code|id$")


def find_columns(
    header: Sequence[str],
    *,
    where: str,
    project_id: str | None = None,
    title: Sequence[str] = (),
    abstract: Sequence[str] = (),
    keywords: Sequence[str] = (),
    partners: Sequence[str] = (),
    **metadata: Sequence[str],
) -> Columns:
    """Find the columns of a project by name; those named by hand win. `metadata` are columns
    for screening, by field (country, funder, programme, budget, international).

    Raises UsageError for a column about people, InputError when a named column is missing, or
    when there is no text column at all; both list the columns that are there, and name the
    place `where`.

    >>> c = find_columns(["課題番号", "研究課題名", "研究概要", "キーワード"], where="a.csv")
    >>> c.project_id, c.title, c.abstract, c.keywords
    (0, (1,), (2,), (3,))
    """
    keys = [_key(name) for name in header]
    refuse_people([*title, *abstract, *keywords, *partners, *chain(*metadata.values())])

    def by_hand(names: Sequence[str]) -> tuple[int, ...]:
        return tuple(_named(name, header, keys, where) for name in names)

    ids = by_hand([project_id] if project_id else [])
    titles, abstracts = by_hand(title), by_hand(abstract)
    words, others = by_hand(keywords), by_hand(partners)
    known = {name: by_hand(metadata.get(name, ())) for name in _METADATA}
    taken = [*ids, *titles, *abstracts, *words, *others, *chain(*known.values())]
    found = _find(taken, keys)
    ids = ids or found["id"][:1]
    columns = Columns(
        project_id=ids[0] if ids else None,
        title=titles or found["title"][:1],
        title_en=() if titles else found["title_en"][:1],
        abstract=abstracts or tuple(sorted(found["abstract"])),
        keywords=words or tuple(sorted(found["keywords"])),
        partners=others or tuple(sorted(found["partners"])),
        abstract_en=() if abstracts else tuple(sorted(found["abstract_en"])),
    )
    columns = replace(columns, metadata=_metadata(header, keys, columns, known))
    if not (
        columns.abstract_en
        or columns.title
        or columns.title_en
        or columns.abstract
        or columns.keywords
    ):
        names = [repr(name) for name in header[:40]]
        raise InputError(
            Phrase(
                f"課題名・概要・キーワードの列が見つかりません。ある列: {'、'.join(names)}",
                f"No column with a title, an abstract or keywords. There are: {', '.join(names)}",
            ),
            where=where,
            hint=Phrase(
                "--title、--abstract、--keywords で列名を指定してください"
                "(文字化けしていれば --encoding utf-8 や cp932 で文字コードも)",
                "Name the columns with --title, --abstract, --keywords; if they are garbled, "
                "the encoding with --encoding",
            ),
        )
    return columns


def _metadata(
    header: Sequence[str],
    keys: Sequence[str],
    columns: Columns,
    by_hand: dict[str, tuple[int, ...]],
) -> tuple[tuple[str, str, int], ...]:
    """The columns that only screening looks at: named by hand, or found by exact name."""
    chosen = {"partners": columns.partners}
    used = {*columns.read, *chain(*by_hand.values())}
    for name, known in _METADATA.items():
        names = known.split()
        found = [
            i
            for i, key in enumerate(keys)
            if re.sub(r"\([^()]*\)$", "", key) in names and i not in used
        ]
        chosen[name] = by_hand[name] or tuple(found)
    return tuple((name, header[i], i) for name, places in chosen.items() for i in places)


def is_heading(row: Sequence[str], named: Sequence[str] = ()) -> bool:
    """Whether a row of a table reads like its heading; `named` are columns given by hand.

    >>> is_heading(["令和8年度 採択課題一覧", ""]), is_heading(["課題番号", "課題名"])
    (False, True)
    """
    if sum(map(bool, row)) < 2:
        return False
    keys = [_key(name) for name in row]
    if any(name in row or _key(name) in keys for name in named):
        return True
    found = _find((), keys)
    return any(found[kind] for kind in ("title", "title_en", "abstract", "abstract_en", "keywords"))


def join_headings(
    upper: Sequence[str], lower: Sequence[str], named: Sequence[str] = ()
) -> list[str] | None:
    """The heading that a heading and the row below it are together, as merged cells make it;
    None where that row is a project, or would hide a column `named` by hand.

    >>> join_headings(["課題番号", "研究内容", ""], ["", "課題名", "概要"])
    ['課題番号', '課題名', '概要']
    >>> join_headings(["課題番号", "課題名", "概要"], ["24K00001", "タイトル", "電池の研究"])
    """
    sure = sum(_key(name) in _EXACT for name in lower)
    if sure < 2 or not is_heading(lower, named):
        return None
    joined = [low if low.strip() else up for up, low in zip_longest(upper, lower, fillvalue="")]
    before, after = ({_key(name) for name in row} for row in (upper, joined))
    return None if before.intersection(map(_key, named)) - after else joined


def _find(taken: Sequence[int], keys: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The columns of each kind but those `taken`, best first: exact names before near ones.

    An English text beside a Japanese one says the same once more, so it is a kind of its own.
    """
    bases = {i: _base(key) for i, key in enumerate(keys) if i not in taken}

    def near(known: Sequence[str], *, english: bool = False) -> tuple[int, ...]:
        exact = [i for k in known for i in bases if keys[i] == k and not english]
        like = [i for k in known for i, (b, e) in bases.items() if b == k and e == english]
        both = [i for i, (b, e) in bases.items() if e == english and _made_of(b, known)]
        return tuple(dict.fromkeys((*exact, *like, *both)))

    return {
        "id": near(_ID),
        "title": near(_TITLE),
        "title_en": (*near(_TITLE_EN), *near(_TITLE, english=True)),
        "abstract": near(_ABSTRACT),
        "abstract_en": (*near(_ABSTRACT_EN), *near(_ABSTRACT, english=True)),
        "keywords": near(_KEYWORDS),
        "partners": near(_PARTNERS),
    }


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
        where=where,
        hint=Phrase("列名を確かめてください", "Check the name of the column"),
    )


def _key(name: str) -> str:
    """A heading without width, case, spaces, numbering and brackets' width."""
    plain = unicodedata.normalize("NFKC", name).lower()
    plain = re.sub(r"^\s*(?:\(?(?:\d{1,2}|[ivx]+|[a-z])[.):]|\d{1,2}(?=[^\d\s]))", "", plain)
    plain = re.sub(r"[\s_\-.:*※【】\[\]]+", "", plain)
    return re.sub(r"(?<=\D)\d{1,2}$", "", plain)


def _base(key: str) -> tuple[str, bool]:
    """A key without what stands in brackets behind it, and whether that says English.

    Brackets that turn the column into another one (a code, a person) stay.

    >>> _base("研究概要(500字以内)"), _base("課題名(英文)"), _base("課題名(略称)")
    (('研究概要', False), ('課題名', True), ('課題名(略称)', False))
    """
    found = re.fullmatch(r"(.+?)\(([^()]*)\)", key)
    if found is None or _OTHER_COLUMN.search(found.group(2)):
        return key, False
    return found.group(1), _ENGLISH.fullmatch(found.group(2)) is not None


def _made_of(key: str, known: Sequence[str]) -> bool:
    """Whether a key joins two known ones, as 研究目的及び研究概要 does."""
    parts = re.split("及び|および|と|・|、|/|&", key)
    return len(parts) > 1 and all(part in known for part in parts)
