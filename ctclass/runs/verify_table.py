"""Check a table of results in a database against the manifest of the run that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ctclass.errors import Phrase
from ctclass.model.compact import Model
from ctclass.runs.manifest import STDIN
from ctclass.runs.stream import tag_stream
from ctclass.runs.table_record import ResultsTable
from ctclass.runs.verify import (
    Check,
    Subject,
    check_answers,
    check_inputs,
    check_model,
    compare_again,
    compared,
    opened_input,
)
from ctclass.tagging.tag import Tagger

_CHUNK = 500


def check_table(
    subject: Subject, table: ResultsTable, find_model: Callable[[], Model]
) -> Iterator[Check]:
    """All ids with their answers; then, in the order of the input, the answers of the run."""
    now, then = table.record(subject.output), subject.facts.get("output", {})
    same = (now["rows"], now["digest"]) == (then.get("rows"), then.get("digest"))
    yield compared(
        "output", Phrase("表の番号と答え", "ids and answers of the table"), same,
        _rows_of(now), _rows_of(then),
    )  # fmt: skip
    if _has_gone(subject):
        seen = Phrase("入力が標準入力だったか、もうないので、入力の順では照合していません",
                      "the input was a pipe or is gone: not checked in its order")  # fmt: skip
        yield Check("result", Phrase("全行の答え", "answers of all rows"), fits=True, seen=seen)
    else:
        yield from check_answers(subject.facts, _in_order(subject, table))
    yield from check_inputs(subject)
    yield check_model(subject.facts, find_model)


def _rows_of(record: dict[str, Any]) -> Phrase:
    """How many rows, and the digest of their answers.

    >>> _rows_of({"rows": 30, "digest": "52d4"}).ja
    '30 行・52d4'
    """
    rows, digest = record.get("rows"), str(record.get("digest"))[:16]
    count = f"{rows:,}" if isinstance(rows, int) else str(rows)
    return Phrase(f"{count} 行・{digest}", f"{count} rows, {digest}")


def check_table_again(subject: Subject, table: ResultsTable, tagger: Tagger, workers: int) -> Check:
    """Tag the input again and compare each answer with that beside the same id."""

    def pairs() -> Iterator[tuple[list[str], list[str]]]:
        for record in subject.facts.get("inputs", []):
            with opened_input(subject, record) as (reader, columns):
                chunks = reader.chunks(_CHUNK)
                for chunk, answers in tag_stream(tagger, columns, chunks, workers):
                    ids = [columns.project(row.cells).project_id for row in chunk.rows]
                    yield from zip((a.columns() for a in answers), table.held(ids), strict=True)

    return compare_again(pairs())


def _has_gone(subject: Subject) -> bool:
    """Whether the order of the input can no longer be told; a database that answers no more,
    or a table that has become another one, is a thing that does not fit."""
    inputs = subject.facts.get("inputs", [])
    files = [str(record.get("name")) for record in inputs if "database" not in record]
    return not inputs or any(
        name == STDIN or not (subject.beside.parent / name).exists() for name in files
    )


def _in_order(subject: Subject, table: ResultsTable) -> Iterator[list[str]]:
    for record in subject.facts.get("inputs", []):
        with opened_input(subject, record) as (reader, columns):
            for chunk in reader.chunks(_CHUNK):
                yield from table.held([columns.project(r.cells).project_id for r in chunk.rows])
