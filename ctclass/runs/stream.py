"""Tag whole tables: chunk by chunk, in order, in bounded memory.

Every row comes out once; equal texts are cut and scored once. What the run
amounts to is added up on the way in `Totals`, so that nothing is read twice.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, cycle, repeat
from typing import Any, overload

from ctclass.circumstances import Circumstances
from ctclass.projects import Columns, Project
from ctclass.runs.answers import Answer, Kept, rules_of, with_status
from ctclass.runs.layout import PLAIN, Layout
from ctclass.tables import Chunk, TableReader, TableWriter
from ctclass.tagging.preparing import Prepared
from ctclass.tagging.reading import texts_of
from ctclass.tagging.tag import Tagger, Tagging, judged
from ctclass.text.cutting import Cutter, standing_by

SMALL = 1_000
"""Rows that are tagged before another process is up."""
MOST_RECENT = 2_048
RECENT_CHARACTERS = 2_000_000
"""How many texts are remembered from chunk to chunk, some 3 MB with their answers."""

Known = Callable[[Chunk, Sequence[Project]], Sequence[Kept | None]]
"""The answers that are known already for the rows of a chunk, None for the others. It is
asked once a chunk, in order, some chunks ahead of the answers."""


@dataclass(slots=True)
class Totals:
    """What the rows of a run add up to.

    `primary` and `areas` count rows by area id; a row without an area counts
    under "" in `primary`. `statuses`, `screening` count rows by value, `subtechnologies` and
    `rules` by the ids that a row has.
    """

    rows: int = 0
    strategic: int = 0
    primary: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    screening: Counter[str] = field(default_factory=Counter)
    subtechnologies: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    _ids: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, row: int, project_id: str, tagging: Answer) -> None:
        """Count the answer for the data row number `row`: every one, from 1."""
        self.rows += 1
        self.strategic += tagging.strategic
        self.primary[tagging.primary] += 1
        self.areas.update(a.area for a in tagging.areas)
        self.statuses[tagging.status] += 1
        self.screening[tagging.screening] += 1
        self.subtechnologies.update(tagging.subtechnologies)
        self.rules.update(rules_of(tagging))
        known = row  # a row without an id has a number that no other row has
        if project_id:
            digest = hashlib.blake2b(project_id.encode("utf-8", "replace"), digest_size=8)
            known = int.from_bytes(digest.digest(), "little")
        self._ids.append(known)

    def duplicates(self) -> list[int]:
        """The data rows whose project id an earlier row had already, in order.

        Ids are kept as 8 bytes each, so that millions of rows fit.
        """
        if len(self._ids) < 2:
            return []
        import numpy as np

        _, first = np.unique(np.frombuffer(self._ids, dtype=np.uint64), return_index=True)
        again = np.ones(len(self._ids), dtype=bool)
        again[first] = False
        rows: list[int] = (np.flatnonzero(again) + 1).tolist()
        return rows


Slot = list[Tagging]
"""Where the answer for a text stands, once it is there."""


class _Recent:
    """The texts met last, so that an equal one is neither cut nor scored again.

    The whole texts are compared, no digests: it is cheaper, and there is no doubt.
    """

    def __init__(self) -> None:
        self._slots: OrderedDict[tuple[str, str, str, Circumstances], Slot] = OrderedDict()
        self._characters = 0

    def find(self, projects: Sequence[Project]) -> tuple[list[Slot], list[tuple[Project, Slot]]]:
        """Where the answer of each project is, or will be when the chunk has its turn; and
        the projects that nobody has asked for yet. Within a chunk nothing is forgotten."""
        self._forget()
        slots = []
        new = []
        for project in projects:
            key = project.title, project.abstract, project.keywords, project.circumstances
            slot = self._slots.get(key)
            if slot is None:
                slot = self._slots[key] = []
                new.append((project, slot))
                self._characters += _size(key)
            else:
                self._slots.move_to_end(key)
            slots.append(slot)
        return slots, new

    def _forget(self) -> None:
        while len(self._slots) > MOST_RECENT or self._characters > RECENT_CHARACTERS:
            key, _ = self._slots.popitem(last=False)
            self._characters -= _size(key)


def _size(key: tuple[str, str, str, Circumstances]) -> int:
    title, abstract, keywords, circumstances = key
    size = len(title) + len(abstract) + len(keywords)
    return size + sum(len(cell) for _, cell in circumstances) if circumstances else size


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A chunk on its way: where the answers of its rows are or will be, and the projects
    whose answers it has to find. Their `texts` are being cut by `cutter`."""

    chunk: Chunk
    answers: Sequence[Kept | Slot]
    new: Sequence[tuple[Project, Slot]]
    prepared: Sequence[Prepared]
    texts: Sequence[str]
    cutter: Cutter | None


@overload
def tag_stream(
    tagger: Tagger, columns: Columns, chunks: Iterable[Chunk], workers: int
) -> Iterator[tuple[Chunk, list[Tagging]]]: ...


@overload
def tag_stream(
    tagger: Tagger,
    columns: Columns,
    chunks: Iterable[Chunk],
    workers: int,
    known: Known | None,
    cutters: Sequence[Cutter] = (),
) -> Iterator[tuple[Chunk, list[Answer]]]: ...


