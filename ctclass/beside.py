"""A process of our own beside this one: how it starts and ends, and what goes through its pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import IO

_SIZE = 8


class OwnProcess(subprocess.Popen[bytes]):
    """A process that runs code of ours; nothing of a table goes into it.

    Raises OSError where none can be started.
    """

    stdin: IO[bytes]
    stdout: IO[bytes]

    def __init__(self, code: str, *, silent: bool = False) -> None:
        same_modules = "import sys; sys.path[:] = sys.argv[1:]; "
        super().__init__(
            [sys.executable, "-P", "-c", same_modules + code, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if silent else None,
            # Ctrl-C is for this process, which then ends the other one; and no window opens.
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
            | getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.kill()
        self.wait()
        for stream in (self.stdin, self.stdout):
            with suppress(OSError):  # what was still to be sent has nowhere to go
                stream.close()


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """For the process itself: where it reads what it is told, and where it answers."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else would print must not come between
    return source, target


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write bytes, their length before them, so that the other side knows where they end."""
    stream.write(len(data).to_bytes(_SIZE, "little"))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Bytes that were written with `write_frame`; None where there are no more."""
    size = stream.read(_SIZE)
    if len(size) < _SIZE:
        return None
    data = stream.read(length := int.from_bytes(size, "little"))
    return data if len(data) == length else None
