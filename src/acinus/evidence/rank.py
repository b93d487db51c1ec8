"""How well a number tells those with an outcome from those without: the area under the ROC curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["area_under_roc"]


def area_under_roc(predictor: NDArray[np.float64], outcome: NDArray[np.bool_]) -> float:
    """Return the share of pairs, one with and one without the outcome, in which the former is higher.

    Parameters
    ----------
    predictor : (B,) array
        Finite.
    outcome : (B,) array of bool

    Returns
    -------
    float
        0.5 for a useless predictor; ties count half. NaN if everybody or nobody has the outcome.

    Examples
    --------
    >>> area_under_roc(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True]))
    0.75
    """
    from scipy.stats import rankdata

    with_it, without = int(outcome.sum()), int((~outcome).sum())
    if not with_it or not without:
        return float("nan")
    ranks = rankdata(predictor)
    return float((ranks[outcome].sum() - with_it * (with_it + 1) / 2) / (with_it * without))
