"""Models of rules and events alone, and values that no rule or event changes."""

from __future__ import annotations

import numpy as np
from small_systems import from_antimony

from acinus.engine import Status


def test_rules_of_time_are_recorded(engine, batch_of):
    system = from_antimony("k = 3; y := k*time^2; p := piecewise(1, time > 1, 0);")
    solution = engine.solve(system, batch_of(system, [0.0, 1.0, 2.0], n=2, outputs=["y", "p"], k=[3.0, 4.0]))
    assert solution.status == (Status.REACHED_END,) * 2
    np.testing.assert_allclose(solution.values[:, :, 0], [[0, 3, 12], [0, 4, 16]])
    np.testing.assert_array_equal(solution.values[0, :, 1], [0, 0, 1])


def test_events_happen_without_anything_that_moves(engine, batch_of):
    system = from_antimony(
        "n = 0; m = 0; period = 0.3; const period; next = period; "
        "clock: at (time >= next): next = next + period, n = n + 1; "
        "late: at 0.05 after (sin(2*time) > 0.5): m = m + 1;"
    )
    times = np.linspace(0.11, 9.91, 50)
    solution = engine.solve(system, batch_of(system, times, outputs=["n", "m"]))
    assert solution.status == (Status.REACHED_END,)
    np.testing.assert_array_equal(solution.values[0, :, 0], np.floor(times / 0.3))
    np.testing.assert_array_equal(solution.values[0, :, 1], np.floor((times - 0.05 - np.pi / 12) / np.pi) + 1)


def test_a_change_from_outside_is_seen(engine, batch_of, put):
    system = from_antimony("k = 1; const k; y := 2*k; high := 0; seen = 0; E: at (k > 5): seen = time;")
    changes = [(put(system, 1.5, "k", 7.0),)]
    solution = engine.solve(system, batch_of(system, [1.0, 2.0], changes, outputs=["y", "seen"]))
    np.testing.assert_array_equal(solution.values[0], [[2, 0], [14, 1.5]])


def test_a_constant_species_keeps_its_amount(engine, batch_of):
    system = from_antimony(
        "compartment V = 2; const species C in V; C = 3; species A in V; A = 0; J: => A; V*C;"
    )
    solution = engine.solve(system, batch_of(system, [2.0], n=17, outputs=["A"]))
    np.testing.assert_allclose(solution.values[:, 0, 0], 6.0, rtol=1e-12)
