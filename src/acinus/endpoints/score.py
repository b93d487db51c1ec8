"""Scores made of several curves: a constant plus weighted logarithms, each curve counted from a floor upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["log_score"]


def log_score(
    curves: Sequence[NDArray[np.float64]],
    weights: Sequence[float],
    floors: Sequence[float],
    constant: float,
) -> NDArray[np.float64]:
    """Return ``constant + sum of weight * ln(curve / floor)``, a curve below its floor counting as the floor.

    Parameters
    ----------
    curves : sequence of (B, T) or (B,) arrays
        Each in its own unit.
    weights : sequence of float
        One a curve, dimensionless.
    floors : sequence of float
        One a curve, positive, in its unit.
    constant : float
        The score of someone with every curve at or below its floor.

    Returns
    -------
    (B, T) or (B,) array, dimensionless
        NaN where a curve is NaN.

    Examples
    --------
    At e times the floor a curve adds its weight; at half of it, nothing:

    >>> log_score([np.array([2 * np.e, 1.0])], [3.0], [2.0], 6.0)
    array([9., 6.])
    """
    score = np.full(np.shape(curves[0]), constant)
    for curve, weight, floor in zip(curves, weights, floors, strict=True):
        score = score + weight * np.log(np.maximum(curve, floor) / floor)
    return score
