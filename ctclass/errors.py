"""Every deliberate exception, with its exit code and its three lines.

A bad *record* is a value (a `ct_status`); a bad *run* is one of these. The
library raises them and never prints; the command line prints three lines
(what, where, what to do) and exits with `exit_code`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence in both languages of the people who read it.

    >>> Phrase(ja="ファイルがありません", en="No such file").text("ja")
    'ファイルがありません'
    """

    ja: str
    en: str

    def text(self, lang: str) -> str:
        """The sentence in `lang`: English for `en`, Japanese for all else."""
        return self.en if lang == "en" else self.ja


class CtclassError(Exception):
    """A run that cannot go on: what happened, where, and what to do about it.

    `where` is a place a person can open: a file, `file:line`, a column name; a phrase where
    there are words in it.
    """

    exit_code = 70

    def __init__(self, what: Phrase, *, where: str | Phrase, hint: Phrase) -> None:
        self._place = where if isinstance(where, Phrase) else Phrase(where, where)
        super().__init__(f"{what.en} [{self._place.en}] {hint.en}")
        self.what = what
        self.hint = hint

    @property
    def where(self) -> str:
        """The place, in English where there are words in it."""
        return self._place.en

    @where.setter
    def where(self, place: str) -> None:
        self._place = Phrase(place, place)

    def lines(self, lang: str) -> tuple[str, str, str]:
        """The three lines of the message in `lang` (`ja` or `en`)."""
        return self.what.text(lang), self._place.text(lang), self.hint.text(lang)


class UsageError(CtclassError):
    """The call itself is wrong: an option, or an output that is already there."""

    exit_code = 2


class InputError(CtclassError):
    """A table cannot be read or written: file, encoding, column, disk."""

    exit_code = 3


class ModelError(CtclassError):
    """A model or a taxonomy is damaged, or does not fit this installation."""

    exit_code = 4


class MissingExtraError(CtclassError):
    """An optional package is not installed; the hint is the command for it."""

    exit_code = 5
