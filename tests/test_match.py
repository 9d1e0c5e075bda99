"""Seeds in a text: longest first, borders kept."""

import pytest


def terms(tagger, segmenter, text):
    matcher = tagger.reader.matcher
    found = matcher.find(matcher.numbers(segmenter.surfaces(text)))
    return [
        (tagger.model.terms[term].text, start, end)
        for term, start, end in zip(found.term, found.start, found.end, strict=True)
    ]


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
