"""The file of a model: found by name, written, read, and refused where it does not fit.

It is two lines of JSON, a header that a person can read with `head -1` and a body, and
behind them the weights of the learned terms as little-endian whole numbers. No pickle, no
compression: its bytes would depend on the zlib of the day.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from ctclass.errors import ModelError, Phrase
from ctclass.model.compact import (
    Decision,
    Learned,
    Model,
    ModelArea,
    ModelSubTechnology,
    Term,
    Vote,
)
from ctclass.model.subtechnologies import dump_siblings, parse_siblings
from ctclass.rules import dump_rules, parse_rules
from ctclass.taxonomy.areas import digest_of, find_data

FORMAT = 5
DEFAULT = "default"
_REBUILD = Phrase("ctclass build で作り直してください", "Make it again with: ctclass build")


def find_model(name: str) -> Path:
    """The file of a model given by name (`default`) or by path."""
    path = Path(name)
    if path.suffix == ".ctm" or path.is_file():
        return path
    return find_data("models") / f"{name}.ctm"


def dump_model(model: Model) -> bytes:
    """The model as the bytes of its file; the digest in the header covers the rest."""
    learned = _dump_learned(model.learned)
    siblings, numbers = dump_siblings(model.siblings)
    rules, weights = dump_rules(model.rules)
    body = _line(
        {
            "areas": [
                [a.id, a.number, a.label_ja, a.label_en, a.strategic, a.curve] for a in model.areas
            ],
            "subtechnologies": [
                [s.id, s.area, s.name_ja, s.name_en] for s in model.subtechnologies
            ],
            "terms": [
                [
                    t.text,
                    t.df,
                    [[v.subtechnology, v.weight, int(v.alone)] for v in t.votes],
                ]
                + ([t.against] if t.against else [])
                for t in model.terms
            ],
            "units": model.units,
            "spellings": model.spellings,
            "patterns": model.patterns,
            "learned": [len(model.learned.grams), model.learned.voices, model.learned.bias],
            "siblings": [siblings, len(numbers)],
            "rules": [rules, len(weights)],
        }
    )
    body += learned + numbers + weights
    header = {k: v for k, v in model.header.items() if k not in ("ctclass_model", "digest")} | {
        "decision": _as_list(model.decision),
    }
    digest = hashlib.sha256(_line(header) + body).hexdigest()
    return _line({"ctclass_model": FORMAT, "digest": digest, **header}) + body


def read_model(name: str = DEFAULT) -> Model:
    """Read a model and check that it fits this installation.

    Raises ModelError (exit 4) when the file is missing, damaged, made with
    another tokenizer or dictionary (their units would differ), or, for the
    default model, when the taxonomy beside it has changed since.
    """
    path = find_model(name)
    header, body = _read_parts(path)
    try:
        check_fit(header, path)
        text, _, numbers = body.partition(b"\n")
        with _without_collector():
            return _parse(header, json.loads(text), numbers)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _damaged(path) from error


@contextmanager
def _without_collector() -> Iterator[None]:
    """The half million objects of a model hold no cycles, and looking for some again and
    again while they are made is a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parse(header: dict[str, Any], body: dict[str, Any], numbers: bytes) -> Model:
    amounts, given_at, screened_at, beside, most, firsts = header["decision"]
    siblings, size = body["siblings"]
    rules, weights = body["rules"]
    end = len(numbers) - weights
    learned = end - size
    return Model(
        header=header,
        decision=Decision(
            tuple(amounts),
            tuple(given_at),
            tuple(screened_at),
            beside,
            most,
            tuple(map(tuple, firsts)),
        ),
        areas=tuple(
            ModelArea(area, number, ja, en, strategic, tuple(curve))
            for area, number, ja, en, strategic, curve in body["areas"]
        ),
        subtechnologies=tuple(
            ModelSubTechnology(sub, area, ja, en) for sub, area, ja, en in body["subtechnologies"]
        ),
        terms=tuple(
            Term(
                t[0],
                t[1],
                tuple(Vote(sub, weight, bool(alone)) for sub, weight, alone in t[2]),
                t[3] if len(t) > 3 else 0,
            )
            for t in body["terms"]
        ),
        units=tuple(body["units"]),
        spellings=body["spellings"],
        patterns=tuple(tuple(p) for p in body["patterns"]),
        learned=_parse_learned(body["learned"], len(body["areas"]), numbers[:learned]),
        siblings=parse_siblings(siblings, numbers[learned:end]),
        rules=parse_rules(rules, numbers[end:], body["learned"][0]),
    )


