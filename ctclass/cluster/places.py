"""Folders and files that are here or far away: `grants/`, `file:///…`, `s3://…`.

A local place is never touched through fsspec, so that it behaves as everywhere in this
program; any other is one of the file systems that fsspec knows.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from ctclass.errors import CtclassError, InputError, MissingExtraError, Phrase, UsageError
from ctclass.tables.files import reading
from ctclass.tables.output import write_error, write_whole, writing

UNFINISHED = "_unfinished"
DATABASES = ("sqlite:", "postgres")
"""How the URLs of databases begin."""
_KEYS = {
    ("s3", "s3a"): ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("gs", "gcs"): ("GOOGLE_APPLICATION_CREDENTIALS",),
    ("abfs", "abfss", "az"): ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"),
}
"""Buckets, which have no folders and show a file only when all of it is there; and in which
variables what reads them looks for keys."""


def is_url(place: str) -> bool:
    """Whether a place needs fsspec: a Windows path such as `C:/x` does not.

    >>> is_url("s3://grants/2025"), is_url("zip://*.csv::file:///a.zip"), is_url("C:/grants")
    (True, True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place) is not None


def shown(place: str) -> str:
    """A place as it may be written down: without a name and a password.

    >>> shown("ftp://me:secret@host/grants")
    'ftp://host/grants'
    """
    return re.sub(r"://[^/@\s]*@", "://", place)


