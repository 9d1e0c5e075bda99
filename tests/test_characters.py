"""One spelling, and the way back to the original."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctclass.text.characters import SPACE, spellings_of, tidy

ANY_TEXT = st.text(st.characters(), max_size=60)
MARKUP = st.text(st.sampled_from("量子<>/BRsubp&#1;２３ｱﾞ　 \n(（髙々ー‐"), max_size=40)


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("ＧａＮ半導体", "GaN半導体"),
        ("數學と髙﨑", "数学と高崎"),
        ("ｽﾋﾟﾝﾄﾛﾆｸｽ", "スピントロニクス"),
        ("量子<BR>計算", "量子" + SPACE + "計算"),
        ("CO<sub>2</sub>", "CO2"),
        ("&#12050;&amp;", "⼒&".replace("⼒", "力")),
        ("か\u3099", "が"),
        ("量子&lt;br&gt;計算", "量子" + SPACE + "計算"),
        ("CO&lt;sub&gt;2&lt;/sub&gt;", "CO2"),
        ("量子&amp;lt;BR /&amp;gt;計算", "量子" + SPACE + "計算"),
        ("a&lt;b&gt;c &lt; d", "ac" + SPACE + "<" + SPACE + "d"),
        ("葛\U000e0100飾", "葛飾"),
        ("量\u202a子\u202e計\u2066算\u2069機", "量子計算機"),
        ("量\u180e子\u061c", "量子"),
        ("褥瘡(じょくそう)", "褥瘡[じょくそう]"),
        ("A\u3000B", "A" + SPACE + "B"),
    ],
)
def test_one_spelling(written, tidied):
    assert tidy(written).text == tidied


@given(ANY_TEXT | MARKUP)
@example("&#12050;")
@example("<sub>")
@example("\ud800量子")
def test_every_character_leads_back_into_the_original(text):
    tidied = tidy(text)
    last = 0
    for place in range(len(tidied.text)):
        start, end = tidied.origin(place, place + 1)
        assert 0 <= start <= end <= len(text)
        assert start >= last
        last = start
    if tidied.text:
        assert tidied.origin(0, len(tidied.text))[1] <= len(text)


@given(ANY_TEXT)
def test_tidying_twice_changes_nothing(text):
    once = tidy(text).text
    if "<" not in once and "&" not in once:
        assert tidy(once).text == once


def test_the_original_of_a_word_is_what_was_written():
    text = "超<sub>高</sub>圧ＧａＮ"
    tidied = tidy(text)
    at = tidied.text.index("GaN")
    start, end = tidied.origin(at, at + 3)
    assert text[start:end] == "ＧａＮ"


def test_short_words_keep_their_long_vowel():
    assert "カバ" not in spellings_of("カバー")
    assert "センサ" in spellings_of("センサー")
    assert "コンピューター" in spellings_of("コンピュータ")
