"""Derivatives by parameters from plain runs: central differences of order four, with an estimate of their own error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import Status, Tolerances, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from acinus.engine import Batch
    from acinus.system import OdeSystem

_STENCIL = ((8, 1), (-8, -1), (-1, 2), (1, -2))  # over 12 steps
_TIGHT = Tolerances(1e-11, 1e-15)


def central_differences(
    system: OdeSystem, batch: Batch, chosen: Sequence[int], steps: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the (T, K, M) derivatives of a batch of one, and how exact each of them is.

    `steps` are tried relative to the parameter, the longest first. Halving a step shows the error of the longer one as the
    difference of the two (Richardson); of all pairs the closest is taken, entry by entry.
    """
    rows = []
    for place in chosen:
        for step in steps:
            for _, shift in _STENCIL:
                row = batch.parameters[0].copy()
                row[place] *= 1 + shift * step
                rows.append(row)
    many = replace(batch, parameters=np.array(rows), changes=batch.changes * len(rows))
    solution = solve(system, many, _TIGHT, workers=2)
    assert set(solution.status) == {Status.REACHED_END}
    values = solution.values.reshape(len(chosen), len(steps), len(_STENCIL), *solution.values.shape[1:])
    weights = np.array([weight for weight, _ in _STENCIL]) / 12
    sums = np.einsum("mhs...,s->mh...", values, weights)
    sizes = np.abs(batch.parameters[0][list(chosen)])
    found = sums / (sizes[:, None] * np.array(steps))[..., None, None]
    gaps = np.abs(np.diff(found, axis=1))
    best = np.argmin(gaps, axis=1)[:, None]
    exact = np.take_along_axis(found[:, 1:], best, axis=1)[:, 0]
    error = np.take_along_axis(gaps, best, axis=1)[:, 0]
    return np.moveaxis(exact, 0, -1), np.moveaxis(error, 0, -1)
