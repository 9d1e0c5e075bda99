"""Learning: what it finds, that it repeats itself, and what it refuses to learn from."""

from dataclasses import replace

import numpy as np
import pytest

from ctclass.evaluate.relearn import _LEFT_OUT, _TEACHERS, _Rows
from ctclass.learning.build import build_model
from ctclass.learning.calibrate import Told, calibrate
from ctclass.learning.lessons import JUDGED, SHEET, UNSURE, WRITTEN, WRITTEN_NONE
from ctclass.learning.sections import count_sections, idf_of
from ctclass.learning.study import study
from ctclass.model.corpus import common_terms, parts_of, read_corpus
from ctclass.model.file import dump_model
from ctclass.model.knowledge import write_knowledge
from ctclass.projects import Project
from ctclass.readers.judgements import key_of_project
from ctclass.readers.labels import Label
from ctclass.tagging.tag import Tagger
from ctclass.text.ngrams import NGrams
from ctclass.text.units import Segmenter

# No seed stands in these: 砥石 travels with manufacturing, 綴り字 with no area.
GRINDING = "砥石の摩耗を測り、切れ味を保つ当て方を見いだす。"
SPELLING = "綴り字の揺れを写本で調べ、書き手の癖を論じる。"


def projects(count):
    for i in range(count):
        about, section = (GRINDING, "加工") if i % 2 else (SPELLING, "書誌")
        yield Project(f"EX-{i}", f"第{i}の試み", about * (1 + i % 3), ""), section


