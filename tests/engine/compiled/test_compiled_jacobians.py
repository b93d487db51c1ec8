"""The compiled right-hand side and Jacobian of every large model are those of the graph, and of differences."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from acinus.engine.compiled.evaluator import Evaluator
from acinus.model import load_model
from acinus.system.graph import build_program, evaluate, start_values

MODELS = (
    "human",
    *(f"bench/liver{states}.xml" for states in (31, 87, 295)),
    *(f"data/models/BIOMD0000000{number}.xml" for number in (268, 609, 619, 624, 947)),
)
TIME = 1.7


@pytest.fixture(scope="module", params=MODELS)
def model(request, repository: Path):
    """Return a program, its functions and two states."""
    if request.param == "human":
        text = load_model("human").sbml
    else:
        folder = Path(os.environ.get("ACINUS_SHARED") or repository.parent / "shared")
        text = (folder / request.param).read_text(encoding="utf-8")
    program = build_program(text)
    parameters, start = start_values(program)
    functions = Evaluator(program)
    functions.set_parameters(parameters)
    known = np.isfinite(start) & (start != 0.0)
    typical = 0.1 * np.median(np.abs(start[known]))
    random = np.random.default_rng(8)
    states = np.where(known, np.abs(start), typical) * np.exp(random.normal(0.0, 0.5, (2, len(start))))
    return program, functions, parameters, states


@pytest.mark.slow
@pytest.mark.shared
def test_both_ways_agree(model):
    program, functions, parameters, states = model
    for y in states:
        exact = np.zeros((len(y), len(y)))
        entries = evaluate(program, [node for *_, node in program.jacobian], TIME, y, parameters)
        exact[[i for i, *_ in program.jacobian], [j for _, j, _ in program.jacobian]] = entries
        matrix, by_time = functions.jacobian(TIME, y)
        np.testing.assert_allclose(matrix, exact, rtol=1e-9, atol=1e-12 * np.abs(exact).max())
        shares = np.abs(exact) @ np.abs(y)
        slope = evaluate(program, program.derivative, TIME, y, parameters)
        assert (np.abs(functions.slope(TIME, y) - slope) <= 1e-11 * (shares + np.abs(slope)) + 1e-300).all()
        explicit = evaluate(program, program.time_derivative, TIME, y, parameters)
        np.testing.assert_allclose(by_time, explicit, rtol=1e-9, atol=1e-12 * np.abs(slope).max())


@pytest.mark.slow
@pytest.mark.shared
def test_differences_of_the_compiled_rates_agree_with_every_entry(model):
    program, functions, _, states = model
    for y in states:
        matrix, _ = functions.jacobian(TIME, y)
        slope = functions.slope(TIME, y)
        shares = np.abs(matrix) @ np.abs(y) + np.abs(slope)
        for j in range(len(y)):
            move = np.zeros(len(y))
            move[j] = 1e-6 * y[j]
            difference = (functions.slope(TIME, y + move) - functions.slope(TIME, y - move)) / (2e-6 * y[j])
            allowed = 1e-6 * shares / y[j] + 1e-300
            worst = int(np.argmax(np.abs(difference - matrix[:, j]) / allowed))
            assert abs(difference[worst] - matrix[worst, j]) <= allowed[worst], (
                program.states[worst],
                program.states[j],
            )
