"""Tables in and out: own columns untouched and first, in every format."""

import csv
import gzip
import io
import json
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctclass.errors import InputError, UsageError
from ctclass.tables import create_table, open_table, output_path, refuse_output
from ctclass.tagging.tag import COLUMNS, HEADINGS

HEADER = ["id", "課題名", "概要"]
ROWS = [
    ["001", "量子,計算", '引用"符'],
    ["002", "改行\nの中", "①髙𠮷〜～"],
    ["003", "=1+1", "[red]タグ[/red]"],
    ["004", "", " 前後の空白 "],
    ["005", "-5", "タブ\tあり"],
]
FORMATS = ["csv", "tsv", "jsonl", "parquet", "xlsx", "csv.gz", "tsv.gz", "jsonl.gz"]
ADDED = ("ct_one", "ct_two")


def write_input(path: Path, rows=ROWS, header=HEADER) -> Path:
    """A table as another program would write it."""
    name = path.name.removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        buffer = io.StringIO(newline="")
        sign = "\t" if name.endswith(".tsv") else ","
        writer = csv.writer(buffer, delimiter=sign, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([header, *rows])
        data = buffer.getvalue().encode()
    elif name.endswith(".jsonl"):
        lines = [json.dumps(dict(zip(header, r, strict=True)), ensure_ascii=False) for r in rows]
        data = ("\n".join(lines) + "\n").encode()
    elif name.endswith(".parquet"):
        columns = {h: [r[i] for r in rows] for i, h in enumerate(header)}
        pq.write_table(pa.table(columns), path)
        return path
    else:
        book = openpyxl.Workbook()
        for row in [header, *rows]:
            book.active.append(row)
        for line in book.active.iter_rows():
            for cell in line:
                cell.data_type = "s" if cell.value else cell.data_type
        book.save(path)
        return path
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read_output(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and cells, read by a library that ctclass does not write with."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        table = pq.read_table(path)
        return table.column_names, [list(map(str, r.values())) for r in table.to_pylist()]
    if name.endswith(".xlsx"):
        header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        return list(header), [["" if c is None else str(c) for c in row] for row in rows]
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = data.decode("utf-8-sig")
    if name.endswith(".jsonl"):
        objects = [json.loads(line) for line in text.splitlines()]
        flat = [[*list(o.values())[:-1], *o["ctclass"].values()] for o in objects]
        return [*list(objects[0])[:-1], *ADDED], flat
    header, *rows = csv.reader(io.StringIO(text), delimiter="\t" if ".tsv" in name else ",")
    return header, rows


def copy(source: Path, target: Path, chunk=2, appended=ADDED, **options):
    """Read and write with two columns added; the notes of both sides."""
    with (
        open_table(str(source)) as reader,
        create_table(str(target), reader, appended, **options) as writer,
    ):
        for part in reader.chunks(chunk):
            columns = [[f"a{part.first_row + i}", "根拠;語"] for i in range(len(part.rows))]
            records = [dict(zip(appended, c, strict=False)) for c in columns]
            writer.write(part, columns, records)
    return reader.notes, writer.notes


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_every_format_into_every_other(tmp_path, source, target):
    path = write_input(tmp_path / f"in.{source}")
    copy(path, tmp_path / f"out.{target}")
    header, rows = read_output(tmp_path / f"out.{target}")
    assert header == [*HEADER, *ADDED]
    assert [row[:3] for row in rows] == ROWS
    assert [row[3:] for row in rows] == [[f"a{i}", "根拠;語"] for i in range(1, 6)]


@pytest.mark.parametrize("target", FORMATS)
def test_the_same_bytes_twice(tmp_path, target):
    path = write_input(tmp_path / "in.csv")
    copy(path, tmp_path / f"one.{target}")
    copy(path, tmp_path / f"two.{target}", chunk=100)
    assert (tmp_path / f"one.{target}").read_bytes() == (tmp_path / f"two.{target}").read_bytes()


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS).filter(any), min_size=1, max_size=6))
@settings(deadline=None, max_examples=150)
def test_any_cell_survives_csv(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("csv")
    path = write_input(folder / "in.csv", [list(r) for r in rows], ["甲", "乙"])
    copy(path, folder / "out.csv")
    _, found = read_output(folder / "out.csv")
    assert [tuple(r[:2]) for r in found] == rows


@pytest.mark.parametrize("kind", FORMATS)
def test_tagging_again_replaces_the_answers(tmp_path, kind):
    path = write_input(tmp_path / f"in.{kind}")
    copy(path, tmp_path / f"once.{kind}")
    copy(tmp_path / f"once.{kind}", tmp_path / f"twice.{kind}")
    assert read_output(tmp_path / f"once.{kind}") == read_output(tmp_path / f"twice.{kind}")


def test_csv_for_excel(tmp_path):
    path = write_input(tmp_path / "in.csv")
    headings = [f"{c} {HEADINGS[c]}" for c in COLUMNS]
    _, notes = copy(path, tmp_path / "out.csv", appended=COLUMNS[:2], headings=headings[:2])
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == len(ROWS) + 1
    header, rows = read_output(tmp_path / "out.csv")
    assert header[3:] == ["ct_primary 主領域", "ct_areas 領域"]
    assert rows[2][1] == "'=1+1"
    assert rows[4][1] == "-5"
    assert any("1" in n.en and "'" in n.en for n in notes)
    copy(tmp_path / "out.csv", tmp_path / "again.csv", appended=COLUMNS[:2], headings=headings[:2])
    assert read_output(tmp_path / "again.csv")[0] == header


def test_parquet_keeps_types_and_metadata(tmp_path):
    schema = pa.schema(
        [("id", pa.int64()), ("課題名", pa.large_string()), ("額", pa.decimal128(12, 2)),
         ("語", pa.list_(pa.string())), ("日", pa.date32())],
        metadata={b"origin": b"test"},
    )  # fmt: skip
    rows = {"id": [1, None], "課題名": ["量子", None], "額": [None, None],
            "語": [["a", "b"], None], "日": [None, None]}  # fmt: skip
    pq.write_table(pa.table(rows, schema=schema), tmp_path / "in.parquet")
    copy(tmp_path / "in.parquet", tmp_path / "out.parquet", chunk=1)
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.select(range(5)).schema.equals(schema)
    assert table.schema.metadata[b"origin"] == b"test"
    assert table.select(range(5)).to_pydict() == rows
    with open_table(str(tmp_path / "in.parquet")) as reader:
        (chunk,) = reader.chunks(10)
    assert list(chunk.rows[0].cells) == ["1", "量子", "", "a; b", ""]


def test_parquet_row_groups_are_bounded(tmp_path):
    many = [[str(i), "題", ""] for i in range(25_000)]
    path = write_input(tmp_path / "in.csv", many)
    copy(path, tmp_path / "out.parquet", chunk=500)
    file = pq.ParquetFile(tmp_path / "out.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    assert sum(sizes) == 25_000
    assert max(sizes) <= 10_500


def test_numbers_in_excel_stay_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "額", "日"], [7, 1.5, None], [2024.0, True, None]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    copy(tmp_path / "in.xlsx", tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert [c.value for c in sheet[2]][:2] == [7, 1.5]
    assert [c.value for c in sheet[3]][:2] == [2024, True]
    copy(tmp_path / "in.xlsx", tmp_path / "out.csv")
    assert read_output(tmp_path / "out.csv")[1][1][:2] == ["2024", "true"]


def test_excel_never_cuts_in_silence(tmp_path):
    path = write_input(tmp_path / "in.csv", [["1", "題", "あ" * 40_000], ["2", "\x0b制御", ""]])
    _, notes = copy(path, tmp_path / "out.xlsx")
    _, rows = read_output(tmp_path / "out.xlsx")
    assert len(rows[0][2]) <= 32_767
    assert rows[0][2].endswith("cut]")
    assert rows[1][1] == "\ufffd制御"
    assert len(notes) == 2


def test_a_formula_that_nobody_worked_out_is_shown(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "課題名"], ["1", "=A2&B9"], ["2", "普通"]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    with open_table(str(tmp_path / "in.xlsx")) as reader:
        (chunk,) = reader.chunks(10)
    assert [r.problem for r in chunk.rows] == ["formula", None]
    assert chunk.rows[0].cells[1] == "=A2&B9"


def test_the_first_sheet_that_holds_anything(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("課題")
    sheet.append(["id", "課題名"])
    sheet.append(["1", "量子"])
    book.save(tmp_path / "in.xlsx")
    with open_table(str(tmp_path / "in.xlsx")) as reader:
        assert reader.header == ["id", "課題名"]
        assert "課題" in reader.notes[0].ja


def test_json_lines_keep_their_own_text(tmp_path):
    first = '{"b": 1.50,  "a": "量\\u5b50", "n": null, "l": ["x", "y"]}'
    late = '{"a": "二", "late": {"deep": true}}'
    (tmp_path / "in.jsonl").write_text(f"{first}\n\n{late}\n", "utf-8")
    copy(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert lines[0].startswith(first[:-1] + ',"ctclass":{')
    assert lines[1].startswith(late[:-1] + ',"ctclass":{')
    copy(tmp_path / "in.jsonl", tmp_path / "out.csv")
    header, rows = read_output(tmp_path / "out.csv")
    assert header[:5] == ["b", "a", "n", "l", "late"]
    assert rows[0][:4] == ["1.50", "量子", "", "x; y"]
    assert rows[1][4] == '{"deep":true}'


def test_a_line_that_is_no_json_is_kept(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"a": "一"}\n{"a": \n[1]\n', "utf-8")
    with open_table(str(tmp_path / "in.jsonl")) as reader:
        (chunk,) = reader.chunks(10)
    assert [r.problem for r in chunk.rows] == [None, "bad-json", "bad-json"]
    copy(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    objects = [json.loads(x) for x in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert objects[1]["raw"] == '{"a":'
    assert objects[2]["raw"] == "[1]"


def test_ragged_rows_lose_nothing(tmp_path):
    (tmp_path / "in.csv").write_text("a,b,c\n1,2\n1,2,3,4,5\n\n1,2,3\n", "utf-8")
    with open_table(str(tmp_path / "in.csv")) as reader:
        (chunk,) = reader.chunks(10)
    assert [(list(r.cells), r.problem) for r in chunk.rows] == [
        (["1", "2", ""], "ragged"),
        (["1", "2", "3,4,5"], "ragged"),
        (["1", "2", "3"], None),
    ]


@pytest.mark.parametrize(("sign", "name"), [(";", "x.csv"), ("\t", "x.csv"), ("\t", "x.txt")])
def test_other_delimiters(tmp_path, sign, name):
    (tmp_path / name).write_text(sign.join(["id", "課題名"]) + "\n" + sign.join(["1", "a,b"]))
    with open_table(str(tmp_path / name)) as reader:
        assert reader.header == ["id", "課題名"]
        assert [list(r.cells) for c in reader.chunks(9) for r in c.rows] == [["1", "a,b"]]


def test_line_ends_are_those_of_the_input(tmp_path):
    (tmp_path / "in.csv").write_bytes(b"a,b\r\n1,2\r\n")
    copy(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().count(b"\r\n") == 2


def test_an_output_is_whole_or_not_there(tmp_path):
    path = write_input(tmp_path / "in.csv")
    for kind in FORMATS:
        with pytest.raises(RuntimeError), broken_off(path, tmp_path / f"out.{kind}"):
            raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_an_output_that_is_there_stays_until_the_new_one_is_whole(tmp_path):
    path = write_input(tmp_path / "in.csv")
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(RuntimeError), broken_off(path, tmp_path / "out.csv"):
        raise RuntimeError
    assert (tmp_path / "out.csv").read_text() == "old"


@contextmanager
def broken_off(source: Path, target: Path):
    """In the middle of writing `target`."""
    with (
        open_table(str(source)) as reader,
        create_table(str(target), reader, ADDED) as writer,
    ):
        (chunk, *_) = reader.chunks(2)
        writer.write(chunk, [["x", "y"]] * 2, [{"x": "y"}] * 2)
        yield


def test_outputs_that_are_refused(tmp_path):
    path = write_input(tmp_path / "in.csv")
    with pytest.raises(UsageError):
        refuse_output(str(path), [str(path)], force=True)
    (tmp_path / "out.csv").touch()
    with pytest.raises(UsageError, match="--force"):
        refuse_output(str(tmp_path / "out.csv"), [str(path)], force=False)
    refuse_output(str(tmp_path / "out.csv"), [str(path)], force=True)
    with pytest.raises(InputError):
        refuse_output(str(tmp_path), [str(path)], force=True)


def test_names_of_outputs():
    assert output_path("a/課題.v2.csv") == str(Path("a/課題.v2.tagged.csv"))
    assert output_path("x.CSV.GZ") == "x.tagged.CSV.GZ"
    assert output_path("in/x.csv", "out") == str(Path("out/x.tagged.csv"))
