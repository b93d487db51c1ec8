"""Distributions as records: from a uniform number to a value, by the inverse of the distribution function.

The inverse makes truncation exact (no redrawing, so one number per person suffices) and keeps order: a person
with a higher uniform number has a higher value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Choice",
    "Distribution",
    "Fixed",
    "LogNormal",
    "Normal",
    "Quantiles",
    "Uniform",
    "log_sd_of_cv",
]


class Distribution(Protocol):
    """Anything that turns uniform numbers into values."""

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values below which these shares of people lie: (n,) within (0, 1) -> (n,)."""
        ...

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same value for everyone."""

    value: float

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value for everyone: (n,) -> (n,)."""
        return np.full(probability.shape, self.value)

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        return float(low <= self.value <= high)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value between two bounds alike."""

    low: float
    high: float

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values below which these shares of people lie: (n,) -> (n,)."""
        return self.low + (self.high - self.low) * probability

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        return max(0.0, min(high, self.high) - max(low, self.low)) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Normal:
    """A bell around the mean, cut off at `low` and `high`; mean and sd are those before the cut."""

    mean: float
    sd: float
    low: float = -math.inf
    high: float = math.inf

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values below which these shares of people lie: (n,) -> (n,)."""
        if self.sd == 0:
            return np.full(probability.shape, self.mean)
        scores = _normal_scores(
            probability, (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd
        )
        return np.clip(self.mean + self.sd * scores, self.low, self.high)

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        if self.sd == 0:
            return float(low <= self.mean <= high)
        return _share((low - self.mean) / self.sd, (high - self.mean) / self.sd)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A bell of the logarithm, cut off at `low` and `high`; median and log_sd are those before the cut."""

    median: float
    log_sd: float
    low: float = 0.0
    high: float = math.inf

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values below which these shares of people lie: (n,) -> (n,)."""
        if self.log_sd == 0:
            return np.full(probability.shape, self.median)
        lowest = math.log(self.low / self.median) / self.log_sd if self.low > 0 else -math.inf
        highest = math.log(self.high / self.median) / self.log_sd
        scores = _normal_scores(probability, lowest, highest)
        return np.clip(self.median * np.exp(self.log_sd * scores), self.low, self.high)

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        if self.log_sd == 0:
            return float(low <= self.median <= high)
        lowest = math.log(low / self.median) / self.log_sd if low > 0 else -math.inf
        return _share(lowest, math.log(high / self.median) / self.log_sd if high > 0 else -math.inf)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, each with its share of people; the shares add up to 1."""

    values: tuple[float, ...]
    shares: tuple[float, ...]

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each person's value, in the order of the list: (n,) -> (n,)."""
        borders = np.cumsum(self.shares)[:-1]
        return np.asarray(self.values, dtype=np.float64)[np.searchsorted(borders, probability, side="right")]

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        return sum(
            share for value, share in zip(self.values, self.shares, strict=True) if low <= value <= high
        )


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A distribution as it was measured: values below which given shares lie, straight lines between them.

    `shares` rise strictly from 0 to 1; `values` never fall, and stay where many people have one value.
    """

    shares: tuple[float, ...]
    values: tuple[float, ...]

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values below which these shares of people lie: (n,) -> (n,)."""
        return np.interp(probability, self.shares, self.values)

    def share_between(self, low: float, high: float) -> float:
        """Return the share of people, before any cut, between two values."""
        return self._share_below(high, "right") - self._share_below(low, "left")

    def _share_below(self, value: float, side: Literal["left", "right"]) -> float:
        at = int(np.searchsorted(self.values, value, side=side))
        if at in (0, len(self.values)):
            return 0.0 if at == 0 else 1.0
        (left, right), (lower, upper) = self.shares[at - 1 : at + 1], self.values[at - 1 : at + 1]
        return left + (right - left) * (value - lower) / (upper - lower)


def log_sd_of_cv(cv: float) -> float:
    """Return the standard deviation of the logarithm of a lognormal with this coefficient of variation.

    Examples
    --------
    >>> round(log_sd_of_cv(0.3), 6)
    0.29356
    """
    return math.sqrt(math.log1p(cv * cv))


def _share(low: float, high: float) -> float:
    """Return the share of the standard normal between two scores."""
    from scipy.special import ndtr

    return float(ndtr(-low) - ndtr(-high)) if low > 0 else float(ndtr(high) - ndtr(low))


def _normal_scores(probability: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return quantiles of the standard normal between two scores: (n,) -> (n,)."""
    from scipy.special import ndtr, ndtri

    if low > 0:
        # Above the mean the distribution function nears 1 and loses its digits; its mirror image does not.
        return -_normal_scores(1.0 - probability, -high, -low)
    below_low, below_high = ndtr(low), ndtr(high)
    return np.asarray(ndtri(below_low + probability * (below_high - below_low)), dtype=np.float64)
