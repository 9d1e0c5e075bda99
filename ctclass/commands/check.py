"""`ctclass check`: lint the taxonomy."""

from typing import Annotated

import typer

from ctclass.console.terminal import Screen
from ctclass.errors import Phrase
from ctclass.options import LANG, BackgroundTable, Lang, Quiet, TaxonomyFolder, option


def check(
    taxonomy: TaxonomyFolder = None,
    background: BackgroundTable = None,
    notes: Annotated[bool, option("--notes", ja="参考も示す", en="show the notes as well")] = False,
    lang: Lang = LANG,
    quiet: Quiet = False,
) -> None:
    """Problems go to stdout, as those of other linters."""
    from ctclass.check.taxonomy import check_folder
    from ctclass.model.background import Background, read_background
    from ctclass.taxonomy.areas import find_data
    from ctclass.text.units import Segmenter

    screen = Screen(lang, quiet=quiet)
    table = background or find_data("models") / "background.tsv"
    counts = read_background(table) if background or table.exists() else Background("", 0, {})
    done = check_folder(taxonomy or find_data("taxonomy"), counts, Segmenter())
    found = done.problems
    wrong = [p for p in found if not p.note]
    screen.problems(found if notes else wrong)
    hint = Phrase("", "") if notes else Phrase("(--notes で表示)", " (shown by --notes)")
    screen.tell(
        Phrase(
            f"{done.areas} 領域、種語 {done.seeds:,}: 問題 {len(wrong)}、"
            f"参考 {len(found) - len(wrong)}{hint.ja}",
            f"{done.areas} areas, {done.seeds:,} seeds: {len(wrong)} problems, "
            f"{len(found) - len(wrong)} notes{hint.en}",
        )
    )
    if wrong:
        raise typer.Exit(1)
