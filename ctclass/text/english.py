"""British and American spelling as one, and words that a title shouts in capitals.

Seeds are written once (decarbonisation, fibre, tumour), abstracts in both
spellings, old titles in capitals. A rule stands here only if no two different
words meet by it: colour and color are one word, but tyre stays apart from tire.
"""

from __future__ import annotations

import re
from functools import cache

_OUR = "arm|behavi|col|fav|flav|harb|hon|hum|lab|neighb|od|rig|rum|sav|tum|vap|vig"
_DOUBLED = "cancel|channel|equal|fuel|label|level|model|panel|signal|spiral|total|travel|tunnel"
_TO_AMERICAN = [
    (re.compile(british), american)
    for british, american in (
        ("isation", "ization"),
        # Not noise, precise, supervise, surprise, expertise, promise: nobody writes them with z.
        (r"(?<=[a-z]{2}[bdfghk-nprstxyz])(?<!pr)(?<!ert|rom)is(?=(?:e|ed|er|ing|able)$)", "iz"),
        (r"(?<=[a-z]{2}[aeo]l)ys(?=(?:e|ed|er|ing)$)", "yz"),
        (rf"({_OUR})our", r"\1or"),
        (r"(fib|cent|met|lit|theat|calib)re$", r"\1er"),
        (rf"({_DOUBLED})l(?=(?:ed|ing|er|able)$)", r"\1"),
        (r"haem(?=[aio])", "hem"),
        (r"aem(?=i[ac])", "em"),
        (r"anaesth", "anesth"),
        (r"oe(?=dem|str|soph)", "e"),
        (r"foet(?=us|al)", "fet"),
        (r"paed(?=i)", "ped"),
        (r"gynaec", "gynec"),
        (r"(pal|rch)aeo", r"\1eo"),
        (r"aetiolog", "etiolog"),
        (r"caesium", "cesium"),
        (r"faec(?=al|es)", "fec"),
        (r"rrhoe", "rrhe"),
        (r"homoeo", "homeo"),
        (r"coeliac", "celiac"),
        (r"manoeuvr(?:e$)?", "maneuver"),
        (r"sulph", "sulf"),
        (r"aluminium", "aluminum"),
        (r"artefact", "artifact"),
        (r"mould", "mold"),
        (r"^(def|off)ence$", r"\1ense"),
        (r"programme$", "program"),
        (r"^ageing$", "aging"),
    )
]
_TO_BRITISH = [
    tuple(pair.split(">"))
    for pair in (
        "iz>is yz>ys or>our er>re e>ae e>oe maneuver>manoeuvre maneuver>manoeuvr l>ll f>ph "
        "num>nium artif>artef mold>mould ense>ence program>programme aging>ageing"
    ).split()
]
"""Guesses only: one counts when the rules above lead back from it."""

_SMALL = frozenset(
    "A AN AND AS AT BY FOR FROM IN INTO OF ON OR THE TO UNDER USING VIA WITH".split()
)
_SHOUTING = re.compile(r"(?<![A-Za-z0-9])[A-Z]+(?:(?:[,:;]?\n|-)[A-Z]+)+(?![A-Za-z0-9])")
_SHOUTED = re.compile(r"(?<!(?<![A-Z])[A-Z]-)(?<![A-Z])[A-Z]+(?![A-Z])(?!-[A-Z](?![A-Z]))")
_HEARD = re.compile(r"[a-z]{2,4}[A-Z]")
_WORD = re.compile(r"(?<![A-Za-z])[a-z]{4,}(?![A-Za-z])")


@cache
def american(word: str) -> str:
    """A lower-case singular in American spelling.

    >>> american("decarbonisation"), american("tumour"), american("manoeuvring")
    ('decarbonization', 'tumor', 'maneuvering')
    >>> [american(w) for w in ("noise", "symmetry", "hour", "tyre", "imaging", "controlled")]
    ['noise', 'symmetry', 'hour', 'tyre', 'imaging', 'controlled']
    """
    for british, new in _TO_AMERICAN:
        word = british.sub(new, word)
    return word


@cache
def british(word: str) -> tuple[str, ...]:
    """The British spellings of an American word.

    >>> british("fiber"), british("anesthesia"), british("colorization")
    (('fibre',), ('anaesthesia',), ('colorisation', 'colourisation', 'colourization'))
    """
    found = {word}
    for _ in range(2):
        for known in tuple(found):
            for new, old in _TO_BRITISH:
                for place in re.finditer(new, known):
                    guess = known[: place.start()] + old + known[place.end() :]
                    if american(guess) == word:
                        found.add(guess)
    return tuple(sorted(found - {word}))


def spellings_across(text: str) -> tuple[str, ...]:
    """`text` in American and in British spelling, where they differ from it.

    >>> spellings_across("dye-sensitised solar cell"), spellings_across("fiber laser")
    (('dye-sensitized solar cell',), ('fibre laser',))
    """
    there = _WORD.sub(lambda m: american(m[0]), text)
    back = _WORD.sub(lambda m: (*british(american(m[0])), m[0])[0], text)
    return tuple(s for s in dict.fromkeys((there, back)) if s != text)


def soften(text: str) -> str:
    """A prepared text in capitals with its short words marked as words.

    PEROVSKITE SOLAR CELLS is no list of abbreviations, but DNA within it is one,
    and only the model knows which. So words of three to five letters get a form
    that nobody writes (`solaR`, `dnA`), which the model's table of surfaces leads
    to the word, or where there is none, to the abbreviation. Nothing changes
    without a row of words of which one has at least five letters.

    >>> soften("DEEP\\nLEARNING\\nFOR\\nSHIPS"), soften("DNA\\nRNA"), soften("CAR-T\\nTHERAPY")
    ('deeP\\nLEARNING\\nfor\\nshipS', 'DNA\\nRNA', 'CAR-T\\nTHERAPY')
    """
    return _SHOUTING.sub(_soften_row, text) if text.isupper() else text


def shouted(word: str) -> str:
    """The form that `soften` gives to a short word.

    >>> shouted("solar")
    'solaR'
    """
    return word[:-1].lower() + word[-1].upper()


def is_softened(word: str) -> bool:
    """Whether `word` has the form that `soften` gives."""
    return bool(_HEARD.fullmatch(word))


def _soften_row(row: re.Match[str]) -> str:
    sizes = [len(word) for word in re.findall("[A-Z]+", row[0]) if word not in _SMALL]
    if sum(size >= 3 for size in sizes) < 2 or max(sizes) < 5:
        return row[0]
    return _SHOUTED.sub(_soften_word, row[0])


def _soften_word(match: re.Match[str]) -> str:
    word = match[0]
    if word in _SMALL:
        return word.lower()
    return shouted(word) if 3 <= len(word) <= 5 else word
