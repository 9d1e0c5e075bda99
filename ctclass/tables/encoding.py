"""Which encoding a text file is in, found on the whole file, and said aloud.

Guessing from a sample goes wrong on Japanese tables: the first name outside
ASCII may stand in row 90,000. So a file is decoded once from end to end; the
encodings that survive are weighed by how much they read like Japanese.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from ctclass.errors import InputError, Phrase
from ctclass.tables import vendor
from ctclass.tables.files import Source, reading

_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JAPANESE = re.compile(r"[\u3041-\u30fc\u4e00-\u9fff\u3001\u3002\uff0c\uff0e]")
_HALF_WIDTH = re.compile(r"[\uff61-\uff9f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_TOLERATED = 0.05
_TO_A_SLIP = 4
"""Letters of UTF-8 are several bytes that go together, which those of another encoding hardly
ever do: where more of them than so many stand to a slip, it is UTF-8, however small the file."""
_WITH_ADDITIONS = ("euc_jp", "iso2022_jp_ext")
_CANDIDATES = ("utf-8", "iso2022_jp_ext", "iso2022_jp_2004", "cp932", "euc_jp", "euc_jis_2004")
_ALIASES = {
    "sjis": "cp932", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932",
    "windows-31j": "cp932", "cswindows31j": "cp932", "ms932": "cp932", "jis": "iso2022_jp_ext",
    "iso-2022-jp": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext",
    "eucjp": "euc_jp", "eucjp-ms": "euc_jp", "eucjp-win": "euc_jp", "cp51932": "euc_jp",
}  # fmt: skip
_NO_TABLE = ("undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape")
vendor.register()
NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16 (BOM)", "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE", "iso2022_jp": "ISO-2022-JP", "iso2022_jp_ext": "ISO-2022-JP",
    "iso2022_jp_2004": "ISO-2022-JP (2004)", "cp932": "CP932 (Shift_JIS)", "euc_jp": "EUC-JP",
    "euc_jis_2004": "EUC-JP (2004)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec name, and whether every byte of the file fits it."""

    codec: str
    fits: bool

    @property
    def errors(self) -> str:
        """The error handler to decode with: bytes that do not fit become U+FFFD."""
        if self.codec in _WITH_ADDITIONS:
            return vendor.STRICT if self.fits else vendor.LENIENT
        return "strict" if self.fits else "replace"


def find_encoding(source: Source, chosen: str | None = None) -> Encoding:
    """The encoding of `source`; `chosen` wins over what is found.

    Raises InputError for an unknown name, or when no encoding comes near.
    """
    if chosen is not None:
        return _judge(source, _marked(source, _known(chosen, source.path)), chosen)
    start = _start(source)
    for bom, codec in _BOMS:
        if start.startswith(bom):
            return _judge(source, codec)
    if (wide := _wide(start)) is not None:
        return _judge(source, wide)
    if b"\x1b$" not in start and _fits(source, "utf-8"):
        # Pure ASCII may still be ISO-2022-JP further down.
        return Encoding("iso2022_jp_ext" if _has_escapes(source) else "utf-8", fits=True)
    return _best(source)


def _known(name: str, path: str) -> str:
    plain = name.lower().replace(" ", "")
    plain = _ALIASES.get(plain, plain)
    try:
        known = codecs.lookup(plain)
        if known.name.replace("-", "_") in _NO_TABLE or not known._is_text_encoding:  # noqa: SLF001 - the only way to tell base64 from cp932
            raise LookupError
    except (LookupError, ValueError) as error:
        raise InputError(
            Phrase(f"文字コード {name!r} を知りません", f"There is no encoding {name!r}"),
            where=path,
            hint=Phrase(
                "utf-8、cp932、euc-jp、iso-2022-jp、utf-16 などを指定してください",
                "Choose one such as utf-8, cp932, euc-jp, iso-2022-jp, utf-16",
            ),
        ) from error
    return known.name


def _start(source: Source) -> bytes:
    with reading(source.path), source.open() as file:
        return file.read(4096)


