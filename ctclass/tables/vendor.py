"""What Windows and its neighbours added to EUC-JP and ISO-2022-JP: ①, Ⅱ, ㈱, 髙.

Python's `euc_jp` and `iso2022_jp_ext` know the standard only, while most files under
these names hold a few of the additions (eucJP-ms, CP51932, CP50221). They are read
by error handlers: text without such signs pays nothing.
"""

from __future__ import annotations

import codecs
from functools import cache

STRICT, LENIENT = "ctclass-vendor-strict", "ctclass-vendor-replace"
_FIRST_OF_THREE = (0xF3 - 0xA1) * 94 + 0xF3 - 0xA1


def register() -> None:
    """Make the two handlers known; once more does no harm."""
    codecs.register_error(STRICT, _strict)
    codecs.register_error(LENIENT, _lenient)


def _strict(error: UnicodeError) -> tuple[str, int]:
    found = _added(error)
    if found is None:
        raise error
    return found


def _lenient(error: UnicodeError) -> tuple[str, int]:
    return _added(error) or codecs.replace_errors(error)  # type: ignore[return-value]


def _added(error: UnicodeError) -> tuple[str, int] | None:
    """The sign that stands where a decoder gave up, and where to go on.

    Rows 13 and 89 to 92 are those of CP932; three bytes 8F F3 F3 and up are the IBM
    signs that JIS X 0212 lacks, in their order.
    """
    if not isinstance(error, UnicodeDecodeError):
        return None
    at = error.start
    bytes_ = error.object[at : at + 3]
    if len(bytes_) == 3 and bytes_[0] == 0x8F:
        place = (bytes_[1] - 0xA1) * 94 + bytes_[2] - 0xA1 - _FIRST_OF_THREE
        signs = _ibm_signs()
        return (signs[place], at + 3) if 0 <= place < len(signs) else None
    # Eight bits in EUC-JP, seven in ISO-2022-JP: either would read the other as noise.
    high = 0x80 if error.encoding == "euc_jp" else 0
    if len(bytes_) < 2 or not all(0x21 <= byte - high <= 0x7E for byte in bytes_[:2]):
        return None
    row, cell = (byte - high for byte in bytes_[:2])
    lead, odd = divmod(row - 0x21, 2)
    lead += 0x81 if lead < 0x1F else 0xC1
    trail = cell + (0x7E if odd else 0x1F + (cell > 0x5F))
    try:
        return bytes([lead, trail]).decode("cp932"), at + 2
    except UnicodeDecodeError:
        return None


@cache
def _ibm_signs() -> str:
    """The 106 of the 388 IBM extensions that JIS X 0208 and 0212 have no place for."""
    found = []
    for lead in (0xFA, 0xFB, 0xFC):
        for trail in range(0x40, 0xFD):
            sign = bytes([lead, trail]).decode("cp932", "ignore")
            if len(sign) == 1 and sign not in "￢￤":
                found.append(sign)
    return "".join(c for c in found if c == "№" or not c.encode("euc_jp", "ignore"))
