"""Bad input: three lines or a status, the exit code of the contract, nothing half-written."""

import csv
import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from ctclass.errors import InputError
from ctclass.tables import check_input

HEADER = "id,課題名,概要\n"
GOOD = HEADER + "1,量子コンピュータ,誤り訂正\n2,全固体電池,固体電解質\n"


def ctclass(*args, cwd, lang="ja", stdin=None, **settings):
    """Run the command as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=os.environ | {"LC_ALL": "ja_JP.UTF-8" if lang == "ja" else "C.UTF-8"},
        timeout=120,
        check=False,
        **settings,
    )


def refused(done, code, *words):
    """Exactly three lines on stderr, none on stdout, no traceback."""
    lines = done.stderr.decode().splitlines()
    assert done.returncode == code, done.stderr.decode()
    assert len(lines) == 3, lines
    assert [line.partition(":")[0] for line in lines] in (
        ["エラー", "場所", "対処"], ["Error", "Where", "What to do"],
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr.decode()


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def left_over(folder, *known):
    return sorted(p.name for p in folder.iterdir() if p.name not in known)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("name", "data", "code", "words"),
    [
        ("none.csv", None, 3, ["none.csv"]),
        ("empty.csv", b"", 3, ["empty.csv"]),
        ("blank.csv", b"\n\n\r\n", 3, ["blank.csv"]),
        ("quote.csv", (HEADER + '1,"量子,計算\n2,電池,\n').encode(), 3, ["quote.csv:2"]),
        ("late.csv", (GOOD + '3,"開いた,\n4,a,b\n5,"x",y\n').encode(), 3, ["late.csv:4"]),
        ("columns.csv", b"a,b\n1,2\n", 3, ["'a'", "'b'", "--title", "--abstract"]),
        ("bad.parquet", b"PAR1 no parquet at all", 3, ["bad.parquet"]),
        ("bad.xlsx", b"PK\x03\x04 no workbook", 3, ["bad.xlsx"]),
        ("bad.csv.gz", gzip.compress(GOOD.encode())[:-12], 3, ["bad.csv.gz"]),
        ("no.csv.gz", b"\x1f\x8bnonsense", 3, ["no.csv.gz"]),
        ("empty.parquet", b"", 3, ["empty.parquet"]),
        ("grants.db", b"SQLite format 3\0" + bytes(84), 3, ["sqlite:///grants.db", "--table"]),
        (
            "a.ods",
            b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            3,
            ["OpenDocument", ".xlsx", "CSV"],
        ),
        ("old.xls", b"\xd0\xcf\x11\xe0 old workbook", 3, [".xlsx"]),
    ],
)
def test_files_that_cannot_be_read(tmp_path, lang, name, data, code, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = ctclass("tag", name, cwd=tmp_path, lang=lang)
    refused(done, code, *words)
    assert left_over(tmp_path, name) == []


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["tag", "a.csv", "--encoding", "klingon"], 3),
        (["tag", "a.csv", "--title", "無い列"], 3),
        (["tag", "."], 3),
        (["tag", "a.csv", "-o", "no/such/folder.csv"], 3),
        (["tag", "a.csv", "-o", "a.csv", "--force"], 2),
        (["tag", "a.csv", "-o", "there.csv"], 2),
        (["tag", "a.csv", "--format", "doc"], 2),
        (["tag", "a.csv", "--workers", "-1"], 2),
        (["tag", "a.csv", "--chunk-rows", "0"], 2),
        (["tag", "a.csv", "--lang", "fr"], 2),
        (["tag", "a.csv", "--nonsense"], 2),
        (["tag", "a.csv", "b.csv", "-o", "one.csv"], 2),
        (["tag"], 2),
        (["nonsense"], 2),
        (["tag", "-"], 2),
        (["tag", "a.csv", "--model", "none.ctm"], 4),
        (["tag", "a.csv", "--model", "there.csv"], 4),
        (["explain"], 2),
        (["check", "--taxonomy", "."], 4),
        (["evaluate", "a.csv"], 3),
        (["evaluate", "none.jsonl"], 3),
        (["build", "--background", "there.csv", "-o", "m.ctm"], 4),
    ],
)
def test_calls_that_cannot_work(tmp_path, args, code):
    for name in ("a.csv", "b.csv", "there.csv"):
        (tmp_path / name).write_text(GOOD, "utf-8")
    refused(ctclass(*args, cwd=tmp_path), code)
    assert left_over(tmp_path, "a.csv", "b.csv", "there.csv") == []
    assert (tmp_path / "there.csv").read_text("utf-8") == GOOD


@pytest.mark.parametrize(
    ("args", "what", "hint"),
    [
        (["tag"], "INPUT の指定がありません", "--help"),
        (["tag", "a.csv", "--exel"], "オプション --exel はありません", "--help"),
        (["tag", "a.csv", "--workers", "-1"], "--workers は 0 以上です", "--help"),
        (["explain", "a.csv", "b.csv", "c.csv"], "余分な引数があります: b.csv c.csv", "--help"),
        (["a.csv"], "命令 a.csv はありません", "tag grants.csv"),
    ],
)
def test_a_wrong_call_is_told_in_japanese(tmp_path, args, what, hint):
    done = ctclass(*args, cwd=tmp_path)
    refused(done, 2, what)
    assert hint in done.stderr.decode().splitlines()[2]


@pytest.mark.parametrize(
    "args",
    [
        ["explain", "sqlite:///a.db", "--id", "1"], ["review", "sqlite:///a.db", "-o", "r.html"],
        ["evaluate", "l.jsonl", "sqlite:///a.db"], ["propose", "sqlite:///a.db"],
        ["build", "--corpus", "sqlite:///a.db", "-o", "m.ctm"],
    ],
)  # fmt: skip
def test_a_database_where_only_files_are_read(tmp_path, args):
    """`--table` was asked for, which these commands do not have."""
    (tmp_path / "l.jsonl").write_text('{"id": "1", "areas": [12], "primary": 12}\n', "utf-8")
    done = ctclass(*args, cwd=tmp_path)
    refused(done, 3, "ファイルだけ", "ctclass tag")
    assert "--table" not in done.stderr.decode()


def test_a_database_where_windows_takes_no_such_name(monkeypatch):
    def refuse(*_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="This command reads files only"):
        check_input("sqlite:///a.db")
    with pytest.raises(InputError, match="The file cannot be opened"):
        check_input("a|b.csv")


def test_a_heading_that_is_garbled_leads_to_the_encoding(tmp_path):
    (tmp_path / "a.csv").write_text("id,隱ｲ鬘悟錐,讎りｦ\n1,2,3\n", "utf-8")
    refused(ctclass("tag", "a.csv", cwd=tmp_path), 3, "--encoding")
    done = ctclass("tag", "a.csv", cwd=tmp_path, lang="en")
    refused(done, 3, "'id', '隱ｲ鬘悟錐'")


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.txt.gz"])
def test_commas_under_a_name_of_tabs(tmp_path, name):
    """A browser or an editor names a CSV .txt; without a tab in its heading it is no TSV."""
    data = GOOD.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    done = ctclass("tag", name, "-o", "b.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert rows(tmp_path / "b.csv")[0]["ct_primary"] == "quantum"
    assert f"名前は .{name.split('.')[1]} ですが" in done.stderr.decode()
    (tmp_path / "one.tsv").write_text("課題名\n量子暗号,鍵配送\n", "utf-8")
    assert ctclass("tag", "one.tsv", cwd=tmp_path).returncode == 0
    assert "\n量子暗号,鍵配送\tquantum" in (tmp_path / "one.tagged.tsv").read_text("utf-8")


def test_nothing_is_tagged_when_the_last_of_several_is_wrong(tmp_path):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    refused(ctclass("tag", "a.csv", "none.csv", cwd=tmp_path), 3, "none.csv")
    assert left_over(tmp_path, "a.csv") == []


def test_a_heading_alone_gives_a_heading(tmp_path):
    (tmp_path / "a.csv").write_text(HEADER, "utf-8")
    assert ctclass("tag", "a.csv", cwd=tmp_path).returncode == 0
    (line,) = (tmp_path / "a.tagged.csv").read_text("utf-8").splitlines()
    assert line.startswith("id,課題名,概要,ct_primary,")


def test_odd_rows_are_kept_and_say_so(tmp_path):
    text = (
        HEADER + '1,量子暗号\n2,量子暗号,あ,い,う\n3,量子\0暗号,\n4,"量子"暗号,概要\n5,量子暗号,\n'
    )
    (tmp_path / "a.csv").write_text(text, "utf-8")
    done = ctclass("tag", "a.csv", cwd=tmp_path)
    assert done.returncode == 0
    found = [(r["id"], r["ct_status"]) for r in rows(tmp_path / "a.tagged.csv")]
    assert found == [
        ("1", "ragged"), ("2", "ragged"), ("3", "nul-bytes"), ("4", "stray-quote"), ("5", "ok"),
    ]  # fmt: skip
    assert "ragged" in done.stderr.decode()


def test_duplicate_ids_are_kept_and_reported(tmp_path):
    body = "".join(f"{i},量子暗号,\n" for i in ("A", "B", "A", "C", "A", "", ""))
    (tmp_path / "a.csv").write_text(HEADER + body, "utf-8")
    done = ctclass("tag", "a.csv", cwd=tmp_path)
    assert [r["id"] for r in rows(tmp_path / "a.tagged.csv")] == ["A", "B", "A", "C", "A", "", ""]
    assert "2 行(データ行 3, 5)" in done.stderr.decode()


def test_a_formula_cell(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "課題名"], ["1", '=CONCATENATE("量子","暗号")'], ["2", "量子暗号"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert ctclass("tag", "a.xlsx", "-o", "b.csv", cwd=tmp_path).returncode == 0
    assert [r["ct_status"] for r in rows(tmp_path / "b.csv")] == ["formula", "ok"]


def test_a_line_that_is_no_json(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"title":"量子暗号"}\nnot json\n', "utf-8")
    assert ctclass("tag", "a.jsonl", "-o", "b.csv", cwd=tmp_path).returncode == 0
    assert [r["ct_status"] for r in rows(tmp_path / "b.csv")] == ["ok", "bad-json"]


@pytest.mark.slow
def test_a_hundred_megabytes_in_one_field(tmp_path):
    with (tmp_path / "a.csv").open("w", encoding="utf-8") as file:
        file.write(HEADER + "1,量子コンピュータの誤り訂正,")
        for _ in range(1000):
            file.write("あ" * 35_000)
        file.write("\n2,量子暗号,\n")
    assert (tmp_path / "a.csv").stat().st_size > 100_000_000
    done = ctclass("tag", "a.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    found = rows_with_long_cells(tmp_path / "a.tagged.csv")
    assert [(r["ct_status"], r["ct_primary"]) for r in found] == [
        ("too-long", "quantum"), ("ok", "quantum"),
    ]  # fmt: skip
    assert len(found[0]["概要"]) == 35_000_000


def rows_with_long_cells(path):
    before = csv.field_size_limit(1 << 28)
    try:
        return rows(path)
    finally:
        csv.field_size_limit(before)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk(tmp_path):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    refused(ctclass("tag", "a.csv", "-o", "/dev/full", "-q", cwd=tmp_path), 3, "/dev/full")
    assert left_over(tmp_path, "a.csv") == []


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit on Windows")
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx", "csv.gz"])
def test_a_disk_that_fills_up_on_the_way(tmp_path, kind):
    import resource

    noise = "".join(f"{i},量子暗号{hash(str(i))},{i * i}\n" for i in range(3000))
    (tmp_path / "a.csv").write_text(HEADER + noise, "utf-8")

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = ctclass("tag", "a.csv", "-o", f"b.{kind}", "-q", cwd=tmp_path, preexec_fn=small_files)
    refused(done, 3, f"b.{kind}")
    assert left_over(tmp_path, "a.csv") == []


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close differently on Windows")
def test_a_pipe_that_closes(tmp_path):
    body = "".join(f"{i},量子暗号,\n" for i in range(5000))
    (tmp_path / "a.csv").write_text(HEADER + body, "utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "ctclass", "tag", "a.csv", "-o", "-", "-q", "--lang", "en"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as run:  # fmt: skip
        assert run.stdout.readline().startswith("id,課題名".encode())
        run.stdout.close()
        error = run.stderr.read().decode()
        assert run.wait(60) == 3
    assert len(error.splitlines()) == 3
    assert "Traceback" not in error


def test_an_interrupt_says_that_standard_output_has_a_part(monkeypatch):
    from ctclass.cli import _interrupted

    for output in (["-o", "-"], ["--output", "-"], ["--output=-"], ["-o-"]):
        monkeypatch.setattr(sys, "argv", ["ctclass", "tag", "a.csv", *output])
        assert "途中まで" in _interrupted().hint.ja
    monkeypatch.setattr(sys, "argv", ["ctclass", "tag", "a.csv", "-o", "b.csv"])
    assert "消しました" in _interrupted().hint.ja


def heed_signals():
    """A shell that starts the tests in the background lets them ignore Ctrl-C and hang-up."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ on Windows")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_interrupt_leaves_nothing(tmp_path, sign, kind):
    body = "".join(f"{i},量子暗号の安全性,量子鍵配送を調べる。第{i}報。\n" for i in range(200_000))
    (tmp_path / "a.csv").write_text(HEADER + body, "utf-8")
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "ctclass", "tag", "a.csv", "-o", f"b.{kind}", "--lang", "en"],
        cwd=tmp_path, stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
        preexec_fn=heed_signals,  # noqa: PLW1509 (the test has one thread)
    ) as run:  # fmt: skip
        deadline = time.monotonic() + 30
        while not left_over(tmp_path, "a.csv", "tmp") and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        run.send_signal(sign)
        error = run.stderr.read().decode()
        assert run.wait(30) == 130, error
    assert error.splitlines()[0] == "Error: Interrupted"
    assert len(error.splitlines()) == 3
    assert "the unfinished output was removed" in error
    assert left_over(tmp_path, "a.csv", "tmp") == []
    assert left_over(tmp_path / "tmp") == []


