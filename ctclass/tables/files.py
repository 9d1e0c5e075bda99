"""Bytes in and bytes out: errors in plain words, outputs whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables.holding import OPEN_MAY_MOVE, open_part

TEXT_FORMATS = ("csv", "tsv", "jsonl")
FORMATS = (*TEXT_FORMATS, "parquet", "xlsx")
_FOREIGN = ("xls", "xlsb", "xlsm", "ods", "numbers", "doc", "docx", "odt", "pdf", "pptx", "zip",
            "7z", "xz", "bz2", "zst", "feather", "arrow", "orc", "avro", "db", "sqlite", "dta",
            "sav", "pkl", "html", "xml", "yaml")  # fmt: skip
_GZIP = b"\x1f\x8b"


def format_of(path: str) -> tuple[str | None, bool]:
    """The format that a file name ends in, and whether it is gzipped.

    >>> format_of("課題.CSV"), format_of("a.jsonl.gz"), format_of("a.dat")
    (('csv', False), ('jsonl', True), (None, False))
    """
    end, packed = _ending(path)
    end = {"ndjson": "jsonl", "txt": "tsv", "tab": "tsv", "pq": "parquet", "xlsm": "xlsx"}.get(
        end, end
    )
    return (end if end in FORMATS else None), packed


def _ending(path: str) -> tuple[str, bool]:
    name = path.lower()
    packed = name.endswith(".gz")
    return Path(name.removesuffix(".gz")).suffix.removeprefix("."), packed


def output_path(path: str, folder: str | None = None) -> str:
    """Where the answer goes without `-o`: `.tagged` before the ending.

    What cannot be written under the ending of the input gets another one.

    >>> output_path("grants.csv"), output_path("a.jsonl.gz"), output_path("macros.xlsm")
    ('grants.tagged.csv', 'a.tagged.jsonl.gz', 'macros.tagged.xlsx')
    """
    place = Path(path)
    packed = place.name[-3:] if place.name.lower().endswith(".gz") else ""
    inner = Path(place.name.removesuffix(packed) if packed else place.name)
    suffix = inner.suffix
    if suffix.lower().removeprefix(".") in _FOREIGN:
        suffix = ".xlsx" if suffix.lower() == ".xlsm" else ".csv"
    name = f"{inner.stem}.tagged{suffix}{packed}"
    return str(Path(folder) / name if folder else place.with_name(name))


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


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Turn a failing write into an InputError."""
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: str, error: OSError) -> InputError:
    """What to tell a person whose output could not be written."""
    if error.errno == errno.EBADF:
        what = Phrase("標準出力が閉じています", "Standard output is closed")
        hint = Phrase("-o でファイルに出してください", "Write to a file with -o")
    elif isinstance(error, BrokenPipeError):
        what = Phrase("出力の受け手が途中で閉じました", "The reader of the output closed it early")
        hint = Phrase(
            "全部が要るときはファイルに出してください", "Write to a file to keep all rows"
        )
    elif error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        what = Phrase("ディスクがいっぱいで書けません", "The disk is full")
        hint = Phrase(
            "空きを作るか、-o で別の場所を指定してください",
            "Make room, or choose another place with -o",
        )
    elif error.errno == errno.ENAMETOOLONG:
        what = Phrase("ファイル名が長すぎます", "The file name is too long")
        hint = Phrase("-o で短い名前を指定してください", "Give a shorter name with -o")
    elif error.errno == errno.ELOOP:
        what = Phrase("リンクが自分自身を指しています", "The link leads back to itself")
        hint = Phrase("-o で別の名前を指定してください", "Give another name with -o")
    elif isinstance(error, (PermissionError, FileNotFoundError, NotADirectoryError)):
        reason = (
            "権限がありません" if isinstance(error, PermissionError) else "フォルダーがありません"
        )
        what = Phrase(f"ここには書けません({reason})", f"Cannot write here ({error.strerror})")
        hint = Phrase(
            "フォルダーと権限を確かめるか、-o で別の場所を指定してください",
            "Check the folder and its permissions, or choose another place with -o",
        )
    else:
        what = Phrase(f"書き込みに失敗しました({error})", f"Writing failed ({error})")
        hint = Phrase("-o で別の場所を指定してください", "Choose another place with -o")
    return InputError(what, where="(stdout)" if path == "-" else path, hint=hint)


