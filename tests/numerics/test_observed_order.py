"""Halving the step divides the error by two to the power of the order; a tighter tolerance gives a smaller error."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Tolerances
from acinus.engine.compiled import CompiledEngine, pivoted
from acinus.engine.compiled.machine import METHODS

START = {"x": 1.0, "y": 0.5}
SLOPES = {"x": "-x + y*cos(time)", "y": "1 + x - y^3"}


@pytest.fixture(scope="module")
def problem(rates):
    return rates(START, SLOPES)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_steps_of_fixed_length_show_the_order(problem, one, monkeypatch, name):
    monkeypatch.setattr(pivoted, "RODAS5P", METHODS[name])

    def end(count):
        batch = one(problem, [2.0])
        run = pivoted._Run(problem.program, batch.parameters[0], (), batch.times, Tolerances())
        run.model.set_parameters(run.parameters)
        for _ in range(count):
            run.state, _, _ = run._try(2.0 / count)
            run.time += 2.0 / count
        return run.state

    truth = end(1024)
    errors = [np.abs(end(count) - truth).max() for count in (16, 32, 64)]
    orders = -np.diff(np.log2(errors))
    assert orders.min() > 4.7


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_error_follows_the_tolerance(problem, one, name):
    engine = CompiledEngine(name)
    batch = one(problem, np.linspace(0.0, 20.0, 81))
    truth = engine.solve(problem, batch, Tolerances(1e-12, 1e-15)).values
    errors = [
        np.abs(engine.solve(problem, batch, Tolerances(r, r * 1e-3)).values - truth).max()
        for r in (1e-4, 1e-6, 1e-8)
    ]
    assert errors[0] < 3e-3
    assert errors[1] < errors[0] / 20
    assert errors[2] < errors[1] / 20
