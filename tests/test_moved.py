"""What a change of taxonomy moves: the rows, the seeds that did it, and rightly or wrongly."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ctclass.console.keeper import show_moves
from ctclass.console.terminal import Screen
from ctclass.headings import find_columns
from ctclass.keeper.changes import Changes, SeedChange
from ctclass.keeper.moved import EXAMPLES, find_moves, to_json, to_row
from ctclass.keeper.phrases import Cutter
from ctclass.learning.build import build_model
from ctclass.model.background import read_background
from ctclass.readers.labels import Label
from ctclass.tables import open_table
from ctclass.tagging.tag import Tagger
from ctclass.taxonomy.areas import read_taxonomy

ROOT = Path(__file__).resolve().parent.parent
FRIEND = "{term: 深海という比喩の碧色, belongs_to: [], source: added}"
WORD, GONE = "碧色歯車", "表面符号"


def rewrite(folder, name, *pairs):
    path = folder / name
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The taxonomy with one seed more (digital), one less, one lighter, one friend more."""
    new = tmp_path_factory.mktemp("keeper") / "taxonomy"
    shutil.copytree(ROOT / "taxonomy", new)
    rewrite(new, "03-digital.yaml", ("      ja:\n", f"      ja:\n        - {WORD}\n"))
    text = (new / "12-quantum.yaml").read_text("utf-8")
    kept = [line for line in text.splitlines() if GONE not in line or "- " not in line]
    assert len(kept) < len(text.splitlines())
    (new / "12-quantum.yaml").write_text("\n".join(kept) + "\n", "utf-8")
    rewrite(
        new, "10-ocean.yaml",
        ("false_friends:\n", f"false_friends:\n  - {FRIEND}\n"),
    )  # fmt: skip
    return new


@pytest.fixture(scope="module")
def sides(folder, segmenter, taxonomy):
    counts = read_background(ROOT / "models" / "background.tsv")
    new = read_taxonomy(folder)
    return (
        (Tagger(build_model(taxonomy, segmenter, counts, "old")), taxonomy),
        (Tagger(build_model(new, segmenter, counts, "new")), new),
    )


ROWS = [
    ("gain", f"{WORD}と{WORD}をめぐる研究", f"{WORD}。{WORD}、{WORD}。"),
    ("loss", f"{GONE}の研究", f"{GONE}の{GONE}による。"),
    ("same", "海底熱水鉱床の探査", "海底熱水鉱床を探る。"),
    ("none", "中世の都市と商人", "商人の手紙を読む。"),
]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    lines = "".join(f"{i},{title},{text}\n" for i, title, text in ROWS)
    path.write_text("id,title,abstract\n" + lines, "utf-8")
    return path


def moves_of(sides, path, **settings):
    with open_table(str(path)) as reader:
        return find_moves(*sides, reader, find_columns(reader.header, where="t"), **settings)


def test_the_seeds_that_differ(taxonomy, folder, segmenter):
    changes = Changes(taxonomy, read_taxonomy(folder), Cutter(segmenter))
    found = {(c.term, c.area, c.change) for c in changes}
    assert (WORD, "digital", "added") in found
    assert ("深海という比喩の碧色", "ocean", "friend-added") in found
    removed = {c.term for c in changes if c.change == "removed"}
    assert GONE in removed
    assert all(GONE in term for term in removed)
    assert len(changes) == len(removed) + 2


def test_a_taxonomy_does_not_differ_from_itself(taxonomy, segmenter):
    assert list(Changes(taxonomy, taxonomy, Cutter(segmenter))) == []


def test_weights_and_standing_alone(tmp_path, taxonomy, segmenter):
    new = tmp_path / "taxonomy"
    shutil.copytree(ROOT / "taxonomy", new)
    rewrite(
        new, "03-digital.yaml",
        ("      ja:\n", f"      ja:\n        - {{term: {WORD}, weight: 0.5}}\n"),
    )  # fmt: skip
    lighter = read_taxonomy(new)
    rewrite(new, "03-digital.yaml", ("weight: 0.5}", "weight: 2.0}"))
    heavier = read_taxonomy(new)
    rewrite(new, "03-digital.yaml", ("weight: 2.0}", "weight: 2.0, alone: false}"))
    beside = read_taxonomy(new)
    cutter = Cutter(segmenter)
    pairs = [(taxonomy, lighter), (lighter, heavier), (heavier, lighter), (heavier, beside),
             (beside, heavier)]  # fmt: skip
    found = [[c.change for c in Changes(a, b, cutter)] for a, b in pairs]
    assert found == [["added"], ["heavier"], ["lighter"], ["beside"], ["firm"]]


def test_a_change_is_found_in_a_text_whatever_its_spelling(taxonomy, folder, segmenter):
    changes = Changes(taxonomy, read_taxonomy(folder), Cutter(segmenter))
    assert [c.term for c in changes.find(["碧色・歯車", f"古い{WORD}の話"])] == [WORD]
    assert changes.find(["碧色の歯車"]) == []


