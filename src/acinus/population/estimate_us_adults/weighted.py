"""Quantiles, ranks and correlations of people who stand for different numbers of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["correlation", "mean", "quantiles", "ranks", "variance"]


def mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted mean."""
    return float(np.sum(values * weights) / np.sum(weights))


def variance(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted variance."""
    return mean((values - mean(values, weights)) ** 2, weights)


def quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], shares: ArrayLike
) -> NDArray[np.float64]:
    """Return the smallest values at or below which the given shares of people lie."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    places = np.searchsorted(below, np.asarray(shares) * below[-1] * (1 - 1e-12))
    return values[order][np.minimum(places, values.size - 1)]


def ranks(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each person the share of people below, half of those with the same value counted."""
    different, place = np.unique(values, return_inverse=True)
    together = np.bincount(place, weights=weights, minlength=different.size)
    return ((np.cumsum(together) - 0.5 * together) / together.sum())[place]


def correlation(one: NDArray[np.float64], other: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the weighted correlation."""
    together = mean((one - mean(one, weights)) * (other - mean(other, weights)), weights)
    return together / float(np.sqrt(variance(one, weights) * variance(other, weights)))
