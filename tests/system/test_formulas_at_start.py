"""Formulas evaluated at time zero follow IEEE arithmetic, in the order of their dependence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from acinus.errors import EquationError
from acinus.system import system_from_sbml

FORMULAS = {
    "2 + 3*p - p/4": 2 + 3 * 0.7 - 0.7 / 4,
    "-p^2.5": -(0.7**2.5),
    "sqrt(p) + root(3, p)": math.sqrt(0.7) + 0.7 ** (1 / 3),
    "exp(p) * ln(p) / log10(p)": math.exp(0.7) * math.log(0.7) / math.log10(0.7),
    "log(2, p)": math.log(0.7, 2),
    "min(p, 0.2, 3) + max(p, 0.2)": 0.2 + 0.7,
    "abs(-p) + ceil(p) + floor(p) + factorial(4)": 0.7 + 1 + 0 + 24,
    "piecewise(1, p > 1, 2, p > 0.5, 3)": 2.0,
    "piecewise(1, p > 1, 3)": 3.0,
    "sin(p) + cosh(p) + arctan(p) + sec(p)": math.sin(0.7)
    + math.cosh(0.7)
    + math.atan(0.7)
    + 1 / math.cos(0.7),
    "piecewise(1, p > 0 && p < 1 && !(p == 2), 0)": 1.0,
    "rem(7, 3) + quotient(7, 3)": 1.0 + 2.0,
    "time + pi": math.pi,
    "1/(p - p)": math.inf,
}


@pytest.mark.parametrize(("formula", "expected"), FORMULAS.items())
def test_a_formula_has_its_value(sbml_of, formula, expected):
    system = system_from_sbml(sbml_of(f"p = 0.7; const p; f = {formula}; f' = 0;"))
    assert system.at_start(["f"]) == pytest.approx([expected], rel=1e-14)


def test_definitions_are_taken_in_the_order_of_their_dependence(sbml_of):
    system = system_from_sbml(
        sbml_of("a = b + 1; b = c + 1; c = 2*d; d = 3; const d; a' = 0; b' = 0; c' = 0;")
    )
    np.testing.assert_array_equal(system.at_start(["a", "b", "c", "d"], [5.0]), [12.0, 11.0, 10.0, 5.0])


def test_a_species_given_by_concentration_follows_the_size_of_its_compartment(sbml_of):
    body = "compartment V; V = 3*w; w = 1; const w; substanceOnly species A in V; A = 5/V; species B in V; B = 5;"
    system = system_from_sbml(sbml_of(body))
    found = system.at_start(["w", "V", "B"], [[2.0], [4.0]])
    np.testing.assert_array_equal(found, [[2.0, 6.0, 5.0], [4.0, 12.0, 5.0]])


def test_ids_without_a_value_are_all_named(sbml_of):
    with pytest.raises(EquationError) as refused:
        system_from_sbml(sbml_of("species A; J: A => ; k*A; B' = m;  V := k*A;"))
    text = str(refused.value)
    for name in ("species `A`", "parameter `k`", "parameter `B`", "parameter `m`"):
        assert f"the {name} has no value" in text
    assert {d.code.value for d in refused.value.diagnostics} == {"AC302"}
