"""Areas, sub-technologies and search results as JSON and in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ctclass.console.lists import print_dim, stdout_console
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase
from ctclass.rules import Item
from ctclass.tagging.screen import UNCONFIRMED
from ctclass.taxonomy.areas import Area, SubTechnology
from ctclass.taxonomy.atlas import Atlas, Hit, Sheet

TIERS = {
    True: Phrase("国家戦略技術領域", "national-strategic"),
    False: Phrase("新興・基盤技術領域", "emerging and fundamental"),
}
_NAMED = {"report": Phrase("報告書", "report"), "added": Phrase("追加", "added")}
_KINDS = {
    "area": Phrase("領域", "areas"),
    "subtechnology": Phrase("個別技術", "sub-technologies"),
    "list": Phrase("技術流出の確認のリスト", "screening lists"),
    "item": Phrase("リストの項目", "items of the lists"),
    "condition": Phrase("表の列で知れる状況", "circumstances in columns"),
    "type": Phrase("特定重要技術の類型", "types of specified critical technologies"),
    "criterion": Phrase("選定の観点", "criteria"),
    "measure": Phrase("支援措置", "support measures"),
}
_SEEDS, _TERMS = 6, 8


def list_record(atlas: Atlas) -> list[dict[str, Any]]:
    """All areas in short."""
    return [
        {**_area_head(area), "subtechnologies": [sub.id for sub in area.subtechnologies]}
        for area in atlas.taxonomy.areas
    ]


def sheet_record(sheet: Sheet, items: dict[str, list[str]]) -> dict[str, Any]:
    """All that is written of an area."""
    written = sheet.written
    return {
        **_area_head(sheet.area),
        "definition": written["definition"],
        "boundary": written.get("boundary"),
        "includes": written.get("includes", []),
        "excludes": written.get("excludes", []),
        "criteria": [
            {"id": c.id, "name": asdict(c.name), "rests_on": [asdict(p) for p in c.rests_on],
             "evidence": [asdict(p) for p in statements]}
            for c, statements in sheet.evidence
        ],
        "measures": [
            {"id": m.id, "name": asdict(m.name), "named": m.named,
             "note": asdict(m.note) if m.note else None}
            for m in sheet.measures
        ],
        "subtechnologies": [
            sub_record(sub, sheet.listed[sub.id], {}) for sub in sheet.area.subtechnologies
        ],
        "frameworks": items,
        "source": sheet.source,
    }  # fmt: skip


def sub_record(
    sub: SubTechnology, listed: Sequence[Item], items: dict[str, list[str]]
) -> dict[str, Any]:
    """All that is written of a sub-technology."""
    return {
        "id": sub.id,
        "name": {"ja": sub.name_ja, "en": sub.name_en},
        "source": sub.source,
        "screening": [
            {
                "id": item.id,
                "level": item.level,
                "name": {"ja": item.name_ja, "en": item.name_en},
                "source": {"ja": item.source_ja, "en": item.source_en},
                "confirmed": item.confirmed,
            }
            for item in listed
        ],
        "seeds": [{"term": s.term, "lang": s.lang, "source": s.source, "alone": s.alone}
                  for s in sub.seeds],
        **({"frameworks": items} if items else {}),
    }  # fmt: skip


def hit_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """What a search found."""
    return [
        {"kind": hit.kind, "id": hit.id, "name": asdict(hit.name), "terms": list(hit.terms)}
        for hit in hits
    ]


def show_list(screen: Screen, atlas: Atlas) -> None:
    """All areas, a line each."""
    from rich.table import Table
    from rich.text import Text

    console = stdout_console()
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for area in atlas.taxonomy.areas:
        count = len(area.subtechnologies)
        table.add_row(
            Text("◆" if area.strategic else " ", style="yellow"),
            Text(area.symbol),
            Text(area.id, style="bold cyan"),
            Text(_name(screen, area)),
            Text(screen.say(f"個別技術 {count}", f"{count} sub-technologies"), style="dim"),
        )
    console.print(table)
    print_dim(console, atlas.taxonomy.source_ja)
    if any(area.strategic for area in atlas.taxonomy.areas):
        print_dim(console, screen.say("◆ 国家戦略技術領域", "◆ national-strategic"))
    first = atlas.taxonomy.areas[0].id
    hint = screen.say(
        f"ctclass areas {first} で詳しく、ctclass areas 語 で検索",
        f"ctclass areas {first} shows one, ctclass areas WORDS searches",
    )
    print_dim(console, hint)


def show_sheet(screen: Screen, sheet: Sheet) -> None:
    """An area: definition, borders, technologies, the report's evidence, measures."""
    from rich.text import Text

    console, area, written = stdout_console(), sheet.area, sheet.written
    console.print(Text.assemble(
        (f"{area.symbol} {area.name_ja} / {area.name_en}", "bold"), f"  {area.id}  ",
        (_tier(screen, sheet), "yellow"),
    ))  # fmt: skip
    lines = [(screen.say("定義", "what"), written["definition"][screen.lang])]
    if written.get("boundary"):
        lines.append((screen.say("境", "border"), written["boundary"]["note"]))
    for key, ja, en in (("includes", "含む", "counts in"), ("excludes", "除く", "leaves out")):
        lines += [(screen.say(ja, en), one[screen.lang]) for one in written.get(key, ())]
    _pairs(console, lines)
    _title(console, screen.say("個別技術", "Sub-technologies"))
    _technologies(console, screen, sheet)
    if sheet.evidence:
        _title(
            console,
            screen.say("選定の三つの観点と報告書の根拠", "Criteria, with the report's evidence"),
        )
    for criterion, statements in sheet.evidence:
        console.print(Text(f"  {criterion.name.text(screen.lang)}", style="cyan"))
        _bullets(console, [one.text(screen.lang) for one in statements])
    if sheet.measures:
        _title(console, screen.say("支援措置", "Support measures"))
        _bullets(console, [_measure(screen, m.name, m.note) for m in sheet.measures])
    console.print()
    print_dim(console, screen.say("出典: ", "Source: ") + sheet.source)


