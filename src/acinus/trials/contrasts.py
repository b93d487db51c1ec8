"""The same people in two arms: differences and ratios of shares, and mean differences of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.paired import paired_difference
from acinus.trials.results import Contrast

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["contrast_numbers", "contrast_shares", "paired_ratio"]


def contrast_shares(
    measured: str,
    names: tuple[str, str],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    confidence: float,
) -> tuple[Contrast, ...]:
    """Return difference and ratio of the shares of people with readings in both arms; nothing without such people.

    Parameters
    ----------
    measured : str
    names : (str, str)
        Of the arms.
    first, second : (n,) arrays of 0, 1 and NaN
    confidence : float
    """
    both = np.isfinite(first) & np.isfinite(second)
    if not both.any():
        return ()
    one, other = first[both], second[both]
    difference = paired_difference(one, other, confidence)
    ratio, low, high = paired_ratio(one, other, confidence)
    counts = (difference.of, difference.only_first, difference.only_second)
    return (
        Contrast(
            measured, *names, "difference", difference.value, difference.low, difference.high, "", *counts
        ),
        Contrast(measured, *names, "ratio", ratio, low, high, "", *counts),
    )


def paired_ratio(
    first: NDArray[np.float64], second: NDArray[np.float64], confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return the ratio of two shares of the same people with its interval.

    Parameters
    ----------
    first, second : (n,) arrays of 0 and 1
    confidence : float

    Returns
    -------
    (ratio, low, high)
        NaN where a share is zero and the logarithm does not exist; no interval where nobody differs, since this
        variance is then zero.

    Notes
    -----
    With `b` and `c` people to whom it happened in one arm only and `x`, `y` in each, the logarithm of ``x / y`` has
    the variance ``(b + c) / (x y)`` by the delta method for matched pairs.

    Examples
    --------
    Of four people it happens to all one way and to two of them the other:

    >>> ratio, low, high = paired_ratio(np.ones(4), np.array([1.0, 1.0, 0.0, 0.0]))
    >>> ratio, round(low, 3), round(high, 3)
    (2.0, 0.751, 5.329)
    """
    from scipy.special import ndtri

    x, y = float(first.sum()), float(second.sum())
    if y == 0.0:
        return math.nan, math.nan, math.nan
    if x == 0.0:
        return 0.0, math.nan, math.nan
    discordant = float(np.sum(first != second))
    if discordant == 0.0:
        return 1.0, math.nan, math.nan
    spread = float(ndtri((1 + confidence) / 2)) * math.sqrt(discordant / (x * y))
    return x / y, x / y * math.exp(-spread), x / y * math.exp(spread)


def contrast_numbers(
    measured: str,
    names: tuple[str, str],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    unit: str,
    confidence: float,
) -> tuple[Contrast, ...]:
    """Return the mean difference of a number within people who have it in both arms, with Student's interval.

    Parameters are those of `contrast_shares`; the arrays are numbers in `unit`, NaN for who has none.
    """
    from scipy.stats import t as student

    both = np.isfinite(first) & np.isfinite(second)
    n = int(both.sum())
    if n == 0:
        return ()
    differences = first[both] - second[both]
    mean = float(differences.mean())
    half = math.nan
    if n > 1:
        error = float(differences.std(ddof=1)) / math.sqrt(n)
        half = float(student.ppf((1 + confidence) / 2, n - 1)) * error
    return (Contrast(measured, *names, "mean difference", mean, mean - half, mean + half, unit, n),)
