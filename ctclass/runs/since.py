"""Only what changed: answers of an earlier output, taken over where the text is the same.

A text is known again by its digest, wherever its row stands now, so no column with ids
is needed. Digests and answers wait in a temporary database on the disk; in memory there
is no more of them than SQLite's cache, however many rows there are.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from heapq import nlargest
from itertools import chain
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.projects import Columns, Project
from ctclass.readers.verdicts import ENTRIES
from ctclass.runs.answers import OWN_STATUSES, Answer, Kept, text_digest
from ctclass.runs.earlier import Earlier, open_earlier
from ctclass.runs.manifest import manifest_path, read_manifest, record_file
from ctclass.runs.stream import tag_chunk
from ctclass.tables import Chunk, Row
from ctclass.tagging.tag import Tagger

SAMPLE = 100
"""Earlier answers that are looked at before any is taken over (some 0.05 s)."""
_BETWEEN = "\n"
_OTHER_MODEL, _ODD = 1, 2
_REASONS = (
    ("new", "新しい行", "new"),
    ("text", "本文が変わった行", "text changed"),
    ("model", "モデルが違う行", "another model"),
    ("odd", "前に正しく読み書きできなかった行", "not read or written whole then"),
)
_Sample = list[tuple[str, Row, Kept]]
Judge = Callable[[Columns, Chunk], Sequence[Answer]]
"""What tags the rows of a chunk now."""


class Since:
    """The answers of an earlier output. `found` counts what became of the rows asked for:

    `taken`     the same text and model: the answer is taken over
    `new`       neither the text nor the project id was there
    `text`      the project id was there, with another text
    `model`     the text was there, answered by another model
    `odd`       the text was there, but its row was not read or written whole
    """

    def __init__(self, store: sqlite3.Connection, entries: int = 0) -> None:
        self._store = store
        self._entries = entries
        self.found: Counter[str] = Counter()

    def known(self, chunk: Chunk, projects: Sequence[Project]) -> list[Kept | None]:
        """The answer to take over for each project, None where there is none."""
        del chunk
        with _storing():
            return [self._find(project) for project in projects]

    def notes(self) -> list[Phrase]:
        """How many rows were taken over, and why the others were not; and what people wrote
        beside the earlier answers, which stays where it is."""
        notes = [note_of(self.found)]
        if self._entries:
            notes.append(
                Phrase(
                    f"前の出力の {self._entries:,} 行にある人の記入(確認_…)は移していません。"
                    "前のファイルを残してください",
                    f"What people entered in {self._entries:,} rows of the earlier output (確認_…) "
                    "is not carried over: keep that file",
                )
            )
        return notes

    def _find(self, project: Project) -> Kept | None:
        digest = bytes.fromhex(text_digest(project, size=16))
        # An answer is text, which SQLite sorts above the numbers that stand for reasons.
        asked = "SELECT max(answer) FROM earlier WHERE digest = ?"
        (answer,) = self._store.execute(asked, (digest,)).fetchone()
        if isinstance(answer, str):
            self.found["taken"] += 1
            return Kept(tuple(answer.split(_BETWEEN)))
        if answer is not None:
            self.found["model" if answer == _OTHER_MODEL else "odd"] += 1
        else:
            self.found["text" if self._has_id(project.project_id) else "new"] += 1
        return None

    def _has_id(self, project_id: str) -> bool:
        asked = "SELECT 1 FROM ids WHERE id = ? LIMIT 1"
        return bool(project_id) and self._store.execute(asked, (_key(project_id),)).fetchone()


def note_of(found: Counter[str]) -> Phrase:
    """The same of rows that were counted as `Since.found` counts them."""
    why = [(ja, en, found[key]) for key, ja, en in _REASONS if found[key]]
    ja = "、".join(f"{reason} {count:,}" for reason, _, count in why)
    en = ", ".join(f"{reason} {count:,}" for _, reason, count in why)
    tagged = sum(count for _, _, count in why)
    return Phrase(
        f"前の出力から引き継ぎ {found['taken']:,} 件、判定し直し {tagged:,} 件"
        + (f"({ja})" if why else ""),
        f"Taken over from the earlier output: {found['taken']:,} rows; tagged: {tagged:,}"
        + (f" ({en})" if why else ""),
    )


def fill(
    store: sqlite3.Connection,
    paths: Iterable[str],
    model: str,
    judge: Judge,
    named: Mapping[str, Any],
) -> int:
    """Put the answers of earlier outputs into an empty `store`. Those of the `model` (its label)
    can be taken over; of each output a sample is judged again to see that they are its answers.
    Gives the number of rows in which people have entered something.

    Raises InputError when one is no output of `ctclass tag`, or its answers are not those that
    the model gives to the texts in its columns.
    """
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16384"):
        store.execute(f"PRAGMA {pragma}")
    store.execute("BEGIN")  # one for all: each by itself looks through the cache
    store.execute("CREATE TABLE earlier (digest BLOB, answer)")
    store.execute("CREATE TABLE ids (id BLOB)")
    entries = 0
    for path in paths:
        with open_earlier(path) as earlier:
            entries += _take(store, earlier, model, judge, named)
    with _storing():
        store.execute("CREATE INDEX by_digest ON earlier (digest)")
        store.execute("CREATE INDEX by_id ON ids (id)")
        store.execute("COMMIT")
    return entries


def _take(
    store: sqlite3.Connection, earlier: Earlier, model: str, judge: Judge, named: Mapping[str, Any]
) -> int:
    columns = earlier.find_columns(**{kind: names for kind, names in named.items() if names})
    earlier.reader.judged = columns.read
    by_people = [i for i, name in enumerate(earlier.reader.header) if name in ENTRIES[1:]]
    filled = 0
    sample: _Sample = []
    for chunk, answers in earlier.chunks():
        filled += sum(any(row.cells[i] for i in by_people) for row in chunk.rows)
        projects = [columns.project(row.cells) for row in chunk.rows]
        digests = [text_digest(project, size=16) for project in projects]
        entries: list[str | int] = []
        kept: _Sample = []
        rows = zip(digests, projects, chunk.rows, answers, strict=True)
        for digest, project, row, values in rows:
            answer = None if values is None or row.problem else Kept.of(values)
            entry = _entry(answer, model, exact=earlier.is_exact(project))
            if answer and isinstance(entry, str):
                kept.append((digest, row, answer))
            entries.append(entry)
        keys = map(bytes.fromhex, digests)
        ids = [(_key(p.project_id),) for p in projects if p.project_id]
        with _storing():
            store.executemany("INSERT INTO earlier VALUES (?, ?)", zip(keys, entries, strict=True))
            store.executemany("INSERT INTO ids VALUES (?)", ids)
        # The largest digests are a sample that nobody has chosen.
        sample = nlargest(SAMPLE, chain(sample, kept), key=lambda entry: entry[0])
    again = judge(columns, Chunk(0, 1, [row for _, row, _ in sample])) if sample else []
    pairs = zip(sample, again, strict=True)
    wrong = sum(kept.columns() != answer.columns() for (_, _, kept), answer in pairs)
    if wrong:
        raise _misfit(earlier.path, wrong, len(sample))
    return filled


@contextmanager
def open_since(path: str, tagger: Tagger, named: dict[str, Any]) -> Iterator[Since]:
    """The answers of an earlier output; `named` are columns chosen by hand, as for the input.

    Raises InputError for what `fill` refuses, and when its manifest tells that it was edited.
    """
    refuse_edited(path)
    # The name "" is SQLite's own temporary file, which goes away with the connection.
    with closing(sqlite3.connect("", isolation_level=None)) as store:
        entries = fill(store, [path], tagger.label, partial(tag_chunk, tagger), named)
        yield Since(store, entries)


def refuse_edited(path: str) -> None:
    """InputError when the manifest beside an output, if any, tells that it was edited."""
    beside = manifest_path(path)
    if not beside.is_file():
        return
    written = read_manifest(beside).get("output")
    if not isinstance(written, dict) or written.get("sha256") != record_file(path).sha256:
        raise InputError(
            Phrase(
                "前の出力は、書かれたあとで変わっています(マニフェストと違います)",
                "The earlier output has changed since it was written (its manifest tells)",
            ),
            where=path,
            hint=Phrase(
                "書かれたままのファイルを指定するか、--since-last を外してください",
                "Name the file as it was written, or leave --since-last out",
            ),
        )


def _entry(answer: Kept | None, model: str, *, exact: bool) -> str | int:
    """What to keep of an earlier row: its answer, or why that cannot be taken over."""
    if answer is None or not exact or answer.status not in OWN_STATUSES:
        return _ODD
    text = _BETWEEN.join(answer.values)
    if text.count(_BETWEEN) >= len(answer.values):
        return _ODD
    return text if answer.model == model else _OTHER_MODEL


def _key(project_id: str) -> bytes:
    return project_id.encode("utf-8", "surrogatepass")


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise InputError(
            Phrase(
                f"一時ファイルに書けません({error})",
                f"A temporary file cannot be written ({error})",
            ),
            where="SQLITE_TMPDIR / TMPDIR",
            hint=Phrase(
                "空きのあるフォルダーを環境変数 TMPDIR で指定してください",
                "Let the variable TMPDIR name a folder with room",
            ),
        ) from error


def _misfit(path: str, wrong: int, looked_at: int) -> InputError:
    return InputError(
        Phrase(
            f"前の出力の答えが、今のモデルの答えと違います(見本 {looked_at} 件中 {wrong} 件)",
            "Answers of the earlier output are not those of this model to its texts "
            f"({wrong} of {looked_at})",
        ),
        where=path,
        hint=Phrase(
            "手で直したか別の列で判定した表です。列の指定をそろえるか --since-last を外します",
            "It was edited, or tagged by other columns: name those, or leave --since-last out",
        ),
    )
