"""Tag whole tables: chunk by chunk, in order, in bounded memory.

Every row comes out once. What the run amounts to is added up on the way in
`Totals`, so that nothing has to be read twice.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

from ctclass.projects import Columns, Project
from ctclass.reading import Readings
from ctclass.tables import Chunk, TableReader, TableWriter
from ctclass.tag import Tagger, Tagging


@dataclass(slots=True)
class Totals:
    """What the rows of a run add up to.

    `primary` and `areas` count rows by area id; a row without an area counts
    under "" in `primary`. `statuses`, `screening` count rows by value.
    """

    rows: int = 0
    strategic: int = 0
    primary: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    screening: Counter[str] = field(default_factory=Counter)
    _ids: array[int] = field(default_factory=lambda: array("Q"))
    _rows: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, row: int, project_id: str, tagging: Tagging) -> None:
        """Count the answer for the data row number `row` (from 1)."""
        self.rows += 1
        self.strategic += tagging.strategic
        self.primary[tagging.primary] += 1
        self.areas.update(a.area for a in tagging.areas)
        self.statuses[tagging.status] += 1
        self.screening[tagging.screening] += 1
        if project_id:
            digest = hashlib.blake2b(project_id.encode("utf-8", "replace"), digest_size=8)
            self._ids.append(int.from_bytes(digest.digest(), "little"))
            self._rows.append(row)

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
        return [int(row) for row in np.frombuffer(self._rows, dtype=np.uint64)[again]]


Read = tuple[list[Project], Readings]


def _read_chunk(tagger: Tagger, columns: Columns, chunk: Chunk) -> Read:
    projects = [columns.project(row.cells) for row in chunk.rows]
    return projects, tagger.read(projects)


def _answer_chunk(
    tagger: Tagger, chunk: Chunk, projects: list[Project], readings: Readings
) -> list[Tagging]:
    """A row that could not be read whole is answered by what there is, and its status
    says what is wrong with it."""
    return [
        replace(tagging, status=row.problem) if row.problem else tagging
        for row, tagging in zip(chunk.rows, tagger.answer(projects, readings), strict=True)
    ]


def tag_stream(
    tagger: Tagger, columns: Columns, chunks: Iterable[Chunk], workers: int
) -> Iterator[tuple[Chunk, list[Tagging]]]:
    """Tag chunks in order; `workers` threads cut texts into units, at most two chunks each
    in flight, and this thread adds up.

    Threads, since the tokenizer lets go of Python's lock while it works.
    """
    waiting: deque[tuple[Chunk, Future[Read]]] = deque()
    source = iter(chunks)
    with ThreadPoolExecutor(workers, thread_name_prefix="tag") as pool:
        try:
            while True:
                for chunk in islice(source, 2 * workers - len(waiting)):
                    waiting.append((chunk, pool.submit(_read_chunk, tagger, columns, chunk)))
                if not waiting:
                    return
                chunk, future = waiting.popleft()
                projects, readings = future.result()
                for more in islice(source, 1):
                    waiting.append((more, pool.submit(_read_chunk, tagger, columns, more)))
                yield chunk, _answer_chunk(tagger, chunk, projects, readings)
        finally:
            for _, future in waiting:
                future.cancel()


def tag_table(
    tagger: Tagger,
    reader: TableReader,
    writer: TableWriter,
    columns: Columns,
    *,
    workers: int = 1,
    chunk_rows: int = 500,
    progress: Callable[[int], None] | None = None,
) -> Totals:
    """Tag every row of `reader` into `writer`; `progress` hears how many rows are done."""
    totals = Totals()
    for chunk, taggings in tag_stream(tagger, columns, reader.chunks(chunk_rows), workers):
        writer.write(chunk, (t.columns() for t in taggings), (t.record() for t in taggings))
        for offset, (row, tagging) in enumerate(zip(chunk.rows, taggings, strict=True)):
            number = columns.project_id
            project_id = row.cells[number].strip() if number is not None else ""
            totals.add(chunk.first_row + offset, project_id, tagging)
        if progress:
            progress(totals.rows)
    return totals
