"""What `ctclass check` finds."""

from dataclasses import dataclass

from ctclass.errors import ModelError, Phrase
from ctclass.taxonomy.yamlfile import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the taxonomy: which rule, where, what."""

    rule: str
    place: Place
    what: Phrase
    note: bool = False


def problem_of(error: ModelError, rule: str) -> Problem:
    """The problem that an error with `file:line` names."""
    file, _, line = error.where.rpartition(":")
    what = Phrase(f"{error.what.ja}。{error.hint.ja}", f"{error.what.en}. {error.hint.en}")
    return Problem(rule, Place(file, int(line)), what)
