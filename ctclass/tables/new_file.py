"""A new file of SQLite's, which gets its name when it is whole.

SQLite locks the file itself while it writes, and on some systems a second lock on the same
file would be in its way. So the lock that tells a run from a killed one is on another.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ctclass.errors import InputError, Phrase
from ctclass.tables.holding import OPEN_MAY_MOVE, hidden, open_alone
from ctclass.tables.output import refuse_place, writing

_BESIDE = ("", "-journal", "-wal", "-shm")


class NewFile:
    """A file to write at `part`, which `publish` gives its name and `discard` removes."""

    def __init__(self, place: Path) -> None:
        self._place = Path(os.path.realpath(place))
        self._lock = hidden(self._place, "lock")
        self._number: int | None = None
        self.part = hidden(self._place, "part")
        try:
            self._number = open_alone(self._lock)
        except OSError:  # a file system without locks; what else is wrong, SQLite will say
            self.part = hidden(self._place, f"{os.getpid()}.part")
        else:
            if self._number is None:
                raise _busy(place)
        with writing(str(place)):
            self._clear()

    def publish(self) -> None:
        """Give the whole file its name.

        Raises InputError where another file has got it meanwhile: that one stays.
        """
        with writing(str(self._place)):
            try:
                os.link(self.part, self._place)
            except FileExistsError:
                raise _there(self._place) from None
            except OSError:  # a file system that gives a file one name only
                if self._place.exists():
                    raise _there(self._place) from None
                self.part.rename(self._place)
        self.discard()

    def discard(self) -> None:
        """Leave nothing behind. Once the lock is let go, what lies there is another run's."""
        if self._number is None:
            return
        with suppress(OSError):
            self._clear()
        number, self._number = self._number, None
        if OPEN_MAY_MOVE:
            self._lock.unlink(missing_ok=True)
        os.close(number)
        if not OPEN_MAY_MOVE:
            with suppress(OSError):  # another run may have opened it already
                self._lock.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove what is there, also of a killed run: a journal would be played back."""
        for ending in _BESIDE:
            self.part.with_name(self.part.name + ending).unlink(missing_ok=True)


def open_new_file(place: Path) -> NewFile | None:
    """The file to make at `place`; None where there is one already.

    Raises InputError where it cannot be made, or another run is making it.
    """
    if place.exists():
        return None
    refuse_place(str(place), force=False)
    new = NewFile(place)
    if not place.exists():
        return new
    new.discard()  # another run has just published it
    return None


def _busy(place: Path) -> InputError:
    return InputError(
        Phrase(
            "別の実行が、このデータベースのファイルを作っているところです",
            "Another run is making this database file",
        ),
        where=str(place),
        hint=Phrase(
            "それが終わってから、もう一度実行してください(何も書いていません)",
            "Run it again when that one has ended (nothing was written)",
        ),
    )


def _there(place: Path) -> InputError:
    return InputError(
        Phrase(
            "実行中に、同じ名前のファイルができました(書き換えません)",
            "A file of that name has appeared meanwhile (it is not replaced)",
        ),
        where=str(place),
        hint=Phrase(
            "もう一度実行すると、そのファイルの表に書きます",
            "Run it again to write into a table of that file",
        ),
    )
