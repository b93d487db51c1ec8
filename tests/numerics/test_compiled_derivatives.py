"""The compiled right-hand side and Jacobian are those of the graph, computed slowly and by differences."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine.compiled.evaluator import Evaluator
from acinus.system.graph import evaluate


@pytest.fixture(scope="module")
def system(rates):
    slopes = {
        "x": "-x^2.7/(0.3 + x^2.7) + exp(-y)*ln(1 + z) + sin(time)",
        "y": "sqrt(x)*z - piecewise(y, y < 0.4, 2*y^3) + tanh(x*y)",
        "z": "abs(x - y) - z/(0.1 + z) + max(x, z) + min(y, 0.2*time) + x^y",
    }
    return rates({"x": 0.7, "y": 0.3, "z": 0.9}, slopes)


@pytest.mark.parametrize("state", [(0.7, 0.3, 0.9), (0.2, 1.4, 0.05), (3.0, 0.1, 8.0)])
def test_both_ways_agree(system, state):
    program = system.program
    model, y, t = Evaluator(program), np.array(state), 1.3
    parameters = np.array(program.param_defaults)
    model.set_parameters(parameters)
    np.testing.assert_allclose(
        model.slope(t, y), np.ravel(evaluate(program, list(program.derivative), t, y, parameters)), rtol=1e-13
    )
    matrix, by_time = model.jacobian(t, y)
    for i, j, node in program.jacobian:
        exact = np.ravel(evaluate(program, [node], t, y, parameters))[0]
        assert matrix[i, j] == pytest.approx(exact, rel=1e-12, abs=1e-13)
    for j in range(3):
        move = np.zeros(3)
        move[j] = 1e-6 * y[j]
        difference = (model.slope(t, y + move) - model.slope(t, y - move)) / (2e-6 * y[j])
        np.testing.assert_allclose(matrix[:, j], difference, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        by_time, (model.slope(t + 1e-6, y) - model.slope(t - 1e-6, y)) / 2e-6, atol=1e-8
    )
