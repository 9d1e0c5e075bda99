"""The legend of a workbook: what its columns, values and ids mean, and what it does not say.

Ids stay ids, since programs and letters cite them; people read here what stands behind those
that occur in the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from colorsys import hls_to_rgb
from importlib.metadata import version as installed_version

from ctclass.errors import Phrase
from ctclass.model.compact import Model
from ctclass.readers.verdicts import (
    COMMENT,
    JUDGED,
    NO_AREA,
    OPEN,
    OTHERS,
    PRIMARY,
    REVIEWER,
    RIGHT,
    SCREENING,
    VERDICT,
    WRONG,
)
from ctclass.runs.layout import Layout, column_of, short_name
from ctclass.runs.stream import Totals
from ctclass.statuses import STATUSES
from ctclass.tables.look import INK, Block, Cell, Face, Page
from ctclass.tagging.screen import DECISION, DISCLAIMER, LEARNED, NOT_SEEN, UNCONFIRMED
from ctclass.tagging.tag import COLUMNS, HEADINGS
from ctclass.taxonomy.areas import numbered

QUIET = Face(ink="#5B6670")
SCREENING_FACES = {
    "priority": Face("#F8D7D3", "#8A1C12", bold=True),
    "check": Face("#FCE9C4", "#6B4A00"),
    "none": QUIET,
}
STRATEGIC_FACES = {"true": Face("#DCE6F7", "#1D3F8B", bold=True), "false": QUIET}
MEANINGS = {
    "ct_primary": Phrase(
        "いちばん当てはまる領域の id。当てはまる領域がなければ空",
        "id of the best area; empty when none",
    ),
    "ct_areas": Phrase("当てはまる領域の id。よく当てはまる順", "ids of the areas, best first"),
    "ct_scores": Phrase(
        "当てはまる領域と次点二つの得点(0 から 1)",
        "scores of these areas and of the two runners-up, 0 to 1",
    ),
    "ct_subtechnologies": Phrase(
        "領域の中の個別技術の id(名前は凡例に)",
        "ids of sub-technologies within the areas (the legend has their names)",
    ),
    "ct_strategic": Phrase(
        "国家戦略技術領域の六つのどれかに当たるか",
        "whether one of the six national-strategic areas",
    ),
    "ct_screening": Phrase(
        "技術流出の確認の目安: priority(優先)・check(要確認)・none(規則に当たらない)",
        "level of screening: priority, check, none (no rule fired)",
    ),
    "ct_screening_rules": Phrase(
        "目安のもとになった規則の id(項目と出典は凡例に)",
        "ids of the rules that fired (the legend has their items and sources)",
    ),
    "ct_evidence": Phrase(
        "決め手になった語。課題名・概要・キーワードの中で赤い太字にしてある",
        "words that decided; bold and red in title, abstract and keywords",
    ),
    "ct_status": Phrase(
        "ok のほかは、判断していないか、読めたところだけで判断した",
        "other than ok: not judged, or only by what could be read",
    ),
    "ct_model": Phrase("判定したモデルの名前・版・指紋", "name, version and digest of the model"),
}
"""What each of `COLUMNS` says, in one sentence."""
ENTRY_MEANINGS = {
    JUDGED: Phrase(
        "確かめてほしい判定(領域の日本語名)。ここは書き換えない",
        "the answer to be judged; do not change it",
    ),
    VERDICT: Phrase(
        f"{RIGHT}・{WRONG}・{OPEN} から選ぶ。空の行は正解ラベルにならない",
        "right, wrong, unsure; a row without it is no label",
    ),
    PRIMARY: Phrase(
        f"{WRONG} のとき、いちばん当てはまる領域。どれにも当たらなければ {NO_AREA}",
        "where wrong: the best area, or none",
    ),
    OTHERS[0]: Phrase("ほかにも当てはまる領域があれば", "a further area, if any"),
    OTHERS[1]: Phrase("ほかにも当てはまる領域があれば", "a further area, if any"),
    SCREENING: Phrase(
        "技術流出の確認が要るか、人の判断", "whether a look for leakage is needed, as people judge"
    ),
    COMMENT: Phrase(
        "気づいたこと(自由に)。技術流出は、判断の日付と理由も",
        "remarks; for screening also the date and the reason of the decision",
    ),
    REVIEWER: Phrase("確かめた人", "who judged"),
}
"""What people enter in each of `verdicts.ENTRIES`."""
_LEVEL_MEANINGS = {
    "priority": Phrase("優先して確かめる", "look first"),
    "check": Phrase("確かめる", "look"),
    "none": Phrase(
        "規則に当たらなかった。「問題なし」という意味ではない",
        "no rule fired; this is no clearance",
    ),
}
LIMITS = (
    Phrase(
        "none は「問題なし」ではありません。規則に当たらなかったという事実しか言いません。",
        "`none` is no clearance: it only says that no rule fired.",
    ),
    NOT_SEEN,
    DISCLAIMER,
    Phrase(
        "領域の判定も言葉による目安です。最後に決めるのは人です。",
        "Areas are told by words; the decision is with people.",
    ),
)
"""What the answers do not say."""
CONFIRMED = Phrase("公刊資料で確認", "confirmed in published material")
NEAREST = Phrase(
    "(学んだ言葉だけによる指摘。項目は最も近いもの)", "(learned terms alone; the nearest item)"
)
_NAME = "凡例 Legend"


def area_face(number: int, *, strategic: bool) -> Face:
    """The colour of an area: light, so that text stays readable, and unlike its neighbours'.

    Neighbouring numbers are a golden angle apart; the strategic areas are a little stronger.
    """
    light, strength = (0.88, 0.48) if strategic else (0.93, 0.36)
    parts = hls_to_rgb((number * 0.381966) % 1.0, light, strength)
    return Face("#" + "".join(f"{round(part * 255):02X}" for part in parts), INK)


def area_faces(model: Model) -> list[Face]:
    """The colours of all areas, in their order."""
    return [area_face(area.number, strategic=area.strategic) for area in model.areas]


def framework_columns(layout: Layout) -> list[tuple[str, str, Phrase]]:
    """The columns of frameworks: name, short Japanese name, meaning."""
    return [
        (
            column_of(reading.framework.id),
            short_name(reading),
            Phrase(
                f"「{reading.framework.name.ja}」の項目の id。よく当てはまる順",
                f"ids of items, best first: {reading.framework.name.en}",
            ),
        )
        for reading in layout.readings
    ]


def legend_page(model: Model, layout: Layout, label: str, totals: Totals | None = None) -> Page:
    """What columns, values and ids mean; the areas come first, for the drop-downs. With
    `totals` also the ids that stand in the table."""
    areas = [
        [numbered(a).ja, a.label_en, a.id, "国家戦略 strategic" if a.strategic else ""]
        for a in model.areas
    ]
    no_area = [NO_AREA, "none", "", "どの領域にも当たらない No area fits"]
    columns = [[n, HEADINGS[n], MEANINGS[n].ja, MEANINGS[n].en] for n in COLUMNS]
    columns += [[name, shown, m.ja, m.en] for name, shown, m in framework_columns(layout)]
    meaning = ["意味", "Meaning"]
    blocks = [
        Block(
            "領域 Areas",
            ["領域 Area", "English", "id", ""],
            [*areas, no_area],
            [*area_faces(model), Face()],
        ),
        Block("判定の列 Columns", ["列 Column", "日本語", *meaning], columns),
        Block(
            "人が記入する列 For you to fill in",
            ["列 Column", "", *meaning],
            [[name, "", m.ja, m.en] for name, m in ENTRY_MEANINGS.items()],
        ),
        Block(
            "技術流出の確認 Screening",
            ["ct_screening", "", *meaning],
            [
                *([name, "", m.ja, m.en] for name, m in _LEVEL_MEANINGS.items()),
                [SCREENING, "", DECISION.ja, DECISION.en],
            ],
            [*(SCREENING_FACES[name] for name in _LEVEL_MEANINGS), Face()],
        ),
        Block(
            "判定の状態 Statuses",
            ["ct_status", "", *meaning],
            [
                ["ok", "", "判断した", "judged"],
                *([name, "", m.ja, m.en] for name, m in STATUSES.items()),
            ],
        ),
        *(_ids(model, totals) if totals else ()),
        Block(
            "この表が言わないこと What this does not say",
            ["", "", "日本語", "English"],
            [["", "", limit.ja, limit.en] for limit in LIMITS],
        ),
        Block(
            "モデルの来歴 Provenance",
            ["項目", "Item", "値 Value", ""],
            [[ja, en, value, ""] for ja, en, value in _provenance(model, label)],
        ),
    ]
    lead = [
        "領域の列は、記入するときのドロップダウンの一覧でもあります。",
        "The areas here are also the list that the drop-downs offer.",
    ]
    return Page(_NAME, "凡例 Legend", lead, [36, 36, 62, 62], blocks)


def _ids(model: Model, totals: Totals) -> Iterator[Block]:
    """What the ids stand for that occur in the table."""
    areas = {sub.id: (sub, model.areas[sub.area]) for sub in model.subtechnologies}
    found = [areas[one] for one in areas if one in totals.subtechnologies]
    if found:
        yield Block(
            "個別技術 Sub-technologies",
            ["ct_subtechnologies", "領域 Area", "日本語", "English"],
            [[sub.id, numbered(area).ja, sub.name_ja, sub.name_en] for sub, area in found],
        )
    if totals.rules:
        yield Block(
            "規則 Rules",
            [
                "ct_screening_rules",
                "原文との照合 Confirmed",
                "リストの項目 List item",
                "出典 Source",
            ],
            list(_rules(model, totals)),
        )


def _rules(model: Model, totals: Totals) -> Iterator[list[Cell]]:
    """The rules that fired, in the order of the lists: what stands before the colon of a rule
    is its item."""
    rules = model.rules
    items = {one.id: one for one in (*rules.items, *(c.item for c in rules.conditions))}
    place = {name: i for i, name in enumerate(items)}
    fired = [(rule, *rule.partition(":")[::2]) for rule in totals.rules]
    for rule, name, why in sorted(fired, key=lambda one: (place.get(one[1], len(place)), one[0])):
        item = items.get(name)
        if item is None:  # of an earlier output, by a model with other lists
            yield [rule, "", "", ""]
            continue
        sure = CONFIRMED if item.confirmed else UNCONFIRMED
        shown = f"{item.name_ja}\n{item.name_en}"
        if why == LEARNED:
            shown += f"\n{NEAREST.ja} {NEAREST.en}"
        yield [rule, f"{sure.ja}\n{sure.en}", shown, f"{item.source_ja}\n{item.source_en}"]


def _provenance(model: Model, label: str) -> Iterable[tuple[str, str, str]]:
    header = model.header
    taxonomy, made_with = header["taxonomy"], header["made_with"]
    yield "モデル", "Model", label
    yield "指紋", "Digest", header["digest"]
    yield "技術体系", "Taxonomy", f"{taxonomy['name']} {taxonomy['version']}"
    yield "もとにした文書", "Source", taxonomy["source"]
    for part, ja in (("background", "言葉の頻度"), ("learned", "学んだ言葉")):
        if description := (header.get(part) or {}).get("description"):
            yield ja, part.capitalize(), description
    yield "語の単位", "Tokenizer", f"SudachiPy {made_with['sudachipy']}"
    yield "辞書", "Dictionary", f"SudachiDict-core {made_with['sudachidict-core']}"
    yield "ctclass", "", installed_version("ctclass")
