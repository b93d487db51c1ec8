"""Plain SBML, and Antimony with its own numbers, enter at the same door."""

from __future__ import annotations

from pathlib import Path

import pytest

from acinus.errors import ModelTextError, SbmlError, UnsupportedSbml
from acinus.model import load_model

TWINS = Path(__file__).parent / "twins"
DECAY = (TWINS / "AC201_unknown_compartment.valid.xml").read_text(encoding="utf-8")


def test_sbml_text_and_file_give_the_same_model(tmp_path):
    path = tmp_path / "decay.xml"
    path.write_text(DECAY, encoding="utf-8")
    assert load_model(path) == load_model(DECAY)


def test_units_are_read_as_people_write_them():
    symbols = load_model(DECAY).symbols
    assert symbols["drug"].unit == "mol/L"
    assert symbols["flow"].unit == "L/s"
    assert symbols["cell"].unit == "L"


def test_every_model_leaves_as_level_3_version_2():
    assert 'level="3" version="2"' in load_model(DECAY).sbml


def test_disagreeing_units_of_a_foreign_model_are_remarked_and_not_refused():
    model = load_model(DECAY.replace('units="litre_per_second"', 'units="second"'))
    assert any(finding.code.value == "AC202" for finding in model.findings)


def test_a_model_without_units_says_so_by_an_empty_unit():
    bare = DECAY.replace(' units="litre_per_second"', "")
    assert load_model(bare).symbols["flow"].unit == ""


def test_an_amount_is_turned_into_the_species_own_meaning():
    text = DECAY.replace('size="1"', 'size="2"').replace('initialConcentration="1"', 'initialAmount="1"')
    assert load_model(text).symbols["drug"].value == 0.5


def test_overrides_of_a_foreign_model_are_checked():
    assert load_model(DECAY, overrides={"flow": 2.0}).symbols["flow"].value == 2.0
    with pytest.raises(ModelTextError, match="Did you mean `flow`"):
        load_model(DECAY, overrides={"flaw": 2.0})


def test_entities_are_refused_before_any_parser_sees_them():
    with pytest.raises(SbmlError, match="AC204"):
        load_model('<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b SYSTEM "file:///x">]>\n<sbml/>')


def test_a_package_that_changes_the_mathematics_is_refused_by_name():
    text = DECAY.replace(
        ' level="3"',
        ' xmlns:qual="http://www.sbml.org/sbml/level3/version1/qual/version1" qual:required="true" level="3"',
    )
    with pytest.raises(UnsupportedSbml, match="qual"):
        load_model(text)


def test_antimony_with_its_own_numbers_is_taken_as_it_stands():
    model = load_model(
        "model toy()\n  compartment V = 2;\n  species A in V = 3;\n  J: A => ; k * A;\n  k = 0.1;\nend\n"
    )
    assert model.id == "toy"
    assert (model.symbols["k"].value, model.symbols["A"].value) == (0.1, 3.0)


def test_antimony_without_a_model_block_is_a_model():
    assert load_model("A' = -k * A\nA = 1\nk = 2\n").symbols["k"].value == 2.0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("model m()\n  A' = -kk * A;\n  A = 1;\n  k = 1;\nend\n", "AC103"),
        ("model m()\n  k = 3 mM;\n  A' = k;\n  A = 0;\nend\n", "AC104"),
        ("model m()\n  x := 2;\n  x := 3;\nend\n", "AC105"),
        ("model m()\n  x := (2;\nend\n", "AC129"),
    ],
)
def test_what_antimony_is_silent_about_is_refused(text, code):
    with pytest.raises(ModelTextError) as refused:
        load_model(text)
    (finding,) = refused.value.diagnostics
    assert finding.code.value == code
    assert finding.place is not None
    assert finding.place.line is not None
