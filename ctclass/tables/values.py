"""Values of typed tables (Parquet, databases) as texts."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any


def as_text(value: Any) -> str:
    """A value as JSON Lines would have it: `true`, a list of names joined, a record as JSON.

    Bytes are text where they can be, else written in hexadecimal as PostgreSQL does.

    >>> as_text(None), as_text(["量子", "計算"]), as_text({"分野": ["量子"]}), as_text(True)
    ('', '量子; 計算', '{"分野":["量子"]}', 'true')
    >>> as_text(Decimal("1E+2")), as_text("量子".encode()), as_text(b"\\xff\\x00")
    ('100', '量子', '\\\\xff00')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return _of_bytes(value)
    if isinstance(value, list) and not any(isinstance(v, (dict, list, tuple)) for v in value):
        return "; ".join(map(as_text, value))
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=as_text)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "\\x" + value.hex()
