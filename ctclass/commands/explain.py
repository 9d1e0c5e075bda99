"""`ctclass explain`: why a text, or a row of a table, got its answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import (
    LANG,
    BudgetColumns,
    CountryColumns,
    EncodingName,
    Force,
    FunderColumns,
    InternationalColumns,
    Lang,
    ModelName,
    PartnerColumns,
    ProgrammeColumns,
    Quiet,
    ScreeningRecall,
    option,
    say,
)

if TYPE_CHECKING:
    from ctclass.explain.explanation import Explanation
    from ctclass.model.compact import Model
    from ctclass.tables import TableReader
    from ctclass.tagging.tag import Tagger


def explain(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUT",
            help=say(
                "表(tag が読む形式)。--id か --row で行を選ぶ。- だけなら標準入力の本文",
                "a table that tag reads, with --id or --row; - alone: a text on standard input",
            ),
        ),
    ] = None,
    ids: Annotated[
        list[str] | None,
        option(
            "--id",
            ja="説明する課題番号(複数可)",
            en="project id to explain (repeatable)",
            metavar="ID",
        ),
    ] = None,
    rows: Annotated[
        list[int] | None,
        option(
            "--row", ja="説明するデータ行の番号(複数可)", en="data row to explain, from 1", min=1
        ),
    ] = None,
    text: Annotated[
        str | None, option("--text", ja="研究概要の本文", en="the abstract itself")
    ] = None,
    title: Annotated[
        list[str] | None,
        option(
            "--title",
            ja="課題名そのもの。表のときは課題名の列(複数可)",
            en="the title itself; with a table the title column (repeatable)",
            metavar="TEXT",
        ),
    ] = None,
    keywords: Annotated[
        list[str] | None,
        option(
            "--keywords",
            ja="キーワードそのもの。表のときはその列(複数可)",
            en="the keywords themselves; with a table their column (repeatable)",
            metavar="TEXT",
        ),
    ] = None,
    abstract: Annotated[
        list[str] | None,
        option("--abstract", ja="概要の列(複数可)", en="abstract column of the table (repeatable)"),
    ] = None,
    id_column: Annotated[
        str | None, option("--id-column", ja="課題番号の列", en="column of the project id")
    ] = None,
    partners: PartnerColumns = None,
    country: CountryColumns = None,
    funder: FunderColumns = None,
    programme: ProgrammeColumns = None,
    budget: BudgetColumns = None,
    international: InternationalColumns = None,
    encoding: EncodingName = None,
    kind: Annotated[
        str | None, option("--format", ja="標準入力の表の形式", en="format of a table on stdin")
    ] = None,
    as_json: Annotated[
        bool,
        option("--json", ja="JSON で出す(一課題一行)", en="print JSON, one object a line"),
    ] = False,
    html: Annotated[
        Path | None, option("--html", ja="HTML に書き出す", en="write an HTML page")
    ] = None,
    model: ModelName = "default",
    screening_recall: ScreeningRecall = False,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """A table is read by id or row; else the texts are what the options hold."""
    from ctclass.tables.output import refuse_place

    is_table = source is not None and bool(source != "-" or ids or rows)
    circumstances = {
        "partners": partners, "country": country, "funder": funder, "programme": programme,
        "budget": budget, "international": international,
    }  # fmt: skip
    _check(source, text, abstract, ids, rows, circumstances, is_table=is_table)
    if source is None and text is None and not title and not keywords:
        raise _nothing_to_explain()
    if html:
        refuse_place(str(html), [source] if source else [], force=force)
    screen = Screen(lang, quiet=quiet)
    load = partial(_tagger, model, recall=screening_recall)
    if is_table:
        named = {
            "project_id": id_column, "title": title, "abstract": abstract, "keywords": keywords,
            "encoding": encoding, "kind": kind, **circumstances,
        }  # fmt: skip
        tagger, found, notes = _of_table(screen, load, str(source), ids or [], rows or [], named)
    else:
        body = _stdin(encoding) if "-" in (source, text) else text or ""
        tagger = load()
        found = _of_text(tagger, body, "\n".join(title or ()), "\n".join(keywords or ()))
        notes = []
    _show(found, tagger.model, lang, html, as_json=as_json)
    screen.tell_held()
    screen.tell(*notes)
    if html and str(html) != "-":
        screen.tell_written(html)


def _check(
    source: str | None,
    text: str | None,
    abstract: Sequence[str] | None,
    ids: Sequence[str] | None,
    rows: Sequence[int] | None,
    circumstances: dict[str, list[str] | None],
    *,
    is_table: bool,
) -> None:
    """UsageError for a call that does not say what to explain."""
    if is_table and text is not None:
        raise UsageError(
            Phrase("表と --text は一緒に使えません", "A table and --text do not go together"),
            where=str(source),
            hint=Phrase("どちらか一つにしてください", "Give one of them"),
        )
    if is_table and not ids and not rows:
        raise UsageError(
            Phrase("どの行を説明するかが分かりません", "Which row is to be explained?"),
            where=str(source),
            hint=Phrase(
                "--id 課題番号 か --row 行番号 を付けてください", "Add --id ID or --row NUMBER"
            ),
        )
    columns = {"id": ids, "row": rows, "abstract": abstract, **circumstances}
    given = [f"--{name}" for name, value in columns.items() if value]
    if not is_table and given:
        raise UsageError(
            Phrase(
                f"{'、'.join(given)} には表が要ります", f"{', '.join(given)}: only with a table"
            ),
            where="INPUT",
            hint=Phrase("表のファイル名を付けてください", "Give the file of the table"),
        )


def _nothing_to_explain() -> UsageError:
    return UsageError(
        Phrase("説明するものが指定されていません", "There is nothing to explain"),
        where="ctclass explain",
        hint=Phrase(
            '表の行なら grants.csv --id 課題番号、本文なら --text "…" を付けてください',
            'Give a row of a table, grants.csv --id ID, or a text, --text "…"',
        ),
    )


def _stdin(encoding: str | None) -> str:
    """A text on standard input, in whatever encoding it came."""
    from ctclass.tables.encoding import find_encoding
    from ctclass.tables.files import Source

    source = Source("-")
    try:
        found = find_encoding(source, encoding)
        with source.open() as file:
            return file.read().decode(found.codec, found.errors).rstrip("\r\n")
    finally:
        source.close()


def _tagger(model: str, *, recall: bool) -> Tagger:
    """The model, kept out of the garbage collector's sight: walking its half million objects
    again and again is an eighth of the time that one text takes."""
    import gc

    from ctclass.model.file import read_model
    from ctclass.tagging.tag import Tagger

    found = read_model(model)
    gc.freeze()
    return Tagger(found, recall=recall)


def _of_text(tagger: Tagger, text: str, title: str, keywords: str) -> list[Explanation]:
    from ctclass.explain.reasons import explain as explain_project
    from ctclass.projects import Project

    return [explain_project(tagger, Project("", title, text, keywords))]


def _of_table(
    screen: Screen,
    load: Callable[[], Tagger],
    source: str,
    ids: Sequence[str],
    rows: Sequence[int],
    named: dict[str, Any],
) -> tuple[Tagger, list[Explanation], list[Phrase]]:
    from ctclass.explain.picking import find_rows
    from ctclass.explain.reasons import explain_row
    from ctclass.tables import check_input, check_kind

    check_kind(named["kind"])
    check_input(source)
    with opened(screen, source, **named) as (reader, columns):
        picked = find_rows(reader, columns, ids, rows)
        tagger = load()
        found = [explain_row(tagger, columns, reader.header, p.row) for p in picked]
        notes = list(_repeated(picked)) + _other_answers(tagger, reader, picked)
    return tagger, found, notes


def _other_answers(tagger: Tagger, reader: TableReader, picked: Sequence[Any]) -> list[Phrase]:
    """Said where the table holds answers of another model: what is explained is not they."""
    from ctclass.review.rows import answer_places, told_in

    places = answer_places(reader)
    told = sorted({told_in(p.row, places)[0] for p in picked} - {"", tagger.label})
    return [
        Phrase(
            f"表の判定は {model} のものです。説明は {tagger.label} の判定についてです"
            "(--model、--screening-recall でそろえられます)",
            f"The table was tagged with {model}; what is explained is the answer of "
            f"{tagger.label} (--model and --screening-recall make them the same)",
        )
        for model in told
    ]


def _repeated(picked: Sequence[Any]) -> Iterator[Phrase]:
    """Ids that more than one row has: all of those rows are explained."""
    rows: dict[str, list[int]] = {}
    for one in picked:
        rows.setdefault(one.project_id, []).append(one.number)
    for project_id, numbers in rows.items():
        if project_id and len(set(numbers)) > 1:
            places = ", ".join(map(str, numbers))
            yield Phrase(
                f"課題番号 {project_id} は {len(numbers)} 行にあります(データ行 {places})",
                f"The id {project_id} stands in {len(numbers)} rows (data rows {places})",
            )


def _show(
    found: Sequence[Explanation],
    model: Model,
    lang: str,
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    """JSON on stdout, or a page, or both where both are asked for; else the drawing."""
    if as_json:
        import json

        for explanation in found:
            line = json.dumps(explanation.record(), ensure_ascii=False)
            write_data(line + "\n")
    if as_json and not html:
        return
    from ctclass.explain.view import view_explanation

    views = [view_explanation(explanation, model, lang) for explanation in found]
    if html:
        from ctclass.explain.page import to_html
        from ctclass.tables.output import write_whole

        write_whole(html, to_html(views).encode("utf-8", "xmlcharrefreplace"))
    elif not as_json:
        from ctclass.console.explanation import draw_explanation
        from ctclass.console.terminal import results_console

        console = results_console()
        for view in views:
            draw_explanation(console, view)
    sys.stdout.flush()
