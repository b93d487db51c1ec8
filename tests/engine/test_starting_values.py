"""Individuals start from their own parameters, whoever was solved before them."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Status, Tolerances, roadrunner_reference, solve

DEPENDENT = """
    compartment V; V = vol*W; vol = 2; W = 70; const vol, W;
    compartment grown; grown = W; grown' = 0.1*W;
    species A in V, $B in V, C in V, E in grown; substanceOnly species D in V;
    A = 2*a0 + R; a0 = 3; B = W; C = 1; E = 5; D = d0; d0 = 2*p1; p1 = p2 + 1; p2 = W/10; const p1, p2, d0, a0;
    x = 2*W; x' = -k*x; k = 0.1; const k; R := 3*W; V_per := V/W;
    J: A => C; k*A*V; J2: D => ; k*D;
"""


def expected(W: float) -> dict[str, float]:
    d0 = 2 * (W / 10 + 1)
    return {
        "A": 6 + 3 * W,
        "B": W,
        "C": 1.0,
        "E": 5.0,
        "D": d0,
        "x": 2 * W,
        "R": 3 * W,
        "V_per": 2.0,
        "grown": W,
    }


def test_initial_assignments_follow_the_parameters_of_each_individual(system_of, batch_of):
    system = system_of(DEPENDENT)
    weights = [70.0, 80.0, 55.5, 70.0]
    solution = solve(system, batch_of(system, [0.0, 1.0], n=4, W=weights))
    for row, weight in zip(solution.values[:, 0], weights, strict=True):
        found = dict(zip(system.outputs, row, strict=True))
        assert found == pytest.approx(expected(weight), rel=1e-15)
    np.testing.assert_array_equal(solution.values[0], solution.values[3])


def test_a_parameter_that_a_formula_gives_cannot_be_set(system_of):
    system = system_of(DEPENDENT)
    assert {"p1", "p2", "d0", "x", "R"}.isdisjoint(system.parameters)
    assert {"vol", "W", "a0", "k"} <= set(system.parameters)


def test_the_size_of_a_compartment_can_be_set(decay, batch_of, add):
    changes = [(add(decay, 0.0, "A", 10.0),)] * 2
    solution = solve(decay, batch_of(decay, [0.0], changes, n=2, outputs=["A"], V=[2.0, 4.0]))
    np.testing.assert_array_equal(solution.values[:, 0, 0], [5.0, 2.5])


def test_an_id_may_be_the_name_of_a_method(system_of, batch_of):
    system = system_of(
        "reset = 1; reset' = -simulate*reset; simulate = 0.5; const simulate; model_ := reset;"
    )
    solution = solve(system, batch_of(system, [0.0, 2.0], outputs=["reset"]))
    np.testing.assert_allclose(solution.values[0, :, 0], [1.0, np.exp(-1.0)], rtol=1e-6)


def test_a_start_that_is_not_finite_is_a_status(system_of, batch_of):
    system = system_of("species A; A = 1/q; q = 2; const q; J: A => ; 0.1*A;")
    solution = solve(system, batch_of(system, [0.0, 1.0], n=2, q=[2.0, 0.0], outputs=["A"]))
    assert solution.status == (Status.REACHED_END, Status.NOT_FINITE)
    assert solution.message[1] == "at 0 h: `A` is not finite"
    assert np.isnan(solution.values[1]).all()
    assert solution.reached[1] == 0.0


START = "A = 1; A' = -0.1*A; limit = 2; const limit; E: at A > limit, t0=false: A = 0;"


def test_an_event_fires_at_the_start_of_those_whose_state_asks_for_it(system_of, batch_of):
    system = system_of(START)
    solution = solve(system, batch_of(system, [0.0, 1.0], n=2, limit=[2.0, 0.5], outputs=["A"]))
    np.testing.assert_allclose(solution.values[:, :, 0], [[1.0, np.exp(-0.1)], [0.0, 0.0]], rtol=1e-8)


def test_the_reference_says_that_it_cannot_fire_an_event_at_the_start_of_one_individual(system_of, batch_of):
    system = system_of(START)
    batch = batch_of(system, [0.0, 1.0], n=2, limit=[2.0, 0.5], outputs=["A"])
    solution = roadrunner_reference.solve(system, batch, Tolerances())
    assert solution.status == (Status.REACHED_END, Status.SOLVER_ERROR)
    assert "the event `E` would fire at the start" in solution.message[1]
