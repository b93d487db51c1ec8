"""Columns that follow from others: body weight from BMI and height, the time of treatment from two delays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Derived", "Product", "Total"]


class Derived(Protocol):
    """A column that follows from others."""

    @property
    def name(self) -> str:
        """Return the name of the column."""
        ...

    def values(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the column: columns of (n,) -> (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Product:
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


@dataclass(frozen=True, slots=True)
class Total:
    """A column that is the sum of others.

    Attributes
    ----------
    name : str
    scales : mapping from column to float
        Turns the unit of each into that of the sum.
    """

    name: str
    scales: Mapping[str, float]

    def values(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the column: columns of (n,) -> (n,)."""
        result: NDArray[np.float64] | float = 0.0
        for name, scale in self.scales.items():
            result = result + scale * columns[name]
        return np.asarray(result, dtype=np.float64)
