"""ctclass maps Japanese research projects onto the 16 重要技術領域.

`ctclass.load()` gives a classifier for Python; `ctclass tag` is the same in a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctclass.api import Classifier, load

__version__ = "0.1.0"
__all__ = ["Classifier", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """`load` and `Classifier`, imported when they are asked for: the terminal needs neither."""
    if name in ("load", "Classifier"):
        from ctclass import api

        return getattr(api, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
