"""Linear and logistic regression by pseudo-likelihood, with influence values for design-based errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.evidence.survey.design import Design

__all__ = ["Fit", "Solved", "design_based", "linear", "linear_coefficients", "logistic", "singular", "wald"]

_STEPS = 60
_SETTLED = 1e-11
# Once the variance of everyone's outcome is this small, the likelihood has no maximum.
_CERTAIN = 1e-6


@dataclass(frozen=True, slots=True)
class Solved:
    """The solution of weighted estimating equations.

    Attributes
    ----------
    coefficients : (p,) array
    influence : (n, p) array
        How much each row moves each coefficient, its weight included.
    """

    coefficients: np.ndarray
    influence: np.ndarray


@dataclass(frozen=True, slots=True)
class Fit:
    """A regression with its design-based covariance.

    Attributes
    ----------
    names : tuple of str
    coefficients : (p,) array
    covariance : (p, p) array
    n : int
    events : int or None
        Where the outcome is an event: how many rows have it.
    df : int
        Of the design.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    n: int
    events: int | None
    df: int

    def of(self, name: str) -> tuple[float, float]:
        """Return the coefficient of that name and its standard error."""
        place = self.names.index(name)
        return float(self.coefficients[place]), float(np.sqrt(self.covariance[place, place]))


def linear_coefficients(outcome: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the coefficients (p,) of `linear` without the influence of rows; weights may be 0."""
    weighted = columns * weights[:, None]
    return _solve(columns.T @ weighted, outcome @ weighted)


def linear(outcome: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> Solved:
    """Return weighted least squares of (n,) `outcome` on (n, p) `columns`, which hold their own intercept."""
    scaled = weights / weights.mean()
    information = columns.T @ (columns * scaled[:, None])
    coefficients = _solve(information, columns.T @ (scaled * outcome))
    scores = columns * (scaled * (outcome - columns @ coefficients))[:, None]
    return Solved(coefficients, _solve(information, scores.T).T)


def logistic(outcome: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> Solved:
    """Return the weighted maximum of the binomial likelihood for an outcome of 0 and 1, by Newton's method.

    Raises
    ------
    RequestError
        AC973 if a column is a combination of others, or separates those with the outcome from those without.
    """
    from scipy.special import expit

    scaled = weights / weights.mean()
    coefficients = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        expected = expit(columns @ coefficients)
        if (expected * (1.0 - expected)).max() < _CERTAIN:
            break
        information = columns.T @ (columns * (scaled * expected * (1.0 - expected))[:, None])
        scores = columns * (scaled * (outcome - expected))[:, None]
        step = _solve(information, scores.sum(axis=0))
        coefficients = coefficients + step
        if np.abs(step).max() < _SETTLED * max(1.0, float(np.abs(coefficients).max())):
            expected = expit(columns @ coefficients)
            scores = columns * (scaled * (outcome - expected))[:, None]
            return Solved(coefficients, _solve(information, scores.T).T)
    raise singular(
        "a logistic regression does not settle: a column separates those with the outcome from those without"
    )


def design_based(
    design: Design, rows: np.ndarray, solved: Solved, names: Sequence[str], events: int | None = None
) -> Fit:
    """Return a solution found on `rows` with the covariance that the design gives it."""
    covariance = design.covariance(solved.influence, rows)
    n = int((design.weights[rows] > 0.0).sum())
    return Fit(tuple(names), solved.coefficients, covariance, n, events, design.df)


def wald(fit: Fit, names: Sequence[str]) -> tuple[float, float]:
    """Return F and p of the hypothesis that all named coefficients are zero; F has (terms, design df) degrees.

    Raises
    ------
    RequestError
        AC973 if there are more terms than degrees of freedom: their covariance then has no inverse.
    """
    from scipy.special import fdtrc

    if len(names) > fit.df:
        raise singular(f"a joint test of {len(names)} terms is impossible with {fit.df} degrees of freedom")
    places = [fit.names.index(name) for name in names]
    value = fit.coefficients[places]
    statistic = float(value @ _solve(fit.covariance[np.ix_(places, places)], value)) / len(places)
    return statistic, float(fdtrc(len(places), fit.df, statistic))


def singular(what: str) -> RequestError:
    """Return the error for a model that has no solution."""
    return RequestError(
        Diagnostic(
            Code.SURVEY_MODEL,
            what,
            None,
            "Its coefficients are not determined by these rows.",
            "Leave out terms, join classes with few people, or choose a wider subpopulation.",
        )
    )


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    # Columns differ by orders of magnitude (kcal, age), so that a bare condition number would refuse good models.
    scale = np.sqrt(np.diagonal(matrix))
    if not (scale > 0.0).all():
        raise singular("a column of the model is zero for everyone in the subpopulation")
    unit = matrix / np.outer(scale, scale)
    if np.linalg.cond(unit) > 1e13:
        raise singular("a column of the model is a combination of the others")
    divisor = scale if right.ndim == 1 else scale[:, None]
    return np.linalg.solve(unit, right / divisor) / divisor
