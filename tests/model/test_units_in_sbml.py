from __future__ import annotations

import libsbml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.model.unit_definitions import add_unit, pint_text
from acinus.units import convert, unit_of

UNITS = [
    "mmol/L/h",
    "1/h",
    "U/L",
    "dimensionless",
    "g/mol",
    "mg/L",
    "kg",
    "L/mmol/h",
    "mmol/L",
    "L/h/kg",
    "umol",
    "d",
    "percent",
]


def round_trip(unit: str) -> str:
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    return pint_text(model, add_unit(model, unit))


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_survives_sbml(unit):
    back = round_trip(unit)
    assert unit_of(back).dimensionality == unit_of(unit).dimensionality
    assert convert(1.0, unit, back) == pytest.approx(1.0, rel=1e-9)  # powers of ten and 60, rounded once


@given(
    above=st.sampled_from(["mmol", "mg", "g", "L", "mol"]),
    below=st.lists(st.sampled_from(["L", "h", "kg", "min"]), max_size=3, unique=True),
)
def test_any_quotient_of_clinical_units_survives_sbml(above, below):
    unit = "/".join([above, *below])
    assert convert(1.0, unit, round_trip(unit)) == pytest.approx(
        1.0, rel=1e-9
    )  # powers of ten and 60, rounded once
