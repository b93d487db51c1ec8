"""Columns that follow from others: products of powers, such as body weight from BMI and height."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Derived"]


@dataclass(frozen=True, slots=True)
class Derived:
    """A column that is ``scale`` times a product of powers of other columns.

    Attributes
    ----------
    name : str
    powers : mapping from column to float
    scale : float
        With the units of all columns taken into account.
    """

    name: str
    powers: Mapping[str, float]
    scale: float

    def values(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the column: columns of (n,) -> (n,)."""
        result: NDArray[np.float64] | float = self.scale
        for name, power in self.powers.items():
            result = result * np.power(columns[name], power)
        return np.asarray(result, dtype=np.float64)
