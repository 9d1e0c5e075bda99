"""Texts as rows of numbers: what areas, technologies and screening are all learned from.

Learned terms are sparse rows of length 1, so that a long text says no more than a short one;
what the seeds gave each sub-technology stands in dense columns beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctclass.learning.general import general_terms, silence
from ctclass.learning.ridge import Matrix
from ctclass.projects import Project
from ctclass.tagging.reading import Readings
from ctclass.tagging.tag import Tagger
from ctclass.tagging.votes import Votes
from ctclass.text.ngrams import Heard

VOTE = 1e5
"""Hundredths of an amount x thousandths of a weight: the unit of votes."""
_BATCH = 500


def term_rows(
    heard: Heard, texts: int, terms: int, kind: type[np.floating[Any]] = np.float64
) -> Any:
    """How loud each term is in each text: sparse rows (texts x terms) of length 1.

    >>> document, term, loudness = np.array([[0, 0, 2], [0, 1, 1], [3, 4, 7]])
    >>> rows = term_rows(Heard(document, term, loudness, term), texts=3, terms=2)
    >>> rows.toarray().round(6).tolist()
    [[0.6, 0.8], [0.0, 0.0], [0.0, 1.0]]
    """
    import scipy.sparse as sp

    places = heard.document, heard.term
    rows = sp.csr_matrix((heard.loudness.astype(kind), places), shape=(texts, terms))
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    length[length == 0] = 1
    return sp.diags(1 / length) @ rows


def seed_columns(votes: Votes, texts: int, columns: int, unit: float = 1.0) -> Matrix:
    """What the seeds of each text gave each sub-technology; a last column beyond them is
    that of the outside terms."""
    given = np.zeros((texts, columns))
    np.add.at(given, (votes.document, votes.subtechnology), votes.value / unit)
    return given


def hear_in_batches(
    tagger: Tagger, projects: Sequence[Project]
) -> Iterator[tuple[Readings, Any, Matrix]]:
    """Projects as the model hears them, some hundred at a time: their readings, their terms
    without the general ones, and their seeds (outside terms last)."""
    model = tagger.model
    general = general_terms(model)
    for at in range(0, len(projects), _BATCH):
        readings = tagger.read(projects[at : at + _BATCH])
        heard, votes = tagger.scorer.listen(readings), tagger.scorer.voter.count(readings)
        terms = term_rows(heard, len(readings), len(model.learned.grams))
        seeds = seed_columns(votes, len(readings), len(model.subtechnologies) + 1, VOTE)
        yield readings, silence(terms, general), seeds


def alone_and_pooled(group: Sequence[int], groups: int) -> Matrix:
    """From things to what is learned of them: each by itself, and all of a group together,
    so that a rare one is judged by its siblings. A thing of group -1 has none.

    >>> alone_and_pooled([0, 0, -1], 1).tolist()
    [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]]
    """
    own: NDArray[np.int64] = np.array(group, dtype=np.int64)
    return np.hstack((np.eye(len(own)), own[:, None] == np.arange(groups)))
