"""Bytes in, from wherever they come, with errors in plain words; what file names say."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from ctclass.errors import InputError, Phrase

TEXT_FORMATS = ("csv", "tsv", "jsonl")
FORMATS = (*TEXT_FORMATS, "parquet", "xlsx")
FOREIGN = ("xls", "xlsb", "xlsm", "ods", "numbers", "doc", "docx", "odt", "pdf", "pptx", "zip",
            "7z", "xz", "bz2", "zst", "feather", "arrow", "orc", "avro", "db", "sqlite", "dta",
            "sav", "pkl", "html", "xml", "yaml")  # fmt: skip
ZIPPED = b"PK\x03\x04"
"""What a workbook begins with."""
_GZIP = b"\x1f\x8b"


def format_of(path: str) -> tuple[str | None, bool]:
    """The format that a file name ends in, and whether it is gzipped.

    >>> format_of("課題.CSV"), format_of("a.jsonl.gz"), format_of("a.dat")
    (('csv', False), ('jsonl', True), (None, False))
    """
    end, packed = ending(path)
    end = {"ndjson": "jsonl", "txt": "tsv", "tab": "tsv", "pq": "parquet", "xlsm": "xlsx"}.get(
        end, end
    )
    return (end if end in FORMATS else None), packed


def ending(path: str) -> tuple[str, bool]:
    """What a file name ends in, in small letters, and whether it is gzipped."""
    name = path.lower()
    packed = name.endswith(".gz")
    return Path(name.removesuffix(".gz")).suffix.removeprefix("."), packed


class Source:
    """An input as a seekable binary file, unpacked, whatever it came from."""

    def __init__(self, path: str) -> None:
        self.path = "(stdin)" if path == "-" else path
        self._file = _spool(sys.stdin.buffer, self.path) if path == "-" else _open(path)
        self.size = os.fstat(self._file.fileno()).st_size
        self.packed = self._file.read(2) == _GZIP
        self._file.seek(0)

    def open(self) -> IO[bytes]:
        """The bytes from the start, to be closed; one at a time, for the place is shared."""
        os.lseek(self._file.fileno(), 0, os.SEEK_SET)
        again = os.fdopen(os.dup(self._file.fileno()), "rb")
        return cast("IO[bytes]", _Unpacked(again)) if self.packed else again

    def position(self) -> int:
        """How far the file has been read, in its own (packed) bytes."""
        return 0 if self._file.closed else os.lseek(self._file.fileno(), 0, os.SEEK_CUR)

    def sha256(self) -> str:
        """The digest of its own (packed) bytes; whoever is reading goes on where it was."""
        at, digest = os.lseek(self._file.fileno(), 0, os.SEEK_CUR), hashlib.sha256()
        os.lseek(self._file.fileno(), 0, os.SEEK_SET)
        with reading(self.path):
            while block := os.read(self._file.fileno(), 1 << 20):
                digest.update(block)
        os.lseek(self._file.fileno(), at, os.SEEK_SET)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def packing(stream: IO[bytes]) -> gzip.GzipFile:
    """A stream that is gzipped, without name and date: the same rows give the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6)


class _Unpacked(gzip.GzipFile):
    """A gzipped file that closes the file under it as well."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(fileobj=file)
        self._under = file

    def close(self) -> None:
        try:
            super().close()
        finally:
            if hasattr(self, "_under"):
                self._under.close()


def _open(path: str) -> IO[bytes]:
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - the Source closes it
    except FileNotFoundError as error:
        if "://" in path:
            raise _no_file(path) from error
        raise InputError(
            Phrase("ファイルがありません", "There is no such file"),
            where=path,
            hint=Phrase(
                "ファイル名とフォルダーを確かめてください", "Check the name and the folder"
            ),
        ) from error
    except IsADirectoryError as error:
        raise _directory(path) from error
    except PermissionError as error:
        if Path(path).is_dir():
            raise _directory(path) from error
        raise InputError(
            Phrase("ファイルを読む権限がありません", "There is no permission to read the file"),
            where=path,
            hint=Phrase(
                "Excel などで開いていれば閉じ、権限を確かめてください",
                "Close it in other programs and check its permissions",
            ),
        ) from error
    except (OSError, ValueError) as error:
        if "://" in path:  # no name on Windows, where it is not even looked for
            raise _no_file(path) from error
        raise InputError(
            Phrase(f"ファイルを開けません({error})", f"The file cannot be opened ({error})"),
            where=path,
            hint=Phrase("ファイル名を確かめてください", "Check the file name"),
        ) from error
    if file.seekable():
        return file
    with file:  # a named pipe, such as <(command)
        return _spool(file, path)


def _spool(stream: IO[bytes], path: str) -> IO[bytes]:
    """What can be read once only, in a temporary file that can be read again."""
    spool: IO[bytes] | None = None
    try:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - the Source closes it
        while True:
            with reading(path):
                block = stream.read(1 << 20)
            if not block:
                spool.seek(0)
                return spool
            spool.write(block)
    except OSError as error:
        if spool:
            with suppress(OSError):  # what a full disk refused is not wanted any more
                spool.close()
        raise InputError(
            Phrase(
                f"一時ファイルに写せません({error.strerror})",
                f"It cannot be copied to a temporary file ({error.strerror})",
            ),
            where=f"{path} → {tempfile.tempdir or 'TMPDIR'}",
            hint=Phrase(
                "空きのあるフォルダーを TMPDIR で指定するか、ファイルを直接指定してください",
                "Let TMPDIR name a folder with room, or give a file instead of a pipe",
            ),
        ) from error


def _no_file(path: str) -> InputError:
    """A URL where only a file will do: `tag` reads databases, the other commands its output."""
    return InputError(
        Phrase("この命令が読むのはファイルだけです", "This command reads files only"),
        where=path,
        hint=Phrase(
            "データベースなら、ctclass tag … -o grants.csv で出したファイルを指定してください",
            "Of a database, give the file that ctclass tag … -o grants.csv writes",
        ),
    )


def _directory(path: str) -> InputError:
    return InputError(
        Phrase("フォルダーは読めません", "This is a folder"),
        where=path,
        hint=Phrase("中の表のファイルを指定してください", "Name a table in it"),
    )


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn what a damaged file raises while it is read into an InputError."""
    try:
        yield
    except (OSError, EOFError, UnicodeError) as error:
        raise InputError(
            Phrase(f"ファイルが壊れています({error})", f"The file is damaged ({error})"),
            where=path,
            hint=Phrase("元の場所からもう一度取り出してください", "Fetch it again from its origin"),
        ) from error


def may_be_workbook(path: str) -> bool:
    """Whether a file begins as a workbook does. What can be read only once may be one."""
    if path == "-":
        return True
    with suppress(OSError):
        if Path(path).is_fifo():
            return True
    with closing(Source(path)) as source, reading(path), source.open() as file:
        return file.read(4) == ZIPPED


def check_input(path: str) -> None:
    """InputError when there is no file at `path` that can be read."""
    if path == "-":
        return
    with suppress(OSError):  # a name that is too long, a folder that is locked: _open says so
        if Path(path).is_fifo():
            return
    _open(path).close()
