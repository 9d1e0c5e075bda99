"""Units: the same for seeds and abstracts, whatever the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctclass.text.characters import SPACE
from ctclass.text.units import PIECE

LETTERS = "量子計算機の半導体レーザーをGaN開発・ 最適化、。（）ー2①\n-x"
JAPANESE = st.text(st.sampled_from(LETTERS), max_size=80)


@given(st.text(st.characters(), max_size=80) | JAPANESE)
@settings(deadline=None)
def test_surfaces_are_the_text(segmenter, text):
    prepared = segmenter.prepare(text).text
    surfaces = segmenter.surfaces(prepared)
    assert "".join(surfaces) == prepared
    assert sum(map(len, surfaces)) == len(prepared)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("量子コンピュータ", "量子コンピューター"),
        ("ウイルス", "ウィルス"),
        ("リモートセンシング", "リモート・センシング"),
        ("リモートセンシング", "リモートセ ンシング"),
        ("最適化", "最 適化"),
        ("AI", "A I"),
        ("数学", "數學"),
        ("quantum computers", "Quantum Computer"),
        ("single-photon", "single photon"),
        ("三重水素", "三重 水素"),
        ("量子コンピュータ", "量 子 コ ン ピ ュ ー タ"),
        ("quantum computer", "quan-\ntum computer"),
        ("quantum computer", "quan-\r\ntum computer"),
        ("perovskite", "perov-\nskite"),
        ("semiconductor", "semi-\nconductor"),
        ("single-photon", "single-\nphoton"),
    ],
)
def test_spellings_of_one_word_are_the_same_units(segmenter, one, other):
    assert segmenter.units(one) == segmenter.units(other)


@pytest.mark.parametrize(("one", "other"), [("MASS", "mass"), ("CAR", "car"), ("GaN", "GAN")])
def test_abbreviations_are_not_words(segmenter, one, other):
    assert segmenter.units(one) != segmenter.units(other)


def test_a_list_stays_a_list(segmenter):
    assert SPACE in segmenter.prepare("猫 犬").text
    assert segmenter.prepare("半導体 材料").text == "半導体" + SPACE + "材料"


def test_a_hyphen_without_a_line_end_stays(segmenter):
    assert (
        segmenter.prepare("short- and long-term").text
        == "short-" + SPACE + "and" + SPACE + "long-term"
    )
    assert segmenter.prepare("quan- tum").text == "quan-" + SPACE + "tum"
    mended = segmenter.prepare("a quan-\ntum dot")
    assert mended.text == f"a{SPACE}quantum{SPACE}dot"
    assert mended.origin(2, 9) == (2, 11)


def test_three_characters_apart_may_be_a_list(segmenter):
    assert segmenter.prepare("猫 犬 鳥").text == SPACE.join("猫犬鳥")
    assert segmenter.prepare("猫 犬 鳥たち 蟹 豚 狐").text.count(SPACE) == 5


def test_a_text_beyond_the_limit_of_the_tokenizer(segmenter):
    sentence = "量子ドットの光学特性を調べる。"
    text = sentence * (3 * PIECE // len(sentence))
    assert len(text.encode()) > 49_149
    surfaces = segmenter.surfaces(text)
    assert "".join(surfaces) == text
    assert surfaces.count("量子") == text.count("量子")


def test_one_long_word_without_a_place_to_cut(segmenter):
    text = "あ" * (2 * PIECE + 5)
    assert "".join(segmenter.surfaces(text)) == text
