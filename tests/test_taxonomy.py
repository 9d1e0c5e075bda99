"""The taxonomy as data: complete, explained, and refused when it is misspelled."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from ctclass.check.taxonomy import check_folder, check_taxonomy
from ctclass.errors import ModelError
from ctclass.model.background import Background, read_background
from ctclass.taxonomy.areas import read_taxonomy
from ctclass.taxonomy.schema_words import _WORDS, in_japanese

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


def test_an_unknown_field_is_refused_with_its_line(copy):
    line = spoil(copy, "12-quantum.yaml", "false_friends:", "false_frends:")
    with pytest.raises(ModelError) as error:
        read_taxonomy(copy)
    assert error.value.exit_code == 4
    assert "false_frends" in str(error.value)
    assert error.value.where.endswith(f":{line}")


@pytest.mark.parametrize(
    ("schema", "data", "told"),
    [
        ({"properties": {"tier": {}}, "additionalProperties": False}, {"teir": 1},
         "'teir' という項目はありません"),
        ({"enum": ["report"]}, "repot", "'repot' は選べません(['report'] のどれか)"),
        ({"maximum": 3}, 8, "8 は上限 3 を超えています"),
        ({"minimum": 1}, 0, "0 は下限 1 を下回っています"),
        ({"exclusiveMinimum": 0}, 0, "0 は 0 より大きい数で書きます"),
        ({"required": ["id", "ja"]}, {"id": 1}, "'ja' がありません"),
        ({"type": "integer"}, "x", "'x' は整数ではありません"),
        ({"type": ["string", "array"]}, 1, "1 は文字列・列(- で並べたもの)ではありません"),
        ({"minItems": 1}, [], "[] は少なすぎます(1 個以上)"),
        ({"minProperties": 1}, {}, "{} は少なすぎます(1 項目以上)"),
        ({"minLength": 1}, "", "'' は短すぎます(1 文字以上)"),
        ({"maxLength": 1}, "ab", "'ab' は長すぎます(1 文字まで)"),
        ({"uniqueItems": True}, [1, 1], "[1, 1] に同じものが二つあります"),
        ({"pattern": "^a$"}, "b", "'b' は決まった形(^a$)ではありません"),
        ({"propertyNames": {"pattern": "^a$"}}, {"b": 1}, "'b' は決まった形(^a$)ではありません"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "'a' があるときは 'b' も要ります"),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, 5,
         "5 は書ける形のどれでもありません"),
        ({"const": 1}, 2, "1 was expected"),
    ],
)  # fmt: skip
def test_what_breaks_a_schema_is_told_in_japanese(schema, data, told):
    (problem,) = Draft202012Validator(schema).iter_errors(data)
    assert in_japanese(problem) == told


def test_every_rule_of_our_schemas_has_its_japanese():
    used = set()
    for path in (ROOT / "taxonomy").rglob("schema.json"):
        stack = [json.loads(path.read_text("utf-8"))]
        while stack:
            node = stack.pop()
            used |= node.keys() if isinstance(node, dict) else set()
            stack += [v for v in (node.values() if isinstance(node, dict) else node)
                      if isinstance(v, dict | list)]  # fmt: skip
    rules = used & Draft202012Validator.VALIDATORS.keys()
    assert rules - _WORDS.keys() <= {"$ref", "properties", "items", "propertyNames"}


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
        (
            "everyday-word",
            "12-quantum.yaml",
            "- quantum circuit\n",
            "- bridge\n",
        ),
        ("duplicate-outside", "00-outside.yaml", "terms: [文学,", "terms: [文学, 文学,"),
        ("outside-is-seed", "00-outside.yaml", "terms: [文学,", "terms: [文学, 量子回路,"),
        ("general-outside", "00-outside.yaml", "terms: [文学,", "terms: [文学, 本研究,"),
        (
            "duplicate-friend",
            "12-quantum.yaml",
            "{term: 量子ドットディスプレイ,",
            "{term: 法の移植,",
        ),
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
    assert any(Path(p.place.file).name == name and p.place.line == line for p in hits), hits


def places(found, rule):
    return [(Path(p.place.file).name, p.place.line) for p in found if p.rule == rule]


def test_all_files_are_checked_although_some_cannot_be_read(copy, segmenter):
    key = spoil(copy, "02-aviation.yaml", "number: 2\n", "number: 2\nnumber: 3\n") + 1
    unknown = spoil(copy, "12-quantum.yaml", "false_friends:", "false_frends:")
    weight = spoil(copy, "16-space.yaml", "- H3ロケット\n", "- {term: H3ロケット, weight: .nan}\n")
    broken = spoil(copy, "13-semiconductors.yaml", "tier: ", "tier: [")
    (copy / "05-energy.yaml").write_text("# 中身なし\n", "utf-8")
    (copy / "06-resilience.yaml").write_bytes("area: x\n#\n# 防災".encode("cp932"))
    twin = spoil(copy, "15-fusion.yaml", "- tokamak\n", "- tokamak\n        - tokamak\n") + 1
    found = check_folder(copy, Background("", 0, {}), segmenter).problems
    bad = dict(places(found, "bad-file"))
    assert bad["02-aviation.yaml"] == key
    assert ("12-quantum.yaml", unknown) in places(found, "bad-file")
    assert bad["16-space.yaml"] == weight
    assert bad["13-semiconductors.yaml"] >= broken
    assert bad["05-energy.yaml"] == 1
    assert bad["06-resilience.yaml"] == 3
    assert places(found, "duplicate-seed") == [("15-fusion.yaml", twin)]
    assert places(found, "shared-seed") == places(found, "missing-area") == []


def test_names_numbers_and_missing_files(copy, segmenter):
    (copy / "00-outside.yaml").unlink()
    (copy / "09-mobility.yaml").unlink()
    (copy / "10-ocean.yaml").rename(copy / "10-sea.yaml")
    (copy / "17-new.yml").write_text("area: new\n", "utf-8")
    (copy / "more.yaml").write_text("area: more\n", "utf-8")
    line = spoil(copy, "12-quantum.yaml", "belongs_to: [semi", "belongs_to: [conductors, semi")
    found = check_folder(copy, Background("", 0, {}), segmenter).problems
    assert places(found, "missing-outside") == [("00-outside.yaml", 1)]
    assert [name for name, _ in places(found, "misnamed-file")] == ["10-sea.yaml"]
    assert places(found, "unread-file") == [("17-new.yml", 1), ("more.yaml", 1)]
    assert [name for name, _ in places(found, "missing-area")] == ["taxonomy.yaml"]
    assert "9" in next(p.what.en for p in found if p.rule == "missing-area")
    assert ("12-quantum.yaml", line) in places(found, "unknown-area")


def test_a_place_opens_in_an_editor(copy, segmenter, monkeypatch):
    spoil(copy, "12-quantum.yaml", "- 量子回路\n", "- 量子回路\n        - 量子回路\n")
    empty = Background("", 0, {})
    absolute = check_folder(copy, empty, segmenter).problems[0].place.file
    assert absolute == str(copy / "12-quantum.yaml")
    monkeypatch.chdir(copy.parent)
    below = check_folder(copy, empty, segmenter).problems[0].place.file
    assert Path(below) == Path("taxonomy/12-quantum.yaml")


@pytest.mark.parametrize(
    ("content", "line", "say"),
    [
        (b"", 1, "holds nothing"),
        (b"# only a comment\n", 1, "holds nothing"),
        (b"area: a\nnumber: 1\narea: b\n", 3, "'area' stands twice"),
        ("area: a\n# 造船\n".encode("cp932"), 2, "UTF-8"),
        (b"area: a\n\tnumber: 1\n", 2, "YAML"),
        (b"- a\n", 1, "schema"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_of_the_taxonomy(copy, content, line, say):
    (copy / "01-shipbuilding.yaml").write_bytes(content)
    with pytest.raises(ModelError, match=say) as error:
        read_taxonomy(copy)
    assert error.value.where == f"{copy / '01-shipbuilding.yaml'}:{line}"


def test_a_file_that_the_disk_does_not_give(copy):
    (copy / "01-shipbuilding.yaml").unlink()
    (copy / "01-shipbuilding.yaml").mkdir()
    with pytest.raises(ModelError, match="cannot be opened"):
        read_taxonomy(copy)


def test_technical_words_need_no_reason(taxonomy, segmenter):
    seeds = {s.term: s for _, sub in taxonomy.subtechnologies() for s in sub.seeds}
    for word in ("tokamak", "stellarator", "scramjet", "earthquake"):
        assert seeds[word].alone
        assert not seeds[word].context
    for word in "fusion yield bridge alignment pain calibration adhesion routing fish".split():
        assert not seeds[word].alone


@pytest.mark.shared
def test_every_keyword_of_the_fact_sheet_has_a_seed_or_a_reason(taxonomy, shared, segmenter):
    facts = json.loads((shared / "reference" / "taxonomy_facts.json").read_text("utf-8"))
    left = yaml.safe_load((ROOT / "tests" / "cases" / "left-out.yaml").read_text("utf-8"))
    assert all(entry["reason"] for entry in left)
    own = {
        a.number: {tuple(segmenter.units(s.term)) for sub in a.subtechnologies for s in sub.seeds}
        for a in taxonomy.areas
    }
    lost = set()
    for area in facts["areas"]:
        for sub in area["subtechnologies"]:
            for kind in ("keywords_ja", "keywords_en", "keywords_ja_contextual"):
                for keyword in sub.get(kind, []):
                    term = keyword["term"] if isinstance(keyword, dict) else keyword
                    units = tuple(segmenter.units(term))
                    ends = range(1, len(units) + 1)
                    parts = {units[i:j] for j in ends for i in range(j)}
                    if not parts & own[area["number"]]:
                        lost.add(term)
    assert lost == {entry["term"] for entry in left}
