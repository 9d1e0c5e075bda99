"""The reviewer's page: one HTML file with its style, its script and its data inside.

Nothing is fetched and nothing is sent; a strict Content-Security-Policy in the file
allows its own script and style by their digests and nothing else, and forbids that any
text becomes markup.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

SCRIPTS = (
    "words.js", "data.js", "verdicts.js", "exchange.js", "list.js", "project.js", "judging.js",
    "dialogs.js", "main.js",
)  # fmt: skip
"""In the order in which they are put together; each uses what stands before it."""
_HERE = Path(__file__).parent
_PLACE = re.compile(r"\[\[(\w+)\]\]")


def page(data: dict[str, Any]) -> bytes:
    """The page with its data: the same data, the same bytes.

    `digest` is added to the data, so that a browser can tell what it keeps for which page;
    the language and the name of the table are no part of it.
    """
    told = embedded({**data, "lang": "", "file": ""})
    digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
    style, script = _read("page.css"), "\n".join(["'use strict';", *map(_read, SCRIPTS)])
    script = f"(() => {{\n{script}\n}})();"
    parts = {
        "csp": (
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
            "base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "style": style,
        "script": script,
        "data": embedded({**data, "digest": digest}),
    }
    # One pass, so that nothing in the data is taken for a place to fill.
    filled = _PLACE.sub(lambda found: parts[found.group(1)], _read("page.html"))
    return filled.encode("utf-8", "replace")


def embedded(data: dict[str, Any]) -> str:
    r"""JSON that may stand in a script element: no `<` can end it or open another.

    >>> embedded({"t": "</script><!--"})
    '{"t":"\\u003c/script>\\u003c!--"}'
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
