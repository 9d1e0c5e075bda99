"""Columns by name, as agencies name them; and what counts as no text."""

import pytest

from ctclass.errors import InputError
from ctclass.headings import find_columns
from ctclass.projects import is_placeholder

KAKEN = [
    "研究課題/領域番号", "研究課題名", "研究課題名 (英文)", "研究種目", "審査区分", "研究機関",
    "キーワード", "研究開始時の研究の概要", "研究概要", "研究成果の概要", "研究実績の概要",
    "今後の研究の推進方策", "評価記号",
]  # fmt: skip


def names(header, columns):
    return {
        "id": header[columns.project_id] if columns.project_id is not None else None,
        "title": [header[i] for i in columns.title],
        "abstract": [header[i] for i in columns.abstract],
        "keywords": [header[i] for i in columns.keywords],
        "partners": [header[i] for i in columns.partners],
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (KAKEN, {"id": KAKEN[0], "title": KAKEN[1:2], "abstract": KAKEN[7:12],
                 "keywords": KAKEN[6:7]}),
        (["project_id", "title", "abstract", "keywords"],
         {"id": "project_id", "title": ["title"], "abstract": ["abstract"],
          "keywords": ["keywords"]}),
        (["Project ID", "Project Title", "Abstract", "Partner"],
         {"id": "Project ID", "title": ["Project Title"], "abstract": ["Abstract"],
          "partners": ["Partner"]}),
        (["課題管理番号", "研究開発課題名", "研究開発の概要", "共同研究機関"],
         {"id": "課題管理番号", "title": ["研究開発課題名"], "abstract": ["研究開発の概要"],
          "partners": ["共同研究機関"]}),
        (["予算事業ID", "事業名", "事業の目的", "事業の概要"],
         {"id": "予算事業ID", "title": ["事業名"], "abstract": ["事業の目的", "事業の概要"]}),
        (["番号", "課題名", "概要1", "概要2", "キーワード1", "キーワード2"],
         {"id": "番号", "title": ["課題名"], "abstract": ["概要1", "概要2"],
          "keywords": ["キーワード1", "キーワード2"]}),
        (["Research Project/Area Number", "Research Project", "Outline of Research at the Start",
          "Outline of Annual Research Achievements", "Outline of Final Research Achievements",
          "Keywords"],
         {"id": "Research Project/Area Number", "title": ["Research Project"],
          "abstract": ["Outline of Research at the Start",
                       "Outline of Annual Research Achievements",
                       "Outline of Final Research Achievements"], "keywords": ["Keywords"]}),
        (["課題番号", "課題名（和文）", "課題名（英文）", "概要（和文）", "概要（英文）"],
         {"title": ["課題名（和文）"], "abstract": ["概要（和文）"]}),
        (["①課題番号", "2.研究課題名", "（3）研究概要（500字以内）"],
         {"id": "①課題番号", "title": ["2.研究課題名"],
          "abstract": ["（3）研究概要（500字以内）"]}),
        (["研究開発課題ID", "研究開発テーマ", "研究開発の内容", "成果の概要(要約)"],
         {"id": "研究開発課題ID", "title": ["研究開発テーマ"],
          "abstract": ["研究開発の内容", "成果の概要(要約)"]}),
        (["プロジェクトコード", "テーマ名", "研究目的及び研究概要", "事業の内容"],
         {"id": "プロジェクトコード", "title": ["テーマ名"],
          "abstract": ["研究目的及び研究概要", "事業の内容"]}),
        (["ProjectReference", "Name", "Title", "Award Abstract"],
         {"id": "ProjectReference", "title": ["Title"], "abstract": ["Award Abstract"]}),
        (["整理番号", "研究者名", "研究題目", "研究計画概要", "概要(分類)"],
         {"id": "整理番号", "title": ["研究題目"], "abstract": ["研究計画概要"]}),
        (["課題名称", "研究の要旨（800字以内）", "概要", "技術キーワード"],
         {"title": ["課題名称"], "abstract": ["研究の要旨（800字以内）", "概要"],
          "keywords": ["技術キーワード"]}),
        (["提案課題名", "課題名", "提案の概要", "提案概要", "研究のキーワード", "キーワード"],
         {"title": ["課題名"], "abstract": ["提案の概要", "提案概要"],
          "keywords": ["研究のキーワード", "キーワード"]}),
        (["提案課題名", "研究内容の要旨", "研究要旨", "アブストラクト"],
         {"title": ["提案課題名"], "abstract": ["研究内容の要旨", "研究要旨", "アブストラクト"]}),
        (["ＩＤ", "タイトル", "要旨"], {"id": "ＩＤ", "title": ["タイトル"], "abstract": ["要旨"]}),
    ],
)  # fmt: skip
def test_columns_are_found(header, expected):
    found = names(header, find_columns(header, where="t.csv"))
    assert {k: found[k] for k in expected} == expected


def test_columns_named_by_hand_win():
    header = ["id", "title", "memo", "note"]
    columns = find_columns(header, where="t", project_id="note", abstract=["memo"])
    found = names(header, columns)
    assert found["id"] == "note"
    assert found["abstract"] == ["memo"]
    assert found["title"] == ["title"]


def test_no_text_column():
    with pytest.raises(InputError) as error:
        find_columns(["年度", "金額"], where="t.csv")
    assert "'年度'" in error.value.what.ja
    assert "--title" in error.value.hint.ja


def test_the_english_title_is_used_only_where_there_is_no_other():
    columns = find_columns(KAKEN, where="t")
    cells = [""] * len(KAKEN)
    cells[2] = "Quantum computer"
    assert columns.project(cells).title == "Quantum computer"
    cells[1] = "量子計算機"
    assert columns.project(cells).title == "量子計算機"


def test_several_texts_are_joined_and_placeholders_left_out():
    columns = find_columns(KAKEN, where="t")
    cells = [""] * len(KAKEN)
    cells[7], cells[8], cells[9] = "該当なし", "量子を調べる。", "継続課題のため、記入しない。"
    assert columns.project(cells).abstract == "量子を調べる。"


@pytest.mark.parametrize("text", ["", "－", "なし", "該当なし。", " N/A ", "（未定）"])
def test_placeholders(text):
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["量子", "なし崩しの政策"])
def test_texts(text):
    assert not is_placeholder(text)


def test_a_name_by_hand_replaces_only_its_kind():
    header = ["id", "課題名", "別題", "概要"]
    found = names(header, find_columns(header, where="t", title=["別題"]))
    assert (found["title"], found["abstract"], found["id"]) == (["別題"], ["概要"], "id")


def test_english_texts_are_used_only_where_there_are_no_others():
    columns = find_columns(["概要（和文）", "概要（英文）", "Title (English)"], where="t")
    assert columns.project(["量子", "quantum", "Qubits"]).abstract == "量子"
    assert columns.project(["", "quantum", "Qubits"]).abstract == "quantum"
    assert columns.project(["", "quantum", "Qubits"]).title == "Qubits"
    assert columns.read == {0, 1, 2}
