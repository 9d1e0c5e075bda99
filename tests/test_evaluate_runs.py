"""Two models, baselines, gates, the ratchet and pages: what is around the figures."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from conftest import ROOT

from ctclass.errors import InputError, ModelError, Phrase
from ctclass.evaluate.baseline import answer_naively, best_threshold
from ctclass.evaluate.compare import compare_models
from ctclass.evaluate.evaluation import Report, run
from ctclass.evaluate.figures import compare
from ctclass.evaluate.gates import LEAST_LABELS, Gates, list_unmet
from ctclass.evaluate.measure import NOTHING, Figure
from ctclass.evaluate.model_card import card
from ctclass.evaluate.page import to_html, to_markdown
from ctclass.evaluate.ratchet import list_fallen, raise_marks, read_ratchet
from ctclass.evaluate.sections import chance, spread
from ctclass.evaluate.view import view_report
from ctclass.projects import Project
from ctclass.readers.labels import Label
from ctclass.tagging.tag import AreaScore, Tagging

TITLES = {
    "a": ("量子コンピュータの表面符号", "quantum"),
    "b": ("全固体リチウム電池の固体電解質", "energy"),
    "c": ("表面符号", "space"),
}


def answer(*areas):
    scores = tuple(AreaScore(a, 0.9) for a in areas)
    return Tagging("ok", scores, (), (), "quantum" in areas, (), (), "m")


def label(name, *areas, source="s"):
    return Label(name, areas, areas[0] if areas else "", None, source, None, None)


def labelled(name, title, area, abstract=""):
    return replace(label(name, area), project=Project(name, title, abstract, ""))


def found_of(model, hits, wrong):
    """An evaluation of energy projects, `hits` right and `wrong` given to ocean."""
    pairs = [(label(f"h{i}", "energy"), answer("energy")) for i in range(hits)]
    return compare(model, pairs + [(label(f"w{i}", "energy"), answer("ocean"))
                                   for i in range(wrong)])  # fmt: skip


# Two models


def test_two_models_row_by_row(model):
    ids = [a.id for a in model.areas]
    labels = [label(f"p{i}", "energy") for i in range(10)]
    right, wrong = answer("energy"), answer("ocean")
    new = [right] * 8 + [answer("energy", "ocean"), wrong]
    other = [wrong] * 7 + [right] * 3
    found = compare_models(ids, labels, ("new", new), ("other", other))
    assert found.primary.gained == tuple(f"p{i}" for i in range(7))
    assert found.primary.lost == ("p9",)
    assert found.exact.lost == ("p8", "p9")
    # exact: 2 · (C(8,0) + C(8,1)) / 2^8
    assert found.primary.p == pytest.approx(2 * (1 + 8) / 256)
    assert found.exact.p == pytest.approx(2 * (1 + 9 + 36) / 512)
    # new: 9 hits, 2 false, 1 missed; other: 3 hits, 7 false, 7 missed
    assert found.micro_f1.value == pytest.approx(18 / 21 - 6 / 20)
    assert 0 < found.micro_f1.low < found.micro_f1.value < found.micro_f1.high


def test_a_model_against_itself_is_no_better(model):
    ids = [a.id for a in model.areas]
    labels = [label("a", "energy"), label("b")]
    answers = [answer("ocean"), answer()]
    found = compare_models(ids, labels, ("m", answers), ("m", answers))
    assert (found.primary.p, found.exact.p) == (1, 1)
    assert (found.micro_f1.low, found.micro_f1.value, found.micro_f1.high) == (0, 0, 0)


# Texts


def test_only_the_fields_that_are_asked_for_are_read(tagger):
    labels = [labelled("a", "新しい方法の研究", "quantum", "量子コンピュータの表面符号を作る。")]
    assert run(tagger, labels).evaluation.overall.primary.value == 1
    found = run(tagger, labels, fields=("title", "keywords")).evaluation
    assert found.overall.primary.value == 0
    assert found.fields == ("title", "keywords")


def test_a_model_of_other_areas_is_refused(tagger, taxonomy):
    labels = [labelled("a", "量子コンピュータ", "quantum")]
    with pytest.raises(ModelError):
        run(tagger, labels, naive=replace(taxonomy, areas=taxonomy.areas[1:]))


# The naive way


def test_the_threshold_is_the_best_there_is():
    scores = np.array([[0.9, 0.3], [0.6, 0.5], [0.4, 0.1]])
    right = np.array([[1, 0], [1, 1], [0, 0]], dtype=bool)
    assert best_threshold(scores, right, 4) == 0.5
    # equal scores stand or fall together: 0.5 gives one right, one wrong
    assert best_threshold(np.array([[0.5, 0.5]]), np.array([[True, False]]), 1) == 0.5
    assert best_threshold(np.zeros((2, 3)), np.ones((2, 3), dtype=bool), 6) > 0


def test_the_naive_way_finds_the_area_of_its_seeds(taxonomy, segmenter):
    texts = {"quantum": "量子コンピュータの量子誤り訂正", "space": "人工衛星とロケットの軌道"}
    labels = [label(area, area) for area in texts] + [label("none")]
    projects = [Project(area, text, "", "") for area, text in texts.items()]
    projects.append(Project("none", "近世の村の祭り", "", ""))
    answers, threshold = answer_naively(taxonomy, segmenter, labels, projects)
    assert [a.primary for a in answers] == ["quantum", "space", ""]
    assert [a.strategic for a in answers] == [True, True, False]
    assert 0 < threshold < 1


# Gates


def test_one_line_for_each_gate_that_is_not_reached(model):
    found = found_of(model, 6, 4)  # micro-F1 0.6, F1 of energy 12/16
    assert list_unmet(found, Gates()) == []
    assert list_unmet(found, Gates(micro_f1=0.6, primary=0.6, area_f1=0.75)) == []
    lines = list_unmet(found, Gates(micro_f1=0.61, primary=0.61, area_f1=0.76))
    assert len(lines) == 3
    assert "0.6000" in lines[0].en
    assert "energy 0.7500" in lines[2].en


def test_an_area_with_few_labels_is_held_to_nothing(model):
    few = [(label(f"b{i}", "ocean"), answer()) for i in range(LEAST_LABELS - 1)]
    found = compare(model, [(label(f"a{i}", "energy"), answer("energy")) for i in range(5)] + few)
    assert list_unmet(found, Gates(area_f1=0.5)) == []
    assert "below the required" in list_unmet(found_of(model, 0, 5), Gates(area_f1=0.5))[0].en


def test_no_area_with_enough_labels_is_said(model):
    (line,) = list_unmet(found_of(model, 0, 4), Gates(area_f1=0.5))
    assert line.ja == "領域ごとの F1 は測れませんでした(ラベルが 5 件以上ある領域がありません)"
    assert line.en == "The F1 of areas could not be measured (no area has 5 labels)"


def test_what_cannot_be_measured_is_not_reached(model):
    found = found_of(model, 3, 0)
    assert found.strategic.precision.value is None
    assert len(list_unmet(found, Gates(strategic_precision=0.1, strategic_recall=0.1))) == 2
    lines = list_unmet(found, Gates(screening_precision=0.1, screening_recall=0.1))
    assert [line.ja for line in lines] == [
        f"技術流出の確認の{name}は測れませんでした(技術流出の確認のラベルがありません)"
        for name in ("適合率", "再現率")
    ]


def test_screening_has_gates_too(model):
    judged = replace(label("a", "energy"), screening="check")
    found = compare(model, [(judged, answer("energy"))] * 4)
    lines = list_unmet(found, Gates(screening_precision=0.0, screening_recall=0.5))
    assert ["precision" in line.en for line in lines] == [True, False]


# The ratchet


def test_marks_rise_and_never_fall(model, tmp_path):
    first = raise_marks(None, found_of(model, 60, 40))
    assert first.figures["micro_f1"] == 0.6
    assert first.figures["area_f1.energy"] == 0.75
    assert "area_f1.ocean" not in first.figures
    assert "strategic_recall" not in first.figures
    better = raise_marks(first, found_of(model, 70, 30))
    assert better.figures["micro_f1"] == 0.7
    assert raise_marks(better, found_of(model, 60, 40)) == better
    path = tmp_path / "r.json"
    path.write_text(better.to_json(), "utf-8")
    assert read_ratchet(path) == better


def test_a_fall_is_told_beyond_the_tolerance(model):
    marks = raise_marks(None, found_of(model, 60, 40))
    assert list_fallen(marks, found_of(model, 60, 40)) == []
    worse = found_of(model, 59, 41)
    names = [line.en.split()[0] for line in list_fallen(marks, worse)]
    assert {"micro_f1", "primary"} <= set(names)
    assert "area_f1.energy" not in names  # areas have a tolerance of their own
    assert list_fallen(replace(marks, tolerance=0.02), worse) == []


def test_a_figure_that_is_gone_has_fallen(model):
    marks = replace(raise_marks(None, found_of(model, 6, 4)), figures={"screening_recall": 0.5})
    assert len(list_fallen(marks, found_of(model, 6, 4))) == 1


def test_marks_of_other_labels_or_fields_say_nothing(model):
    marks = raise_marks(None, found_of(model, 6, 4))
    (line,) = list_fallen(marks, found_of(model, 6, 5))
    assert "10 projects" in line.en
    other = replace(found_of(model, 6, 4), fields=("title",))
    assert len(list_fallen(marks, other)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"projects": 1}',
        '{"projects": 1, "fields": [], "figures": {"primary": "much"}}',
    ],
)
def test_a_ratchet_that_is_none(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError):
        read_ratchet(path)


# Pages


class Tags(HTMLParser):
    """Open and closed tags, and the words between them."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.words = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href"}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def a_view(model):
    source = "<script>|\x1b[31m`x`"
    pairs = [
        (label("p1", "energy", source=source), answer("ocean")),
        (label("p2", "energy", source="t"), answer("energy")),
    ]
    return view_report(Report(compare(model, pairs, ("<b>gone",))), model)


