"""Which terms travel with an area: from the numbers of a corpus to ranked proposals.

By the log-likelihood ratio (Dunning 1993), added up over the rows that readers judged and
the rows that the model did, which are two samples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ctclass.keeper.candidates import MOST_UNITS, parts_of, width_of
from ctclass.keeper.gathering import Gathering
from ctclass.keeper.phrases import Phrases
from ctclass.keeper.proposals import Proposal, Wish
from ctclass.text.characters import SPACE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHARE = 0.5
"""A term of which less than this share stands in the area says too little: with 0.4 the
words of every laboratory (細胞, 遺伝子, 疾患) came out first for the life sciences."""
TOGETHER = 0.8
"""A term that stands in a longer one this often is only a part of it."""
EXAMPLES = 3


def association(
    inside: NDArray[Any], df: NDArray[Any], rows_inside: NDArray[Any], rows: int
) -> NDArray[Any]:
    """The log-likelihood ratio of terms (down) and areas (across); below 0 when they shun
    each other.

    >>> import numpy as np
    >>> a = association(np.array([[9, 1]]), np.array([[10]]), np.array([[100, 100]]), 1000)
    >>> a.round(1).tolist()
    [[35.9, 0.0]]
    """
    import numpy as np

    # Counts are multiplied: in 32 bits those of 200,000 rows would run over.
    inside, df = np.asarray(inside, dtype=float), np.asarray(df, dtype=float)
    total: NDArray[Any] = np.zeros(np.shape(inside))
    for held in (inside, df - inside):
        within = held is inside
        side = rows_inside if within else rows - rows_inside
        for part, among in ((held, df), (side - held, rows - df)):
            expected = among * side / max(rows, 1)
            with np.errstate(divide="ignore", invalid="ignore"):
                total = total + np.where(part > 0, part * np.log(part / expected), 0.0)
    sign = np.where(inside * max(rows, 1) >= df * rows_inside, 1.0, -1.0)
    return np.asarray(2 * total * sign)


def rank_terms(gathering: Gathering, wish: Wish) -> list[tuple[Proposal, list[int]]]:
    """The proposals of each wished area, each with the numbers of its example rows."""
    if not gathering.ids:
        return []
    counts = _Counts(gathering, wish.least)
    found: list[tuple[Proposal, list[int]]] = []
    for number, area in enumerate(gathering.area_ids):
        if not wish.areas or area in wish.areas:
            travelling = list(islice(_travelling(counts, number, wish), wish.limit))
            named = islice(_named(counts, number, {p.term for p, _ in travelling}), wish.limit)
            found += [*travelling, *named]
    return found


class _Counts:
    """In how many rows of each kind the terms stand: one sparse product for all of them."""

    def __init__(self, gathering: Gathering, least: int) -> None:
        import numpy as np

        self.gathering = gathering
        bits = np.arange(len(gathering.area_ids))
        areas = np.frombuffer(gathering.areas, dtype=np.uint32)[:, None] >> bits & 1
        self.read = np.frombuffer(gathering.read, dtype=np.uint8).astype(np.int32)
        self.areas = areas.astype(np.int32)
        self.missed = (
            np.frombuffer(gathering.missed, dtype=np.uint32)[:, None] >> bits & 1
        ).astype(np.int32)
        held = {k: d for k, d in gathering.terms.documents.items() if len(d) >= least}
        self.keys = list(held)
        self.at = {key: i for i, key in enumerate(self.keys)}
        self.terms = _matrix(list(held.values()), len(self.read))
        self.seeded = _matrix(gathering.seeded, len(gathering.sub_ids))
        self.df = np.diff(self.terms.indptr)
        self.strata = [self._stratum(1 - self.read), self._stratum(self.read)]
        self.inside = self.strata[0][0] + self.strata[1][0]
        self.score = self.strata[0][2] + self.strata[1][2]
        self.mends = self.terms @ self.missed
        longest: dict[str, int] = defaultdict(int)
        for key, df in zip(self.keys, self.df, strict=True):
            for part in parts_of(key):
                longest[part] = max(longest[part], int(df))
        self.longest = longest

    def _stratum(self, rows: NDArray[np.int32]) -> tuple[Any, Any, Any]:
        """Rows inside each area, rows in all, and the association, of one sample."""
        inside, df = self.terms @ (self.areas * rows[:, None]), (self.terms @ rows)[:, None]
        sums = (self.areas * rows[:, None]).sum(axis=0)[None, :]
        return inside, df, association(inside, df, sums, int(rows.sum()))

    def nearest(self, documents: NDArray[Any], area: int) -> str:
        """The sub-technology of an area whose seeds stand in these rows more than elsewhere."""
        import numpy as np

        name = self.gathering.area_ids[area]
        subs = [i for i, s in enumerate(self.gathering.sub_ids) if s.partition("/")[0] == name]
        beside = np.asarray(self.seeded[documents].sum(axis=0)).ravel()[subs]
        usual = np.asarray(self.seeded.sum(axis=0)).ravel()[subs] * len(documents) / len(self.read)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(beside > 0, beside * np.log(beside / usual), 0.0)
        best = int(gain.argmax()) if subs else -1
        return self.gathering.sub_ids[subs[best]] if subs and gain[best] > 0 else ""

    def proposal(
        self, term: str, area: int, documents: NDArray[Any], score: float, source: str
    ) -> tuple[Proposal, list[int]]:
        """A term's counts in the rows that hold it, and which of these to show: misses first."""
        import numpy as np

        inside, read = self.areas[documents, area], self.read[documents]
        missed = self.missed[documents, area]
        order = np.lexsort((documents, -read, -missed, -inside))
        proposal = Proposal(
            term=term,
            area=self.gathering.area_ids[area],
            subtechnology=self.nearest(documents, area),
            inside=int((inside * (1 - read)).sum()),
            outside=int(((1 - inside) * (1 - read)).sum()),
            read_inside=int((inside * read).sum()),
            read_outside=int(((1 - inside) * read).sum()),
            share=round(float(inside.mean()), 3),
            score=round(score, 1),
            mends=int(missed.sum()),
            source=source,
            examples=(),
        )
        return proposal, documents[order][:EXAMPLES].tolist()