def _marked(source: Source, codec: str) -> str:
    """The codec that leaves out the mark at the start of the file, which would be read as text.

    Without a mark `utf-16` and `utf-32` are the little-endian ones that Windows writes.
    """
    start = _start(source)
    if codec == "utf-8":
        return "utf-8-sig"
    if codec.startswith("utf-16"):
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        return codec if codec != "utf-16" else _wide(start) or "utf-16-le"
    if codec.startswith("utf-32"):
        if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return "utf-32"
        return codec if codec != "utf-32" else "utf-32-le"
    return codec


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: the commas and digits of a table have a zero on one side."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > max(3, len(start) // 50) and even * 8 < odd:
        return "utf-16-le"
    if even > max(3, len(start) // 50) and odd * 8 < even:
        return "utf-16-be"
    return None


def _blocks(source: Source) -> Iterator[bytes]:
    with source.open() as file:
        while True:
            with reading(source.path):
                block = file.read(_BLOCK)
            if not block:
                return
            yield block


def _fits(source: Source, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)(Encoding(codec, fits=True).errors)
    try:
        for block in _blocks(source):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _has_escapes(source: Source) -> bool:
    return any(b"\x1b$" in block for block in _blocks(source))


def _best(source: Source) -> Encoding:
    """The most plausible of all: letters that Japanese uses count for it, slips against."""
    ranked = []
    for order, codec in enumerate(_CANDIDATES):
        likeness, slips, letters = _weigh(source, codec)
        if codec == "utf-8" and letters > _TO_A_SLIP * slips:
            return Encoding(codec, fits=slips == 0)
        ranked.append((likeness, -order, codec, slips, letters))
    _, _, codec, slips, letters = max(ranked)
    if not _comes_near(codec, slips, letters):
        raise _implausible(source.path)
    return Encoding(codec, fits=slips == 0)


def _judge(source: Source, codec: str, chosen: str | None = None) -> Encoding:
    if _fits(source, codec):
        return Encoding(codec, fits=True)
    _, slips, letters = _weigh(source, codec)
    if not _comes_near(codec, slips, letters):
        raise _implausible(source.path, chosen)
    return Encoding(codec, fits=False)


def _comes_near(codec: str, slips: int, letters: int) -> bool:
    if codec in ("utf-8", "utf-8-sig") and letters > _TO_A_SLIP * slips:
        return True
    return slips <= max(1, _TOLERATED * letters)


def _weigh(source: Source, codec: str) -> tuple[int, int, int]:
    """How Japanese the file reads in `codec`; bytes that do not fit; letters beyond ASCII."""
    decoder = codecs.getincrementaldecoder(codec)(Encoding(codec, fits=False).errors)
    # A half-width kana is one byte in CP932, so that EUC-JP misread is full of them;
    # in EUC-JP a byte of its own says that one follows.
    half_width = -3 if codec == "cp932" else 1
    likeness = slips = letters = 0
    for block in chain(_blocks(source), (b"",)):
        text = decoder.decode(block, final=not block)
        bad = text.count("\ufffd")
        slips += bad
        letters += len(_BEYOND_ASCII.findall(text))
        likeness += len(_JAPANESE.findall(text)) - 20 * bad
        likeness += half_width * len(_HALF_WIDTH.findall(text))
        likeness -= 20 * text.count("\x1b")
    return likeness, slips, letters


def _implausible(path: str, chosen: str | None = None) -> InputError:
    if chosen:
        return InputError(
            Phrase(f"{chosen} としては読めません", f"This cannot be read as {chosen}"),
            where=path,
            hint=Phrase(
                "--encoding を外すと自動で判定します", "Without --encoding it is found by itself"
            ),
        )
    return InputError(
        Phrase("文字コードが分かりません", "The encoding cannot be told"),
        where=path,
        hint=Phrase(
            "--encoding cp932 のように指定するか、表のファイルか確かめてください",
            "Name it, as in --encoding cp932, or check that this is a table",
        ),
    )
