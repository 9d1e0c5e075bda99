"""Options that commands share, and the language in which they speak."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from ctclass.console.terminal import Screen, locale_language
from ctclass.errors import Phrase


def lang_of(arguments: list[str]) -> str:
    """`--lang` wins wherever it stands: even the help is in that language."""
    for i, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else ""
        if argument == "--lang" and i + 1 < len(arguments):
            value = arguments[i + 1]
        if value in ("ja", "en"):
            return value
    return locale_language()


LANG = lang_of(sys.argv[1:])


def say(ja: str, en: str) -> str:
    """The sentence in the language of the reader."""
    return ja if LANG == "ja" else en


_VALUES = {
    "COLUMN": "--id --title --abstract --keywords --partners --country --funder --programme "
    "--budget --international --id-column --on",
    "N": "--workers --chunk-rows --row --sample --seed --limit --least --partition-rows "
    "--partitions",
    "FILE": "--output --background --learned --corpus --labels --tune --ablate --html --report "
    "--card --ratchet",
    "FOLDER": "--taxonomy",
    "NAME": "--table --into --encoding --model --framework --baseline --against --new",
    "SQL": "--query",
    "FORMAT": "--format",
    "ja|en": "--lang",
    "check|priority": "--fail-on",
    "X": "--require-micro-f1 --require-macro-f1 --require-primary --require-area-f1 "
    "--require-strategic-precision --require-strategic-recall --require-screening-precision "
    "--require-screening-recall",
    "AREA": "--area",
    "TEXT": "--text --describe --fields",
    "SECONDS": "--patience",
    "URL": "--scheduler",
}
"""What an option takes, as the help names it; `<list[str]>` tells an officer nothing."""


def option(name: str, *more: str, ja: str, en: str, **settings: Any) -> Any:
    """An option with its help in the language of the reader."""
    for value, names in _VALUES.items():
        if name in names.split():
            settings.setdefault("metavar", value)
    return typer.Option(name, *more, help=say(ja, en), **settings)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _known_language(value: str) -> str:
    if value not in ("ja", "en"):
        raise typer.BadParameter(say("ja か en です", "ja or en"))
    return value


def _known_level(value: str | None) -> str | None:
    if value not in (None, "check", "priority"):
        raise typer.BadParameter(say("priority か check です", "priority or check"))
    return value


def rows_from(level: str | None, screening: Counter[str]) -> int:
    """How many rows have the level of --fail-on or a higher one, of those counted by level."""
    from ctclass.rules import LEVELS

    return 0 if level is None else sum(screening[x] for x in LEVELS[LEVELS.index(level) :])


def end_on(level: str | None, met: int, screen: Screen) -> None:
    """Exit code 1 where rows met the level of --fail-on; the screen says how many."""
    if met:
        screen.tell(
            Phrase(
                f"--fail-on {level}: {met:,} 件(終了コード 1)",
                f"--fail-on {level}: {met:,} rows (exit code 1)",
            )
        )
        raise typer.Exit(1)


Lang = Annotated[
    str,
    option(
        "--lang",
        ja="表示の言語 ja または en",
        en="language of messages: ja or en",
        callback=_known_language,
    ),
]
ModelName = Annotated[
    str, option("--model", ja="モデルの名前か .ctm ファイル", en="name of a model, or a .ctm file")
]
Quiet = Annotated[
    bool, option("--quiet", "-q", ja="エラーのほかは何も表示しない", en="say nothing but errors")
]
AsJson = Annotated[bool, option("--json", ja="JSON で出す", en="print JSON")]
Force = Annotated[
    bool, option("--force", ja="既にある出力を上書きする", en="replace an existing output")
]
TaxonomyFolder = Annotated[
    Path | None, option("--taxonomy", ja="技術体系のフォルダー", en="folder of the taxonomy")
]
BackgroundTable = Annotated[
    Path | None,
    option("--background", ja="背景の度数表(.tsv)", en="table of background frequencies"),
]
Workers = Annotated[
    int,
    option(
        "--workers",
        ja="並行して進める数(0 = コアの数に合わせる)",
        en="how much is done side by side (0: as suits the cores)",
        min=0,
    ),
]
EncodingName = Annotated[
    str | None,
    option(
        "--encoding",
        ja="入力の文字コード(省略すると自動)",
        en="encoding of the input (found if omitted)",
    ),
]
IdColumn = Annotated[str | None, option("--id", ja="課題番号の列", en="column of the project id")]
TitleColumns = Annotated[
    list[str] | None, option("--title", ja="課題名の列(複数可)", en="title column (repeatable)")
]
AbstractColumns = Annotated[
    list[str] | None,
    option("--abstract", ja="概要の列(複数可、つなげて読む)", en="abstract column (repeatable)"),
]
KeywordColumns = Annotated[
    list[str] | None,
    option("--keywords", ja="キーワードの列(複数可)", en="keyword column (repeatable)"),
]
PartnerColumns = Annotated[
    list[str] | None,
    option(
        "--partners",
        ja="共同研究先の列(組織の名。複数可。技術の指摘があるときだけ確認の段階を上げる)",
        en="partner column (organisations; repeatable; raises the screening beside a technology)",
    ),
]
CountryColumns = Annotated[
    list[str] | None, option("--country", ja="相手国の列(同上)", en="partner country (likewise)")
]
FunderColumns = Annotated[
    list[str] | None, option("--funder", ja="資金配分機関の列(同上)", en="funder (likewise)")
]
ProgrammeColumns = Annotated[
    list[str] | None, option("--programme", ja="制度の列(同上)", en="programme (likewise)")
]
BudgetColumns = Annotated[
    list[str] | None,
    option(
        "--budget", ja="年度の配分額の列(円。見出しに千円とあれば千円)", en="yen a year (likewise)"
    ),
]
ScreeningRecall = Annotated[
    bool,
    option(
        "--screening-recall",
        ja="技術流出の確認を、見逃しを減らす設定で付ける(指摘は増える)",
        en="screen for leakage so that less is missed (and more is flagged)",
    ),
]
InternationalColumns = Annotated[
    list[str] | None,
    option("--international", ja="国際共同研究の有無の列(同上)", en="joint work abroad (likewise)"),
]
FailOn = Annotated[
    str | None,
    option(
        "--fail-on",
        ja="priority か check の行があれば、書き終えてから終了コード 1",
        en="exit 1, after all is written, where a row is priority or check",
        callback=_known_level,
    ),
]
FrameworkNames = Annotated[
    list[str] | None,
    option(
        "--framework",
        ja="この枠組みの項目の列も付ける(複数可。一覧は ctclass crosswalk)",
        en="add a column of this framework's items (repeatable; ctclass crosswalk lists them)",
    ),
]
