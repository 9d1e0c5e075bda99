"""The rows of a table for the reviewer's page: all of them, the first ones, or a sample."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from ctclass.errors import ModelError, Phrase, UsageError
from ctclass.projects import Columns
from ctclass.review.sampling import Candidate, Sample, Sampler
from ctclass.runs.stream import tag_stream
from ctclass.tables import Row, TableReader
from ctclass.tagging.margins import Measuring, margin_of
from ctclass.tagging.tag import RECALL, Tagger

MOST = 20_000
"""A page of so many rows has some 60 MB, and more than a browser likes."""
_TOLD = ("ct_model", "ct_areas", "ct_screening")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows to show, in order; `changed` of all that were read have another answer in the
    table, for their text was changed since. `read` counts all."""

    rows: tuple[Candidate, ...]
    sample: Sample | None
    read: int
    changed: int


@dataclass(slots=True)
class _Seen:
    read: int = 0
    changed: int = 0


def take_rows(
    tagger: Tagger,
    reader: TableReader,
    columns: Columns,
    *,
    limit: int | None = None,
    sampler: Sampler | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Rows:
    """Tag the rows of a table and keep those to show.

    An answer that the table holds already must be of the same model: ModelError else, for
    the page would explain what nobody has said. UsageError from `MOST` rows on, unless
    `limit` or a sampler takes fewer.
    """
    seen = _Seen()
    kept: list[Candidate] = []
    with closing(_candidates(tagger, reader, columns, seen, workers)) as candidates:
        for candidate in candidates:
            if sampler:
                sampler.offer(candidate)
            else:
                kept.append(candidate)
            if progress:
                progress(seen.read)
            if len(kept) == limit:
                break
            if len(kept) >= MOST:
                raise too_many(reader.path)
    if sampler is None:
        return Rows(tuple(kept), None, seen.read, seen.changed)
    sample = sampler.draw()
    rows = tuple(candidate for candidate, _ in sample.rows)
    return Rows(rows, sample, seen.read, seen.changed)


def too_many(where: str) -> UsageError:
    """What to say of more rows than a page holds."""
    return UsageError(
        Phrase(
            f"一つのページに入れられるのは {MOST - 1:,} 行までです",
            f"A page holds {MOST - 1:,} rows at most",
        ),
        where=where,
        hint=Phrase(
            "--sample 500 で見るべき行を抽出するか、--limit 500 で先頭だけにしてください",
            "Draw the rows to look at with --sample 500, or take the first with --limit 500",
        ),
    )


def _candidates(
    tagger: Tagger, reader: TableReader, columns: Columns, seen: _Seen, workers: int
) -> Generator[Candidate]:
    places = answer_places(reader)
    chunks = reader.chunks(500)
    for chunk, taggings in tag_stream(Measuring(tagger), columns, chunks, workers):
        for offset, (row, tagging) in enumerate(zip(chunk.rows, taggings, strict=True)):
            number = chunk.first_row + offset
            model, *answer = told_in(row, places)
            if model and model != tagger.label:
                raise _other_model(reader.path, number, model, tagger)
            areas = ";".join(a.area for a in tagging.areas)
            seen.changed += bool(model) and answer != [areas, tagging.screening]
            seen.read += 1
            project = columns.project(row.cells)
            yield Candidate(number, project, tagging, margin_of(tagging))


def answer_places(reader: TableReader) -> dict[str, int] | None:
    """The columns that hold answers, by name; None where each row has its own object."""
    if reader.format == "jsonl":
        return None
    return {name.partition(" ")[0]: i for i, name in enumerate(reader.header)}


def told_in(row: Row, places: dict[str, int] | None) -> list[str]:
    """Model, areas and screening that the table holds already; empty where it holds none."""
    if places is None:
        found = None if row.problem else json.loads(row.raw).get("ctclass")
        if isinstance(found, dict) and found.get("model"):
            areas = ";".join(area["id"] for area in found.get("areas", ()))
            return [found["model"], areas, found.get("screening", {}).get("level", "")]
        return [""] * len(_TOLD)
    return [row.cells[places[name]].strip() if name in places else "" for name in _TOLD]


def _other_model(path: str, row: int, told: str, tagger: Tagger) -> ModelError:
    hint = Phrase(
        "そのモデルを --model で指定するか、ctclass tag でもう一度判定してください",
        "Name that model with --model, or tag the table again with: ctclass tag",
    )
    if told == tagger.model.label + RECALL:
        hint = Phrase("--screening-recall を付けてください", "Add --screening-recall")
    elif told == tagger.model.label:
        hint = Phrase("--screening-recall を外してください", "Leave --screening-recall out")
    return ModelError(
        Phrase(
            f"表は別のモデル {told} で判定されています(ここのモデルは {tagger.label})",
            f"The table was tagged with another model, {told} (this one is {tagger.label})",
        ),
        where=f"{path} (ct_model, {row})",
        hint=hint,
    )
