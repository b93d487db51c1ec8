"""How far predictions lie from measurements: fold errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fold_errors", "geometric_mean_fold_error", "share_within_fold"]


def fold_errors(observed: NDArray[np.float64], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many times each prediction is too high or too low, at least 1.

    Parameters
    ----------
    observed, predicted : (N,) array
        In one unit; `observed` above zero.

    Returns
    -------
    (N,) array
        ``max(p/o, o/p)``; infinite where nothing was predicted although something was measured.

    Examples
    --------
    >>> fold_errors(np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 1.0]))
    array([2., 1., 4.])
    """
    with np.errstate(divide="ignore"):
        ratio = np.where(predicted > 0, predicted / observed, 0.0)
        return np.where(ratio > 0, np.maximum(ratio, 1.0 / ratio), np.inf)


def geometric_mean_fold_error(folds: NDArray[np.float64]) -> float:
    """Return the geometric mean of fold errors, NaN for none.

    Examples
    --------
    >>> geometric_mean_fold_error(np.array([1.0, 4.0]))
    2.0
    """
    return float(np.exp(np.mean(np.log(folds)))) if folds.size else float("nan")


def share_within_fold(folds: NDArray[np.float64], limit: float) -> float:
    """Return the share of fold errors that are at most `limit`, NaN for none."""
    # Exactly twice the measurement counts as within; the last bit of a division must not decide.
    return float(np.mean(folds <= limit * (1 + 1e-12))) if folds.size else float("nan")