def check_input(path: str) -> None:
    """InputError when there is no file at `path` that can be read."""
    if path == "-":
        return
    with suppress(OSError):  # a name that is too long, a folder that is locked: _open says so
        if Path(path).is_fifo():
            return
    _open(path).close()


def is_folder(path: str) -> bool:
    """Whether `path` is a folder, or is written as one; InputError when it is not there."""
    with writing(path):
        found = Path(path).is_dir()
    if not found and path.endswith(("/", os.sep)):
        raise InputError(
            Phrase("出力先のフォルダーがありません", "The folder for the output is not there"),
            where=path,
            hint=Phrase("先にフォルダーを作ってください", "Make the folder first"),
        )
    return found


def refuse_output(path: str, inputs: list[str], *, force: bool) -> None:
    """UsageError when `path` is an input, is there already without `force`, or cannot be made."""
    end, _ = _ending(path)
    if end in _FOREIGN and path != "-":
        raise UsageError(
            Phrase(f".{end} には書き出せません", f".{end} is no format that can be written"),
            where=path,
            hint=Phrase(
                ".csv .tsv .jsonl .parquet .xlsx のどれかの名前にしてください",
                "Give a name that ends in .csv, .tsv, .jsonl, .parquet or .xlsx",
            ),
        )
    refuse_place(path, inputs, force=force)


def refuse_place(path: str, inputs: Sequence[str] = (), *, force: bool) -> None:
    """The same for a file of any kind: a folder that is not there is said before the work."""
    place = Path(path)
    with writing(path):
        if path == "-":
            return
        if not place.exists():
            place.parent.stat()
            return
        same = any(i != "-" and Path(i).exists() and place.samefile(i) for i in inputs)
    if same:
        raise UsageError(
            Phrase("出力が入力と同じファイルです", "The output is the input itself"),
            where=path,
            hint=Phrase("-o で別の名前を指定してください", "Give another name with -o"),
        )
    if place.is_dir():
        raise InputError(
            Phrase("出力先はフォルダーです", "The output is a folder"),
            where=path,
            hint=Phrase("-o でファイル名を指定してください", "Give a file name with -o"),
        )
    if place.is_file() and not force:
        raise UsageError(
            Phrase("出力ファイルがすでにあります", "The output is there already"),
            where=path,
            hint=Phrase("上書きするなら --force を付けてください", "Add --force to replace it"),
        )


def write_whole(path: Path | str, data: bytes) -> None:
    """Write a whole file or none; what stood there before stays until then.

    Raises InputError when it cannot be written.
    """
    file = Output(str(path))
    try:
        with writing(str(path)):
            file.stream.write(data)
        file.commit()
    except BaseException:
        file.discard()
        raise


class Output:
    """A file that gets its name only when it is whole. `-` is standard output."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._temporary: Path | None = None
        with writing(path):
            if path == "-":
                # A file of its own: closing it must not close what `sys` still holds.
                self.stream: IO[bytes] = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
                return
            place = Path(os.path.realpath(path))
            if place.is_symlink():
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if place.exists() and not place.is_file():
                self.stream = place.open("wb")  # a device or a named pipe
                return
            self._final = place
            self._temporary, number = open_part(place)
            self.stream = os.fdopen(number, "wb")

    def commit(self) -> None:
        """Flush and publish. The bytes are on the disk before the name is: a machine that
        loses its power must not keep the name of an output without its rows."""
        with writing(self.path):
            self.stream.flush()
            if not self._temporary:
                self.stream.close()
                return
            os.fsync(self.stream.fileno())
            if not OPEN_MAY_MOVE:
                self.stream.close()
            self._temporary.replace(self._final)
            self._temporary = None
            self.stream.close()

    def discard(self) -> None:
        """Leave nothing behind."""
        if self._temporary and OPEN_MAY_MOVE:
            self._temporary.unlink(missing_ok=True)
        with suppress(OSError):
            self.stream.close()
        if self._temporary and not OPEN_MAY_MOVE:
            self._temporary.unlink(missing_ok=True)
