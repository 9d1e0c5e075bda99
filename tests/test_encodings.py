"""The encoding of a table, found on the whole file."""

import codecs

import pytest

from ctclass.errors import InputError
from ctclass.tables import open_table

TEXT = (
    "課題番号,研究課題名,概要\r\n"
    "EX-1,全固体電池の界面設計,固体電解質と電極の境目で起こる反応を調べる。\r\n"
    "EX-2,ｽﾋﾟﾝ流の制御,ｶﾀｶﾅが半角のままの行。\r\n"
    "EX-3,海底地震計の観測網,沖合の揺れを早く捉えて津波の高さを見積もる。\r\n"
)
LATE = "id,title,memo\n" + "x,plain ascii row,nothing here\n" * 60_000 + "y,漢字の課題名,ここだけ\n"
CODECS = {
    "utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "cp932": "cp932", "euc_jp": "euc_jp",
    "iso2022_jp_ext": "iso2022_jp_ext", "utf-16": "utf-16", "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}  # fmt: skip


def cells(path, **options):
    with open_table(str(path), **options) as reader:
        rows = [(list(r.cells), r.problem) for c in reader.chunks(500) for r in c.rows]
        return reader, rows


@pytest.mark.parametrize("codec", CODECS)
def test_every_encoding_is_found(tmp_path, codec):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(codec))
    reader, rows = cells(path)
    assert reader.encoding == CODECS[codec]
    assert reader.header == TEXT.splitlines()[0].split(",")
    assert [r for r, _ in rows] == [line.split(",") for line in TEXT.splitlines()[1:]]
    assert all(problem is None for _, problem in rows)


def test_utf16_big_end_first_with_a_mark(tmp_path):
    (tmp_path / "t.csv").write_bytes(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))
    assert cells(tmp_path / "t.csv")[0].header[0] == "課題番号"


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "iso2022_jp_ext", "utf-8"])
def test_the_first_japanese_letter_may_come_late(tmp_path, codec):
    (tmp_path / "t.csv").write_bytes(LATE.encode(codec))
    reader, rows = cells(tmp_path / "t.csv")
    assert rows[-1][0] == ["y", "漢字の課題名", "ここだけ"]
    assert reader.encoding == codec


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
@pytest.mark.parametrize("text", ["課題名\n量子計算\n", "題\n核融合炉の材料\n", "name\n高分子\n"])
def test_short_tables(tmp_path, codec, text):
    (tmp_path / "t.csv").write_bytes(text.encode(codec))
    assert cells(tmp_path / "t.csv")[0].header == [text.split("\n")[0]]


def test_a_name_given_by_hand_wins(tmp_path):
    (tmp_path / "t.csv").write_bytes(TEXT.encode("cp932"))
    assert cells(tmp_path / "t.csv", encoding="Shift_JIS")[0].encoding == "cp932"
    for name in ("utf-8", "UTF8"):
        with pytest.raises(InputError, match=f"cannot be read as {name} "):
            cells(tmp_path / "t.csv", encoding=name)


@pytest.mark.parametrize("name", ["klingon", "base64", ""])
def test_an_unknown_name(tmp_path, name):
    (tmp_path / "t.csv").write_bytes(TEXT.encode())
    with pytest.raises(InputError, match="no encoding"):
        cells(tmp_path / "t.csv", encoding=name)


@pytest.mark.parametrize(("codec", "broken"), [("utf-8", b"\xff"), ("cp932", b"\x81\x20")])
def test_one_broken_letter_marks_its_row_only(tmp_path, codec, broken):
    data = TEXT.encode(codec)
    at = data.index(b"EX-3") + 5
    (tmp_path / "t.csv").write_bytes(data[:at] + broken + data[at:])
    reader, rows = cells(tmp_path / "t.csv")
    assert reader.encoding == codec
    assert [problem for _, problem in rows] == [None, None, "bad-encoding"]
    assert rows[2][0][2].startswith("沖合の揺れ")
    assert reader.notes


