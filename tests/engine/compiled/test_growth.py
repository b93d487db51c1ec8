"""What grows by itself has no size to be foreseen; it is integrated as exactly as what decays."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Tolerances


@pytest.mark.parametrize(
    ("body", "exact"),
    [
        ("s = 0.001; s' = 10*s;", lambda t: 0.001 * np.exp(10 * t)),
        ("s = 0.001; s' = s;", lambda t: 0.001 * np.exp(t)),
        ("s = 0.001; w = 1; s' = 4*s; w' = -4*w;", lambda t: 0.001 * np.exp(4 * t)),
        ("s = 0.001; w = 1; s' = 2*s; w' = -8*w;", lambda t: 0.001 * np.exp(2 * t)),
        ("s = 0.001; w = 0.001; s' = w; w' = s;", lambda t: 0.001 * np.exp(t)),
        # Near the rate at which the forecast's matrix is singular, with a follower that inherits what it foresees.
        (
            "s = 0.001; w = 1; z = 0.001; s' = 4.0001*s; w' = -4*w; z' = s;",
            lambda t: 0.001 * np.exp(4.0001 * t),
        ),
        ("s = 0.001; w = 1; s' = 5*s; w' = -4*w;", lambda t: 0.001 * np.exp(5 * t)),
        ("s = 0.001; w = 1; s' = 3*s; w' = -4*w;", lambda t: 0.001 * np.exp(3 * t)),
    ],
)
def test_exponential_growth_follows_its_closed_form(engine, system_of, batch_of, body, exact):
    system = system_of(body)
    times = np.linspace(0.0, 1.0, 11)
    solution = engine.solve(system, batch_of(system, times, outputs=["s"]), Tolerances(1e-9, 1e-14))
    np.testing.assert_allclose(solution.values[0, :, 0], exact(times), rtol=2e-8)
