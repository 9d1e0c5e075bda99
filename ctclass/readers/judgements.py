"""What was judged by reading public projects for the taxonomy: digests and numbers, no texts.

The file lies beside the taxonomy (`judgements.tsv`). Whoever has a corpus with the projects
learns from it; whoever has none can read nothing out of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ctclass.errors import InputError, Phrase
from ctclass.projects import Columns, Project
from ctclass.readers.labels import Label
from ctclass.rules import LEVELS
from ctclass.tables import TableReader
from ctclass.taxonomy.areas import Taxonomy

SOURCE = "judgement"
"""The source of such a label."""


def key_of_project(project: Project) -> str:
    """What a project is called in `taxonomy/judgements.tsv`: a digest of its id.

    >>> key_of_project(Project("21K04567", "", "", ""))
    '8c70228c3c72537b'
    """
    return hashlib.blake2b(project.project_id.encode("utf-8", "replace"), digest_size=8).hexdigest()


def read_judgements(path: Path, taxonomy: Taxonomy) -> dict[str, Label]:
    """What was judged by reading for this taxonomy, by `key_of_project`: areas, screening and
    doubts, without a text or an id. Empty where there is no such file.

    Raises InputError with file and line.
    """
    names = {str(a.number): a.id for a in taxonomy.areas}
    found: dict[str, Label] = {}
    number = 0
    try:
        lines = path.read_text("utf-8").split("\n") if path.is_file() else []
        for line in lines:
            number += 1
            if line and not line.startswith("#"):
                key, areas, screening, doubt = line.split("\t")
                own = tuple(names[a] for a in areas.split(",") if a)
                first = own[0] if own else ""
                level = LEVELS[LEVELS.index(screening)]
                found[key] = Label("", own, first, level, SOURCE, None, None, unsure=doubt == "?")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            Phrase("判断の一覧の形が違います", "This is no list of judgements"),
            where=f"{path}:{number}",
            hint=Phrase(
                "鍵、領域番号、確認の要否、迷いをタブで区切ってください",
                "Key, areas, screening and doubt, with tabs between",
            ),
        ) from error
    return found


def find_judged(
    judged: Mapping[str, Label], table: TableReader, columns: Columns
) -> Iterator[Label]:
    """The judgements of the rows of `table`, each with its id and text; the first row of an
    id counts."""
    left = dict(judged)
    for chunk in table.chunks(500):
        for row in chunk.rows:
            project = columns.project(row.cells)
            if label := left.pop(key_of_project(project), None):
                yield replace(label, project_id=project.project_id, project=project)
