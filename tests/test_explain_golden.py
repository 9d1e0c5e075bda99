"""What a person sees of an explanation, to the letter: terminal and page.

After a wanted change: CTCLASS_GOLDEN=write python -m pytest tests/test_explain_golden.py
and read the difference. The explanation is made by hand, so that a new model changes nothing.
"""

import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from ctclass.console.explanation import BRACKETS, draw_explanation
from ctclass.console.wrapping import wrap
from ctclass.explain.explanation import (
    BESIDE,
    FRIEND,
    LEARNED,
    OUTSIDE,
    SEED,
    AreaExplanation,
    Explanation,
    Flip,
    HeldBack,
    Highlight,
    Span,
    SubTechnologyShare,
    TermShare,
)
from ctclass.explain.highlights import find_highlights
from ctclass.explain.page import to_html
from ctclass.explain.policy import view_policy
from ctclass.explain.view import view_explanation
from ctclass.explain.words import thousandths
from ctclass.model.compact import ModelArea
from ctclass.projects import Project
from ctclass.tagging.screen import Flag, Word
from ctclass.tagging.tag import AreaScore, Tagging

GOLDEN = Path(__file__).with_name("golden")
MODEL = SimpleNamespace(
    areas=(
        ModelArea("materials", 8, "製造・マテリアル", "Manufacturing and materials", False, ()),
        ModelArea("quantum", 12, "量子", "Quantum", True, ()),
        ModelArea("semiconductors", 13, "半導体・通信", "Semiconductors", True, ()),
    ),
    subtechnologies=(
        SimpleNamespace(
            id="quantum/computing", area=1, name_ja="量子計算", name_en="Quantum computing"
        ),
    ),
)
TITLE = "希釈冷凍機で動かす超伝導量子ビットの誤り訂正"
ABSTRACT = (
    "【目的】超伝導量子ビットの表面準位による緩和を抑え、誤り訂正符号(surface code)を小さな回路で"
    "実証する。制御に窒化ガリウム(GaN)の低雑音増幅器を用い、配線を減らす。量子ドットディスプレイの"
    "材料は扱わない。\n次の段階では、<b>光配線</b>による接続と、蛍光体を用いた[red]読み出し[/red]も試みる。"
)
KEYWORDS = "量子計算 / 誤り訂正 / GaN"


def span(field, text, words, nth=0):
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    return Span(field, at, at + len(words))


def highlight(field, text, words, area, worth):
    return Highlight(span(field, text, words), words, area, worth)


def area_of(name, number, labels, given, score, raw, shares, subs=()):
    start = raw - sum(share.value for share in shares)
    return AreaExplanation(
        area=name, number=number, label_ja=labels[0], label_en=labels[1], strategic=number > 10,
        given=given, score=score, raw=raw, start=start, threshold=0.3, needed=-0.25,
        lacked=0.0 if given else -0.25 - raw, ahead=None, has_ground=True, shares=shares,
        subtechnologies=subs,
    )  # fmt: skip