def tag_stream(
    tagger: Tagger,
    columns: Columns,
    chunks: Iterable[Chunk],
    workers: int,
    known: Known | None = None,
    cutters: Sequence[Cutter] = (),
) -> Iterator[tuple[Chunk, Any]]:
    """Tag chunks in order, in bounded memory; rows with a `known` answer are not tagged again.

    Of a large table, `workers` processes (at most `MOST_WORKERS`), or the `cutters` that stand
    by, cut the texts and this one does the rest, two chunks each ahead. A table of less than
    `SMALL` rows is done before they are up; where none can be started, this process cuts the
    texts as well.
    """
    source = iter(chunks)
    ahead: deque[Chunk] = deque()
    while sum(len(chunk.rows) for chunk in ahead) < SMALL:
        chunk = next(source, None)
        if chunk is None:
            workers = 0
            break
        ahead.append(chunk)
    with ExitStack() as stack:
        if not workers:
            cutters = ()
        elif not cutters:
            cutters = stack.enter_context(standing_by(workers))
        # This process cuts the first chunk, while the others are getting ready.
        run = _Run(tagger, columns, chain([None], cycle(cutters or [None])), known)
        waiting: deque[_Waiting] = deque()
        for chunk in chain(_emptied(ahead), source):
            waiting.append(run.prepare(chunk))
            if len(waiting) > 2 * len(cutters):
                yield waiting[0].chunk, run.answer(waiting.popleft())
        while waiting:
            yield waiting[0].chunk, run.answer(waiting.popleft())


def tag_chunk(tagger: Tagger, columns: Columns, chunk: Chunk) -> list[Tagging]:
    """The answers for the rows of a chunk: a pure function of chunk and model.

    What `tag_stream` spreads over processes, at one go; a worker of a cluster calls it.
    """
    run = _Run(tagger, columns)
    found: list[Any] = run.answer(run.prepare(chunk))
    return found


def _emptied(chunks: deque[Chunk]) -> Iterator[Chunk]:
    """The chunks, none of them kept."""
    while chunks:
        yield chunks.popleft()


@dataclass(slots=True)
class _Run:
    """What all chunks of a run have in common; they are prepared and answered in order."""

    tagger: Tagger
    columns: Columns
    turns: Iterator[Cutter | None] = field(default_factory=lambda: repeat(None))
    known: Known | None = None
    recent: _Recent = field(default_factory=_Recent)

    def prepare(self, chunk: Chunk) -> _Waiting:
        """The first half: whatever is new is on its way to be cut."""
        projects = [self.columns.project(row.cells) for row in chunk.rows]
        kept: Sequence[Kept | None] = [None] * len(projects)
        if self.known is not None:
            kept = self.known(chunk, projects)
            projects = [p for p, answer in zip(projects, kept, strict=True) if answer is None]
        slots, new = self.recent.find(projects)
        prepared = self.tagger.reader.prepare([judged(project) for project, _ in new])
        texts = texts_of(prepared)
        cutter = next(self.turns) if texts else None
        if cutter is not None:
            cutter.send(texts)
        found = iter(slots)
        answers = [next(found) if answer is None else answer for answer in kept]
        return _Waiting(chunk, answers, new, prepared, texts, cutter)

    def answer(self, waiting: _Waiting) -> list[Answer]:
        """The second half. A row that could not be read whole is answered by what there is,
        and its status says what is wrong with it."""
        cutter, texts = waiting.cutter, waiting.texts
        cuts = cutter.receive() if cutter else self.tagger.reader.cut(texts)
        cut_of = dict(zip(texts, cuts, strict=True))
        readings = self.tagger.reader.take(waiting.prepared, cut_of)
        taggings = self.tagger.answer([project for project, _ in waiting.new], readings)
        for (_, slot), tagging in zip(waiting.new, taggings, strict=True):
            slot.append(tagging)
        answers = (a if isinstance(a, Kept) else a[0] for a in waiting.answers)
        return [
            with_status(answer, row.problem) if row.problem else answer
            for row, answer in zip(waiting.chunk.rows, answers, strict=True)
        ]


def tag_table(  # noqa: PLR0913 - what is known, and who looks on, are apart
    tagger: Tagger,
    reader: TableReader,
    writer: TableWriter,
    columns: Columns,
    *,
    workers: int = 1,
    chunk_rows: int = 500,
    progress: Callable[[int], None] | None = None,
    layout: Layout = PLAIN,
    known: Known | None = None,
    watch: Callable[[Chunk, Sequence[Answer]], None] | None = None,
    cutters: Sequence[Cutter] = (),
) -> Totals:
    """Tag every row of `reader` into `writer`, which must have been made for the columns of
    `layout`; `progress` hears how many rows are done, and `watch` every chunk with its answers
    once they are written."""
    answered = tag_stream(tagger, columns, reader.chunks(chunk_rows), workers, known, cutters)
    return write_answers(answered, writer, columns, layout=layout, progress=progress, watch=watch)


def write_answers(
    answered: Iterable[tuple[Chunk, Sequence[Answer]]],
    writer: TableWriter,
    columns: Columns,
    *,
    layout: Layout = PLAIN,
    progress: Callable[[int], None] | None = None,
    watch: Callable[[Chunk, Sequence[Answer]], None] | None = None,
) -> Totals:
    """Write chunks with their answers, whoever tagged them, and count them."""
    totals = Totals()
    for chunk, taggings in answered:
        writer.write(chunk, map(layout.row, taggings), map(layout.record, taggings))
        for offset, (row, tagging) in enumerate(zip(chunk.rows, taggings, strict=True)):
            number = columns.project_id
            project_id = row.cells[number].strip() if number is not None else ""
            totals.add(chunk.first_row + offset, project_id, tagging)
        if watch:
            watch(chunk, taggings)
        if progress:
            progress(totals.rows)
    return totals
