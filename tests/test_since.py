"""What has not changed since an earlier output is taken over, and nothing else is."""

import csv

import command
import openpyxl
import pytest

from ctclass.runs.since import open_since
from ctclass.tables import Chunk
from ctclass.tagging.tag import COLUMNS, Tagger

WORDS = ("量子コンピュータ", "核融合炉", "パワー半導体", "創薬", "衛星通信", "中世の物語", "造船")
HEADER = ("課題番号", "課題名", "概要")
ROWS = [
    (f"EX-{i}", f"{WORDS[i % 7]}の研究", f"{WORDS[i % 5]}を調べる。第{i}報。") for i in range(40)
]
ODD = [
    ("EX-40", "=量子暗号", "数式に見える課題名"),
    ("EX-41", "長い概要", "量子計算。" * 8_000),
    ("EX-42", "制御\x0b文字と量子暗号", "a\r\nb"),
    ("EX-43", "", ""),
    ("EX-44", "短い", ""),
]  # fmt: skip
FORMATS = ("csv", "tsv", "jsonl", "parquet", "xlsx", "excel.csv")


def ctclass(*args, cwd, code=0):
    return command.ctclass("tag", *args, cwd=cwd, code=code)[1]


def write(path, rows, header=HEADER):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def last_line(text):
    return text.splitlines()[-1]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """One table, tagged into every format."""
    folder = tmp_path_factory.mktemp("earlier")
    write(folder / "a.csv", [*ROWS, *ODD])
    for name in FORMATS:
        more = ["--excel"] if name == "excel.csv" else []
        ctclass("a.csv", "-o", f"old.{name}", *more, cwd=folder)
    return folder


def previous(earlier, kind):
    return earlier / f"old.{kind}"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_result_is_that_of_a_full_run(tmp_path, earlier, kind):
    """Of every format, into several; changed, new, moved and missing rows between."""
    rows = [*ROWS[::-2], *ODD, ("EX-1", "潜水艦の研究", ""), ("EX-99", "宇宙", "軌道上の給油")]
    write(tmp_path / "b.csv", rows)
    for target in ("b.jsonl", "b.parquet"):
        ctclass("b.csv", "-o", "full." + target, cwd=tmp_path)
        told = ctclass("b.csv", "-o", target, "--since-last", previous(earlier, kind), cwd=tmp_path)
        assert (tmp_path / target).read_bytes() == (tmp_path / ("full." + target)).read_bytes()
        assert "Taken over from the earlier output: 2" in told
        altered = {"xlsx": 2, "excel.csv": 2}.get(kind, 0)
        assert f"tagged: {2 + altered} (new 1, text changed {1 + altered})" in told


def test_rows_that_were_taken_over_are_not_called_tagged(tmp_path, earlier):
    told = ctclass(earlier / "a.csv", "-o", "b.csv", "--since-last", earlier / "old.csv",
                   cwd=tmp_path)  # fmt: skip
    assert f"{len(ROWS + ODD)} rows: 0 tagged, {len(ROWS + ODD)} taken over" in told


def test_without_ids_all_that_is_not_there_is_new(tmp_path):
    write(tmp_path / "a.csv", [r[1:] for r in ROWS], HEADER[1:])
    ctclass("a.csv", "-o", "old.csv", cwd=tmp_path)
    write(tmp_path / "b.csv", [r[1:] for r in [*ROWS, *ODD]], HEADER[1:])
    told = ctclass("b.csv", "-o", "new.csv", "--since-last", "old.csv", cwd=tmp_path)
    assert last_line(told) == "Taken over from the earlier output: 40 rows; tagged: 5 (new 5)"
    ctclass("b.csv", "-o", "full.csv", cwd=tmp_path)
    assert (tmp_path / "new.csv").read_bytes() == (tmp_path / "full.csv").read_bytes()


def test_the_earlier_output_may_be_replaced(tmp_path):
    write(tmp_path / "a.csv", ROWS)
    ctclass("a.csv", cwd=tmp_path)
    write(tmp_path / "a.csv", [*ROWS, ("EX-99", "宇宙", "軌道上の給油")])
    told = ctclass("a.csv", "--since-last", "a.tagged.csv", "--force", cwd=tmp_path)
    assert "40 rows; tagged: 1 (new 1)" in told
    assert len((tmp_path / "a.tagged.csv").read_text("utf-8").splitlines()) == 42


def test_answers_of_another_model_are_not_taken(tmp_path, earlier):
    text = previous(earlier, "csv").read_bytes().decode()
    (label,) = {row["ct_model"] for row in csv.DictReader(text.splitlines(keepends=True))}
    old = tmp_path / "old.csv"
    old.write_bytes(text.replace(label, "default/0.0.1/00000000").encode())
    write(tmp_path / "b.csv", ROWS)
    told = ctclass("b.csv", "-o", "c.csv", "--since-last", old, cwd=tmp_path)
    assert last_line(told).endswith(": 0 rows; tagged: 40 (another model 40)")


