"""`ctclass review` without a browser: rows, samples, estimates, labels, and what is refused."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from test_cli import ctclass

from ctclass.errors import InputError, ModelError, UsageError
from ctclass.evaluate.evaluation import run
from ctclass.evaluate.measure import share
from ctclass.explain.reasons import explain
from ctclass.explain.view import view_explanation
from ctclass.explain.words import first_place
from ctclass.headings import find_columns
from ctclass.model.screening_table import read_taught
from ctclass.projects import Project
from ctclass.readers.labels import Label, ScreeningLabel, read_judged, read_labels
from ctclass.review import rows as review_rows
from ctclass.review.estimate import Verdict, Verdicts, estimate, read_verdicts, weighted_share
from ctclass.review.estimate_view import view_estimate
from ctclass.review.page import SCRIPTS, page
from ctclass.review.page_data import review_data
from ctclass.review.rows import take_rows
from ctclass.review.sampling import (
    CLOSE,
    CLOSE_WITHIN,
    FLAGGED,
    REST,
    Candidate,
    Sampler,
    allot,
    stratum_of,
)
from ctclass.runs.stream import tag_table
from ctclass.statuses import STATUSES
from ctclass.tables import create_table, open_table
from ctclass.tagging.margins import Measuring, margin_of
from ctclass.tagging.tag import COLUMNS

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples" / "grants.csv"
PAGE = ROOT / "ctclass" / "review" / "page"


@pytest.fixture(scope="module")
def some(tagger) -> list[Candidate]:
    """The rows of the examples."""
    with open_table(str(EXAMPLES)) as reader:
        columns = find_columns(reader.header, where="examples")
        return list(take_rows(tagger, reader, columns).rows)


def data_in(path: Path) -> dict:
    (data,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>',
        path.read_text("utf-8"),
        re.DOTALL,
    )
    return json.loads(data)


# Rows


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx", "parquet"])
def test_a_tagged_table_of_any_format(tagger, some, tmp_path, ending):
    path = str(tmp_path / f"t.{ending}")
    with open_table(str(EXAMPLES)) as reader:
        columns = find_columns(reader.header, where="examples")
        with create_table(path, reader, COLUMNS) as writer:
            tag_table(tagger, reader, writer, columns)
    with open_table(path) as reader:
        found = take_rows(tagger, reader, find_columns(reader.header, where=path))
    assert found.changed == 0
    assert [(r.row, r.tagging) for r in found.rows] == [(r.row, r.tagging) for r in some]


def test_from_the_table_to_the_page(tmp_path):
    assert ctclass("tag", EXAMPLES, "-o", "t.csv", "-q", cwd=tmp_path).returncode == 0
    done = ctclass("review", "t.csv", "-o", "r.html", "--lang", "en", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "A page of 30 projects" in done.stderr
    data = data_in(tmp_path / "r.html")
    assert data["rows"][11]["t"].startswith("超伝導量子ビット")


def test_the_page_is_named_beside_the_table_and_never_replaced_unasked(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("id,title\n1,量子暗号\n", "utf-8")
    assert ctclass("review", "a.csv", "-q", cwd=tmp_path).returncode == 0
    first = (tmp_path / "a.review.html").read_bytes()
    again = ctclass("review", "a.csv", cwd=tmp_path)
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 3)
    assert ctclass("review", "a.csv", "--force", "-q", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.review.html").read_bytes() == first


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["-o", "r.pdf"], 2),
        (["--sample", "5", "--limit", "5"], 2),
        (["--sample", "20000"], 2),
        (["--estimate", "--sample", "5"], 2),
        (["--title", "そんな列"], 3),
    ],
)
def test_what_is_refused(tmp_path, args, code):
    done = ctclass("review", EXAMPLES, *args, cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 3)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_beyond_a_page_says_what_a_page_holds(tmp_path):
    done = ctclass("review", EXAMPLES, "--sample", "99999", "--lang", "ja", cwd=tmp_path)
    assert "一つのページに入れられるのは 19,999 行までです" in done.stderr
    assert "--sample 99999" in done.stderr


def test_another_model_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("id,title,ct_model\n1,量子暗号,default/0.0.1/abcd\n", "utf-8")
    done = ctclass("review", "a.csv", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 4
    assert "default/0.0.1/abcd" in done.stderr
    assert not (tmp_path / "a.review.html").exists()


def test_another_model_is_refused_in_json_lines(tagger, tmp_path):
    path = tmp_path / "a.jsonl"
    record = {"id": "1", "title": "量子暗号", "ctclass": {"model": "other/1/2", "areas": []}}
    path.write_text(json.dumps(record) + "\n", "utf-8")
    with open_table(str(path)) as reader, pytest.raises(ModelError, match="other/1/2"):
        take_rows(tagger, reader, find_columns(reader.header, where="a"))


def test_rows_whose_text_was_changed_since_are_said(tmp_path):
    (tmp_path / "a.csv").write_text("id,title\n1,量子暗号\n2,核融合炉\n", "utf-8")
    ctclass("tag", "a.csv", "-q", cwd=tmp_path)
    tagged = tmp_path / "a.tagged.csv"
    tagged.write_text(tagged.read_text("utf-8").replace("核融合炉", "中世の和歌"), "utf-8")
    done = ctclass("review", "a.tagged.csv", "--lang", "en", cwd=tmp_path)
    assert "1 rows differ" in done.stderr


def test_too_many_rows_for_a_page(tagger, monkeypatch):
    monkeypatch.setattr(review_rows, "MOST", 20)
    with open_table(str(EXAMPLES)) as reader:
        columns = find_columns(reader.header, where="examples")
        with pytest.raises(UsageError, match="--sample"):
            take_rows(tagger, reader, columns)
    with open_table(str(EXAMPLES)) as reader:
        assert len(take_rows(tagger, reader, columns, limit=19).rows) == 19
    with open_table(str(EXAMPLES)) as reader:
        found = take_rows(tagger, reader, columns, sampler=Sampler(12))
    assert (len(found.rows), found.read) == (12, 30)


def test_the_data_say_what_tag_says(tagger, some):
    data = review_data(tagger, some, file="f", lang="ja", statuses=STATUSES)
    assert data == review_data(tagger, some, file="f", lang="ja", statuses=STATUSES, workers=3)
    for row, item in zip(some, data["rows"], strict=True):
        areas = [(data["areas"][area]["id"], score / 100) for area, score in item["g"]]
        assert areas == [(a.area, a.score) for a in row.tagging.areas]
        assert (item["s"], item["l"]) == (row.tagging.status, row.tagging.screening)
        for area in item["x"]:
            shown = sum(term[2] for term in area["terms"]) + area["rest"][1] + area["start"]
            assert shown == area["raw"]


def test_contributions_are_those_that_explain_shows(tagger, model, some):
    data = review_data(tagger, some, file="f", lang="ja", statuses=STATUSES)
    for row, item in zip(some, data["rows"], strict=True):
        view = view_explanation(explain(tagger, row.project, flip_words=0), model, "ja")
        for area, own in zip(view.areas, item["x"], strict=True):
            assert (area.start, area.total) == (own["start"], own["raw"])
            terms = [[r.term, r.kind, r.value] for r in area.rows]
            assert terms[: len(own["terms"])] == [term[:3] for term in own["terms"]]
            assert sum(r.value for r in area.rows[len(own["terms"]) :]) == own["rest"][1]
            assert len(area.rows) == len(own["terms"]) + own["rest"][0]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_comparison_for_the_first_place_is_told_as_explain_tells_it(tagger, model, some, lang):
    data = review_data(tagger, some, file="f", lang="ja", statuses=STATUSES)
    told = set()
    for row, item in zip(some, data["rows"], strict=True):
        view = view_explanation(explain(tagger, row.project, flip_words=0), model, lang)
        for i, (area, own) in enumerate(zip(view.areas, item["x"], strict=True)):
            decides = i == 0 or not item["g"]
            assert (own["first"] is not None) == decides
            if decides:
                kind, far = own["first"]
                words = data["first_place"][kind][lang == "en"].replace("{0}", far)
                score = f"{own['score'] / 100:.2f}"
                assert (
                    area.verdict
                    == (f"score {score}; " if lang == "en" else f"得点 {score}。") + words
                )
                told.add(kind)
    assert told >= {"first", "behind"}


def test_an_area_that_is_sure_comes_first_though_none_is_ahead(tagger, model, some):
    row = next(row for row in some if row.tagging.areas and row.tagging.areas[0].score > 0.6)
    found = explain(tagger, row.project, flip_words=0)
    found = replace(found, areas=(replace(found.areas[0], ahead=-0.3),))
    assert first_place(found.areas[0], found.tagging) == ("kept", "0.30")
    (area,) = view_explanation(found, model, "en").areas
    assert area.verdict.endswith("none is 0.30 ahead, but some area has a score of 0.60 or more")


# The page itself


def test_every_sentence_that_the_script_asks_for_is_there_in_two_languages():
    words = (PAGE / "words.js").read_text("utf-8")
    known = re.findall(r"^  (\w+): \[", words, re.MULTILINE)
    assert len(known) == len(set(known))
    text = "\n".join((PAGE / name).read_text("utf-8") for name in (*SCRIPTS, "page.html"))
    asked = set(re.findall(r'(?:say|choice|part|showBanner|extra)\("(\w+)"', text))
    asked |= set(re.findall(r'data-(?:say|title|label|hint)="(\w+)"', text))
    assert asked - set(known) == set()
    entries = re.findall(r"^  \w+: \[(.*?)\],$", words, re.MULTILINE | re.DOTALL)
    assert len(entries) == len(known)


def test_no_script_makes_markup_from_text():
    for name in SCRIPTS:
        text = (PAGE / name).read_text("utf-8")
        for slip in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(",
                     "http:", "https:", "fetch(", "</script", "<!--"):  # fmt: skip
            assert slip not in text, (name, slip)


def test_no_place_in_the_data_is_filled(tagger):
    (row,) = rows_of(tagger, [Project("1", "[[script]] [[csp]]", "", "")])
    text = page(review_data(tagger, [row], file="[[style]]", lang="ja", statuses={})).decode()
    assert "[[script]] [[csp]]" in text
    assert '"file":"[[style]]"' in text


def test_verdicts_are_kept_for_the_data_whatever_the_language(tagger, tmp_path):
    (row,) = rows_of(tagger, [Project("1", "量子暗号", "", "")])
    other = rows_of(tagger, [Project("1", "量子計算", "", "")])
    digests = []
    for rows, file, lang in (([row], "a", "ja"), ([row], "b", "en"), (other, "a", "ja")):
        path = tmp_path / "r.html"
        path.write_bytes(page(review_data(tagger, rows, file=file, lang=lang, statuses=STATUSES)))
        digests.append(data_in(path)["digest"])
    assert digests[0] == digests[1] != digests[2]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_is_enough_for_every_area():
    css = (PAGE / "page.css").read_text("utf-8")
    areas = re.findall(r"--ink: (#\w{6}); --tint: (#\w{6}); --mid: (#\w{6})", css)
    assert len(areas) == 16
    for ink, tint, mid in areas:
        assert contrast(ink, tint) >= 4.5
        assert contrast(ink, "#f5f6f8") >= 4.5
        assert contrast("#1d2430", mid) >= 7
    for name, ground in (("soft", "#f5f6f8"), ("accent", "#f5f6f8"), ("warn", "#fff3de"),
                         ("stop", "#fdeaea"), ("good", "#ffffff")):  # fmt: skip
        (colour,) = re.findall(rf"--{name}: (#\w{{6}})", css)
        assert contrast(colour, ground) >= 4.5, name


# Samples


def rows_of(tagger, projects):
    return [
        Candidate(i, project, tagging, margin_of(tagging))
        for i, (project, tagging) in enumerate(
            zip(projects, Measuring(tagger).tag_all(projects), strict=True), 1
        )
    ]


def sample_of(rows, size, seed=7):
    sampler = Sampler(size, seed)
    for row in rows:
        sampler.offer(row)
    return sampler.draw()


def test_a_sample_is_repeated_by_its_seed(some):
    first, again, other = sample_of(some, 12), sample_of(some, 12), sample_of(some, 12, seed=8)
    assert first == again
    assert [c.row for c, _ in first.rows] != [c.row for c, _ in other.rows]


def test_every_row_is_in_one_stratum_and_weights_add_up_to_the_table(some):
    sample = sample_of(some, 24)
    assert sum(s.rows for s in sample.strata) == len(some)
    assert sum(s.drawn for s in sample.strata) == 24 == len(sample.rows)
    assert all(s.drawn for s in sample.strata)
    assert sum(s.weight for _, s in sample.rows) == pytest.approx(len(some))
    for row, stratum in sample.rows:
        kind = stratum_of(row.tagging, row.margin)
        assert stratum.stratum in (kind, kind.partition("/")[0])


def test_areas_are_told_apart_as_soon_as_the_sample_is_large_enough(some):
    few, many = ({s.stratum for s in sample_of(some, n).strata} for n in (8, 30))
    assert "given" in few
    assert not {name for name in few if name.startswith("given/")}
    assert "given" not in many
    assert {name for name in many if name.startswith("given/")}


def test_strata_mean_what_they_say(some, model):
    for row in some:
        stratum = stratum_of(row.tagging, row.margin)
        assert (stratum == FLAGGED) == (row.tagging.screening != "none")
        if stratum == CLOSE:
            assert row.margin <= CLOSE_WITHIN
        if stratum.startswith("given/"):
            assert stratum == f"given/{row.tagging.primary}"
        if stratum == REST:
            assert not row.tagging.areas
    assert {stratum_of(r.tagging, r.margin).partition("/")[0] for r in some} >= {FLAGGED, "given"}


def test_whoever_stops_early_has_seen_of_every_stratum(some):
    sample = sample_of(some, 16)
    many = {s.stratum for s in sample.strata if s.drawn >= 3}
    half = [stratum.stratum for _, stratum in sample.rows[:8]]
    assert many <= set(half)


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
def test_allotting_gives_what_is_asked_for_or_all_there_is(size):
    counts = {"close": 20, "flagged": 4, "given/bio": 30, "given/space": 1, "rest": 300}
    drawn = allot(counts, size)
    assert sum(drawn.values()) == min(size, 355)
    assert all(drawn[name] <= counts[name] for name in counts)


def test_every_row_has_the_same_chance_within_its_stratum(tagger):
    (row,) = rows_of(tagger, [Project("1", "中世の和歌", "", "")])
    rows = [Candidate(i, row.project, row.tagging, row.margin) for i in range(1, 21)]
    drawn = [c.row for seed in range(400) for c, _ in sample_of(rows, 5, seed).rows]
    counts = [drawn.count(i) for i in range(1, 21)]
    assert min(counts) > 65  # 100 each by chance, with a deviation of 9
    assert max(counts) < 135


# Estimates


def verdict(row, *, right=True, level="none", flagged="none", stratum="rest", rows=100, drawn=10):
    areas = ("bio",) if right else ("space",)
    return Verdict(row, areas, level, ("bio",), flagged, stratum, rows, drawn)


def test_one_stratum_has_the_exact_interval():
    verdicts = tuple(verdict(i, right=i > 2) for i in range(1, 11))
    found = estimate(Verdicts("m", 100, verdicts, 0))
    exact = share(8, 10)
    assert found.areas_right.value == pytest.approx(exact.value)
    assert found.areas_right.low == pytest.approx(exact.low)
    assert found.areas_right.high == pytest.approx(exact.high)
    assert found.strata[0].right == exact
    assert found.by_area["bio"].of == 10


def test_weights_make_the_estimate_that_of_the_table():
    """9 of 10 flags are right, and 1 of 10 drawn from 900 unflagged rows should be one."""
    flagged = [verdict(i, level="check" if i > 1 else "none", flagged="check", stratum="flagged",
                       rows=100) for i in range(1, 11)]  # fmt: skip
    rest = [verdict(i, level="check" if i == 11 else "none", rows=900) for i in range(11, 21)]
    found = estimate(Verdicts("m", 1000, (*flagged, *rest), 0))
    assert (found.rows, found.flagged, found.unflagged, found.unseen) == (1000, 100, 900, 0)
    assert found.flags.value == pytest.approx(0.9)
    assert found.flags_missed.value == pytest.approx(0.1)
    missed = share(1, 10)
    assert (found.flags_missed.low, found.flags_missed.high) == pytest.approx(
        (missed.low, missed.high)
    )


def test_rows_that_were_not_judged_leave_their_weight_to_the_others():
    verdicts = [verdict(i, rows=100, drawn=10) for i in range(1, 5)]
    verdicts += [verdict(i, right=False, stratum="close", rows=300) for i in range(5, 9)]
    found = estimate(Verdicts("m", 450, tuple(verdicts), 0))
    assert found.areas_right.value == pytest.approx(0.25)
    assert found.unseen == 50


@pytest.mark.parametrize(
    ("sizes", "truth", "drawn"),
    [
        ((100, 900), (0.8, 0.05), (40, 40)),
        ((300, 300, 400), (0.9, 0.5, 0.1), (20, 20, 20)),
        ((50, 150, 5000), (0.5, 0.2, 0.02), (50, 50, 50)),
        ((2000, 2000), (0.97, 0.99), (30, 60)),
    ],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(sizes, truth, drawn):
    chance = random.Random(1)  # noqa: S311
    whole = sum(n * p for n, p in zip(sizes, truth, strict=True)) / sum(sizes)
    held, times = 0, 600
    for _ in range(times):
        rows = [
            (str(stratum), chance.random() < p, n / k)
            for stratum, (n, p, k) in enumerate(zip(sizes, truth, drawn, strict=True))
            for _ in range(k)
        ]
        found = weighted_share(rows)
        held += found.low <= whole <= found.high
    assert held / times >= 0.94


@pytest.fixture(scope="module")
def truth(model):
    """What the readers of the examples said, by id."""
    return {x.project_id: x for x in read_labels(EXAMPLES.with_name("labels.jsonl"), model)}


def judged(some, truth, size, seed=7):
    """The estimate from a sample of the examples, judged as their labels say."""
    sample = sample_of(some, size, seed)
    verdicts = [
        Verdict(c.row, truth[c.project.project_id].areas, None,
                tuple(a.area for a in c.tagging.areas), c.tagging.screening,
                s.stratum, s.rows, s.drawn)
        for c, s in sample.rows
    ]  # fmt: skip
    return estimate(Verdicts("m", len(some), tuple(verdicts), 0))


def test_a_review_of_all_rows_is_what_evaluate_measures(some, truth, tagger):
    found = judged(some, truth, len(some))
    measured = run(tagger, list(truth.values())).evaluation.overall
    assert found.areas_right.value == pytest.approx(measured.exact.value)
    assert found.precision.value == pytest.approx(measured.micro.precision.value)
    assert (found.rows, found.unseen) == (30, 0)


def test_samples_are_right_on_the_average(some, truth):
    """No row is drawn too often: over many seeds the estimates lie around the truth."""
    whole = judged(some, truth, len(some)).areas_right.value
    found = [judged(some, truth, 10, seed).areas_right.value for seed in range(150)]
    assert sum(found) / len(found) == pytest.approx(whole, abs=0.03)
    assert len(set(found)) > 1


def label(row, stratum="rest", **more):
    sample = {"stratum": stratum, "rows": 40, "drawn": 4, "weight": 10, "table": 40, "seed": 7}
    answer = {"areas": ["bio"], "screening": "none", "status": "ok", "model": "m/1/a"}
    return {"id": f"P-{row}", "row": row, "areas": ["bio"], "primary": "bio", "screening": "none",
            "answer": answer, "review": "d1", "sample": sample, **more}  # fmt: skip


def write(path: Path, *labels) -> Path:
    path.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in labels), "utf-8")
    return path


def test_exported_labels_are_read_back(tmp_path, model):
    ids = [a.id for a in model.areas]
    no_verdict, none = label(2, areas=None, primary=None), label(3, areas=[], primary="")
    again = label(1, areas=["space"], primary="space")
    path = write(tmp_path / "l.jsonl", label(1), no_verdict, none, again)
    found = read_verdicts(path, ids)
    assert [v.areas for v in found.verdicts] == [("space",), None, ()]
    assert (found.model, found.rows, found.again) == ("m/1/a", 40, 1)
    section = view_estimate(estimate(found), model.areas).sections[0]
    assert [row[0].en for row in section.rows][-1].startswith("missed")


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ([label(1), label(2, areas=["nowhere"])], ":2"),
        ([label(1), label(2, screening="perhaps")], ":2"),
        ([label(1, sample={"stratum": "rest", "rows": 3, "drawn": 4, "table": 9})], ":1"),
        ([label(1), label(2, review="d2")], ""),
        ([{"id": "1", "areas": [1], "primary": 1}], ""),
        ([["no object"]], ":1"),
    ],
)
def test_labels_that_no_estimate_can_rest_on(tmp_path, model, lines, where):
    path = write(tmp_path / "l.jsonl", *lines)
    with pytest.raises(InputError) as caught:
        read_verdicts(path, [a.id for a in model.areas])
    assert caught.value.where == f"{path}{where}"


def test_labels_without_areas_are_passed_over_and_other_keys_accepted(tmp_path, model):
    texts = {"title": "量子暗号", "abstract": "", "keywords": "", "unheard": {"of": [1]}}
    path = write(tmp_path / "l.jsonl", label(1, **texts), label(2, areas=None, primary=None))
    labels = read_labels(path, model)
    assert [x.project_id for x in labels] == ["P-1"]
    assert labels[0].project == Project("P-1", "量子暗号", "", "")


def level_only(row, title, level):
    return label(row, title=title, areas=None, primary=None, screening=level)


def test_a_verdict_on_the_screening_alone_is_no_word_on_areas(tmp_path, tagger):
    with_areas = label(1, title="量子暗号", areas=["quantum"], primary="quantum", screening=None)
    silent = label(2, title="中世の和歌", areas=None, primary=None, screening=None)
    path = write(
        tmp_path / "l.jsonl", with_areas, silent, level_only(3, "核融合炉の設計", "check"),
        level_only(4, "ステルス技術の開発", "priority"),
    )  # fmt: skip
    judged = read_judged(path, tagger.model)
    assert [x.project_id for x in judged] == ["P-1", "P-3", "P-4"]
    assert [type(x) for x in judged] == [Label, ScreeningLabel, ScreeningLabel]
    assert read_labels(path, tagger.model) == judged[:1]
    found = run(tagger, judged).evaluation
    alone = run(tagger, judged[:1]).evaluation
    assert alone.screening is None
    assert (found.overall, found.by_area, found.confusion, found.reliability) == (
        alone.overall, alone.by_area, alone.confusion, alone.reliability,
    )  # fmt: skip
    assert found.screening_levels.projects == 2
    assert found.screening_recall_levels.projects == 2
    answers = [a.screening for a in tagger.tag_all([x.project for x in judged[1:]])]
    right = sum(a == "priority" for a in answers[1:])
    assert found.screening_levels.priority.recall.value == right


def test_evaluate_measures_the_screening_where_nobody_judged_areas(tmp_path):
    path = write(tmp_path / "l.jsonl", *(level_only(i, "量子暗号の装置", "check") for i in (1, 2)))
    done = ctclass("evaluate", path.name, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["overall"]["projects"], found["screening_levels"]["projects"]) == (0, 2)
    assert ctclass("evaluate", path.name, cwd=tmp_path).returncode == 0
    assert ctclass("evaluate", path.name, "--require-micro-f1", "0.1", cwd=tmp_path).returncode == 1
    for args in (("--baseline", "naive"), ("--against", "default"), ("--ablate",)):
        done = ctclass("evaluate", path.name, *args, "--lang", "en", cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (3, 3)
        assert "no labels with areas" in done.stderr


def test_other_models_are_measured_on_the_same_screening(tmp_path, tagger):
    path = write(
        tmp_path / "l.jsonl", label(1, title="量子暗号", areas=["quantum"], primary="quantum"),
        level_only(2, "核融合炉の設計", "check"),
    )  # fmt: skip
    report = run(tagger, read_judged(path, tagger.model), against=tagger, also={"seeds"})
    assert report.comparison is not None
    assert report.other == replace(
        report.evaluation, screening_recall=None, screening_recall_levels=None
    )
    assert report.baselines[0].evaluation.screening_levels.projects == 2


def test_build_learns_screening_from_levels_alone(tmp_path):
    """Exported verdicts of which no one has areas, and a corpus with their texts."""
    things = ("量子センサ", "ステルス塗料", "極超音速機", "中世の和歌", "近世の村", "童話の挿絵")
    said = ("check", "priority", "priority", "none", "none", "none")
    named = list(zip(things, said, strict=True))
    rows = [(f"{thing}の研究{i}", level) for i in range(18) for thing, level in named]
    rows = [(f"R-{n}", *row) for n, row in enumerate(rows)]
    labels = [{"id": n, "areas": None, "primary": None, "screening": s} for n, _, s in rows]
    write(tmp_path / "labels.jsonl", *labels)
    table = "id,title\n" + "".join(f"{n},{title}\n" for n, title, _ in rows)
    (tmp_path / "corpus.csv").write_text(table, "utf-8")
    (tmp_path / "learned.tsv").write_bytes((ROOT / "models" / "learned.tsv").read_bytes())
    args = ("build", "--corpus", "corpus.csv", "--labels", "labels.jsonl", "--learned",
            "learned.tsv", "-o", "m.ctm", "--force", "-q")  # fmt: skip
    done = ctclass(*args, "--screening-only", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "screening.tsv").is_file()
    taught = read_taught(tmp_path / "screening.tsv")
    assert taught.figures["recall"] > 0.9


def test_an_export_is_what_evaluate_takes(tmp_path, tagger):
    path = write(
        tmp_path / "l.jsonl", label(1, title="量子暗号", areas=["quantum"], primary="quantum")
    )
    found = run(tagger, read_labels(path, tagger.model)).evaluation
    assert found.overall.primary.value == 1.0


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_filled_in_table_is_sent_to_evaluate(tmp_path, ending):
    ctclass("tag", EXAMPLES, "-o", f"filled.{ending}", "-q", cwd=tmp_path)
    done = ctclass("review", "--estimate", f"filled.{ending}", "--lang", "en", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 3)
    assert f"ctclass evaluate filled.{ending}" in done.stderr
    assert "codec" not in done.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_estimate_on_the_command_line(tmp_path, lang):
    write(tmp_path / "labels.jsonl", *(label(i) for i in range(1, 5)))
    done = ctclass("review", "--estimate", "labels.jsonl", "--lang", lang, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words = {"ja": ("見逃し", "95 %", "⑭ バイオ"), "en": ("missed", "95 % interval", "⑭ Bio")}
    for word in words[lang]:
        assert word in done.stdout
    found = json.loads(
        ctclass("review", "--estimate", "labels.jsonl", "--json", cwd=tmp_path).stdout
    )
    assert found["areas_right"]["value"] == 1.0
    assert found["strata"][0]["drawn"] == 4


def test_a_sampled_page_from_the_command_line(tmp_path):
    args = ("review", EXAMPLES, "--sample", "12", "--lang", "en")
    first = ctclass(*args, "-o", "a.html", cwd=tmp_path)
    assert "12 of 30 rows drawn (seed 7): " in first.stderr
    assert " flagged for screening 4/" in first.stderr
    strata = re.findall(r" (\d+)/(\d+)", first.stderr)
    assert [sum(int(n) for n in column) for column in zip(*strata, strict=True)] == [12, 30]
    japanese = ctclass(*args[:-1], "ja", "-o", "ja.html", cwd=tmp_path)
    (told,) = [line for line in japanese.stderr.splitlines() if "抽出しました" in line]
    assert "領域も指摘もない" in told
    assert "(乱数シード 7)" in told
    assert re.findall(r"[A-Za-z]{3,}", told.replace("AI", "")) == []
    ctclass(*args, "-o", "b.html", cwd=tmp_path)
    ctclass(*args, "-o", "c.html", "--seed", "8", cwd=tmp_path)
    a, b, c = (data_in(tmp_path / f"{name}.html") for name in "abc")
    assert a == b
    assert [r["n"] for r in a["rows"]] != [r["n"] for r in c["rows"]]
    assert sum(s["drawn"] * s["weight"] for s in a["strata"]) == pytest.approx(30)
    assert a["table"] == 30


def test_words_of_a_flag_lead_to_their_place_in_utf16():
    from ctclass.review.page_data import _placed, _Units

    texts = {"title": _Units("𠮷野の量子"), "abstract": _Units(""), "keywords": _Units("")}
    word = {"text": "量子", "field": "title", "start": 3, "end": 5}
    assert _placed({"words": (word,), "cell": "x"}, texts) == {
        "words": [{"text": "量子", "at": ["t", 4, 6]}], "cell": "x",
    }  # fmt: skip
