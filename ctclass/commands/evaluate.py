"""`ctclass evaluate`: measure the answers against labels."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ctclass.console import Screen
from ctclass.errors import Phrase
from ctclass.options import (
    LANG,
    AbstractColumns,
    EncodingName,
    IdColumn,
    KeywordColumns,
    Lang,
    ModelName,
    Quiet,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)

HELP = say(
    "正解ラベルと比べて精度を測ります。", "Measure the answers against labels that people gave."
)


def evaluate(
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help=say("正解ラベル(.jsonl)", "labels (.jsonl)"))
    ],
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="[INPUT]",
            help=say(
                "本文のある表(ラベルに本文がないとき)", "table with the texts, if not in LABELS"
            ),
        ),
    ] = None,
    as_json: Annotated[bool, option("--json", ja="JSON で出す", en="print JSON")] = False,
    require_micro_f1: Annotated[
        float | None,
        option(
            "--require-micro-f1",
            ja="micro-F1 がこれより低ければ終了コード 1",
            en="exit 1 when micro-F1 is lower",
        ),
    ] = None,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    encoding: EncodingName = None,
    workers: Workers = 0,
    model: ModelName = "default",
    lang: Lang = LANG,
    quiet: Quiet = False,
) -> None:
    """The figures are the result, so they go to stdout."""
    from ctclass.evaluate import evaluate_labels, read_labels
    from ctclass.model import read_model
    from ctclass.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    tagger = Tagger(read_model(model))
    wanted = read_labels(labels, tagger.model)
    what = screen.say("判定中", "tagging")
    if table is None:
        with screen.progress(what, len(wanted)) as progress:
            found = evaluate_labels(tagger, wanted, progress=progress)
    else:
        from ctclass.projects import find_columns
        from ctclass.tables import open_table

        with open_table(table, encoding=encoding) as reader:
            columns = find_columns(
                reader.header,
                where=reader.path,
                project_id=project_id,
                title=title or (),
                abstract=abstract or (),
                keywords=keywords or (),
            )
            screen.tell_columns(reader, columns)
            with screen.progress(what, reader.row_count) as progress:
                found = evaluate_labels(
                    tagger,
                    wanted,
                    table=reader,
                    columns=columns,
                    workers=workers or cores(),
                    progress=progress,
                )
    screen.tell_held()
    if as_json:
        sys.stdout.write(found.to_json() + "\n")
    else:
        screen.evaluation(found, tagger.model)
    reached = found.overall.micro.f1.value or 0.0
    if require_micro_f1 is not None and reached < require_micro_f1:
        screen.tell(
            Phrase(
                f"micro-F1 {reached:.4f} は求められた {require_micro_f1} に届きません",
                f"micro-F1 {reached:.4f} is below the required {require_micro_f1}",
            )
        )
        raise typer.Exit(1)
