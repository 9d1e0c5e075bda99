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

from ctclass.model.compact import WEIGHT
from ctclass.projects import Project
from ctclass.tagging.preparing import prepare_all, prepare_one
from ctclass.tagging.tag import COLUMNS
from ctclass.text.characters import STOP
from ctclass.text.english import is_softened
from ctclass.text.ngrams import AMOUNTS

pytestmark = [pytest.mark.shared, pytest.mark.slow]
STATUSES = {"ok", "no-evidence", "empty", "too-short", "not-japanese"}
ROWS = 10_000
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


class SlowScorer:
    """Scores as one would work them out with paper and pencil, from the model's tables and
    the tokenizer alone: no reader, no matcher, no array.

    `odd` counts surfaces that the tokenizer leads to a known unit and the model's table of
    spellings does not, or the other way round: it cannot hold every way to write a word.
    """

    def __init__(self, model, segmenter):
        self.model, self.segmenter = model, segmenter
        self.units = {unit: number for number, unit in enumerate(model.units)}
        self.seeds = {pattern[1:]: pattern[0] for pattern in model.patterns}
        assert len(self.seeds) == len(model.patterns)
        self.longest = max(map(len, self.seeds))
        self.grams = {gram: term for term, gram in enumerate(model.learned.grams)}
        self.idf = model.learned.idf.tolist()
        self.numbers = {}
        self.odd, self.seen = Counter(), 0

    def raw(self, project):
        """The scores of the areas before squashing."""
        units, fields = self.read(project)
        seeds = self.seeds_in(units)
        for term, start, end in seeds:
            known = self.model.terms[term]
            if not known.votes and not known.against:  # a false friend
                units[start:end] = [None] * (end - start)
        learned = self.learned(units, fields)
        voted = self.voted([(term, fields[start]) for term, start, _ in seeds])
        bias = self.model.learned.bias
        return [b / 1e6 + x + y for b, x, y in zip(bias, learned, voted, strict=True)]

    def read(self, project):
        """The number of each unit, None where the model knows none, and its field."""
        texts = [self.segmenter.prepare(text).text for text in
                 (project.title, project.abstract, project.keywords)]  # fmt: skip
        ends = [len(texts[0]), len(texts[0]) + 1 + len(texts[1])]
        units, fields, at = [], [], 0
        for surface in self.segmenter.surfaces(STOP.join(texts)):
            units.append(self.number(surface))
            self.seen += 1
            fields.append(sum(at > end for end in ends))
            at += len(surface)
        return units, fields

    def number(self, surface):
        if surface not in self.numbers:
            number = self.units.get(self.segmenter.unit(surface))
            if number is None and is_softened(surface):  # dnA in a title in capitals
                number = self.units.get(surface.upper())
            if number is None and len(surface) < 3:  # the RE of RE-ENTRY
                number = self.units.get(surface.lower())
            self.numbers[surface] = number, self.model.spellings.get(surface)
        number, spelled = self.numbers[surface]
        self.odd[surface] += number != spelled
        return spelled

    def seeds_in(self, units):
        """Every seed, false friend and outside term but those within a longer one."""
        found = [
            (self.seeds[some], start, start + size)
            for start, unit in enumerate(units)
            if unit is not None
            for size in range(1, min(self.longest, len(units) - start) + 1)
            if (some := tuple(units[start : start + size])) in self.seeds
        ]
        return [
            (term, start, end)
            for term, start, end in found
            if not any(a <= start and end <= b and b - a > end - start for _, a, b in found)
        ]

    def learned(self, units, fields):
        amount = Counter()
        for start, field in enumerate(fields):
            for size in range(1, min(3, len(units) - start) + 1):
                term = self.grams.get(tuple(units[start : start + size]))
                if term is not None:
                    amount[term] += AMOUNTS[field]
        loud = {t: round(10 * math.log1p(min(n, 63) / 2)) * self.idf[t] for t, n in amount.items()}
        length = math.sqrt(sum(x * x for x in loud.values())) or 1.0
        weights = self.model.learned.weights
        return [
            sum(x * int(weights[t, area]) for t, x in loud.items()) / (length * WEIGHT)
            for area in range(len(self.model.areas))
        ]

    def voted(self, seeds):
        """What seeds say, each given with the field where it stands: a seed that counts
        beside others only, where one of its area stands that counts alone."""
        model = self.model
        fields = {term: Counter(f for t, f in seeds if t == term) for term, _ in seeds}
        areas = [sub.area for sub in model.subtechnologies]
        votes = [(term, vote) for term in fields for vote in model.terms[term].votes]
        firm = {areas[vote.subtechnology] for _, vote in votes if vote.alone}
        said = [(t, v.subtechnology, v.weight) for t, v in votes if areas[v.subtechnology] in firm]
        said += [(term, len(areas), model.terms[term].against) for term in fields]
        sums = [0] * len(model.areas)
        for term, sub, weight in said:
            title, abstract, keywords = (fields[term][field] for field in range(3))
            place = 8 * (title > 0) + 2 * min(abstract, 3) + (keywords > 0)
            for area, voice in enumerate(model.learned.voices[sub]):
                sums[area] += weight * model.decision.amounts[place] * voice
        return [x / 1e11 for x in sums]


def real_projects(shared, first, rows):
    table = pq.read_table(shared / "data/kaken_projects.parquet").slice(first, rows)
    columns = (table[c].to_pylist() for c in ("title", "abstract", "keywords"))
    return [Project("", a or "", b or "", c or "") for a, b, c in zip(*columns, strict=True)]


def test_the_fast_scorer_is_the_slow_one_on_real_texts(shared, tagger, segmenter):
    """And every answer is that of the project alone, whatever stands beside it."""
    projects = real_projects(shared, 50_000, ROWS)
    slow, scorer = SlowScorer(tagger.model, segmenter), tagger.scorer
    spoken = 0
    for at in range(0, ROWS, 500):
        some = projects[at : at + 500]
        readings = tagger.read(some)
        scores = scorer.score(readings)
        together = tagger.answer(some, readings)
        for i, (project, tagging) in enumerate(zip(some, together, strict=True)):
            expected = slow.raw(project)
            assert scores.raw[i].tolist() == pytest.approx(expected, abs=1e-9), project
            spoken += len(set(expected)) > 1
            if i % 8:
                continue
            assert tagger.tag(project) == tagging
            for area, raw in enumerate(expected):
                said = scorer.contributions(scores, i, area)
                shares = math.fsum(c.value for c in said)
                assert raw == pytest.approx(scorer.bias(area) + shares, abs=1e-9)
    assert spoken > 0.9 * ROWS
    assert slow.odd.total() < slow.seen / 20_000, +slow.odd


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
