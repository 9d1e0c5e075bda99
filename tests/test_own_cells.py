"""Cells that only look odd: they come out as they went in, whatever the format does to them."""

import csv
import io
import json
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from ctclass.errors import InputError, UsageError
from ctclass.headings import is_heading, join_headings
from ctclass.tables import create_table, open_table, output_path, refuse_output

ADDED = ("ct_one",)


def read(path, **options):
    with open_table(str(path), **options) as reader:
        rows = [(list(r.cells), r.problem) for c in reader.chunks(7) for r in c.rows]
    return reader, rows


def copy(source, target, judged=None, **options):
    with open_table(str(source)) as reader:
        reader.judged = judged
        with create_table(str(target), reader, ADDED, **options) as writer:
            for chunk in reader.chunks(2):
                answers = [["x"] for _ in chunk.rows]
                writer.write(chunk, answers, [{"one": "x"} for _ in chunk.rows])
    return [n.en for n in writer.notes]


def workbook(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def spoil(path, change):
    """The same archive with some of its members changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'id,課題名,概要\n1,"量子"暗号,"複数\n行の概要"\n2,電池,x\n',
            [["1", '"量子"暗号', "複数\n行の概要"], ["2", "電池", "x"]],
        ),
        (
            'id,課題名,概要\n1,"量子"暗号,概要\n2,"電池",x\n',
            [["1", '"量子"暗号', "概要"], ["2", "電池", "x"]],
        ),
        (
            'id\t課題名\t概要\n1\t"量子" と "暗号"\t概要\n',
            [["1", '"量子" と "暗号"', "概要"]],
        ),
        ('a,b\n"x,y"z,d\n', [["x,yz", "d"]]),
        ('a,b\n1,"x"",""y"z","q"\n', [["1", '"x"",""y"z",q']]),
    ],
)
def test_stray_quotes_stay_and_rows_stay_whole(tmp_path, text, expected):
    path = tmp_path / ("a.tsv" if "\t" in text else "a.csv")
    path.write_text(text, "utf-8")
    _, rows = read(path)
    assert [cells for cells, _ in rows] == expected
    assert rows[0][1] == "stray-quote"
    assert all(problem is None for _, problem in rows[1:])


def test_a_quote_that_stays_open_behind_a_stray_one_is_an_error(tmp_path):
    (tmp_path / "a.csv").write_text('a,b,c\n1,"x"y,"open\n2,x,y\n', "utf-8")
    with pytest.raises(InputError, match=r"a\.csv:2"):
        read(tmp_path / "a.csv")


def test_a_formula_whose_result_is_empty_is_worked_out(tmp_path):
    workbook(tmp_path / "a.xlsx", ["id", "課題名"], [1, "量子暗号"], [2, "電池"])
    spoil(
        tmp_path / "a.xlsx",
        lambda _, data: data.replace(
            b'<c r="A2" t="n"><v>1</v></c>',
            b'<c r="A2" t="str"><f>IF(1,"","")</f><v></v></c>',
        ),
    )
    assert read(tmp_path / "a.xlsx")[1] == [(["", "量子暗号"], None), (["2", "電池"], None)]


def test_an_array_formula_is_shown_as_text(tmp_path):
    book = workbook(tmp_path / "a.xlsx", ["id", "課題名"], [1, "量子暗号"])
    book.active["A3"] = 2
    book.active["B3"] = ArrayFormula("B3:B3", "=CONCAT(B2)")
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx")[1][1] == (["2", "=CONCAT(B2)"], "formula")


def test_a_formula_in_a_column_that_is_not_read_marks_nothing(tmp_path):
    workbook(tmp_path / "a.xlsx", ["課題名", "額"], ["量子暗号", "=1+1"], ["=A2", 1])
    with open_table(str(tmp_path / "a.xlsx")) as reader:
        reader.judged = frozenset([0])
        (chunk,) = reader.chunks(9)
    assert [row.problem for row in chunk.rows] == [None, "formula"]


def test_a_column_without_a_heading_is_a_column(tmp_path):
    workbook(tmp_path / "a.xlsx", ["id", "課題名", None], [1, "量子暗号", "備考1"], [2, "電池"])
    reader, rows = read(tmp_path / "a.xlsx")
    assert reader.header == ["id", "課題名", ""]
    assert rows == [(["1", "量子暗号", "備考1"], None), (["2", "電池", ""], None)]
    copy(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx").active
    assert [c.value or None for c in sheet[1]] == ["id", "課題名", None, "ct_one"]
    assert [c.value for c in sheet[2]] == [1, "量子暗号", "備考1", "x"]


def test_excel_keeps_number_formats(tmp_path):
    import datetime as dt

    cells = [
        (7, "00000"), (0.5, "0%"), (dt.time(12, 30), "h:mm"), (dt.date(2024, 4, 1), "yyyy/m/d"),
        (dt.timedelta(hours=30), "[h]:mm:ss"), (2**52 + 1, "0"), (1e300, "General"), (True, None),
    ]  # fmt: skip
    book = workbook(tmp_path / "a.xlsx", ["課題名", *"abcdefgh"], ["題", *(v for v, _ in cells)])
    for place, (_, form) in enumerate(cells, 2):
        book.active.cell(2, place).number_format = form or "General"
    book.save(tmp_path / "a.xlsx")
    copy(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    old = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    new = openpyxl.load_workbook(tmp_path / "b.xlsx").active
    for place in range(1, 10):
        before, after = old.cell(2, place), new.cell(2, place)
        assert (after.value, after.number_format) == (before.value, before.number_format)
    assert read(tmp_path / "a.xlsx")[1][0][0][1:7] == [
        "00007", "0.5", "12:30:00", "2024-04-01", "30:00:00", str(2**52 + 1),
    ]  # fmt: skip


def test_a_title_above_the_heading(tmp_path):
    rows = [["令和8年度 採択課題"], ["id", "課題名"], [1, "量子暗号"]]
    workbook(tmp_path / "a.xlsx", *rows)
    (tmp_path / "a.csv").write_text("令和8年度 採択課題,\nid,課題名\n1,量子暗号\n", "utf-8")
    for name in ("a.xlsx", "a.csv"):
        reader, found = read(tmp_path / name, is_heading=is_heading)
        assert reader.header == ["id", "課題名"]
        assert found == [(["1", "量子暗号"], None)]
        assert any(note.en.startswith("Row 2 ") for note in reader.notes)


def test_the_sheet_with_the_heading_is_read(tmp_path):
    book = workbook(tmp_path / "a.xlsx", ["注意", "この表は…"])
    sheet = book.create_sheet("課題")
    sheet.append(["id", "課題名"])
    sheet.append([1, "量子暗号"])
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx", is_heading=is_heading)[0].header == ["id", "課題名"]


def sheets(path, **states):
    """A workbook with a table on each sheet, `note` being none."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, state in states.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in [["注意"]] if name == "note" else [["id", "課題名"], [1, name]]:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("states", "table", "chosen", "told"),
    [
        ({"old": "hidden", "note": "visible", "new": "visible"}, None, "new", None),
        ({"note": "visible", "old": "veryHidden"}, None, "old", None),
        ({"a": "visible", "b": "hidden", "c": "visible"}, None, "a", "sheet c "),
        ({"a": "visible", "b": "hidden", "c": "visible"}, "b", "b", None),
        ({"a": "visible", "c": "visible"}, "c", "c", None),
    ],
)
def test_the_sheet_that_people_see_or_name(tmp_path, states, table, chosen, told):
    path = sheets(tmp_path / "a.xlsx", **states)
    reader, found = read(path, is_heading=is_heading, table=table)
    assert (found, reader.sheet) == ([(["1", chosen], None)], chosen)
    unread = [note for note in reader.notes if "--table" in note.ja]
    assert len(unread) == (told is not None)
    assert all(told in note.en for note in unread)