def test_an_answer_for_an_altered_text_is_not_one_for_the_text_as_altered(tmp_path, earlier):
    """The table for Excel itself as the next input: its cut cell was judged uncut."""
    for kind in ("xlsx", "excel.csv"):
        old = previous(earlier, kind)
        told = ctclass(old, "-o", "b.csv", "--since-last", old, "--force", cwd=tmp_path)
        assert "tagged: " in told
        assert "not read or written whole then " in told
        ctclass(old, "-o", "full.csv", "--force", cwd=tmp_path)
        assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "full.csv").read_bytes()


def test_a_row_that_was_not_read_whole_is_tagged_again(tmp_path):
    (tmp_path / "a.csv").write_text("id,課題名,概要\n1,量子暗号\n2,核融合炉,出力\n", "utf-8")
    ctclass("a.csv", "-o", "old.csv", cwd=tmp_path)
    (tmp_path / "a.csv").write_text("id,課題名,概要\n1,量子暗号,\n2,核融合炉,出力,x\n", "utf-8")
    told = ctclass("a.csv", "-o", "new.csv", "--since-last", "old.csv", cwd=tmp_path)
    assert "not read or written whole then 1" in told
    with (tmp_path / "new.csv").open(encoding="utf-8") as file:
        found = [row["ct_status"] for row in csv.DictReader(file)]
    ctclass("a.csv", "-o", "full.csv", cwd=tmp_path)
    assert (tmp_path / "new.csv").read_bytes() == (tmp_path / "full.csv").read_bytes()
    assert found == ["ok", "ragged"]


def test_answers_of_other_columns_are_refused(tmp_path):
    rows = [(*r, "海洋の研究。深海と潜水艦。") for r in ROWS]
    write(tmp_path / "a.csv", rows, (*HEADER, "備考"))
    ctclass("a.csv", "-o", "old.csv", "--abstract", "備考", cwd=tmp_path)
    told = ctclass("a.csv", "-o", "new.csv", "--since-last", "old.csv", cwd=tmp_path, code=3)
    assert told.startswith("Error: Answers of the earlier output are not those of this model")
    assert not (tmp_path / "new.csv").exists()
    again = ("--abstract", "備考")
    assert "40 rows; tagged: 0" in ctclass(
        "a.csv", "-o", "new.csv", "--since-last", "old.csv", *again, cwd=tmp_path
    )


def test_an_edited_output_is_refused_where_its_manifest_tells(tmp_path):
    write(tmp_path / "a.csv", ROWS)
    ctclass("a.csv", "-o", "old.csv", "--manifest", cwd=tmp_path)
    ctclass("a.csv", "-o", "new.csv", "--since-last", "old.csv", cwd=tmp_path)
    with (tmp_path / "old.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    told = ctclass(
        "a.csv", "-o", "new.csv", "--since-last", "old.csv", "--force", cwd=tmp_path, code=3
    )
    assert "has changed since it was written" in told


@pytest.mark.parametrize("text", ["課題名\n量子\n", '{"課題名": "量子"}\n', ""])
def test_what_is_no_output_is_said(tmp_path, text):
    write(tmp_path / "a.csv", ROWS)
    name = "old.jsonl" if text.startswith("{") else "old.csv"
    (tmp_path / name).write_text(text, "utf-8")
    told = ctclass("a.csv", "-o", "new.csv", "--since-last", name, cwd=tmp_path, code=3)
    assert len(told.splitlines()) == 3
    ctclass("a.csv", "-o", "new.csv", "--since-last", "none.csv", cwd=tmp_path, code=3)
    assert not (tmp_path / "new.csv").exists()


def test_an_answer_is_found_among_many_of_other_texts(tmp_path, earlier, model):
    tagger = Tagger(model)
    named = {"title": None, "abstract": ["概要"]}
    with open_since(str(previous(earlier, "csv")), tagger, named) as since:
        from ctclass.projects import Project

        project = Project("EX-1", ROWS[3][1], ROWS[3][2], "")
        found, none = since.known(Chunk(0, 1, []), [project, Project("EX-1", "x", "", "")])
    assert found.columns() == tagger.tag(project).columns()
    assert len(found.values) == len(COLUMNS)
    assert none is None
    assert since.found == {"taken": 1, "text": 1}


def test_what_people_entered_is_said_to_stay_behind(tmp_path, earlier):
    book = openpyxl.load_workbook(previous(earlier, "xlsx"))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for row in (2, 5):
        sheet.cell(row, heads.index("確認_判断") + 1, "正しい")
    sheet.cell(5, heads.index("確認_氏名") + 1, "山田")
    book.save(tmp_path / "old.xlsx")
    told = ctclass(earlier / "a.csv", "-o", "b.csv", "--since-last", "old.xlsx", cwd=tmp_path)
    assert "What people entered in 2 rows of the earlier output" in told
    told = ctclass(earlier / "a.csv", "-o", "c.csv", "--since-last", previous(earlier, "xlsx"),
                   cwd=tmp_path)  # fmt: skip
    assert "What people entered" not in told
