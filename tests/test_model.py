"""The model file: made again to the byte, and refused when it does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ctclass.errors import ModelError
from ctclass.learning.build import build_model
from ctclass.model import file as model_module
from ctclass.model.background import Background, read_background, write_background
from ctclass.model.file import dump_model, find_model, read_model
from ctclass.model.knowledge import read_knowledge, write_knowledge
from ctclass.model.screening_table import read_taught
from ctclass.model.subtechnologies import dump_siblings

ROOT = Path(__file__).resolve().parent.parent


def test_the_default_model_is_what_build_makes(taxonomy, segmenter):
    background = read_background(ROOT / "models" / "background.tsv")
    knowledge = read_knowledge(ROOT / "models" / "learned.tsv")
    taught = read_taught(ROOT / "models" / "screening.tsv")
    model = build_model(taxonomy, segmenter, background, knowledge=knowledge, taught=taught)
    built = dump_model(model)
    assert built == (ROOT / "models" / "default.ctm").read_bytes()


def test_reading_and_writing_is_the_same(model):
    assert dump_model(model) == find_model("default").read_bytes()


def test_a_model_comes_out_of_the_taxonomy_alone(taxonomy, segmenter):
    built = build_model(taxonomy, segmenter, Background("", 0, {}))
    assert len(built.terms) == len(read_model().terms)
    assert all(v.weight > 0 for t in built.terms for v in t.votes)


def test_the_header_says_where_it_comes_from(model):
    header = json.loads(find_model("default").read_bytes().partition(b"\n")[0])
    assert header["taxonomy"]["version"]
    assert len(header["taxonomy"]["digest"]) == 64
    assert set(header["made_with"]) == {"sudachipy", "sudachidict-core"}
    assert header["background"]["documents"] > 200_000
    assert model.label == f"default/{header['version']}/{header['digest'][:8]}"


def spoil(change):
    def spoiled(data: bytes) -> bytes:
        head, _, body = data.partition(b"\n")
        return change(head, body)

    return spoiled


@pytest.mark.parametrize(
    "change",
    [
        spoil(lambda head, body: head + b"\n" + body.replace(b"1", b"2", 1)),
        spoil(lambda head, body: head.replace(b'"most"', b'"more"') + b"\n" + body[:-10]),
        spoil(lambda head, body: b"\x80\x04" + body),
        spoil(lambda head, body: b""),
        spoil(lambda head, body: b"[]\n" + body),
        spoil(lambda head, body: b'{"digest": 1}\n'),
    ],
)
def test_a_damaged_model_is_refused(tmp_path, change):
    path = tmp_path / "x.ctm"
    path.write_bytes(change(find_model("default").read_bytes()))
    with pytest.raises(ModelError) as error:
        read_model(str(path))
    assert error.value.exit_code == 4
    assert str(path) in error.value.where


@pytest.mark.parametrize("package", ["sudachipy", "sudachidict-core"])
def test_another_tokenizer_is_refused(monkeypatch, package):
    real = model_module.installed_version
    monkeypatch.setattr(
        model_module, "installed_version", lambda p: "9.9" if p == package else real(p)
    )
    with pytest.raises(ModelError, match=package):
        read_model()


def test_a_changed_taxonomy_is_noticed(monkeypatch):
    monkeypatch.setattr(model_module, "digest_of", lambda folder: "0" * 64)
    with pytest.raises(ModelError, match="taxonomy"):
        read_model()


def test_a_missing_model(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_model(str(tmp_path / "none.ctm"))


def test_background_round_trip(tmp_path):
    made = Background("試し", 12, {"量子": 3, "量子|コンピューター": 1, "_": 2})
    write_background(made, tmp_path / "b.tsv")
    assert read_background(tmp_path / "b.tsv") == made


@pytest.mark.parametrize("text", ["", "x\n", "# ctclass background 1\n# d\n# documents\tx\n"])
def test_a_damaged_background(tmp_path, text):
    (tmp_path / "b.tsv").write_text(text)
    with pytest.raises(ModelError) as error:
        read_background(tmp_path / "b.tsv")
    assert error.value.where.startswith(str(tmp_path / "b.tsv"))


def test_a_term_nobody_counted_is_a_tenth_of_its_rarest_unit():
    background = Background("", 1000, {"量子": 50, "計算": 200, "量子|計算": 7})
    assert background.frequency(["量子", "計算"]) == 7
    assert background.frequency(["計算", "量子"]) == 5
    assert background.frequency(["量子", "猫"]) == 0


def test_knowledge_round_trip(tmp_path):
    knowledge = read_knowledge(ROOT / "models" / "learned.tsv")
    write_knowledge(knowledge, tmp_path / "k.tsv")
    assert (tmp_path / "k.tsv").read_bytes() == (ROOT / "models" / "learned.tsv").read_bytes()
    again = read_knowledge(tmp_path / "k.tsv")
    assert replace(again, siblings=()) == replace(knowledge, siblings=())
    assert dump_siblings(again.siblings) == dump_siblings(knowledge.siblings)


@pytest.mark.parametrize("text", ["", "# ctclass learned 1\n# x\n# {}\n", "# ctclass learned 1\n"])
def test_damaged_knowledge(tmp_path, text):
    (tmp_path / "k.tsv").write_text(text)
    with pytest.raises(ModelError) as error:
        read_knowledge(tmp_path / "k.tsv")
    assert error.value.where.startswith(str(tmp_path / "k.tsv"))


def test_knowledge_is_numbers_about_terms_and_never_a_text():
    knowledge = read_knowledge(ROOT / "models" / "learned.tsv")
    assert max(map(len, knowledge.terms)) <= 3


def test_a_new_subtechnology_speaks_as_its_siblings_do(taxonomy, segmenter):
    background = read_background(ROOT / "models" / "background.tsv")
    knowledge = read_knowledge(ROOT / "models" / "learned.tsv")
    voices = dict(knowledge.voices)
    gone = taxonomy.areas[0].subtechnologies[0].id
    del voices[gone]
    built = build_model(
        taxonomy, segmenter, background, knowledge=replace(knowledge, voices=voices)
    )
    siblings = [voices[s.id] for s in taxonomy.areas[0].subtechnologies[1:]]
    assert built.learned.voices[0] == tuple(
        round(sum(column) / len(siblings)) for column in zip(*siblings, strict=True)
    )
