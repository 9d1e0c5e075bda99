"""The model card: what a model is for, what it was made from, how good it is.

Generated, so that no figure in it is older than the model it stands beside.
"""

from __future__ import annotations

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


def card(model: Model, view: View) -> str:
    """The card of a model as Markdown: use, origin, and the figures of `view`."""
    header = model.header
    taxonomy, background = header["taxonomy"], header["background"]
    learned, made_with = header["learned"], header["made_with"]
    source = learned["description"] or "-"
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
            f"学んだ言葉 {learned['terms']:,}: {source}",
            f"Background: {background['documents']:,} projects; {learned['terms']:,} learned terms",
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
        told = tell_figures(figures)
        facts += (
            Phrase(
                f"技術流出の確認は、学んだラベルの交差検証で {told.ja}({about})",
                f"Screening, cross-validated on the labels that taught: {told.en}",
            ),
        )
    title = Phrase(f"モデルカード {model.label}", f"model card of {model.label}")
    return to_markdown(replace(view, title=title, facts=(*facts, *view.facts)))
