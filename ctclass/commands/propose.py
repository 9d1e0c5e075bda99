"""`ctclass propose`: new seeds for the keeper of the taxonomy."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import (
    LANG,
    AbstractColumns,
    AsJson,
    EncodingName,
    Force,
    IdColumn,
    KeywordColumns,
    Lang,
    ModelName,
    Quiet,
    TaxonomyFolder,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)


def propose(
    corpus: Annotated[
        str | None,
        typer.Argument(
            metavar="[CORPUS]",
            help=say(
                "研究課題の表(ラベルに本文があれば省ける)",
                "a table of projects (not needed where the labels carry texts)",
            ),
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        option("--labels", ja="正解ラベル(.jsonl か .xlsx)", en="labels (.jsonl or .xlsx)"),
    ] = None,
    area: Annotated[
        list[str] | None,
        option("--area", ja="提案がほしい領域(複数可)", en="area to propose for (repeatable)"),
    ] = None,
    limit: Annotated[
        int,
        option("--limit", ja="領域ごと・種類ごとの数", en="how many per area and kind", min=1),
    ] = 30,
    least: Annotated[
        int,
        option(
            "--least",
            ja="領域の内でこれより少ない件数の語は出さない",
            en="leave out terms in fewer rows of the area",
            min=1,
        ),
    ] = 5,
    as_json: AsJson = False,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            ja="出力 .csv .jsonl .yaml(本文の抜き書きは入りません)",
            en="output .csv .jsonl .yaml (holds no text of the table)",
        ),
    ] = None,
    taxonomy: TaxonomyFolder = None,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    encoding: EncodingName = None,
    workers: Workers = 0,
    model: ModelName = "default",
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """The proposals are the result, so they go to stdout, or into the file of `-o`."""
    from ctclass.console.keeper import show_evidence, show_proposals, tell_rows
    from ctclass.keeper.proposals import Wish, to_json
    from ctclass.keeper.propose import propose_seeds
    from ctclass.model.file import read_model
    from ctclass.readers.labels import read_labels
    from ctclass.tables import check_input
    from ctclass.tagging.tag import Tagger
    from ctclass.taxonomy.areas import read_taxonomy

    screen = Screen(lang, quiet=quiet)
    kind = _kind(output, [str(p) for p in (corpus, labels) if p], force=force)
    if corpus is None and labels is None:
        raise UsageError(
            Phrase("コーパスもラベルもありません", "There is neither a corpus nor labels"),
            where="CORPUS",
            hint=Phrase("表か --labels を指定してください", "Give a table, or --labels"),
        )
    areas = read_taxonomy(taxonomy)
    _check_areas(area or (), [a.id for a in areas.areas])
    tagger = Tagger(read_model(model))
    read = read_labels(labels, tagger.model) if labels else ()
    with ExitStack() as stack:
        table, columns = None, None
        if corpus is not None:
            check_input(corpus)
            table, columns = stack.enter_context(
                opened(screen, corpus, encoding=encoding, project_id=project_id, title=title,
                       abstract=abstract, keywords=keywords)
            )  # fmt: skip
        progress = stack.enter_context(
            screen.progress(
                screen.say("数えています", "counting"), table.row_count if table else None
            )
        )
        found = propose_seeds(
            tagger, areas, wish=Wish(tuple(area or ()), limit, least), table=table,
            columns=columns, readings={x.project_id: x for x in read}, workers=workers or cores(),
            progress=progress,
        )  # fmt: skip
    screen.tell_held()
    tell_rows(screen, found)
    show_evidence(screen, found, tagger.model)
    if output:
        _write(output, kind, found, areas)
        screen.tell_written(output)
    if as_json:
        write_data(to_json(found) + "\n")
    elif not output:
        show_proposals(screen, found, tagger.model)


def _kind(output: str | None, inputs: list[str], *, force: bool) -> str:
    """The ending of the output, checked before the work begins."""
    from ctclass.tables.output import refuse_place

    if output is None:
        return ""
    kind = Path(output).suffix.lower()
    if kind not in (".csv", ".jsonl", ".yaml", ".yml"):
        raise UsageError(
            Phrase("提案の形式が分かりません", "This is no format for proposals"),
            where=output,
            hint=Phrase(
                "-o の名前を .csv .jsonl .yaml のどれかにしてください",
                "Give -o a name that ends in .csv, .jsonl or .yaml",
            ),
        )
    refuse_place(output, inputs, force=force)
    return kind


def _check_areas(wanted: list[str] | tuple[()], known: list[str]) -> None:
    for area in wanted:
        if area not in known:
            raise UsageError(
                Phrase(f"領域 {area!r} はありません", f"There is no area {area!r}"),
                where="--area",
                hint=Phrase(f"{'、'.join(known)} のどれかです", f"One of {', '.join(known)}"),
            )


def _write(output: str, kind: str, found: Any, areas: Any) -> None:
    from ctclass.keeper.proposals import to_csv, to_json_lines, to_yaml
    from ctclass.tables.output import write_whole

    if kind == ".csv":
        text = to_csv(found)
    elif kind == ".jsonl":
        text = to_json_lines(found)
    else:
        text = to_yaml(found, {area.id: Path(area.place.file).name for area in areas.areas})
    write_whole(output, text.encode())
