"""A tagged table as a workbook for officers: what its columns mean, look like and ask.

The tables know how to write cells; what stands here knows areas, levels and statuses,
in Japanese first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ctclass.errors import Phrase
from ctclass.model.compact import Model
from ctclass.projects import Columns
from ctclass.readers.verdicts import (
    COMMENT,
    JUDGED,
    LEVELS,
    OPEN,
    OTHERS,
    PRIMARY,
    REVIEWER,
    RIGHT,
    SCREENING,
    VERDICT,
    WRONG,
    judged_areas,
    kept_names,
)
from ctclass.runs.layout import PLAIN, Layout
from ctclass.runs.stream import Totals
from ctclass.runs.workbook_legend import (
    ENTRY_MEANINGS,
    MEANINGS,
    QUIET,
    SCREENING_FACES,
    STRATEGIC_FACES,
    area_face,
    area_faces,
    framework_columns,
    legend_page,
)
from ctclass.statuses import STATUSES
from ctclass.tables.look import Block, Cell, Entry, Face, Heading, Look, Page, Share, place_of
from ctclass.tagging.tag import COLUMNS, HEADINGS
from ctclass.taxonomy.areas import numbered

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
    names = {area.id: numbered(area).ja for area in model.areas}
    faces = {a.id: area_face(a.number, strategic=a.strategic) for a in model.areas}
    at = {name: COLUMNS.index(name) for name in COLUMNS}
    title = columns.title or columns.title_en
    seen = [i for i in (*title, *filter(None, [columns.project_id])) if i <= 2]
    label = label or model.label
    legend = legend_page(model, layout, label)

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
            for name, shown, meaning in framework_columns(layout)
        },
        faces={
            "ct_primary": faces,
            "ct_strategic": STRATEGIC_FACES,
            "ct_screening": SCREENING_FACES,
            "ct_status": {"ok": QUIET} | dict.fromkeys(STATUSES, _UNJUDGED),
            "ct_model": {label: QUIET},
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
    screening = {name: SCREENING_FACES[level] for name, level in LEVELS.items()}
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


def pages(model: Model, totals: Totals, *, layout: Layout = PLAIN, label: str = "") -> list[Page]:
    """The pages behind the rows: what they add up to, and what the columns mean."""
    label = label or model.label
    return [_summary(model, totals, label), legend_page(model, layout, label, totals)]


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
        [*line(numbered(a).ja, totals.primary[a.id]), *line("", totals.areas[a.id])[1:], a.id]
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
            area_faces(model),
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
    return Page("集計 Summary", "集計 Summary", lead, [46, 16, 14, 16, 14, 24], blocks)
