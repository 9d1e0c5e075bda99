"""Check an output against the manifest of the run that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from ctclass.circumstances import FIELDS
from ctclass.errors import CtclassError, InputError, Phrase
from ctclass.headings import is_heading, join_headings
from ctclass.model.compact import Model
from ctclass.projects import Columns
from ctclass.runs.answers import Kept
from ctclass.runs.earlier import open_earlier
from ctclass.runs.manifest import STDIN, ResultDigest, record_counts, record_file
from ctclass.runs.stream import Totals, tag_stream
from ctclass.tables import TableReader, open_table
from ctclass.tagging.tag import Tagger

SHOWN = 5
"""Rows that differ are named up to this many."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, what it is, whether it fits, and what was seen."""

    name: str
    what: Phrase
    fits: bool
    seen: Phrase


@dataclass(frozen=True, slots=True)
class Subject:
    """An output, its manifest, and where that manifest stands."""

    output: str
    facts: dict[str, Any]
    beside: Path


def check_all(subject: Subject, find_model: Callable[[], Model]) -> Iterator[Check]:
    """Everything that can be checked without tagging again.

    Raises InputError when the output is not there.
    """
    yield _check_bytes(subject)
    yield from check_answers(subject.facts, _answers(subject.output))
    yield from check_inputs(subject)
    yield check_model(subject.facts, find_model)


def check_again(subject: Subject, tagger: Tagger, workers: int) -> Check:
    """Tag the input again and compare the answers, row by row, with those of the output."""
    again = _tag_again(subject, tagger, workers)
    return compare_again(zip_longest(again, _answers(subject.output)))


def compare_again(pairs: Iterable[tuple[list[str], list[str]]]) -> Check:
    """What comes of answers given again, each beside the one that was written."""
    what = Phrase("判定のやり直し", "tagged again")
    rows = 0
    wrong: list[int] = []
    try:
        for rows, (now, then) in enumerate(pairs, 1):
            if now != then:
                wrong.append(rows)
    except InputError as error:
        return Check("again", what, fits=False, seen=error.what)
    shown = ", ".join(f"{row:,}" for row in wrong[:SHOWN]) + (" …" if len(wrong) > SHOWN else "")
    return Check(
        "again",
        what,
        not wrong,
        Phrase(
            f"{rows:,} 行中 {len(wrong):,} 行が違います(データ行 {shown})",
            f"{len(wrong):,} of {rows:,} rows differ (data rows {shown})",
        )
        if wrong
        else Phrase(f"{rows:,} 行すべて同じ", f"all {rows:,} rows are the same"),
    )


def _check_bytes(subject: Subject) -> Check:
    now, then = record_file(subject.output), subject.facts.get("output", {})
    same = (now.size, now.sha256) == (then.get("size"), then.get("sha256"))
    return compared(
        "output", Phrase("出力のバイト列", "bytes of the output"), same, now.sha256[:16],
        then.get("sha256", "")[:16],
    )  # fmt: skip


def check_answers(facts: dict[str, Any], answers: Iterable[list[str]]) -> Iterator[Check]:
    """Rows, answers in their order, and counts, against those of a manifest."""
    digest, totals = ResultDigest(), Totals()
    try:
        for values in answers:
            digest.add(values)
            kept = Kept.of(values)
            if kept:
                totals.add(digest.rows, "", kept)
    except InputError as error:
        yield Check("result", Phrase("全行の答え", "answers"), fits=False, seen=error.what)
        return
    rows, counts = facts.get("rows"), facts.get("counts")
    yield compared("rows", Phrase("行数", "rows"), digest.rows == rows, digest.rows, rows)
    now, then = digest.hexdigest(), facts.get("result_digest")
    what = Phrase("全行の答え", "answers of all rows")
    yield compared("result", what, now == then, now[:16], str(then)[:16])
    found = record_counts(totals)
    what = Phrase("件数の内訳", "counts")
    wrong = [key for key in found if not isinstance(counts, dict) or counts.get(key) != found[key]]
    seen = ", ".join(wrong)
    yield Check(
        "counts", what, not wrong,
        Phrase(f"違う: {seen}", f"different: {seen}") if wrong else Phrase("同じ", "the same"),
    )  # fmt: skip


