"""A linear model has an exact answer; the compiled engine gives it to eight digits."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Tolerances

TIGHT = Tolerances(1e-10, 1e-14)
RATE = 0.3


def test_an_infusion_follows_its_closed_form(engine, decay, batch_of, put):
    times = np.linspace(0.0, 30.0, 121)
    changes = ((put(decay, 2.0, "infusion", 5.0), put(decay, 9.5, "infusion", 0.0)),)
    solution = engine.solve(decay, batch_of(decay, times, changes, outputs=["A"]), TIGHT)
    during, after = np.clip(times - 2.0, 0.0, 7.5), np.clip(times - 9.5, 0.0, None)
    exact = 5.0 / RATE * (1 - np.exp(-RATE * during)) * np.exp(-RATE * after) / 2.0
    np.testing.assert_allclose(solution.values[0, :, 0], exact, rtol=1e-8, atol=1e-12)


def test_repeated_doses_add_up(engine, decay, batch_of, add):
    times = np.linspace(0.0, 48.0, 97)
    moments = np.arange(0.0, 48.0, 6.0)
    changes = (tuple(add(decay, float(t), "A", 3.0) for t in moments),)
    solution = engine.solve(decay, batch_of(decay, times, changes, outputs=["A", "lost"]), TIGHT)
    given = times[:, None] >= moments
    exact = (3.0 * np.exp(-RATE * np.where(given, times[:, None] - moments, 0.0)) * given).sum(axis=1)
    np.testing.assert_allclose(solution.values[0, :, 0] * 2.0, exact, rtol=1e-8)
    np.testing.assert_allclose(solution.values[0].sum(axis=1) * 2.0, 3.0 * given.sum(axis=1), rtol=1e-9)


def test_a_sample_at_a_change_shows_the_state_after_it(engine, decay, batch_of, add):
    changes = ((add(decay, 0.0, "A", 2.0), add(decay, 5.0, "A", 4.0)),)
    solution = engine.solve(decay, batch_of(decay, [0.0, 5.0], changes, outputs=["A"]), TIGHT)
    assert solution.values[0, 0, 0] == 1.0
    assert solution.values[0, 1, 0] == pytest.approx(np.exp(-RATE * 5.0) + 2.0, rel=1e-9)


def test_changes_in_a_volume_set_at_the_same_time_use_it(engine, decay, batch_of, add, put):
    changes = ((put(decay, 1.0, "V", 4.0), add(decay, 1.0, "A", 8.0)),)
    solution = engine.solve(decay, batch_of(decay, [1.0], changes, outputs=["A", "twice"]), TIGHT)
    np.testing.assert_allclose(solution.values[0, 0], [2.0, 4.0], rtol=1e-12)


def test_each_individual_may_have_sampling_times_of_its_own(engine, decay, batch_of, add):
    times = np.array([[0.0, 1.0, 2.0], [0.5, 3.0, 20.0], [4.0, 5.0, 6.0]])
    changes = [(add(decay, 0.0, "A", 2.0),)] * 3
    solution = engine.solve(decay, batch_of(decay, times, changes, n=3, outputs=["A"]), TIGHT)
    np.testing.assert_allclose(solution.values[:, :, 0], np.exp(-RATE * times), rtol=1e-8)


def test_an_explicit_time_is_integrated_to_the_order_of_the_method(engine, system_of, batch_of):
    system = system_of("A = 1; A' = -50*(A - cos(time)) - sin(time);")
    times = np.linspace(0.0, 10.0, 41)
    solution = engine.solve(system, batch_of(system, times, outputs=["A"]), Tolerances(1e-9, 1e-12))
    np.testing.assert_allclose(solution.values[0, :, 0], np.cos(times), atol=1e-8)


def test_an_algebraic_rule_holds_at_every_sample(engine, algebraic, batch_of):
    times = np.linspace(0.0, 5.0, 21)
    solution = engine.solve(algebraic, batch_of(algebraic, times, outputs=["A", "x"]), TIGHT)
    a, x = solution.values[0].T
    np.testing.assert_allclose(x + x**3, a, rtol=1e-8)
    assert a[-1] < a[0]


def test_an_algebraic_unknown_follows_its_closed_form(engine, algebraic, batch_of):
    """With x + x^3 = A and A' = -x, ln x + 1.5 x^2 + t stays as it is."""
    times = np.linspace(0.0, 5.0, 21)
    solution = engine.solve(algebraic, batch_of(algebraic, times, outputs=["x"]), Tolerances(1e-12, 1e-15))
    x = solution.values[0, :, 0]
    np.testing.assert_allclose(np.log(x) + 1.5 * x**2 + times, 1.5, rtol=2e-11)
