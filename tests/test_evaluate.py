"""Figures that can be worked out by hand."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from ctclass.errors import InputError, Phrase
from ctclass.evaluate.evaluation import Report
from ctclass.evaluate.figures import compare
from ctclass.evaluate.view import view_report
from ctclass.projects import Project
from ctclass.readers.labels import Label, read_labels
from ctclass.tagging.screen import Flag
from ctclass.tagging.tag import AreaScore, Tagging


def answer(*areas, screening=()):
    strategic = not {"quantum", "space"}.isdisjoint(areas)
    scores = tuple(AreaScore(a, 0.9) for a in areas)
    return Tagging("ok", scores, (), (), strategic, screening, (), "m")


def label(*areas, name="x", screening=None, source="s", hard=None, unsure=None):
    primary = areas[0] if areas else ""
    return Label(name, areas, primary, screening, source, hard, None, unsure)


PAIRS = [
    (label("quantum", "energy"), answer("quantum")),
    (label("energy"), answer("energy", "ocean")),
    (label(), answer()),
    (label("ocean", source="t", hard=True), answer("energy")),
]


def test_the_figures_by_hand(model):
    found = compare(model, PAIRS)
    assert found.overall.projects == 4
    assert found.overall.primary.value == 3 / 4
    assert found.overall.micro.precision.value == 2 / 4
    assert found.overall.micro.recall.value == 2 / 4
    assert found.overall.micro.f1.value == 2 / 4
    # quantum 1, energy 2·1/(2·1+1+1), ocean 0, over the three areas that have a label
    assert found.overall.macro_f1.value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.by_area["energy"].precision.value == 1 / 2
    assert found.by_area["space"].f1.value is None
    assert found.strategic.recall.value == 1.0
    assert found.screening is None


def test_by_source_and_by_hard(model):
    found = compare(model, PAIRS)
    assert {k: v.projects for k, v in found.by_source.items()} == {"s": 3, "t": 1}
    assert found.by_source["t"].primary.value == 0.0
    assert {k: v.projects for k, v in found.by_hard.items()} == {"hard": 1}


def test_english_and_short_texts_are_measured_apart(model):
    texts = {
        "en": Project("en", "Blankets of fusion reactors", "The tritium is bred. " * 5, ""),
        "ja": Project("ja", "海洋の観測", "海の底の流れを、長い時間をかけて測る。" * 5, ""),
    }
    pairs = [
        (replace(label("energy"), project=texts["en"]), answer("energy")),
        (replace(label("ocean"), project=texts["ja"]), answer("energy")),
        (label("ocean"), answer("ocean")),
    ]
    found = compare(model, pairs)
    assert {k: (v.projects, v.primary.value) for k, v in found.by_text.items()} == {
        "english": (1, 1.0)
    }
    titles = compare(model, pairs, fields=("title",))
    assert {k: v.projects for k, v in titles.by_text.items()} == {"english": 1, "short": 2}
    keywords = compare(model, pairs, fields=("keywords",))
    assert {k: v.projects for k, v in keywords.by_text.items()} == {"empty": 2}
    rows = [row[0] for row in view_report(Report(titles), model).sections[1].rows]
    assert Phrase("英語だけの本文", "English only") in rows


def test_intervals_hold_their_figure_and_narrow_with_more(model):
    few, many = compare(model, PAIRS), compare(model, PAIRS * 50)
    for pick in (lambda e: e.overall.primary, lambda e: e.overall.micro.f1):
        assert pick(few).low <= pick(few).value <= pick(few).high
        assert pick(many).high - pick(many).low < pick(few).high - pick(few).low
    # Clopper and Pearson for 3 of 4, from a printed table
    assert few.overall.primary.low == pytest.approx(0.1941, abs=1e-4)
    assert few.overall.primary.high == pytest.approx(0.9937, abs=1e-4)
    assert few.overall.primary.few
    assert not many.overall.primary.few


def test_small_counts_are_marked(model):
    found = compare(model, PAIRS * 4)
    assert found.by_area["energy"].recall.of == 8
    assert found.by_area["energy"].f1.few
    assert found.by_area["energy"].recall.few
    assert not found.overall.micro.f1.few
    assert not found.overall.primary.few


def test_macro_is_the_mean_of_the_areas_with_a_label(model):
    found = compare(model, PAIRS).overall
    # quantum 1/1, energy 1/2, ocean 0 of 1; recall: quantum 1, energy 1/2, ocean 0
    assert found.macro.precision.value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.macro.recall.value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.macro.f1 == found.macro_f1
    assert found.exact.value == 1 / 4


def test_a_resample_without_an_area_does_not_count_it_as_lost(model):
    pairs = [(label("energy"), answer("energy"))] * 9 + [(label("ocean"), answer("ocean"))]
    found = compare(model, pairs).overall.macro_f1
    assert (found.low, found.value, found.high) == (1, 1, 1)


def test_doubts_of_the_reader(model):
    pairs = [
        (label("energy", unsure=True), answer("ocean")),
        (label("energy", unsure=False), answer("energy")),
        (label("energy"), answer("energy")),
    ]
    found = compare(model, pairs)
    assert {k: v.primary.value for k, v in found.by_unsure.items()} == {"unsure": 0, "sure": 1}


def test_confusion_holds_every_project(model):
    found = compare(model, PAIRS).confusion
    at = found.areas.index
    assert found.areas[-1] == "none"
    assert sum(map(sum, found.counts)) == len(PAIRS)
    assert found.counts[at("ocean")][at("energy")] == 1
    assert found.counts[at("none")][at("none")] == 1
    assert found.largest(5) == [("ocean", "energy", 1)]


def flag(level):
    return (Flag(f"r-{level}", level, "quantum/computing", "", "", confirmed=True),)


def test_screening_levels(model):
    def pair(label_level, answer_level):
        flags = flag(answer_level) if answer_level != "none" else ()
        return label(screening=label_level), answer(screening=flags)

    pairs = [pair("none", "none")] * 5 + [pair("none", "check")] + [pair("check", "check")] * 2
    pairs += [pair("priority", "priority"), pair("priority", "none"), (label(), answer())]
    found = compare(model, pairs)
    assert found.screening.precision.value == 3 / 4
    assert found.screening.recall.value == 3 / 4
    levels = found.screening_levels
    assert levels.projects == 10
    assert levels.counts == ((5, 1, 0), (0, 2, 0), (1, 0, 1))
    assert (levels.priority.precision.value, levels.priority.recall.value) == (1, 1 / 2)
    assert (levels.missed.value, levels.missed.of) == (1 / 4, 4)
    assert levels.missed.high > 0.5
    assert levels.priority_missed.value == 1 / 2
    # seen 1·1 + 1·4 = 5; by chance (6·3 + 2·6 + 2·1 + 2·3)/10 + 4(6·1 + 2·6)/10 = 11
    assert levels.kappa.value == pytest.approx(1 - 5 / 11)


def test_scores_that_mean_what_they_say(model):
    def scored(score, area, truth):
        found = replace(answer(), areas=(AreaScore(area, score),))
        return label(truth), replace(found, runners_up=(AreaScore("space", 0.05),))

    pairs = [scored(0.8, "energy", "energy")] * 4 + [scored(0.8, "energy", "ocean")]
    pairs += [scored(1.0, "energy", "ocean")]
    found = compare(model, pairs)
    bins = {b.low: b for b in found.reliability.bins if b.right.of}
    assert set(bins) == {0.8, 0.9}
    assert (bins[0.8].right.value, bins[0.8].right.of) == (0.8, 5)
    assert bins[0.8].mean_score == pytest.approx(0.8)
    # 5 areas 0.0 away from their score, one 1.0 away
    assert found.reliability.error == pytest.approx(1 / 6)
    below = found.reliability_all.bins[0]
    assert (below.right.value, below.right.of) == (0, 6)
    assert found.reliability_all.error == pytest.approx((1 + 6 * 0.05) / 12)


def test_the_same_figures_every_time(model):
    assert compare(model, PAIRS) == compare(model, PAIRS)


def test_labels_in_numbers_and_in_ids(tmp_path, model):
    path = tmp_path / "l.jsonl"
    path.write_text(
        '{"id": 1, "areas": [12, "energy"], "primary": 12, "title": "量子"}\n'
        '\n{"id": "b", "areas": [], "primary": 0, "screening": "none", "unsure": true}\n',
        "utf-8",
    )
    first, second = read_labels(path, model)
    assert first.areas == ("quantum", "energy")
    assert (first.primary, second.primary) == ("quantum", "")
    assert first.project is not None
    assert second.project is None
    assert second.screening == "none"
    assert (first.unsure, second.unsure) == (None, True)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('{"id": 1, "areas": [12], "primary": 12}\nnonsense', 2, "JSON として読めません"),
        ('{"id": 1, "areas": [17], "primary": 12}', 1, "領域 17 はありません"),
        ('{"id": 1, "areas": ["quantam"], "primary": 12}', 1, "領域 'quantam' はありません"),
        ('{"id": 1, "areas": [[12]], "primary": 12}', 1, "領域 [12] はありません"),
        ('{"id": 1, "areas": 12, "primary": 12}', 1, "areas は [12, 4] のような列で書きます"),
        ('{"areas": [], "primary": 0}', 1, "id がありません"),
        ('{"id": 1, "areas": [12]}', 1, "primary がありません"),
        ('{"id": 1, "primary": 12}', 1, "areas がありません"),
        ('{"id": 1, "areas": [12], "primary": 4}', 1, "primary の 4 が areas にありません"),
        ('{"id": 1, "areas": [12], "primary": 0}', 1, "primary の 0 が areas にありません"),
        ('{"id": 1, "areas": [], "primary": 4}', 1, "primary の 4 が areas にありません"),
        ("[]", 1, "{…} の形ではありません"),
        (
            '{"id": 1, "areas": [], "primary": 0, "screening": "perhaps"}', 1,
            "screening の 'perhaps' は none・check・priority のどれでもありません",
        ),
        ('{"id": 1, "areas": [], "primary": 0, "title": 7}', 1, "title が文字列ではありません"),
        ('{"id": 1, "areas": [], "primary": 0}\n\udcff', 2, "UTF-8 の文字ではありません"),
    ],
)  # fmt: skip
def test_labels_that_are_none(tmp_path, model, text, line, what):
    path = tmp_path / "l.jsonl"
    path.write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(InputError) as error:
        read_labels(path, model)
    assert error.value.where == f"{path}:{line}"
    assert error.value.what.ja == f"正解ラベルの形が違います({what})"


def test_a_zero_among_the_areas_is_none(tmp_path, model):
    path = tmp_path / "l.jsonl"
    path.write_text('{"id": 1, "areas": [0], "primary": 0}', "utf-8")
    (label,) = read_labels(path, model)
    assert (label.areas, label.primary) == ((), "")


def ctclass(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", "evaluate", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


@pytest.fixture
def labelled(tmp_path):
    """Three labels, one of them wrong on purpose, and the table with their texts."""
    titles = {
        "a": "量子コンピュータの表面符号",
        "b": "全固体リチウム電池の固体電解質",
        "c": "表面符号",
    }
    areas = {"a": [12], "b": [5], "c": [16]}
    table = "id,title\n" + "".join(f"{k},{v}\n" for k, v in titles.items()) + "d,関係ない\n"
    (tmp_path / "t.csv").write_text(table, "utf-8")
    lines = [json.dumps({"id": k, "areas": v, "primary": v[0]}) for k, v in areas.items()]
    (tmp_path / "l.jsonl").write_text("\n".join(lines), "utf-8")
    texts = [json.dumps({"id": k, "areas": v, "primary": v[0], "title": titles[k]})
             for k, v in areas.items()]  # fmt: skip
    (tmp_path / "texts.jsonl").write_text("\n".join(texts), "utf-8")
    return tmp_path


def test_texts_from_the_labels_or_from_a_table_are_the_same(labelled):
    from_table = ctclass("l.jsonl", "t.csv", "--json", cwd=labelled)
    from_labels = ctclass("texts.jsonl", "--json", cwd=labelled)
    assert from_table.returncode == 0, from_table.stderr
    assert from_table.stdout == from_labels.stdout
    assert json.loads(from_labels.stdout)["overall"]["primary"]["value"] == pytest.approx(2 / 3)


def test_the_gate(labelled):
    found = json.loads(ctclass("texts.jsonl", "--json", cwd=labelled).stdout)
    reached = found["overall"]["micro"]["f1"]["value"]
    below, above = (f"{reached + step:.3f}" for step in (-0.01, 0.01))
    assert ctclass("texts.jsonl", "--require-micro-f1", below, cwd=labelled).returncode == 0
    done = ctclass("texts.jsonl", "--require-micro-f1", above, cwd=labelled)
    assert done.returncode == 1
    assert f"{reached:.4f}" in done.stderr


def test_labels_without_a_text_are_named(labelled):
    (labelled / "t.csv").write_text("id,title\na,量子コンピュータの表面符号\n", "utf-8")
    done = ctclass("l.jsonl", "t.csv", "--json", cwd=labelled)
    assert json.loads(done.stdout)["missing"] == ["b", "c"]
    assert ctclass("l.jsonl", cwd=labelled).returncode == 3
