"""A tagged table as a workbook for officers: what its columns mean, look like and ask.

The tables know how to write cells; what stands here knows areas, levels and statuses,
in Japanese first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from colorsys import hls_to_rgb
from importlib.metadata import version as installed_version

from ctclass.errors import Phrase
from ctclass.layout import PLAIN, Layout, column_of, short_name
from ctclass.model import Model
from ctclass.projects import Columns
from ctclass.screen import DECISION, DISCLAIMER, NOT_SEEN
from ctclass.statuses import STATUSES
from ctclass.stream import Totals
from ctclass.tables.look import INK, Block, Cell, Entry, Face, Heading, Look, Page, Share, place_of
from ctclass.tag import COLUMNS, HEADINGS
from ctclass.verdicts import (
    COMMENT,
    JUDGED,
    LEVELS,
    NO_AREA,
    OPEN,
    OTHERS,
    PRIMARY,
    REVIEWER,
    RIGHT,
    SCREENING,
    VERDICT,
    WRONG,
    area_name,
    judged_areas,
    kept_names,
)

_QUIET = Face(ink="#5B6670")
_SCREENING = {
    "priority": Face("#F8D7D3", "#8A1C12", bold=True),
    "check": Face("#FCE9C4", "#6B4A00"),
    "none": _QUIET,
}
_STRATEGIC = {"true": Face("#DCE6F7", "#1D3F8B", bold=True), "false": _QUIET}
_UNJUDGED = Face("#ECEFF2", "#4A5560")
_VERDICTS = {
    RIGHT: Face("#DDF1E1", "#1E5631"),
    WRONG: Face("#F8D7D3", "#8A1C12"),
    OPEN: Face("#ECEFF2", "#4A5560"),
}
_WIDTHS = {
    "ct_primary": 17.0, "ct_areas": 25.0, "ct_scores": 28.0, "ct_subtechnologies": 33.0,
    "ct_strategic": 15.0, "ct_screening": 14.0, "ct_screening_rules": 36.0,
    "ct_evidence": 26.0, "ct_status": 14.0, "ct_model": 22.0,
}  # fmt: skip
_FRAMEWORK_WIDTH = 30.0
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
        "領域の中の個別技術の id", "ids of sub-technologies within the areas"
    ),
    "ct_strategic": Phrase(
        "国家戦略技術領域の六つのどれかに当たるか",
        "whether one of the six national-strategic areas",
    ),
    "ct_screening": Phrase(
        "技術流出の確認の目安: priority(優先)・check(要確認)・none(規則に当たらない)",
        "level of screening: priority, check, none (no rule fired)",
    ),
    "ct_screening_rules": Phrase("目安のもとになった規則の id", "ids of the rules that fired"),
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
_SUMMARY, _LEGEND = "集計 Summary", "凡例 Legend"


def area_face(number: int, *, strategic: bool) -> Face:
    """The colour of an area: light, so that text stays readable, and unlike its neighbours'.

    Neighbouring numbers are a golden angle apart; the strategic areas are a little stronger.
    """
    light, strength = (0.88, 0.48) if strategic else (0.93, 0.36)
    parts = hls_to_rgb((number * 0.381966) % 1.0, light, strength)
    return Face("#" + "".join(f"{round(part * 255):02X}" for part in parts), INK)


def look_for(
    model: Model,
    header: Sequence[str],
    columns: Columns,
    *,
    layout: Layout = PLAIN,
    label: str = "",
) -> Look:
    """The look of the workbook for a table with these columns; `label` is what `ct_model` says
    where that is not the model's own."""
    names = {area.id: area_name(area) for area in model.areas}
    faces = {a.id: area_face(a.number, strategic=a.strategic) for a in model.areas}
    at = {name: COLUMNS.index(name) for name in COLUMNS}
    title = columns.title or columns.title_en
    seen = [i for i in (*title, *filter(None, [columns.project_id])) if i <= 2]
    label = label or model.label
    legend = _legend(model, layout, label)

    def asked(answer: Sequence[str]) -> str:
        areas = answer[at["ct_areas"]]
        return judged_areas(areas.split(";") if areas else (), answer[at["ct_status"]], names)

    return Look(
        headings={
            name: Heading(HEADINGS[name], _note(HEADINGS[name], MEANINGS[name]), _WIDTHS[name])
            for name in COLUMNS
        }
        | {
            name: Heading(shown, _note(shown, meaning), _FRAMEWORK_WIDTH)
            for name, shown, meaning in _frameworks(layout)
        },
        faces={
            "ct_primary": faces,
            "ct_strategic": _STRATEGIC,
            "ct_screening": _SCREENING,
            "ct_status": {"ok": _QUIET} | dict.fromkeys(STATUSES, _UNJUDGED),
            "ct_model": {label: _QUIET},
        },
        words="ct_evidence",
        marked=_marked(columns),
        entries=_entries(place_of(legend, 0, 0)),
        asked=asked,
        asked_face="ct_primary",
        in_view=max(seen, default=None),
        properties=kept_names(header, columns) | {"ctclass.model": label},
    )


