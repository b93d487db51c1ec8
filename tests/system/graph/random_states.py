"""Random states of a program, away from zero where the model starts away from zero."""

from __future__ import annotations

import numpy as np

from acinus.system.graph import start_values


def random_states(program, count, seed=11):
    """Return (P,) parameters and (count, S) states."""
    random = np.random.default_rng(seed)
    p, y = start_values(program)
    size = np.abs(y[np.isfinite(y) & (y != 0.0)])
    typical = np.median(size) if size.size else 1.0
    scale = np.where(np.isfinite(y) & (y != 0.0), np.abs(y), typical * 0.1)
    return p, scale * np.exp(random.normal(0.0, 0.5, (count, len(y))))
