"""New seeds for the keeper of the taxonomy, ranked, with examples; never applied by itself.

Two kinds. A term that travels with the projects of an area far more often than chance
would have it, and a word that a reader named as decisive in a row that the model missed
and in which it does not see it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ctclass.errors import InputError, Phrase
from ctclass.keeper.gathering import BREAK, Gathering
from ctclass.keeper.phrases import Cutter, Phrases
from ctclass.keeper.proposals import Example, Proposal, Proposals, Seen, Wish
from ctclass.keeper.ranking import rank_terms
from ctclass.projects import Columns, Project
from ctclass.readers.labels import Label
from ctclass.runs.stream import tag_stream
from ctclass.tables import TableReader
from ctclass.tagging.tag import Tagger
from ctclass.taxonomy.areas import Taxonomy
from ctclass.text.units import Segmenter

_CONTEXT = 12


def propose_seeds(
    tagger: Tagger,
    taxonomy: Taxonomy,
    *,
    wish: Wish,
    table: TableReader | None = None,
    columns: Columns | None = None,
    readings: Mapping[str, Label] | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Proposals:
    """Tag the rows of `table`, then the labelled projects that it lacks, and rank the terms.

    The table is read a second time for the examples. InputError where nothing was read.
    """
    readings = readings or {}
    gathering = Gathering(taxonomy, Cutter(Segmenter()), readings, tagger.tag)
    if table is not None and columns is not None:
        for chunk, taggings in tag_stream(tagger, columns, table.chunks(500), workers):
            for row, tagging in zip(chunk.rows, taggings, strict=True):
                gathering.add(columns.project(row.cells), tagging)
            if progress:
                progress(len(gathering.ids))
    own = [r.project for i, r in readings.items() if r.project and i not in gathering.found]
    first = len(gathering.ids)
    for project in own:
        gathering.add(project, tagger.tag(project))
    if not gathering.ids:
        raise _nothing_read(table)
    found = rank_terms(gathering, wish)
    shown = {number for _, numbers in found for number in numbers}
    projects = dict(enumerate(own, first))
    if table is not None and columns is not None:
        projects |= {n: p for n, p in enumerate(_rows(table, columns)) if n in shown}
    return Proposals(
        rows=len(gathering.ids),
        read=len(gathering.found),
        missing=len(readings.keys() - gathering.found),
        dropped=gathering.terms.dropped,
        evidence=_evidence(gathering),
        proposals=tuple(_with_examples(p, n, projects, gathering.cutter) for p, n in found),
    )


def _nothing_read(table: TableReader | None) -> InputError:
    return InputError(
        Phrase("課題の本文が一つもありません", "There is no text of a project"),
        where=table.path if table else "--labels",
        hint=Phrase("課題の表を CORPUS に指定してください", "Give a table of projects as CORPUS"),
    )


def _evidence(gathering: Gathering) -> dict[str, Seen]:
    words: dict[str, int] = defaultdict(int)
    seen: dict[str, int] = defaultdict(int)
    for heard in gathering.heard:
        words[heard.areas[0]] += 1
        seen[heard.areas[0]] += heard.seen
    return {area: Seen(words[area], seen[area]) for area in gathering.area_ids if words[area]}


def _rows(table: TableReader, columns: Columns) -> Iterator[Project]:
    for chunk in table.chunks(500):
        for row in chunk.rows:
            yield columns.project(row.cells)


def _with_examples(
    proposal: Proposal, numbers: Sequence[int], projects: Mapping[int, Project], cutter: Cutter
) -> Proposal:
    shown = [(projects[n].project_id, _context(projects[n], proposal.term, cutter))
             for n in numbers if n in projects]  # fmt: skip
    return replace(proposal, examples=tuple(Example(*pair) for pair in shown))


def _context(project: Project, term: str, cutter: Cutter) -> str:
    """The term with a few units on either side, in the spelling that the program reads."""
    cut = cutter.cut(BREAK.join(project.texts))
    phrase = cutter.units(term)
    for found, at in Phrases([phrase]).find([unit for _, unit in cut]):
        start, end = max(0, at - _CONTEXT), at + len(found) + _CONTEXT
        text = " ".join("".join(surface for surface, _ in cut[start:end]).split())
        return f"{'…' if start else ''}{text}{'…' if end < len(cut) else ''}"
    return project.title
