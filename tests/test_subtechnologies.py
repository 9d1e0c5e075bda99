"""Technologies that learned terms name: by hand, there and back, and learned from a corpus."""

from dataclasses import replace

import numpy as np
import pytest

from ctclass.errors import ModelError
from ctclass.learning.build import build_model, count_corpus
from ctclass.learning.subtechnologies import learn_siblings
from ctclass.model.corpus import read_corpus
from ctclass.model.file import dump_model, read_model
from ctclass.model.knowledge import read_knowledge, seeds_alone, write_knowledge
from ctclass.model.subtechnologies import Namer, Siblings, dump_siblings, parse_siblings
from ctclass.projects import Project
from ctclass.tagging.tag import Tagger
from ctclass.text.units import Segmenter

TWO = Siblings(
    ("a/one", "a/two"),
    np.array([0, 2], dtype=np.int32),
    np.array([[100, -100], [-50, 50]], dtype=np.int16),
    (0, 100),
    500,
)
NONE = Siblings((), np.zeros(0, np.int32), np.zeros((0, 0), np.int16), (), 0)


def name(term, loudness, length, area=0, siblings=(TWO, NONE)):
    namer = Namer(siblings, {"a/one": 7, "a/two": 8}, 4)
    return namer.name(area, np.array(term, np.int64), np.array(loudness, np.int64), length)


def test_the_first_must_be_clearly_ahead():
    """Terms 0, 1, 2 at loudness 30, 40, 0 and length 50: 0.6 for one, -0.6 + 0.1 for two."""
    assert name([0, 1], [30, 40], 50.0) == [7]
    assert name([0, 1], [10, 40], 50.0) == []  # 0.2 against -0.1: not clear
    assert name([2], [40], 50.0) == [8]
    assert name([1], [40], 50.0) == []
    assert name([], [], 1.0) == []


def test_an_area_without_siblings_names_nothing():
    assert name([0], [30], 50.0, area=1) == []
    assert name([0], [30], 50.0, siblings=()) == []


def test_one_that_left_the_taxonomy_is_not_named_nor_another_in_its_place():
    namer = Namer((TWO,), {"a/two": 8}, 4)
    term, loudness = np.array([0]), np.array([50])
    assert namer.name(0, term, loudness, 50.0) == []
    assert namer.name(0, term + 2, loudness, 50.0) == [8]


def test_one_without_siblings_must_be_clear_as_well():
    only = Siblings(("a/one",), TWO.terms, TWO.weights[:, :1], (0,), 500)
    assert name([0], [30], 50.0, siblings=(only,)) == [7]
    assert name([0], [20], 50.0, siblings=(only,)) == []
    assert name([1], [20], 50.0, siblings=(only,)) == []


def test_bytes_there_and_back():
    head, numbers = dump_siblings((TWO, NONE))
    again = parse_siblings(head, numbers)
    assert dump_siblings(again) == (head, numbers)
    assert again[0].members == TWO.members
    with pytest.raises(ValueError):  # noqa: PT011
        parse_siblings(head, numbers + b"..")


def test_the_table_there_and_back(taxonomy, tmp_path):
    areas = len(taxonomy.areas)
    known = replace(
        seeds_alone(taxonomy),
        terms=(("甲",), ("乙",), ("丙",)),
        idf=(10, 20, 30),
        weights=((1,) * areas,) * 3,
        siblings=(TWO, NONE, TWO),
    )
    write_knowledge(known, tmp_path / "a.tsv")
    again = read_knowledge(tmp_path / "a.tsv")
    write_knowledge(again, tmp_path / "b.tsv")
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()
    assert dump_siblings(again.siblings) == dump_siblings(known.siblings)
    assert again.terms == known.terms


@pytest.mark.parametrize(
    "change",
    [("0=100,-100", "0=99999,-100"), ("0=100,-100", "-1=100,-100"), ("0=100,-100", "7=100,-100"),
     ("0=100,-100", "0=100"), ("[0,100],500", "[0],500")],
)  # fmt: skip
def test_a_damaged_table_is_refused(taxonomy, tmp_path, change):
    areas = len(taxonomy.areas)
    known = replace(
        seeds_alone(taxonomy), terms=(("甲",), ("乙",), ("丙",)), idf=(10, 20, 30),
        weights=((1,) * areas,) * 3, siblings=(TWO,),
    )  # fmt: skip
    write_knowledge(known, tmp_path / "a.tsv")
    text = (tmp_path / "a.tsv").read_text("utf-8")
    assert change[0] in text
    (tmp_path / "a.tsv").write_text(text.replace(*change), "utf-8")
    with pytest.raises(ModelError):
        read_knowledge(tmp_path / "a.tsv")


COMPANIONS = {"quantum/computing": "銀杏", "quantum/sensing": "紅葉"}


@pytest.fixture(scope="module")
def taught(taxonomy):
    """Projects with seeds of a technology and a companion that is none: what tells them apart."""
    seeds = {
        sub.id: [s.term for s in sub.seeds if s.alone and s.lang == "ja" and not s.also][:20]
        for _, sub in taxonomy.subtechnologies()
    }
    rows = []
    for i in range(400):
        sub = list(COMPANIONS)[i % 2]
        held = [seeds[sub][(i * 7 + j * 3) % len(seeds[sub])] for j in range(3)]
        rows.append((f"{COMPANIONS[sub]}の第{i}", "、".join(held), ""))
    segmenter, corpus = Segmenter(), read_corpus(rows, Segmenter)
    known = replace(
        seeds_alone(taxonomy),
        terms=tuple((word,) for word in COMPANIONS.values()),
        idf=(7, 7),
        weights=((0,) * len(taxonomy.areas),) * 2,
        given_at=(1,) * len(taxonomy.areas),
    )
    background = count_corpus(taxonomy, segmenter, corpus, "試し")
    model = build_model(taxonomy, segmenter, background, knowledge=known)
    return replace(model, siblings=learn_siblings(model, corpus))


def test_a_companion_names_the_technology_where_no_seed_stands(taught):
    quantum = [a.id for a in taught.areas].index("quantum")
    tagger = Tagger(taught)
    number = {s.id: i for i, s in enumerate(taught.subtechnologies)}
    namer = Namer(taught.siblings, number, len(taught.learned.grams))
    for sub, companion in COMPANIONS.items():
        scores = tagger.scorer.score(tagger.reader.read([(f"{companion}の試み", "", "")]))
        heard = scores.heard
        named = namer.name(quantum, heard.term, heard.loudness, float(scores.length[0]))
        assert named == [number[sub]]


def test_where_a_seed_stands_it_decides(taught):
    found = Tagger(taught).tag(Project("", "銀杏と量子センシング", "", "")).subtechnologies
    assert "quantum/sensing" in found
    assert "quantum/computing" not in found


def test_too_small_a_corpus_teaches_nothing(taxonomy, taught):
    siblings = learn_siblings(taught, read_corpus([("量子計算", "", "")] * 9, Segmenter))
    assert all(not s.members for s in siblings)
    assert len(siblings) == len(taxonomy.areas)


def test_the_default_model_names_technologies_of_every_area(model):
    assert len(model.siblings) == len(model.areas)
    assert sum(bool(s.members) for s in model.siblings) >= 14
    assert dump_model(read_model()) == dump_model(model)