def _matrix(columns: Sequence[Any], width: int) -> Any:
    """Lists of numbers as the rows of a sparse matrix of ones."""
    import numpy as np
    from scipy.sparse import csr_matrix

    sizes = np.array([0, *map(len, columns)]).cumsum()
    indices = np.concatenate([np.zeros(0, np.uint32), *(np.asarray(c, np.uint32) for c in columns)])
    ones = np.ones(len(indices), dtype=np.int32)
    return csr_matrix((ones, indices.astype(np.int32), sizes), shape=(len(columns), width))


def _travelling(counts: _Counts, area: int, wish: Wish) -> Iterator[tuple[Proposal, list[int]]]:
    """Terms that travel with an area, best first, without parts and echoes of one another."""
    import numpy as np

    inside = counts.inside[:, area]
    share = inside / counts.df
    width = np.array([width_of(key) for key in counts.keys], dtype=np.int32)
    score = np.maximum(counts.score[:, area], 0) * share**2 * np.log2(1 + width)
    fit = (inside >= wish.least) & (share >= SHARE) & (score > 0) & (width <= MOST_UNITS)
    chosen = np.flatnonzero(fit)
    order = chosen[np.lexsort(([counts.keys[i] for i in chosen], -score[chosen]))]
    firm = _firm_seeds(counts.gathering, area)
    taken: dict[str, float] = {}
    for i in order:
        key = counts.keys[i]
        units = tuple(SPACE if u == "_" else u for u in key.split("|"))
        if counts.longest[key] >= TOGETHER * counts.df[i] or any(firm.find(units)):
            continue
        if any(_holds(key, other) and share[i] <= held + 0.1 for other, held in taken.items()):
            continue
        term = counts.gathering.terms.spelling[key]
        if counts.gathering.cutter.units(term) in counts.gathering.seeds:
            continue
        taken[key] = float(share[i])
        by_model, by_reader = (stratum[2][i, area] for stratum in counts.strata)
        source = "labels" if by_reader > by_model else "corpus"
        documents = counts.terms[[i]].indices
        yield counts.proposal(term, area, documents, float(score[i]), source)


def _holds(key: str, part: str) -> bool:
    return f"|{part}|" in f"|{key}|"


def _firm_seeds(gathering: Gathering, area: int) -> Phrases:
    name = gathering.area_ids[area]
    return Phrases(
        units
        for units, owners in gathering.seeds.items()
        if any(alone and sub.partition("/")[0] == name for sub, alone in owners)
    )


def _named(counts: _Counts, area: int, taken: set[str]) -> Iterator[tuple[Proposal, list[int]]]:
    """Words of readers that the model does not see, by the misses that each would mend less
    the rows that it would spoil."""
    import numpy as np

    gathering = counts.gathering
    name = gathering.area_ids[area]
    words = {h.key: h.term for h in gathering.heard if not h.seen and name in h.missed}
    ranked = []
    for key, term in words.items():
        if term in taken or key not in gathering.named:
            continue
        documents = np.frombuffer(gathering.named[key], dtype=np.uint32).astype(np.int32)
        proposal, shown = counts.proposal(term, area, documents, 0.0, "evidence")
        if proposal.mends > proposal.read_outside and proposal.share >= SHARE:
            ranked.append((proposal, shown))
    ranked.sort(key=lambda r: (r[0].read_outside - r[0].mends, -r[0].share, r[0].term))
    yield from ranked
