"""Real tables and labels: they are not part of the repository, so a stranger skips these."""

import json
import math
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from ctclass.characters import STOP
from ctclass.model import WEIGHT
from ctclass.ngrams import AMOUNTS
from ctclass.preparing import prepare_all, prepare_one
from ctclass.projects import Project
from ctclass.tag import COLUMNS

pytestmark = [pytest.mark.shared, pytest.mark.slow]
STATUSES = {"ok", "no-evidence", "empty", "too-short", "not-japanese"}
FLOORS = {"primary": 0.75, "micro_f1": 0.80}


def ctclass(*args, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=600, check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_accuracy_on_dev(shared, tmp_path):
    done = ctclass("evaluate", shared / "data/labels/dev.jsonl", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert found["overall"]["projects"] == 279
    assert found["missing"] == []
    assert found["overall"]["primary"]["value"] >= FLOORS["primary"]
    assert found["overall"]["micro"]["f1"]["value"] >= FLOORS["micro_f1"]
    assert len(found["by_source"]) == 4


def test_no_figure_falls_below_its_mark(shared, tmp_path):
    """The ratchet: what the last model reached on the dev labels."""
    marks = Path(__file__).with_name("ratchet.json")
    ctclass("evaluate", shared / "data/labels/dev.jsonl", "--ratchet", marks, cwd=tmp_path)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("kaken_export_1000.csv", "utf-8-sig"), ("kaken_export_300_cp932.csv", "cp932")],
)
@pytest.mark.parametrize("target", ["csv", "xlsx", "parquet", "jsonl"])
def test_the_kaken_export_row_by_row(shared, tmp_path, name, encoding, target):
    path = shared / "data" / name
    text = {"dtype": str, "keep_default_na": False}
    before = pd.read_csv(path, encoding=encoding, **text)
    out = tmp_path / f"out.{target}"
    done = ctclass("tag", path, "-o", out, "--lang", "en", cwd=tmp_path)
    assert "研究課題名" in done.stderr
    if target == "csv":
        after = pd.read_csv(out, encoding="utf-8-sig", **text)
    elif target == "xlsx":
        after = pd.read_excel(out, engine="openpyxl", **text)
    elif target == "parquet":
        after = pd.read_parquet(out)
    else:
        objects = [json.loads(x) for x in out.read_text("utf-8").splitlines()]
        after = pd.DataFrame([{k: v for k, v in o.items() if k != "ctclass"} for o in objects])
        assert all(o["ctclass"]["model"].startswith("default/") for o in objects)
    own = list(before.columns)
    assert list(after.columns[: len(own)]) == own
    pd.testing.assert_frame_equal(after[own], before, check_dtype=False)
    if target != "jsonl":
        found = list(after.columns[len(own) :])
        assert found[: len(COLUMNS)] == list(COLUMNS)
        people = found[len(COLUMNS) :]  # what people fill in stands behind, in workbooks only
        assert bool(people) == (target == "xlsx")
        assert all(name.startswith("確認_") for name in people)
        assert set(after["ct_status"]) <= {
            "ok",
            "no-evidence",
            "empty",
            "too-short",
            "not-japanese",
        }


def slow_scores(model, grams, readings):
    """What the learned terms of a project add up to, one by one."""
    codes = readings.numbers.tolist()
    amount = Counter()
    for start in range(len(codes)):
        field = sum(start >= first for first in readings.fields[0].tolist())
        for size in (1, 2, 3):
            term = grams.get(tuple(codes[start : start + size]))
            if term is not None and start + size <= len(codes):
                amount[term] += AMOUNTS[field]
    idf, weights = model.learned.idf.tolist(), model.learned.weights
    loud = {t: round(10 * math.log1p(min(n, 63) / 2)) * idf[t] for t, n in amount.items()}
    length = math.sqrt(sum(x * x for x in loud.values())) or 1.0
    return [
        sum(x * int(weights[t, area]) for t, x in loud.items()) / (length * WEIGHT)
        for area in range(len(model.areas))
    ]