def show_sub(
    screen: Screen,
    area: Area,
    sub: SubTechnology,
    listed: Sequence[Item],
    items: dict[str, list[str]],
) -> None:
    """A sub-technology: its seeds, the screening lists, and where other frameworks have it."""
    from rich.text import Text

    console = stdout_console()
    console.print(Text.assemble(
        (f"{sub.name_ja} / {sub.name_en}", "bold"), f"  {sub.id}  ",
        (f"{area.symbol} {_name(screen, area)}", "yellow"),
    ))  # fmt: skip
    lines = [(screen.say("出典", "source"), _NAMED[sub.source].text(screen.lang))]
    for item in listed:
        sure = "" if item.confirmed else f" [{UNCONFIRMED.text(screen.lang)}]"
        name = screen.say(item.name_ja, item.name_en)
        text = f"{item.level}: {name}({screen.say(item.source_ja, item.source_en)}){sure}"
        lines.append((screen.say("流出の確認", "screening"), text))
    for lang, ja, en in (("ja", "種語(日)", "seeds (ja)"), ("en", "種語(英)", "seeds (en)")):
        terms = [s.term for s in sub.seeds if s.lang == lang]
        if terms:
            lines.append(
                (screen.say(ja, en), "、".join(terms) if lang == "ja" else ", ".join(terms))
            )
    lines += [(name, ", ".join(found)) for name, found in items.items()]
    _pairs(console, lines)


def show_hits(screen: Screen, query: str, hits: Sequence[Hit]) -> None:
    """What a search found, by kind."""
    from rich.text import Text

    console = stdout_console()
    for kind, label in _KINDS.items():
        own = [hit for hit in hits if hit.kind == kind]
        if own:
            _title(console, label.text(screen.lang))
        for hit in own:
            console.print(Text.assemble(
                "  ", (hit.id, "bold cyan"), "  ", hit.name.text(screen.lang)
            ))  # fmt: skip
            shown = [term for term in hit.terms if term not in (hit.name.ja, hit.name.en)]
            if shown:
                more = f" … (+{len(shown) - _TERMS})" if len(shown) > _TERMS else ""
                print_dim(console, "      " + screen.say("、", ", ").join(shown[:_TERMS]) + more)
    if not hits:
        console.print(Text(screen.say(f"「{query}」は見つかりません", f"Nothing holds {query!r}")))


def _technologies(console: Any, screen: Screen, sheet: Sheet) -> None:
    from rich.padding import Padding
    from rich.text import Text

    for sub in sheet.area.subtechnologies:
        listed = sheet.listed[sub.id]
        mark = f"  ⚑ {listed[0].level}" if listed else ""
        name = sub.name_ja if screen.lang == "ja" else sub.name_en
        slug = sub.id.partition("/")[2]
        console.print(Text.assemble("  ", (slug, "cyan"), "  ", name, (mark, "yellow")))
        terms = [s.term for s in sub.seeds if s.lang == screen.lang] or [s.term for s in sub.seeds]
        seeds = screen.say("、", ", ").join(terms[:_SEEDS]) + f" … ({len(sub.seeds)})"
        console.print(Padding(Text(seeds, style="dim", overflow="fold"), (0, 0, 0, 6)))


def _tier(screen: Screen, sheet: Sheet) -> str:
    """The tier in words; a framework of one's own may have none."""
    sign = "◆ " if sheet.area.strategic else ""
    return sign + TIERS[sheet.area.strategic].text(screen.lang) if "tier" in sheet.written else ""


def _measure(screen: Screen, name: Phrase, note: Phrase | None) -> str:
    return name.text(screen.lang) + (f" — {note.text(screen.lang)}" if note else "")


def _pairs(console: Any, lines: Sequence[tuple[str, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in lines:
        table.add_row(Text("  " + label, style="dim"), Text(text))
    console.print(table)


def _bullets(console: Any, lines: Sequence[str]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    for line in lines:
        console.print(Padding(Text(f"・{line}", overflow="fold"), (0, 0, 0, 4), expand=False))


def _title(console: Any, text: str) -> None:
    from rich.text import Text

    console.print(Text(f"\n{text}", style="bold"))


def _name(screen: Screen, area: Area) -> str:
    return area.label_ja if screen.lang == "ja" else area.label_en


def _area_head(area: Area) -> dict[str, Any]:
    return {
        "id": area.id,
        "number": area.number,
        "name": {"ja": area.name_ja, "en": area.name_en},
        "label": {"ja": area.label_ja, "en": area.label_en},
        "strategic": area.strategic,
    }
