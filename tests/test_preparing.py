"""Many texts prepared at once are those prepared one by one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctclass.tagging.preparing import TOGETHER, prepare_all, prepare_one

PLAIN = [("量子計算の研究", f"第{i}報。量子を、測る。", "量子 / 計算") for i in range(TOGETHER)]
NASTY = (
    "量子 計算リモート・センシングｶﾞがか\u3099ＡAaSOLAR-CELLS DNA,:;。\n\r\u3000\u200b\u00a0&<>"
    "&amp;<br>数學𠮷①Ⅲ\ud800\U000e0100한\u1100\u1161\u0301é－-・ー"
)
PIECES = st.lists(
    st.sampled_from(
        [*NASTY, "最 適化", "quan-\ntum", "single-\nphoton", "PEROVSKITE SOLAR CELLS",
         "センサ・アレイ", "量 子 コ ン ピ ュ ー タ", "&#12050;", "H<sub>2</sub>O", "A I", "  "]
    ),
    max_size=12,
).map("".join)  # fmt: skip
TEXTS = st.one_of(PIECES, st.text(max_size=20))


def together(segmenter, fields):
    """A project in the middle of many, so that it takes the short way if it can."""
    return prepare_all(segmenter, [*PLAIN, fields, *PLAIN])[len(PLAIN)]


@given(title=TEXTS, abstract=TEXTS, keywords=TEXTS)
def test_any_text(segmenter, title, abstract, keywords):
    fields = title, abstract, keywords
    fast, slow = together(segmenter, fields), prepare_one(segmenter, fields)
    assert (fast.text, fast.ends) == (slow.text, slow.ends)
    bounds = (0, *(end + 1 for end in slow.ends), len(slow.text) + 1)
    for begin, end in pairwise(bounds):
        for start in range(begin, end - 1):
            assert fast.surface(start, start + 1) == slow.surface(start, start + 1)


@pytest.mark.parametrize(
    ("abstract", "short"),
    [
        ("量子を測る(Ｘ線)、DNA と Covid-19。\nつぎの行", True),
        ("リモート・センシング、センサ・アレイ", True),
        ("最 適化", False),
        ("H<sub>2</sub>O", False),
        ("PEROVSKITE SOLAR CELLS", False),
        ("二つの  空白", False),
    ],
)
def test_which_way_is_taken(segmenter, abstract, short):
    """Else the short way might never be tried."""
    assert (together(segmenter, ("題", abstract, "")).tidied is None) == short


def test_a_dot_within_a_word_goes_and_is_shown_again(segmenter):
    found = together(segmenter, ("リモート・センシングの研究", "衛星データ・ベースの、センサ", ""))
    assert found.text == "リモートセンシングの研究。衛星データベースの、センサ。"
    assert found.surface(0, 9) == "リモート・センシング"
    assert found.surface(15, 21) == "データ・ベース"
