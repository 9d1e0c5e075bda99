"""A YAML file that people write, with the line of everything in it.

PyYAML takes the last of two equal keys and says nothing, gives None for a file
of comments, and forgets lines once it has loaded. People find a slip only if we
name its line, so a file comes back with its lines and with all its faults.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctclass.errors import ModelError, Phrase
from ctclass.taxonomy.schema_words import in_japanese

Key = tuple[str | int, ...]
Lines = dict[Key, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line (from 1) that a person, or an editor, can open."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a file holds. `data` may be used only when `faults` is empty."""

    path: Path
    data: dict[str, Any]
    lines: Lines
    faults: tuple[ModelError, ...] = ()

    def place(self, *at: str | int) -> Place:
        """Where the node stands that these keys and indexes lead to."""
        return place_in(self.path, self.lines.get(at, 1))


def place_in(path: Path, line: int) -> Place:
    """`path` as seen from the current folder, where it lies below it."""
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return Place(str(path), line)


def read_yaml(path: Path, schema: dict[str, Any]) -> YamlFile:
    """Read a file and hold it against a JSON schema. Never raises on content."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
        node = yaml.compose(text, Loader=loader)
        if node is None:
            return YamlFile(path, {}, {}, (_empty(path),))
        lines = dict(_lines(node, ()))
        data = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        return YamlFile(path, {}, {}, (_unreadable(path, error),))
    faults = [*_twice(node, path), *_odd_numbers(data, (), path, lines)]
    faults += _against_schema(data, path, schema, lines)
    return YamlFile(path, data, lines, tuple(faults))


def _lines(node: Any, at: Key) -> Iterator[tuple[Key, int]]:
    """The line of every node; a mapping's value counts from its key."""
    yield at, node.start_mark.line + 1
    if node.id == "mapping":
        for key, value in node.value:
            if key.id == "scalar":
                yield from _lines(value, (*at, key.value))
                yield (*at, key.value), key.start_mark.line + 1
    elif node.id == "sequence":
        for i, value in enumerate(node.value):
            yield from _lines(value, (*at, i))


def _twice(node: Any, path: Path) -> Iterator[ModelError]:
    """Keys that stand twice in one mapping: YAML forbids them, PyYAML lets the last win."""
    if node.id == "sequence":
        for value in node.value:
            yield from _twice(value, path)
    elif node.id == "mapping":
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                yield _fault(
                    path,
                    line,
                    Phrase(
                        f"項目「{key.value}」が二つあります", f"The key {key.value!r} stands twice"
                    ),
                    Phrase(
                        f"もう一つは {seen[key.value]} 行目です",
                        f"The other is on line {seen[key.value]}",
                    ),
                )
            seen[key.value] = line
            yield from _twice(value, path)


def _odd_numbers(data: Any, at: Key, path: Path, lines: Lines) -> Iterator[ModelError]:
    """`.nan` passes every limit of a JSON schema, since it is neither more nor less."""
    if isinstance(data, float) and math.isnan(data):
        what = Phrase("数ではない値(.nan)です", "This is not a number (.nan)")
        hint = Phrase("数を書いてください", "Write a number")
        yield _fault(path, lines.get(at, 1), what, hint)
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _odd_numbers(value, (*at, key), path, lines)


def _against_schema(
    data: Any, path: Path, schema: dict[str, Any], lines: Lines
) -> Iterator[ModelError]:
    import jsonschema

    problems = jsonschema.Draft202012Validator(schema).iter_errors(data)
    # A misspelled key is unknown and leaves another missing: the first is what to mend.
    for problem in sorted(problems, key=lambda p: p.validator != "additionalProperties"):
        deepest = _deepest(problem)
        at: Key = tuple(deepest.absolute_path)
        if deepest.validator == "additionalProperties":
            unknown = [k for k in deepest.instance if f"'{k}'" in deepest.message]
            at = (*at, *unknown[:1])
        yield _fault(
            path,
            lines.get(at, 1),
            Phrase(
                f"技術体系の書き方が違います: {in_japanese(deepest)[:200]}",
                f"The taxonomy breaks its schema: {deepest.message[:200]}",
            ),
            Phrase(
                "使える項目はファイルの先頭の用語集にあります",
                "The glossary at the top of the file lists the fields",
            ),
        )


def _deepest(problem: Any) -> Any:
    """Of the ways in which a seed is neither a string nor a mapping, the one meant."""
    inner = [p for p in problem.context or () if p.validator != "type" or p.relative_path]
    return _deepest(inner[0]) if inner else problem


def _unreadable(path: Path, error: Exception) -> ModelError:
    """What keeps the file from being read: the disk, its encoding, or its YAML."""
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        what = Phrase(f"ファイルを開けません: {reason}", f"The file cannot be opened: {reason}")
        hint = Phrase("場所と読み取りの権限を確かめてください", "Look at its place and permissions")
        return _fault(path, 1, what, hint)
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        what = Phrase("UTF-8 の文字ではありません", "This is not UTF-8 text")
        hint = Phrase("UTF-8 で保存し直してください", "Save the file as UTF-8")
        return _fault(path, line, what, hint)
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return _fault(
        path,
        mark.line + 1 if mark else 1,
        Phrase(f"YAML として読めません: {problem}", f"This is not readable as YAML: {problem}"),
        Phrase("この行の字下げと引用符を見てください", "Look at the indent and quotes here"),
    )


def _empty(path: Path) -> ModelError:
    return _fault(
        path,
        1,
        Phrase("ファイルに中身がありません", "The file holds nothing"),
        Phrase(
            "領域のファイルを写すか、このファイルを消してください",
            "Copy another area's file, or remove this one",
        ),
    )


def _fault(path: Path, line: int, what: Phrase, hint: Phrase) -> ModelError:
    return ModelError(what, where=str(place_in(path, line)), hint=hint)
