"""Why a project got its answer: it adds up, and every place is where the reader wrote it."""

import csv
import json
import math
import time
from dataclasses import replace

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import ctclass
from ctclass.explain.explanation import BESIDE, FRIEND, LEARNED, SEED, Highlight, Span
from ctclass.explain.flips import without
from ctclass.explain.highlights import _Inner, find_highlights
from ctclass.explain.reasons import FLIP_WORDS, explain, explain_all, explain_row, origin_of
from ctclass.headings import find_columns
from ctclass.model.file import read_model
from ctclass.projects import TEXTS, Project
from ctclass.tables import Row
from ctclass.tagging.tag import LONGEST, Tagger

TAGGER = Tagger(read_model())
SEPARATORS = ["。", "、", "\n", "\r\n", "<BR>", "。\u3000", "&nbsp;、"]
FILLERS = [
    "𠮷野家の研究", "葛\U000e0100飾区", "\ud83d", "e\u0301tude", "㍍", "数學と歷史", "&#937;",
    "<i>in vivo</i>", "ﾊﾟﾝ", "\u200b", "①②", "か\u3099", "\U0001f9ea", "ＡＢＣ", "a < b & c", "\x00",
    "", "  ", "\u202e逆\u202c",
]  # fmt: skip
SPELLINGS = {
    "量子コンピュータ": [
        "量子コンピュータ", "量子コンピューター", "量子ｺﾝﾋﾟｭｰﾀ", "量子コン ピュータ",
        "量子コンピ\nュータ", "量 子 コ ン ピ ュ ー タ", "量子コンピュ&#12540;タ",
        "量子<b>コンピュータ", "量子コン\u200bピュータ",
    ],
    "超伝導量子ビット": ["超伝導量子ビット", "超傳導量子ビット", "超伝導量子ﾋﾞｯﾄ"],
    "核融合炉": ["核融合炉", "核融合爐"],
}  # fmt: skip
FAMILIAR = [spelling for found in SPELLINGS.values() for spelling in found]


