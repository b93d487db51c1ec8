"""Several curves above their levels at nearly the same time: criteria that must all be met within some hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints.curve import check_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["exceed_together"]


def exceed_together(
    time: NDArray[np.float64], curves: Sequence[NDArray[np.float64]], levels: Sequence[float], span: float
) -> NDArray[np.float64]:
    """Return 1.0 for each individual whose curves are all above their levels within one stretch of time, else 0.0.

    Parameters
    ----------
    time : (T,) array, h
        Strictly increasing.
    curves : sequence of (B, T) arrays
        Each in its own unit.
    levels : sequence of float
        One a curve, in its unit; above is strictly above.
    span : float, h
        Longest time from the earliest to the latest of the samples that count; 0 asks for one moment.

    Returns
    -------
    (B,) array
        NaN where a curve has a NaN sample.

    Raises
    ------
    EndpointError
        AC710 if times do not increase or shapes do not match.

    Notes
    -----
    Only samples count: a criterion met between two samples and gone by the next is not seen.

    Examples
    --------
    Above at 0 h and at 12 h: together within a day, not at one moment.

    >>> t = np.array([0.0, 12.0, 24.0])
    >>> one, other = np.array([[2.0, 0.0, 0.0]]), np.array([[0.0, 2.0, 0.0]])
    >>> exceed_together(t, [one, other], [1.0, 1.0], 24.0), exceed_together(t, [one, other], [1.0, 1.0], 0.0)
    (array([1.]), array([0.]))
    """
    met = np.ones(np.shape(curves[0]), dtype=bool)
    unknown = np.zeros(met.shape[:-1], dtype=bool)
    for curve, level in zip(curves, levels, strict=True):
        check_curve(time, curve)
        latest = np.maximum.accumulate(np.where(curve > level, time, -np.inf), axis=-1)
        met &= time - latest <= span
        unknown |= np.isnan(curve).any(axis=-1)
    return np.where(unknown, np.nan, met.any(axis=-1))
