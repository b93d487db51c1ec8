"""Differences between two shares of the same people, with a confidence interval that knows they are paired."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["PairedDifference", "paired_difference"]


@dataclass(frozen=True)
class PairedDifference:
    """How much more often something happened to the same people one way than another.

    Attributes
    ----------
    value, low, high : float
        Share one way less share the other way, and its interval; from -1 to 1.
    only_first, only_second, of : int
        To how many it happened only the first way, only the second way, and how many there are.
    confidence : float
    """

    value: float
    low: float
    high: float
    only_first: int
    only_second: int
    of: int
    confidence: float


def paired_difference(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> PairedDifference:
    """Return the difference of two shares of the same people with its score interval.

    Parameters
    ----------
    first, second : (n,) arrays of 0 and 1
        Whether it happened to each person, one way and the other.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    PairedDifference

    Raises
    ------
    ValueError
        If the arrays are empty, differ in length, or hold anything but 0 and 1.

    Notes
    -----
    Method 10 of Newcombe (Stat Med 1998;17:2635): Wilson's intervals of the two shares are combined with the
    correlation of the pairs, which is shrunk by half a pair where it is positive. It stays within -1 and 1 and has
    a width also when no pair differs.

    Examples
    --------
    >>> found = paired_difference([1, 1, 0, 0], [1, 0, 0, 0])
    >>> found.value, found.only_first, found.only_second
    (0.25, 1, 0)
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.ndim != 1 or one.shape != other.shape or one.size == 0:
        raise ValueError(f"{one.shape} and {other.shape} are not pairs")
    if not np.isin(np.concatenate([one, other]), (0.0, 1.0)).all():
        raise ValueError("an answer is neither 0 nor 1")
    n = one.size
    both = int(np.sum((one == 1) & (other == 1)))
    only_first, only_second = int(np.sum((one == 1) & (other == 0))), int(np.sum((one == 0) & (other == 1)))
    neither = n - both - only_first - only_second
    p, q = (both + only_first) / n, (both + only_second) / n
    (p_low, p_high), (q_low, q_high) = (_wilson(share, n, confidence) for share in (p, q))
    phi = _correlation(both, only_first, only_second, neither, n)
    difference = p - q
    below = (p - p_low) ** 2 - 2 * phi * (p - p_low) * (q_high - q) + (q_high - q) ** 2
    above = (p_high - p) ** 2 - 2 * phi * (p_high - p) * (q - q_low) + (q - q_low) ** 2
    low, high = difference - math.sqrt(max(0.0, below)), difference + math.sqrt(max(0.0, above))
    return PairedDifference(difference, low, high, only_first, only_second, n, confidence)


def _wilson(share: float, n: int, confidence: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - half, centre + half


def _correlation(both: int, only_first: int, only_second: int, neither: int, n: int) -> float:
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    covariance = both * neither - only_first * only_second
    if covariance > 0:
        covariance = max(covariance - n / 2, 0.0)
    return covariance / math.sqrt(margins)
