"""The taxonomy as data: complete, explained, and refused when it is misspelled."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from ctclass.background import Background, read_background
from ctclass.check import check_taxonomy
from ctclass.errors import ModelError
from ctclass.taxonomy import read_taxonomy

ROOT = Path(__file__).resolve().parent.parent
AREAS = (
    "shipbuilding aviation digital agriculture energy resilience medical materials "
    "mobility ocean ai-robotics quantum semiconductors bio fusion space"
).split()


@pytest.fixture
def copy(tmp_path):
    """A taxonomy that a test may spoil."""
    return Path(shutil.copytree(ROOT / "taxonomy", tmp_path / "taxonomy"))


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old`; the line it stood on."""
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_sixteen_areas_in_the_order_of_the_report(taxonomy):
    assert [a.id for a in taxonomy.areas] == AREAS
    assert [a.number for a in taxonomy.areas] == list(range(1, 17))
    assert [a.id for a in taxonomy.areas if a.strategic] == AREAS[10:]


def test_the_report_names_39_subtechnologies(taxonomy):
    assert sum(sub.source == "report" for _, sub in taxonomy.subtechnologies()) == 39


@pytest.mark.shared
def test_subtechnologies_carry_the_names_of_the_fact_sheet(taxonomy, shared):
    facts = json.loads((shared / "reference" / "taxonomy_facts.json").read_text("utf-8"))
    named = {
        (area["number"], sub["name_ja"])
        for area in facts["areas"]
        for sub in area["subtechnologies"]
        if sub["source"] == "seed"
    }
    ours = {(a.number, s.name_ja) for a, s in taxonomy.subtechnologies() if s.source == "report"}
    assert ours == named
    assert len(named) == 39
    every = sum(len(area["subtechnologies"]) for area in facts["areas"])
    assert len(list(taxonomy.subtechnologies())) == every


def test_every_file_opens_with_a_glossary_of_its_fields():
    for path in (ROOT / "taxonomy").glob("*.yaml"):
        comment = "".join(
            line for line in path.read_text("utf-8").splitlines(True) if line.startswith("#")
        )
        for field in yaml.safe_load(path.read_text("utf-8")):
            assert field in comment, (path.name, field)


def test_seeds_in_both_languages_and_from_both_sources(taxonomy):
    for _, sub in taxonomy.subtechnologies():
        assert {s.lang for s in sub.seeds} == {"ja", "en"}, sub.id
        assert sub.source in {"report", "added"}
    assert {s.source for _, sub in taxonomy.subtechnologies() for s in sub.seeds} == {
        "report", "added",
    }  # fmt: skip


def test_a_sensitive_mark_has_a_list_and_a_source(taxonomy):
    marks = [sub.sensitive for _, sub in taxonomy.subtechnologies() if sub.sensitive]
    assert {m.level for m in marks} == {"check", "priority"}
    assert all(m.list_item and m.source for m in marks)
    assert {m.confirmed for m in marks} == {True, False}


def test_an_unknown_field_is_refused_with_its_line(copy):
    line = spoil(copy, "12-quantum.yaml", "false_friends:", "false_frends:")
    with pytest.raises(ModelError) as error:
        read_taxonomy(copy)
    assert error.value.exit_code == 4
    assert "false_frends" in str(error.value)
    assert error.value.where.endswith(f":{line}")


def test_broken_yaml_is_refused_with_its_line(copy):
    spoil(copy, "16-space.yaml", "subtechnologies:", "subtechnologies: [")
    with pytest.raises(ModelError, match=r"16-space\.yaml:\d+"):
        read_taxonomy(copy)


def test_an_id_that_stands_twice(copy):
    spoil(copy, "12-quantum.yaml", "id: sensing", "id: computing")
    with pytest.raises(ModelError, match="twice"):
        read_taxonomy(copy)


def test_the_taxonomy_in_the_repository_has_no_problem(taxonomy, segmenter):
    background = read_background(ROOT / "models" / "background.tsv")
    assert [p for p in check_taxonomy(taxonomy, background, segmenter) if not p.note] == []


@pytest.mark.parametrize(
    ("rule", "name", "old", "new"),
    [
        ("duplicate-seed", "12-quantum.yaml", "- 量子回路\n", "- 量子回路\n        - 量子回路\n"),
        ("shared-seed", "12-quantum.yaml", "- 量子回路\n", "- 量子回路\n        - 太陽電池\n"),
        ("empty-seed", "12-quantum.yaml", "- 量子回路\n", '- 量子回路\n        - "・・・"\n'),
        ("dead-seed", "12-quantum.yaml", "- 量子回路\n", "- 量子回路\n        - 量子回路猫座\n"),
        ("friend-is-seed", "12-quantum.yaml", "{term: 量子ドットディスプレイ,", "{term: 量子回路,"),
        ("idle-friend", "12-quantum.yaml", "{term: 量子ドットディスプレイ,", "{term: 猫の昼寝,"),
        ("uncounted-seed", "12-quantum.yaml", "- 量子回路\n", "- 量子回路\n        - 猫座星雲\n"),
        ("general-seed", "12-quantum.yaml", "- 量子回路\n", "- 量子回路\n        - 本研究\n"),
    ],
)
def test_each_rule_finds_its_problem(copy, segmenter, rule, name, old, new):
    line = spoil(copy, name, old, new) + new.count("\n", 0, -1)
    real = read_background(ROOT / "models" / "background.tsv")
    counted = {"量子|回路|猫座": 0, "本|研究": 100_000, "本研究": 100_000}
    for units in (segmenter.units("量子回路猫座"), segmenter.units("本研究")):
        counted["|".join(units)] = 0 if "猫" in "".join(units) else 100_000
    background = Background("", real.documents, real.df | counted)
    found = check_taxonomy(read_taxonomy(copy), background, segmenter)
    hits = [p for p in found if p.rule == rule]
    assert any(p.place.file == name and p.place.line == line for p in hits), hits