def made_by_hand():
    """All that an explanation may hold: two areas, a runner-up, held back words, a flag."""
    bit = (span("title", TITLE, "超伝導量子ビット"), span("abstract", ABSTRACT, "超伝導量子ビット"))
    correction = (span("abstract", ABSTRACT, "誤り訂正"), span("keywords", KEYWORDS, "誤り訂正"))
    gan = (span("abstract", ABSTRACT, "GaN"), span("keywords", KEYWORDS, "GaN"))
    quantum = (
        TermShare("超伝導量子ビット", SEED, 0.50004, bit, "quantum/computing"),
        TermShare("誤り訂正", LEARNED, 0.30004, correction, None),
        *(TermShare(f"語{i}", LEARNED, 0.0104 - i / 1e4, bit[:1], None) for i in range(9)),
        TermShare("学習者", OUTSIDE, -0.0712, bit[1:], None),
    )
    semiconductors = (TermShare("窒化ガリウム", LEARNED, 0.4, gan, None),)
    materials = (
        TermShare("GaN", LEARNED, 0.2, gan, None),
        TermShare("回路", SEED, -0.1, bit, None),
    )
    subs = (
        SubTechnologyShare("quantum/computing", "量子計算", "Quantum computing", 0.5, named=True),
    )
    areas = (
        area_of("quantum", 12, ("量子", "Quantum"), True, 0.97, 0.9, quantum, subs),
        area_of("semiconductors", 13, ("半導体・通信", "Semiconductors"), True, 0.4, -0.1,
                semiconductors),
        area_of("materials", 8, ("製造・マテリアル", "Manufacturing and materials"), False, 0.12,
                -0.7, materials),
    )  # fmt: skip
    flag = Flag(
        rule="sensitive:quantum/computing", level="check", subtechnology="quantum/computing",
        list_item="20技術領域 9 量子情報科学", source="特定重要技術の基本指針(2022-09-30)",
        confirmed=True, types=(1, 3), types_by="judgement",
    )  # fmt: skip
    tagging = Tagging(
        status="ok", areas=(AreaScore("quantum", 0.97), AreaScore("semiconductors", 0.4)),
        runners_up=(AreaScore("materials", 0.12),), subtechnologies=("quantum/computing",),
        strategic=True, flags=(flag,), evidence=("超伝導量子ビット",), model="hand/1/00000000",
    )  # fmt: skip
    friend = span("abstract", ABSTRACT, "量子ドットディスプレイ")
    return Explanation(
        project_id="EX-[bold]-<i>1",
        title=TITLE,
        abstract=ABSTRACT,
        keywords=KEYWORDS,
        tagging=tagging,
        areas=areas,
        held_back=(
            HeldBack(
                "量子ドットディスプレイ", FRIEND, (friend,), ("semiconductors",), ("量子ドット",),
                "display",
            ),
            HeldBack(
                "蛍光体", BESIDE, (span("abstract", ABSTRACT, "蛍光体"),), ("materials",), (), "",
            ),
        ),
        highlights=(
            highlight("title", TITLE, "超伝導量子ビット", "quantum", 0.5),
            highlight("abstract", ABSTRACT, "超伝導量子ビット", "quantum", 0.5),
            highlight("abstract", ABSTRACT, "誤り訂正", "quantum", 0.2),
            highlight("abstract", ABSTRACT, "窒化ガリウム(GaN)", "semiconductors", 0.4),
            highlight("keywords", KEYWORDS, "誤り訂正", "quantum", 0.2),
        ),
        flip=Flip(("超伝導量子ビット", "誤り訂正"), (*bit, *correction), "quantum", "materials"),
        flip_words=4,
        taxonomy="wg6-2025",
    )  # fmt: skip


def drawn(lang, width, *, colour=False):
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False,
        color_system="standard" if colour else None, legacy_windows=False,
    )  # fmt: skip
    draw_explanation(console, view_explanation(made_by_hand(), MODEL, lang))
    return out.getvalue()


