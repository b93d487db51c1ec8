"""How fast a marker of injury rises to its peak and falls after it: doubling time and half-life of decay.

Both fit a line through the logarithms of the samples on one side of the highest sample, between two shares of
the peak. The shares keep the flat foot and the rounded top out of the fit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints.curve import check_curve
from acinus.endpoints.exposure import log_slope

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decay_half_life", "doubling_time"]


def doubling_time(
    time: NDArray[np.float64], values: NDArray[np.float64], lower: float = 0.0, upper: float = 1.0
) -> NDArray[np.float64]:
    """Return the doubling time of each curve on its way up to its highest sample.

    Parameters
    ----------
    time : (T,) array, h
    values : (B, T) array, any unit
        Positive where it is fitted.
    lower, upper : float
        Only samples between these shares of the peak are fitted; all of them by default.

    Returns
    -------
    (B,) array, h
        NaN where fewer than two samples lie there or the line does not rise.

    Examples
    --------
    >>> t = np.arange(5.0)
    >>> doubling_time(t, np.array([[1.0, 2.0, 4.0, 8.0, 3.0]])).round(12)
    array([1.])
    """
    check_curve(time, values)
    slope = log_slope(time, values, _side(time, values, lower, upper, rising=True))
    return np.where(slope > 0, math.log(2) / slope, np.nan)


def decay_half_life(
    time: NDArray[np.float64], values: NDArray[np.float64], lower: float = 0.0, upper: float = 1.0
) -> NDArray[np.float64]:
    """Return the half-life of each curve after its highest sample; arguments and NaN as in `doubling_time`.

    Examples
    --------
    >>> t = np.arange(5.0)
    >>> decay_half_life(t, np.array([[1.0, 64.0, 16.0, 4.0, 1.0]])).round(12)
    array([0.5])
    """
    check_curve(time, values)
    slope = log_slope(time, values, _side(time, values, lower, upper, rising=False))
    return np.where(slope < 0, math.log(2) / -slope, np.nan)


def _side(
    time: NDArray[np.float64], values: NDArray[np.float64], lower: float, upper: float, *, rising: bool
) -> NDArray[np.bool_]:
    peak_index = np.argmax(values, axis=-1)[..., None]
    peak = np.take_along_axis(values, peak_index, axis=-1)
    position = np.arange(time.size)
    inside = (values >= lower * peak) & (values <= upper * peak)
    return inside & ((position <= peak_index) if rising else (position >= peak_index))
