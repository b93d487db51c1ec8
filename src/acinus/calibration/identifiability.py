"""What the data say of each parameter, of pairs of them and of combinations, from derivatives at the optimum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.calibration.crew import Crew
    from acinus.calibration.objective import Objective

__all__ = ["STRONG_CORRELATION", "Identifiability", "identify", "metric_slopes"]

STRONG_CORRELATION = 0.35
# Below this a direction's variance is not counted: it is the rounding of the eigenvectors.
_NO_PART = 1e-12


@dataclass(frozen=True)
class Identifiability:
    """What the data inform.

    Attributes
    ----------
    spread : (P,) array
        Standard deviation of each search number after the fit, priors included; infinite where nothing informs it.
    directions : tuple of (float, mapping)
        How many times the data narrow each direction, from the best informed on, and the parameters that make it up.
        The measure is the prior (without one, the range between the bounds as four standard deviations); 1 is not at
        all.
    pairs : tuple of (str, str, float)
        Parameters whose estimates are correlated by more than `STRONG_CORRELATION`, strongest first.
    informed : int
        Directions of which the data say more than the priors: eigenvalues of the prior-scaled information above 1.
    """

    spread: NDArray[np.float64]
    directions: tuple[tuple[float, Mapping[str, float]], ...]
    pairs: tuple[tuple[str, str, float], ...]
    informed: int


def identify(objective: Objective, slopes: NDArray[np.float64]) -> Identifiability:
    """Return what derivatives of the data say.

    Parameters
    ----------
    objective : Objective
    slopes : (M, P) array
        Derivatives of residuals or metrics of the data with respect to the search numbers.
    """
    rows = np.vstack([slopes, objective.prior_rows()])
    weights, vectors = np.linalg.eigh(rows.T @ rows)
    tiny = max(float(weights.max()), 0.0) * 1e-12
    with np.errstate(divide="ignore"):
        variance = np.where(weights > tiny, 1 / np.maximum(weights, 1e-300), np.inf)
    shares = vectors**2
    spread = np.sqrt(np.where(shares > _NO_PART, shares * variance, 0.0).sum(axis=1))
    known = np.isfinite(variance)
    covariance = (vectors[:, known] * variance[known]) @ vectors[:, known].T
    scaled = slopes * objective.scales
    strength, axes = np.linalg.eigh(scaled.T @ scaled)
    names = [axis.id for axis in objective.axes]
    directions = tuple(
        (
            math.sqrt(1 + max(float(strength[i]), 0.0)),
            {
                names[p]: round(float(axes[p, i]), 2)
                for p in np.argsort(-np.abs(axes[:, i]))
                if abs(axes[p, i]) >= 0.2
            },
        )
        for i in reversed(range(len(names)))
    )
    return Identifiability(spread, directions, _pairs(names, covariance), int((strength > 1).sum()))


def metric_slopes(objective: Objective, crew: Crew, position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return derivatives of the metrics of the data with respect to the search numbers, (M, P), by differences.

    Differences are taken `Search.step` standard deviations of the prior to both sides: shares of finitely many people
    are rough, and a small step would measure the roughness. A step that a bound cuts short is taken as far as it goes.
    """
    low, high = objective.bounds
    steps = objective.problem.search.step * objective.scales
    unit = np.eye(position.size)
    ups = [np.minimum(position + steps[i] * unit[i], high) for i in range(position.size)]
    downs = [np.maximum(position - steps[i] * unit[i], low) for i in range(position.size)]
    rows = crew.evaluate([*ups, *downs])
    columns = []
    for i, (up, down) in enumerate(zip(ups, downs, strict=True)):
        columns.append((rows[i][1] - rows[position.size + i][1]) / (up[i] - down[i]))
    return np.column_stack(columns)


def _pairs(names: list[str], covariance: NDArray[np.float64]) -> tuple[tuple[str, str, float], ...]:
    deviation = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    correlation = covariance / np.outer(deviation, deviation)
    found = [
        (names[i], names[j], float(correlation[i, j]))
        for i in range(len(names))
        for j in range(i)
        if abs(correlation[i, j]) > STRONG_CORRELATION
    ]
    return tuple(sorted(found, key=lambda pair: -abs(pair[2])))