@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_a_small_table_with_much_that_is_broken_is_still_utf_8(tmp_path, encoding):
    """Read as CP932 it would be whole, and nonsense from end to end."""
    data = b"\x8f".join("課題名,概要\n,量子計算,,新しい計,算機をつく,る\n".encode().split(b","))
    (tmp_path / "t.csv").write_bytes(b"id," + data)
    reader, rows = cells(tmp_path / "t.csv", encoding=encoding)
    assert reader.encoding.startswith("utf-8")
    assert "計算" in rows[0][0][0]
    assert rows[0][1] == "bad-encoding"


def test_a_genuine_replacement_character_is_no_error(tmp_path):
    (tmp_path / "t.csv").write_text("id,題\n1,\ufffd量子\n", "utf-8")
    assert cells(tmp_path / "t.csv")[1] == [(["1", "\ufffd量子"], None)]


def test_noise_is_refused(tmp_path):
    noise = bytes((i * 7919 + i * i * 31) % 251 + 5 for i in range(5000))
    (tmp_path / "t.csv").write_bytes(noise)
    with pytest.raises(InputError, match="cannot be told"):
        cells(tmp_path / "t.csv")


MS = b"id,\xc2\xea\n1,\xad\xa1\xad\xb6\xad\xea\x8f\xf4\xfb\x8f\xf4\xbd\n"


def test_euc_jp_as_windows_writes_it(tmp_path):
    """The bytes are those of iconv's EUC-JP-MS."""
    (tmp_path / "t.csv").write_bytes(MS)
    for options in ({}, {"encoding": "euc-jp"}, {"encoding": "eucJP-ms"}):
        reader, rows = cells(tmp_path / "t.csv", **options)
        assert reader.encoding == "euc_jp"
        assert rows == [(["1", "①Ⅱ㈱髙﨑"], None)]


def test_iso_2022_jp_as_windows_writes_it(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"id,\x1b$BBj\x1b(B\n1,\x1b$B-!-6-jNL;R\x1b(B\n")
    assert cells(tmp_path / "t.csv")[1] == [(["1", "①Ⅱ㈱量子"], None)]


@pytest.mark.parametrize("codec", ["euc_jis_2004", "iso2022_jp_2004"])
def test_the_standards_of_2004(tmp_path, codec):
    # The seven-bit form has no half-width kana.
    text = TEXT.replace("ｽﾋﾟﾝ", "スピン").replace("ｶﾀｶﾅ", "カタカナ").replace("海底", "海底俱剝𠀋")
    (tmp_path / "t.csv").write_bytes(text.encode(codec))
    reader, rows = cells(tmp_path / "t.csv")
    assert reader.encoding == codec
    assert [r for r, _ in rows] == [line.split(",") for line in text.splitlines()[1:]]


def test_half_width_kana_in_euc_jp(tmp_path):
    text = "id,課題名,概要\n1,ﾘｮｳｼｺﾝﾋﾟｭｰﾀ,ﾊﾞｲｵ\n2,ﾃﾞﾝﾁ,ｾﾞﾝｺﾀｲ\n"
    for codec in ("euc_jp", "cp932"):
        (tmp_path / "t.csv").write_bytes(text.encode(codec))
        reader, rows = cells(tmp_path / "t.csv")
        assert reader.encoding == codec
        assert rows[1][0] == ["2", "ﾃﾞﾝﾁ", "ｾﾞﾝｺﾀｲ"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf_8", TEXT.encode("utf-8-sig")), ("u8", TEXT.encode("utf-8-sig")),
        ("utf-16-le", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")),
        ("UTF-16BE", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        ("utf-16", TEXT.encode("utf-16-be")), ("utf-32", TEXT.encode("utf-32-le")),
        ("utf-32-le", TEXT.encode("utf-32")),
    ],
)  # fmt: skip
def test_marks_never_reach_the_heading(tmp_path, name, data):
    (tmp_path / "t.csv").write_bytes(data)
    assert cells(tmp_path / "t.csv", encoding=name)[0].header[0] == "課題番号"


@pytest.mark.parametrize("name", ["undefined", "idna", "punycode", "unicode_escape"])
def test_codecs_that_are_no_encoding_of_a_table(tmp_path, name):
    (tmp_path / "t.csv").write_bytes(TEXT.encode("cp932"))
    with pytest.raises(InputError, match="no encoding"):
        cells(tmp_path / "t.csv", encoding=name)
