"""The design of a survey: weights, strata and primary sampling units, and the variance they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Design"]


@dataclass(frozen=True, slots=True)
class Design:
    """A stratified sample of clusters, drawn with replacement at the first stage.

    Built on the whole file. A subpopulation is a mask over its rows and never a shorter file, because the number of
    clusters met by chance is part of the uncertainty.

    Attributes
    ----------
    weights : (N,) array
        People that each row stands for; 0 where someone was not examined.
    stratum, psu : (N,) arrays of int
        Numbers of the row's stratum, 0 to H - 1, and of its primary sampling unit, 0 to K - 1, unique across strata.
    stratum_of_psu : (K,) array of int
    """

    weights: np.ndarray
    stratum: np.ndarray
    psu: np.ndarray
    stratum_of_psu: np.ndarray

    @classmethod
    def of(
        cls,
        weights: Sequence[float] | np.ndarray,
        strata: Sequence[float] | np.ndarray,
        psus: Sequence[float] | np.ndarray,
    ) -> Design:
        """Return the design of three columns of one file; unit numbers may repeat from stratum to stratum.

        A missing weight counts as 0.

        Raises
        ------
        ValueError
            For a missing stratum or unit, or a negative weight.
        """
        weight = np.nan_to_num(np.asarray(weights, dtype=float), nan=0.0)
        pairs = np.column_stack([np.asarray(strata, dtype=float), np.asarray(psus, dtype=float)])
        if not np.isfinite(pairs).all():
            raise ValueError("a row has no stratum or no primary sampling unit")
        if (weight < 0.0).any():
            raise ValueError("a weight is negative")
        units, psu = np.unique(pairs, axis=0, return_inverse=True)
        _, stratum_of_psu = np.unique(units[:, 0], return_inverse=True)
        psu = psu.reshape(-1)
        return cls(weight, stratum_of_psu[psu], psu, stratum_of_psu)

    @property
    def psus(self) -> int:
        """Return the number of primary sampling units."""
        return len(self.stratum_of_psu)

    @property
    def strata(self) -> int:
        """Return the number of strata."""
        return int(self.stratum_of_psu.max()) + 1

    @property
    def df(self) -> int:
        """Return the degrees of freedom of the design: units less strata."""
        return self.psus - self.strata

    def totals(self, influence: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return sums of (n, p) `influence` of `rows` by sampling unit, (K, p)."""
        return np.column_stack(
            [np.bincount(self.psu[rows], column, minlength=self.psus) for column in influence.T]
        )

    def lonely(self, rows: np.ndarray) -> np.ndarray:
        """Return the numbers of the strata in which only one sampling unit has any of `rows`."""
        return np.flatnonzero(self._met(rows) == 1)

    def _met(self, rows: np.ndarray) -> np.ndarray:
        return np.bincount(self.stratum_of_psu[np.unique(self.psu[rows])], minlength=self.strata)

    def covariance(self, influence: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the Taylor-linearised covariance of estimates whose influence values these are.

        A stratum in which one unit alone has rows is centred at the mean of all, which is zero for an influence
        function, and not at its own: the rule called "adjust" in the literature, applied to subpopulations too.

        Parameters
        ----------
        influence : (n, p) array
            Weighted influence of each row on each estimate; sums to zero over rows.
        rows : (n,) array of int
            Rows of the file that the subpopulation holds.

        Returns
        -------
        (p, p) array
        """
        totals = self.totals(influence, rows)
        size = np.bincount(self.stratum_of_psu, minlength=self.strata).astype(float)
        means = np.column_stack(
            [np.bincount(self.stratum_of_psu, column, minlength=self.strata) for column in totals.T]
        )
        means /= size[:, None]
        means[self._met(rows) <= 1] = 0.0
        scale = np.where(size > 1.0, size / np.maximum(size - 1.0, 1.0), 1.0)
        centred = (totals - means[self.stratum_of_psu]) * np.sqrt(scale[self.stratum_of_psu])[:, None]
        return centred.T @ centred
