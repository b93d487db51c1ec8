"""Tangents are what moving the states, the parameters and the time a little shows, in any direction."""

from __future__ import annotations

import numpy as np
import pytest
from large_models import SHARED_MODELS
from random_states import random_states
from small_sbml import event, model

from acinus.system.graph import build_program, evaluate, start_values
from acinus.system.graph.jumps import jumps_of_rates
from acinus.system.graph.tangent import tangent_program

STEP = 1e-6
TIME = 1.7


def directed(program, tangent, state, parameters, by_state, by_param, by_time=0.0):
    """Return the extended state: states, their tangents, those of the inputs, of time and of parameters."""
    n, q = len(program.states), len(tangent.inputs)
    extended = np.concatenate([state, by_state, np.zeros(q), [by_time], by_param])
    extended[2 * n : 2 * n + q] = evaluate(
        tangent.program, tangent.input_tangents, TIME, extended, parameters
    )
    return extended


def assert_tangents_agree(program, parameters, state, random):
    tangent = tangent_program(program)
    n, settable = len(program.states), program.settable
    by_param = np.zeros(len(program.params))
    place = random.integers(settable) if settable else None
    if place is not None:
        by_param[place] = parameters[place]
    by_state = state * random.normal(0.0, 1.0, n)

    def moved(nodes, by_time=0.0):
        """Return the slope along the direction, and what it is to be judged by: the sizes of the values."""
        with np.errstate(all="ignore"):
            sides = [
                evaluate(
                    program,
                    nodes,
                    TIME + sign * STEP * by_time,
                    state + sign * STEP * by_state,
                    parameters + sign * STEP * by_param,
                )
                for sign in (1, -1)
            ]
        return (sides[0] - sides[1]) / (2 * STEP), np.abs(sides[0])

    extended = directed(program, tangent, state, parameters, by_state, by_param)
    at = lambda nodes, y=extended: evaluate(tangent.program, nodes, TIME, y, parameters)  # noqa: E731
    jacobian = {(i, j): k for k, (i, j, _) in enumerate(program.jacobian)}
    curvature = np.zeros(len(jacobian))
    curvature[[jacobian[i, j] for i, j, _ in tangent.jacobian_tangents]] = at(
        [n for *_, n in tangent.jacobian_tangents]
    )
    terms = np.zeros((2, n))
    slopes = evaluate(program, [node for *_, node in program.jacobian], TIME, state, parameters)
    for (i, j, _), slope in zip(program.jacobian, slopes, strict=True):
        terms[:, i] += slope * by_state[j], abs(slope * by_state[j])
    inputs = extended[2 * n : 2 * n + len(tangent.inputs)]
    for (i, k, _), slope in zip(tangent.input_slopes, at([n for *_, n in tangent.input_slopes]), strict=True):
        terms[:, i] += slope * inputs[k], abs(slope * inputs[k])
    timed = directed(program, tangent, state, parameters, by_state, by_param, 1.0)
    assigned = [a.node for barrier in program.barriers for a in barrier.assignments]
    for found, size, (expected, value) in (
        (terms[0], terms[1], moved(program.derivative)),
        (curvature, curvature, moved([node for *_, node in program.jacobian])),
        (at(tangent.time_tangents), 0.0, moved(program.time_derivative)),
        (at(tangent.output_tangents), 0.0, moved(program.outputs)),
        (at(tangent.initial_tangents), 0.0, moved(program.initial)),
        (at(tangent.assigned_tangents, timed), 0.0, moved(assigned, 1.0)),
    ):
        known = np.isfinite(value)
        allowed = 2e-6 * (value + np.abs(size) + np.abs(expected)) + 1e-9  # what cancels in a value of 0
        assert (np.abs(found - expected) <= allowed)[known].all(), program.params[place or 0]


@pytest.mark.slow
@pytest.mark.parametrize("large_model", [*SHARED_MODELS, "human"], indirect=True)
@pytest.mark.shared
def test_they_are_those_of_differences_in_large_models(large_model):
    program = build_program(large_model)
    p, states = random_states(program, 4)
    random = np.random.default_rng(5)
    for y in states:
        assert_tangents_agree(program, p, y, random)


def small_model():
    return model(
        parameters={"a": 1.4, "h": 2.3, "b": 0.6, "on": 3.0},
        variables={"x": 0.7, "y": 0.3, "seen": None},
        rates={
            "x": "a*exp(-b*y) - x^h/(b^h + x^h) + piecewise(a*x, x < 9, y)",
            "y": "sqrt(a*x)*sin(time*b) - max(y, b*x) + min(x, 0.2) + abs(y - a) + tanh(x*y) + x^y",
        },
        rules={"seen": "a*x + ln(b + y)*time"},
        starts={"x": "0.5*a"},
        events=event("E", "time >= on*a", {"x": "x*b + time*y^a"}),
    )


def test_they_are_those_of_differences_for_many_operations():
    program = build_program(small_model())
    p, y = start_values(program)
    random = np.random.default_rng(2)
    for _ in range(12):
        assert_tangents_agree(program, p, y * np.exp(random.normal(0, 0.3, y.shape)), random)


def test_the_numbers_of_the_program_stay_valid():
    program = build_program(small_model())
    extended = tangent_program(program).program
    assert extended.nodes[: len(program.nodes)] == program.nodes
    assert extended.derivative == program.derivative


def test_what_does_not_depend_on_a_parameter_does_not_move_however_steep():
    program = build_program(
        model(parameters={"a": 0.0, "b": 2.0}, variables={"x": 1.0}, rates={"x": "-x*(sqrt(a) + b)"})
    )
    tangent, (p, y) = tangent_program(program), start_values(program)
    by_param = np.zeros(len(program.params))
    by_param[program.params.index("b")] = 1.0
    extended = directed(program, tangent, y, p, np.zeros(1), by_param)
    assert np.isfinite(extended).all()


def jumping(formula):
    return jumps_of_rates(
        build_program(model(parameters={"k": 2.0}, variables={"x": 1.0}, rates={"x": formula}))
    )


@pytest.mark.parametrize(
    "formula",
    [
        "piecewise(1, time > k, 0)",
        "piecewise(1, x > 0.5, 0)*k",
        "floor(x)",
        "piecewise(x, (x > k) && (time > 1), k)",
        "piecewise(x^2, x > k, x)",
    ],
)
def test_a_jump_is_found(formula):
    assert [name for name, _ in jumping(formula)] == ["x"]


@pytest.mark.parametrize(
    "formula",
    [
        "piecewise(1, time > 3, 0)*k",
        "piecewise(k*(x - k), x > k, 0)",
        "max(x, k) + min(time, k) + abs(x - k)",
        "piecewise(x, k > 1, -x)",
    ],
)
def test_a_kink_or_a_jump_at_a_fixed_time_is_not(formula):
    assert jumping(formula) == []