def real_projects(shared, first, rows):
    table = pq.read_table(shared / "data/kaken_projects.parquet").slice(first, rows)
    columns = (table[c].to_pylist() for c in ("title", "abstract", "keywords"))
    return [Project("", a or "", b or "", c or "") for a, b, c in zip(*columns, strict=True)]


def test_the_fast_scorer_is_the_slow_one_on_real_texts(shared, tagger):
    """And every answer is that of the project alone, whatever stands beside it."""
    projects = real_projects(shared, 50_000, 10_000)
    together = [t for at in range(0, 10_000, 500) for t in tagger.tag_all(projects[at : at + 500])]
    scorer = tagger.scorer
    grams = {gram: i for i, gram in enumerate(tagger.model.learned.grams)}
    for i, (project, tagging) in enumerate(zip(projects, together, strict=True)):
        if i % 8 == 0:
            assert tagger.tag(project) == tagging
        readings = tagger.reader.read([(project.title, project.abstract, project.keywords)])
        scores = scorer.score(readings)
        expected = slow_scores(tagger.model, grams, readings)
        for area, raw in enumerate(scores.raw[0].tolist()):
            said = scorer.contributions(scores, 0, area)
            seeds = sum(c.value for c in said if not c.learned)
            assert raw == pytest.approx(expected[area] + seeds + scorer.bias(area), abs=1e-9)
            assert raw == pytest.approx(scorer.bias(area) + sum(c.value for c in said), abs=1e-9)


def test_many_texts_prepared_at_once_are_those_prepared_one_by_one(shared, segmenter):
    """Character by character, and back to what the reader wrote."""
    texts = [(p.title, p.abstract, p.keywords) for p in real_projects(shared, 120_000, 10_000)]
    together = prepare_all(segmenter, texts)
    assert sum(p.tidied is None for p in together) > 8_000
    for fields, fast in zip(texts, together, strict=True):
        slow = prepare_one(segmenter, fields)
        assert (fast.text, fast.ends) == (slow.text, slow.ends)
        for start in range(0, slow.ends[1] - 2, 19):
            if STOP not in slow.text[start : start + 2]:
                assert fast.surface(start, start + 2) == slow.surface(start, start + 2)


PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "ctclass", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_table(shared, tmp_path):
    """Three times the rows, no more than 15 % more memory (KiB on Linux).

    The first 16,000 rows touch most of the dictionary, whose mapped pages count here too.
    One worker: two stand at some 525 MB.
    """
    peaks = {}
    table = pq.read_table(shared / "data/kaken_projects.parquet")
    for rows in (16_000, 48_000):
        path = tmp_path / f"{rows}.parquet"
        pq.write_table(table.slice(0, rows), path, row_group_size=4_000)
        done = subprocess.run(
            [sys.executable, "-c", PEAK, "tag", path, "-o", tmp_path / f"{rows}.csv", "-q",
             "--workers", "1"],
            capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
        peaks[rows] = int(done.stdout)
    assert peaks[48_000] <= 1.15 * peaks[16_000], peaks
    assert peaks[48_000] < 500_000


RUN = 20


def test_no_text_of_a_real_project_is_in_the_examples_or_cases(shared):
    """No run of 20 characters, but for the names of technologies and of institutions."""
    import ahocorasick_rs

    ours = [*ROOT.glob("tests/cases/*.yaml"), *ROOT.glob("examples/*.*")]
    ours.append(ROOT / "taxonomy" / "lessons.jsonl")
    assert len(ours) > 4
    runs = {
        text[i : i + RUN]
        for path in ours
        for text in path.read_text("utf-8").splitlines()
        for i in range(len(text) - RUN + 1)
        if any(c > "\u3040" for c in text[i : i + RUN])
    }
    known = sorted(runs)
    finder = ahocorasick_rs.AhoCorasick(known)
    table = pq.ParquetFile(shared / "data/kaken_projects.parquet")
    found = set()
    for batch in table.iter_batches(20_000, columns=["title", "abstract", "keywords"]):
        for column in batch.columns:
            for text in column.to_pylist():
                if text:
                    found |= {known[i] for i, _, _ in finder.find_matches_as_indexes(text)}
    assert found == set()
