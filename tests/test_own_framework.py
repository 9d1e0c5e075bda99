"""A framework of one's own, without code: the example of a prefecture, and its guide."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ctclass.learning.build import build_model
from ctclass.model.background import Background
from ctclass.taxonomy.areas import read_taxonomy

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "own-framework.md"
BLOCK = re.compile(r"^```(?:console|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def ctclass(*args, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def desk(tmp_path):
    return Path(shutil.copytree(ROOT / "examples" / "prefecture", tmp_path / "prefecture"))


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_an_area_needs_few_fields(desk, segmenter):
    taxonomy = read_taxonomy(desk / "taxonomy")
    assert [(a.symbol, a.id, a.strategic) for a in taxonomy.areas][:2] == [
        ("①", "food", False), ("②", "snow", False),
    ]  # fmt: skip
    assert taxonomy.areas[0].label_ja == taxonomy.areas[0].name_ja == "食と発酵"
    model = build_model(taxonomy, segmenter, Background("", 0, {}), "own")
    assert len(model.areas) == 5
    assert not any(area.strategic for area in model.areas)


def test_the_sixteen_areas_say_everything_themselves():
    """What may be left out in a taxonomy of one's own is never left out in ours."""
    import yaml

    for path in (ROOT / "taxonomy").glob("[0-9]*.yaml"):
        data = yaml.safe_load(path.read_text("utf-8"))
        if "area" in data:
            assert {"symbol", "label", "tier", "source", "boundary", "false_friends"} <= set(data)
            assert all(s["source"] and s["seeds"]["en"] for s in data["subtechnologies"])


def test_from_the_files_to_a_tagged_table(desk):
    done = ctclass("check", "--taxonomy", "taxonomy", "--lang", "ja", cwd=desk)
    assert (done.returncode, done.stdout) == (0, "")
    done = ctclass("build", "--taxonomy", "taxonomy", "-o", "own.ctm", "--lang", "ja", cwd=desk)
    assert done.returncode == 0, done.stderr
    done = ctclass("tag", "grants.csv", "--model", "own.ctm", "--lang", "ja", cwd=desk)
    assert "⑤ 森林と地域エネルギー" in done.stderr
    assert "国家戦略" not in done.stderr
    rows = rows_of(desk / "grants.tagged.csv")
    primary = {row["課題番号"]: row["ct_primary"] for row in rows}
    assert primary == {
        "EX-P1": "food", "EX-P2": "snow", "EX-P3": "health", "EX-P4": "machining",
        "EX-P5": "forest", "EX-P6": "food", "EX-P7": "", "EX-P8": "forest",
    }  # fmt: skip
    assert rows[5]["ct_areas"] == "food;snow"
    assert "清酒" in rows[0]["ct_evidence"]
    assert all(row["ct_model"].startswith("own/") for row in rows)


def test_areas_without_tiers_are_measured_too(desk):
    """Where no area is national-strategic there is nothing to be right or wrong about."""
    ctclass("build", "--taxonomy", "taxonomy", "-o", "own.ctm", "-q", cwd=desk)
    label = '{"id": "EX-P1", "areas": ["food"], "primary": "food"}\n'
    (desk / "labels.jsonl").write_text(label, "utf-8")
    args = ("evaluate", "labels.jsonl", "grants.csv", "--model", "own.ctm", "--json")
    done = ctclass(*args, cwd=desk)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["overall"]["primary"]["value"], found["strategic"]["f1"]["value"]) == (1.0, None)


def test_frameworks_of_the_sixteen_areas_do_not_fit(desk):
    ctclass("build", "--taxonomy", "taxonomy", "-o", "own.ctm", "-q", cwd=desk)
    args = ("tag", "grants.csv", "--model", "own.ctm", "--framework", "us-cet", "--lang", "en")
    done = ctclass(*args, cwd=desk)
    assert done.returncode == 4
    assert "us-cet" in done.stderr
    assert not (desk / "grants.tagged.csv").exists()


def test_build_never_writes_over_the_model_that_came_along(desk):
    model = ROOT / "models" / "default.ctm"
    before = model.read_bytes()
    done = ctclass("build", "--taxonomy", "taxonomy", "--lang", "en", cwd=desk)
    assert (done.returncode, model.read_bytes()) == (2, before)
    assert "-o NAME.ctm" in done.stderr


def test_counts_of_ones_own_lie_beside_the_model(desk):
    table = ROOT / "models" / "background.tsv"
    before = table.stat().st_mtime_ns
    done = ctclass("build", "--taxonomy", "taxonomy", "--corpus", "grants.csv", "-o", "own.ctm",
                   "-q", cwd=desk)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "# documents\t8" in (desk / "own.background.tsv").read_text("utf-8")
    assert table.stat().st_mtime_ns == before


def test_a_table_over_the_sixteen_areas_needs_no_model(desk):
    done = ctclass("tag", "grants.csv", "--framework", "example-prefecture.yaml", "-q", cwd=desk)
    assert done.returncode == 0, done.stderr
    column = "ct_framework_example_prefecture"
    rows = {row["課題番号"]: row[column] for row in rows_of(desk / "grants.tagged.csv")}
    assert rows["EX-P5"] == "forest"
    assert rows["EX-P7"] == ""


def test_areas_shows_it(desk):
    text = ctclass("areas", "snow", "--taxonomy", "taxonomy", "--lang", "ja", cwd=desk).stdout
    assert "雪害対策" in text
    assert "国家戦略" not in text
    assert "新興・基盤" not in text


def test_check_lints_lists_beside_ones_own_areas(desk):
    """`ctclass check` itself, with file and line, on a list over one's own fields."""
    lists = desk / "taxonomy" / "frameworks"
    lists.mkdir()
    text = (desk / "example-prefecture.yaml").read_text("utf-8")
    head, _, _ = text.partition("items:")
    item = "  - {id: cold, name: {ja: 寒冷地, en: Cold}, named: found, maps: [\n"
    text = head + "items:\n" + item + "      {from: snow, strength: close},\n"
    text += "      {from: snow/damage, strength: partial}]}\n"
    (lists / "example-prefecture.yaml").write_text(text, "utf-8")
    line = text[: text.index("snow/damage")].count("\n") + 1
    done = ctclass("check", "--taxonomy", "taxonomy", "--lang", "en", cwd=desk)
    assert done.returncode == 1
    place = Path("taxonomy", "frameworks", "example-prefecture.yaml")
    assert done.stdout.splitlines() == [
        f"{place}:{line}: unknown-technology: snow/damage is not in taxonomy/*.yaml"
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the blocks are for a POSIX shell")
def test_the_commands_of_the_guide_work(desk, tmp_path):
    command = tmp_path / "bin" / "ctclass"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ctclass "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    lines = [
        line for block in BLOCK.findall(GUIDE.read_text("utf-8")) for line in block.splitlines()
        if line.startswith("ctclass ")
    ]  # fmt: skip
    assert len(lines) >= 6
    path = os.pathsep.join([str(command.parent), os.environ["PATH"]])
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line], cwd=desk, capture_output=True, encoding="utf-8", check=False,
            env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stderr}"
