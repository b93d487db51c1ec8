"""Restricted cubic splines: smooth between knots, straight lines beyond the outer ones."""

from __future__ import annotations

import numpy as np

__all__ = ["KNOT_SHARES", "restricted_cubic"]

KNOT_SHARES = (0.05, 0.35, 0.65, 0.95)
"""Quantiles at which four knots stand (Harrell, Regression Modeling Strategies)."""


def restricted_cubic(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return the K - 2 nonlinear columns (n, K - 2) of a spline with K knots, in the unit of `values`.

    The linear column is `values` itself. Columns are divided by the square of the distance of the outer knots.
    """
    last, before = knots[-1], knots[-2]
    cubed = np.maximum(values[:, None] - knots, 0.0) ** 3
    inner = knots[:-2]
    first = cubed[:, :-2]
    first = first - cubed[:, [-2]] * (last - inner) / (last - before)
    first = first + cubed[:, [-1]] * (before - inner) / (last - before)
    return first / (last - knots[0]) ** 2
