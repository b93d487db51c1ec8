"""Stiff problems of the literature end where the literature says."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Status, Tolerances
from acinus.engine.compiled import CompiledEngine


@pytest.fixture(scope="module", params=["rodas5", "rodas5p", "radau9", "radau13"])
def end_of(request, rates, one):
    engine = CompiledEngine(request.param)

    def solve(initial, slopes, time, tolerances):
        system = rates(initial, slopes)
        solution = engine.solve(system, one(system, [time]), tolerances)
        assert solution.status == (Status.REACHED_END,), solution.message
        return dict(zip(system.outputs, solution.values[0, -1], strict=True))

    return solve


@pytest.mark.parametrize(
    ("time", "expected", "accuracy"),
    [
        (40.0, (0.7158270687, 9.185534765e-6, 0.2841637457), 2e-7),
        # By now x and y have shrunk by eight digits, and a state counts as a thousandth of its largest value.
        (1e11, (0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050), 2e-5),
    ],
)
def test_robertson(end_of, time, expected, accuracy):
    """H. H. Robertson 1966; Test Set for IVP Solvers (ROBER)."""
    slopes = {"x": "-0.04*x + 1e4*y*z", "y": "0.04*x - 1e4*y*z - 3e7*y^2", "z": "3e7*y^2"}
    end = end_of({"x": 1.0, "y": 0.0, "z": 0.0}, slopes, time, Tolerances(1e-9, 1e-18))
    np.testing.assert_allclose([end["x"], end["y"], end["z"]], expected, rtol=accuracy)


def test_van_der_pol(end_of):
    """Test Set for IVP Solvers (VDPOL), epsilon 1e-6."""
    slopes = {"u": "v", "v": "((1 - u^2)*v - u)*1000000"}
    end = end_of({"u": 2.0, "v": 0.0}, slopes, 2.0, Tolerances(1e-9, 1e-12))
    np.testing.assert_allclose([end["u"], end["v"]], [1.706167732170483, -0.8928097010247975], rtol=1e-6)


def test_hires(end_of):
    """Schaefer 1975; Test Set for IVP Solvers (HIRES)."""
    slopes = {
        "a": "-1.71*a + 0.43*b + 8.32*c + 0.0007",
        "b": "1.71*a - 8.75*b",
        "c": "-10.03*c + 0.43*d + 0.035*f",
        "d": "8.32*b + 1.71*c - 1.12*d",
        "f": "-1.745*f + 0.43*g + 0.43*p",
        "g": "-280*g*q + 0.69*d + 1.71*f - 0.43*g + 0.69*p",
        "p": "280*g*q - 1.81*p",
        "q": "-280*g*q + 1.81*p",
    }
    start = dict.fromkeys(slopes, 0.0) | {"a": 1.0, "q": 0.0057}
    end = end_of(start, slopes, 321.8122, Tolerances(1e-9, 1e-14))
    expected = {
        "a": 0.7371312573325668e-3,
        "b": 0.1442485726316185e-3,
        "c": 0.5888729740967575e-4,
        "d": 0.1175651343283149e-2,
        "f": 0.2386356198831331e-2,
        "g": 0.6238968252742796e-2,
        "p": 0.2849998395185769e-2,
        "q": 0.2850001604814231e-2,
    }
    np.testing.assert_allclose([end[k] for k in expected], list(expected.values()), rtol=1e-6)