def check_inputs(subject: Subject) -> Iterator[Check]:
    """The files that were read; of a database there is nothing to compare with."""
    for then in subject.facts.get("inputs", []):
        name = str(then.get("name"))
        what = Phrase(f"入力 {name}", f"input {name}")
        if "database" in then:
            seen = Phrase("データベースなので照合できません", "a database: not checked")
            yield Check("input", what, fits=True, seen=seen)
            continue
        if name == STDIN:
            seen = Phrase("標準入力だったので照合できません", "it came from a pipe: not checked")
            yield Check("input", what, fits=True, seen=seen)
            continue
        try:
            now = record_file(_input(subject, name))
        except InputError:
            seen = Phrase("ファイルがありません", "there is no such file")
            yield Check("input", what, fits=False, seen=seen)
            continue
        same = (now.size, now.sha256) == (then.get("size"), then.get("sha256"))
        yield compared("input", what, same, now.sha256[:16], str(then.get("sha256"))[:16])


def check_model(facts: dict[str, Any], find_model: Callable[[], Model]) -> Check:
    """Whether the model that `find_model` finds is the one that answered."""
    then = facts.get("model", {})
    what = Phrase(f"モデル {then.get('label')}", f"model {then.get('label')}")
    try:
        model = find_model()
    except CtclassError as error:
        return Check("model", what, fits=False, seen=error.what)
    now = model.header["digest"]
    return compared("model", what, now == then.get("digest"), model.label, then.get("label"))


def compared(name: str, what: Phrase, fits: bool, now: object, then: object) -> Check:
    """The check of two values that should be the same; a phrase where there are words in it."""
    now, then = (x if isinstance(x, Phrase) else Phrase(str(x), str(x)) for x in (now, then))
    if fits:
        return Check(name, what, fits, Phrase(f"同じ({now.ja})", f"the same ({now.en})"))
    seen = Phrase(f"いま {now.ja}、実行時 {then.ja}", f"now {now.en}, then {then.en}")
    return Check(name, what, fits, seen)


def _answers(output: str) -> Iterator[list[str]]:
    """The answers in an output; a row without one gives an empty list."""
    with open_earlier(output) as earlier:
        for _, answers in earlier.chunks():
            yield from (values or [] for values in answers)


def _tag_again(subject: Subject, tagger: Tagger, workers: int) -> Iterator[list[str]]:
    for record in subject.facts.get("inputs", []):
        with opened_input(subject, record) as (reader, columns):
            for _, answers in tag_stream(tagger, columns, reader.chunks(500), workers):
                yield from (answer.columns() for answer in answers)


@contextmanager
def opened_input(subject: Subject, record: dict[str, Any]) -> Iterator[tuple[TableReader, Columns]]:
    """An input as the manifest says that it was read.

    Raises InputError where it is not there, or has other columns now.
    """
    read = subject.facts.get("read", {})
    names = read.get("columns", {})
    by_hand = [*chain.from_iterable(names.values())]
    name = str(record.get("name"))
    if "database" in record:
        here = record["database"] == "sqlite"
        url = f"sqlite:///{_input(subject, name).as_posix()}" if here else name
        table = open_table(url, table=record.get("table"), query=record.get("query"))
    else:
        table = open_table(
            str(_input(subject, name)),
            encoding=read.get("encoding"),
            kind=read.get("format"),
            is_heading=lambda row: is_heading(row, by_hand),
            join=lambda upper, lower: join_headings(upper, lower, by_hand),
            table=read.get("sheet"),
        )
    with table as reader:
        columns = _columns(reader.header, names, read.get("places"), reader.path)
        reader.judged = columns.read
        reader.cells_written = False
        yield reader, columns


def _columns(
    header: list[str],
    names: dict[str, list[str]],
    recorded: dict[str, list[int]] | None,
    where: str,
) -> Columns:
    """The columns of that run. Manifests of earlier versions tell names alone."""
    at = recorded or {k: [header.index(n) for n in own if n in header] for k, own in names.items()}
    if {k: [header[i] for i in own if i < len(header)] for k, own in at.items()} != names:
        raise InputError(
            Phrase("入力の列が実行時と違います", "The input has other columns than then"),
            where=where,
            hint=Phrase("実行時の入力を戻してください", "Put the input of that run back"),
        )
    places = {kind: tuple(own) for kind, own in at.items()}
    project_id = next(iter(places.pop("project_id", ())), None)
    title, title_en, abstract, keywords, partners, abstract_en = (
        places.get(kind, ())
        for kind in ("title", "title_en", "abstract", "keywords", "partners", "abstract_en")
    )
    metadata = tuple((kind, header[i], i) for kind in FIELDS for i in places.get(kind, ()))
    return Columns(project_id, title, title_en, abstract, keywords, partners, abstract_en, metadata)


def _input(subject: Subject, name: str) -> Path:
    return subject.beside.parent / name
