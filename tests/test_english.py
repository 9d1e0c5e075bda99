"""British and American words, and titles in capitals."""

import pytest

from ctclass.text.characters import SPACE, spellings_of
from ctclass.text.english import american, british, soften

PAIRS = [
    ("polymerisation", "polymerization"), ("ageing", "aging"), ("leukaemia", "leukemia"),
    ("decarbonisation", "decarbonization"), ("optimisation", "optimization"), ("fibre", "fiber"),
    ("nanofibre", "nanofiber"), ("fuelled", "fueled"), ("anaesthesia", "anesthesia"),
    ("manoeuvring", "maneuvering"), ("manoeuvre", "maneuver"), ("modelling", "modeling"),
    ("tumour", "tumor"), ("sensitised", "sensitized"), ("behavioural", "behavioral"),
    ("ischaemia", "ischemia"), ("haemoglobin", "hemoglobin"), ("oestrogen", "estrogen"),
    ("catalysed", "catalyzed"), ("sulphide", "sulfide"), ("aluminium", "aluminum"),
    ("colourisation", "colorization"), ("palaeoclimate", "paleoclimate"), ("ionised", "ionized"),
]  # fmt: skip
APART = (
    "tyre tire noise precise hour four contour size rise exercise supervised symmetry acre "
    "controlled spelling axis basis imaging packaging aerobic anaerobic poem coexist shoulder "
    "analysis metabolism generator laser water order filter lens"
).split()


def test_both_spellings_are_one_unit_and_both_are_in_the_table(segmenter):
    table = segmenter.spellings({segmenter.unit(american) for _, american in PAIRS})
    for one, other in PAIRS:
        assert segmenter.units(one) == segmenter.units(other)
        assert {one, other, one.capitalize(), one + "s"} <= set(table), one
        assert other in spellings_of(one)


def test_a_british_variant_of_an_american_seed():
    assert spellings_of("optical fiber")[1:] == ("optical fibre",)
    assert "tumour" in spellings_of("tumor")


def test_other_words_stay_what_they_are():
    assert [american(w) for w in APART] == APART
    assert {w: british(w) for w in ("water", "order", "vector", "noise", "size")} == {
        "water": (), "order": (), "vector": (), "noise": (), "size": (),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("PEROVSKITE SOLAR CELLS", "perovskite solar cells"),
        ("DEEP LEARNING FOR AUTONOMOUS SHIPS", "deep learning for autonomous ships"),
        ("HIGH-SPEED TRAINS, SOLAR CELLS", "high-speed trains, solar cells"),
    ],
)
def test_capitals_change_no_word(tagger, title, written):
    from ctclass.projects import Project

    loud, low = (tagger.tag(Project("", t, "", "")) for t in (title, written))
    assert [(a.area, a.score) for a in loud.areas] == [(a.area, a.score) for a in low.areas]


def test_an_abbreviation_within_capitals_stays_one(segmenter):
    softened = segmenter.prepare("DNA ORIGAMI ON SOLAR CELLS").text
    surfaces = segmenter.surfaces(softened)
    table = segmenter.spellings({"DNA", "solar", "cell"})
    assert [table[s] for s in surfaces if s in table] == ["DNA", "solar", "cell"]


@pytest.mark.parametrize("text", ["DNA RNA PCR", "FISH法とPCR法", "CREST", "AI", "CAR-T療法"])
def test_lists_of_abbreviations_are_left_alone(text):
    assert soften(text.replace(" ", SPACE)) == text.replace(" ", SPACE)
