"""Formulas evaluated at time zero follow IEEE arithmetic and agree with libroadrunner's own evaluation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from acinus.system import compile_initial_state

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
    start = compile_initial_state(sbml_of(f"p = 0.7; const p; f = {formula}; f' = 0;"))
    value = dict(zip(start.ids, start.evaluate(start.parameter_values), strict=True))["f"]
    assert value == pytest.approx(expected, rel=1e-14)


def test_definitions_are_taken_in_the_order_of_their_dependence(sbml_of):
    start = compile_initial_state(
        sbml_of("a = b + 1; b = c + 1; c = 2*d; d = 3; const d; a' = 0; b' = 0; c' = 0;")
    )
    assert dict(zip(start.ids, start.evaluate(np.array([5.0])), strict=True)) == {
        "a": 12,
        "b": 11,
        "c": 10,
        "d": 5,
    }


def test_a_species_given_by_concentration_follows_the_size_of_its_compartment(sbml_of):
    start = compile_initial_state(sbml_of("compartment V; V = 3*w; w = 1; const w; species A in V; A = 5;"))
    values = dict(zip(start.ids, start.evaluate(np.array([2.0])), strict=True))
    assert values == {"w": 2.0, "V": 6.0, "A": 30.0}
