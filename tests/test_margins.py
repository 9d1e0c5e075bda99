"""How near an answer is to another one: beside the decision itself, moved step by step."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from ctclass.model import firsts
from ctclass.projects import Project
from ctclass.review.sampling import CLOSE_WITHIN
from ctclass.runs.answers import with_status
from ctclass.tagging.margins import Measuring, find_margins, margin_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def lessons(tagger):
    """The scores of some hundred texts, half of them without keywords."""
    texts = (ROOT / "taxonomy" / "lessons.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(text) for text in texts[:800]]
    projects = [Project("", own["title"], own["abstract"], "") for own in found[::2]]
    projects += [Project("", own["abstract"], "", own["title"]) for own in found[1::2]]
    return tagger.scorer.score(tagger.read(projects))


def answers(decision, scores, *, none=0.0, lifted=(0, 0.0), bars=0.0):
    """What `decide` says where "none" is stronger (and with it what is sure, and too faint), an
    area is stronger, or all thresholds are higher, by so many log odds."""
    table = [list(row) for row in decision.firsts]
    for row, lift in ((-1, none), lifted):
        if table and lift:
            table[row][-1] += round(lift * 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firsts, "SURE", moved(firsts.SURE, none))
        patch.setattr(firsts, "FAINT", moved(firsts.FAINT, none))
        order, given = firsts.decide(
            scores.raw, scores.score, moved(np.array(decision.given_at), bars), decision.most,
            decision.given_beside, tuple(map(tuple, table)), scores.bare,
        )  # fmt: skip
    return [
        (own[:1], sorted(own))
        for own in ([int(a) for a in row[held]] for row, held in zip(order, given, strict=True))
    ]


def moved(hundredths, by):
    share = np.clip(hundredths, 0.5, 99.5) / 100
    # Rounded: moved by nothing, 8 is 8 again, and a score of 8 still reaches it.
    return np.round(100 / (1 + np.exp(-np.log(share / (1 - share)) - by)), 9)


@pytest.mark.parametrize("far", [0.3, 0.6, 1.5])
def test_the_margin_is_what_it_takes_to_change_the_answer(model, lessons, far):
    """No more and no less: each part of the decision is moved by so much, both ways."""
    decision = model.decision
    margins = find_margins(decision, lessons)
    now = answers(decision, lessons)
    others = [answers(decision, lessons, none=by) for by in (far, -far)]
    others += [answers(decision, lessons, bars=by) for by in (far, -far)]
    others += [answers(decision, lessons, lifted=(i, far)) for i in range(len(model.areas))]
    turned = {i for other in others for i, own in enumerate(now) if other[i] != own}
    assert {i for i, margin in enumerate(margins) if margin < far * 100 - 1} <= turned
    assert turned <= {i for i, margin in enumerate(margins) if margin <= far * 100 + 1}
    kinds = [{i for i in turned if other[i] != now[i]} for other in others]
    assert all(kinds[:4]), "none and the thresholds turn some, up and down"
    assert set.union(*kinds[4:]) - set.union(*kinds[:4]), "and so does another claimant"


def test_without_a_comparison_the_thresholds_alone_are_near(model, lessons):
    decision = replace(model.decision, firsts=())
    margins = find_margins(decision, lessons)
    now = answers(decision, lessons)
    others = [answers(decision, lessons, bars=by) for by in (0.6, -0.6)]
    turned = {i for other in others for i, own in enumerate(now) if other[i] != own}
    assert turned <= {i for i, margin in enumerate(margins) if margin <= 61}
    alike = {i for i, margin in enumerate(margins) if margin < 59} - turned
    assert alike
    for i in alike:  # no threshold is near, but the first two areas are near each other
        first, second = (lessons.score[i, area] for area in lessons.score[i].argsort()[:-3:-1])
        assert moved(second, 0.61) >= min(first, 99.5)


@pytest.mark.parametrize(
    ("score", "given", "limits", "near"),
    [
        ((90, 40, 38), (0, 1), {"most": 2}, (0.40, 0.38)),  # the next one, for the last place
        ((70, 90, 38), (0, 1), {"most": 2}, (0.90, 0.38)),  # which the first one does not have
        ((90, 40, 12), (0, 1), {"most": 3}, (0.12, 0.10)),  # a place is left
        ((90, 30, 1), (0,), {"given_beside": 50}, (0.45, 0.30)),
        ((9, 1, 1), (0,), {}, (0.09, 0.08)),  # it would be too faint
        ((7, 1, 1), (), {}, (0.08, 0.07)),  # and here it is
        ((62, 1, 1), (0,), {}, (0.62, 0.60)),  # the score alone keeps it from "none"
    ],
)
def test_an_area_is_as_near_as_what_holds_it_back(model, score, given, limits, near):
    """Three areas, of which the first comes first by far, with "none" far ahead of it where
    only its score holds."""
    none = 90_000 if near[1] == 0.60 else -90_000
    table = ((0, 0, 0, 50_000), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, none))
    decision = replace(
        model.decision,
        given_at=(10, 10, 10),
        firsts=table,
        **{"most": 3, "given_beside": 0} | limits,
    )
    scores = SimpleNamespace(
        raw=np.zeros((1, 3)),
        score=np.array([score]),
        bare=None,
        given=[list(given)],
        groundless=[set()],
    )
    far, nearer = (np.log(p / (1 - p)) for p in near)
    assert find_margins(decision, scores) == [round(100 * (far - nearer))]


def test_what_is_not_judged_has_no_margin(tagger):
    projects = [Project("1", "", "", ""), Project("2", "量子暗号", "", "")]
    empty, judged = Measuring(tagger).tag_all(projects)
    assert (margin_of(empty), margin_of(judged) is None) == (None, False)
    assert margin_of(with_status(judged, "too-long")) == margin_of(judged)


def test_a_measured_answer_is_the_answer(tagger):
    project = Project("2", "量子暗号", "", "")
    assert Measuring(tagger).tag(project).columns() == tagger.tag(project).columns()


def test_one_row_in_six_of_a_natural_mix_is_close(tagger, shared):
    table = pq.read_table(shared / "data" / "kaken_projects.parquet")
    ids = table.column("project_id").to_pylist()
    digests = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in ids]
    drawn = sorted(range(len(ids)), key=digests.__getitem__)[:2000]
    columns = "project_id", "title", "abstract", "keywords"
    rows = table.take(drawn).select(columns).to_pylist()
    projects = [Project(*(row[name] or "" for name in columns)) for row in rows]
    margins = [margin_of(own) for own in Measuring(tagger).tag_all(projects)]
    close = sum(margin is not None and margin <= CLOSE_WITHIN for margin in margins)
    assert 0.14 < close / len(rows) < 0.2


@pytest.mark.parametrize(
    "text", ["新しい方式の装置を開発する", "次世代装置の開発研究", "FTQCの実現"]
)
def test_an_area_without_ground_is_no_close_call(tagger, text):
    """No small change of a score gives it: before, its margin was below 0."""
    (answer,) = Measuring(tagger).tag_all([Project("", "", text, "")])
    assert answer.areas == ()
    assert margin_of(answer) > 0
