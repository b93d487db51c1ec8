"""Correlation between columns: a Gaussian copula over distributions that stay as they are.

Uniform numbers become normal scores, the scores are mixed to the correlation asked for, and become uniform numbers
again. The rank correlation of what is drawn is the one written, whatever the distributions are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.population.stream import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Copula", "copula_of_ranks", "pearson_of_rank", "rank_of_pearson"]

# Eigenvalues that nearest matrices are lifted to: small against any correlation, large against rounding.
_SMALLEST_EIGENVALUE = 1e-6
_ROUNDS = 500
_SETTLED = 1e-9


@dataclass(frozen=True, slots=True)
class Copula:
    """How columns hang together.

    Attributes
    ----------
    names : tuple of str
        In the order in which they are mixed: the first keeps its own numbers.
    weights : tuple of tuples of float
        Row k holds the weights of the own scores of columns 0 to k in the score of column k.
    moved : float
        Largest change of a rank correlation that was needed for all of them to hold together; 0 if none was.
    """

    names: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    moved: float

    def mixed(self, own: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """Return uniform numbers that are correlated: each column's own, (n,) within (0, 1) -> the same."""
        from scipy.special import ndtr, ndtri

        scores = [ndtri(own[name]) for name in self.names]
        result = {}
        for name, row in zip(self.names, self.weights, strict=True):
            alone = len([weight for weight in row if weight != 0]) == 1
            if alone:
                result[name] = own[name]
                continue
            # Added one after the other: a matrix product may round differently for another number of people.
            score = row[0] * scores[0]
            for weight, other in zip(row[1:], scores[1:], strict=False):
                if weight != 0:
                    score = score + weight * other
            result[name] = np.clip(ndtr(score), 1.0 - HIGHEST, HIGHEST)
        return result

    def rank(self, one: str, other: str) -> float:
        """Return the rank correlation of two columns as it is drawn."""
        rows = {name: np.array(row) for name, row in zip(self.names, self.weights, strict=True)}
        shorter = min(rows[one].size, rows[other].size)
        return rank_of_pearson(float(rows[one][:shorter] @ rows[other][:shorter]))


def pearson_of_rank(rank: float) -> float:
    """Return the correlation of normal scores whose rank correlation is `rank`.

    Examples
    --------
    >>> round(pearson_of_rank(0.4), 4)
    0.4158
    """
    return 2.0 * math.sin(math.pi * rank / 6.0)


def rank_of_pearson(correlation: float) -> float:
    """Return the rank correlation of normal scores with this correlation."""
    return 6.0 / math.pi * math.asin(correlation / 2.0)


def copula_of_ranks(names: Sequence[str], ranks: Mapping[tuple[str, str], float]) -> Copula:
    """Return the copula of some rank correlations; pairs that are not named have none.

    If no table of correlations can hold them all, the nearest that can is taken and `Copula.moved` says how far it is;
    whether that is near enough is the caller's to judge.
    """
    place = {name: k for k, name in enumerate(names)}
    wanted = np.eye(len(names))
    for (one, other), rank in ranks.items():
        wanted[place[one], place[other]] = wanted[place[other], place[one]] = pearson_of_rank(rank)
    matrix, moved = wanted, 0.0
    if np.linalg.eigvalsh(wanted)[0] < _SMALLEST_EIGENVALUE:
        matrix = _nearest_correlation(wanted)
        moved = max(
            abs(rank_of_pearson(float(a)) - rank_of_pearson(float(b)))
            for a, b in zip(matrix.ravel(), np.clip(wanted, -1, 1).ravel(), strict=True)
        )
    factor = np.linalg.cholesky(matrix)
    rows = tuple(tuple(row[: k + 1]) for k, row in enumerate(factor.tolist()))
    return Copula(tuple(names), rows, moved)


def _nearest_correlation(wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest positive definite matrix with ones on its diagonal (Higham's alternating projections)."""
    matrix, correction = wanted.copy(), np.zeros_like(wanted)
    for _ in range(_ROUNDS):
        before = matrix
        values, vectors = np.linalg.eigh(matrix - correction)
        projected = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
        correction = projected - (matrix - correction)
        matrix = projected.copy()
        np.fill_diagonal(matrix, 1.0)
        if np.abs(matrix - before).max() < _SETTLED:
            break
    values, vectors = np.linalg.eigh(matrix)
    lifted = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
    scale = 1.0 / np.sqrt(np.diag(lifted))
    return lifted * scale[:, None] * scale[None, :]
