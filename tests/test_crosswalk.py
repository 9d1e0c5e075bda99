"""`ctclass crosswalk`: any pair, as a table, CSV, JSON and SKOS; and a portfolio in a framework."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ctclass.taxonomy.crosswalk import Reading, link
from ctclass.taxonomy.frameworks import OWN, framework_names, read_framework
from ctclass.taxonomy.skos import RELATIONS, to_turtle

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def ctclass(*args, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def readings(taxonomy):
    areas = {area.id: [sub.id for sub in area.subtechnologies] for area in taxonomy.areas}
    names = [OWN, *framework_names()]
    return {name: Reading(read_framework(name, taxonomy), areas) for name in names}


TOKEN = re.compile(
    r"""\s+|@prefix\b|<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n\r]|\\[tbnrf"'\\])*"(?:@[a-z]+)?"""
    r"""|[a-z]+:[A-Za-z]*|\ba\b|[.;]"""
)


def parse_turtle(text):
    """The triples of the Turtle that we write; anything else in it is refused."""
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        assert match, text[at : at + 60]
        if match[0].strip():
            tokens.append(match[0])
        at = match.end()
    prefixes, triples = {}, []
    rest = iter(tokens)
    for first in rest:
        if first == "@prefix":
            name, place = next(rest), next(rest)
            prefixes[name] = place
            assert next(rest) == "."
            continue
        end = ";"
        while end == ";":
            predicate, value, end = next(rest), next(rest), next(rest)
            name = predicate.partition(":")[0] + ":"
            assert predicate == "a" or name in prefixes
            triples.append((first, predicate, value))
        assert end == "."
    return triples


@pytest.mark.parametrize("pair", [("us-cet", "eu-10"), ("cn-15", OWN), ("kr-12", "kr-12")])
def test_skos_holds_every_link_once(readings, pair):
    first, second = (readings[name] for name in pair)
    links = link(first, second)
    triples = parse_turtle(to_turtle(first, second, links))
    assert len(set(triples)) == len(triples)
    mapped = Counter(p for _, p, _ in triples)
    for strength, relation in RELATIONS.items():
        assert mapped[f"skos:{relation}"] == sum(one.strength == strength for one in links)
    concepts = {s for s, p, o in triples if (p, o) == ("a", "skos:Concept")}
    assert len(concepts) == sum(len(readings[n].framework.items) for n in set(pair))
    ends = {o for _, p, o in triples if p in {f"skos:{r}" for r in RELATIONS.values()}}
    assert ends <= concepts
    judged = {s for s, p, _ in triples if p == "skos:editorialNote"}
    ours = {f"<urn:ctclass:{pair[0]}:{one.first}>" for one in links if one.judgement}
    assert judged == ours


def test_text_in_turtle_is_quoted():
    from ctclass.taxonomy.skos import _text

    assert parse_turtle(f"<a> a {_text(chr(34) + chr(92) + chr(10))} .")


def test_csv_and_json_hold_the_same_links(tmp_path, readings):
    done = ctclass("crosswalk", "us-cet", "eu-10", "-o", "x.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    data = (tmp_path / "x.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # Excel asks for it
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    found = json.loads(ctclass("crosswalk", "us-cet", "eu-10", "--json", cwd=tmp_path).stdout)
    pairs = [(x["from"], x["to"], x["relation"], ";".join(x["via"])) for x in found["links"]]
    assert pairs == [(r["from"], r["to"], r["relation"], r["via"]) for r in rows
                     if r["relation"] != "none"]  # fmt: skip
    assert {r["from"] for r in rows} == {i.id for i in readings["us-cet"].framework.items}
    assert {r["judgement"] for r in rows} <= {"true", ""}
    assert found["from"]["source"]["en"]
    assert found["from"]["date"] == "2024-02-12"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_terminal_shows_items_relations_and_judgements(tmp_path, lang):
    text = ctclass("crosswalk", "tokutei-20", "--lang", lang, cwd=tmp_path).stdout
    word = {"ja": "= 同じ*", "en": "= same*"}[lang]
    (line,) = [li for li in text.splitlines() if "aviation/hypersonics" in li]
    assert word in line
    assert "cbrn" in text
    assert {"ja": "確認待ち", "en": "awaits confirmation"}[lang] in text


def test_without_a_name_all_are_listed(tmp_path):
    text = ctclass("crosswalk", cwd=tmp_path).stdout
    assert all(name in text for name in framework_names())
    found = json.loads(ctclass("crosswalk", "--json", cwd=tmp_path).stdout)
    assert [one["id"] for one in found] == framework_names()


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (["us-cte"], 2, "us-cet"),
        (["us-cet", "--format", "rdf"], 2, "skos"),
        (["us-cet", "-o", "x.pdf"], 2, ".ttl"),
        (["us-cet", "-o", "there.csv"], 2, "--force"),
        (["us-cet", "--table", "there.csv"], 3, "ct_areas"),
        (["us-cet", "--table", "none.csv"], 3, "none.csv"),
        (["--table", "there.csv"], 2, "crosswalk"),
        (["us-cet", "--table", "there.csv", "--format", "skos"], 2, "csv"),
    ],
)
def test_wrong_use_is_three_lines(tmp_path, args, code, word):
    (tmp_path / "there.csv").write_text("id,title\n1,量子\n", "utf-8")
    done = ctclass("crosswalk", *args, "--lang", "en", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 3
    assert word in done.stderr


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    desk = tmp_path_factory.mktemp("portfolio")
    shutil.copy(EXAMPLES / "grants.csv", desk)
    for name in ("o.csv", "o.jsonl", "o.xlsx"):
        assert ctclass("tag", "grants.csv", "-o", name, "-q", cwd=desk).returncode == 0
    return desk


@pytest.mark.parametrize("name", ["o.csv", "o.jsonl", "o.xlsx"])
def test_a_portfolio_reads_in_a_framework(tagged, readings, name):
    found = json.loads(ctclass("crosswalk", "us-cet", "--table", name, "--json", cwd=tagged).stdout)
    inside, partial, outside = Counter(), Counter(), 0
    with (tagged / "o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        given = [[v for v in row[c].split(";") if v] for c in ("ct_areas", "ct_subtechnologies")]
        items = readings["us-cet"].items_of(*given)
        outside += not items
        for item, strength in items:
            (partial if strength == "partial" else inside)[item] += 1
    assert (found["rows"], found["outside"]) == (30, outside)
    assert {i["id"]: (i["inside"], i["may_be"]) for i in found["items"]} == {
        item.id: (inside[item.id], partial[item.id]) for item in readings["us-cet"].framework.items
    }
    assert inside["quantum"] >= 2


def test_the_portfolio_in_a_terminal_and_as_csv(tagged):
    text = ctclass("crosswalk", "us-cet", "--table", "o.csv", "--lang", "en", cwd=tagged).stdout
    assert "30 rows" in text
    (line,) = [li for li in text.splitlines() if "Quantum Information" in li]
    assert "█" in line
    args = ("crosswalk", "us-cet", "--table", "o.csv", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ctclass(*args, cwd=tagged).stdout)))
    assert len(rows) == 18