def is_golden(name, text):
    path = GOLDEN / name
    if os.environ.get("CTCLASS_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal(lang, width):
    text = drawn(lang, width)
    is_golden(f"explain_{lang}_{width}.txt", text)


def test_the_terminal_in_colour():
    is_golden("explain_ja_80_colour.txt", drawn("ja", 80, colour=True))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page(lang):
    view = view_explanation(made_by_hand(), MODEL, lang)
    is_golden(f"explain_{lang}.html", to_html([view]))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_window(width):
    from rich.cells import cell_len

    for lang in ("ja", "en"):
        for line in drawn(lang, width).splitlines():
            assert cell_len(line) <= width
            assert line == line.rstrip()


def test_marks_that_the_text_does_not_hold():
    """【目的】 stands in the abstract, so the marks are others."""
    text = drawn("ja", 100)
    assert "《超伝導量子ビット》" in text
    assert "【目的】" in text
    assert BRACKETS[0] == "【】"


def test_a_second_area_is_told_apart_without_colour():
    assert "《窒化ガリウム(GaN)》⑬" in drawn("ja", 100).replace("\n            ", "")


@dataclass(frozen=True)
class _NewerFlag(Flag):
    """A flag that tells more than this version knows of."""

    source_en: str = "Basic policy (2022-09-30)"
    words: tuple[Span, ...] = (span("title", TITLE, "量子ビット"),)
    remark: str = "new"
    nothing: str = ""


def test_a_flag_that_tells_more_is_shown_whole():
    found = made_by_hand()
    names = ("rule", "level", "subtechnology", "list_item", "source", "confirmed")
    flag = _NewerFlag(**{name: getattr(found.flags[0], name) for name in names})
    tagging = replace(found.tagging, flags=(flag,))
    (english,) = view_explanation(replace(found, tagging=tagging), MODEL, "en").flags
    assert "source: Basic policy (2022-09-30) (confirmed in published material)" in english.lines
    assert english.lines[-2:] == ("words: “量子ビット” [T]", "remark: new")
    (japanese,) = view_explanation(replace(found, tagging=tagging), MODEL, "ja").flags
    assert "出典: 特定重要技術の基本指針(2022-09-30) (公刊資料で確認)" in japanese.lines
    assert "原文の語: 「量子ビット」 [題]" in japanese.lines


def test_a_flag_says_its_list_item_once_and_each_word_once():
    found = made_by_hand()
    (flag,) = found.flags
    assert "根拠: 20技術領域 9 量子情報科学" in flag_of(found, flag).lines
    words = [Word("誤り訂正", s.field, s.start, s.end) for s in found.areas[0].shares[1].spans]
    of_words = replace(flag, subtechnology="", words=(*words, words[0]))
    shown = flag_of(found, of_words)
    assert shown.name == flag.list_item
    assert not [line for line in shown.lines if flag.list_item in line]
    assert "原文の語: 「誤り訂正」 [概 語]" in shown.lines


def flag_of(found, flag):
    tagging = replace(found.tagging, flags=(flag,))
    (shown,) = view_explanation(replace(found, tagging=tagging), MODEL, "ja").flags
    return shown


def test_types_are_told_by_what_they_mean():
    found = made_by_hand()
    lines = flag_of(found, found.flags[0]).lines
    assert "類型: 1 技術そのものの悪用、3 外部に頼る供給の途絶" in lines
    newer = flag_of(found, replace(found.flags[0], types=(2, 4))).lines
    assert "類型: 2 研究開発の情報の悪用、4" in newer


def test_what_the_report_provides_hangs_on_the_tier_and_on_the_taxonomy():
    """Measures of each tier among the areas given, that of the primary area first; reasons
    for the strategic ones; nothing of runners-up, of no area, or of another taxonomy."""
    found = made_by_hand()
    quantum, chips, materials = found.areas
    both = replace(found, areas=(replace(materials, given=True), quantum, chips))
    policy = view_policy(both, str, "en")
    assert [(len(tier.lines), tier.areas) for tier in policy.tiers] == [
        (9, "materials"), (16, "quantum, semiconductors"),
    ]  # fmt: skip
    assert [reason.area for reason in policy.reasons] == ["quantum", "semiconductors"]
    assert all(len(reason.criteria) == 3 for reason in policy.reasons)
    record = both.record()["policy"]
    assert [(tier["id"], tier["areas"]) for tier in record["tiers"]] == [
        ("emerging", ["materials"]), ("national-strategic", ["quantum", "semiconductors"]),
    ]  # fmt: skip
    emerging = replace(found, areas=(replace(materials, given=True), quantum))
    emerging = replace(emerging, areas=(emerging.areas[0], replace(quantum, given=False)))
    assert view_policy(emerging, str, "ja").reasons == ()
    assert emerging.record()["policy"]["strategic"] == []
    for other in (replace(found, taxonomy="own"), replace(found, areas=(materials,))):
        assert view_policy(other, str, "ja") is None
        assert other.record()["policy"] is None


@pytest.mark.parametrize(("score", "marked"), [(0.03, False), (0.12, True)])
def test_words_for_an_area_that_is_far_away_are_not_marked(score, marked):
    found = made_by_hand()
    runner_up = replace(found.areas[0], given=False, score=score)
    project = Project("", TITLE, ABSTRACT, KEYWORDS)
    assert bool(find_highlights(project, [runner_up])) is marked
    assert find_highlights(project, [replace(runner_up, given=True)])


def test_what_would_steer_a_terminal_is_left_out():
    lines = wrap([("a\x1b[31mb\x07\u202ec\x9bd", "")], 40)
    (text,) = ["".join(part for part, _ in line) for line in lines]
    assert text.isprintable()
    assert [c for c in text if c.isalpha()] == ["a", "m", "b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("量子もつれ、光子", 10, ["量子もつ", "れ、光子"]),
        ("量子(光子)の研究", 6, ["量子", "(光子)", "の研究"]),
        ("single photon source", 8, ["single ", "photon ", "source"]),
        ("一行\n\n三行", 20, ["一行", "", "三行"]),
        ("", 20, [""]),
        ("supercalifragilistic", 8, ["supercal", "ifragili", "stic"]),
        ("、、、、、、、、", 6, ["、、、", "、、、", "、、"]),
    ],
)
def test_lines_break_where_japanese_does(text, width, expected):
    lines = wrap([(text, "")], width)
    assert ["".join(part for part, _ in line) for line in lines] == expected


@pytest.mark.parametrize(
    "values", [[0.0004] * 5, [-0.0005, 0.0005], [1 / 3, 1 / 3, 1 / 3], [], [-1.23456, 0.00049]]
)
def test_rounded_contributions_add_up(values):
    found = thousandths(values)
    assert sum(found) == round(sum(values) * 1000)
    assert all(abs(f - v * 1000) < 1 for f, v in zip(found, values, strict=True))
