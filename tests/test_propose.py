"""Proposed seeds: what travels with an area, what a reader named, and what stays out."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from ctclass.console.keeper import show_evidence, show_proposals
from ctclass.console.terminal import Screen
from ctclass.errors import InputError
from ctclass.keeper.candidates import Postings, find_terms
from ctclass.keeper.gathering import Gathering
from ctclass.keeper.phrases import Cutter, Phrases
from ctclass.keeper.proposals import (
    Example,
    Proposals,
    Wish,
    to_csv,
    to_json,
    to_json_lines,
    to_yaml,
)
from ctclass.keeper.propose import propose_seeds
from ctclass.keeper.ranking import association, rank_terms
from ctclass.projects import Project
from ctclass.readers.labels import Label, read_labels
from ctclass.tagging.tag import AreaScore, Tagging

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def cutter(segmenter):
    return Cutter(segmenter)


def answer(*areas):
    return Tagging("ok", tuple(AreaScore(a, 0.9) for a in areas), (), (), False, (), (), "m")


def reading_of(areas, evidence, project=None):
    primary = areas[0] if areas else ""
    return Label("", areas, primary, None, "", None, project, evidence=evidence)


def nothing(_):
    return answer()


def gather(taxonomy, cutter, rows, readings=None, see=nothing):
    """`rows` are (text, areas of the model), with ids 0, 1, 2 …"""
    gathering = Gathering(taxonomy, cutter, readings or {}, see)
    for number, (text, areas) in enumerate(rows):
        gathering.add(Project(str(number), text, "", ""), answer(*areas))
    return gathering


def terms(gathering, area, **wish):
    found = rank_terms(gathering, Wish((area,), **wish))
    return {proposal.term: proposal for proposal, _ in found}


FARM = "碧色唐草の飼育密度を変えて、よく調べる"
OTHER = "中世の都市と商人の手紙を読み、飼育密度という比喩の由来を考える"


def test_a_term_that_travels_with_an_area_is_proposed_with_its_counts(taxonomy, cutter):
    rows = [(FARM, ["agriculture"])] * 8
    rows.extend([("商人の手紙と碧色唐草", [])] * 2)
    rows.extend([("中世の都市", [])] * 30)
    found = terms(gather(taxonomy, cutter, rows), "agriculture")["碧色唐草"]
    assert (found.inside, found.outside, found.share) == (8, 2, 0.8)
    assert (found.read_inside, found.read_outside, found.mends) == (0, 0, 0)
    assert found.source == "corpus"
    assert found.score > 0


def test_the_association_of_a_large_corpus_does_not_run_over():
    def of(times):
        counts = [np.array([[9 * times]]), np.array([[10 * times]]), np.array([[40 * times]])]
        return association(*(c.astype(np.int32) for c in counts), 100 * times)[0, 0]

    assert of(10_000) == pytest.approx(10_000 * of(1))
    assert of(1) > 0


def test_a_term_of_every_field_is_not(taxonomy, cutter):
    rows = [(FARM, ["agriculture"])] * 8 + [(OTHER, [])] * 30
    found = terms(gather(taxonomy, cutter, rows), "agriculture")
    assert "碧色唐草" in found
    assert "飼育密度" not in found


def test_a_rare_term_is_not(taxonomy, cutter):
    rows = [(FARM, ["agriculture"])] * 4 + [(OTHER, [])] * 30
    gathering = gather(taxonomy, cutter, rows)
    assert "碧色唐草" not in terms(gathering, "agriculture", least=5)
    assert "碧色唐草" in terms(gathering, "agriculture", least=4)


def test_the_longer_term_wins_where_the_shorter_stands_in_it(taxonomy, cutter):
    rows = [("碧色唐草を回す", ["materials"])] * 9 + [(OTHER, [])] * 30
    rows += [("碧色の空", ["materials"])]
    found = terms(gather(taxonomy, cutter, rows), "materials")
    assert "碧色唐草" in found
    assert not {"碧色", "唐草"} & found.keys()


def test_what_the_taxonomy_has_is_not_proposed(taxonomy, cutter):
    # 量子コンピュータ is a seed, whatever its spelling; 量子収率 a phrase that is no quantum.
    rows = [("量子コンピューターの碧色唐草", ["quantum"])] * 9 + [(OTHER, [])] * 30
    found = terms(gather(taxonomy, cutter, rows), "quantum")
    assert "碧色唐草" in found
    assert not [term for term in found if "量子" in term or "コンピュータ" in term]


def test_the_sub_technology_is_the_one_whose_seeds_stand_beside(taxonomy, cutter):
    rows = [("量子暗号と碧色唐草", ["quantum"])] * 9 + [("量子センサの話", ["quantum"])] * 20
    rows += [(OTHER, [])] * 30
    found = terms(gather(taxonomy, cutter, rows), "quantum")["碧色唐草"]
    sub = next(s for _, s in taxonomy.subtechnologies()
               if any(seed.term == "量子暗号" for seed in s.seeds))  # fmt: skip
    assert found.subtechnology == sub.id


def test_a_reader_counts_before_the_model(taxonomy, cutter):
    rows = [("碧色唐草を調べる", [])] * 6 + [(OTHER, [])] * 30
    readings = {str(i): reading_of(("materials",) if i < 6 else (), ()) for i in range(20)}
    found = terms(gather(taxonomy, cutter, rows, readings), "materials")["碧色唐草"]
    assert (found.inside, found.read_inside, found.mends) == (0, 6, 6)
    assert found.source == "labels"


def test_a_word_that_a_reader_named_and_the_model_misses(taxonomy, cutter):
    rows = [("碧色唐草を調べる", []), ("紅色唐草を調べる", ["materials"]), (OTHER, [])]
    readings = {
        "0": reading_of(("materials",), ("碧色唐草",)),
        "1": reading_of(("materials",), ("紅色唐草",)),
    }
    gathering = gather(taxonomy, cutter, rows, readings)
    found = terms(gathering, "materials")
    assert found["碧色唐草"].source == "evidence"
    assert found["碧色唐草"].mends == 1
    assert "紅色唐草" not in found  # unseen, but nothing was missed
    assert [heard.seen for heard in gathering.heard] == [False, False]


def test_a_word_that_would_spoil_as_much_as_it_mends_is_not_proposed(taxonomy, cutter):
    rows = [("碧色唐草を調べる", []), ("碧色唐草の歴史", [])]
    readings = {"0": reading_of(("materials",), ("碧色唐草",)), "1": reading_of((), ())}
    assert "碧色唐草" not in terms(gather(taxonomy, cutter, rows, readings), "materials")


@pytest.mark.parametrize(
    ("word", "areas", "seen"),
    [
        ("量子コンピューター", ("quantum",), True),
        ("量子コンピュータの理論", ("quantum",), True),  # a seed stands in it
        ("コンピュータ", ("quantum",), True),  # a seed touches it in the text
        ("碧色唐草", ("quantum",), False),
        ("量子コンピュータ", ("ocean",), False),  # seen, but for another area
    ],
)
def test_what_the_model_sees_of_the_evidence(taxonomy, cutter, word, areas, seen):
    rows = [("量子コンピュータの理論と碧色唐草", [])]
    gathering = gather(taxonomy, cutter, rows, {"0": reading_of(areas, (word,))})
    assert [heard.seen for heard in gathering.heard] == [seen]


def test_what_the_model_knows_by_itself_is_seen(taxonomy, cutter):
    def see(project):
        return answer("ocean") if project.title == "碧色唐草" else answer()

    reading = {"0": reading_of(("ocean",), ("碧色唐草",))}
    gathering = gather(taxonomy, cutter, [("碧色唐草", [])], reading, see)
    assert gathering.heard[0].seen


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("海底の熱水鉱床を探る", ["海底", "熱水鉱床"], ["海底の熱水", "鉱床を"]),
        ("新しい単結晶の育成", ["単結晶"], ["新しい単結晶"]),
        ("PD-L1の発現と抗PD-1抗体", ["PD-L1"], ["PD-L", "抗PD"]),
        ("we study coral reefs with care", ["coral reefs"], ["study coral", "reefs with", "care"]),
        ("三つの柱、金属 陶器", ["金属", "陶器"], ["金属陶器", "金属 陶器"]),
    ],
)  # fmt: skip
def test_candidates(cutter, text, inside, outside):
    found = set(find_terms(cutter.cut(text)).values())
    assert set(inside) <= found
    assert not set(outside) & found


def test_a_term_that_cuts_a_known_one_is_no_candidate():
    cut = [(w, w) for w in "由来 間葉系 幹 細胞 移植".split()]
    found = find_terms(cut, [(1, 4)]).values()
    assert "間葉系幹" not in found
    assert "幹細胞移植" not in found
    assert "間葉系幹細胞移植" in found
    assert "移植" in found


def test_phrases_inside_one_another_are_all_found():
    phrases = Phrases([("量子",), ("量子", "計算"), ("計算",)])
    assert sorted(phrases.find(["量子", "計算", "量子"])) == [
        (("計算",), 1), (("量子",), 0), (("量子",), 2), (("量子", "計算"), 0),
    ]  # fmt: skip


def test_memory_is_bounded_and_a_count_is_never_too_high():
    postings = Postings(most=50)
    for number in range(200):
        seldom = {"梁": "梁"} if number % 90 == 0 else {}
        postings.add(number, {"柱": "柱", f"語{number}": f"語{number}"} | seldom)
        assert len(postings.documents) <= 50
    assert list(postings.documents["柱"]) == list(range(200))
    assert 0 < postings.dropped < 6
    held = len(postings.documents.get("梁", ()))
    assert held <= 3 <= held + postings.dropped


def test_the_same_proposals_every_time(taxonomy, cutter):
    rows = [(FARM, ["agriculture"])] * 8 + [(OTHER, [])] * 30
    first, second = (rank_terms(gather(taxonomy, cutter, rows), Wish()) for _ in "ab")
    assert first == second


@pytest.fixture(scope="module")
def found(tagger, taxonomy):
    texts = {f"T-{i}": Project(f"T-{i}", "量子暗号と碧色唐草", "秘密の文", "") for i in range(6)}
    texts |= {f"N-{i}": Project(f"N-{i}", "中世の都市と商人", "", "") for i in range(20)}
    readings = {
        i: reading_of(("quantum",) if i[0] == "T" else (), ("碧色唐草",) if i[0] == "T" else (), p)
        for i, p in texts.items()
    }
    return propose_seeds(tagger, taxonomy, wish=Wish(), readings=readings)


def test_examples_show_the_term_in_its_context(found):
    (proposal,) = (p for p in found.proposals if p.term == "碧色唐草")
    assert [e.project_id for e in proposal.examples] == ["T-0", "T-1", "T-2"]
    assert proposal.examples[0].context == "量子暗号と碧色唐草。秘密の文。"
    assert (found.rows, found.read, found.missing) == (26, 26, 0)
    assert found.evidence["quantum"].words == 6


def test_no_text_of_the_table_is_in_a_file(found):
    for text in (to_json(found), to_json_lines(found), to_csv(found), to_yaml(found, {})):
        assert "碧色唐草" in text
        assert "秘密の文" not in text
        assert "量子暗号と" not in text


@pytest.mark.parametrize("terminal", [True, False])
def test_contexts_are_for_a_terminal_and_brackets_are_only_text(
    found, model, capsys, monkeypatch, terminal
):
    shown = replace(
        found,
        proposals=tuple(
            replace(p, examples=(Example("T-[red]", "[bold]秘密[/bold]"),)) for p in found.proposals
        ),
    )
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("COLUMNS", "200")
    show_proposals(Screen("ja"), shown, model)
    out = capsys.readouterr().out
    assert "T-[red]" in out
    assert ("[bold]秘密[/bold]" in out) is terminal


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_in_a_narrow_window_no_heading_is_cut_and_the_examples_stand_below(
    found, model, capsys, monkeypatch, lang
):
    many = tuple(Example(f"24K{n:05}", "生長点の培養と、" * 4) for n in range(3))
    long = tuple(replace(p, examples=many, score=1234.0) for p in found.proposals)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    show_proposals(Screen(lang), replace(found, proposals=long), model)
    out = capsys.readouterr().out
    heads = next(line for line in out.splitlines() if {"ja": "判定", "en": "model"}[lang] in line)
    assert {"ja": "得点", "en": "score"}[lang] in heads
    assert "…" not in out
    assert "1,234" in out
    assert out.count("24K00002") == len(long)


def test_the_share_of_evidence_that_is_seen(found, model, capsys):
    show_evidence(Screen("ja"), found, model)
    assert (
        "読み手の根拠語 6 のうち、モデルに見えるのは 0%(主領域別: ⑫0%)" in capsys.readouterr().err
    )


def test_the_lines_for_the_taxonomy_are_yaml_but_no_taxonomy(found):
    text = to_yaml(found, {"quantum": "12-quantum.yaml"})
    data = yaml.safe_load(text)
    (subs,) = data.values()
    assert "碧色唐草" in [t for sub in subs.values() for t in sub["seeds"]["ja"]]
    assert "12-quantum.yaml" in text
    assert "        - 碧色唐草  # 6/0 1.00 " in text


def test_the_rows_of_the_csv(found):
    rows = list(csv.DictReader(to_csv(found).removeprefix("\ufeff").splitlines()))
    row = next(r for r in rows if r["term"] == "碧色唐草")
    assert (row["area"], row["read_inside"], row["examples"]) == ("quantum", "6", "T-0;T-1;T-2")


def test_nothing_to_read_is_an_error(tagger, taxonomy):
    with pytest.raises(InputError):
        propose_seeds(tagger, taxonomy, wish=Wish(), readings={"a": reading_of(("quantum",), ())})


def test_nothing_found_is_none(tagger, taxonomy):
    reading = {"a": reading_of((), (), Project("a", "中世の都市", "", ""))}
    found = propose_seeds(tagger, taxonomy, wish=Wish(), readings=reading)
    assert found == Proposals(1, 1, 0, 0, {}, ())


def test_evidence_as_a_list_or_as_text(tmp_path, model):
    path = tmp_path / "l.jsonl"
    lines = ['{"id": 1, "areas": [12], "primary": 12, "evidence": "量子; 暗号"}',
             '{"id": 2, "areas": [12], "primary": 12, "evidence": ["量子"]}',
             '{"id": 3, "areas": [], "primary": 0}']  # fmt: skip
    path.write_text("\n".join(lines), "utf-8")
    assert [x.evidence for x in read_labels(path, model)] == [
        ("量子", "暗号"), ("量子",), (),
    ]  # fmt: skip
    path.write_text('{"id": 1, "areas": [], "primary": 0, "evidence": [1]}', "utf-8")
    with pytest.raises(InputError) as error:
        read_labels(path, model)
    assert error.value.where == f"{path}:1"


def test_a_filled_in_table_has_labels_too(tmp_path, tagger, taxonomy):
    path = tmp_path / "l.csv"
    head = "課題番号,課題名,確認_判定,確認_判断,確認_主領域"
    path.write_text(f"{head}\nA,超伝導量子ビットの研究,⑫ 量子,正しい,\n", "utf-8")
    labels = {x.project_id: x for x in read_labels(path, tagger.model)}
    found = propose_seeds(tagger, taxonomy, wish=Wish(), readings=labels)
    assert (found.rows, found.read) == (1, 1)


def ctclass(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ctclass", "propose", *map(str, args)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture
def corpus(tmp_path):
    rows = [f"T{i},[red]量子暗号[/red]と碧色唐草" for i in range(6)]
    rows += [f"N{i},中世の都市と商人" for i in range(20)]
    (tmp_path / "c.csv").write_text("id,title\n" + "\n".join(rows) + "\n", "utf-8")
    return tmp_path


@pytest.mark.slow
def test_on_the_command_line(corpus):
    done = ctclass("c.csv", cwd=corpus)
    assert done.returncode == 0, done.stderr
    assert "碧色唐草" in done.stdout
    assert "T0 T1 T2" in done.stdout
    assert "[red]" not in done.stdout  # contexts are for a terminal only
    assert "26 rows" in done.stderr


@pytest.mark.slow
def test_from_a_pipe_and_from_a_workbook_the_examples_are_the_same(corpus):
    again = [sys.executable, "-m", "ctclass", "tag", "c.csv", "-o", "c.xlsx", "--quiet"]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    subprocess.run(again, cwd=corpus, env=environ, check=True, timeout=60)
    piped = subprocess.run(
        [*again[:3], "propose", "-", "--json", "--quiet"], cwd=corpus, env=environ, timeout=60,
        input=(corpus / "c.csv").read_bytes(), capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    assert json.loads(piped)["proposals"][0]["examples"] == ["T0", "T1", "T2"]
    assert ctclass("c.xlsx", "--json", "--quiet", cwd=corpus).stdout == piped


@pytest.mark.slow
def test_the_output_is_one_of_three_forms_and_never_replaced(corpus):
    for name in ("p.csv", "p.jsonl", "p.yaml"):
        done = ctclass("c.csv", "-o", name, "--quiet", cwd=corpus)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert "碧色唐草" in (corpus / name).read_text("utf-8")
    assert ctclass("c.csv", "-o", "p.yaml", cwd=corpus).returncode == 2
    assert ctclass("c.csv", "-o", "c.csv", "--force", cwd=corpus).returncode == 2
    assert ctclass("c.csv", "-o", "p.doc", cwd=corpus).returncode == 2


@pytest.mark.slow
def test_wrong_usage(corpus):
    assert ctclass(cwd=corpus).returncode == 2
    assert ctclass("c.csv", "--area", "cooking", cwd=corpus).returncode == 2
    assert ctclass("none.csv", cwd=corpus).returncode == 3


@pytest.mark.slow
def test_one_area_as_json(corpus):
    done = ctclass("c.csv", "--area", "quantum", "--json", "--quiet", cwd=corpus)
    data = json.loads(done.stdout)
    assert {p["area"] for p in data["proposals"]} == {"quantum"}
    assert data["rows"] == 26
