"""A sampled curve between its samples: one rule of interpolation, used by every measure of this room.

The rule ("linear up, logarithmic down"): between two samples a curve that falls and stays positive falls
exponentially; every other piece is straight. Windows cut with the same rule, so areas of neighbouring windows
add up to the area of both as long as the curve stays positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, EndpointError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["INTERPOLATION", "check_curve", "cut", "falls_exponentially", "value_at"]

INTERPOLATION = "between samples: exponential where the curve falls and is positive, straight elsewhere"


def check_curve(time: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Refuse a curve whose times do not increase or do not match its values.

    Parameters
    ----------
    time : (T,) array, h
        Sampling times.
    values : (B, T) array, any unit
        One row per individual; further leading axes (zones) are welcome in every measure of this room.

    Raises
    ------
    EndpointError
        AC710 if `time` is empty or does not strictly increase, or does not fit the last axis of `values`.
    """
    problem = ""
    if time.ndim != 1 or time.size == 0:
        problem = f"times must be one row of at least one sample, not shape {time.shape}"
    elif values.ndim < 1 or values.shape[-1] != time.size:
        problem = f"{time.size} times do not fit values of shape {values.shape}"
    elif not bool(np.all(np.diff(time) > 0)):
        first = int(np.argmin(np.diff(time) > 0))
        problem = f"times do not increase: {time[first + 1]:g} h follows {time[first]:g} h"
    if problem:
        raise EndpointError(
            Diagnostic(Code.CURVE_MALFORMED, problem, None, "", "Give strictly increasing times.")
        )


def falls_exponentially(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say for each piece whether the exponential rule holds: it falls and stays positive."""
    return (after > 0) & (after < before)


def value_at(
    time: NDArray[np.float64], values: NDArray[np.float64], at: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each curve's value at one time within the samples, in the unit of `values`.

    Parameters
    ----------
    time : (T,) array, h
        Strictly increasing.
    values : (B, T) array
        One row per individual.
    at : float or (B,) array, h
        From ``time[0]`` to ``time[-1]``; the caller has checked it. At a sample, that sample. NaN gives NaN.

    Returns
    -------
    (B,) array

    Examples
    --------
    Halfway between 8 and 2 an exponential stands at their geometric mean:

    >>> float(value_at(np.array([0.0, 2.0]), np.array([[8.0, 2.0]]), 1.0)[0])
    4.0
    """
    # One time per individual stands beside further axes of the curves (zones) without meeting them.
    lead = values.shape[:-1]
    when = np.broadcast_to(np.reshape(at, (-1, *[1] * (len(lead) - 1))), lead)
    if time.size == 1:
        return np.where(np.isnan(when), np.nan, values[..., 0])
    right = np.clip(np.searchsorted(time, when, side="left"), 1, time.size - 1)
    before = np.take_along_axis(values, (right - 1)[..., None], axis=-1)[..., 0]
    after = np.take_along_axis(values, right[..., None], axis=-1)[..., 0]
    part = (when - time[right - 1]) / (time[right] - time[right - 1])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        exponential = before * (after / before) ** part
    between = np.where(falls_exponentially(before, after), exponential, before + (after - before) * part)
    return np.where(part == 0, before, np.where(part == 1, after, between))


def cut(
    time: NDArray[np.float64], values: NDArray[np.float64], start: float, end: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the part of each curve from `start` to `end`, with interpolated samples at both edges.

    Parameters
    ----------
    time : (T,) array, h
    values : (B, T) array
    start, end : float, h
        ``time[0] <= start <= end <= time[-1]``; the caller has checked it.

    Returns
    -------
    (S,) array, h and (B, S) array
    """
    first = int(np.searchsorted(time, start, side="right"))
    last = int(np.searchsorted(time, end, side="left"))
    pieces = [value_at(time, values, start)[..., None], values[..., first:last]]
    times = [np.array([start]), time[first:last]]
    if end > start:
        pieces.append(value_at(time, values, end)[..., None])
        times.append(np.array([end]))
    return np.concatenate(times), np.concatenate(pieces, axis=-1)
