"""Means, shares and quantiles of a subpopulation, with design-based errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from acinus.evidence.survey.design import Design

__all__ = ["Reading", "critical", "mean", "quantile", "share", "weighted_quantile"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A number read off a subpopulation.

    Attributes
    ----------
    value, standard_error, low, high : float
        95 % interval by Student's t with the design's degrees of freedom.
    n : int
        Rows with a positive weight.
    """

    value: float
    standard_error: float
    low: float
    high: float
    n: int


def critical(df: float) -> float:
    """Return Student's 0.975 quantile."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))


def mean(design: Design, values: np.ndarray, rows: np.ndarray) -> Reading:
    """Return the weighted mean of `values` (N,) over `rows`."""
    value, error = _mean_and_error(design, values, rows)
    half = critical(design.df) * error
    return Reading(value, error, value - half, value + half, _count(design, rows))


def share(design: Design, holds: np.ndarray, rows: np.ndarray) -> Reading:
    """Return the weighted share of `rows` for which `holds` (N,), its interval computed on the scale of the logit."""
    value, error = _mean_and_error(design, holds.astype(float), rows)
    if not 0.0 < value < 1.0:
        return Reading(value, error, value, value, _count(design, rows))
    logit = np.log(value / (1.0 - value))
    half = critical(design.df) * error / (value * (1.0 - value))
    low, high = 1.0 / (1.0 + np.exp(-(logit + np.array([-half, half]))))
    return Reading(value, error, float(low), float(high), _count(design, rows))


def quantile(design: Design, values: np.ndarray, rows: np.ndarray, probability: float) -> Reading:
    """Return a quantile with Woodruff's interval; its error is the interval's width over twice Student's t."""
    chosen, weights = values[rows], design.weights[rows]
    value = weighted_quantile(chosen, weights, probability)
    reached, error = _mean_and_error(design, (values <= value).astype(float), rows)
    factor = critical(design.df)
    ends = [reached - factor * error, reached + factor * error]
    low, high = (
        weighted_quantile(chosen, weights, end) if 0.0 <= end <= 1.0 else float("nan") for end in ends
    )
    return Reading(value, (high - low) / (2.0 * factor), low, high, _count(design, rows))


def weighted_quantile(values: np.ndarray, weights: np.ndarray, probability: float) -> float:
    """Return the inverse of the weighted distribution function: the least value at which it reaches `probability`."""
    held = weights > 0.0
    values, weights = values[held], weights[held]
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    # The last sum may fall short of the total by rounding.
    place = min(int(np.searchsorted(reached, probability * reached[-1])), len(order) - 1)
    return float(values[order][place])


def _mean_and_error(design: Design, values: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    weights = design.weights[rows]
    total = weights.sum()
    value = float(weights @ values[rows] / total)
    influence = (weights * (values[rows] - value) / total)[:, None]
    return value, float(np.sqrt(design.covariance(influence, rows)[0, 0]))


def _count(design: Design, rows: np.ndarray) -> int:
    return int((design.weights[rows] > 0.0).sum())
