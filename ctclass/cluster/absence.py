"""Says so when all workers of a run are gone, and when one is back: the run only waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ctclass.errors import Phrase

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 30.0
"""Seconds without a worker before anybody is told; a worker that starts anew takes some."""
_EVERY = 2.0


@contextmanager
def absence_told(client: Client, tell: Callable[[Phrase], None]) -> Iterator[None]:
    """While the block runs, `tell` hears when there has been no worker for `PATIENCE` seconds,
    and when the first one is back. It is called from a thread of its own."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(client, tell, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()


def _watch(client: Client, tell: Callable[[Phrase], None], over: threading.Event) -> None:
    seen, told = time.monotonic(), False
    while not over.wait(_EVERY):
        try:
            there = bool(client.nthreads())
        except Exception:  # noqa: S112 - the scheduler is lost, which the run itself will say
            continue
        away = time.monotonic() - seen
        if there:
            seen = time.monotonic()
            if told:
                tell(_back(away))
            told = False
        elif away >= PATIENCE and not told and not over.is_set():
            tell(_gone(away))
            told = True


def _gone(seconds: float) -> Phrase:
    return Phrase(
        f"ワーカーが一つもいません({seconds:.0f} 秒)。終わった部分は残り、ワーカーが来れば続けます"
        "(dask worker を始めるか、Ctrl-C で止めて、あとで --resume)",
        f"No worker has been there for {seconds:.0f} s. What is done stays done, and the run goes "
        "on when one comes (start a dask worker; or Ctrl-C now, and --resume later)",
    )


def _back(seconds: float) -> Phrase:
    return Phrase(
        f"ワーカーが来たので続けます({seconds:.0f} 秒ぶり)",
        f"A worker is there again after {seconds:.0f} s: going on",
    )
