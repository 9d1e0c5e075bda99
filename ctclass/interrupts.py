"""Ctrl-C, `kill` and a closed terminal as one exception, which no destructor may swallow."""

from __future__ import annotations

import _thread
import signal
import sys
from threading import Timer
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_AGAIN_SECONDS = 0.02


class Interrupted(BaseException):
    """A person or the system wants the run to end.

    Not a KeyboardInterrupt: typer turns that into an exit of its own, without a word.
    `nothing_done` is set where no part of the work is there to go on from.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.nothing_done = False


def take_signals() -> None:
    """Clean up on Ctrl-C, `kill`, a closed terminal; what nohup has ignored stays ignored.

    A signal that arrives while Python runs a destructor raises its exception there, where
    Python reports it and goes on: the run would never hear of it. Such a signal is raised
    once more, a moment later.
    """
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    sys.unraisablehook = _raise_again


def _interrupt(number: int, *_: object) -> NoReturn:
    # A second Ctrl-C must not break off the cleaning up, which takes a chunk of rows at most.
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)


def _raise_again(lost: UnraisableHookArgs) -> None:
    if not isinstance(lost.exc_value, Interrupted):
        sys.__unraisablehook__(lost)
        return
    number = lost.exc_value.number
    signal.signal(number, _interrupt)
    again = Timer(_AGAIN_SECONDS, _thread.interrupt_main, (number,))
    again.daemon = True
    again.start()
