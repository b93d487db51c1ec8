"""Curves with the shape of an overdose, made of closed forms; not a model of anything."""

from __future__ import annotations

import numpy as np

from acinus.report import ArmView, Nomogram

NOMOGRAM = Nomogram((100.0, 150.0, 200.0, 300.0), half_life=4.0, reference_time=4.0, last_time=24.0)


def synthetic_arm(
    label: str, *, rescue: float = 1.0, antidote: tuple[tuple[float, float], ...] = (), zones: int = 8
) -> ArmView:
    """Return an arm whose injury is scaled by `rescue` (1 is none, 0 is complete)."""
    time = np.arange(0.0, 96.0 + 0.25, 0.25)
    plasma = 420.0 * (np.exp(-time / 6.0) - np.exp(-time / 0.6))
    place = np.linspace(0.1, 1.0, zones)
    dip = np.exp(-(((time - 10.0) / 9.0) ** 2))
    glutathione = 1.0 - 0.97 * dip[:, None] * np.sqrt(place) * (0.5 + 0.5 * rescue)
    loss = rescue * 0.9 / (1.0 + np.exp(-(time - 30.0) / 5.0))
    living = 1.0 - loss[:, None] * place**2
    dead = rescue / (1.0 + np.exp(-(time - 34.0) / 4.0))
    alt = 25.0 + 9000.0 * dead * np.exp(-np.maximum(0.0, time - 45.0) / 50.0)
    inr = 1.0 + 3.5 * dead * np.exp(-np.maximum(0.0, time - 60.0) / 60.0)
    return ArmView(label, time, plasma, glutathione, living, alt, inr, antidote)
