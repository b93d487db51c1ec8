"""The nomogram of acetaminophen poisoning: a level at a known time after one ingestion, as its level at 4 h.

The lines of the nomogram are straight on a logarithmic axis. Their half-life, reference time and heights are
rows of the parameter tables (`nomogram_half_life`, `nomogram_reference_time`, `nomogram_line_100` ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "HALF_LIFE",
    "LAST_TIME",
    "LINES",
    "REFERENCE_TIME",
    "equivalent",
    "highest_line_exceeded",
    "line_level",
]

HALF_LIFE = "nomogram_half_life"
REFERENCE_TIME = "nomogram_reference_time"
LAST_TIME = "nomogram_last_time"
LINES = ("nomogram_line_100", "nomogram_line_150", "nomogram_line_200", "nomogram_line_300")


def equivalent(
    since_ingestion: NDArray[np.float64] | float,
    level: NDArray[np.float64],
    *,
    half_life: float,
    reference_time: float,
) -> NDArray[np.float64]:
    """Return the level at the reference time that lies on the same line of the nomogram.

    Parameters
    ----------
    since_ingestion : (T,) array or float, h
        Time after the one ingestion.
    level : (B, T) array, any unit of concentration
        Plasma level at those times.
    half_life, reference_time : float, h
        Of the nomogram, from the parameter tables.

    Returns
    -------
    (B, T) array, the unit of `level`

    Notes
    -----
    ``C4 = C(t) * 2 ** ((t - 4) / 4)`` with the usual reference time and half-life of 4 h.

    Examples
    --------
    A level of 50 mg/L at 12 h lies on the line of 200 mg/L at 4 h:

    >>> float(equivalent(12.0, np.array([50.0]), half_life=4.0, reference_time=4.0)[0])
    200.0
    """
    return level * np.exp2((np.asarray(since_ingestion) - reference_time) / half_life)


def line_level(
    since_ingestion: NDArray[np.float64], at_reference: float, *, half_life: float, reference_time: float
) -> NDArray[np.float64]:
    """Return the height of a line at times after ingestion: (T,) h -> (T,), in the unit of `at_reference`."""
    return at_reference * np.exp2(-(since_ingestion - reference_time) / half_life)


def highest_line_exceeded(equivalents: NDArray[np.float64], lines: Sequence[float]) -> NDArray[np.float64]:
    """Return the highest of the `lines` that each level exceeds, 0 below all, NaN for a NaN level.

    Examples
    --------
    >>> highest_line_exceeded(np.array([90.0, 150.0, 201.0]), [100.0, 150.0, 200.0])
    array([  0., 100., 200.])
    """
    heights = np.concatenate([[0.0], np.sort(np.asarray(lines, dtype=float))])
    position = np.searchsorted(heights[1:], equivalents, side="left")
    return np.where(np.isnan(equivalents), np.nan, heights[position])