@pytest.fixture(scope="module")
def examples():
    """The example projects, and why they got their answers."""
    with (ROOT / "examples/grants.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    columns = find_columns(header, where="grants.csv")
    return [explain_row(TAGGER, columns, header, Row(cells)) for cells in rows]


def check(found):
    """What holds for every explanation."""
    for area in found.areas:
        added = area.start + math.fsum(share.value for share in area.shares)
        assert added == pytest.approx(area.raw, abs=1e-9)
        assert area.given == (area.area in [a.area for a in found.tagging.areas])
        assert area.lacked == max(0.0, area.needed - area.raw)
        assert not (area.given and area.lacked) or area.area == found.tagging.primary
        for share in area.shares:
            assert share.value
            assert share.spans
            check_spans(found, share.spans)
            if share.kind == LEARNED:
                assert " ".join(found.surface(share.spans[0]).split()) == share.term
    for held in found.held_back:
        assert held.spans
        check_spans(found, held.spans)
    check_spans(found, [mark.span for mark in found.highlights])
    ends = dict.fromkeys(TEXTS, 0)
    for mark in found.highlights:
        assert mark.text == found.surface(mark.span)
        assert mark.span.start >= ends[mark.span.field], "highlights overlap"
        ends[mark.span.field] = mark.span.end


def check_spans(found, spans):
    assert len(set(spans)) == len(spans)
    for span in spans:
        assert 0 <= span.start < span.end <= len(found.text(span.field))


def test_the_answer_is_that_of_tag_and_adds_up(examples):
    for found in examples:
        project = Project(found.project_id, found.title, found.abstract, found.keywords)
        tagging = TAGGER.tag(project)
        assert found.tagging == tagging
        shown = [(a.area, a.score) for a in found.areas]
        assert shown == [(a.area, a.score) for a in tagging.areas + tagging.runners_up]
        check(found)
    assert sum(len(found.areas) for found in examples) > 60


def test_every_number_is_that_of_the_scorer(examples):
    """The shares are the contributions that the scorer tells of, one by one."""
    found = examples[11]
    readings = TAGGER.read([Project("", found.title, found.abstract, found.keywords)])
    scores = TAGGER.scorer.score(readings)
    number = {area.id: i for i, area in enumerate(TAGGER.model.areas)}
    for area in found.areas:
        said = TAGGER.scorer.contributions(scores, 0, number[area.area])
        assert sorted(c.value for c in said if c.value and c.learned) == sorted(
            share.value for share in area.shares if share.kind == LEARNED
        )
        assert math.fsum(c.value for c in said if not c.learned) == pytest.approx(
            math.fsum(share.value for share in area.shares if share.kind != LEARNED), abs=1e-12
        )


def test_many_at_once_are_each_as_alone(examples):
    """Forty and more go through the quick way of reading, one goes through the long one."""
    projects = [Project(e.project_id, e.title, e.abstract, e.keywords) for e in examples] * 2
    together = list(explain_all(TAGGER, projects))
    assert together == [explain(TAGGER, project, flip_words=0) for project in projects]


def test_all_places_of_a_term_not_only_the_first():
    text = "量子暗号と量子暗号、そして量子暗号。"
    found = explain(TAGGER, Project("", "量子暗号", text, "暗号 / 量子暗号"))
    (share,) = (s for s in found.areas[0].shares if (s.term, s.kind) == ("量子暗号", SEED))
    assert share.spans == (
        Span("title", 0, 4), Span("abstract", 0, 4), Span("abstract", 5, 9),
        Span("abstract", 13, 17), Span("keywords", 5, 9),
    )  # fmt: skip
    assert share.subtechnology == "quantum/communication-cryptography"


pieces = st.lists(st.tuples(st.sampled_from(FAMILIAR + FILLERS), st.sampled_from(SEPARATORS)))


def put_together(parts):
    """A text, and where in it each familiar spelling stands."""
    text, places = "", []
    for part, separator in parts:
        if part in FAMILIAR:
            places.append((part, len(text), len(text) + len(part)))
        text += part + separator
    return text, places


@settings(max_examples=150, deadline=None)
@given(pieces, pieces, pieces)
def test_a_seed_is_found_exactly_where_it_was_put(title, abstract, keywords):
    """Long vowels, full and half width, words broken by a line end, entities, characters
    beyond the first plane before it: the offsets are those of the text as given."""
    built = [put_together(parts) for parts in (title, abstract, keywords)]
    found = explain(TAGGER, Project("", *(text for text, _ in built)), flip_words=0)
    check(found)
    if found.tagging.status != "ok":
        return
    expected = {
        term: {
            Span(field, start, end)
            for field, (_, places) in zip(TEXTS, built, strict=True)
            for part, start, end in places
            if part in spellings
        }
        for term, spellings in SPELLINGS.items()
    }
    for area in found.areas:
        for share in area.shares:
            if share.kind == SEED and share.term in SPELLINGS:
                assert set(share.spans) == expected[share.term]


@pytest.mark.parametrize("spelling", FAMILIAR)
def test_every_spelling_is_found_behind_odd_characters(spelling):
    text = f"𠮷野家の\U0001f9ea研究。{spelling}。ﾊﾟﾝ"
    found = explain(TAGGER, Project("", "", text, ""), flip_words=0)
    at = text.index(spelling)
    seeds = {s for area in found.areas for s in area.shares if s.kind == SEED}
    (share,) = {s.spans for s in seeds if spelling in SPELLINGS.get(s.term, ())}
    assert share == (Span("abstract", at, at + len(spelling)),)


odd = st.text(
    st.one_of(st.characters(), st.sampled_from("量子計算コンピューター核融合炉 \n・<>&;#BRbr/-ﾞ゙")),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(odd, st.one_of(odd, odd.map(lambda text: "量子暗号と" + text + "核融合炉")), odd)
def test_any_text_at_all(title, abstract, keywords):
    found = explain(TAGGER, Project("", title, abstract, keywords), flip_words=1)
    check(found)
    again = json.loads(json.dumps(found.record()))
    for area in again["areas"]:
        for term in area["terms"]:
            for span in term["spans"]:
                assert again[span["field"]][span["start"] : span["end"]] == span["text"]


def test_a_false_friend_says_what_it_kept_and_where_it_belongs():
    found = explain(TAGGER, Project("", "", "量子ドットディスプレイの色域を広げる研究", ""))
    (held,) = (h for h in found.held_back if h.kind == FRIEND)
    assert held.term == "量子ドットディスプレイ"
    assert [found.surface(span) for span in held.spans] == ["量子ドットディスプレイ"]
    assert "量子ドット" in held.kept
    assert held.belongs_to == ("semiconductors", "materials")
    assert held.note == "semiconductors/materials"
    assert not any(s.term == "量子ドット" for area in found.areas for s in area.shares)


def test_a_seed_without_a_companion_is_held_back():
    alone = explain(TAGGER, Project("", "", "省エネに関わる習慣を調べる研究を行う", ""))
    (held,) = alone.held_back
    assert (held.term, held.kind, held.belongs_to) == ("省エネ", BESIDE, ("energy",))
    beside = explain(TAGGER, Project("", "", "省エネに関わる習慣とリチウムイオン電池の研究", ""))
    assert not any(h.term == "省エネ" for h in beside.held_back)
    energy = next(area for area in beside.areas if area.area == "energy")
    assert any((s.term, s.kind) == ("省エネ", SEED) for s in energy.shares)


def test_friends_of_another_taxonomy_have_no_note():
    header = TAGGER.model.header
    other = {**header, "taxonomy": {**header["taxonomy"], "digest": "0" * 64}}
    tagger = Tagger(replace(TAGGER.model, header=other))
    found = explain(tagger, Project("", "", "量子ドットディスプレイの色域を広げる研究", ""))
    (held,) = (h for h in found.held_back if h.kind == FRIEND)
    assert (held.belongs_to, held.note) == ((), "")


def test_a_flip_is_true(examples):
    flipped = [found for found in examples if found.flip]
    assert len(flipped) > 5
    for found in flipped:
        project = Project("", found.title, found.abstract, found.keywords)
        assert found.flip.before == found.tagging.primary
        assert TAGGER.tag(without(project, found.flip.spans)).primary == found.flip.after
        assert found.flip.before != found.flip.after
        marked = {mark.text: [] for mark in found.highlights}
        for mark in found.highlights:
            marked[mark.text].append(mark.span)
        assert {s for word in found.flip.words for s in marked[word]} == set(found.flip.spans)


def test_no_word_of_a_flip_can_be_done_without(examples):
    large = [found for found in examples if found.flip and len(found.flip.words) > 2]
    assert large
    for found in large:
        project = Project("", found.title, found.abstract, found.keywords)
        for word in found.flip.words:
            fewer = [s for s in found.flip.spans if found.surface(s) != word]
            assert len(fewer) < len(found.flip.spans)
            assert TAGGER.tag(without(project, fewer)).primary == found.tagging.primary


def test_no_smaller_set_flips(examples):
    """Where two words are needed, none of the words does it alone."""
    pairs = [found for found in examples if found.flip and len(found.flip.words) == 2]
    assert pairs
    for found in pairs:
        project = Project("", found.title, found.abstract, found.keywords)
        primary = found.tagging.primary
        for word in {mark.text for mark in found.highlights if mark.area == primary}:
            spans = [mark.span for mark in found.highlights if mark.text == word]
            assert TAGGER.tag(without(project, spans)).primary == primary


def test_what_cannot_flip_says_so(examples):
    firm = next(found for found in examples if found.tagging.areas and found.flip is None)
    assert firm.flip_words == FLIP_WORDS
    none = next(found for found in examples if not found.tagging.areas)
    assert none.flip is None


def test_the_longer_word_is_marked_and_touching_ones_are_one():
    found = explain(TAGGER, Project("", "", "超伝導量子ビットと核融合炉", ""), flip_words=0)
    texts = [mark.text for mark in found.highlights]
    assert "超伝導量子ビット" in texts
    assert "量子" not in texts
    (area, *_) = found.areas
    share = replace(area.shares[0], value=1.0)
    halves = [
        replace(share, spans=(Span("abstract", 0, 3),)),
        replace(share, spans=(Span("abstract", 3, 8),)),
    ]
    joined = find_highlights(
        Project("", "", found.abstract, ""), [replace(area, shares=tuple(halves))]
    )
    assert joined == (Highlight(Span("abstract", 0, 8), "超伝導量子ビット", area.area, 2.0),)


@pytest.mark.parametrize("given_first", [True, False])
def test_places_lead_back_into_the_cells(given_first):
    header = [
        "番号",
        "研究開始時の研究の概要",
        "課題名",
        "研究概要",
        "研究成果の概要",
        "キーワード",
    ]
    first = "核融合炉の研究" if given_first else "該当なし"
    cells = ["1", first, "量子暗号", "", "量子暗号と\n核融合炉を", "核融合炉 / 暗号"]
    columns = find_columns(header, where="a.csv")
    found = explain_row(TAGGER, columns, header, Row(cells))
    seen = set()
    for area in found.areas:
        for share in area.shares:
            for span in share.spans:
                places = found.origin.cells(span)
                text = "\n".join(cells[c.column][c.start : c.end] for c in places)
                assert text == found.surface(span)
                assert all(c.name == header[c.column] for c in places)
                seen |= {c.name for c in places}
    texts = {"課題名", "研究成果の概要", "キーワード"}
    assert seen == (texts | {"研究開始時の研究の概要"} if given_first else texts)
    record = found.record()["highlights"]
    assert all(mark["cells"] for mark in record)


def test_a_term_across_two_cells_stands_in_both():
    header = ["title", "研究概要", "研究成果の概要"]
    cells = ["", "a study of quantum", "cryptography with photons in a network of fibres"]
    columns = find_columns(header, where="a.csv")
    origin = origin_of(columns, header, cells)
    joined = columns.project(cells).abstract
    at = joined.index("quantum")
    first, second = origin.cells(Span("abstract", at, at + len("quantum\ncryptography")))
    assert cells[first.column][first.start : first.end] == "quantum"
    assert cells[second.column][second.start : second.end] == "cryptography"


def test_sources_are_what_the_project_is_joined_from():
    header = ["title", "title (English)", "abstract", "概要", "abstract (English)", "keywords"]
    columns = find_columns(header, where="a.csv")
    for cells in (
        ["t", "e", "a", "b", "c", "k"], ["", "e", "", "", "c", ""],
        ["なし", "e", "-", "b", "c", ""], ["", "", "", "", "", ""],
        [" ", "e", "a", "", "c", "なし"],
    ):  # fmt: skip
        project = columns.project(cells)
        joined = ["\n".join(cells[i] for i in places) for places in columns.sources(cells)]
        assert joined == [project.title, project.abstract, project.keywords]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "empty"), ("量子", "too-short"),
        ("んぽぺぷんぽぺぷんぽぺぷ", "no-evidence"),
        ("본 연구는 양자 컴퓨터의 오류 정정 부호를 개발한다", "not-japanese"),
    ],
)  # fmt: skip
def test_no_answer_is_explained_too(text, status):
    found = explain(TAGGER, Project("", "", text, ""))
    assert found.tagging.status == status
    assert found.areas == ()
    assert found.highlights == ()
    check(found)


