"""From one curve per zone of the acinus to the curve an endpoint reads. Zone 1 is portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ZONE_WORDS", "join", "relative_to_start"]

ZONE_WORDS = ("each", "mean", "minimum", "maximum", "portal", "central")


def relative_to_start(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each curve divided by its own first sample: (..., T) dimensionless; NaN if that is zero."""
    start = values[..., :1]
    return np.divide(values, start, out=np.full(values.shape, np.nan), where=start != 0)


def join(values: NDArray[np.float64], zones: str | int, *, relative: bool) -> NDArray[np.float64]:
    """Return the curve or curves to read from one curve per zone.

    Parameters
    ----------
    values : (B, T, Z) array
        As a run gives them.
    zones : str or int
        ``each`` keeps every zone; ``mean``, ``minimum`` and ``maximum`` join them at each time; ``portal``,
        ``central`` or a number from 1 picks one.
    relative : bool
        Divide by the value at the start. The mean is compared with the mean at the start, as a biopsy of the
        whole liver would; for all others each zone is first compared with its own start, so that
        ``minimum`` is the worst any zone fared.

    Returns
    -------
    (B, T) array, or (B, Z, T) for ``each``
    """
    curves = np.moveaxis(values, -1, -2)
    if zones == "mean":
        mean = curves.mean(axis=-2)
        return relative_to_start(mean) if relative else mean
    if relative:
        curves = relative_to_start(curves)
    match zones:
        case "each":
            return curves
        case "minimum":
            return curves.min(axis=-2)
        case "maximum":
            return curves.max(axis=-2)
        case "portal":
            return curves[..., 0, :]
        case "central":
            return curves[..., -1, :]
        case _:
            return curves[..., int(zones) - 1, :]
