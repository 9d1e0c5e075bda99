"""`ctclass crosswalk`: what an item of one framework is in another."""

from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.options import LANG, AsJson, Force, Lang, Quiet, option, say

if TYPE_CHECKING:
    from ctclass.taxonomy.crosswalk import Reading

FORMATS = ("csv", "skos", "json")
_ENDINGS = {".csv": "csv", ".ttl": "skos", ".json": "json"}


def crosswalk(
    first: Annotated[
        str | None,
        typer.Argument(
            metavar="A",
            help=say(
                "枠組みの名か .yaml(省略すると一覧)", "a framework, or a .yaml file; none lists all"
            ),
            show_default=False,
        ),
    ] = None,
    second: Annotated[
        str,
        typer.Argument(
            metavar="B",
            help=say(
                "もう一つの枠組み(省略すると16領域 wg6)", "another (if omitted, the 16 areas: wg6)"
            ),
            show_default=False,
        ),
    ] = "wg6",
    table: Annotated[
        str | None,
        option(
            "--table",
            ja="判定済みの表。A の項目ごとに行を数える",
            en="a tagged table: count its rows by the items of A",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        option("--format", ja="出力の形式 csv skos json", en="format of the output: csv skos json"),
    ] = None,
    as_json: AsJson = False,
    output: Annotated[
        str | None,
        option(
            "--output", "-o", ja="出力先(.csv .ttl .json)", en="where to write (.csv .ttl .json)"
        ),
    ] = None,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """All text formats go to stdout, or into a file that appears whole."""
    from ctclass.console import lists as console_lists
    from ctclass.tables.output import refuse_place

    screen = Screen(lang, quiet=quiet)
    kind = _kind(kind, output, as_json=as_json)
    if output and output != "-":
        refuse_place(output, [table] if table else [], force=force)
    if first is None:
        if kind not in (None, "json") or table:
            raise _no_framework()
        _list_all(screen, kind, output)
        return
    one, other = _readings(first, second)
    if table:
        _tally(screen, one, table, kind, output)
        return
    from ctclass.taxonomy.crosswalk import link
    from ctclass.taxonomy.crosswalk_table import COLUMNS, to_csv, to_json, to_rows
    from ctclass.taxonomy.skos import to_turtle

    links = link(one, other)
    if kind is None:
        console_lists.show_crosswalk(screen, one, other, links)
    elif kind == "csv":
        _give(screen, to_csv(COLUMNS, to_rows(one, other, links)), output, mark="\ufeff")
    elif kind == "json":
        _give(screen, to_json(one, other, links), output)
    else:
        _give(screen, to_turtle(one, other, links), output)


def _tally(
    screen: Screen, reading: "Reading", table: str, kind: str | None, output: str | None
) -> None:
    from ctclass.console import lists as console_lists
    from ctclass.tables import check_input, open_table
    from ctclass.taxonomy.crosswalk_table import TALLY_COLUMNS, tally_json, tally_rows, to_csv
    from ctclass.taxonomy.tally import tally

    if kind == "skos":
        raise UsageError(
            Phrase("--table の結果は SKOS になりません", "What --table counts is no SKOS"),
            where="--format skos",
            hint=Phrase("csv か json を指定してください", "Use csv or json"),
        )
    check_input(table)
    with open_table(table) as reader:
        counts = tally(reading, reader)
    framework = reading.framework
    if kind is None:
        console_lists.show_tally(screen, framework, counts)
    elif kind == "csv":
        rows = tally_rows(framework, counts)
        _give(screen, to_csv(TALLY_COLUMNS, rows), output, mark="\ufeff")
    else:
        _give(screen, tally_json(framework, counts), output)


def _list_all(screen: Screen, kind: str | None, output: str | None) -> None:
    from ctclass.console import lists as console_lists
    from ctclass.taxonomy.crosswalk_table import list_json
    from ctclass.taxonomy.frameworks import framework_names, read_framework

    frameworks = [read_framework(name) for name in framework_names()]
    if kind == "json":
        _give(screen, list_json(frameworks), output)
    else:
        console_lists.show_frameworks(screen, frameworks)


def _readings(first: str, second: str) -> "tuple[Reading, Reading]":
    from ctclass.taxonomy.areas import read_taxonomy
    from ctclass.taxonomy.crosswalk import Reading
    from ctclass.taxonomy.frameworks import read_framework

    names = dict.fromkeys((first, second))
    taxonomy = read_taxonomy()
    areas = {area.id: [sub.id for sub in area.subtechnologies] for area in taxonomy.areas}
    found = {name: Reading(read_framework(name, taxonomy), areas) for name in names}
    return found[first], found[second]


def _kind(kind: str | None, output: str | None, *, as_json: bool) -> str | None:
    """The format asked for by name, by `--json` or by the ending; None is for the terminal."""
    if kind is not None and kind not in FORMATS:
        raise UsageError(
            Phrase(f"形式 {kind!r} を知りません", f"There is no format {kind!r}"),
            where="--format",
            hint=Phrase(f"{', '.join(FORMATS)} のどれかです", f"One of {', '.join(FORMATS)}"),
        )
    if kind or as_json:
        return kind or "json"
    if output is None:
        return None
    ending = "." + output.lower().rpartition(".")[2]
    if ending not in _ENDINGS and output != "-":
        raise UsageError(
            Phrase("出力の形式が分かりません", "The format of the output is not known"),
            where=output,
            hint=Phrase(
                "名前を .csv .ttl .json にするか --format を付けてください",
                "End its name in .csv, .ttl or .json, or add --format",
            ),
        )
    return _ENDINGS.get(ending, "csv")


def _give(screen: Screen, text: str, output: str | None, *, mark: str = "") -> None:
    """Onto stdout, or into a file; `mark` is what Excel needs to see that it is UTF-8."""
    from ctclass.tables.output import write_whole

    if output in (None, "-"):
        write_data(text.replace("\r\n", "\n"))
        return
    write_whole(str(output), (mark + text).encode())
    screen.tell_written(output)


def _no_framework() -> UsageError:
    return UsageError(
        Phrase("枠組みの名がありません", "No framework is named"),
        where="ctclass crosswalk",
        hint=Phrase("ctclass crosswalk で一覧が出ます", "ctclass crosswalk lists them"),
    )
