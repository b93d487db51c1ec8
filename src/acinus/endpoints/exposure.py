"""How much of a substance a body was exposed to, and how fast it left: area under the curve and half-life."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints.curve import check_curve, falls_exponentially

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["area", "half_life", "log_slope"]


def area(time: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area under each curve over all its samples, "linear up, logarithmic down".

    Parameters
    ----------
    time : (T,) array, h
        Strictly increasing.
    values : (B, T) array, any unit
        One row per individual.

    Returns
    -------
    (B,) array, unit * h
        NaN where a sample is NaN.

    Raises
    ------
    EndpointError
        AC710 if times do not increase or shapes do not match.

    Notes
    -----
    A falling positive piece from ``a`` to ``b`` is exponential, of area ``(a - b) * dt / log(a / b)``;
    pieces that rise, stay level or touch zero are straight. Exact for an exponential decay.

    Examples
    --------
    >>> area(np.array([0.0, 1.0, 4.0]), np.array([[10.0, 10.0, 10.0]]))
    array([40.])
    """
    check_curve(time, values)
    before, after = values[..., :-1], values[..., 1:]
    step = np.diff(time)
    drop = before - after
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        relative = drop / after
        # log1p keeps its digits on an almost level piece, the difference of logarithms on a steep one.
        log_ratio = np.where(relative < 1, np.log1p(relative), np.log(before) - np.log(after))
        falling = drop * step / log_ratio
    straight = 0.5 * (before + after) * step
    return np.sum(np.where(falls_exponentially(before, after), falling, straight), axis=-1)


def half_life(
    time: NDArray[np.float64], values: NDArray[np.float64], level: float = -math.inf
) -> NDArray[np.float64]:
    """Return the half-life of each curve: least-squares line through the logarithms of its samples.

    Parameters
    ----------
    time : (T,) array, h
        The window of the fit, already cut.
    values : (B, T) array, any unit
    level : float, unit of `values`
        Only samples above it are fitted, as where an assay can tell no less; all of them by default.

    Returns
    -------
    (B,) array, h
        NaN where a fitted sample is not positive, where the line does not fall, or where there is only one sample.

    Examples
    --------
    >>> t = np.array([0.0, 1.0, 2.0, 5.0])
    >>> half_life(t, 8.0 * 2.0 ** (-t[None, :] / 2.5)).round(12)
    array([2.5])
    >>> half_life(t, np.array([[8.0, 4.0, 2.0, 1.9]]), level=1.95).round(12)
    array([1.])
    """
    check_curve(time, values)
    slope = log_slope(time, values, ~(values <= level))  # what is not a number stays
    return np.where(slope < 0, math.log(2) / -slope, np.nan)


def log_slope(
    time: NDArray[np.float64], values: NDArray[np.float64], used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the least-squares slope of ``log(values)`` against time over the samples that are `used`.

    Parameters
    ----------
    time : (T,) array, h
    values : (B, T) array
    used : (B, T) array of bool
        Which samples count for which individual.

    Returns
    -------
    (B,) array, 1/h
        NaN where fewer than two samples are used, where one of them is not positive, or where the slope is 0.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        logs = np.where(used, np.log(np.where(values > 0, values, np.nan)), 0.0)
        count = used.sum(axis=-1)
        mean_time = (used * time).sum(axis=-1) / count
        away = np.where(used, time - mean_time[..., None], 0.0)
        slope = (away * logs).sum(axis=-1) / (away**2).sum(axis=-1)
    return np.where((count >= 2) & np.isfinite(slope) & (slope != 0), slope, np.nan)
