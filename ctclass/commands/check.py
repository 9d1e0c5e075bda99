"""`ctclass check`: lint the taxonomy."""

from pathlib import Path
from typing import Annotated

import typer

from ctclass.console import Screen
from ctclass.errors import Phrase
from ctclass.options import LANG, Lang, Quiet, option, say

HELP = say(
    "技術体系を調べ、問題をファイルと行で示します(あれば終了コード 1)。",
    "Lint the taxonomy; problems with file and line, exit 1 if there are any.",
)


def check(
    taxonomy: Annotated[
        Path | None, option("--taxonomy", ja="技術体系のフォルダー", en="folder of the taxonomy")
    ] = None,
    background: Annotated[
        Path | None,
        option("--background", ja="背景の度数表(.tsv)", en="table of background frequencies"),
    ] = None,
    notes: Annotated[bool, option("--notes", ja="参考も示す", en="show the notes as well")] = False,
    lang: Lang = LANG,
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
