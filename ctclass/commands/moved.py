"""`ctclass moved`: what a change of taxonomy moves on a table."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.opening import opened
from ctclass.options import (
    LANG,
    AbstractColumns,
    AsJson,
    BackgroundTable,
    EncodingName,
    Force,
    IdColumn,
    KeywordColumns,
    Lang,
    Quiet,
    TitleColumns,
    Workers,
    cores,
    option,
    say,
)


def moved(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help=say("研究課題の表", "a table of projects"))
    ],
    taxonomy: Annotated[
        Path | None,
        option("--taxonomy", ja="変えた後の技術体系のフォルダー", en="folder of the new taxonomy"),
    ] = None,
    new: Annotated[
        str | None,
        option("--new", ja="または変えた後のモデル(.ctm)", en="or the new model (.ctm)"),
    ] = None,
    against: Annotated[
        str | None,
        option(
            "--against",
            "--old",
            ja="変える前の技術体系のフォルダーかモデル(既定: 付属の技術体系)",
            en="folder of the old taxonomy, or a model (default: the taxonomy that came along)",
        ),
    ] = None,
    background: BackgroundTable = None,
    seeds_only: Annotated[
        bool,
        option(
            "--seeds-only",
            ja="学んだ言葉を使わず、種語だけで比べる",
            en="leave the learned terms out: what the seeds alone move",
        ),
    ] = False,
    labels: Annotated[
        Path | None,
        option(
            "--labels",
            ja="正解ラベル(.jsonl か .xlsx)と比べる",
            en="compare with labels (.jsonl or .xlsx)",
        ),
    ] = None,
    as_json: AsJson = False,
    output: Annotated[
        str | None,
        option("--output", "-o", ja="動いた課題を書く .csv", en="write the rows that moved (.csv)"),
    ] = None,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    encoding: EncodingName = None,
    workers: Workers = 0,
    lang: Lang = LANG,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """The sums are the result, so they go to stdout; every moved row goes into `-o`."""
    from ctclass.console.keeper import show_moves
    from ctclass.keeper.moved import find_moves, to_json
    from ctclass.readers.labels import read_labels
    from ctclass.tables import check_input

    screen = Screen(lang, quiet=quiet)
    if (taxonomy is None) == (new is None):
        raise UsageError(
            Phrase("変えた後の技術体系を一つ指定してください", "Name one new taxonomy"),
            where="--taxonomy",
            hint=Phrase("--taxonomy フォルダー か --new モデル.ctm", "--taxonomy or --new"),
        )
    check_input(table)
    _check_output(output, [table, *map(str, filter(None, [labels]))], force=force)
    was, now = _sides(taxonomy or new or "", against, background, seeds_only=seeds_only)
    judged = {x.project_id: x for x in read_labels(labels, now[0].model)} if labels else {}
    with opened(
        screen, table, encoding=encoding, project_id=project_id, title=title,
        abstract=abstract, keywords=keywords,
    ) as (reader, columns):  # fmt: skip
        what = screen.say("比べています", "comparing")
        with (
            _Rows(output) as rows,
            screen.progress(what, reader.row_count, reader.position) as progress,
        ):
            moves = find_moves(
                was, now, reader, columns, labels=judged, workers=workers or cores(),
                hear=rows.write, progress=progress,
            )  # fmt: skip
    screen.tell_held()
    if as_json:
        write_data(to_json(moves) + "\n")
    else:
        show_moves(screen, moves, now[0].model)
    if output:
        screen.tell_written(output)


def _sides(
    new: Path | str, old: str | None, background: Path | None, *, seeds_only: bool
) -> tuple[Any, Any]:
    """Both models ready to tag, each with its taxonomy where it was built from one."""
    from ctclass.learning.build import build_model
    from ctclass.model.background import read_background
    from ctclass.model.file import read_model
    from ctclass.model.knowledge import read_knowledge
    from ctclass.tagging.tag import Tagger
    from ctclass.taxonomy.areas import find_data, read_taxonomy
    from ctclass.text.units import Segmenter

    counts = None

    def side(source: Path | str, name: str) -> tuple[Any, Any]:
        nonlocal counts
        if not Path(source).is_dir():
            if isinstance(source, Path):
                return None, read_taxonomy(source)  # says what is missing
            return Tagger(read_model(source)), None
        areas = read_taxonomy(Path(source))
        counts = counts or read_background(background or find_data("models") / "background.tsv")
        learned = find_data("models") / "learned.tsv"
        known = learned.is_file() and not seeds_only
        knowledge = read_knowledge(learned) if known else None
        return Tagger(build_model(areas, Segmenter(), counts, name, knowledge)), areas

    now = side(new, "new")
    return side(old or find_data("taxonomy"), "old"), now


def _check_output(output: str | None, inputs: list[str], *, force: bool) -> None:
    from ctclass.tables import refuse_output

    if output is None:
        return
    if not output.lower().endswith(".csv"):
        raise UsageError(
            Phrase("動いた課題は CSV に書きます", "Moved rows are written as CSV"),
            where=output,
            hint=Phrase("-o の名前を .csv にしてください", "Give -o a name that ends in .csv"),
        )
    refuse_output(output, inputs, force=force)


class _Rows:
    """Moved rows into a CSV as they are found; the file appears whole or not at all."""

    def __init__(self, path: str | None) -> None:
        self._path = path

    def __enter__(self) -> Self:
        from ctclass.keeper.moved import COLUMNS
        from ctclass.tables.output import Output

        self._file = Output(self._path) if self._path else None
        self._write_row("\ufeff", COLUMNS)
        return self

    def write(self, change: Any) -> None:
        """One moved row."""
        from ctclass.keeper.moved import to_row

        self._write_row("", to_row(change))

    def _write_row(self, before: str, cells: Any) -> None:
        from ctclass.tables.output import writing

        if self._file and self._path:
            text = io.StringIO()
            csv.writer(text, lineterminator="\r\n").writerow(cells)
            with writing(self._path):
                self._file.stream.write((before + text.getvalue()).encode("utf-8", "replace"))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._file and kind is None:
            self._file.commit()
        elif self._file:
            self._file.discard()