def test_the_page_is_whole_and_escaped(model):
    page = Tags()
    page.feed(to_html(a_view(model)))
    assert page.open == []
    assert "script" not in page.seen
    assert "b" not in page.seen
    words = "".join(page.words)
    assert "<script>|" in words
    assert "<b>gone" in words
    assert "\x1b" not in words
    assert "⑤" in words
    assert "⚠" in words


def test_the_markdown_has_tables_of_even_width(model):
    text = to_markdown(a_view(model))
    assert "<script>" not in text
    assert "\\|" in text
    for block in text.split("\n\n"):
        rows = [x.replace("\\|", "").count("|") for x in block.splitlines() if x[:1] == "|"]
        assert len(set(rows)) <= 1


def test_all_three_show_the_same_figures(model):
    view = a_view(model)
    page = Tags()
    page.feed(to_html(view))
    figures = [x for x in page.words if x.startswith("0.500 (")]
    assert figures
    assert all(x in to_markdown(view) for x in figures)


def test_what_the_figures_mean_stands_beside_them(model):
    assert "付けたもののうち、正しい割合" in to_html(a_view(model))
    assert "付けたもののうち、正しい割合" in to_markdown(a_view(model))


def test_differences_and_chances_can_be_read():
    figure = Figure(-0.08, -0.11, -0.047, 9)
    assert (spread(figure, 3), spread(NOTHING)) == ("-0.080 (-0.110, -0.047)", "-")
    assert (chance(0.0), chance(1.0)) == ("<0.0001", "1.0000")


