"""A crosswalk, or a tally, as rows and as JSON: what is exported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ctclass.taxonomy.crosswalk import Link, Reading
from ctclass.taxonomy.frameworks import Framework
from ctclass.taxonomy.tally import Tally

COLUMNS = (
    "from_framework", "from", "from_ja", "from_en", "from_named", "relation",
    "to_framework", "to", "to_ja", "to_en", "to_named", "via", "judgement",
)  # fmt: skip
TALLY_COLUMNS = ("framework", "item", "name_ja", "name_en", "part_of", "inside", "may_be")


def to_rows(first: Reading, second: Reading, links: Sequence[Link]) -> list[list[str]]:
    """A row for every pair; an item without one stands alone, so that nothing is lost.

    `relation` is exact, close, inside (the first lies in the second), contains or partial.
    """
    rows = []
    here, there = first.framework, second.framework
    for item in here.items:
        own = [one for one in links if one.first == item.id]
        left = [here.id, item.id, item.name.ja, item.name.en, item.named]
        for one in own:
            other = there.item(one.second)
            right = [there.id, other.id, other.name.ja, other.name.en, other.named]
            judged = "true" if one.judgement else "false"
            rows.append([*left, one.strength, *right, ";".join(one.via), judged])
        if not own and not item.part_of and not first.parts.get(item.id):
            rows.append([*left, "none", there.id, *[""] * 6])
    return rows


def to_json(first: Reading, second: Reading, links: Sequence[Link]) -> str:
    """Both frameworks with their sources, and the links."""
    return _dump(
        {
            "from": _about(first.framework),
            "to": _about(second.framework),
            "links": [
                {
                    "from": one.first,
                    "to": one.second,
                    "relation": one.strength,
                    "via": list(one.via),
                    "judgement": one.judgement,
                }
                for one in links
            ],
        }
    )


def tally_rows(framework: Framework, counts: Tally) -> list[list[str]]:
    """A row for every item, also for those that no row falls under."""
    return [
        [framework.id, item.id, item.name.ja, item.name.en, item.part_of,
         str(counts.inside[item.id]), str(counts.partial[item.id])]
        for item in framework.items
    ]  # fmt: skip


def tally_json(framework: Framework, counts: Tally) -> str:
    """The same with its totals."""
    return _dump(
        {
            "framework": _about(framework),
            "rows": counts.rows,
            "outside": counts.outside,
            "items": [
                {"id": i.id, "inside": counts.inside[i.id], "may_be": counts.partial[i.id]}
                for i in framework.items
            ],
        }
    )


def list_json(frameworks: Iterable[Framework]) -> str:
    """Which frameworks there are."""
    return _dump([_about(framework) | {"items": len(framework.items)} for framework in frameworks])


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _about(framework: Framework) -> dict[str, Any]:
    return {
        "id": framework.id,
        "kind": framework.kind,
        "name": asdict(framework.name),
        "country": framework.country,
        "date": framework.date,
        "source": asdict(framework.source),
        "url": framework.url,
    }


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