def test_a_sheet_that_is_not_there(tmp_path):
    path = sheets(tmp_path / "a.xlsx", a="visible", b="hidden")
    with pytest.raises(InputError, match="a, b"):
        read(path, table="c")
    (tmp_path / "a.csv").write_text("id,課題名\n", "utf-8")
    for options in ({"table": "a"}, {"query": "select 1"}):
        with pytest.raises(UsageError, match="databases"):
            read(tmp_path / "a.csv", **options)
    with pytest.raises(UsageError, match="databases"):
        read(path, query="select 1")


def test_a_damaged_sheet_that_nobody_reads(tmp_path):
    path = sheets(tmp_path / "a.xlsx", a="visible", b="visible")
    spoil(path, lambda name, data: data[:200] if name.endswith("sheet2.xml") else data)
    assert read(path, is_heading=is_heading)[1] == [(["1", "a"], None)]


def test_the_row_of_the_heading_is_counted_as_people_see_it(tmp_path):
    workbook(tmp_path / "a.xlsx", [], ["採択課題"], [], [], ["id", "課題名"], [1, "量子"])
    text = '\n"採択\n課題"\n\nid,課題名\n1,量子\n'
    (tmp_path / "a.csv").write_text(text, "utf-8")
    for name in ("a.xlsx", "a.csv"):
        reader, found = read(tmp_path / name, is_heading=is_heading)
        assert found == [(["1", "量子"], None)]
        assert "5 行目を見出しとして読みました(その上は出力しません)" in [
            n.ja for n in reader.notes
        ]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_heading_of_two_rows(tmp_path, name):
    rows = [
        ["採択課題", "", "", ""],
        ["課題番号", "研究内容", "", ""],
        ["", "課題名", "概要", "キーワード"],
        ["1", "量子", "電池", "光"],
    ]
    if name.endswith("csv"):
        lines = "\n".join(map(",".join, rows))
        (tmp_path / name).write_text(lines, "utf-8")
    else:
        workbook(tmp_path / name, *([x or None for x in row] for row in rows))
    reader, found = read(tmp_path / name, is_heading=is_heading, join=join_headings)
    assert reader.header == ["課題番号", "課題名", "概要", "キーワード"]
    assert found == [(rows[3], None)]
    (note,) = reader.notes
    assert note.ja.startswith("2 行目と 3 行目を合わせて一つの見出しとして読みました")
    assert note.en.startswith("Rows 2 and 3 together are taken as the heading (what is above")


