"""The equations that peers are given are those that our engine integrates."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.generated import BRANCHES, VOCABULARY, equations_source
from benchmarks.human_problem import human_sbml

from acinus import load_model
from acinus.system.graph import build_program, evaluate, start_values


def function(sources, name):
    space = {**VOCABULARY, **BRANCHES}
    for source in sources:
        exec(source, space)
    return space[name]


@pytest.fixture(scope="module")
def program():
    return build_program(human_sbml())


@pytest.fixture(scope="module")
def equations(program):
    return equations_source(program)


@pytest.fixture(scope="module")
def point(program, equations):
    """A place in the middle of things: nothing is zero, nothing at rest."""
    generator = np.random.default_rng(5)
    settable = np.array(program.param_defaults[: program.settable])
    params, start = start_values(program, settable * np.exp(0.2 * generator.standard_normal(len(settable))))
    state = (start + 0.01) * np.exp(0.3 * generator.standard_normal(len(start)))
    held = np.zeros(equations.hoisted)
    function(equations.hoist, "hoist")(params, held)
    return 7.0, state, params, held


def test_slope(program, equations, point):
    time, state, params, held = point
    found = np.full(len(state), np.nan)
    function(equations.slope, "slope")(time, state, held, found)
    expected = evaluate(program, program.derivative, time, state, params)
    assert np.count_nonzero(expected) > 100
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


def test_jacobian(program, equations, point):
    time, state, params, held = point
    found = np.full((len(state), len(state)), np.nan)
    function(equations.jacobian, "jacobian")(time, state, held, found)
    expected = np.zeros_like(found)
    for i, j, node in program.jacobian:
        expected[i, j] = evaluate(program, [node], time, state, params)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


def test_events(program, equations, point):
    time, state, params, _ = point
    moments = np.zeros(len(program.barriers))
    function(equations.moments, "moments")(params, moments)
    assert moments.tolist() == [8.0, 9.0, 13.0, 29.0]
    rates = []
    for sources in equations.assignments:
        new = np.zeros(1)
        function(sources, "assign")(time, state, params, new)
        rates.append(float(new[0]))
    weight, molar = (params[program.params.index(key)] for key in ("BW", "nac_molar_mass"))
    assert rates == pytest.approx([k * weight / molar for k in (150.0, 12.5, 6.25, 0.0)], rel=1e-12)


def test_the_problem_differs_from_the_model_by_dose_and_infusion_alone(program):
    original = build_program(load_model("human").sbml)
    assert program.states == original.states
    assert set(original.params) == set(program.params)
    _, dosed = start_values(program)
    _, plain = start_values(original)
    changed = [name for name, a, b in zip(program.states, dosed, plain, strict=True) if a != b]
    assert changed == ["apap_tablet"]
    assert dosed[program.states.index("apap_tablet")] == pytest.approx(20_000 / 151.16)
