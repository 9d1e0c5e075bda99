"""A workbook for officers: what they see, what other programs read, what comes back as labels."""

import csv
import dataclasses
import json
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock

from ctclass.errors import InputError
from ctclass.headings import find_columns
from ctclass.readers.labels import ScreeningLabel, read_judged, read_labels
from ctclass.readers.verdicts import (
    COMMENT,
    ENTRIES,
    JUDGED,
    LEVELS,
    NO_AREA,
    OTHERS,
    PRIMARY,
    REVIEWER,
    SCREENING,
    VERDICT,
    read_verdicts,
)
from ctclass.runs.stream import Totals, tag_table
from ctclass.runs.workbook import look_for, pages
from ctclass.runs.workbook_legend import area_face
from ctclass.tables import create_table, excel_writer, open_table
from ctclass.tables.marking import MOST_MARKS, find_words, runs
from ctclass.tagging.screen import LEVELS as SCREENING_LEVELS
from ctclass.tagging.tag import COLUMNS, HEADINGS

QUANTUM = "超伝導量子ビットを用いた量子コンピュータの誤り訂正符号を開発し、量子計算の精度を高める。"
FUSION = "核融合炉のトリチウム増殖ブランケットを設計し、プラズマ対向材料の中性子照射損傷を調べる。"
HISTORY = "近世の村落に残る古文書を読み解き、年貢の取り立てと村人の暮らしの関わりを明らかにする。"
HEADER = ["課題番号", "課題名", "研究概要", "キーワード", "配分額"]
ROWS = [
    ["00101", "量子誤り訂正の研究", QUANTUM, "量子計算 / 誤り訂正", "1200000"],
    ["00102", "核融合炉の炉工学", FUSION, "核融合", "800"],
    ["00103", "近世村落の研究", HISTORY, "古文書", ""],
    ["00104", "=1+1", "", "", "+5"],
]


