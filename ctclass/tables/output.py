"""Bytes out: whole or not at all, with errors in plain words."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ctclass.errors import InputError, Phrase, UsageError
from ctclass.tables.files import FOREIGN, ending
from ctclass.tables.holding import OPEN_MAY_MOVE, open_part


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
    if suffix.lower().removeprefix(".") in FOREIGN:
        suffix = ".xlsx" if suffix.lower() == ".xlsm" else ".csv"
    name = f"{inner.stem}.tagged{suffix}{packed}"
    return str(Path(folder) / name if folder else place.with_name(name))


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
    end, _ = ending(path)
    if end in FOREIGN and path != "-":
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
        same = any(_same(place, name) for name in inputs)
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


def _same(place: Path, name: str) -> bool:
    """Whether an input is the file that is there; standard input may have been led from it."""
    if name != "-":
        return Path(name).exists() and place.samefile(name)
    with suppress(OSError):  # it is closed
        return place.is_file() and os.path.samestat(os.fstat(0), place.stat())
    return False


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
