"""What is written beside each row: the columns of `tag`, and one for each framework asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctclass.errors import Phrase, UsageError
from ctclass.model.compact import Model
from ctclass.runs.answers import Answer
from ctclass.tables.rows import FRAMEWORK_COLUMN
from ctclass.tagging.tag import COLUMNS, HEADINGS
from ctclass.taxonomy.crosswalk import Areas, Reading
from ctclass.taxonomy.frameworks import read_framework


@dataclass(frozen=True, slots=True)
class Layout:
    """How an answer is laid out, as a row and as a record. Without readings: as ever.

    >>> Layout().columns == COLUMNS
    True
    """

    readings: tuple[Reading, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the appended columns."""
        return COLUMNS + tuple(column_of(r.framework.id) for r in self.readings)

    @property
    def headings(self) -> list[str]:
        """The same with their Japanese headings, for people who open the table in Excel."""
        own = [f"{name} {HEADINGS[name]}" for name in COLUMNS]
        return own + [f"{column_of(r.framework.id)} {short_name(r)}" for r in self.readings]

    def row(self, tagging: Answer) -> list[str]:
        """The values of `columns`."""
        return tagging.columns() + [";".join(items_of(r, tagging)) for r in self.readings]

    def record(self, tagging: Answer) -> dict[str, object]:
        """The object under `"ctclass"` in JSON Lines."""
        record = tagging.record()
        if self.readings:
            record["frameworks"] = {
                r.framework.id: list(items_of(r, tagging)) for r in self.readings
            }
        return record


PLAIN = Layout()


def column_of(framework: str) -> str:
    """The column of a framework.

    >>> column_of("us-cet")
    'ct_framework_us_cet'
    """
    return FRAMEWORK_COLUMN + framework.replace("-", "_")


def short_name(reading: Reading) -> str:
    """What a framework is called in a heading: its Japanese name, but for what is in brackets."""
    return reading.framework.name.ja.partition("(")[0]


def items_of(reading: Reading, tagging: Answer) -> tuple[str, ...]:
    """Ids of the items of a project, best first."""
    areas = [a.area for a in tagging.areas]
    return tuple(item for item, _ in reading.items_of(areas, tagging.subtechnologies))


def areas_of(model: Model) -> Areas:
    """The sub-technologies of every area that a model knows."""
    return {
        area.id: [sub.id for sub in model.subtechnologies if sub.area == i]
        for i, area in enumerate(model.areas)
    }


def layout_for(names: Sequence[str], model: Model) -> Layout:
    """The layout with a column for each framework, by its name or file, each once.

    Raises UsageError for a name that there is none of, and where two files would give the
    same column; ModelError for a framework of another taxonomy.
    """
    if not names:
        return PLAIN
    areas = areas_of(model)
    readings = [Reading(read_framework(name), areas) for name in dict.fromkeys(names)]
    ids = [r.framework.id for r in readings]
    for twice in (i for i in ids if ids.count(i) > 1):
        raise UsageError(
            Phrase(f"枠組み {twice} が二つあります", f"Two frameworks are called {twice}"),
            where="--framework",
            hint=Phrase("片方のファイルの framework: を変えてください",
                        "Change `framework:` in one of the files"),
        )  # fmt: skip
    return Layout(tuple(readings))
