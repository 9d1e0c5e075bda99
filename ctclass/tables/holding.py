"""Who still writes a file holds a lock on it, which ends with its process, however it ends.

So what a killed run left behind can be told from what another run is writing now.
"""

from __future__ import annotations

import errno
import os
import sys
import zlib
from contextlib import suppress
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)
_FAR = 1 << 40
"""Windows lets nobody else read what is locked, so a byte far behind the end is."""
OPEN_MAY_MOVE = os.name == "posix"
"""Windows neither renames nor removes a file that is open; elsewhere it is done before the
file is closed, so that no other run takes it for one left behind."""


def open_part(place: Path) -> tuple[Path, int]:
    """A file beside `place` that gets its name when it is whole. What a killed run left there
    is overwritten; what another run is writing is left alone.
    """
    part = hidden(place, "part")
    number = None
    with suppress(OSError):
        number = open_alone(part)
    if number is not None:
        os.ftruncate(number, 0)
        return part, number
    part = hidden(place, f"{os.getpid()}.part")
    return part, os.open(part, _FLAGS | os.O_EXCL, 0o666)


def hidden(place: Path, ending: str) -> Path:
    """The name of a file beside `place` that nobody is to see, the same in every run."""
    # Cut, for a name may have 255 bytes, and 80 characters of Japanese are 240.
    digest = zlib.crc32(os.fsencode(place.name))
    return place.with_name(f".{place.name[:40]}.{digest:08x}.{ending}")


def open_alone(path: Path) -> int | None:
    """A descriptor to read and write a file with, made if it is not there; None while another
    process has it.

    Raises OSError where it cannot be opened, or where the file system knows no locks.
    """
    while True:
        number = os.open(path, _FLAGS, 0o666)
        try:
            if not _hold(number):
                os.close(number)
                return None
            if _is_still(number, path):
                return number
        except BaseException:
            os.close(number)
            raise
        os.close(number)  # it was renamed or removed before the lock came


def _is_still(number: int, path: Path) -> bool:
    try:
        there, own = path.stat(), os.fstat(number)
    except FileNotFoundError:
        return False
    return (there.st_ino, there.st_dev) == (own.st_ino, own.st_dev)


def _hold(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(number, _FAR, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
            os.lseek(number, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True
