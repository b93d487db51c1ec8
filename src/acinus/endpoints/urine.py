"""What was excreted: a substance's share among all that was, or as a fraction of the dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fraction_of_dose", "share"]


def share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``part / whole`` for amounts of one unit: (B,) from 0 to 1; NaN where nothing was excreted.

    Examples
    --------
    >>> share(np.array([2.0, 0.0]), np.array([8.0, 0.0]))
    array([0.25,  nan])
    """
    return _quotient(part, whole)


def fraction_of_dose(amount: NDArray[np.float64], dosed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``amount / dosed``, both in mmol of the dosed molecule: (B,); NaN without a dose."""
    return _quotient(amount, dosed)


def _quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(
        part, whole, out=np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan), where=whole > 0
    )
