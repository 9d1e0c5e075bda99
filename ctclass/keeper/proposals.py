"""What `propose` finds, and its forms: CSV, JSON Lines, lines for a taxonomy file.

The context of an example is a piece of somebody's table: it is for the screen, and stands
in none of the forms.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import yaml

from ctclass.keeper.candidates import has_japanese

LEAST = 5
LIMIT = 30


@dataclass(frozen=True, slots=True)
class Example:
    """A project that holds the term, and the term in its context; the context is for the
    screen only and never written to a file."""

    project_id: str
    context: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term that could become a seed of a sub-technology (empty where none is near).

    inside, outside  rows of the corpus with the term, by the model's answer
    read_inside, read_outside  the same of the rows that a reader judged
    share            the part of all of them that is inside
    score            how surely the term and the area travel together: the log-likelihood
                     ratio, times the square of the share, times log2(1 + units) as in the
                     C-value (Frantzi 2000), for a longer term means one thing more often
    mends            rows that hold the term, in which a reader gave the area and the model did not
    source           `corpus`, `labels` (which of the two says more) or `evidence`
    """

    term: str
    area: str
    subtechnology: str
    inside: int
    outside: int
    read_inside: int
    read_outside: int
    share: float
    score: float
    mends: int
    source: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """How many of the words that decided for the readers the model sees."""

    words: int
    seen: int


@dataclass(frozen=True, slots=True)
class Proposals:
    """All proposals, area by area, best first; evidence by the readers' primary area.

    `missing` labels have no text; a count may be too low by `dropped`.
    """

    rows: int
    read: int
    missing: int
    dropped: int
    evidence: dict[str, Seen]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the keeper asks for: areas (all when empty), how many of each kind, in how many
    rows of the area a term must stand."""

    areas: tuple[str, ...] = ()
    limit: int = LIMIT
    least: int = LEAST


COLUMNS = (
    "area", "subtechnology", "term", "source", "score", "share", "inside", "outside",
    "read_inside", "read_outside", "mends", "examples",
)  # fmt: skip


def to_record(proposal: Proposal) -> dict[str, object]:
    """A proposal without the contexts of its examples: their ids only."""
    record: dict[str, object] = {
        name: getattr(proposal, name) for name in COLUMNS if name != "examples"
    }
    return record | {"examples": [example.project_id for example in proposal.examples]}


def to_json(found: Proposals) -> str:
    """Everything as one JSON object."""
    return json.dumps(
        {
            "rows": found.rows,
            "read": found.read,
            "missing": found.missing,
            "dropped": found.dropped,
            "evidence": {area: asdict(seen) for area, seen in found.evidence.items()},
            "proposals": [to_record(p) for p in found.proposals],
        },
        ensure_ascii=False,
        indent=1,
    )


def to_json_lines(found: Proposals) -> str:
    """A proposal a line."""
    records = (json.dumps(to_record(p), ensure_ascii=False) for p in found.proposals)
    return "".join(f"{record}\n" for record in records)


def to_csv(found: Proposals) -> str:
    """A proposal a row, with a byte order mark, for this is for people and their Excel."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for proposal in found.proposals:
        record = to_record(proposal) | {
            "examples": ";".join(e.project_id for e in proposal.examples)
        }
        writer.writerow([record[name] for name in COLUMNS])
    return "\ufeff" + text.getvalue()


def to_yaml(found: Proposals, files: Mapping[str, str]) -> str:
    """Lines to be pasted under the seeds of a file; `files` names the file of each area.

    Every line is indented as in the files and ends with what a keeper weighs it by. The
    whole is YAML itself, but no taxonomy: nobody can apply it unread.
    """
    lines = [
        "# ctclass propose の提案。よいものだけを、領域のファイルの seeds に写してください。",
        "# Proposals: copy the good ones into the seeds of the area's file, none unread.",
    ]
    held: dict[tuple[str, str, str], list[str]] = {}
    for p in found.proposals:
        lang = "ja" if has_japanese(p.term) else "en"
        what = f"{p.inside + p.read_inside}/{p.outside + p.read_outside}"
        note = f"# {what} {p.share:.2f} {p.source}" + (f" mends {p.mends}" if p.mends else "")
        line = f"        - {_quoted(p.term)}  {note}"
        held.setdefault((p.area, p.subtechnology, lang), []).append(line)
    for area in dict.fromkeys(key[0] for key in held):
        lines.append(f"{area}:  # {files.get(area, '')}")
        for sub in dict.fromkeys(key[1] for key in held if key[0] == area):
            lines.append(f"  {sub.partition('/')[2] or 'unknown'}:")
            lines.append("    seeds:")
            for lang in ("ja", "en"):
                if (area, sub, lang) in held:
                    lines += [f"      {lang}:", *held[area, sub, lang]]
    return "\n".join(lines) + "\n"


def _quoted(term: str) -> str:
    """A term as YAML takes it for a text, quoted only where it must be.

    >>> _quoted("海底熱水鉱床"), _quoted("on"), _quoted("3D"), _quoted("a: b")
    ('海底熱水鉱床', '"on"', '3D', '"a: b"')
    """
    try:
        plain = yaml.safe_load(f"- {term}") == [term]
    except yaml.YAMLError:
        plain = False
    return term if plain and " #" not in term else json.dumps(term, ensure_ascii=False)