def test_rows_gained_and_lost_with_the_seed_that_did_it(sides, table):
    heard = []
    moves = moves_of(sides, table, hear=heard.append)
    assert (moves.rows, moves.changed, moves.primary_changed) == (4, 2, 2)
    gain, loss = heard
    assert (gain.project_id, gain.row, gain.gained, gain.lost) == ("gain", 1, ("digital",), ())
    assert (loss.project_id, loss.row) == ("loss", 2)
    assert "quantum" in loss.lost
    sub = next(s.id for s in sides[1][1].areas[2].subtechnologies)
    added = SeedChange(WORD, "digital", sub, "added")
    assert gain.seeds == (("digital", (added,)),)
    by = dict(moves.by_seed())[added]
    assert (by.gained, by.lost, by.primary, by.examples) == (1, 0, 1, ["gain"])
    assert any(seed.change == "removed" and seed.term == GONE for seed in moves.seeds)
    digital, ocean = moves.areas["digital"], moves.areas["ocean"]
    assert (digital.before, digital.after, digital.gained, digital.primary_in) == (0, 1, 1, 1)
    assert (ocean.before, ocean.after, ocean.gained, ocean.lost) == (1, 1, 0, 0)
    assert moves.primary["", "digital"] == 1


def label(project_id, *areas):
    return Label(project_id, areas, (areas or ("",))[0], None, "", None, None)


def test_right_or_wrong_by_the_reader(sides, table):
    labels = {x.project_id: x for x in (label("gain", "digital"), label("loss", "quantum"),
                                        label("same", "ocean"))}  # fmt: skip
    heard = []
    moves = moves_of(sides, table, labels=labels, hear=heard.append)
    assert [change.verdict for change in heard] == ["better", "worse"]
    assert (moves.read, moves.verdicts) == (3, {"better": 1, "worse": 1})
    assert moves.areas["digital"].gained_right == 1
    assert moves.areas["quantum"].lost_wrong == 1
    wrong = moves_of(sides, table, labels={"gain": label("gain")})
    assert (wrong.verdicts["worse"], wrong.areas["digital"].gained_wrong) == (1, 1)


def test_what_is_kept_does_not_grow_with_the_table(sides, tmp_path):
    path = tmp_path / "many.csv"
    lines = "".join(f"g{i},{WORD}と{WORD}。{WORD}。,{WORD}\n" for i in range(1200))
    path.write_text("id,title,abstract\n" + lines, "utf-8")
    moves = moves_of(sides, path, workers=2)
    assert moves.changed == 1200
    assert moves.areas["digital"].examples["gained"] == [f"g{i}" for i in range(EXAMPLES)]
    assert all(len(by.examples) <= EXAMPLES for by in moves.seeds.values())


def test_without_taxonomies_the_evidence_tells(sides, table):
    heard = []
    moves = moves_of([(side[0], None) for side in sides], table, hear=heard.append)
    assert moves.seed_changes == 0
    assert heard[0].seeds == (("digital", (SeedChange(WORD, "digital", "", "seen"),)),)
    assert all(seed.change in ("seen", "unseen") for seed in moves.seeds)


def test_nothing_moves_where_nothing_differs(sides, table):
    moves = moves_of((sides[0], sides[0]), table)
    assert (moves.rows, moves.changed, dict(moves.seeds)) == (4, 0, {})


def test_the_sums_as_json_and_a_row_as_csv(sides, table):
    heard = []
    data = json.loads(to_json(moves_of(sides, table, hear=heard.append)))
    assert (data["rows"], data["changed"]) == (4, 2)
    assert data["areas"]["digital"]["gained"] == 1
    assert {"term": WORD, "change": "added", "gained": 1}.items() <= next(
        s for s in data["seeds"] if s["term"] == WORD
    ).items()
    assert to_row(heard[0]) == [
        "1", "gain", "", "digital", "digital", "", "", "digital", f"digital: +{WORD}", "",
    ]  # fmt: skip


def ctclass(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", "moved", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "ja_JP.UTF-8", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.slow
def test_on_the_command_line(table, folder):
    labels = '{"id": "gain", "areas": [3], "primary": 3}\n'
    (table.parent / "l.jsonl").write_text(labels, "utf-8")
    done = ctclass("t.csv", "--taxonomy", folder, "--labels", "l.jsonl", "-o", "c.csv",
                   "--seeds-only", cwd=table.parent)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "4 件のうち 2 件が変わり" in done.stdout
    assert "良くなった 1" in done.stdout
    assert WORD in done.stdout
    rows = list(csv.DictReader((table.parent / "c.csv").read_text("utf-8-sig").splitlines()))
    assert [(r["id"], r["verdict"]) for r in rows] == [("gain", "better"), ("loss", "")]
    assert ctclass("t.csv", "--taxonomy", folder, "-o", "c.csv", cwd=table.parent).returncode == 2


@pytest.mark.slow
def test_models_instead_of_taxonomies(table):
    model = ROOT / "models" / "default.ctm"
    done = ctclass("t.csv", "--new", model, "--old", "default", "--json", cwd=table.parent)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == 0


@pytest.mark.slow
def test_wrong_usage(table, tmp_path):
    assert ctclass("t.csv", cwd=table.parent).returncode == 2
    assert ctclass("t.csv", "--taxonomy", "x", "--new", "y", cwd=table.parent).returncode == 2
    assert ctclass("t.csv", "--taxonomy", "nowhere", cwd=table.parent).returncode == 4
    done = ctclass("t.csv", "--taxonomy", tmp_path, "-o", "c.json", cwd=table.parent)
    assert done.returncode == 2
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_in_a_narrow_window_names_and_seeds_are_all_there(sides, table, capsys, monkeypatch, lang):
    moves = replace(moves_of(sides, table), read=4)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show_moves(Screen(lang), moves, sides[0][0].model)
    out = capsys.readouterr().out
    assert "…" not in out
    words = {
        "ja": ("③ デジタル", "主から", "種語を追加"),
        "en": ("③ Digital", "1st out", "seed added"),
    }
    assert all(word in out for word in (*words[lang], WORD, "+gain", "-loss"))
