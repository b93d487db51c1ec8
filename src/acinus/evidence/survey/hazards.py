"""Cox regression with weights, ties by Efron's method, and influence values for design-based errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from acinus.evidence.survey.regression import Solved, singular

__all__ = ["hazard_coefficients", "hazards", "information_errors"]

_STEPS = 40
# Newton squares its error: after a step this small, what is left is rounding.
_SETTLED = 1e-5


@dataclass(frozen=True, slots=True)
class _Order:
    """Rows from the last time to the first, cut into groups of equal time.

    `dead` are the rows (in this order) with the event, `dead_group` their groups, and `share` the number of deaths of the
    same time that come before, over all of that time: what Efron's method takes away from those at risk.
    """

    rows: np.ndarray
    starts: np.ndarray
    group: np.ndarray
    dead: np.ndarray
    dead_group: np.ndarray
    share: np.ndarray
    deaths: np.ndarray


@dataclass(frozen=True, slots=True)
class _Point:
    """Likelihood and its derivatives at one vector of coefficients."""

    likelihood: float
    score: np.ndarray
    information: np.ndarray
    residuals: np.ndarray


def hazards(
    time: np.ndarray,
    event: np.ndarray,
    columns: np.ndarray,
    weights: np.ndarray,
    start: np.ndarray | None = None,
) -> Solved:
    """Return the weighted maximum of the partial likelihood, by Newton's method with halved steps.

    Parameters
    ----------
    time : (n,) array
        Follow-up; ties are expected (the survey publishes months).
    event : (n,) array of bool
    columns : (n, p) array
        Covariates, without intercept.
    weights : (n,) array
    start : (p,) array, optional
        Where to begin.

    Returns
    -------
    Solved
        Influence values are the score residuals times the inverse information (Binder 1992; Lin and Wei 1989).

    Raises
    ------
    RequestError
        AC973 if there is no event, a column depends on others, or the likelihood has no maximum.
    """
    order, x, weight, spread, beta = _maximum(time, event, columns, weights, start)
    here = _evaluate(order, x, weight, beta, residuals=True)
    influence = np.empty_like(x)
    influence[order.rows] = weight[:, None] * (here.residuals @ np.linalg.inv(here.information))
    return Solved(beta / spread, influence / spread)


def hazard_coefficients(
    time: np.ndarray, event: np.ndarray, columns: np.ndarray, weights: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the coefficients (p,) of `hazards` without the influence of rows."""
    _, _, _, spread, beta = _maximum(time, event, columns, weights, start)
    return beta / spread


def information_errors(
    time: np.ndarray, event: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and model-based standard errors (p,) for people drawn without a design."""
    order, x, weight, spread, beta = _maximum(time, event, columns, np.ones(len(time)), None)
    information = _evaluate(order, x, weight, beta, residuals=False).information
    return beta / spread, np.sqrt(np.diagonal(np.linalg.inv(information))) / spread


def _maximum(
    time: np.ndarray, event: np.ndarray, columns: np.ndarray, weights: np.ndarray, start: np.ndarray | None
) -> tuple[_Order, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return sorted rows, their standardised columns and weights, the columns' spreads, and the maximum."""
    event = np.asarray(event, dtype=bool)
    if not event.any():
        raise singular("nobody in the subpopulation has the event")
    order = _sort(time, event)
    weight = (weights / weights.mean())[order.rows]
    spread = columns.std(axis=0)
    if not (spread > 0.0).all():
        raise singular("a column of the model is the same for everyone in the subpopulation")
    x = ((columns - columns.mean(axis=0)) / spread)[order.rows]
    beta = np.zeros(x.shape[1]) if start is None else start * spread
    here = _evaluate(order, x, weight, beta, residuals=False)
    for _ in range(_STEPS):
        if np.linalg.cond(here.information) > 1e13:
            raise singular("a column of the model is a combination of the others")
        step = np.linalg.solve(here.information, here.score)
        if np.abs(step).max() < _SETTLED:
            return order, x, weight, spread, beta + step
        ahead = _evaluate(order, x, weight, beta + step, residuals=False)
        while not ahead.likelihood >= here.likelihood - 1e-9 * abs(here.likelihood):
            step = step / 2.0
            ahead = _evaluate(order, x, weight, beta + step, residuals=False)
        beta = beta + step
        here = ahead
    raise singular(
        "a Cox regression does not settle: a column separates those with the event from those without"
    )


def _sort(time: np.ndarray, event: np.ndarray) -> _Order:
    backwards = -np.asarray(time, dtype=float)
    rows = np.argsort(backwards, kind="stable")
    _, starts, group = np.unique(backwards[rows], return_index=True, return_inverse=True)
    group = group.reshape(-1)
    dead = np.flatnonzero(event[rows])
    dead_group = group[dead]
    deaths = np.bincount(dead_group, minlength=len(starts))
    before = np.arange(len(dead)) - (np.cumsum(deaths) - deaths)[dead_group]
    return _Order(rows, starts, group, dead, dead_group, before / deaths[dead_group], deaths)


def _evaluate(
    order: _Order, x: np.ndarray, weight: np.ndarray, beta: np.ndarray, *, residuals: bool
) -> _Point:
    linear = x @ beta
    risk = np.exp(linear)
    weighted = weight * risk
    dead, of, share = order.dead, order.dead_group, order.share
    groups = len(order.starts)
    at_risk = np.cumsum(np.add.reduceat(weighted, order.starts))
    at_risk_x = np.cumsum(np.add.reduceat(weighted[:, None] * x, order.starts, axis=0), axis=0)
    dead_x, dead_risk = x[dead], weighted[dead]
    tied = np.bincount(of, dead_risk, minlength=groups)
    tied_x = _sums(of, dead_risk[:, None] * dead_x, groups)
    # Everyone who dies at one time counts with the mean weight of them all.
    each = (np.bincount(of, weight[dead], minlength=groups) / np.maximum(order.deaths, 1))[of]
    remaining = at_risk[of] - share * tied[of]
    mean = (at_risk_x[of] - share[:, None] * tied_x[of]) / remaining[:, None]
    likelihood = float(weight[dead] @ linear[dead] - each @ np.log(remaining))
    score = weight[dead] @ dead_x - each @ mean
    step, step_of_dead = each / remaining, each * share / remaining
    hazard = np.bincount(of, step, minlength=groups)
    hazard_of_dead = np.bincount(of, step_of_dead, minlength=groups)
    # Sums over all event times up to a row's own; groups run backwards in time. The second moments of those at risk,
    # summed over event times, are one product of matrices this way.
    until = np.cumsum(hazard[::-1])[::-1][order.group]
    information = (
        x.T @ (x * (weighted * until)[:, None])
        - dead_x.T @ (dead_x * (dead_risk * hazard_of_dead[of])[:, None])
        - mean.T @ (mean * each[:, None])
    )
    kept = np.empty((0, x.shape[1]))
    if residuals:
        drift = np.cumsum(_sums(of, mean * step[:, None], groups)[::-1], axis=0)[::-1][order.group]
        kept = -risk[:, None] * (x * until[:, None] - drift)
        middle = _sums(of, mean, groups)[of] / order.deaths[of][:, None]
        drift_of_dead = _sums(of, mean * step_of_dead[:, None], groups)[of]
        kept[dead] += dead_x - middle
        kept[dead] += risk[dead][:, None] * (dead_x * hazard_of_dead[of][:, None] - drift_of_dead)
    return _Point(likelihood, score, information, kept)


def _sums(group: np.ndarray, values: np.ndarray, groups: int) -> np.ndarray:
    return np.column_stack([np.bincount(group, column, minlength=groups) for column in values.T])
