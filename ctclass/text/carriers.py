"""How a term is cut within sentences: a little differently than by itself."""

from __future__ import annotations

from collections.abc import Iterator

from ctclass.text.characters import spellings_of
from ctclass.text.units import Segmenter

CARRIERS = ("{}", "本研究では{}を開発する", "新しい{}の", "「{}」、")
"""A word is cut a little differently at the start of a text and within a sentence;
a seed is found in either form."""


def cuts_of(text: str, segmenter: Segmenter) -> Iterator[list[str]]:
    """How `text`, in all its spellings, is cut into surfaces within sentences.

    A sentence counts where its tokens end at the borders of the term.
    """
    for spelling in (text, *spellings_of(text)):
        tidied = segmenter.prepare(spelling).text
        for carrier in CARRIERS:
            sentence = segmenter.prepare(carrier.format(spelling)).text
            start = sentence.find(tidied)
            at, inside = 0, []
            for surface in segmenter.surfaces(sentence):
                if start <= at and at + len(surface) <= start + len(tidied):
                    inside.append(surface)
                at += len(surface)
            if tidied and "".join(inside) == tidied:
                yield inside
