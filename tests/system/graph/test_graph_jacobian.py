from __future__ import annotations

import numpy as np
import pytest
from large_models import SHARED_MODELS
from random_states import random_states

from acinus.system.graph import build_program, evaluate

STEP = 1e-6


def assert_derivatives_agree(program, p, states, time=1.7):
    """Compare every entry, and every place that has none, with central differences."""
    size = len(program.states)
    for y in states:
        f = evaluate(program, program.derivative, time, y, p)
        dense = np.zeros((size, size))
        rows = [i for i, _, _ in program.jacobian]
        columns = [j for _, j, _ in program.jacobian]
        dense[rows, columns] = evaluate(program, [n for _, _, n in program.jacobian], time, y, p)
        step = STEP * np.abs(y)
        above = evaluate(program, program.derivative, time, y + np.diag(step), p)
        below = evaluate(program, program.derivative, time, y - np.diag(step), p)
        difference = ((above - below) / (2 * step[:, None])).T
        # Each entry is judged by what it contributes to its row; the terms of a row may cancel in f.
        share = np.abs(dense) * np.abs(y)
        allowed = 1e-6 * (share.sum(axis=1) + np.abs(f))[:, None] / np.abs(y) + 1e-300
        worst = np.abs(difference - dense) / allowed
        i, j = np.unravel_index(np.argmax(worst), worst.shape)
        assert worst[i, j] <= 1.0, (program.states[i], program.states[j], difference[i, j], dense[i, j])
        change = STEP * time
        later = evaluate(program, program.derivative, time + change, y, p)
        earlier = evaluate(program, program.derivative, time - change, y, p)
        explicit = evaluate(program, program.time_derivative, time, y, p)
        slope = (later - earlier) / (2 * change)
        assert np.abs(slope - explicit) == pytest.approx(0, abs=1e-6 * (np.abs(f).max() + share.max()) / time)


@pytest.mark.slow
@pytest.mark.parametrize("large_model", [*SHARED_MODELS, "human"], indirect=True)
@pytest.mark.shared
def test_finite_differences_agree_with_every_entry(large_model):
    program = build_program(large_model)
    p, states = random_states(program, 3)
    assert_derivatives_agree(program, p, states)
