"""The model card: what a model is for, what it was made from, how good it is.

Generated, so that no figure in it is older than the model it stands beside.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ctclass.errors import Phrase
from ctclass.evaluate.page import to_markdown
from ctclass.evaluate.sections import View
from ctclass.model.compact import Model
from ctclass.model.screening_table import tell_figures

_USE = (
    Phrase(
        "用途: 日本の研究課題・事業の題名、概要、キーワードから、16 重要技術領域と技術流出の確認の"
        "目安を示す。人の判断を助けるもので、代わりにはならない",
        "Use: which of the 16 areas a Japanese research project belongs to, and whether to have a "
        "look for technology outflow. It helps a person's judgement and replaces none",
    ),
    Phrase(
        "向かない使い方: 個人や機関の評価、外為法の該非判定、「問題なし」の証明、論文や特許(測って"
        "いない)",
        "Not for: judging persons or institutions, export-control classification, proof that a "
        "project is safe, papers or patents (not measured)",
    ),
    Phrase(
        "知られている弱点: 領域の技術についての倫理・法・教育・歴史、応用をうたわない基礎生物学と"
        "物理、⑦と⑭の順、多くの分野にまたがる省庁の予算事業や分担金、専門語のない短い文、"
        "英語だけの課題(種語も学んだ言葉も少ない)",
        "Known failures: ethics, law, education and history about a technology; basic biology and "
        "physics without an aim; the order of ⑦ and ⑭; budget items of ministries that span many "
        "fields, and dues; short texts without a technical term; English texts (fewer terms)",
    ),
    Phrase(
        "しくみ: 種語の TF-IDF と学んだ言葉の重みの和(線形)。一語ごとの寄与の和が得点になる",
        "How: seeds by TF-IDF and the weights of learned terms, added up (linear); what the terms "
        "give adds up to the score",
    ),
)
_TAUGHT_BY = {
    "labels": Phrase("手引きに沿って付けたラベル", "labels"),
    "judgements": Phrase("言語モデルの助けで読んだ判断", "judgements read with a language model"),
    "texts written for the taxonomy": Phrase(
        "技術体系のために書いた文章", "texts written for the taxonomy"
    ),
}
_KIND = Phrase(
    "しきい値や設定を選んだラベル(build --tune)で測った値は、少し甘い。付属のモデルのカードは、"
    "そのラベルで測ったもの",
    "Figures on labels that chose thresholds or settings (build --tune) are on the kind side; "
    "the card of the model that comes along is measured on such labels",
)


def card(model: Model, view: View) -> str:
    """The card of a model as Markdown: use, origin, and the figures of `view`."""
    header = model.header
    taxonomy, background = header["taxonomy"], header["background"]
    learned, made_with = header["learned"], header["made_with"]
    taught = _teachers(learned["description"])
    facts: tuple[Phrase, ...] = (
        *_USE,
        Phrase(
            f"技術体系 {taxonomy['name']} {taxonomy['version']}({taxonomy['source']})、"
            f"種語・領域外の語・紛らわしい語句 {len(model.terms):,}",
            f"Taxonomy {taxonomy['name']} {taxonomy['version']}, {len(model.terms):,} seeds, "
            "outside terms and false friends",
        ),
        Phrase(
            f"背景: {background['description']}({background['documents']:,} 件)。"
            f"学んだ言葉 {learned['terms']:,}" + (f": {taught.ja}" if taught.ja else ""),
            f"Background: {background['documents']:,} projects; {learned['terms']:,} learned terms"
            + (f", of {taught.en}" if taught.en else ""),
        ),
        Phrase(
            f"sudachipy {made_with['sudachipy']}、"
            f"sudachidict-core {made_with['sudachidict-core']}、"
            f"SHA-256 {header['digest']}",
            f"sudachipy {made_with['sudachipy']}, sudachidict-core "
            f"{made_with['sudachidict-core']}, SHA-256 {header['digest']}",
        ),
    )
    if header.get("screening"):
        about, figures = header["screening"]
        teachers = _teachers(about)
        told = tell_figures(figures)
        facts += (
            Phrase(
                f"技術流出の確認は、学んだラベルの交差検証で {told.ja}({teachers.ja})",
                f"Screening, cross-validated on the labels that taught: {told.en}",
            ),
        )
    facts += (_KIND,)
    title = Phrase(f"モデルカード {model.label}", f"model card of {model.label}")
    return to_markdown(replace(view, title=title, facts=(*facts, *view.facts)))


def _teachers(description: str) -> Phrase:
    """Who taught beside the corpus, as the head of a model tells it.

    >>> _teachers("KAKEN 2017-2025 + 5,498 labels, 30 judgements").ja
    '手引きに沿って付けたラベル 5,498、言語モデルの助けで読んだ判断 30'
    """
    found = re.findall(rf"([0-9,]+) ({'|'.join(_TAUGHT_BY)})", description.rpartition(" + ")[2])
    told = [(number, _TAUGHT_BY[kind]) for number, kind in found]
    return Phrase(
        "、".join(f"{kind.ja} {number}" for number, kind in told),
        ", ".join(f"{number} {kind.en}" for number, kind in told),
    )