LOST = """
import signal
from ctclass import cli
class Late:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
def app(**_):
    Late()
    while True:
        signal.sigtimedwait([], 0.01)
cli.app = app
cli.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ on Windows")
def test_an_interrupt_within_a_destructor_is_not_lost():
    done = subprocess.run(
        [sys.executable, "-c", LOST], capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=heed_signals,
    )  # fmt: skip
    assert done.returncode == 130
    assert len(done.stderr.splitlines()) == 3


SHELL = pytest.mark.skipif(sys.platform == "win32", reason="the calls are for a POSIX shell")


def shell(line, cwd, **environ):
    """A line of bash, where `ctclass` is this very code; the code of its first command."""
    command = (
        f'ctclass() {{ "{sys.executable}" -m ctclass "$@"; }}; {line}; exit ${{PIPESTATUS[0]}}'
    )
    return subprocess.run(
        ["bash", "-c", command], cwd=cwd, capture_output=True, timeout=60, check=False,
        env=os.environ | {"LC_ALL": "C.UTF-8"} | environ,
    )  # fmt: skip


@SHELL
@pytest.mark.parametrize(
    "line",
    [
        "ctclass --help | true", "ctclass check --notes | true", "ctclass --version >&-",
        "ctclass tag a.csv -o - >&-", "ctclass tag - -o - <&-", "ctclass --help > /dev/full",
        "ctclass tag a.csv -o - > /dev/full",
    ],
)  # fmt: skip
def test_an_output_that_nobody_takes(tmp_path, line):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    refused(shell(line, tmp_path), 3)


@SHELL
@pytest.mark.parametrize("where", ["2>&1 | true", "2>&-", "2> /dev/full"])
def test_a_message_that_nobody_reads_changes_no_code(tmp_path, where):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    assert shell(f"ctclass tag a.csv {where}", tmp_path).returncode == 0
    assert [r["ct_status"] for r in rows(tmp_path / "a.tagged.csv")] == ["ok", "ok"]


@SHELL
def test_no_room_for_what_comes_through_a_pipe(tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + "1,量子暗号,x\n" * 9000, "utf-8")
    line = "trap '' XFSZ; ulimit -f 20; ctclass tag - -o - < <(cat a.csv)"
    refused(shell(line, tmp_path), 3, "(stdin)", "TMPDIR")


@SHELL
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ctclass tag a.csv -o none/", 3), ("ctclass tag a.csv -o out.xls", 2),
        ("ctclass tag a.csv -o b.jsonl.gz --excel", 2), ("ctclass tag j.jsonl --excel -o dir", 2),
        ("ctclass tag a.csv -o - --format jsonl --excel", 2),
        ("ctclass tag a.csv -o $(printf 'a%.0s' $(seq 300)).csv", 3),
        ("ctclass tag $(printf 'a%.0s' $(seq 300)).csv", 3),
        ("ln -s l.csv l.csv; ctclass tag a.csv -o l.csv", 3),
        ("ctclass tag a.csv --encoding undefined", 3), ("ctclass tag a.csv --encoding idna", 3),
        ("ctclass tag a.csv --encoding utf-32", 3),
    ],
)  # fmt: skip
def test_names_and_options_that_cannot_work(tmp_path, line, code):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    (tmp_path / "j.jsonl").write_text('{"title": "量子"}\n', "utf-8")
    (tmp_path / "dir").mkdir()
    refused(shell(line, tmp_path), code)


@SHELL
@pytest.mark.parametrize(
    "line",
    [
        "cp a.csv A.CSV; ctclass tag A.CSV --excel", "ctclass tag j.jsonl --excel -o out.csv",
        "ctclass tag - --format csv -o - < j.jsonl | grep -q '^title,ct_primary'",
        "ctclass tag - --format jsonl -o - < a.csv | grep -q '\"ctclass\"'",
    ],
)  # fmt: skip
def test_calls_that_do_work(tmp_path, line):
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    (tmp_path / "j.jsonl").write_text('{"title": "量子"}\n', "utf-8")
    done = shell(f"set -o pipefail; {line} || exit 9", tmp_path)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_a_workbook_is_three_lines(tmp_path):
    book = openpyxl.Workbook()
    for i in range(3000):
        book.active.append([i or "id", f"量子暗号{i * i}" if i else "課題名"])
    book.save(tmp_path / "a.xlsx")
    refused(ctclass("tag", "a.xlsx", "-o", "/dev/full", "-q", cwd=tmp_path), 3, "/dev/full")


def test_a_sheet_by_name_is_written_beside_its_workbook(tmp_path):
    book = openpyxl.Workbook()
    for name in ("令和5年度", "令和6年度"):
        sheet = book.create_sheet(name)
        sheet.append(["課題番号", "課題名"])
        sheet.append([name, "量子暗号の研究"])
    book.save(tmp_path / "book.xlsx")
    ctclass("tag", "book.xlsx", "--table", "令和6年度", "--manifest", cwd=tmp_path)
    tagged = openpyxl.load_workbook(tmp_path / "book.tagged.xlsx").worksheets[0]
    assert tagged["A2"].value == "令和6年度"
    again = ctclass("verify", "book.tagged.xlsx", "--again", cwd=tmp_path)
    assert again.returncode == 0
    done = ctclass("tag", "book.tagged.xlsx", "-o", "again.xlsx", cwd=tmp_path)
    assert "読んでいません" not in done.stderr.decode()
    refused(
        ctclass("tag", "book.xlsx", "--table", "7", "-o", "b.csv", cwd=tmp_path), 3, "令和5年度"
    )
    (tmp_path / "a.csv").write_text(GOOD, "utf-8")
    refused(ctclass("tag", "a.csv", "--table", "7", cwd=tmp_path), 2, "--table")


@SHELL
def test_standard_input_is_not_replaced(tmp_path):
    (tmp_path / "g.csv").write_text(GOOD, "utf-8")
    done = shell("ctclass tag - -o g.csv --force < g.csv", tmp_path)
    refused(done, 2, "The output is the input itself")
    assert (tmp_path / "g.csv").read_text("utf-8") == GOOD
    (tmp_path / "h.csv").write_text("old", "utf-8")
    for line in (
        "ctclass tag - -o h.csv --force < g.csv",
        "ctclass tag - -o /dev/null < /dev/null",
    ):
        assert "itself" not in shell(line, tmp_path).stderr.decode()
    assert len(rows(tmp_path / "h.csv")) == 2
