"""Terms in a text: longest first, borders kept, nothing lost to the sieve."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctclass.match import STOP
from ctclass.taxonomy import read_taxonomy

SEEDS = sorted({s.term for _, sub in read_taxonomy().subtechnologies() for s in sub.seeds})
SENTENCES = st.lists(
    st.one_of(
        st.sampled_from(SEEDS),
        st.sampled_from(["を調べる", STOP, "の", "と", "本研究では", "、", " ", "教育", "Ⅲ族"]),
        st.text(max_size=5),
    ),
    max_size=25,
).map("".join)


def terms(tagger, segmenter, text):
    return [
        (tagger.model.terms[m.term].text, m.start, m.end)
        for m in tagger.matcher.find_matches(segmenter.surfaces(text))
    ]


def weighty(tagger, found):
    """Terms that say something, in order; false friends only keep others from counting."""
    speaking = {t.text for t in tagger.model.terms if t.votes or t.against}
    return [text for text, _, _ in found if text in speaking]


@given(SENTENCES)
@settings(deadline=None, max_examples=300)
def test_the_sieve_loses_nothing(tagger, segmenter, text):
    """The sentences that it leaves give the terms of the whole text, or no area could be given."""
    prepared = segmenter.prepare(text).text
    whole = weighty(tagger, terms(tagger, segmenter, STOP + prepared))
    sentences = tagger.matcher.sift(prepared)
    if sentences:
        left = STOP + STOP.join(prepared[start:end] for start, end in sentences)
        assert weighty(tagger, terms(tagger, segmenter, left)) == whole
    else:
        firm = {t.text for t in tagger.model.terms if any(v.alone for v in t.votes)}
        assert not firm & set(whole)


@pytest.mark.parametrize(
    ("text", "found", "not_found"),
    [
        ("量子コンピュータの開発", "量子コンピュータ", "量子"),
        ("エビデンスに基づく政策", None, "エビ"),
        ("オートマトンの理論", None, "トマト"),
        ("セルオートマトン", None, "トマト"),
        ("光量子束密度を測る", None, "量子"),
        ("衛星細胞の増殖", None, "衛星"),
    ],
)
def test_borders(tagger, segmenter, text, found, not_found):
    have = {t for t, _, _ in terms(tagger, segmenter, segmenter.prepare(text).text)}
    assert found is None or found in have
    assert not_found not in have
