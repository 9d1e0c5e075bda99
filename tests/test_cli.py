"""What a person meets: help, languages, summary, and a fast start."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from ctclass import __version__
from ctclass.cli import COMMANDS
from ctclass.console.terminal import DECIDED, locale_language
from ctclass.tagging.screen import DISCLAIMER, NOT_SEEN

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
HEAVY = ("rich", "pandas", "sklearn", "scipy", "numpy", "sudachipy", "pyarrow", "openpyxl",
         "xlsxwriter", "yaml", "jsonschema", "sqlalchemy", "psycopg")  # fmt: skip


def ctclass(*args, cwd, **environ):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        env=os.environ | {"PYTHONUTF8": "1"} | environ,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def imported_by(*args, cwd):
    """The heavy packages that a command has imported by its end."""
    code = (
        "import sys, atexit\n"
        f"sys.argv = ['ctclass', *{list(map(str, args))!r}]\n"
        f"atexit.register(lambda: print([m for m in {HEAVY!r} if m in sys.modules]))\n"
        "from ctclass.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, encoding="utf-8", check=True
    )
    return set(eval(done.stdout.splitlines()[-1]))  # noqa: S307 - our own list


@pytest.mark.parametrize("args", [["--help"], ["tag", "--help"], ["--version"], []])
def test_help_imports_nothing_heavy(tmp_path, args):
    assert imported_by(*args, cwd=tmp_path) == set()


def test_tagging_a_csv_imports_only_what_it_needs(tmp_path):
    (tmp_path / "a.csv").write_text("id,title\n1,量子暗号\n", "utf-8")
    assert imported_by("tag", "a.csv", "--quiet", cwd=tmp_path) == {
        "sudachipy", "numpy",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tagging_many_rows_does_not_import_pandas(tmp_path, kind):
    """A quarter of a second and 40 MB, which `pyarrow.array` and `to_numpy` ask for."""
    rows = "".join(f"{i},量子暗号の安全性{i},量子鍵配送を調べる。\n" for i in range(1_500))
    (tmp_path / "a.csv").write_text(f"id,title,abstract\n{rows}", "utf-8")
    found = imported_by("tag", "a.csv", "-o", f"b.{kind}", "--quiet", cwd=tmp_path)
    assert found == {"sudachipy", "numpy", "pyarrow"}


def test_version(tmp_path):
    assert ctclass("--version", cwd=tmp_path).stdout == f"ctclass {__version__}\n"


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({"LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ja_JP.eucJP"}, "ja"),
        ({"LC_ALL": "C"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(monkeypatch, environ, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert locale_language() == lang


def test_lang_wins_even_for_the_help(tmp_path):
    japanese = ctclass("tag", "--help", "--lang", "ja", cwd=tmp_path, LC_ALL="C")
    english = ctclass("tag", "--help", "--lang=en", cwd=tmp_path, LC_ALL="ja_JP.UTF-8")
    assert "表の各行" in japanese.stdout
    for word in ("Usage", "Options:", "Arguments:", "[default", "[required", "Show this"):
        assert word not in japanese.stdout
        assert word in english.stdout
    assert "Tag every row" in english.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_names_what_an_option_takes(tmp_path, command):
    done = ctclass(command, "--help", cwd=tmp_path)
    assert not re.search(r"<(list|str|int|float|path)|\b(TEXT|INTEGER|FLOAT) RANGE", done.stdout)
    one = typer.Typer()
    one.command(command)(getattr(import_module(f"ctclass.commands.{command}"), command))
    options = [p for p in typer.main.get_command(one).params if p.param_type_name == "option"]
    assert not [p.name for p in options if not (p.is_flag or p.metavar)]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_summary(tmp_path, lang):
    done = ctclass("tag", EXAMPLES / "grants.csv", "-o", "o.csv", "--lang", lang, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    words = {
        "ja": [
            "30 件を判定",
            "国家戦略技術領域",
            "技術流出の確認",
            "課題名 = 研究課題名",
            "⑫ 量子",
        ],
        "en": ["30 rows tagged", "national-strategic", "screening", "title = ", "⑫ Quantum"],
    }
    for word in (*words[lang], "not-japanese", "o.csv"):
        assert word in done.stderr, word


@pytest.mark.parametrize("command", ["tag", "explain", "verify"])
def test_drawings_in_the_encoding_of_windows(tmp_path, command):
    """A log written there is CP932, which has neither blocks nor ticks."""
    (tmp_path / "a.csv").write_text("id,課題名\n1,量子コンピュータの誤り訂正\n", "utf-8")
    ctclass("tag", "a.csv", "--manifest", "-q", cwd=tmp_path)
    args = {
        "tag": ["tag", "a.csv", "--force"], "explain": ["explain", "a.csv", "--id", "1"],
        "verify": ["verify", "a.tagged.csv"],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *args[command], "--lang", "ja"],
        cwd=tmp_path, capture_output=True, encoding="cp932", check=True, timeout=120,
        env=os.environ | {"PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "\\u" not in said
    assert {"tag": "######", "explain": "######", "verify": " o "}[command] in said


def test_json_into_a_file_is_utf_8_on_windows_too(tmp_path):
    """CP932 has no 𠮷, and whoever reads JSON takes it for UTF-8."""
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "explain", "--text", "𠮷田式の量子暗号", "--json"],
        cwd=tmp_path, capture_output=True, check=True, timeout=120,
        env=os.environ | {"PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert "𠮷田式の量子暗号" in json.dumps(json.loads(done.stdout.decode()), ensure_ascii=False)


def test_the_counts_of_the_summary_are_those_of_the_table(tmp_path):
    import csv

    done = ctclass("tag", EXAMPLES / "grants.csv", "-o", "o.csv", "--lang", "en", cwd=tmp_path)
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    strategic = sum(r["ct_strategic"] == "true" for r in rows)
    check = sum(r["ct_screening"] == "check" for r in rows)
    priority = sum(r["ct_screening"] == "priority" for r in rows)
    assert f"national-strategic: {strategic} rows" in done.stderr
    assert f"priority {priority}, check {check} " in done.stderr
    quantum = sum("quantum" in r["ct_areas"].split(";") for r in rows)
    (line,) = [line for line in done.stderr.splitlines() if "⑫" in line]
    assert line.split()[-2] == str(quantum)


def test_a_kind_of_text_that_is_missing_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("id,課題名\n1,量子暗号\n", "utf-8")
    done = ctclass("tag", "a.csv", "--lang", "ja", cwd=tmp_path)
    assert "概要の列が見つかりません" in done.stderr
    assert "課題名の列が" not in done.stderr


@pytest.mark.parametrize(("width", "bars"), [(40, False), (60, True), (120, True)])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_summary_fits_into_the_window(model, capsys, monkeypatch, width, bars, lang):
    from rich.cells import cell_len
    from rich.console import Console

    from ctclass.console import terminal as console
    from ctclass.runs.stream import Totals

    monkeypatch.setattr(
        console, "console_on", lambda _: Console(width=width, highlight=False, color_system=None)
    )
    totals = Totals(rows=20_000)
    totals.areas["quantum"] = totals.primary["quantum"] = 20_000
    console.Screen(lang).summary(totals, model, "", 1.0)
    lines = capsys.readouterr().out.splitlines()
    areas = [line for line in lines if any(chr(0x245F + n) in line for n in range(1, 17))]
    assert len(areas) == 16
    assert all("%" in line and cell_len(line) <= width for line in areas) or width < 60
    assert ("█" in "".join(areas)) == (bars and width > 60)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_closing_message_says_what_the_levels_are_not(tmp_path, lang):
    (tmp_path / "a.csv").write_text("id,課題名\n1,近世村落の古文書の研究\n", "utf-8")
    done = ctclass("tag", "a.csv", "--lang", lang, cwd=tmp_path)
    said = "".join(done.stderr.split())
    for limit in (NOT_SEEN, DISCLAIMER, DECIDED):
        assert "".join(limit.text(lang).split()) in said


def test_quiet_says_nothing(tmp_path):
    done = ctclass("tag", EXAMPLES / "grants.csv", "-o", "o.csv", "-q", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("", "")


def test_text_in_square_brackets_is_only_text(tmp_path):
    """Rich would take [red] for a colour and stumble over [/量子]."""
    (tmp_path / "a.csv").write_text("id,[red]課題名[/量子],概要\n1,量子暗号,\n", "utf-8")
    done = ctclass("tag", "a.csv", "--title", "[red]課題名[/量子]", cwd=tmp_path, LC_ALL="C")
    assert done.returncode == 0
    assert "[red]課題名[/量子]" in done.stderr


def test_several_text_columns_are_joined(tmp_path):
    (tmp_path / "a.csv").write_text(
        "番号,件名,背景,方法\n1,新しい研究,量子コンピュータ,表面符号\n", "utf-8"
    )
    args = ("--title", "件名", "--abstract", "背景", "--abstract", "方法", "-o", "o.jsonl", "-q")
    assert ctclass("tag", "a.csv", *args, cwd=tmp_path).returncode == 0
    found = json.loads((tmp_path / "o.jsonl").read_text("utf-8"))
    assert {"量子コンピュータ", "表面符号"} <= set(found["ctclass"]["evidence"])


def test_check_says_where_and_exits_1(tmp_path):
    import shutil

    folder = Path(shutil.copytree(EXAMPLES.parent / "taxonomy", tmp_path / "taxonomy"))
    text = (folder / "12-quantum.yaml").read_text("utf-8")
    line = text[: text.index("- 量子回路\n")].count("\n") + 2
    spoiled = text.replace("- 量子回路\n", "- 量子回路\n        - 量子回路\n", 1)
    (folder / "12-quantum.yaml").write_text(spoiled, "utf-8")
    done = ctclass("check", "--taxonomy", folder, "--lang", "en", cwd=tmp_path)
    assert done.returncode == 1
    assert f"12-quantum.yaml:{line}: duplicate-seed" in done.stdout


def test_build_makes_a_model_that_tag_takes(tmp_path):
    assert ctclass("build", "-o", "own.ctm", "-q", cwd=tmp_path).returncode == 0
    (tmp_path / "a.csv").write_text("id,title\n1,量子暗号\n", "utf-8")
    done = ctclass("tag", "a.csv", "--model", "own.ctm", "-o", "-", "-q", cwd=tmp_path)
    assert done.stdout.splitlines()[1].split(",")[-1].startswith("own/")


def test_build_counts_a_corpus(tmp_path):
    texts = "".join(f"{i},量子暗号,\n" for i in range(9)) + "9,全固体電池,\n"
    (tmp_path / "a.csv").write_text("id,title,abstract\n" + texts, "utf-8")
    done = ctclass("build", "--corpus", "a.csv", "--background", "b.tsv", "-o", "m.ctm",
                   "--describe", "十課題", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "b.tsv").read_text("utf-8").splitlines()
    assert lines[1:3] == ["# 十課題", "# documents\t10"]
    assert "量子|暗号\t9" in lines


def test_a_model_elsewhere_leaves_the_tables_that_came_along(tmp_path):
    from ctclass.commands.build import _files

    files = _files(None, tmp_path / "m.ctm", None, None, anew=True, taught=True)
    kinds = ("background", "learned", "screening")
    places = [tmp_path / f"m.{kind}.tsv" for kind in kinds]
    assert [files.counts, files.learned, files.taught] == places
    # Where a corpus is too small to learn from, the terms are those that came along.
    models = EXAMPLES.parent / "models"
    assert files.kept == models / "learned.tsv"
    # What --screening-only has learned for a model is in its next build too.
    plain = _files(None, tmp_path / "m.ctm", None, None, anew=False, taught=False)
    assert plain.taught == models / "screening.tsv"
    (tmp_path / "m.screening.tsv").touch()
    plain = _files(None, tmp_path / "m.ctm", None, None, anew=False, taught=False)
    assert (plain.learned, plain.taught) == (models / "learned.tsv", places[2])


def test_the_language_may_stand_before_the_command(tmp_path):
    done = ctclass("--lang", "ja", "tag", "none.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "エラー: ファイルがありません")
    done = ctclass("--help", "--lang", "ja", cwd=tmp_path)
    assert done.returncode == 0
    assert "表の各行に領域と指摘を付けます" in done.stdout
    assert ctclass("--lang", "fr", cwd=tmp_path).returncode == 2


def test_the_columns_are_told_on_one_line(tmp_path):
    text = '"研究開発\n課題名",相手国\n量子暗号の研究,米国\n'
    (tmp_path / "a.csv").write_text(text, "utf-8")
    for lang, word in (("ja", "、技術流出の確認だけに使う列"), ("en", ", for screening only")):
        done = ctclass("tag", "a.csv", "--lang", lang, "--force", cwd=tmp_path)
        line = next(x for x in done.stderr.splitlines() if x.startswith("a.csv"))
        assert line.endswith(f" = 研究開発 課題名{word} = 相手国")
