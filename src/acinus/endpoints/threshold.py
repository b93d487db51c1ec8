"""Crossing a level: whether, when first, and for how long.

"Above" is strictly above, "below" strictly below. Crossings are interpolated by the rule of `curve`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints.curve import check_curve, falls_exponentially

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "duration_above",
    "duration_below",
    "exceeds",
    "falls_below",
    "first_time_above",
    "first_time_below",
]


def exceeds(time: NDArray[np.float64], values: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return 1.0 for each curve with a sample above `level`, else 0.0: (T,) h and (B, T) -> (B,).

    A curve with a NaN sample gives NaN: what was not computed did not stay below.
    """
    check_curve(time, values)
    return _known(values, (values > level).any(axis=-1).astype(float))


def falls_below(time: NDArray[np.float64], values: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return 1.0 for each curve with a sample below `level`, else 0.0: (T,) h and (B, T) -> (B,)."""
    check_curve(time, values)
    return _known(values, (values < level).any(axis=-1).astype(float))


def first_time_above(
    time: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """Return when each curve first rises above `level`, interpolated between samples.

    Parameters
    ----------
    time : (T,) array, h
    values : (B, T) array
    level : float
        In the unit of `values`.

    Returns
    -------
    (B,) array, h
        The first sample's time where the curve starts above; NaN where it never rises above.

    Examples
    --------
    >>> t = np.array([0.0, 10.0])
    >>> first_time_above(t, np.array([[0.0, 20.0], [0.0, 1.0]]), 5.0)
    array([2.5, nan])
    """
    check_curve(time, values)
    return _first(time, values, level, values > level)


def first_time_below(
    time: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """Return when each curve first falls below `level`, interpolated: (B, T) -> (B,) h, NaN if never."""
    check_curve(time, values)
    return _first(time, values, level, values < level)


def duration_above(
    time: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """Return for how long each curve is above `level`, with interpolated crossings: (B, T) -> (B,) h."""
    check_curve(time, values)
    return _known(values, _time_above(time, values, level))


def duration_below(
    time: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """Return for how long each curve is not above `level`: (T,) h and (B, T) -> (B,) h."""
    check_curve(time, values)
    return _known(values, (time[-1] - time[0]) - _time_above(time, values, level))


def _known(values: NDArray[np.float64], answer: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values).any(axis=-1), np.nan, answer)


def _crossing(before: NDArray[np.float64], after: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return where within each piece (0 to 1) it meets `level`, and nonsense where it does not."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        straight = (level - before) / (after - before)
        if level <= 0:
            return straight
        exponential = np.log(before / level) / np.log(before / after)
    return np.where(falls_exponentially(before, after), exponential, straight)


def _time_above(time: NDArray[np.float64], values: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    before, after = values[..., :-1], values[..., 1:]
    part = _crossing(before, after, level)
    starts, ends = before > level, after > level
    share = np.where(starts & ends, 1.0, 0.0)
    share = np.where(starts & ~ends, part, share)
    share = np.where(~starts & ends, 1.0 - part, share)
    return np.sum(share * np.diff(time), axis=-1)


def _first(
    time: NDArray[np.float64], values: NDArray[np.float64], level: float, beyond: NDArray[np.bool_]
) -> NDArray[np.float64]:
    index = np.argmax(beyond, axis=-1)
    right = np.maximum(index, 1)
    if time.size == 1:
        when = np.broadcast_to(time[0], index.shape)
    else:
        before = np.take_along_axis(values, (right - 1)[..., None], axis=-1)[..., 0]
        after = np.take_along_axis(values, right[..., None], axis=-1)[..., 0]
        part = _crossing(before, after, level)
        crossed = time[right - 1] + part * (time[right] - time[right - 1])
        when = np.where(index == 0, time[0], crossed)
    return _known(values, np.where(beyond.any(axis=-1), when, np.nan))
