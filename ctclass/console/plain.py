"""Drawings for a stream that has no blocks and ticks, as Windows writes into a file (CP932)."""

from __future__ import annotations

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
