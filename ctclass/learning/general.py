"""Terms that count for the length of a text, and of which nothing is learned.

One in fifty of the texts that teach is English, so what `study` or `novel` stands beside in
them is chance: `study` spoke for medicine. Left out altogether they would make the other words
of an English title louder: 'Pain and memory in modern prose' became medicine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctclass.model.compact import Model
from ctclass.text.characters import SPACE
from ctclass.text.everyday import GENERAL


def general_terms(model: Model) -> NDArray[np.int64]:
    """The numbers of the learned terms of a model that are made of such words alone."""
    general = {number for number, unit in enumerate(model.units) if unit in GENERAL | {SPACE}}
    found = [n for n, gram in enumerate(model.learned.grams) if general.issuperset(gram)]
    return np.array(found, dtype=np.int64)


def silence(terms: Any, columns: NDArray[np.int64]) -> Any:
    """The same sparse rows, with nothing in `columns`."""
    silent = np.zeros(terms.shape[1], dtype=bool)
    silent[columns] = True
    terms.data[silent[terms.indices]] = 0
    terms.eliminate_zeros()
    return terms