def test_a_first_project_is_no_heading():
    for row in (["1", "課題名", "概要の書き方"], ["1", "", ""], ["1", "タイトル", "電池"]):
        assert join_headings(["課題番号", "課題名", "概要"], row) is None
    two = (["課題番号", "課題名", "概要"], ["Number", "Title", "Abstract"])
    assert join_headings(*two) == ["Number", "Title", "Abstract"]
    assert join_headings(*two, ["課題名"]) is None


def test_a_workbook_knows_about_how_many_rows_it_has(tmp_path):
    workbook(tmp_path / "a.xlsx", ["id", "課題名"], *([i, "題"] for i in range(30)))
    assert read(tmp_path / "a.xlsx")[0].row_count == 30


@pytest.mark.parametrize(
    "change",
    [
        lambda name, data: data[: len(data) // 2] if name.endswith("sheet1.xml") else data,
        lambda name, data: data[: len(data) // 2] if name.endswith("workbook.xml") else data,
        lambda name, data: b"<x" if name.endswith("styles.xml") else data,
        lambda _, data: data.replace(b"<v>29</v>", b"<v>twenty</v>"),
    ],
)
def test_a_damaged_workbook(tmp_path, change):
    workbook(tmp_path / "a.xlsx", ["id", "課題名"], *([i, "題"] for i in range(1, 30)))
    spoil(tmp_path / "a.xlsx", change)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "a.xlsx")


def test_damaged_compression(tmp_path):
    workbook(tmp_path / "a.xlsx", ["id", "課題名"], *([i, f"題{i * i}"] for i in range(3000)))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    data = bytearray((tmp_path / "a.xlsx").read_bytes())
    data[at + 100] ^= 0xFF
    data[at + 101] ^= 0x55
    (tmp_path / "a.xlsx").write_bytes(data)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "a.xlsx")


def test_json_keys_never_collide(tmp_path):
    (tmp_path / "a.csv").write_text("概要,概要,概要_2,ctclass,\na,b,c,own,e\n", "utf-8")
    notes = copy(tmp_path / "a.csv", tmp_path / "b.jsonl")
    found = json.loads((tmp_path / "b.jsonl").read_text("utf-8"))
    assert list(found.values()) == ["a", "b", "c", "own", "e", {"one": "x"}]
    assert found["概要_2"] == "c"
    assert "概要_3" in notes[0]


