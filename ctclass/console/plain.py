"""What a stream takes that writes CP932, as on Windows into a file: no blocks, no ticks, no 𠮷."""

from __future__ import annotations

import io
import sys
from typing import Any, TextIO

_DRAWN = "█▉▊▋▌▍▎▏✓✗⚠⚑–—"
_PLAIN = str.maketrans(_DRAWN, "#####...ox!!--")


class Plain:
    """A stream that gets `#` for a block, where Python would write `\\u2588` seven times."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text in signs that the stream has."""
        return self._stream.write(text.translate(_PLAIN))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def drawable(stream: TextIO) -> Any:
    """The stream itself where it can hold the drawings, else one that makes them plain."""
    try:
        _DRAWN.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return Plain(stream)
    return stream


def write_data(text: str) -> None:
    """Data for other programs on standard output: in UTF-8, as `tag -o -` writes them, unless a
    person looks on. In CP932 a letter that it lacks would break JSON."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text)
