"""Finds what `--since-last` names, before any worker starts."""

from __future__ import annotations

from pathlib import Path

from ctclass.cluster.manifest import read_manifest
from ctclass.cluster.places import DATABASES, Folder, far_away, file_system, is_url, shown
from ctclass.cluster.reading import Job
from ctclass.cluster.since import Earlier
from ctclass.errors import InputError, Phrase, UsageError


def find_earlier(place: str, job: Job) -> Earlier:
    """The folder of an earlier run of `ctclass cluster`, or one output of `ctclass tag`.

    Raises UsageError for a database and for what is in the folder that is written, InputError
    where nothing is there, or the folder is not complete.
    """
    if is_url(place) and place.startswith(DATABASES):
        raise UsageError(
            Phrase(
                "--since-last に使えるのは、前の結果のフォルダーかファイルです",
                "--since-last takes a folder of earlier results, or a file",
            ),
            where=f"{place.partition('://')[0]}://…",
            hint=Phrase(
                "前の結果のフォルダーを指定してください", "Name the folder of an earlier run"
            ),
        )
    system, path = file_system(place)
    if system is None:
        place, there, folder = path, Path(path).exists(), Path(path).is_dir()
    else:
        place = place.rstrip("/")
        with far_away(place):
            there, folder = system.exists(path), system.isdir(path)
    if not there:
        raise InputError(
            Phrase("前の結果がありません", "There are no such earlier results"),
            where=shown(place),
            hint=Phrase(
                "ctclass cluster の前の結果フォルダーを指定してください",
                "Name the folder of an earlier run of ctclass cluster",
            ),
        )
    _refuse_own(place, job)
    return _of_folder(place) if folder else Earlier(place)


def _refuse_own(place: str, job: Job) -> None:
    (system, path), (own_system, own) = file_system(place), file_system(job.folder)
    if system is None:
        path, own = (Path(x).resolve().as_posix() for x in (path, own))
    if own_system == system and f"{path}/".startswith(f"{own.rstrip('/')}/"):
        raise UsageError(
            Phrase(
                "前の結果が出力先のフォルダーにあります(読みながら書き換えることになります)",
                "The earlier results are in the folder that is to be written",
            ),
            where=shown(place),
            hint=Phrase("-o で別のフォルダーを指定してください", "Give another folder with -o"),
        )


def _of_folder(place: str) -> Earlier:
    manifest = read_manifest(Folder(place))
    model = manifest["model"]
    results = {
        note["output"]["name"]: (note["output"]["sha256"], note.get("texts", ""))
        for note in manifest["partitions"]
    }
    return Earlier(place, results, (model["label"], model["digest"]))
