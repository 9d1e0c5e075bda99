"""`ctclass build`: from the taxonomy and background frequencies to a model."""

from pathlib import Path
from typing import Annotated, Any

from ctclass.console import Screen
from ctclass.errors import Phrase
from ctclass.options import LANG, Lang, Quiet, option, say

HELP = say(
    "技術体系と背景の度数からモデルを作ります。",
    "Make a model from the taxonomy and background frequencies.",
)


def build(
    output: Annotated[
        Path | None, option("--output", "-o", ja="モデルの出力先", en="where the model goes")
    ] = None,
    taxonomy: Annotated[
        Path | None, option("--taxonomy", ja="技術体系のフォルダー", en="folder of the taxonomy")
    ] = None,
    background: Annotated[
        Path | None,
        option("--background", ja="背景の度数表(.tsv)", en="table of background frequencies"),
    ] = None,
    corpus: Annotated[
        str | None,
        option(
            "--corpus",
            ja="背景を数え直す表(度数表を --background に書く)",
            en="count this table anew, into --background",
        ),
    ] = None,
    describe: Annotated[
        str | None,
        option("--describe", ja="背景の説明(一行)", en="one line that says what was counted"),
    ] = None,
    lang: Lang = LANG,
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
                        yield f"{project.title}。{project.abstract}。{project.keywords}"
                    progress(chunk.first_row + len(chunk.rows) - 1)

            counted = count_corpus(areas, segmenter, documents(), describe or Path(corpus).name)
    screen.tell_held()
    return counted