def file_system(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it; None for the local one.

    Raises MissingExtraError where the library for it is missing.
    """
    if not is_url(url):
        return None, str(Path(url).absolute())
    if shown(url) != url:
        raise _secret(url)
    try:
        from fsspec.core import url_to_fs
        from fsspec.implementations.local import LocalFileSystem

        if url.startswith(DATABASES):
            raise _no_table_named(url)
        with far_away(url):
            system, path = url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(
            Phrase(
                f"{url.partition(':')[0]}:// を読む部品がありません({error})",
                f"What reads {url.partition(':')[0]}:// is not installed ({error})",
            ),
            where=shown(url),
            hint=Phrase(
                'pip install "ctclass[dask]"(s3:// には s3fs、gs:// には gcsfs も)',
                'pip install "ctclass[dask]", and s3fs for s3://, gcsfs for gs://',
            ),
        ) from error
    return (None if isinstance(system, LocalFileSystem) else system), path


def _no_table_named(url: str) -> UsageError:
    return UsageError(
        Phrase("データベースのどの表か分かりません", "Which table of the database?"),
        where=shown(url),
        hint=Phrase("--table 表の名前 を付けてください", "Add --table NAME"),
    )


def _secret(url: str) -> UsageError:
    kind = url.partition(":")[0]
    own = next((keys for kinds, keys in _KEYS.items() if kind in kinds), None) or (
        f"FSSPEC_{kind.upper()}_USERNAME",
        f"FSSPEC_{kind.upper()}_PASSWORD",
    )
    return UsageError(
        Phrase(
            "URL に利用者名やパスワードを書かないでください(他人に見え、記録に残ります)",
            "Do not write a user or password into the URL (others see it, and it stays in logs)",
        ),
        where=shown(url),
        hint=Phrase(
            f"環境変数 {' と '.join(own)} などで渡してください",
            f"Use {' and '.join(own)} of the environment, or a file of settings",
        ),
    )


@contextmanager
def far_away(place: str) -> Iterator[None]:
    """Turn whatever a remote file system raises, each a kind of its own, into an InputError."""
    try:
        yield
    except (CtclassError, ImportError):
        raise
    except Exception as error:
        raise InputError(
            Phrase(
                f"離れた場所を読み書きできません({type(error).__name__}: {shown(str(error))})",
                f"The remote place fails ({type(error).__name__}: {shown(str(error))})",
            ),
            where=shown(place),
            hint=Phrase(
                "場所、権限、通信を確かめてください",
                "Check the place, its permissions and the network",
            ),
        ) from error


@contextmanager
def opened_bytes(system: Any, path: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, here (`system` is None) or far away."""
    if system is None:
        with reading(path), Path(path).open("rb") as file:
            yield file
    else:
        with far_away(path), system.open(path, "rb") as file:
            yield cast("IO[bytes]", file)


class Folder:
    """Where results go. A file in it appears whole or not at all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._system, self._root = file_system(url)
        protocol = getattr(self._system, "protocol", ())
        kinds = {protocol} if isinstance(protocol, str) else set(protocol)
        self._bucket = any(kinds.intersection(own) for own in _KEYS)
        self._made: list[Path] = []

    def at(self, name: str) -> str:
        """Where a file of the folder stands, for people.

        >>> Folder("grants/").at("a.csv").replace(os.sep, "/")
        'grants/a.csv'
        """
        if self._system is None and not is_url(self.url):
            return str(Path(self.url) / name)
        return f"{self.url.rstrip('/')}/{name}"

    def names(self) -> list[str]:
        """All files below the folder, relative to it; none where there is no folder."""
        if self._system is None:
            root = Path(self._root)
            with writing(self._root):
                if root.exists() and not root.is_dir():
                    raise NotADirectoryError(20, "not a folder", self._root)
            found = (path for path in root.rglob("*") if path.is_file())
            return sorted(path.relative_to(root).as_posix() for path in found)
        with far_away(self.url):
            self._system.invalidate_cache()
            if not self._system.exists(self._root):
                return []
            paths = self._system.find(self._root)
        return sorted(path[len(self._root) :].lstrip("/") for path in paths)

    def make(self) -> None:
        """Make the folder; InputError where that cannot be.

        Far away a file is written and removed, for nothing else tells whether these keys may
        do so, and hours of work would end in a place that refuses them. A bucket is never made:
        one letter wrong, and the results would stand where nobody looks after them.
        """
        if self._system is None:
            root = Path(self._root)
            with writing(self._root):
                self._made = [path for path in (root, *root.parents) if not path.exists()]
                root.mkdir(parents=True, exist_ok=True)
            return
        trial = self._path(f"{UNFINISHED}/{uuid.uuid4().hex}")
        with far_away(self.url):
            self._make(trial.rpartition("/")[0])
            self._system.pipe_file(trial, b"\n")
            self._system.rm_file(trial)

    def unmake(self) -> None:
        """Remove the folder again, if this made it here and there is nothing in it."""
        with suppress(OSError):
            for path in self._made:
                path.rmdir()

    @contextmanager
    def draft(self, scratch: Path, name: str) -> Iterator[Path]:
        """A local path to write a file to; it becomes `name` at the end of the block.

        Near the folder where that is local, for only within a disk can a file be renamed.
        """
        if self._system is None:
            own = Path(self._root) / UNFINISHED / uuid.uuid4().hex
            with writing(self._root):
                own.mkdir(parents=True)
            try:
                yield own / Path(name).name
                final = Path(self._root) / name
                with writing(str(final)):
                    final.parent.mkdir(parents=True, exist_ok=True)
                    (own / Path(name).name).replace(final)
            finally:
                shutil.rmtree(own, ignore_errors=True)
            return
        draft = scratch / f"out-{Path(name).name}"
        yield draft
        self._send(draft, name)
        draft.unlink()

    def _send(self, draft: Path, name: str) -> None:
        """Under another name first: not every file system shows a file only when it is whole."""
        first, final = self._path(f"{UNFINISHED}/{uuid.uuid4().hex}"), self._path(name)
        with far_away(self.url):
            if self._bucket:
                self._system.put_file(str(draft), final)
                return
            for path in (first, final):
                self._make(path.rpartition("/")[0])
            self._system.put_file(str(draft), first)
            self._system.invalidate_cache()
            if self._system.exists(final):
                self._system.rm_file(final)
            self._system.mv(first, final)

    def _make(self, path: str) -> None:
        """Another worker may make it at the same time. Buckets have no folders to be made."""
        if self._bucket:
            return
        try:
            self._system.makedirs(path, exist_ok=True)
        except Exception:
            self._system.invalidate_cache()
            if not self._system.exists(path):
                raise

    def read(self, name: str) -> bytes | None:
        """A file of the folder; None where there is none."""
        if self._system is None:
            with reading(name), suppress(FileNotFoundError):
                return (Path(self._root) / name).read_bytes()
            return None
        with far_away(self.url):
            try:
                return cast("bytes", self._system.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def write(self, scratch: Path, name: str, data: bytes) -> None:
        """A small file, whole or not at all."""
        with self.draft(scratch, name) as path:
            write_whole(path, data)

    def digest(self, name: str) -> str:
        """The SHA-256 of a file of the folder."""
        digest = hashlib.sha256()
        with opened_bytes(self._system, self._path(name)) as file, far_away(self.url):
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        if self._system is None:
            try:
                Path(self._path(name)).unlink(missing_ok=True)
            except OSError as error:
                raise write_error(self._path(name), error) from error
            return
        with far_away(self.url):
            self._system.invalidate_cache()
            if self._system.exists(self._path(name)):
                self._system.rm_file(self._path(name))

    def clean(self) -> None:
        """Remove what workers that were killed have left."""
        if self._system is None:
            shutil.rmtree(Path(self._root) / UNFINISHED, ignore_errors=True)
            return
        with far_away(self.url):
            self._system.invalidate_cache()
            if self._system.exists(self._path(UNFINISHED)):
                self._system.rm(self._path(UNFINISHED), recursive=True)

    def _path(self, name: str) -> str:
        return os.path.join(self._root, name) if self._system is None else f"{self._root}/{name}"  # noqa: PTH118
