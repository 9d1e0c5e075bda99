"""What a run read, wrote and found, as a file beside its output.

`OUTPUT.manifest.json` lets anybody check later, with `ctclass verify` or by hand, that
an output is whole, is the one that was written, and came from that input and that
model. Its fields are explained in docs/runs.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctclass import __version__
from ctclass.errors import InputError, Phrase
from ctclass.model.compact import Model
from ctclass.projects import Columns
from ctclass.runs.stream import Totals
from ctclass.tables.files import reading
from ctclass.tables.output import write_whole

FORMAT = 1
ENDING = ".manifest.json"
STDIN = "(stdin)"
_PRIME = (1 << 127) - 1
_BASE = int.from_bytes(hashlib.sha256(b"ctclass result digest").digest()[:15], "big")
_UNWRITABLE = re.compile(r"[\x00-\x09\x0b-\x1f\ufffe\uffff\ud800-\udfff]")


class ResultDigest:
    """A digest over the answers of all rows in their order, the same for every format.

    Files of two formats differ in every byte; what their `ct_` columns say does not. The
    digests of parts give that of the whole, so that partitions can be tagged apart:

    >>> rows = [["quantum", "ok"], ["", "empty"], ["bio", "ok"]]
    >>> whole, first, rest = ResultDigest(rows), ResultDigest(rows[:1]), ResultDigest(rows[1:])
    >>> first.extend(rest)
    >>> first.hexdigest() == whole.hexdigest() != ResultDigest(rows[::-1]).hexdigest()
    True

    It tells slips, losses and changes. It is no seal: who wants to forge a table can find
    another with the same digest. That is what the SHA-256 of the output is for.
    """

    def __init__(self, rows: Sequence[Sequence[str]] = ()) -> None:
        self.rows = 0
        self._value = 0
        for columns in rows:
            self.add(columns)

    @classmethod
    def of(cls, digest: str, rows: int) -> ResultDigest:
        """The digest of a part as a manifest has it."""
        found = cls()
        found.rows, found._value = rows, int(digest, 16)
        return found

    def add(self, columns: Sequence[str]) -> None:
        """Take in the answer of the next row, as the values of the `ct_` columns."""
        text = _UNWRITABLE.sub("\ufffd", "\n".join(columns))  # as Excel could hold it
        row = hashlib.blake2b(text.encode("utf-8"), digest_size=15).digest()
        self._value = (self._value * _BASE + int.from_bytes(row, "big") + 1) % _PRIME
        self.rows += 1

    def extend(self, following: ResultDigest) -> None:
        """Take in all rows of another digest, as those that follow."""
        shift = pow(_BASE, following.rows, _PRIME)
        self._value = (self._value * shift + following._value) % _PRIME
        self.rows += following.rows

    def hexdigest(self) -> str:
        """32 hexadecimal digits."""
        return f"{self._value:032x}"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was: its name as seen from the manifest, its size, its SHA-256."""

    name: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"name": self.name, "size": self.size, "sha256": self.sha256}


def record_file(path: Path | str, *, beside: Path | str | None = None) -> FileRecord:
    """Read a file through. `beside` is the output that the manifest will stand next to.

    Raises InputError when it is not there or cannot be read.
    """
    place = Path(path)
    with reading(str(path)), place.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = os.fstat(file.fileno()).st_size
    return FileRecord(name_beside(place, beside), size, sha256)


def name_beside(path: Path | str, beside: Path | str | None) -> str:
    """The way from the folder of `beside` to a file: a folder may move as a whole.

    >>> name_beside("work/in/a.csv", "work/out/a.tagged.csv")
    '../in/a.csv'
    """
    if beside is None:
        return str(path)
    try:
        way = os.path.relpath(path, Path(beside).parent)
    except ValueError:  # another drive of Windows
        way = os.path.realpath(path)
    return Path(way).as_posix()


def record_model(model: Model) -> dict[str, Any]:
    """Which model answered: label, digest, taxonomy, tokenizer and dictionary."""
    header = model.header
    return {
        "label": model.label,
        "digest": header["digest"],
        "taxonomy": header["taxonomy"],
        "made_with": header["made_with"],
    }


def record_columns(header: Sequence[str], columns: Columns) -> dict[str, list[str]]:
    """Which columns of the table were read as what; kinds without a column are left out."""
    places = record_places(columns)
    return {kind: [header[i] for i in found] for kind, found in places.items()}


def record_places(columns: Columns) -> dict[str, list[int]]:
    """The same as numbers of columns, from 0: two may have one name."""
    places = {
        "project_id": () if columns.project_id is None else (columns.project_id,),
        "title": columns.title,
        "title_en": columns.title_en,
        "abstract": columns.abstract,
        "abstract_en": columns.abstract_en,
        "keywords": columns.keywords,
        "partners": columns.partners,
    }
    for field, _, column in columns.metadata:
        places[field] = (*(c for c in places.get(field, ()) if c != column), column)
    return {kind: list(found) for kind, found in places.items() if found}


def record_counts(totals: Totals) -> dict[str, Any]:
    """Rows by status, area and screening level; a row without an area counts under ""."""
    return {
        "status": dict(sorted(totals.statuses.items())),
        "primary": dict(sorted(totals.primary.items())),
        "areas": dict(sorted(totals.areas.items())),
        "strategic": totals.strategic,
        "screening": dict(sorted(totals.screening.items())),
    }


def record_time(started: datetime) -> dict[str, Any]:
    """When a run began, when it ended (now), and how long it took."""
    ended = datetime.now(UTC)
    return {
        "started": started.isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 1),
    }


def manifest_path(output: Path | str) -> Path:
    """Where the manifest of an output stands.

    >>> manifest_path("out/grants.tagged.csv").name
    'grants.tagged.csv.manifest.json'
    """
    place = Path(output)
    return place.with_name(place.name + ENDING)


def write_manifest(path: Path | str, facts: dict[str, Any]) -> None:
    """Write `facts` behind the version of the format and of this program.

    Raises InputError when it cannot be written.
    """
    whole = {"ctclass_manifest": FORMAT, "ctclass": __version__, **facts}
    text = json.dumps(whole, ensure_ascii=False, indent=2)
    write_whole(path, f"{text}\n".encode())


def read_manifest(path: Path | str) -> dict[str, Any]:
    """Read a manifest. Raises InputError when there is none, or it is none that is known."""
    place = Path(path)
    if not place.is_file():
        raise InputError(
            Phrase("マニフェストがありません", "There is no manifest"),
            where=str(path),
            hint=Phrase(
                "ctclass tag を --manifest 付きで実行すると作られます",
                "ctclass tag writes one with --manifest",
            ),
        )
    with reading(str(path)):
        data = place.read_bytes()
    try:
        facts = json.loads(data)
        known = facts["ctclass_manifest"] == FORMAT
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise InputError(
            Phrase(
                "ctclass のマニフェストではないか、新しい版のものです",
                "This is no manifest of ctclass, or one of a later version",
            ),
            where=str(path),
            hint=Phrase(
                "ファイル名を確かめ、新しい版の ctclass を使ってください",
                "Check the file name, or use a newer ctclass",
            ),
        )
    return dict(facts)