def test_the_card_tells_use_limits_origin_and_screening(model):
    text = card(model, a_view(model))
    for words in ("用途", "向かない使い方", "知られている弱点", "英語だけの課題", "SHA-256"):
        assert words in text
    precision = model.header["screening"][1]["precision"]
    assert f"確認か優先の適合率 {precision:.3f}" in text
    assert "⑯ 宇宙" in text


def test_the_card_beside_the_model_is_of_that_model(model):
    assert model.label in (ROOT / "models/default.md").read_text("utf-8")


# The command


def ctclass(*args, cwd, **environ):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", "evaluate", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"} | environ,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    """Three labels with texts; the third is wrong on purpose."""
    lines = [
        json.dumps({"id": k, "areas": [area], "primary": area, "title": title, "unsure": k == "c"})
        for k, (title, area) in TITLES.items()
    ]
    (tmp_path / "l.jsonl").write_text("\n".join(lines), "utf-8")
    return tmp_path


def test_all_at_once(desk):
    done = ctclass(
        "l.jsonl", "--against", "default", "--baseline", "naive", "--json",
        "--report", "r.html", "--fields", "keywords,title", cwd=desk,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["fields"] == ["title", "keywords"]
    assert found["against"]["primary"] == {"gained": [], "lost": [], "p": 1.0}
    assert found["against"]["evaluation"]["overall"] == found["overall"]
    assert 0 < found["baselines"]["naive"]["threshold"] < 1
    assert len(found["confusion"]["counts"]) == 17
    assert len(found["reliability"]["bins"]) == 10
    assert set(found["by_unsure"]) == {"unsure", "sure"}
    assert "naive" in (desk / "r.html").read_text("utf-8")
    assert [p.name for p in desk.iterdir() if p.name.startswith(".")] == []


def test_a_page_is_not_overwritten_unasked(desk):
    (desk / "r.md").write_text("mine", "utf-8")
    done = ctclass("l.jsonl", "--report", "r.md", cwd=desk)
    assert done.returncode == 2
    assert (desk / "r.md").read_text("utf-8") == "mine"
    assert ctclass("l.jsonl", "--report", "r.md", "--force", cwd=desk).returncode == 0
    assert (desk / "r.md").read_text("utf-8").startswith("# ctclass")


@pytest.mark.parametrize(
    "options",
    [
        ["--fields", "titel"],
        ["--fields", ""],
        ["--baseline", "best"],
        ["--report", "r.pdf"],
        ["--require-primary", "70"],
        ["--ratchet-write"],
    ],
)
def test_wrong_usage(desk, options):
    done = ctclass("l.jsonl", *options, cwd=desk)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 3


def test_gates_and_ratchet_at_the_command_line(desk):
    asked = ("--require-micro-f1", "0.9", "--require-primary", "0.9", "--require-macro-f1", "0.1")
    done = ctclass("l.jsonl", *asked, "--lang", "en", cwd=desk)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert ctclass("l.jsonl", "--require-screening-recall", "0.5", cwd=desk).returncode == 1
    assert ctclass("l.jsonl", "--ratchet", "r.json", cwd=desk).returncode == 3
    made = ctclass("l.jsonl", "--ratchet", "r.json", "--ratchet-write", cwd=desk)
    assert made.returncode == 0, made.stderr
    assert ctclass("l.jsonl", "--ratchet", "r.json", cwd=desk).returncode == 0
    marks = json.loads((desk / "r.json").read_text("utf-8"))
    marks["figures"]["primary"] = 0.9
    before = json.dumps(marks)
    (desk / "r.json").write_text(before, "utf-8")
    fallen = ctclass("l.jsonl", "--ratchet", "r.json", "--ratchet-write", "--lang", "en", cwd=desk)
    assert fallen.returncode == 1
    assert "primary has fallen from 0.9000 to 0.6667" in fallen.stderr
    assert (desk / "r.json").read_text("utf-8") == before


def test_scikit_learn_waits_until_it_is_asked_for(desk):
    script = (
        "import sys; sys.argv = ['ctclass', 'evaluate', 'l.jsonl', '--json']\n"
        "import atexit; atexit.register(lambda: print('sklearn' in sys.modules, file=sys.stderr))\n"
        "from ctclass.cli import app; app(standalone_mode=False)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=desk, capture_output=True, encoding="utf-8",
        check=True, env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "False"


def test_ids_that_are_no_text_do_not_stop_a_run(desk):
    lone = '{"id": "\\ud800", "areas": [], "primary": 0}\n'
    with (desk / "l.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + lone)
    done = ctclass("l.jsonl", "--json", "--report", "r.html", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["missing"]) == 1


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_figure_is_cut_in_a_narrow_window(model, lang, monkeypatch, capsys):
    from rich.cells import cell_len
    from rich.console import Console

    from ctclass.console import terminal as console

    monkeypatch.setattr(
        console, "console_on", lambda stream: Console(file=stream, width=80, highlight=False)
    )
    console.Screen(lang).evaluation(a_view(model))
    text = capsys.readouterr().out
    assert "0.500 ⚠" in text
    assert {"ja": "区間を省いた", "en": "leave the intervals out"}[lang] in text
    assert "…" not in text
    assert {"ja": "⑨ モビリティ・輸送・港湾ロジスティクス ", "en": "⑯ Space"}[lang] in text
    assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_the_baseline_has_no_screening_beside_the_model(tagger, taxonomy):
    label_ = replace(labelled("a", "量子コンピュータの表面符号", "quantum"), screening="check")
    found = run(tagger, [label_], naive=taxonomy)
    assert found.evaluation.screening is not None
    assert found.baselines[0].evaluation.screening is None
    rows = {row[0].en: row[1:] for row in view_report(found, tagger.model).sections[0].rows
            if isinstance(row[0], Phrase)}  # fmt: skip
    assert rows["screening recall"][0].value is not None
    assert rows["screening recall"][1].value is None