def labels(count):
    return [
        Label(f"EX-{i}", ("materials",) if i % 2 else (), "materials" if i % 2 else "", None, "",
              None, None, unsure=i % 5 == 0, evidence=("砥石",) if i % 2 else ())
        for i in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def studied(taxonomy):
    return study(taxonomy, projects(240), labels=labels(120), description="試し")


def test_each_teacher_has_a_weight_and_those_who_read_are_held_out(taxonomy):
    """Labels, judgements and retold sheets are held out in turn; inventions and seeds never."""
    text = Project("", "砥石の当て方", GRINDING, "")
    written = [
        Label(f"W-{source}{n}", areas, "".join(areas), "none", source, None, text, unsure=n > 1)
        for source in ("", SHEET)
        for n, areas in enumerate([("materials",), (), ("materials",)])
    ]
    judged = {
        key_of_project(project): Label("", (), "", "none", "judgement", None, None, unsure=i > 230)
        for i, (project, _) in enumerate(projects(240))
        if i > 220
    }
    material = study(
        taxonomy, projects(240), labels=labels(120), written=written, judged=judged,
        description="試し",
    ).material  # fmt: skip
    weights = {}
    for lesson in material.lessons:
        weights.setdefault(lesson.teacher, set()).add(round(lesson.weight, 3))
    assert weights["reader"] == {1.0, UNSURE}
    assert weights["judge"] == {JUDGED, JUDGED * UNSURE}
    assert weights["sheet"] == {1.0, UNSURE}
    assert weights["lesson"] == {WRITTEN, WRITTEN * UNSURE, WRITTEN_NONE}
    assert {x.project.project_id for x in material.lessons if x.teacher == "judge"} == {
        f"EX-{i}" for i in range(221, 240)
    }
    rows = _Rows(material, [])
    held = {kind for kind, fold in zip(rows.kind, rows.fold, strict=True) if fold >= 0}
    assert held == {"reader", "judge", "sheet", "evidence"}
    for ingredient, kind in (("sheets", "sheet"), ("lessons", "lesson"), ("judgements", "judge")):
        less = _TEACHERS - _LEFT_OUT[ingredient]
        assert _TEACHERS - less == {kind}


def test_a_word_of_the_labels_speaks_for_its_area(taxonomy, segmenter, studied):
    assert studied.knowledge is not None
    tagger = Tagger(
        build_model(taxonomy, segmenter, studied.background, knowledge=studied.knowledge)
    )
    grinding = tagger.tag(Project("", "砥石の摩耗", "", ""))
    assert grinding.primary == "materials"
    assert "砥石" in "".join(grinding.evidence)
    assert tagger.tag(Project("", "綴り字の揺れ", "写本の書き手", "")).areas == ()


def test_words_in_which_any_research_is_told_say_nothing(taxonomy):
    """Where every second title says `A study of new …` of one area, only the rest speaks."""
    told = [
        (replace(project, title="A study of new grindstones") if n % 2 else project, section)
        for n, (project, section) in enumerate(projects(240))
    ]
    found = study(taxonomy, told, labels=labels(120), description="試し")
    assert found.knowledge is not None
    weights = dict(zip(found.knowledge.terms, found.knowledge.weights, strict=True))
    assert any(weights["grindstone",])
    assert not any(weights["study",])


def test_texts_written_for_the_taxonomy_teach_as_well(taxonomy, segmenter):
    """With labels that say nothing of 綴り字, what was written of it decides."""
    own = [
        Label(f"EX-W{i}", ("digital",), "digital", None, "", None, Project("", "", SPELLING, ""))
        for i in range(60)
    ]
    about = labels(120)[1::2]
    found = study(taxonomy, projects(240), labels=about, written=own, description="試し")
    tagger = Tagger(build_model(taxonomy, segmenter, found.background, knowledge=found.knowledge))
    assert tagger.tag(Project("", "綴り字の揺れ", "写本の書き手", "")).primary == "digital"
    assert tagger.tag(Project("", "砥石の摩耗", "", "")).primary == "materials"


def test_the_same_input_gives_the_same_bytes(taxonomy, segmenter, studied, tmp_path):
    again = study(taxonomy, projects(240), labels=labels(120), description="試し", workers=2)
    write_knowledge(studied.knowledge, tmp_path / "a.tsv")
    write_knowledge(again.knowledge, tmp_path / "b.tsv")
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()
    built = [
        dump_model(build_model(taxonomy, segmenter, s.background, knowledge=s.knowledge))
        for s in (studied, again)
    ]
    assert built[0] == built[1]


def test_from_a_corpus_alone_the_seeds_teach(taxonomy):
    """Each project has seeds and a companion that is none; the companion is learned."""
    place = {a.id: n for n, a in enumerate(taxonomy.areas)}
    seeds = {
        area: [s.term for sub in taxonomy.areas[place[area]].subtechnologies for s in sub.seeds
               if s.alone and s.weight == 1 and s.lang == "ja"][:60]
        for area in ("quantum", "agriculture")
    }  # fmt: skip

    def rows():
        for i in range(4000):
            area, companion = ("quantum", "銀杏") if i % 2 else ("agriculture", "紅葉")
            words = [seeds[area][(i * 7 + j * 13) % 60] for j in range(4)]
            yield Project(f"{i}", f"{companion}の第{i}", "、".join(words), ""), ""

    found = study(taxonomy, rows(), description="試し").knowledge
    weight = dict(zip(found.terms, found.weights, strict=True))
    assert weight["銀杏",][place["quantum"]] > 0 > weight["紅葉",][place["quantum"]]


def test_too_little_to_learn_from_teaches_nothing(taxonomy):
    found = study(taxonomy, projects(20), labels=labels(10), description="試し")
    assert found.knowledge is None
    assert found.background.documents == 20


def test_an_empty_corpus(taxonomy):
    assert study(taxonomy, [], description="試し").background.documents == 0


def test_a_corpus_keeps_order_fields_and_counts():
    texts = [("量子", "量子計算と暗号", ""), ("", "", "暗号"), ("", "", "")]
    corpus = read_corpus(texts, Segmenter, workers=2)
    codes = [[corpus.units[c] for c in corpus.codes[b[0] : b[3]]] for b in corpus.bounds]
    assert codes == [["量子", "量子", "計算", "と", "暗号"], ["暗号"], []]
    assert parts_of(corpus.bounds).tolist() == [0, 1, 1, 1, 1, 5]


def test_common_terms_stay_within_a_field_and_begin_with_content():
    corpus = read_corpus([("量子", "計算と暗号", "")] * 12, Segmenter)
    found = {"".join(corpus.units[u] for u in t): n for t, n in common_terms(corpus, 12)}
    assert found == {"量子": 12, "計算": 12, "暗号": 12, "計算と暗号": 12}


def test_sections_tell_where_a_term_is_at_home():
    corpus = read_corpus([("砥石", "", ""), ("写本", "", "")] * 150, Segmenter)
    terms = common_terms(corpus, 5)
    rates = count_sections(corpus, [t for t, _ in terms], [n for _, n in terms], ["い", "ろ"] * 150)
    name = [corpus.units[t[0]] for t, _ in terms]
    assert rates[0, name.index("砥石")] > 0 > rates[0, name.index("写本")]
    assert NGrams([t for t, _ in terms], len(corpus.units)).find(corpus.codes).term.size == 300
    small = count_sections(corpus, [t for t, _ in terms], [1, 1], ["い"] * 99 + [""] * 201)
    assert len(small) == 0
    assert idf_of(0, 0) == 0


def test_scores_mean_what_they_say():
    """Half of the projects at a raw score of 0 are the area's: the score there is 0.5."""
    rng = np.random.default_rng(1)
    raw = rng.normal(size=(4000, 1))
    real = (rng.random((4000, 1)) < 1 / (1 + np.exp(-3 * raw))).astype(np.int64)
    found = calibrate(Told(raw, real, np.ones(4000), np.zeros(4000, dtype=bool)))
    curve = np.array(found.curves[0]) / 1e6
    assert abs(curve[49]) < 0.1
    assert (np.diff(curve) > 0).all()
    assert found.screened_at[0] <= found.given_at[0]
    score = np.searchsorted(curve, raw[:, 0], side="right")
    assert (score >= found.screened_at[0])[real[:, 0] > 0].mean() >= 0.94