def write_csv(path: Path, rows=ROWS, header=HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def tag(tagger, source: Path, target: Path, chunk_rows=500, **named):
    """The table tagged into a workbook, as the command does it; what there was to say."""
    with open_table(str(source)) as reader:
        columns = find_columns(reader.header, where="x", **named)
        with create_table(
            str(target),
            reader,
            COLUMNS,
            look=lambda: look_for(tagger.model, reader.header, columns),
        ) as writer:
            totals = tag_table(tagger, reader, writer, columns, chunk_rows=chunk_rows)
            writer.pages = lambda: pages(tagger.model, totals)
    return [note.en for note in writer.notes]


@pytest.fixture(scope="module")
def book(tagger, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    tag(tagger, write_csv(folder / "a.csv"), folder / "a.xlsx")
    return folder / "a.xlsx"


def place(sheet, name) -> int:
    return [cell.value for cell in sheet[1]].index(name) + 1


def fill(source: Path, target: Path, entries) -> Path:
    """What a person enters: by row of the sheet, texts by column; saved by openpyxl."""
    book = openpyxl.load_workbook(source)
    sheet = book.worksheets[0]
    for row, cells in entries.items():
        for name, value in cells.items():
            sheet.cell(row, place(sheet, name)).value = value
    book.save(target)
    return target


def sheet_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_other_programs_find_every_row_and_column(tagger, book):
    frame = pd.read_excel(book, dtype=str, keep_default_na=False)
    assert list(frame.columns) == [*HEADER, *COLUMNS, *ENTRIES]
    assert frame[HEADER].to_numpy().tolist() == ROWS
    with open_table(str(book.with_suffix(".csv"))) as reader:
        columns = find_columns(reader.header, where="x")
        projects = [columns.project(row) for row in ROWS]
    expected = [tagging.columns() for tagging in tagger.tag_all(projects)]
    assert frame[list(COLUMNS)].to_numpy().tolist() == expected
    assert frame[JUDGED].tolist() == [
        "⑫ 量子",
        "⑮ フュージョンエネルギー",
        NO_AREA,
        "判定なし(empty)",
    ]
    assert set(frame[list(ENTRIES[1:])].to_numpy().ravel()) == {""}


def test_what_an_officer_sees(book, model):
    sheets = openpyxl.load_workbook(book).worksheets
    assert [sheet.title for sheet in sheets] == ["判定 Answers", "集計 Summary", "凡例 Legend"]
    sheet = sheets[0]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(5, sheet.max_column).coordinate}"
    for name in COLUMNS:
        cell = sheet.cell(1, place(sheet, name))
        assert cell.number_format == f'@" {HEADINGS[name]}"'
        assert HEADINGS[name] in cell.comment.text
    primary = place(sheet, "ct_primary")
    fills = {a.id: area_face(a.number, strategic=a.strategic).fill[1:] for a in model.areas}
    assert len(set(fills.values())) == 16
    for row, area in ((2, "quantum"), (3, "fusion")):
        for column in (primary, place(sheet, JUDGED)):
            assert sheet.cell(row, column).fill.fgColor.rgb == "FF" + fills[area]
    assert sheet.cell(2, place(sheet, "ct_strategic")).font.b
    assert not sheet.cell(4, place(sheet, "ct_strategic")).font.b
    assert all(sheet.row_dimensions[row].height > 30 for row in range(1, 6))


def test_drop_downs_offer_verdicts_areas_and_levels(book, model):
    workbook = openpyxl.load_workbook(book)
    sheet = workbook.worksheets[0]
    offered = {}
    for validation in sheet.data_validations.dataValidation:
        for part in validation.sqref.ranges:
            assert (part.min_row, part.max_row) == (2, 5)
            assert part.min_col == part.max_col
            offered[sheet.cell(1, part.min_col).value] = validation.formula1
    assert set(offered) == {VERDICT, PRIMARY, *OTHERS, SCREENING}
    assert offered[VERDICT] == '"正しい,違う,わからない"'
    assert offered[SCREENING] == f'"{",".join(LEVELS)}"'
    assert tuple(sorted(LEVELS.values())) == tuple(sorted(SCREENING_LEVELS))
    name, _, cells = offered[PRIMARY].rpartition("!")
    listed = [row[0].value for row in workbook[name.strip("'")][cells.replace("$", "")]]
    assert listed == [*(f"{chr(0x245F + a.number)} {a.label_ja}" for a in model.areas), NO_AREA]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_is_readable(model):
    header = ["課題名"]
    look = look_for(model, header, find_columns(header, where="x"))
    faces = [f for by_value in look.faces.values() for f in by_value.values()]
    faces += [f for entry in look.entries for f in entry.faces.values()]
    assert len(faces) > 30
    for face in faces:
        light, dark = sorted((luminance(face.fill), luminance(face.ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, face


def marked(cell):
    """The text of a cell and its bold runs."""
    value = cell.value
    if not isinstance(value, CellRichText):
        return value or "", []
    bold = [part.text for part in value if isinstance(part, TextBlock) and part.font.b]
    return "".join(map(str, value)), bold


def test_the_words_that_decided_are_marked_where_they_stand(book):
    sheet = openpyxl.load_workbook(book, rich_text=True).worksheets[0]
    words = sheet.cell(2, place(sheet, "ct_evidence")).value.split(";")
    found = []
    for column in (2, 3, 4):
        text, bold = marked(sheet.cell(2, column))
        assert text == ROWS[0][column - 1]
        found += bold
    assert set(words) == set(found)
    assert marked(sheet.cell(2, 1)) == ("00101", [])
    assert marked(sheet.cell(4, 3))[0] == HISTORY


@given(
    st.text(alphabet="量子イオンライ𠮟AIa ;,\n<&", max_size=60),
    st.lists(st.text(alphabet="量子イオン𠮟AI ,", min_size=1, max_size=4), max_size=4),
)
def test_marks_never_overlap_and_lose_nothing(text, words):
    (spans,) = find_words([text], words)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    xml = runs(text, spans, "", "<rPr/>")
    texts = re.findall(r'<t xml:space="preserve">([^<]*)</t>', xml)
    back = "".join(texts).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == text
    assert all(word not in text or spans for word in words)


def test_a_word_of_two_lines_and_one_with_a_semicolon():
    assert find_words(["量子 \n計算と A;B"], ["量子 計算", "A,B"]) == [[(0, 6), (8, 11)]]


ATTEMPTS = [
    "=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "＝1+1", "\t=1+1", "\r=1+1",
    '=HYPERLINK("http://x","y")', "http://example.com", "internal:Sheet1!A1", "{=1+1}",
    "<r>量子</r>", '<r></r></is></c><c r="Z9"><f>1+1</f></c><c><is><r><t>量子コンピュータ</t></r>',
    "_x0041_ 量子", "&amp;<b>量子</b>",
]  # fmt: skip


@pytest.mark.parametrize("native", [False, True])
def test_no_text_becomes_a_formula_or_a_link(tagger, tmp_path, native):
    rows = [
        [text, f"{text}量子コンピュータ", f"{text}{QUANTUM}{text}", text, text] for text in ATTEMPTS
    ]
    source = write_csv(tmp_path / "a.csv", rows, [*HEADER[:4], "=1+1"])
    if native:
        book = openpyxl.Workbook()
        for row in [[*HEADER[:4], "=1+1"], *rows]:
            book.active.append(row)
        for line in book.active.iter_rows():
            for cell in line:
                cell.data_type = "s"
        source = tmp_path / "in.xlsx"
        book.save(source)
    tag(tagger, source, tmp_path / "b.xlsx")
    xml = sheet_xml(tmp_path / "b.xlsx")
    assert not re.search(r"<f[ >/]|<hyperlink", xml)
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    assert sheet.max_row == len(rows) + 1
    for line, row in zip(sheet.iter_rows(min_row=2, max_col=5), rows, strict=True):
        assert all(cell.data_type == "s" for cell in line)
        if "_x0041_" not in row[0]:  # openpyxl leaves the escape that Excel undoes
            found = [cell.value.replace("_x000D_", "\r") for cell in line]
            # openpyxl also wrote the carriage return of the native input bare.
            assert found == [text.replace("\r", "\n") if native else text for text in row]
    assert "<b/>" in xml


def test_long_texts_odd_characters_and_planes_beyond_the_first(tagger, tmp_path):
    long = (QUANTUM + "𠮟る😀") * 900
    rows = [
        ["1", "𠮷野の量子コンピュータ😀", long, "😀量子計算", ""],
        ["2", "量子\x01コンピュータ", f"{QUANTUM}\x0b\ufffe", "", "\x02"],
        ["3", "量子計算" * 9000, "AI" * 16_000, "", ""],
    ]
    notes = tag(tagger, write_csv(tmp_path / "a.csv", rows), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx", rich_text=True).worksheets[0]
    text, bold = marked(sheet.cell(2, 3))
    assert len(text.encode("utf-16-le")) // 2 <= 32_767
    assert text.endswith("…[以下略/cut]")
    assert long.startswith(text.removesuffix("…[以下略/cut]"))
    assert len(bold) == MOST_MARKS
    assert marked(sheet.cell(2, 2))[0] == "𠮷野の量子コンピュータ😀"
    assert marked(sheet.cell(3, 3))[0] == f"{QUANTUM}\ufffd\ufffd"
    assert marked(sheet.cell(3, 3))[1]
    assert any("cut" in note for note in notes)
    assert any("Control characters" in note for note in notes)


def test_the_same_bytes_whatever_the_chunks(tagger, tmp_path):
    rows = [[str(i), *ROWS[i % 4][1:]] for i in range(60)]
    source = write_csv(tmp_path / "a.csv", rows)
    tag(tagger, source, tmp_path / "one.xlsx")
    tag(tagger, source, tmp_path / "two.xlsx", chunk_rows=7)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_summary_and_legend_say_what_the_rows_say(tagger, tmp_path):
    rows = [[f"{i % 9}", *ROWS[i % 3][1:]] for i in range(12)]
    tag(tagger, write_csv(tmp_path / "a.csv", rows), tmp_path / "a.xlsx")
    frame = pd.read_excel(tmp_path / "a.xlsx", dtype=str, keep_default_na=False)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    summary = {row[0]: row[1:] for row in book.worksheets[1].iter_rows(values_only=True) if row[0]}
    assert summary["行 Rows"][0] == len(frame) == 12
    strategic = (frame["ct_strategic"] == "true").sum()
    assert summary["国家戦略技術領域 National-strategic"][:2] == (strategic, strategic / 12)
    for level in ("priority", "check", "none"):
        (name,) = [key for key in summary if key.endswith(f" {level}")]
        assert summary[name][0] == (frame["ct_screening"] == level).sum()
    given = frame["ct_areas"].str.split(";").explode().value_counts()
    for area in tagger.model.areas:
        counts = summary[f"{chr(0x245F + area.number)} {area.label_ja}"]
        assert counts[0] == (frame["ct_primary"] == area.id).sum()
        assert (counts[2], counts[4]) == (given.get(area.id, 0), area.id)
    assert summary["課題番号の重複 Duplicate ids"][0] == 3
    assert "11、12、13" in summary
    (chart,) = book.worksheets[1]._charts
    (series,) = chart.series
    first, last = re.findall(r"\d+", series.val.numRef.f)
    counts = [row[0].value for row in book.worksheets[1][f"B{first}:B{last}"]]
    assert sum(counts) == (frame["ct_primary"] != "").sum()
    legend = " ".join(str(c.value) for row in book.worksheets[2] for c in row if c.value)
    header = tagger.model.header
    for fact in (tagger.model.label, header["digest"], header["taxonomy"]["version"],
                 header["made_with"]["sudachidict-core"], *COLUMNS, *ENTRIES, "too-short",
                 "none は「問題なし」ではありません"):  # fmt: skip
        assert fact in legend


def test_the_legend_says_what_the_ids_of_the_table_stand_for(tagger, book):
    """A rule by its list item, source and whether anybody held it against the original; a
    technology by its names; those that stand in the table, and no others."""
    frame = pd.read_excel(book, dtype=str, keep_default_na=False)
    legend = [[c.value or "" for c in row] for row in openpyxl.load_workbook(book).worksheets[2]]
    blocks = {}
    for name in ("ct_screening_rules", "ct_subtechnologies"):
        # The first row of that name is in the block of columns, the second heads its own.
        (_, at) = [i for i, row in enumerate(legend) if row[0] == name]
        end = next(i for i in range(at + 1, len(legend)) if not legend[i][0])
        blocks[name] = {row[0]: row[1:4] for row in legend[at + 1 : end]}
        told = [one for cell in frame[name] for one in cell.split(";") if one]
        assert len(told) > 2
        assert set(blocks[name]) == set(told)
    items = {item.id: item for item in tagger.model.rules.items}
    for rule, (sure, name, source) in blocks["ct_screening_rules"].items():
        item = items[rule.partition(":")[0]]
        assert name.split("\n")[:2] == [item.name_ja, item.name_en]
        assert source == f"{item.source_ja}\n{item.source_en}"
        assert sure.startswith("公刊資料で確認" if item.confirmed else "公刊資料で未確認")
    subs = {sub.id: sub for sub in tagger.model.subtechnologies}
    for sub, (area, ja, en) in blocks["ct_subtechnologies"].items():
        assert (ja, en) == (subs[sub].name_ja, subs[sub].name_en)
        assert area in ("⑫ 量子", "⑮ フュージョンエネルギー")


def test_a_rule_of_other_lists_is_left_unexplained(model):
    totals = Totals(rows=1)
    totals.rules.update(["gone-1:x", "meta-country-abroad", "export-8:learned"])
    legend = pages(model, totals)[1]
    (rules,) = [block for block in legend.blocks if block.title.startswith("規則")]
    assert [row[0] for row in rules.rows] == ["export-8:learned", "meta-country-abroad", "gone-1:x"]
    assert "最も近いもの" in rules.rows[0][2]
    assert rules.rows[2][1:] == ["", "", ""]
    assert not [b for b in pages(model, Totals())[1].blocks if b.title.startswith(("規則", "個別"))]


def test_an_empty_table_is_a_workbook_too(tagger, tmp_path):
    tag(tagger, write_csv(tmp_path / "a.csv", []), tmp_path / "a.xlsx")
    assert len(pd.read_excel(tmp_path / "a.xlsx")) == 0


def test_rows_do_not_pile_up_in_memory(tagger, tmp_path):
    source = write_csv(tmp_path / "a.csv", [ROWS[2]] * 300)
    with open_table(str(source)) as reader:
        columns = find_columns(reader.header, where="x")
        look = look_for(tagger.model, reader.header, columns)
        with create_table(str(tmp_path / "a.xlsx"), reader, COLUMNS, look=lambda: look) as writer:
            tag_table(tagger, reader, writer, columns)
            assert len(writer._sheet.row_info) < 40
            assert len(writer._sheet.table) <= 1
            writer.pages = lambda: pages(tagger.model, Totals())


def test_too_many_rows_are_said_before_the_work(tagger, tmp_path, monkeypatch):
    monkeypatch.setattr(excel_writer, "MOST_ROWS", 3)
    pd.DataFrame(ROWS, columns=HEADER).to_parquet(tmp_path / "a.parquet")
    with (
        open_table(str(tmp_path / "a.parquet")) as reader,
        pytest.raises(InputError, match=r"no more than 3 rows \(this table has 4\)"),
    ):
        create_table(str(tmp_path / "b.xlsx"), reader, COLUMNS)
    with pytest.raises(InputError, match="no more than 3 rows"):
        tag(tagger, write_csv(tmp_path / "a.csv"), tmp_path / "b.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.parquet"]


FILLED = {
    2: {VERDICT: "正しい", SCREENING: "要確認 check", COMMENT: "よい", REVIEWER: "山田"},
    3: {VERDICT: "違う", PRIMARY: "⑤ 資源・エネルギー安全保障・GX", OTHERS[0]: "fusion; 8"},
    4: {COMMENT: "保留", SCREENING: "不要"},
}


def as_labels(labels):
    return {label.project_id: (label.primary, label.areas, label.screening) for label in labels}


LABELS = {
    "00101": ("quantum", ("quantum",), "check"),
    "00102": ("energy", ("energy", "fusion", "materials"), None),
}


def test_verdicts_come_back_as_labels(book, model, tmp_path):
    filled = fill(book, tmp_path / "filled.xlsx", FILLED)
    labels = read_labels(filled, model)
    assert as_labels(labels) == LABELS
    assert labels[0].project.abstract == QUANTUM
    assert labels[0].unsure is None
    told = {row["id"]: row for row in read_verdicts(filled, model.areas)}
    assert (told["00101"]["comment"], told["00101"]["reviewer"]) == ("よい", "山田")
    assert (told["00103"]["areas"], told["00103"]["screening"]) == (None, "none")
    alone = read_judged(filled, model)[-1]  # only 確認_技術流出 was filled in
    assert alone == ScreeningLabel("00103", "none", alone.project)
    assert alone.project is not None
    corrected = fill(book, tmp_path / "c.xlsx", {2: {PRIMARY: "⑧"}, 3: {OTHERS[0]: " "}})
    assert as_labels(read_labels(corrected, model)) == {
        "00101": ("materials", ("materials",), None)
    }
    unsure = {2: {VERDICT: "わからない", PRIMARY: "12"}, 3: {VERDICT: "わからない"}}
    (label,) = read_labels(fill(book, tmp_path / "b.xlsx", unsure), model)
    assert (label.primary, label.unsure) == ("quantum", True)


@pytest.mark.parametrize("codec", ["cp932", "utf-8-sig"])
def test_saved_as_csv_by_excel(book, model, tmp_path, codec):
    """Excel writes what it shows: a heading of ours with the Japanese name behind it."""
    fill(book, tmp_path / "filled.xlsx", FILLED)
    sheet = openpyxl.load_workbook(tmp_path / "filled.xlsx").worksheets[0]
    first, *rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    first = [f"{name} {HEADINGS[name]}" if name in HEADINGS else name for name in first]
    with (tmp_path / "a.csv").open("w", encoding=codec, newline="") as file:
        csv.writer(file).writerows([first, *rows])
    assert as_labels(read_labels(tmp_path / "a.csv", model)) == LABELS


@pytest.mark.parametrize(
    "name",
    ["quantum", "12", "⑫", "⑫ 量子", "⑫量子", "量子", "１２", "12 量子", "QUANTUM", "量子 quantum"],
)
def test_every_way_to_write_an_area(book, model, tmp_path, name):
    entries = {3: {VERDICT: "違う", PRIMARY: name}}
    (label,) = read_labels(fill(book, tmp_path / "a.xlsx", entries), model)
    assert label.areas == ("quantum",)


@pytest.mark.parametrize("name", [NO_AREA, "0", "なし", "none"])
def test_no_area_is_an_answer(book, model, tmp_path, name):
    (label,) = read_labels(
        fill(book, tmp_path / "a.xlsx", {2: {VERDICT: "違う", PRIMARY: name}}), model
    )
    assert (label.areas, label.primary) == ((), "")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({VERDICT: "たぶん"}, "たぶん"),
        ({VERDICT: "違う"}, "is empty"),
        ({VERDICT: "違う", PRIMARY: "量子力学"}, "量子力学"),
        ({VERDICT: "違う", PRIMARY: "⑮ フュージョンエネルギー"}, "contradicts"),
        ({VERDICT: "正しい", PRIMARY: "⑫ 量子"}, "contradicts"),
        ({VERDICT: "違う", OTHERS[0]: "⑫ 量子"}, "is empty"),
        ({VERDICT: "違う", PRIMARY: NO_AREA, OTHERS[0]: "⑫ 量子"}, "Both"),
        ({VERDICT: "正しい", SCREENING: "たぶん"}, "たぶん"),
        ({VERDICT: "正しい", JUDGED: None}, "is empty"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_row(book, model, tmp_path, entries, words):
    path = fill(book, tmp_path / "a.xlsx", {2: {VERDICT: "正しい"}, 3: entries})
    with pytest.raises(InputError) as caught:
        read_labels(path, model)
    assert caught.value.where == f"{path}:3"
    assert "row 3: " in caught.value.what.en
    assert words in caught.value.what.en


def test_without_the_column_that_asks_the_answers_themselves_count(book, model, tmp_path):
    workbook = openpyxl.load_workbook(fill(book, tmp_path / "a.xlsx", FILLED))
    sheet = workbook.worksheets[0]
    sheet.delete_cols(place(sheet, JUDGED))
    workbook.save(tmp_path / "a.xlsx")
    assert as_labels(read_labels(tmp_path / "a.xlsx", model)) == LABELS
    sheet.delete_cols(place(sheet, "ct_areas"))
    workbook.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=f"row 2: {JUDGED} is empty"):
        read_labels(tmp_path / "a.xlsx", model)


def test_all_faulty_rows_are_named_at_once(book, model, tmp_path):
    path = fill(book, tmp_path / "a.xlsx", {row: {VERDICT: "?"} for row in (2, 4)})
    with pytest.raises(InputError, match=r"row 2: .*; row 4: "):
        read_labels(path, model)


def test_two_rows_of_one_project_must_agree(tagger, tmp_path):
    tag(tagger, write_csv(tmp_path / "a.csv", [ROWS[0], ROWS[0]]), tmp_path / "a.xlsx")
    agreed = fill(tmp_path / "a.xlsx", tmp_path / "b.xlsx", dict.fromkeys((2, 3), FILLED[2]))
    assert len(read_labels(agreed, tagger.model)) == 1
    entries = {2: FILLED[2], 3: {VERDICT: "違う", PRIMARY: "8"}}
    with pytest.raises(InputError, match="row 3: The same project as row 2"):
        read_labels(fill(tmp_path / "a.xlsx", tmp_path / "c.xlsx", entries), tagger.model)


def test_nothing_filled_in_and_no_columns_to_fill_in(book, model, tmp_path):
    with pytest.raises(InputError, match="There are no labels"):
        read_labels(book, model)
    with pytest.raises(InputError, match=VERDICT):
        read_labels(write_csv(tmp_path / "a.csv"), model)


def test_columns_named_by_hand_are_remembered(tagger, tmp_path):
    header = ["整理コード", "申請の表題", "申請の中身", "備考欄", "額"]
    source = write_csv(tmp_path / "a.csv", header=header)
    named = {"project_id": header[0], "title": [header[1]], "abstract": [header[2]]}
    tag(tagger, source, tmp_path / "a.xlsx", **named)
    (label,) = read_labels(
        fill(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {2: FILLED[2]}), tagger.model
    )
    assert (label.project_id, label.project.abstract) == ("00101", QUANTUM)


def test_tagged_again_what_people_entered_keeps_its_meaning(tagger, book, tmp_path):
    changed = FILLED | {2: FILLED[2] | {"研究概要": FUSION, "課題名": "核融合", "キーワード": ""}}
    filled = fill(book, tmp_path / "filled.xlsx", changed)
    notes = tag(tagger, filled, tmp_path / "again.xlsx")
    assert any("entered in 3 rows is kept" in note for note in notes)
    frame = pd.read_excel(tmp_path / "again.xlsx", dtype=str, keep_default_na=False)
    assert list(frame.columns) == [*HEADER, *COLUMNS, *ENTRIES]
    assert frame.loc[0, ["ct_primary", JUDGED]].tolist() == ["fusion", "⑫ 量子"]
    assert frame.loc[3, JUDGED] == "判定なし(empty)"
    again = as_labels(read_labels(tmp_path / "again.xlsx", tagger.model))
    assert again == LABELS
    copy = tmp_path / "again.csv"
    with open_table(str(filled)) as reader:
        columns = find_columns(reader.header, where="x")
        with create_table(str(copy), reader, COLUMNS) as writer:
            tag_table(tagger, reader, writer, columns)
    assert as_labels(read_labels(copy, tagger.model)) == LABELS


def test_entries_are_never_read_as_texts(tagger, book, tmp_path):
    filled = fill(book, tmp_path / "a.xlsx", {4: {COMMENT: QUANTUM}})
    tag(tagger, filled, tmp_path / "b.xlsx")
    frame = pd.read_excel(tmp_path / "b.xlsx", dtype=str, keep_default_na=False)
    assert frame.loc[2, ["ct_primary", COMMENT]].tolist() == ["", QUANTUM]


def test_own_cells_keep_type_and_number_format(tagger, tmp_path):
    source = openpyxl.Workbook()
    source.active.append(["課題番号", "課題名", "額", "率", "開始"])
    source.active.append([7, "量子コンピュータ", 1200000, 0.25, pd.Timestamp(2026, 4, 1)])
    formats = ["00000", "General", "#,##0", "0%", "yyyy/m/d"]
    for column, form in enumerate(formats, 1):
        source.active.cell(2, column).number_format = form
    source.save(tmp_path / "a.xlsx")
    tag(tagger, tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    assert [cell.number_format for cell in sheet[2][:5]] == formats
    assert [cell.value for cell in sheet[2][:5]] == [
        7, "量子コンピュータ", 1200000, 0.25, pd.Timestamp(2026, 4, 1).to_pydatetime(),
    ]  # fmt: skip


def test_the_guide_names_all_that_is_to_be_filled_in():
    guide = (Path(__file__).parent.parent / "docs" / "workbook.md").read_text("utf-8")
    for name in (*ENTRIES, *LEVELS, "正しい", "違う", "わからない", NO_AREA):
        assert f"`{name}`" in guide


def ctclass(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", *arguments, "--lang", "en"],
        cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip


def test_from_a_table_to_figures_by_the_commands(tmp_path):
    write_csv(tmp_path / "grants.csv")
    done = ctclass("tag", "grants.csv", "-o", "grants.tagged.xlsx", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    fill(tmp_path / "grants.tagged.xlsx", tmp_path / "filled.xlsx", FILLED)
    found = ctclass("evaluate", "filled.xlsx", "--json", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    figures = json.loads(found.stdout)
    assert (figures["overall"]["projects"], figures["overall"]["primary"]["value"]) == (2, 0.5)
    lines = ctclass("evaluate", "grants.csv", cwd=tmp_path)
    assert lines.returncode == 3
    assert VERDICT in lines.stderr


def test_a_model_may_be_of_another_taxonomy(model, book, tmp_path):
    filled = fill(book, tmp_path / "a.xlsx", FILLED)
    fewer = dataclasses.replace(model, areas=model.areas[:11])
    with pytest.raises(InputError, match=r"row 2: There is no area '⑫ 量子'"):
        read_labels(filled, fewer)


def test_columns_of_frameworks_and_the_label_of_the_recall_point(tmp_path):
    done = ctclass(
        "tag", write_csv(tmp_path / "a.csv"), "-o", "a.xlsx", "--framework", "us-cet",
        "--framework", "eu-10", "--screening-recall", "-q", cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book.worksheets[0]
    assert sheet.cell(2, place(sheet, "ct_framework_us_cet")).value
    head = sheet.cell(1, place(sheet, "ct_framework_eu_10"))
    assert "項目の id" in head.comment.text
    assert '"' in head.number_format
    legend = [[cell.value for cell in row] for row in book.worksheets[2]]
    (meaning,) = [row for row in legend if row[0] == "ct_framework_us_cet"]
    assert "米国" in meaning[1]
    assert [row[2] for row in legend if row[1] == "Model"] == [
        sheet.cell(2, place(sheet, "ct_model")).value
    ]
    assert book.custom_doc_props["ctclass.model"].value.endswith("+screening-recall")
