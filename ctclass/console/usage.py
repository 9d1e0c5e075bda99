"""What typer says of a wrong call, and in its help: its own sentences know English only."""

from __future__ import annotations

import re

_SENTENCES = tuple(
    (re.compile(english), japanese)
    for english, japanese in (
        (
            r"No such option: (\S+) \(Possible options: (.+)\)",
            r"オプション \1 はありません(近い名前: \2)",
        ),
        (r"No such option: (\S+) Did you mean (.+)\?", r"オプション \1 はありません(近い名前: \2)"),
        (r"No such option: (\S+)", r"オプション \1 はありません"),
        (r"No such command '(.+)'\.", r"命令 \1 はありません"),
        (r"Missing argument '(.+)'\.", r"\1 の指定がありません"),
        (r"Missing option (.+)\.", r"オプション \1 が要ります"),
        (r"Option '(.+)' requires an argument\.", r"\1 には値が要ります"),
        (r"Option '(.+)' does not take a value\.", r"\1 に値は付けられません"),
        (r"Got unexpected extra argument(?:s|\(s\))? \((.+)\)", r"余分な引数があります: \1"),
        (r"Invalid value for '(.+)': .*greater than or equal to (\S+)", r"\1 は \2 以上です"),
        (r"Invalid value for '(.+)': .*less than or equal to (\S+)", r"\1 は \2 以下です"),
        (r"Invalid value for '(.+)': .*valid integer.*", r"\1 には整数を指定してください"),
        (r"Invalid value for '(.+)': .*valid number.*", r"\1 には数を指定してください"),
        (r"Invalid value for '(.+)': (.+)", r"\1: \2"),
    )
)


_HELP = tuple(
    (re.compile(english, re.MULTILINE), japanese)
    for english, japanese in (
        (r"^Usage: ", "使い方: "),
        (r"^Options:$", "オプション:"),
        (r"^Arguments:$", "引数:"),
        (r"\[OPTIONS\]", "[オプション]"),
        (r"COMMAND \[ARGS\]\.\.\.", "命令 [引数]..."),
        (r"\[required\]", "[必須]"),
        (r"\[default:\s+", "[既定: "),
        (r"Show this message and exit\.", "この説明を表示"),
    )
)
_TYPE = re.compile(r"<(?:list\[)?(?:str|path|int|float)\]?>")


def plain_help(text: str, lang: str) -> str:
    """The help without the names of Python's types, and in Japanese where it is to be.

    >>> plain_help("Usage: ctclass tag [OPTIONS] {INPUT}...", "ja")
    '使い方: ctclass tag [オプション] {INPUT}...'
    """
    text = _TYPE.sub(lambda found: " " * len(found.group()), text)
    for english, japanese in _HELP if lang == "ja" else ():
        text = english.sub(japanese, text)
    return text


def in_japanese(message: str) -> str:
    """The sentence in Japanese; one that is not known stays as it is.

    >>> in_japanese("Missing argument 'INPUT'."), in_japanese("No such option: --exel")
    ('INPUT の指定がありません', 'オプション --exel はありません')
    >>> in_japanese("Invalid value for '--workers': Input should be greater than or equal to 0")
    '--workers は 0 以上です'
    """
    for english, japanese in _SENTENCES:
        if found := english.fullmatch(message):
            return found.expand(japanese)
    return message