def _marked(columns: Columns) -> dict[int, float]:
    widths = dict.fromkeys((*columns.keywords,), 26.0)
    widths |= dict.fromkeys((*columns.title, *columns.title_en), 34.0)
    long = (*columns.abstract, *columns.abstract_en)
    return widths | dict.fromkeys(long, 76.0 if len(long) < 3 else 56.0)


def _entries(areas: str) -> list[Entry]:
    choices: Mapping[str, tuple[Sequence[str] | str, bool]] = {
        VERDICT: (tuple(_VERDICTS), True),
        SCREENING: (tuple(LEVELS), True),
        **dict.fromkeys((PRIMARY, *OTHERS), (areas, False)),
    }
    widths = {JUDGED: 27.0, VERDICT: 13.0, SCREENING: 16.0, COMMENT: 32.0, REVIEWER: 14.0}
    screening = {name: _SCREENING[level] for name, level in LEVELS.items()}
    faces = {VERDICT: _VERDICTS, SCREENING: screening}
    return [
        Entry(
            name,
            _note("", meaning),
            widths.get(name, 24.0),
            *choices.get(name, ((), False)),
            faces.get(name, {}),
        )
        for name, meaning in ENTRY_MEANINGS.items()
    ]


def _note(shown: str, meaning: Phrase) -> str:
    return "\n".join(filter(None, (shown, meaning.ja, meaning.en)))


def _frameworks(layout: Layout) -> list[tuple[str, str, Phrase]]:
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


def pages(model: Model, totals: Totals, *, layout: Layout = PLAIN, label: str = "") -> list[Page]:
    """The pages behind the rows: what they add up to, and what the columns mean."""
    label = label or model.label
    return [_summary(model, totals, label), _legend(model, layout, label)]


def _summary(model: Model, totals: Totals, label: str) -> Page:
    rows = totals.rows
    again = totals.duplicates()
    unjudged = rows - totals.statuses["ok"]

    def line(name: str, count: int) -> list[Cell]:
        return [name, count, Share(count / rows if rows else 0.0)]

    overview = [
        line("行 Rows", rows),
        line("領域あり With an area", rows - totals.primary[""]),
        line("国家戦略技術領域 National-strategic", totals.strategic),
        line("優先 priority", totals.screening["priority"]),
        line("要確認 check", totals.screening["check"]),
        line("規則に当たらず none", totals.screening["none"]),
        line("判定の状態が ok 以外 Status other than ok", unjudged),
        line("課題番号の重複 Duplicate ids", len(again)),
    ]
    areas = [
        [*line(area_name(a), totals.primary[a.id]), *line("", totals.areas[a.id])[1:], a.id]
        for a in model.areas
    ]
    statuses = [
        [*line(status, count), "", "", STATUSES[status].ja if status in STATUSES else ""]
        for status, count in sorted(totals.statuses.items(), key=lambda x: (-x[1], x[0]))
    ]
    blocks = [
        Block("全体 Overview", ["", "行 Rows", "割合 Share"], overview),
        Block(
            "領域 Areas",
            [
                "領域 Area", "主領域の行 As primary", "割合 Share", "当てはまる行 Given",
                "割合 Share", "id",
            ],
            areas,
            _area_faces(model),
            chart=1,
        ),
        Block(
            "判定の状態 Statuses",
            ["ct_status", "行 Rows", "割合 Share", "", "", "意味 Meaning"],
            statuses,
        ),
    ]  # fmt: skip
    if again:
        shown = "、".join(f"{row + 1:,}" for row in again[:50]) + (" …" if len(again) > 50 else "")
        title = "前の行と同じ課題番号の行(シートの行番号)Rows whose id an earlier row has"
        blocks.append(Block(title, [""], [[shown]]))
    lead = [
        f"モデル Model: {label}",
        "一つの課題が複数の領域に当たることがあるので、「当てはまる行」の和は行数を超えます。",
    ]
    return Page(_SUMMARY, "集計 Summary", lead, [46, 16, 14, 16, 14, 24], blocks)


def _area_faces(model: Model) -> list[Face]:
    return [area_face(area.number, strategic=area.strategic) for area in model.areas]


def _legend(model: Model, layout: Layout, label: str) -> Page:
    areas = [
        [area_name(a), a.label_en, a.id, "国家戦略 strategic" if a.strategic else ""]
        for a in model.areas
    ]
    no_area = [NO_AREA, "none", "", "どの領域にも当たらない No area fits"]
    columns = [[n, HEADINGS[n], MEANINGS[n].ja, MEANINGS[n].en] for n in COLUMNS]
    columns += [[name, shown, m.ja, m.en] for name, shown, m in _frameworks(layout)]
    meaning = ["意味", "Meaning"]
    blocks = [
        Block(
            "領域 Areas",
            ["領域 Area", "English", "id", ""],
            [*areas, no_area],
            [*_area_faces(model), Face()],
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
            [*(_SCREENING[name] for name in _LEVEL_MEANINGS), Face()],
        ),
        Block(
            "判定の状態 Statuses",
            ["ct_status", "", *meaning],
            [
                ["ok", "", "判断した", "judged"],
                *([name, "", m.ja, m.en] for name, m in STATUSES.items()),
            ],
        ),
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
    return Page(_LEGEND, "凡例 Legend", lead, [36, 36, 62, 62], blocks)


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
