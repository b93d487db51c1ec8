"""Unknowns that algebraic rules give: index-1 problems against closed forms and against the same problem as rates."""

from __future__ import annotations

import numpy as np
import pytest
from small_systems import with_algebraic_rules

from acinus.engine import Change, Status, Tolerances

TIGHT = Tolerances(1e-10, 1e-14)


def values_of(engine, system, batch_of, times, outputs, changes=None, tolerances=TIGHT, **values):
    solution = engine.solve(system, batch_of(system, times, changes, outputs=outputs, **values), tolerances)
    assert solution.status == (Status.REACHED_END,), solution.message
    return solution.values[0]


def test_a_binding_equilibrium_holds_while_its_total_decays(engine, batch_of):
    # Free drug f of a total T with a binding site of capacity B: f + B f/(K + f) = T, T' = -k f.
    system = with_algebraic_rules(
        {"T": 3.0, "f": 1.0}, {"K": 0.2, "B": 2.0, "k": 0.5}, {"T": "-k*f"}, ["f + B*f/(K + f) - T"]
    )
    times = np.linspace(0, 12, 13)
    found = values_of(engine, system, batch_of, times, ["T", "f"])
    total, free = found.T
    # Within a step the rule holds as exactly as the dense output does.
    np.testing.assert_allclose(free + 2.0 * free / (0.2 + free), total, rtol=1e-8)

    # dT/df = 1 + B K/(K + f)^2 gives the time by integration: k t = ln(f0/f) + B K int df/(f (K+f)^2).
    def clock(f):
        return np.log(f) + 2.0 * 0.2 * (np.log(f / (0.2 + f)) / 0.2**2 + 1 / (0.2 * (0.2 + f)))

    np.testing.assert_allclose(clock(free[0]) - clock(free), 0.5 * times, atol=1e-8)


def test_robertson_with_a_conservation_law_for_its_third_equation(engine, batch_of):
    system = with_algebraic_rules(
        {"a": 1.0, "b": 0.0, "c": 0.0},
        {},
        {"a": "-0.04*a + 1e4*b*c", "b": "0.04*a - 1e4*b*c - 3e7*b^2"},
        ["exp(a + b + c) - exp(1)"],
    )
    # Reference values at t = 40 and 4e5: Hairer and Wanner, Stiff and Differential-Algebraic Problems, IV.10; and
    # the mass that is left follows from the rule itself.
    found = values_of(engine, system, batch_of, [0.4, 40.0, 4e5], ["a", "b", "c"])
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(found[1], [0.7158270687, 9.185534765e-6, 0.2841637457], rtol=1e-7)
    np.testing.assert_allclose(found[2], [4.9382e-3, 1.985e-8, 0.9950618], rtol=2e-4)


def test_unknowns_follow_a_jump_of_the_states(engine, batch_of):
    # A' = -x with x + x^3 = A; an event lifts A whenever it falls below 0.5.
    system = with_algebraic_rules(
        {"A": 2.0, "x": 1.0, "n": 0.0},
        {},
        {"A": "-x"},
        ["x + x^3 - A"],
        events={"x < 0.4": {"A": "A + 1.608", "n": "n + 1"}},
    )
    times = np.linspace(0, 10, 101)
    found = values_of(engine, system, batch_of, times, ["A", "x", "n"])
    amount, x, count = found.T
    np.testing.assert_allclose(x + x**3, amount, rtol=1e-8)

    # (1 + 3 x^2) x' = -x: from x = 1 down to 0.4, then from where x + x^3 = 0.464 + 1.608 down again.
    def fall(top):
        return np.log(top / 0.4) + 1.5 * (top**2 - 0.16)

    top = max(np.roots([1, 0, 1, -2.072]).real)
    hits = fall(1.0) + fall(top) * np.arange(6)
    np.testing.assert_array_equal(count, np.searchsorted(hits, times))


def test_a_dose_finds_the_unknown_consistent_at_its_sample(engine, batch_of):
    system = with_algebraic_rules({"A": 2.0, "x": 1.0}, {"kick": 0.0}, {"A": "-x"}, ["x + x^3 - A - kick"])
    kick = Change(1.0, "set", system.parameters.index("kick"), 8.0)
    found = values_of(engine, system, batch_of, [0.0, 1.0], ["A", "x"], [(kick,)])
    np.testing.assert_allclose(found[:, 1] + found[:, 1] ** 3, found[:, 0] + [0.0, 8.0], rtol=1e-13)


def test_the_start_does_not_depend_on_a_neighbour_that_starts_too(engine, batch_of):
    system = with_algebraic_rules({"A": 2.0, "x": 1.0}, {"s": 1.0}, {"A": "-x"}, ["s*x + x^3 - A"])
    s = np.geomspace(1e-3, 1e3, 21)
    times = np.linspace(0, 3, 7)
    crowd = engine.solve(system, batch_of(system, times, n=21, outputs=["x"], s=s), Tolerances())
    for i in (0, 7, 20):
        alone = engine.solve(system, batch_of(system, times, outputs=["x"], s=s[i]), Tolerances())
        np.testing.assert_array_equal(crowd.values[i], alone.values[0])


@pytest.mark.parametrize("rule", ["x^2 + 1 + A", "atan(x) - 3 - A"])
def test_equations_without_a_solution_are_a_status(engine, batch_of, rule):
    system = with_algebraic_rules({"A": 2.0, "x": 1.0}, {}, {"A": "-A"}, [rule])
    solution = engine.solve(system, batch_of(system, [0.0, 1.0], outputs=["A", "x"]))
    assert solution.status == (Status.NOT_CONSISTENT,)
    assert np.isnan(solution.values).all()
    assert solution.message[0].startswith("at 0 h: ")
    assert "`x`" in solution.message[0]


def test_a_solution_lost_at_a_jump_is_a_status_at_that_time(engine, batch_of):
    system = with_algebraic_rules({"A": 2.0, "x": 1.0}, {"b": 0.0}, {"A": "-x"}, ["x^2 + b - A"])
    lose = Change(0.5, "set", system.parameters.index("b"), 9.0)
    solution = engine.solve(system, batch_of(system, [0.25, 1.0], [(lose,)], outputs=["x"]))
    assert solution.status == (Status.NOT_CONSISTENT,)
    assert solution.reached[0] == pytest.approx(0.5)
    # x' = -1/2 while x^2 = A.
    assert solution.values[0, 0, 0] == pytest.approx(np.sqrt(2) - 0.125, rel=1e-7)
