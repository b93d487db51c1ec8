"""Highest and lowest values of a curve, and when they are first reached.

Only samples count; no peak is invented between them. A curve has reached its extreme when it is within a
millionth of it: the solver knows no more digits, and a marker that never moved should not peak at random.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REACHED = 1e-6

__all__ = ["maximum", "minimum", "time_of_maximum", "time_of_minimum"]


def maximum(time: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each curve's highest sample: (T,) h and (B, T) -> (B,), in the unit of `values`."""
    del time
    return np.max(values, axis=-1)


def time_of_maximum(time: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return when each curve first reaches its highest sample: (T,) h and (B, T) -> (B,) h."""
    peak = maximum(time, values)[..., None]
    return _when(time, values, values >= peak - _REACHED * np.abs(peak))


def minimum(time: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each curve's lowest sample: (T,) h and (B, T) -> (B,), in the unit of `values`."""
    del time
    return np.min(values, axis=-1)


def time_of_minimum(time: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return when each curve first reaches its lowest sample: (T,) h and (B, T) -> (B,) h."""
    trough = minimum(time, values)[..., None]
    return _when(time, values, values <= trough + _REACHED * np.abs(trough))


def _when(
    time: NDArray[np.float64], values: NDArray[np.float64], reached: NDArray[np.bool_]
) -> NDArray[np.float64]:
    unknown = np.isnan(values).any(axis=-1)
    return np.where(unknown, np.nan, time[np.argmax(reached, axis=-1)])
