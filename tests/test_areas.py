"""`ctclass areas`: browse and search."""

import json
import os
import subprocess
import sys

import pytest

from ctclass.taxonomy.atlas import Atlas


def ctclass(*args, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def atlas():
    return Atlas()


def test_all_areas_in_order(tmp_path, taxonomy):
    lines = ctclass("areas", "--lang", "ja", cwd=tmp_path).stdout.splitlines()
    for area, line in zip(taxonomy.areas, lines[: len(taxonomy.areas)], strict=True):
        assert area.symbol in line
        assert area.label_ja in line
        assert ("◆" in line) == area.strategic
    found = json.loads(ctclass("areas", "--json", cwd=tmp_path).stdout)
    assert [one["id"] for one in found] == [area.id for area in taxonomy.areas]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_area_shows_what_the_report_says(tmp_path, lang):
    text = ctclass("areas", "quantum", "--lang", lang, cwd=tmp_path).stdout
    words = {
        "ja": ["⑫", "国家戦略技術領域", "重ね合わせ", "将来性", "英国、ドイツ等と並ぶ",
               "スタートアップ等支援", "K Program", "取りまとめ(案)"],
        "en": ["national-strategic", "superposition", "Promise for growth", "Germany",
               "startups", "K Program", "Source"],
    }  # fmt: skip
    for word in (*words[lang], "communication-cryptography", "priority"):
        assert word in text, word


def test_an_emerging_area_has_no_evidence_and_fewer_measures(tmp_path):
    ocean = json.loads(ctclass("areas", "⑩", "--json", cwd=tmp_path).stdout)
    space = json.loads(ctclass("areas", "宇宙", "--json", cwd=tmp_path).stdout)
    assert (ocean["id"], ocean["criteria"], len(ocean["measures"])) == ("ocean", [], 9)
    assert [c["id"] for c in space["criteria"]] == ["future", "innovation", "strength"]
    assert all(c["evidence"] and c["rests_on"] for c in space["criteria"])
    assert len(space["measures"]) == 16
    assert space["frameworks"]["us-cet"] == ["space"]
    assert all(sub["seeds"] for sub in space["subtechnologies"])


def test_a_subtechnology_shows_its_seeds_and_frameworks(tmp_path):
    text = ctclass("areas", "aviation/hypersonics", "--lang", "ja", cwd=tmp_path).stdout
    assert "スクラムジェット" in text
    assert "us-cet" in text
    found = json.loads(ctclass("areas", "aviation/hypersonics", "--json", cwd=tmp_path).stdout)
    assert found["frameworks"]["tokutei-20"] == ["hypersonics", "transport"]
    assert found["screening"]
    assert all(item["source"]["ja"] and item["level"] for item in found["screening"])


def ids(hits, kind):
    return [hit.id for hit in hits if hit.kind == kind]


def test_a_search_looks_in_names_seeds_definitions_and_measures(atlas, segmenter):
    hits = atlas.search("量子暗号", segmenter)
    assert "quantum/communication-cryptography" in ids(hits, "subtechnology")
    assert "quantum" in ids(atlas.search("重ね合わせ", segmenter), "area")
    assert ids(atlas.search("スタートアップ", segmenter), "measure") == ["startups"]
    assert "innovation" in ids(atlas.search("デルファイ", segmenter), "criterion")
    assert "quantum/computing" in ids(atlas.search("Quantum Computing", segmenter), "subtechnology")


def test_a_search_finds_lists_their_items_and_sources(atlas, segmenter):
    assert {"export", "outbound"} <= set(ids(atlas.search("外為法", segmenter), "list"))
    assert "export" in ids(atlas.search("輸出貿易管理令", segmenter), "list")
    outbound = atlas.search("重要管理対象技術", segmenter)
    assert ids(outbound, "list") == ["outbound"]
    assert ids(outbound, "item") == [f"outbound-{n}" for n in range(1, 11)]
    assert "export-9" in ids(atlas.search("量子暗号", segmenter), "item")
    assert "meta-partner-abroad" in ids(atlas.search("みなし輸出", segmenter), "condition")


def test_a_search_tells_what_the_three_types_mean(atlas, segmenter, tmp_path):
    hits = [hit for hit in atlas.search("類型", segmenter) if hit.kind == "type"]
    assert [hit.id for hit in hits] == ["1", "2", "3"]
    assert "途絶" in hits[2].name.ja
    assert "misuse of the technology itself" in hits[0].name.en
    for lang, word in (("ja", "研究開発に用いる情報"), ("en", "research and development")):
        assert word in ctclass("areas", "類型", "--lang", lang, cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("written", "seed"),
    [("ＱＫＤ", "QKD"), ("量子コンピューター", "量子コンピュータ"), ("qkd", "QKD"),
     ("リモート・センシング", "リモートセンシング")],
)  # fmt: skip
def test_a_search_knows_other_spellings(atlas, segmenter, written, seed):
    found = {term for hit in atlas.search(written, segmenter) for term in hit.terms}
    assert seed in found


def test_nothing_found_is_exit_1(tmp_path):
    done = ctclass("areas", "まったくない語句", "--lang", "ja", cwd=tmp_path)
    assert done.returncode == 1
    assert "見つかりません" in done.stdout
    found = json.loads(ctclass("areas", "まったくない語句", "--json", cwd=tmp_path).stdout)
    assert found["found"] == []
