"""What each ingredient is worth: what is taken away, what is measured, what is shown."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import yaml
from conftest import ROOT

from ctclass.console import terminal as console
from ctclass.evaluate.ablation import INGREDIENTS, STEPS, ablate, move_thresholds, seeds_only
from ctclass.evaluate.ablation_view import view_ablation, view_relearned
from ctclass.evaluate.evaluation import run
from ctclass.evaluate.page import to_html, to_markdown
from ctclass.evaluate.relearn import _TEACHERS, _Rows, relearn
from ctclass.evaluate.relearn import INGREDIENTS as SOURCES
from ctclass.learning import areas as learn
from ctclass.learning.build import build_model
from ctclass.learning.calibrate import given_areas
from ctclass.learning.study import STEPS as STUDY_STEPS
from ctclass.learning.study import study
from ctclass.projects import Project
from ctclass.readers.labels import Label, read_labels
from ctclass.tagging.tag import Tagger

TEXTS = {
    "quantum": ("量子コンピュータの表面符号", "量子誤り訂正の復号を速くする。"),
    "energy": ("全固体リチウム電池の固体電解質", "硫化物の界面を調べ、寿命を延ばす。"),
    "space": ("人工衛星の軌道制御", "小型衛星の推進系を設計する。"),
    "": ("近世の村の祭り", "古文書から祭礼の移り変わりを読む。"),
}


def label(name, *areas, **more):
    return Label(name, areas, areas[0] if areas else "", None, "", None, None, **more)


@pytest.fixture(scope="module")
def labels():
    return [
        replace(label(area or "none", *filter(None, [area])),
                project=Project(area or "none", *texts, ""))
        for area, texts in TEXTS.items()
    ]  # fmt: skip


@pytest.fixture(scope="module")
def examples():
    with (ROOT / "examples/grants.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Project("", *(row[i] for i in (1, 13, 12))) for row in rows]


# The finished model


@pytest.mark.parametrize("step", [0, 2.5, -1])
def test_thresholds_move_as_the_tagger_sees_them(model, tagger, examples, step):
    moved = move_thresholds(model, step)
    if not step:
        assert moved == model
    scores = tagger.scorer.score(tagger.read(examples))
    own = moved.decision
    order, held = given_areas(
        scores.raw, [a.curve for a in moved.areas], own.given_at, own.most, firsts=own.firsts,
        bare=scores.bare,
    )  # fmt: skip
    expected = list(map(tuple, Tagger(moved).scorer.score(tagger.read(examples)).given))
    assert [tuple(o[h].tolist()) for o, h in zip(order, held, strict=True)] == expected


def test_scores_rise_by_as_much_as_they_are_told_to(model):
    """At log odds of 0 the score is 0.50; one step of 1.1 up, and it is 0.75."""
    area = model.areas[0]
    raised = move_thresholds(model, np.log(3)).areas[0]
    assert abs(np.searchsorted(raised.curve, area.curve[49], side="right") - 75) <= 1


def test_each_ingredient_is_gone(model):
    less = {i.id: i.model(model) for i in INGREDIENTS if i.model}
    assert len(less["learned"].learned.grams) == 0
    assert not np.any(less["seeds"].learned.voices[:-1])
    assert not np.any(less["outside"].learned.voices[-1])
    assert np.any(less["outside"].learned.voices[:-1])
    assert {n for voice in less["elsewhere"].learned.voices[:-1] for n in voice if n} != set()
    for sub, voice in zip(model.subtechnologies, less["elsewhere"].learned.voices, strict=False):
        assert {i for i, value in enumerate(voice) if value} <= {sub.area}
    assert len(less["friends"].patterns) < len(model.patterns)
    assert all(v.alone for t in less["beside"].terms for v in t.votes)
    assert len(set(less["rarity"].learned.idf.tolist())) == 1
    assert len({a.curve for a in less["curves"].areas}) == 1
    assert len(set(less["thresholds"].decision.given_at)) == 1
    assert less["thresholds"].areas == model.areas


def test_a_text_in_one_field_loses_no_word(examples):
    (fields,) = [i for i in INGREDIENTS if i.text]
    (one,) = [fields.text(Project("a", "題名", "概要", "語"))]
    assert (one.title, one.abstract, one.keywords) == ("", "題名。概要。語", "")
    assert fields.text(Project("a", "", "", "")).abstract == ""


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def report(tagger, taxonomy, labels, told):
    return run(tagger, labels, naive=taxonomy, also={"seeds", "ablation"}, progress=told.append)


def test_the_table_of_a_run(report, labels, told):
    found = report
    assert [b.evaluation.model for b in found.baselines] == ["seeds", "naive"]
    assert found.baselines[0].threshold is None
    table = found.ablation
    assert table.whole.overall == found.evaluation.overall
    assert [w.id for w in table.without] == [i.id for i in INGREDIENTS]
    assert [w.id for w in table.others] == ["naive"]
    assert table.without[0].as_it_was == found.baselines[0].evaluation.overall
    for worth in (table.reference, *table.without):
        assert worth.moved in STEPS
        assert worth.overall.micro.f1.value >= worth.as_it_was.micro.f1.value
    assert told[-1] == len(labels) * (1 + len(INGREDIENTS))
    assert told == sorted(told)
    data = json.loads(found.to_json())
    assert data["ablation"]["without"][1]["name"]["en"] == "learned terms"


def test_nothing_taken_away_is_no_difference(tagger, labels, monkeypatch):
    monkeypatch.setattr(
        "ctclass.evaluate.ablation.INGREDIENTS", (replace(INGREDIENTS[0], model=None),)
    )
    table = ablate(tagger, labels, [x.project for x in labels])
    (same,) = table.without
    assert same.overall == table.reference.overall
    assert (same.comparison.micro_f1.value, same.comparison.primary.p) == (0, 1)


# Learning


GRINDING = "砥石の摩耗を測り、切れ味を保つ当て方を見いだす。"
SPELLING = "綴り字の揺れを写本で調べ、書き手の癖を論じる。"


def projects(count):
    for i in range(count):
        about, section = (GRINDING, "加工") if i % 2 else (SPELLING, "書誌")
        yield Project(f"EX-{i}", f"第{i}の試み", about * (1 + i % 3), ""), section


def judged(numbers):
    return [
        label(f"EX-{i}", *(["materials"] if i % 2 else []), unsure=i % 5 == 0,
              evidence=("砥石",) if i % 2 else ())
        for i in numbers
    ]  # fmt: skip


@pytest.fixture(scope="module")
def steps():
    return []


@pytest.fixture(scope="module")
def small(taxonomy):
    """Two technologies an area: every seed is a lesson, and they are what takes time."""
    areas = (replace(a, subtechnologies=a.subtechnologies[:2]) for a in taxonomy.areas)
    return replace(taxonomy, areas=tuple(areas))


@pytest.fixture(scope="module")
def studied(small, steps):
    return study(
        small, projects(500), labels=judged(range(120)), tuning=judged(range(120, 160)),
        description="試し", step=steps.append,
    )  # fmt: skip


@pytest.fixture(scope="module")
def learned(small, segmenter, studied):
    return build_model(small, segmenter, studied.background, knowledge=studied.knowledge)


@pytest.fixture(scope="module")
def relearned(studied, steps):
    before = len(steps)
    found = relearn(studied.material, studied.by_seeds, steps.append)
    assert len(steps) - before == 1 + len(SOURCES)
    del steps[before:]
    return found


def test_every_step_has_a_name(studied, steps):
    assert len(steps) == STUDY_STEPS
    assert all(step.ja and step.en for step in steps)


def test_the_seeds_alone_are_what_a_build_without_learning_gives(
    small, segmenter, studied, learned, examples
):
    built = Tagger(build_model(small, segmenter, studied.background)).tag_all(examples)
    taken = Tagger(seeds_only(learned)).tag_all(examples)
    assert [replace(t, model="") for t in taken] == [replace(t, model="") for t in built]
    assert any(t.areas for t in built)


def test_the_whole_solved_again_is_what_was_learned(small, studied, learned):
    material = studied.material
    assert len(material.rates)
    tuning = [x.project for x in material.tuning]
    known = Tagger(learned)
    expected = known.scorer.score(known.read(tuning)).raw
    rows = _Rows(material, [])
    taught, tuned, read = (
        np.flatnonzero(np.isin(rows.kind, kinds))
        for kinds in (sorted(_TEACHERS), ["tuning"], ["reader"])
    )
    raw, unseen = rows._solved(taught, tuned, read, "")
    # Weights are rounded in the model.
    assert np.abs(raw - expected).max() < 0.01
    slow = learn._cross_validated(material, lambda _: None)
    # The sections' scale is that of all lessons here, of four fifths of them there.
    assert np.abs(unseen - slow).max() < 0.05


def test_learning_without_each_source(relearned):
    for table in (relearned.tuning, relearned.teaching):
        assert [w.id for w in table.without] == list(SOURCES)
        assert table.whole.overall.primary.value > 0.9
        assert all(w.comparison.projects == w.overall.projects for w in table.without)
        assert [w.id for w in table.others] == ["short"]
        assert 0 < table.others[0].overall.projects < table.whole.overall.projects
    assert relearned.tuning.whole.overall.projects == 40
    assert relearned.teaching.whole.overall.projects == 120
    assert json.loads(relearned.to_json())["tuning"]["without"][0]["id"] == "sections"


def test_without_tuning_labels_only_those_that_teach_are_measured(studied):
    rows = _Rows(replace(studied.material, tuning=[]), [])
    tuning, teaching = rows.answers("sections")
    assert (len(tuning), len(teaching)) == (0, 120)
    assert sum(a.primary == "materials" for a in teaching) == 60


# What is shown


def test_all_pages_show_what_is_lost(report, relearned, capsys):
    view = view_relearned(relearned, "m/1")
    view = replace(view, sections=view.sections + view_ablation(report.ablation))
    for text in (to_markdown(view), to_html(view)):
        assert "learned terms" in text
        assert "審査区分" in text
        assert "モデル全体(60 字未満の本文 " in text
    console.Screen("en").evaluation(view)
    shown = capsys.readouterr().out
    assert "− false friends" in shown
    assert "− review sections" in shown


# The commands


def ctclass(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args), "--lang", "en"],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


def written(path, items):
    path.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")


@pytest.fixture
def desk(tmp_path):
    rows = [
        {"id": p.project_id, "title": p.title, "abstract": p.abstract, "review_section": section}
        for p, section in projects(240)
    ]
    written(tmp_path / "corpus.jsonl", rows)
    for name, numbers in (("train", range(120)), ("dev", range(120, 160))):
        written(
            tmp_path / f"{name}.jsonl",
            [{"id": x.project_id, "areas": x.areas, "primary": x.primary} for x in judged(numbers)],
        )
    return tmp_path


@pytest.fixture
def small_folder(tmp_path):
    """The taxonomy with one technology an area, for the same reason as `small`."""
    folder = tmp_path / "taxonomy"
    shutil.copytree(ROOT / "taxonomy", folder)
    for path in folder.glob("[0-9]*.yaml"):
        area = yaml.safe_load(path.read_text("utf-8"))
        if "subtechnologies" in area:
            area["subtechnologies"] = area["subtechnologies"][:1]
            path.write_text(yaml.safe_dump(area, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def test_a_build_that_ablates(desk, small_folder):
    done = ctclass(
        "build", "--corpus", "corpus.jsonl", "--labels", "train.jsonl", "--tune", "dev.jsonl",
        "-o", "m.ctm", "--background", "b.tsv", "--learned", "l.tsv",
        "--ablate", "t.json", "--ablate", "t.md", "--taxonomy", small_folder, cwd=desk,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "− review sections" in done.stdout
    assert {"tuning", "teaching"} == set(json.loads((desk / "t.json").read_text("utf-8")))
    assert (desk / "t.md").read_text("utf-8").startswith("# ctclass")
    # The columns, what was written, and nothing of the steps.
    said = [line.split(" (")[0] for line in done.stderr.splitlines()]
    written = ["b.tsv", "l.tsv", "l.screening.tsv", "m.ctm", "t.json", "t.md"]
    assert said[0] == "corpus.jsonl"
    assert sorted(said[1:]) == sorted(f"→ {name}" for name in written)


@pytest.mark.parametrize(
    "options",
    [
        ["--ablate", "t.json"],
        ["--ablate", "t.json", "--corpus", "corpus.jsonl"],
        ["--ablate", "t.csv", "--corpus", "corpus.jsonl", "--tune", "dev.jsonl"],
        ["--ablate", "dev.jsonl.md", "--corpus", "corpus.jsonl", "--tune", "dev.jsonl"],
    ],
)
def test_wrong_usage(desk, options):
    (desk / "dev.jsonl.md").write_text("mine", "utf-8")
    done = ctclass("build", *options, "-o", "m.ctm", cwd=desk)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 3
    assert not (desk / "m.ctm").exists()


def test_evaluate_ablates_in_one_run(tmp_path):
    written(
        tmp_path / "l.jsonl",
        [{"id": a or "none", "areas": [a] if a else [], "primary": a, "title": t, "abstract": b}
         for a, (t, b) in TEXTS.items()],
    )  # fmt: skip
    done = ctclass("evaluate", "l.jsonl", "--ablate", "--report", "r.md", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "− learned terms" in done.stdout
    assert "cosine of TF-IDF" in done.stdout
    assert "− 学んだ言葉" in (tmp_path / "r.md").read_text("utf-8")


def test_what_the_ingredients_are_worth_on_dev(shared, tagger):
    labels = read_labels(shared / "data/labels/dev.jsonl", tagger.model)
    table = ablate(tagger, labels, [x.project for x in labels])
    difference = {w.id: w.comparison.micro_f1 for w in table.without}
    assert difference["learned"].high < -0.2
    assert difference["learning"].high < 0
    assert all(figure.low <= 0 for figure in difference.values()), "better without a part"
