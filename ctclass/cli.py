"""The command line: parse, call one function, print, exit. Nothing heavy is imported here.

`ctclass --help` answers before Sudachi, pandas, rich or scikit-learn would
have been read from the disk; each command imports what it needs.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NoReturn

import typer

from ctclass import __version__
from ctclass.console import Screen, locale_language, print_error
from ctclass.errors import CtclassError, InputError, Phrase, UsageError

INTERRUPTED = 130
DEFECT = 70


def _lang_of(arguments: list[str]) -> str:
    """`--lang` wins wherever it stands: even the help is in that language."""
    for i, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else ""
        if argument == "--lang" and i + 1 < len(arguments):
            value = arguments[i + 1]
        if value in ("ja", "en"):
            return value
    return locale_language()


_LANG = _lang_of(sys.argv[1:])


def _say(ja: str, en: str) -> str:
    return ja if _LANG == "ja" else en


app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_say(
        "研究課題の表に、16の重要技術領域、国家戦略技術領域、技術流出の確認先を付けます。",
        "Tags tables of research projects with the 16 critical technology areas of Japan's "
        "7th basic plan, the national-strategic ones, and a first screening for leakage.",
    ),
)


def _option(name: str, *more: str, ja: str, en: str, **settings: Any) -> Any:
    return typer.Option(name, *more, help=_say(ja, en), **settings)


Lang = Annotated[
    str, _option("--lang", ja="表示の言語 ja または en", en="language of messages: ja or en")
]
ModelName = Annotated[
    str, _option("--model", ja="モデルの名前か .ctm ファイル", en="name of a model, or a .ctm file")
]
Quiet = Annotated[
    bool, _option("--quiet", "-q", ja="エラーのほかは何も表示しない", en="say nothing but errors")
]
Workers = Annotated[
    int, _option("--workers", ja="並列数(0 = 全コア)", en="workers (0: all cores)", min=0)
]
EncodingName = Annotated[
    str | None,
    _option(
        "--encoding",
        ja="入力の文字コード(省略すると自動)",
        en="encoding of the input (found if omitted)",
    ),
]
IdColumn = Annotated[str | None, _option("--id", ja="課題番号の列", en="column of the project id")]
TitleColumns = Annotated[
    list[str] | None, _option("--title", ja="課題名の列(複数可)", en="title column (repeatable)")
]
AbstractColumns = Annotated[
    list[str] | None,
    _option("--abstract", ja="概要の列(複数可、つなげて読む)", en="abstract column (repeatable)"),
]
KeywordColumns = Annotated[
    list[str] | None,
    _option("--keywords", ja="キーワードの列(複数可)", en="keyword column (repeatable)"),
]
PartnerColumns = Annotated[
    list[str] | None,
    _option(
        "--partners",
        ja="共同研究先の列(複数可。この版では表示のみ)",
        en="partner column (repeatable; only shown in this version)",
    ),
]


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"ctclass {__version__}\n")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[
        bool,
        _option(
            "--version", ja="版を表示", en="show the version", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    del version


@app.command(help=_say("表の各行に領域と指摘を付けます。", "Tag every row of a table."))
def tag(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help=_say(
                ".csv .tsv .jsonl .parquet .xlsx(文字形式は .gz も)。- は標準入力",
                ".csv .tsv .jsonl .parquet .xlsx (.gz of the text formats); - is standard input",
            ),
        ),
    ],
    output: Annotated[
        str | None,
        _option(
            "--output",
            "-o",
            ja="出力(拡張子が形式を決める。- は標準出力。入力が複数ならフォルダー)",
            en="output (its ending is the format; - is stdout; a folder for several inputs)",
        ),
    ] = None,
    project_id: IdColumn = None,
    title: TitleColumns = None,
    abstract: AbstractColumns = None,
    keywords: KeywordColumns = None,
    partners: PartnerColumns = None,
    encoding: EncodingName = None,
    kind: Annotated[
        str | None,
        _option(
            "--format",
            ja="標準入力と標準出力の形式 csv tsv jsonl parquet xlsx",
            en="format of stdin and stdout: csv tsv jsonl parquet xlsx",
        ),
    ] = None,
    excel: Annotated[
        bool,
        _option(
            "--excel",
            ja="Excel でそのまま開ける CSV にする(BOM、日本語の見出し)",
            en="CSV for Excel (BOM, CRLF, Japanese headings beside the names)",
        ),
    ] = False,
    workers: Workers = 0,
    chunk_rows: Annotated[
        int,
        _option("--chunk-rows", ja="一度に扱う行数", en="rows handled at a time", min=1),
    ] = 500,
    model: ModelName = "default",
    lang: Lang = _LANG,
    quiet: Quiet = False,
    force: Annotated[
        bool, _option("--force", ja="既にある出力を上書きする", en="replace an existing output")
    ] = False,
) -> None:
    """Check all names first, so that a slip in the last file does not cost the first."""
    from ctclass.model import read_model
    from ctclass.tables import refuse_output
    from ctclass.tag import Tagger

    screen = Screen(lang, quiet=quiet)
    pairs = [(name, _output_for(name, inputs, output, excel=excel)) for name in inputs]
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError(
            Phrase("複数の入力が同じ出力になります", "Several inputs would give the same output"),
            where=output or "-o",
            hint=Phrase("入力を分けて実行してください", "Run them one by one"),
        )
    for _, target in pairs:
        refuse_output(target, inputs, force=force)
    tagger = Tagger(read_model(model))
    chosen = {
        "project_id": project_id,
        "title": title or (),
        "abstract": abstract or (),
        "keywords": keywords or (),
        "partners": partners or (),
    }
    for name, target in pairs:
        job = _Job(name, target, chosen, encoding, kind, excel, workers or _cores(), chunk_rows)
        _tag_one(tagger, job, screen)


class _Job:
    """One table to tag, and how."""

    def __init__(
        self,
        source: str,
        target: str,
        columns: dict[str, Any],
        encoding: str | None,
        kind: str | None,
        excel: bool,
        workers: int,
        chunk_rows: int,
    ) -> None:
        self.source, self.target, self.columns = source, target, columns
        self.encoding, self.kind, self.excel = encoding, kind, excel
        self.workers, self.chunk_rows = workers, chunk_rows


def _tag_one(tagger: Any, job: _Job, screen: Screen) -> None:
    from ctclass.projects import find_columns
    from ctclass.stream import tag_table
    from ctclass.tables import create_table, open_table
    from ctclass.tag import COLUMNS, HEADINGS

    input_kind = job.kind if job.source == "-" else None
    output_kind = job.kind if job.target == "-" else None
    started = perf_counter()
    with open_table(job.source, encoding=job.encoding, kind=input_kind) as reader:
        columns = find_columns(reader.header, where=reader.path, **job.columns)
        screen.tell_columns(reader, columns)
        headings = [f"{name} {HEADINGS[name]}" for name in COLUMNS] if job.excel else None
        with (
            create_table(
                job.target, reader, COLUMNS, kind=output_kind, headings=headings
            ) as writer,
            screen.progress(
                screen.say("判定中", "tagging"),
                reader.row_count,
                lambda: (reader.source.position(), reader.source.size),
            ) as progress,
        ):
            totals = tag_table(
                tagger,
                reader,
                writer,
                columns,
                workers=job.workers,
                chunk_rows=job.chunk_rows,
                progress=progress,
            )
    seconds = perf_counter() - started
    target = "" if job.target == "-" else job.target
    screen.summary(totals, tagger.model, target, seconds)
    screen.tell(*writer.notes)


def _output_for(name: str, inputs: list[str], output: str | None, *, excel: bool) -> str:
    from ctclass.tables import output_path

    several = len(inputs) > 1
    if output is not None and Path(output).is_dir():
        return output_path("stdin.csv" if name == "-" else name, output)
    if output is not None and several:
        raise UsageError(
            Phrase("入力が複数のとき、-o はフォルダーです", "With several inputs -o is a folder"),
            where=output,
            hint=Phrase("フォルダーを作って指定してください", "Make the folder, or leave -o out"),
        )
    if excel and Path(output or name).suffix not in (".csv", ".gz", ".tsv", ""):
        raise UsageError(
            Phrase("--excel は CSV の出力に使います", "--excel is for CSV output"),
            where=output or name,
            hint=Phrase(
                "-o 名前.csv とするか、-o 名前.xlsx を", "Use -o NAME.csv, or -o NAME.xlsx"
            ),
        )
    if output is None and name == "-":
        raise UsageError(
            Phrase("標準入力のときは出力先が要ります", "Standard input needs an output"),
            where="-o",
            hint=Phrase("-o - か -o ファイル名 を付けてください", "Add -o - or -o FILE"),
        )
    return output or output_path(name)


@app.command(
    help=_say(
        "技術体系と背景の度数からモデルを作ります。",
        "Make a model from the taxonomy and background frequencies.",
    )
)
def build(
    output: Annotated[
        Path | None, _option("--output", "-o", ja="モデルの出力先", en="where the model goes")
    ] = None,
    taxonomy: Annotated[
        Path | None, _option("--taxonomy", ja="技術体系のフォルダー", en="folder of the taxonomy")
    ] = None,
    background: Annotated[
        Path | None,
        _option("--background", ja="背景の度数表(.tsv)", en="table of background frequencies"),
    ] = None,
    corpus: Annotated[
        str | None,
        _option(
            "--corpus",
            ja="背景を数え直す表(度数表を --background に書く)",
            en="count this table anew, into --background",
        ),
    ] = None,
    describe: Annotated[
        str | None,
        _option("--describe", ja="背景の説明(一行)", en="one line that says what was counted"),
    ] = None,
    lang: Lang = _LANG,
    quiet: Quiet = False,
) -> None:
    """The default model lies beside the taxonomy; `-o` makes another one."""
    from ctclass.background import read_background, write_background
    from ctclass.build import build_model
    from ctclass.model import DEFAULT, dump_model
    from ctclass.tables.files import Output
    from ctclass.taxonomy import find_data, read_taxonomy
    from ctclass.text import Segmenter

    screen = Screen(lang, quiet=quiet)
    areas = read_taxonomy(taxonomy)
    segmenter = Segmenter()
    table = background or find_data("models") / "background.tsv"
    if corpus:
        counts = _count(corpus, areas, segmenter, describe, screen)
        write_background(counts, table)
        screen.tell(Phrase(f"→ {table}", f"→ {table}"))
    else:
        counts = read_background(table)
    target = output or find_data("models") / f"{DEFAULT}.ctm"
    built = build_model(areas, segmenter, counts, target.stem)
    file = Output(str(target))
    try:
        file.stream.write(dump_model(built))
        file.commit()
    except BaseException:
        file.discard()
        raise
    screen.tell(
        Phrase(
            f"→ {target}({built.label}、用語 {len(built.terms):,}、背景 {counts.documents:,} 課題)",
            f"→ {target} ({built.label}, {len(built.terms):,} terms, "
            f"background of {counts.documents:,} projects)",
        )
    )


def _count(corpus: str, areas: Any, segmenter: Any, describe: str | None, screen: Screen) -> Any:
    from ctclass.build import count_corpus
    from ctclass.projects import find_columns
    from ctclass.tables import open_table

    with open_table(corpus) as reader:
        columns = find_columns(reader.header, where=reader.path)
        screen.tell_columns(reader, columns)
        with screen.progress(screen.say("数えています", "counting"), reader.row_count) as progress:

            def documents() -> Any:
                for chunk in reader.chunks(1000):
                    for row in chunk.rows:
                        project = columns.project(row.cells)
                        yield "。".join((project.title, project.abstract, project.keywords))
                    progress(chunk.first_row + len(chunk.rows) - 1)

            return count_corpus(areas, segmenter, documents(), describe or Path(corpus).name)


@app.command(
    help=_say(
        "技術体系を調べ、問題をファイルと行で示します(あれば終了コード 1)。",
        "Lint the taxonomy; problems with file and line, exit 1 if there are any.",
    )
)
def check(
    taxonomy: Annotated[
        Path | None, _option("--taxonomy", ja="技術体系のフォルダー", en="folder of the taxonomy")
    ] = None,
    background: Annotated[
        Path | None,
        _option("--background", ja="背景の度数表(.tsv)", en="table of background frequencies"),
    ] = None,
    notes: Annotated[
        bool, _option("--notes", ja="参考も示す", en="show the notes as well")
    ] = False,
    lang: Lang = _LANG,
    quiet: Quiet = False,
) -> None:
    """Problems go to stdout, as those of other linters."""
    from ctclass.background import Background, read_background
    from ctclass.check import check_taxonomy
    from ctclass.taxonomy import find_data, read_taxonomy
    from ctclass.text import Segmenter

    screen = Screen(lang, quiet=quiet)
    areas = read_taxonomy(taxonomy)
    table = background or find_data("models") / "background.tsv"
    counts = read_background(table) if background or table.exists() else Background("", 0, {})
    found = check_taxonomy(areas, counts, Segmenter())
    wrong = [p for p in found if not p.note]
    screen.problems(found if notes else wrong)
    seeds = sum(len(sub.seeds) for _, sub in areas.subtechnologies())
    screen.tell(
        Phrase(
            f"{len(areas.areas)} 領域、種語 {seeds:,}: 問題 {len(wrong)}、"
            f"参考 {len(found) - len(wrong)}(--notes で表示)",
            f"{len(areas.areas)} areas, {seeds:,} seeds: {len(wrong)} problems, "
            f"{len(found) - len(wrong)} notes (shown by --notes)",
        )
    )
    if wrong:
        raise typer.Exit(1)


@app.command(
    help=_say(
        "正解ラベルと比べて精度を測ります。", "Measure the answers against labels that people gave."
    )
)
def evaluate(
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help=_say("正解ラベル(.jsonl)", "labels (.jsonl)"))
    ],
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="[INPUT]",
            help=_say(
                "本文のある表(ラベルに本文がないとき)", "table with the texts, if not in LABELS"
            ),
        ),
    ] = None,
    as_json: Annotated[bool, _option("--json", ja="JSON で出す", en="print JSON")] = False,
    require_micro_f1: Annotated[
        float | None,
        _option(
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
    lang: Lang = _LANG,
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
                    workers=workers or _cores(),
                    progress=progress,
                )
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


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> NoReturn:
    """Run the command line and exit with the code of the contract."""
    lang = _LANG
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(standalone_mode=False)
    except CtclassError as error:
        print_error(error, lang)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write(
            _say("中断しました。出力は作っていません。\n", "Interrupted; no output was made.\n")
        )
        code = INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        print_error(_closed_pipe(), lang)
        code = InputError.exit_code
    except _WRONG_USAGE as error:
        code = _wrong_usage(error)
    except Exception as error:
        print_error(_defect(error), lang)
        code = DEFECT
    sys.exit(code or 0)


# What typer raises for an unknown option or a missing argument.
_WRONG_USAGE: Any = typer.BadParameter.__base__


def _wrong_usage(error: Any) -> int:
    if not error.format_message():  # no arguments at all: the help has been shown
        return 2
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "ctclass"
    wrong = UsageError(
        Phrase(f"使い方が違います: {error.format_message()}", error.format_message()),
        where=path,
        hint=Phrase(f"{path} --help を見てください", f"See: {path} --help"),
    )
    print_error(wrong, _LANG)
    return wrong.exit_code


def _closed_pipe() -> InputError:
    return InputError(
        Phrase("出力の受け手が途中で閉じました", "The reader of the output closed it early"),
        where="-o -",
        hint=Phrase("全部が要るときはファイルに出してください", "Write to a file to keep all rows"),
    )


def _defect(error: Exception) -> CtclassError:
    import os
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    if os.environ.get("CTCLASS_DEBUG"):
        traceback.print_exception(error)
    return CtclassError(
        Phrase(
            f"ctclass の不具合です: {type(error).__name__}: {error}",
            f"A defect of ctclass: {type(error).__name__}: {error}",
        ),
        where=f"{Path(last.filename).name}:{last.lineno}",
        hint=Phrase(
            "CTCLASS_DEBUG=1 を付けて実行し、表示をそのまま開発元に知らせてください",
            "Run it again with CTCLASS_DEBUG=1 and report what it prints",
        ),
    )


def _let_go_of_stdout() -> None:
    """Keep Python from flushing into the closed pipe once more on its way out."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
