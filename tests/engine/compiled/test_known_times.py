"""Comparisons with time in rate laws: a step ends where they change, however narrow the pulse between two of them."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Status, Tolerances

TIMES = [0.0, 50.0, 71.2, 71.3, 100.0]


@pytest.mark.parametrize("width", [1e-1, 1e-4, 1e-9])
@pytest.mark.parametrize("inside", ["time >= on && time < on + w", "time > on && time <= on + w"])
def test_a_narrow_pulse_is_not_stepped_over(engine, system_of, batch_of, width, inside):
    system = system_of(f"x = 0; on = 71.25; w = 1; const on, w; x' = piecewise(1/w, {inside}, 0);")
    solution = engine.solve(system, batch_of(system, TIMES, outputs=["x"], w=width))
    assert solution.status == (Status.REACHED_END,)
    wide = np.clip((np.array(TIMES) - 71.25) / width, 0, 1)
    np.testing.assert_allclose(solution.values[0, :, 0], wide, atol=3e-5 if width < 1e-8 else 1e-9)
    # A handful of steps for each of the three stretches: nothing had to be felt out.
    assert solution.steps[0] < 120


def test_pulses_are_each_individuals_own_and_may_be_moved(engine, system_of, batch_of, put):
    system = system_of("x = 0; on = 3; const on; x' = piecewise(100, time >= on && time < on + 0.01, 0);")
    on = np.linspace(1.0, 8.0, 20)
    changes = [(put(system, 0.5, "on", 9.0 - t),) for t in on]
    batch = batch_of(system, [0.4, *np.arange(1.005, 10, 0.01)], changes, n=20, outputs=["x"], on=on)
    solution = engine.solve(system, batch, Tolerances(1e-9, 1e-12))
    expected = np.clip((batch.times - (9.0 - on)[:, None]) * 100, 0, 1)
    np.testing.assert_allclose(solution.values[:, :, 0], expected, atol=1e-9)


def test_a_rhythm_of_meals_is_met_every_day(engine, system_of, batch_of):
    system = system_of(
        "x = 0; w = 0.25; const w; x' = piecewise(1/w, time - 24*floor(time/24) < w, 0) - 0*x;"
    )
    times = np.arange(1.0, 1000.0, 12.0)
    solution = engine.solve(system, batch_of(system, times, outputs=["x"]))
    assert solution.status == (Status.REACHED_END,)
    np.testing.assert_allclose(solution.values[0, :, 0], np.floor(times / 24) + 1, rtol=1e-9)


def test_a_factor_before_the_time_does_not_hide_it(engine, system_of, batch_of):
    system = system_of(
        "x = 0; r = 3; const r; x' = piecewise(1000, 5 - r*time/7 < -20 && 2*time - 1 < 116 + 2/3 + 0.002, 0);"
    )
    on, off = 25 * 7 / 3, (117 + 2 / 3 + 0.002) / 2
    solution = engine.solve(system, batch_of(system, [58.0, 60.0], outputs=["x"]))
    np.testing.assert_allclose(solution.values[0, :, 0], [0.0, 1000 * (off - on)], rtol=1e-6)


def test_an_output_at_such_a_time_is_that_of_the_time_itself(engine, system_of, batch_of):
    system = system_of(
        "x = 0; x' = piecewise(1, time > 3, 0); y := piecewise(2, time > 3, 1); z := piecewise(2, time >= 3, 1);"
    )
    solution = engine.solve(system, batch_of(system, [2.0, 3.0, 4.0], outputs=["x", "y", "z"]))
    np.testing.assert_allclose(solution.values[0], [[0, 1, 1], [0, 1, 2], [1, 2, 2]], atol=1e-12)


@pytest.mark.parametrize("chosen", [slice(None, None, 3), slice(0, 4), slice(5, None)])
def test_the_output_grid_changes_nothing(engine, system_of, batch_of, chosen):
    system = system_of(
        "x = 1; y = 0; x' = -0.3*x + piecewise(1, time > 2 && time < 2.1, 0); y' = x; E: at (x < 0.5): x = x + 1;"
    )
    times = np.linspace(0, 9, 10)
    whole = engine.solve(system, batch_of(system, times, outputs=["x", "y"])).values
    part = engine.solve(system, batch_of(system, times[chosen], outputs=["x", "y"])).values
    np.testing.assert_array_equal(part, whole[:, chosen])
