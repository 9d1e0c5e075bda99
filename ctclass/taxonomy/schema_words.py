"""What a JSON schema finds wrong, in Japanese: the library has English only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LONGEST = 80
_TYPES = {
    "string": "文字列", "integer": "整数", "number": "数", "boolean": "true か false",
    "array": "列(- で並べたもの)", "object": "「項目: 値」の並び", "null": "空",
}  # fmt: skip


def in_japanese(problem: Any) -> str:
    """The message of a `jsonschema.ValidationError`; one that the schemas of a taxonomy never
    give stays as it is.

    >>> from jsonschema import Draft202012Validator
    >>> [found] = Draft202012Validator({"maximum": 3}).iter_errors(8)
    >>> in_japanese(found)
    '8 は上限 3 を超えています'
    """
    write = _WORDS.get(problem.validator)
    return str(write(problem)) if write else str(problem.message)


def _here(problem: Any) -> str:
    text = repr(problem.instance)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _named(problem: Any, names: Any) -> list[str]:
    """Those of the names that the message is about, as it writes them."""
    return [repr(name) for name in names if repr(name) in problem.message]


def _unknown(problem: Any) -> str:
    known = problem.schema.get("properties", {})
    names = "、".join(_named(problem, (k for k in problem.instance if k not in known)))
    return f"{names} という項目はありません"


def _dependent(problem: Any) -> str:
    pairs = [(key, name) for key, names in problem.validator_value.items() for name in names]
    for key, name in pairs:
        if problem.message == f"{name!r} is a dependency of {key!r}":
            return f"{key!r} があるときは {name!r} も要ります"
    return str(problem.message)


def _type(problem: Any) -> str:
    kinds = problem.validator_value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return f"{_here(problem)} は{'・'.join(_TYPES[kind] for kind in kinds)}ではありません"


_WORDS: dict[str, Callable[[Any], str]] = {
    "additionalProperties": _unknown,
    "dependentRequired": _dependent,
    "type": _type,
    "required": lambda p: f"{'、'.join(_named(p, p.validator_value))} がありません",
    "enum": lambda p: f"{_here(p)} は選べません({p.validator_value} のどれか)",
    "pattern": lambda p: f"{_here(p)} は決まった形({p.validator_value})ではありません",
    "minLength": lambda p: f"{_here(p)} は短すぎます({p.validator_value} 文字以上)",
    "maxLength": lambda p: f"{_here(p)} は長すぎます({p.validator_value} 文字まで)",
    "minItems": lambda p: f"{_here(p)} は少なすぎます({p.validator_value} 個以上)",
    "minProperties": lambda p: f"{_here(p)} は少なすぎます({p.validator_value} 項目以上)",
    "uniqueItems": lambda p: f"{_here(p)} に同じものが二つあります",
    "minimum": lambda p: f"{_here(p)} は下限 {p.validator_value} を下回っています",
    "maximum": lambda p: f"{_here(p)} は上限 {p.validator_value} を超えています",
    "exclusiveMinimum": lambda p: f"{_here(p)} は {p.validator_value} より大きい数で書きます",
    "oneOf": lambda p: f"{_here(p)} は書ける形のどれでもありません",
}