def test_a_text_that_is_too_long_is_explained_as_far_as_it_is_read():
    text = "量子暗号。" + "あ" * LONGEST + "核融合炉。"
    found = explain(TAGGER, Project("", "", text, ""), flip_words=0)
    assert found.tagging.status == "too-long"
    check(found)
    assert max(s.end for a in found.areas for t in a.shares for s in t.spans) < LONGEST


def test_a_row_that_could_not_be_read_whole_says_so():
    header = ["title"]
    columns = find_columns(header, where="a.csv")
    found = explain_row(TAGGER, columns, header, Row(["量子暗号の鍵配送の研究"], "ragged"))
    assert found.tagging.status == "ragged"
    assert found.tagging.primary == "quantum"


def test_python_says_the_same():
    text = "超伝導量子ビットの誤り訂正"
    found = ctclass.load().explain(text, title="量子暗号", keywords="暗号")
    assert found == explain(TAGGER, Project("", "量子暗号", text, "暗号"))


def test_a_thousand_real_projects_add_up(shared):
    with (shared / "data/kaken_export_1000.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    columns = find_columns(header, where="kaken")
    projects = [columns.project(cells) for cells in rows]
    origins = [origin_of(columns, header, cells) for cells in rows]
    count = 0
    for cells, found in zip(rows, explain_all(TAGGER, projects, origins=origins), strict=True):
        check(found)
        count += 1
        for mark in found.highlights:
            places = found.origin.cells(mark.span)
            assert "\n".join(cells[c.column][c.start : c.end] for c in places) == mark.text
    assert count == 1000


def test_the_words_of_the_readers_are_marked(shared):
    """Of the words that readers named, where the primary area is right: 75 % and more have,
    in one place of the text, at least half of their characters marked. For fear of marking
    everything, no more than a quarter of the text may be."""
    import pyarrow.parquet as pq

    lines = (shared / "data/labels/train.jsonl").read_text("utf-8").splitlines()[::5]
    labels = {label["id"]: label for label in map(json.loads, lines)}
    rows = pq.read_table(
        shared / "data/kaken_projects.parquet",
        columns=["project_id", "title", "abstract", "keywords"],
        filters=[("project_id", "in", list(labels))],
    ).to_pylist()
    projects = [Project(*(row[k] or "" for k in ("project_id", *TEXTS))) for row in rows]
    number = {area.id: area.number for area in TAGGER.model.areas} | {"": 0}
    words = hit = characters = marked = 0
    for found in explain_all(TAGGER, projects):
        label = labels[found.project_id]
        if not label["primary"] or number[found.tagging.primary] != label["primary"]:
            continue
        characters += sum(len(found.text(field)) for field in TEXTS)
        marked += sum(mark.span.end - mark.span.start for mark in found.highlights)
        words += len(label["evidence"])
        hit += sum(covered(found, word) >= 0.5 for word in label["evidence"])
    assert words > 1000
    assert hit / words >= 0.75
    assert marked / characters <= 0.25


def covered(found, word):
    """The largest share of a word's characters that is marked in one place of the text."""
    best = 0.0
    for field in TEXTS:
        at = found.text(field).find(word)
        while at >= 0:
            inside = (
                min(at + len(word), m.span.end) - max(at, m.span.start)
                for m in found.highlights
                if m.span.field == field
            )
            best = max(best, sum(max(0, size) for size in inside) / len(word))
            at = found.text(field).find(word, at + 1)
    return best


def test_a_text_of_20000_characters_is_explained_in_seconds():
    """Each place was held against each other one: this took a minute."""
    text = "ソナーの開発と極超音速飛行体、" * 1_300
    before = time.perf_counter()
    found = explain(TAGGER, Project("1", "", text, ""))
    assert time.perf_counter() - before < 20
    assert found.highlights


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), min_size=1, max_size=40))
def test_places_within_a_place(pairs):
    places = {(start, start + size) for start, size in pairs}
    inner = _Inner(places)
    for start, end in places:
        expected = sorted((a, b) for a, b in places if start <= a and b <= end)
        assert list(inner.of((start, end))) == expected
