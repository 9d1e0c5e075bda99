"""`ctclass verify`: is an output still what its run wrote?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ctclass.console.lists import show_checks
from ctclass.console.plain import write_data
from ctclass.console.terminal import Screen
from ctclass.errors import Phrase, UsageError
from ctclass.options import LANG, Lang, ModelName, Workers, cores, option, say

if TYPE_CHECKING:
    from ctclass.runs.verify import Check, Subject
    from ctclass.tagging.tag import Tagger


_DATABASES = ("sqlite://", "postgresql://", "postgresql+", "postgres://")


def verify(
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            help=say(
                "ctclass tag --manifest の出力(データベースは URL と --table)、"
                "または ctclass cluster の結果フォルダー",
                "an output of ctclass tag --manifest (a database: its URL and --table), or the "
                "folder of ctclass cluster",
            ),
        ),
    ],
    table: Annotated[
        str | None,
        option("--table", ja="データベースの結果の表", en="table of results in a database"),
    ] = None,
    manifest: Annotated[
        str | None,
        option(
            "--manifest",
            ja="マニフェスト(省略すると OUTPUT.manifest.json)",
            en="its manifest (OUTPUT.manifest.json if omitted)",
            metavar="FILE",
        ),
    ] = None,
    again: Annotated[
        bool,
        option(
            "--again",
            ja="入力を判定し直し、全行の答えを比べる",
            en="tag the input again and compare the answers of every row",
        ),
    ] = False,
    model: ModelName = "default",
    workers: Workers = 0,
    as_json: Annotated[
        bool, option("--json", ja="結果を JSON で出す", en="give the result as JSON")
    ] = False,
    lang: Lang = LANG,
) -> None:
    """The manifest first: without one there is nothing to compare with."""
    from ctclass.model.file import read_model
    from ctclass.runs.manifest import manifest_path, read_manifest
    from ctclass.runs.verify import Subject, check_again, check_all
    from ctclass.tables import check_input

    if table is not None or output.startswith(_DATABASES):
        beside, checks = _checked_table(output, table, manifest, model, workers if again else None)
        _tell(beside.name.removesuffix(".manifest.json"), beside, checks, lang, as_json=as_json)
        return
    if "://" in output or Path(output).is_dir():
        there, checks = _checked_folder(output, model, again=again)
        _tell(output, there, checks, lang, as_json=as_json)
        return
    check_input(output)
    beside = Path(manifest) if manifest else manifest_path(output)
    subject = Subject(output, read_manifest(beside), beside)
    checks = list(check_all(subject, lambda: read_model(model)))
    if again:
        checks.append(check_again(subject, _tagger(subject, model), workers or cores()))
    _tell(output, beside, checks, lang, as_json=as_json)


def _checked_table(
    url: str, table: str | None, manifest: str | None, model: str, workers: int | None
) -> tuple[Path, list["Check"]]:
    """A table of results against its manifest; with `workers` the input is tagged again."""
    from ctclass.model.file import read_model
    from ctclass.runs.manifest import manifest_path, read_manifest
    from ctclass.runs.table_record import beside_table, open_results
    from ctclass.runs.verify import Subject
    from ctclass.runs.verify_table import check_table, check_table_again
    from ctclass.tables import check_database
    from ctclass.tables.database import Database

    check_database(url, table, None)
    database = Database(url)
    output = beside_table(database, str(table))
    beside = Path(manifest) if manifest else manifest_path(output)
    subject = Subject(output, read_manifest(beside), beside)
    with open_results(database, str(table)) as results:
        checks = list(check_table(subject, results, lambda: read_model(model)))
        if workers is not None:
            tagger = _tagger(subject, model)
            checks.append(check_table_again(subject, results, tagger, workers or cores()))
    return beside, checks


def _tagger(subject: "Subject", model: str) -> "Tagger":
    """The tagger with which the run answered, but for its model."""
    from ctclass.model.file import read_model
    from ctclass.tagging.tag import Tagger

    recall = subject.facts.get("options", {}).get("screening_recall", False)
    return Tagger(read_model(model), recall=recall)


def _checked_folder(output: str, model: str, *, again: bool) -> tuple[str, list["Check"]]:
    """The partitions of a run of `ctclass cluster` against its manifest."""
    from ctclass.cluster.manifest import MANIFEST, check_results, read_manifest
    from ctclass.cluster.places import Folder
    from ctclass.model.file import read_model

    if again:
        raise UsageError(
            Phrase("--again はファイル一つに使います", "--again is for one file"),
            where=output,
            hint=Phrase(
                "別のフォルダーに実行し、_manifest.json の results を比べてください",
                "Run ctclass cluster into another folder and compare results in _manifest.json",
            ),
        )
    folder = Folder(output)
    checks = list(check_results(folder, read_manifest(folder), lambda: read_model(model)))
    return folder.at(MANIFEST), checks


def _tell(
    output: str, beside: str | Path, checks: list["Check"], lang: str, *, as_json: bool
) -> None:
    if as_json:
        _print_json(output, beside, checks, lang)
    else:
        show_checks(Screen(lang), checks)
    if not all(check.fits for check in checks):
        raise typer.Exit(1)


def _print_json(output: str, beside: str | Path, checks: list["Check"], lang: str) -> None:
    found = {
        "output": output,
        "manifest": str(beside),
        "fits": all(check.fits for check in checks),
        "checks": [
            {"check": c.name, "what": c.what.text(lang), "fits": c.fits, "seen": c.seen.text(lang)}
            for c in checks
        ],
    }
    write_data(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
