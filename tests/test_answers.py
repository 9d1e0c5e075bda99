"""Answers taken from an earlier output are those of the model, to the last byte."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctclass.headings import find_columns
from ctclass.projects import Project
from ctclass.runs.answers import Kept, text_digest
from ctclass.runs.stream import Totals, tag_stream
from ctclass.tables import Chunk, Row
from ctclass.tagging.tag import LONGEST

TEXTS = (
    "量子コンピュータの誤り訂正符号", "核融合炉のトリチウム増殖ブランケット", "", "中世の物語",
    "GaNパワー半導体の結晶成長と量子ビット、衛星通信", "量子暗号", "短い", "我们研究" * 30,
    "Quantum key distribution over satellites", "創薬のための機械学習",
    "量子&shy;コンピュータ",
)  # fmt: skip


def projects(count):
    return [Project(str(i), TEXTS[i % len(TEXTS)], f"第{i}報。", "") for i in range(count)]


def chunks_of(rows, size):
    starts = range(0, len(rows), size)
    return [Chunk(at // size, at + 1, rows[at : at + size]) for at in starts]


def test_what_is_kept_gives_what_the_tagging_gave(tagger):
    for tagging in tagger.tag_all(projects(60)):
        kept = Kept.of(tagging.columns())
        assert kept.columns() == tagging.columns()
        assert json.dumps(kept.record()) == json.dumps(tagging.record())
        assert Kept.of_record(json.loads(json.dumps(tagging.record()))) == kept
        for name in ("status", "primary", "areas", "runners_up", "strategic", "screening",
                     "evidence", "subtechnologies", "model"):  # fmt: skip
            assert getattr(kept, name) == getattr(tagging, name), name


def test_a_summary_is_the_same(tagger):
    one, other = Totals(), Totals()
    for row, tagging in enumerate(tagger.tag_all(projects(60)), 1):
        one.add(row, str(row % 50), tagging)
        other.add(row, str(row % 50), Kept.of(tagging.columns()))
    assert one == other
    assert one.strategic
    assert len(one.statuses) == 3


@given(st.text(max_size=100), st.text(max_size=200))
@settings(deadline=None, max_examples=100)
def test_any_text(tagger, title, abstract):
    tagging = tagger.tag(Project("", title, abstract, ""))
    kept = Kept.of(tagging.columns())
    assert kept.record() == tagging.record()


@pytest.mark.parametrize(
    ("column", "value"), [(0, "quantum"), (2, "bio=0,5"), (2, "bio"), (4, "はい"), (4, "TRUE")]
)
def test_columns_that_were_edited_out_of_form_are_no_answer(tagger, column, value):
    values = tagger.tag(Project("", "核融合炉のトリチウム増殖ブランケット", "", "")).columns()
    assert Kept.of(values)
    values[column] = value
    assert Kept.of(values) is None
    assert Kept.of(values[:-1]) is None


@pytest.mark.parametrize("broken", ["areas", "runners_up", "screening", "model", "evidence"])
def test_a_record_that_lacks_something_is_no_answer(tagger, broken):
    record = tagger.tag(projects(1)[0]).record()
    assert Kept.of_record(record)
    assert Kept.of_record({k: v for k, v in record.items() if k != broken}) is None
    assert Kept.of_record(record | {broken: 7}) is None


@given(*[st.text(max_size=8)] * 6)
def test_a_digest_stands_for_the_three_texts(a, b, c, d, e, f):
    one, other = Project("1", a, b, c), Project("2", d, e, f)
    assert (text_digest(one) == text_digest(other)) == ((a, b, c) == (d, e, f))


def test_a_digest_covers_what_is_judged_and_no_more():
    whole = "量" * LONGEST
    assert len(text_digest(Project("", "a", "", ""))) == 16
    assert len(text_digest(Project("", "a", "", ""), size=16)) == 32
    longer = text_digest(Project("", "", whole + "子", ""))
    assert longer == text_digest(Project("", "", whole + "計", ""))
    assert longer != text_digest(Project("", "", whole, ""))  # the status says `too-long`


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("size", [7, 500])
def test_known_answers_are_taken_and_no_others(tagger, workers, size):
    """A known answer that is a wrong one shows where it came out."""
    rows = [Row([p.project_id, p.title, p.abstract]) for p in projects(1_600)]
    columns = find_columns(["id", "title", "abstract"], where="here")
    wrong = Kept.of(tagger.tag(Project("", "核融合炉のトリチウム増殖", "", "")).columns())
    asked = []

    def known(chunk, given):
        asked.append((chunk.number, len(given)))
        assert [p.project_id for p in given] == [row.cells[0] for row in chunk.rows]
        return [wrong if int(p.project_id) % 3 else None for p in given]

    chunks = chunks_of(rows, size)
    plain = [a for _, found in tag_stream(tagger, columns, chunks, workers) for a in found]
    mixed = [a for _, found in tag_stream(tagger, columns, chunks, workers, known) for a in found]
    assert asked == [(chunk.number, len(chunk.rows)) for chunk in chunks]
    assert mixed == [wrong if i % 3 else answer for i, answer in enumerate(plain)]
    everything = tag_stream(tagger, columns, chunks, workers, lambda _, given: [wrong] * len(given))
    assert {a for _, found in everything for a in found} == {wrong}


def test_a_row_that_was_not_read_whole_says_so_beside_a_known_answer(tagger):
    columns = find_columns(["id", "title"], where="here")
    chunk = Chunk(0, 1, [Row(["1", "量子暗号"]), Row(["2", "量子暗号"], "ragged")])
    kept = Kept.of(tagger.tag(Project("", "量子暗号", "", "")).columns())
    ((_, plain),) = tag_stream(tagger, columns, [chunk], 0)
    ((_, known),) = tag_stream(tagger, columns, [chunk], 0, lambda *_: [kept, kept])
    assert [a.columns() for a in known] == [a.columns() for a in plain]
    assert [a.status for a in known] == ["ok", "ragged"]