def test_columns_of_one_name_in_parquet(tmp_path):
    (tmp_path / "a.csv").write_text("id,概要,概要\n1,b,c\n", "utf-8")
    notes = copy(tmp_path / "a.csv", tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet").column_names[:3] == ["id", "概要", "概要_2"]
    assert "概要_2" in notes[0]


@pytest.mark.parametrize(
    "own",
    [
        '{"n": 12345678901234567890.123,  "t": "題", "m": 1.50}',
        '{"tool": "ctclass", "f": 1.10, "t": "題"}',
        '{"t": "題", "deep": {"ctclass": 1.0}}',
    ],
)
def test_json_tagged_again_keeps_its_bytes(tmp_path, own):
    (tmp_path / "a.jsonl").write_text(own + "\n", "utf-8")
    copy(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    copy(tmp_path / "b.jsonl", tmp_path / "c.jsonl")
    assert (tmp_path / "c.jsonl").read_text("utf-8") == own[:-1] + ',"ctclass":{"one":"x"}}\n'


def test_numbers_of_json_are_texts_as_they_were_written(tmp_path):
    line = '{"a":1.50,"b":12345678901234567890.123,"c":[1.10,{"d":2.0}],"e":true,"f":["x","y"]}'
    (tmp_path / "a.jsonl").write_text(line, "utf-8")
    assert read(tmp_path / "a.jsonl")[1][0][0] == [
        "1.50", "12345678901234567890.123", '[1.10,{"d":2.0}]', "true", "x; y",
    ]  # fmt: skip


def test_half_a_surrogate_in_a_key(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"\\ud800":"x","title":"量子"}\n', "utf-8")
    for kind in ("csv", "xlsx", "parquet", "jsonl"):
        copy(tmp_path / "a.jsonl", tmp_path / f"b.{kind}")
    assert read(tmp_path / "b.csv")[0].header[0] == "\ufffd"


@pytest.mark.parametrize("text", ['[{"title":"量子"}]', '{\n "title": "量子"\n}', "id,title\n1,x"])
def test_json_that_is_not_by_lines(tmp_path, text):
    (tmp_path / "a.jsonl").write_text(text, "utf-8")
    with pytest.raises(InputError, match="No line is a JSON object"):
        read(tmp_path / "a.jsonl")


def test_a_heading_alone_as_json_says_that_nothing_is_there(tmp_path):
    (tmp_path / "a.csv").write_text("id,title\n", "utf-8")
    assert "empty" in copy(tmp_path / "a.csv", tmp_path / "b.jsonl")[0]


ODD = {
    "year": pa.array([1, None, 2932897 + 400], pa.date32()),
    "zone": pa.array([1, None, 5], pa.timestamp("us", "Mars/Olympus")),
    "record": pa.array([{"a": True, "b": "z"}, None, {"a": False, "b": None}]),
    "flag": pa.array([True, None, False]),
}


def test_dates_that_python_cannot_hold(tmp_path):
    pq.write_table(pa.table({"title": ["量子", None, "電池"], **ODD}), tmp_path / "a.parquet")
    rows = [cells for cells, _ in read(tmp_path / "a.parquet")[1]]
    assert rows[2] == [
        "電池", "10001-02-04", "1970-01-01T00:00:00.000005", '{"a":false,"b":null}', "false",
    ]  # fmt: skip
    copy(tmp_path / "a.parquet", tmp_path / "b.parquet", judged=frozenset([0]))
    found = pq.read_table(tmp_path / "b.parquet").select(range(5))
    assert found.equals(pq.read_table(tmp_path / "a.parquet"))


def test_only_columns_that_are_read_become_texts(tmp_path):
    pq.write_table(pa.table({"title": ["a", "b", "c"], **ODD}), tmp_path / "a.parquet")
    with open_table(str(tmp_path / "a.parquet")) as reader:
        reader.judged, reader.cells_written = frozenset([0]), False
        (chunk,) = reader.chunks(9)
    assert [list(row.cells) for row in chunk.rows] == [[t, "", "", "", ""] for t in "abc"]


def test_for_excel_headings_and_long_cells_too(tmp_path):
    text = f"=id,題,＝1\n1,{'あ' * 40_000},-\n2,=1+1,-5\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    notes = copy(tmp_path / "a.csv", tmp_path / "b.csv", headings=["ct_one 一"])
    with (tmp_path / "b.csv").open(encoding="utf-8-sig", newline="") as file:
        header, first, second = csv.reader(file)
    assert header[:3] == ["'=id", "題", "'＝1"]
    assert len(first[1]) == 32_767
    assert first[1].endswith("cut]")
    assert (first[2], second[1:3]) == ("-", ["'=1+1", "-5"])
    assert any("1 cells were too long" in note for note in notes)


@pytest.mark.parametrize("name", ["b.jsonl.gz", "b.xlsx", "b.parquet"])
def test_for_excel_is_for_csv(tmp_path, name):
    (tmp_path / "a.csv").write_text("id,題\n1,x\n", "utf-8")
    with pytest.raises(UsageError, match="--excel"):
        copy(tmp_path / "a.csv", tmp_path / name, headings=["ct_one 一"])


def test_the_content_is_believed_before_the_name(tmp_path):
    workbook(tmp_path / "a.xlsx", ["id", "title"], [1, "量子"])
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    (tmp_path / "b.xlsx").write_text("id,title\n1,量子\n", "utf-8")
    (tmp_path / "c.parquet").write_text("id,title\n1,量子\n", "utf-8")
    for name in ("a.csv", "b.xlsx", "c.parquet"):
        reader, rows = read(tmp_path / name)
        assert rows == [(["1", "量子"], None)]
        assert any("content is" in note.en for note in reader.notes)


@pytest.mark.parametrize("name", ["out.xls", "out.PDF", "out.ods", "out.zip.gz"])
def test_endings_that_nobody_could_open(tmp_path, name):
    with pytest.raises(UsageError, match="no format"):
        refuse_output(str(tmp_path / name), [], force=False)


def test_a_workbook_with_macros_gives_one_without():
    assert output_path("a.xlsm") == "a.tagged.xlsx"


@pytest.mark.parametrize("first", ["sep=;", "sep=,", '"sep=;"'])
def test_a_first_line_that_names_the_delimiter(tmp_path, first):
    sign = ";" if ";" in first else ","
    (tmp_path / "a.csv").write_text(f"{first}\nid{sign}title\n1{sign}x\n", "utf-8")
    reader, rows = read(tmp_path / "a.csv")
    assert (reader.header, rows) == (["id", "title"], [(["1", "x"], None)])


def test_names_near_the_limit_of_the_file_system(tmp_path):
    name = "あ" * 80
    (tmp_path / f"{name}.csv").write_text("id,title\n1,x\n", "utf-8")
    copy(tmp_path / f"{name}.csv", tmp_path / f"{name}.tagged.csv")
    assert len(list(tmp_path.iterdir())) == 2


def test_names_beyond_it(tmp_path):
    (tmp_path / "a.csv").write_text("id,title\n1,x\n", "utf-8")
    for path in (tmp_path / ("a" * 300 + ".csv"), tmp_path / ("あ" * 90 + ".csv")):
        with pytest.raises(InputError, match="too long"):
            refuse_output(str(path), [], force=False)
        with pytest.raises(InputError, match="too long"):
            copy(tmp_path / "a.csv", path)
        with pytest.raises(InputError):
            open_table(str(path))


def test_a_link_to_itself(tmp_path):
    (tmp_path / "a.csv").write_text("id,title\n1,x\n", "utf-8")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(InputError, match="link"):
        copy(tmp_path / "a.csv", tmp_path / "loop.csv")
    with pytest.raises(InputError):
        open_table(str(tmp_path / "loop.csv"))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_an_own_column_called_like_a_result_does_not_go_without_a_word(tmp_path, ending):
    (tmp_path / "a.csv").write_text("id,題,ct_one\n1,量子,私の列\n", "utf-8")
    said = "Result columns of the input give way to the new ones: ct_one"
    assert said in copy(tmp_path / "a.csv", tmp_path / f"b.{ending}")
    (tmp_path / "a.csv").write_text("id,題,ct_mine\n1,量子,私の列\n", "utf-8")
    assert copy(tmp_path / "a.csv", tmp_path / f"c.{ending}") == []


@pytest.mark.parametrize(
    ("name", "told"),
    [("b.foo", ".foo: it was written as CSV"), ("b.csv", None), ("b.json", None), ("b", None)],
)
def test_an_ending_that_is_no_format(tmp_path, name, told):
    (tmp_path / "a.csv").write_text("id,課題名\n1,量子\n", "utf-8")
    notes = copy(tmp_path / "a.csv", tmp_path / name)
    assert [note for note in notes if "written as" in note] == (
        [f"There is no format {told}"] if told else []
    )
