"""Processes that cut texts into units while this one reads, adds up and writes.

Threads would do, since the tokenizer lets go of Python's lock, but after every
text it must wait for the lock again, and little runs side by side. A process gets
prepared texts and gives back their cuts, byte for byte what `Segmenter.cut` gives
here. It ends when its input does, so also when this process is killed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Self

from ctclass.beside import OwnProcess, own_pipes, read_frame, write_frame
from ctclass.errors import CtclassError, Phrase

MOST_WORKERS = 4
"""More would wait for the process that reads and writes, which has a third as much to do as
they have together."""
LARGE = 1_000_000
"""Bytes of a file that will have more rows than are tagged before a process is up."""
_BETWEEN = "\0"
"""A prepared text holds no control character."""
_START = "from ctclass.text.cutting import serve; serve()"


class Cutter:
    """One process. Texts are given with `send`; their cuts come back in order with `receive`.

    Raises OSError where no process can be started.
    """

    def __init__(self) -> None:
        self._process = OwnProcess(_START)

    def send(self, texts: Sequence[str]) -> None:
        """Give texts to be cut; waits only until the process is up."""
        try:
            _write(self._process.stdin, texts)
        except OSError as error:
            raise self._lost() from error

    def receive(self) -> list[str]:
        """The cuts of the texts sent first of those not yet received."""
        cuts = _read(self._process.stdout)
        if cuts is None:
            raise self._lost()
        return cuts

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.close()

    def _lost(self) -> CtclassError:
        code = self._process.wait()
        return CtclassError(
            Phrase(
                f"形態素解析のプロセスが終了しました(終了コード {code})",
                f"A process that cuts texts has ended (exit code {code})",
            ),
            where=f"process {self._process.pid}",
            hint=Phrase(
                "メモリの空きを確かめ、--workers を減らして、もう一度実行してください",
                "See that there is memory left, and run it again with fewer --workers",
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def standing_by(workers: int) -> Iterator[list[Cutter]]:
    """So many processes, at most `MOST_WORKERS`, until the end of the block; fewer, or none,
    where no more can be started."""
    with ExitStack() as stack:
        cutters: list[Cutter] = []
        with suppress(OSError):
            while len(cutters) < min(workers, MOST_WORKERS):
                cutters.append(stack.enter_context(Cutter()))
        yield cutters


def cutters_for(files: Iterable[str], workers: int) -> AbstractContextManager[list[Cutter]]:
    """Processes that get ready while the model is read; none where no file is large."""
    return standing_by(workers if any(_size(name) >= LARGE for name in files) else 0)


def _size(name: str) -> int:
    """Bytes of a file; 0 where there is none to see, which whoever opens it will say."""
    with suppress(OSError, ValueError):
        if Path(name).is_file():
            return Path(name).stat().st_size
    return 0


def serve() -> None:
    """What the process does: cut whatever comes in, until nothing comes any more.

    Reading and writing have threads of their own, so that neither side ever waits
    for the other to take something.
    """
    from ctclass.text.units import Segmenter

    source, target = own_pipes()
    coming: SimpleQueue[list[str] | None] = SimpleQueue()
    going: SimpleQueue[list[str] | None] = SimpleQueue()

    def read() -> None:
        with _or_end():
            while (texts := _read(source)) is not None:
                coming.put(texts)
            coming.put(None)

    def write() -> None:
        with _or_end():
            while (cuts := going.get()) is not None:
                _write(target, cuts)

    Thread(target=read, daemon=True).start()
    writer = Thread(target=write, daemon=True)
    writer.start()
    with _or_end():
        segmenter = Segmenter()
        while (texts := coming.get()) is not None:
            going.put([segmenter.cut(text) for text in texts])
        going.put(None)
        writer.join()


@contextmanager
def _or_end() -> Iterator[None]:
    """Whatever fails ends the whole process without a word: the other side sees the pipe
    close and says so. A thread that ended alone would leave it waiting for ever."""
    try:
        yield
    except BaseException:
        os._exit(1)


def _write(stream: IO[bytes], texts: Sequence[str]) -> None:
    write_frame(stream, _BETWEEN.join(texts).encode())


def _read(stream: IO[bytes]) -> list[str] | None:
    """Texts that were written with `_write`, at least one; None where there are no more."""
    data = read_frame(stream)
    return None if data is None else data.decode().split(_BETWEEN)