def _dump_learned(learned: Learned) -> bytes:
    """Sizes, units, IDFs and weights of the learned terms, one after the other."""
    import numpy as np

    flat = [unit for gram in learned.grams for unit in gram]
    parts = [
        np.array([len(gram) for gram in learned.grams], dtype="<i1"),
        np.array(flat, dtype="<i4"),
        learned.idf.astype("<i2"),
        learned.weights.astype("<i2"),
    ]
    return b"".join(part.tobytes() for part in parts)


def _parse_learned(head: list[Any], areas: int, numbers: bytes) -> Learned:
    import numpy as np

    terms, voices, bias = head
    sizes = np.frombuffer(numbers, dtype="<i1", count=terms)
    total = int(sizes.sum())
    at = terms
    units = np.frombuffer(numbers, dtype="<i4", count=total, offset=at).tolist()
    at += 4 * total
    idf = np.frombuffer(numbers, dtype="<i2", count=terms, offset=at)
    at += 2 * terms
    weights = np.frombuffer(numbers, dtype="<i2", count=terms * areas, offset=at)
    if at + 2 * terms * areas != len(numbers):
        raise ValueError
    ends = sizes.cumsum(dtype=np.int64).tolist()
    return Learned(
        grams=tuple(tuple(units[a:b]) for a, b in zip([0, *ends], ends, strict=False)),
        idf=idf,
        weights=weights.reshape(terms, areas),
        voices=tuple(map(tuple, voices)),
        bias=tuple(bias),
    )


def _read_parts(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(
            Phrase("モデルを読めません", "The model cannot be read"),
            where=str(path),
            hint=Phrase(
                "--model には名前(default)か .ctm ファイルを指定してください",
                "Give --model a name (default) or a .ctm file",
            ),
        ) from error
    first, _, body = data.partition(b"\n")
    try:
        header = json.loads(first)
        rest = {k: v for k, v in header.items() if k not in ("ctclass_model", "digest")}
        known = header["ctclass_model"] == FORMAT
        intact = header["digest"] == hashlib.sha256(_line(rest) + body).hexdigest()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if not intact or not known:
        raise _damaged(path)
    return header, body


def check_fit(header: dict[str, Any], path: Path) -> None:
    """ModelError where a model would give other answers here than where it was made."""
    for package in ("sudachipy", "sudachidict-core"):
        here, then = installed_version(package), header["made_with"][package]
        if here != then:
            raise ModelError(
                Phrase(
                    f"モデルは {package} {then} で作られましたが、ここには {here} が入っています",
                    f"The model was made with {package} {then}; {here} is installed",
                ),
                where=str(path),
                hint=_REBUILD,
            )
    own = find_data("models")
    if path.parent == own and path.stem == DEFAULT:
        taxonomy = find_data("taxonomy")
        if digest_of(taxonomy) != header["taxonomy"]["digest"]:
            raise ModelError(
                Phrase(
                    "技術体系がモデルを作った時から変わっています",
                    "The taxonomy has changed since this model was made",
                ),
                where=f"{path} / {taxonomy}",
                hint=_REBUILD,
            )


def _damaged(path: Path) -> ModelError:
    return ModelError(
        Phrase(
            "モデルが壊れているか、形式が違います",
            "The model is damaged or of another format",
        ),
        where=str(path),
        hint=_REBUILD,
    )


def _as_list(record: Decision) -> list[Any]:
    return [getattr(record, name) for name in record.__slots__]


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
