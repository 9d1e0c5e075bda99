"""Lists of other policies: complete, sourced, and joined to areas that exist."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ctclass.check.lists import check_lists
from ctclass.errors import ModelError, UsageError
from ctclass.runs.layout import PLAIN, Layout, layout_for
from ctclass.tagging.tag import COLUMNS
from ctclass.taxonomy.crosswalk import Reading, link
from ctclass.taxonomy.frameworks import OWN, framework_names, read_framework
from ctclass.taxonomy.policy import read_policy

ROOT = Path(__file__).resolve().parent.parent
SIZES = {
    "kihon-2-3": 8, "kihon-4": 3, "tokutei-20": 20, "standards-17": 17, "meti-action-plan": 13,
    "growth-17": 17, "us-cet": 18, "us-rd-fy2027": 8, "cn-14": 7, "cn-15": 14, "kr-12": 62,
    "eu-10": 10, "de-2025": 11, "fr-2030": 11, "uk-5": 5,
    "sip": 26, "moonshot": 10, "k-program": 50, "crest": 10, "amed-crest": 1,
}  # fmt: skip
GROUPS = {
    ("kihon-2-3", "priority"): 4, ("kihon-2-3", "promoted"): 4, ("standards-17", "strategic"): 8,
    ("standards-17", "important"): 9, ("eu-10", "most-sensitive"): 4, ("de-2025", "key"): 6,
    ("de-2025", "strategic"): 5, ("fr-2030", "objective"): 10, ("sip", "phase-3"): 14,
    ("sip", "phase-2"): 12, ("k-program", "vision-1"): 27, ("k-program", "vision-2"): 23,
    ("cn-15", "security"): 8, ("cn-15", "future"): 6,
}  # fmt: skip
TURNED = {"inside": "contains", "contains": "inside"}


def ctclass(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def areas(taxonomy):
    return {area.id: [sub.id for sub in area.subtechnologies] for area in taxonomy.areas}


@pytest.fixture(scope="module")
def readings(taxonomy, areas):
    names = [OWN, *framework_names()]
    return {name: Reading(read_framework(name, taxonomy), areas) for name in names}


def test_every_list_is_there_with_all_its_items(readings):
    assert {n: len(r.framework.items) for n, r in readings.items() if n != OWN} == SIZES
    for (name, group), count in GROUPS.items():
        own = [i for i in readings[name].framework.items if i.group == group]
        assert len(own) == count, (name, group)
    parts = readings["kr-12"].parts
    assert len(parts) == 12
    assert sum(map(len, parts.values())) == 50


def test_every_list_has_its_source_and_date(readings):
    for reading in readings.values():
        framework = reading.framework
        assert framework.source.ja
        assert framework.source.en
        assert framework.name.ja != framework.name.en
        for item in framework.items:
            assert item.named in {"report", "found", "unconfirmed", "added"}


def test_every_map_says_whether_it_is_a_judgement(readings):
    told = {
        (name, item.id)
        for name, reading in readings.items() if name != OWN
        for item in reading.framework.items
        for one in item.maps if not one.judgement
    }  # fmt: skip
    # The report itself gives these as evidence for the innovation of an area.
    assert {name for name, _ in told} == {"meti-action-plan"}
    assert {i for _, i in told} == {"next-generation-semiconductors", "packaging-photonics",
                                    "ai", "fusion"}  # fmt: skip


def test_every_area_and_every_technology_is_reached(readings, areas):
    reached = {o for n, r in readings.items() if n != OWN for s in r.reach.values() for o in s}
    assert {origin.partition("/")[0] for origin in reached} == set(areas)
    assert {sub for subs in areas.values() for sub in subs} - reached == set()


@pytest.mark.shared
def test_the_areas_of_the_fact_sheet_are_reached(readings, taxonomy, shared):
    """Sharper than the fact sheet, but nothing of it is lost but what is listed here."""
    ours = {
        "JP-KIHON-2-3": "kihon-2-3", "JP-KIHON-4": "kihon-4", "JP-TOKUTEI-20": "tokutei-20",
        "JP-STD-17": "standards-17", "JP-METI-AP": "meti-action-plan", "JP-GROWTH-17": "growth-17",
        "US-CET-2024": "us-cet", "US-OSTP-FY2027": "us-rd-fy2027", "CN-14-FYP": "cn-14",
        "CN-15-FYP": "cn-15", "EU-2023": "eu-10", "DE-2025": "de-2025", "FR-2030": "fr-2030",
        "UK-5": "uk-5", "KR-12-50": "kr-12",
    }  # fmt: skip
    ids = {f"T{area.number:02}": area.id for area in taxonomy.areas}
    facts = json.loads((shared / "reference" / "taxonomy_facts.json").read_text("utf-8"))
    lost = set()
    for framework in facts["frameworks"]:
        reading = readings[ours[framework["id"]]]
        items = [item for item in reading.framework.items if not item.part_of]
        assert len(items) == len(framework["items"])
        for item, fact in zip(items, framework["items"], strict=True):
            own = {origin.partition("/")[0] for origin in reading.reach[item.id]}
            lost |= {(reading.framework.id, item.id, ids[a]) for a in fact["areas"]} - {
                (reading.framework.id, item.id, area) for area in own
            }
    assert lost == LOST


LOST = {
    # Of the defence industry's four areas, AI is left out: too wide to say anything.
    ("growth-17", "defence-industry", "ai-robotics"),
}


def test_sharper_than_areas(readings):
    us = readings["us-cet"]
    assert us.items_of(["aviation"], ["aviation/hypersonics"]) == (("hypersonics", "close"),)
    assert us.items_of(["aviation"], ["aviation/air-traffic"]) == (("pnt", "partial"),)
    assert us.items_of(["aviation"], []) == ()


def test_an_area_without_a_technology_counts_where_half_of_it_leads(readings):
    us = readings["us-cet"]
    assert us.items_of(["quantum"], []) == (("quantum", "close"),)
    assert ("advanced-engineering-materials", "partial") in us.items_of(["materials"], [])
    assert "hypersonics" not in dict(us.items_of(["aviation"], []))


def test_what_a_project_is_in_comes_before_what_it_may_be_in(readings):
    found = readings["us-cet"].items_of(
        ["quantum", "aviation"], ["quantum/sensing", "aviation/hypersonics"]
    )
    assert [item for item, _ in found] == ["quantum", "hypersonics", "sensing-signature", "pnt"]


def test_a_part_brings_its_whole(readings):
    found = readings["kr-12"].items_of(["semiconductors"], ["semiconductors/packaging"])
    assert found == (("semiconductors-displays/packaging", "close"),
                     ("semiconductors-displays", "inside"))  # fmt: skip


def test_both_directions_agree(readings):
    for a, first in readings.items():
        for b, second in readings.items():
            if a <= b:
                there = {(x.first, x.second, frozenset(x.via), x.strength, x.judgement)
                         for x in link(first, second)}  # fmt: skip
                back = {(x.second, x.first, frozenset(x.via),
                         TURNED.get(x.strength, x.strength), x.judgement)
                        for x in link(second, first)}  # fmt: skip
                assert there == back, (a, b)


def test_what_items_are_to_each_other(readings):
    def relation(a, first, b, second):
        pairs = {(x.first, x.second): x for x in link(readings[a], readings[b])}
        return pairs[first, second].strength if (first, second) in pairs else None

    assert relation("us-cet", "quantum", "uk-5", "quantum") == "close"
    assert relation("growth-17", "shipbuilding", OWN, "shipbuilding") == "exact"
    assert relation("tokutei-20", "hypersonics", OWN, "aviation/hypersonics") == "exact"
    assert relation("cn-15", "six-g", "uk-5", "future-telecommunications") == "partial"
    assert relation("tokutei-20", "hypersonics", "tokutei-20", "transport") == "inside"
    # A whole that only overlaps is not named beside its parts, nor parts beside their whole.
    assert relation("us-cet", "hypersonics", OWN, "aviation") is None
    assert relation("growth-17", "digital-cybersecurity", OWN, "digital/cryptography") is None


def test_a_name_that_there_is_none_of(model):
    with pytest.raises(UsageError) as error:
        layout_for(["us-cet", "us-cte"], model)
    assert "us-cet" in error.value.hint.en
    assert "k-program" in error.value.hint.ja


def test_a_list_of_ones_own_and_its_faults(tmp_path, model):
    path = shutil.copy(ROOT / "examples" / "prefecture" / "example-prefecture.yaml", tmp_path)
    assert layout_for([str(path)], model).columns[-1] == "ct_framework_example_prefecture"
    text = Path(path).read_text("utf-8")
    line = text[: text.index("from: agriculture/forestry")].count("\n") + 1
    Path(path).write_text(text.replace("agriculture/forestry", "agriculture/forst"), "utf-8")
    with pytest.raises(ModelError) as error:
        layout_for([str(path)], model)
    assert error.value.where.endswith(f"example-prefecture.yaml:{line}")


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """The example, tagged with frameworks, in the formats of officers and programs."""
    desk = tmp_path_factory.mktemp("tagged")
    shutil.copy(ROOT / "examples" / "grants.csv", desk)
    for name in ("o.csv", "o.jsonl", "o.xlsx"):
        done = ctclass("tag", "grants.csv", "-o", name, "--framework", "us-cet", "--framework",
                       "kr-12", "-q", cwd=desk)  # fmt: skip
        assert done.returncode == 0, done.stderr
    return desk


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_tag_adds_a_column_for_each_framework(tagged, readings):
    rows = rows_of(tagged / "o.csv")
    assert list(rows[0])[-3:] == ["ct_model", "ct_framework_us_cet", "ct_framework_kr_12"]
    for row in rows:
        given = [[v for v in row[c].split(";") if v] for c in ("ct_areas", "ct_subtechnologies")]
        expected = [item for item, _ in readings["us-cet"].items_of(*given)]
        assert row["ct_framework_us_cet"] == ";".join(expected)
    assert sum(row["ct_framework_us_cet"] != "" for row in rows) > 15
    assert all(not row["ct_framework_us_cet"] for row in rows if not row["ct_areas"])


def test_json_lines_and_excel_say_the_same(tagged):
    import openpyxl

    rows = rows_of(tagged / "o.csv")
    lines = (tagged / "o.jsonl").read_text("utf-8").splitlines()
    for row, line in zip(rows, lines, strict=True):
        frameworks = json.loads(line)["ctclass"]["frameworks"]
        assert list(frameworks) == ["us-cet", "kr-12"]
        assert ";".join(frameworks["us-cet"]) == row["ct_framework_us_cet"]
    sheet = openpyxl.load_workbook(tagged / "o.xlsx").active
    heading, *cells = sheet.iter_rows(values_only=True)
    place = heading.index("ct_framework_kr_12")
    assert [c[place] or "" for c in cells] == [row["ct_framework_kr_12"] for row in rows]


def test_columns_of_an_earlier_run_are_replaced(tagged):
    ctclass("tag", "o.csv", "-o", "again.csv", "--framework", "uk-5", "-q", cwd=tagged)
    again = rows_of(tagged / "again.csv")
    assert [c for c in again[0] if c.startswith("ct_")] == [*COLUMNS, "ct_framework_uk_5"]


def test_without_frameworks_all_is_as_ever(tagger):
    from ctclass.projects import Project

    tagging = tagger.tag(Project("", "量子コンピュータの誤り訂正", "", ""))
    assert PLAIN.columns == COLUMNS
    assert PLAIN.row(tagging) == tagging.columns()
    assert PLAIN.record(tagging) == tagging.record()
    assert Layout().headings[0] == "ct_primary 主領域"


def test_a_frame_gets_the_column_as_well():
    import pandas as pd

    import ctclass as library

    frame = pd.DataFrame({"課題名": ["極超音速機のスクラムジェットエンジン", None]})
    found = library.load().tag(frame, frameworks="us-cet")["ct_framework_us_cet"].tolist()
    assert found[0].startswith("hypersonics")
    assert found[1] == ""


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(ROOT / "taxonomy", tmp_path / "taxonomy"))


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"),
    [
        ("frameworks/us-cet.yaml", "from: aviation/hypersonics", "from: aviation/hypersonic",
         "unknown-technology"),
        ("frameworks/us-cet.yaml", "from: quantum,", "from: quantums,", "unknown-area"),
        ("frameworks/us-cet.yaml", "- id: pnt", "- id: hypersonics", "duplicate-id"),
        ("frameworks/us-cet.yaml", "from: fusion,", "from: energy/batteries,", "duplicate-id"),
        ("frameworks/us-cet.yaml", "strength: close", "strength: strong", "bad-file"),
        ("frameworks/us-cet.yaml", "named: found\n    covers: [lasers",
         "nmaed: found\n    covers: [lasers", "bad-file"),
        ("frameworks/us-cet.yaml", "source:\n  ja: 国", "sauce:\n  ja: 国", "bad-file"),
        ("frameworks/eu-10.yaml", "framework: eu-10", "framework: eu-ten", "misnamed-file"),
        ("frameworks/eu-10.yaml", "group: critical", "group: crucial", "unknown-group"),
        ("frameworks/kr-12.yaml", "part_of: secondary-batteries", "part_of: hydrogen",
         "unknown-part"),
        ("policy/wg6.yaml", "- area: fusion", "- area: ocean", "unknown-area"),
        ("policy/wg6.yaml", "- {id: startups,", "- {id: sip,", "duplicate-id"),
        ("policy/wg6.yaml", "tiers: [national-strategic], named: report}",
         "tiers: [national], named: report}", "bad-file"),
    ],
)  # fmt: skip
def test_check_finds_what_was_planted(copy, taxonomy, file, old, new, rule):
    assert list(check_lists(copy, taxonomy)) == []
    path = copy / file
    text = path.read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = list(check_lists(copy, taxonomy))
    assert rule in {p.rule for p in found}
    assert any(p.place.file.endswith(Path(file).name) and p.place.line == line for p in found)


def test_a_missing_source_is_found(copy, taxonomy):
    path = copy / "frameworks" / "uk-5.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line == "source:\n")
    path.write_text("".join(lines[:at] + lines[at + 3 :]), "utf-8")
    (problem,) = check_lists(copy, taxonomy)
    assert "'source' is a required property" in problem.what.en


def test_every_file_opens_with_a_glossary_of_its_fields():
    for path in [*ROOT.glob("taxonomy/*/*.yaml"), *ROOT.glob("examples/prefecture/**/*.yaml")]:
        text = path.read_text("utf-8")
        comment = "".join(line for line in text.splitlines(True) if line.startswith("#"))
        for field in yaml.safe_load(text):
            assert field in comment, (path.name, field)


def test_the_guide_counts_as_the_files_do(readings):
    text = (ROOT / "docs" / "frameworks.md").read_text("utf-8")
    for name, size in SIZES.items():
        items = readings[name].framework.items
        named = [sum(i.named == k for i in items) for k in ("report", "found", "unconfirmed")]
        (line,) = [li for li in text.splitlines() if li.startswith(f"| `{name}` |")]
        shown = "12 + 50" if name == "kr-12" else str(size)
        assert line.endswith(f"| {readings[name].framework.date or '-'} | {shown} | "
                             f"{' '.join(map(str, named))} |")  # fmt: skip


def test_the_report_gives_evidence_for_the_strategic_areas_alone(taxonomy):
    policy = read_policy()
    for area in taxonomy.areas:
        assert bool(policy.evidence_of(area.id)) == area.strategic
    emerging = policy.measures_for(strategic=False)
    assert set(emerging) < set(policy.measures_for(strategic=True))
    assert {"sip", "moonshot", "k-program", "crest", "amed-crest"} <= {m.id for m in emerging}
