"""`ctclass areas`: browse and search the taxonomy."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.options import LANG, AsJson, Lang, TaxonomyFolder, say

if TYPE_CHECKING:
    from ctclass.taxonomy.atlas import Atlas


def areas(
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            help=say(
                "領域(quantum、⑫、量子)、個別技術(quantum/computing)、または探す語。省略すると一覧",
                "an area (quantum, ⑫), a sub-technology (quantum/computing), or words to find; "
                "none lists all",
            ),
            show_default=False,
        ),
    ] = None,
    taxonomy: TaxonomyFolder = None,
    as_json: AsJson = False,
    lang: Lang = LANG,
) -> None:
    """Exit 1 when a search finds nothing."""
    from ctclass.console import atlas as view
    from ctclass.taxonomy.atlas import Atlas

    screen = Screen(lang)
    atlas = Atlas(taxonomy)
    query = (query or "").strip()
    area, sub = atlas.area(query), atlas.subtechnology(query)
    if not query:
        _give(view.list_record(atlas)) if as_json else view.show_list(screen, atlas)
    elif area:
        sheet = atlas.sheet(area)
        if as_json:
            _give(view.sheet_record(sheet, atlas.items(area.id)))
        else:
            view.show_sheet(screen, sheet)
    elif sub:
        items = atlas.items(sub[0].id, sub[1].id)
        if as_json:
            _give(view.sub_record(sub[1], atlas.listed(sub[1].id), items))
        else:
            view.show_sub(screen, *sub, atlas.listed(sub[1].id), items)
    else:
        _search(screen, atlas, query, as_json=as_json)


def _search(screen: Screen, atlas: "Atlas", query: str, *, as_json: bool) -> None:
    from ctclass.console import atlas as view
    from ctclass.text.units import Segmenter

    hits = atlas.search(query, Segmenter())
    if as_json:
        _give({"query": query, "found": view.hit_records(hits)})
    else:
        view.show_hits(screen, query, hits)
    if not hits:
        raise typer.Exit(1)


def _give(data: object) -> None:
    write_data(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
