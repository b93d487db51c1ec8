"""Cox regression with weights, ties by Efron's method, and influence values for design-based errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from acinus.evidence.survey.regression import Solved, singular

__all__ = ["hazards", "information_errors"]

_STEPS = 40
_SETTLED = 1e-10


@dataclass(frozen=True, slots=True)
class _Order:
    """Rows from the last time to the first, cut into groups of equal time."""

    rows: np.ndarray
    starts: np.ndarray
    group: np.ndarray
    died: np.ndarray
    deaths: np.ndarray


@dataclass(frozen=True, slots=True)
class _Point:
    """Likelihood and derivatives at one vector of coefficients; `risk` is exp(linear predictor) of sorted rows."""

    likelihood: float
    score: np.ndarray
    information: np.ndarray
    risk: np.ndarray
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
    solved, _ = _newton(time, event, columns, weights, start)
    return solved


def information_errors(
    time: np.ndarray, event: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and model-based standard errors (p,) for people drawn without a design."""
    solved, information = _newton(time, event, columns, np.ones(len(time)), None)
    return solved.coefficients, np.sqrt(np.diagonal(np.linalg.inv(information)))


def _newton(
    time: np.ndarray, event: np.ndarray, columns: np.ndarray, weights: np.ndarray, start: np.ndarray | None
) -> tuple[Solved, np.ndarray]:
    event = np.asarray(event, dtype=bool)
    if not event.any():
        raise singular("nobody in the subpopulation has the event")
    order = _sort(time, event)
    weight = (weights / weights.mean())[order.rows]
    centre = np.average(columns, axis=0, weights=weights)
    spread = columns.std(axis=0)
    if not (spread > 0.0).all():
        raise singular("a column of the model is the same for everyone in the subpopulation")
    x = ((columns - centre) / spread)[order.rows]
    beta = np.zeros(x.shape[1]) if start is None else start * spread
    here = _evaluate(order, x, weight, beta, residuals=False)
    for _ in range(_STEPS):
        if np.linalg.cond(here.information) > 1e13:
            raise singular("a column of the model is a combination of the others")
        step = np.linalg.solve(here.information, here.score)
        ahead = _evaluate(order, x, weight, beta + step, residuals=False)
        while not ahead.likelihood >= here.likelihood - 1e-9 * abs(here.likelihood):
            step = step / 2.0
            ahead = _evaluate(order, x, weight, beta + step, residuals=False)
        beta = beta + step
        here = ahead
        if np.abs(step).max() < _SETTLED:
            here = _evaluate(order, x, weight, beta, residuals=True)
            influence = np.empty_like(x)
            influence[order.rows] = weight[:, None] * np.linalg.solve(here.information, here.residuals.T).T
            return Solved(beta / spread, influence / spread), here.information * np.outer(spread, spread)
    raise singular("a Cox regression does not settle: a column separates those with the event from those without")


def _sort(time: np.ndarray, event: np.ndarray) -> _Order:
    rows = np.argsort(-np.asarray(time, dtype=float), kind="stable")
    _, starts, group = np.unique(-np.asarray(time, dtype=float)[rows], return_index=True, return_inverse=True)
    group = group.reshape(-1)
    died = event[rows]
    return _Order(rows, starts, group, died, np.bincount(group[died], minlength=len(starts)))


def _evaluate(
    order: _Order, x: np.ndarray, weight: np.ndarray, beta: np.ndarray, *, residuals: bool
) -> _Point:
    linear = x @ beta
    risk = np.exp(linear)
    wrisk = weight * risk
    died, starts = order.died, order.starts
    at_risk0 = np.cumsum(np.add.reduceat(wrisk, starts))
    at_risk1 = np.cumsum(np.add.reduceat(wrisk[:, None] * x, starts), axis=0)
    ends = np.append(starts[1:], len(x))
    p = x.shape[1]
    groups = len(starts)
    hazard, hazard_of_dead = np.zeros(groups), np.zeros(groups)
    drift, drift_of_dead, middle = np.zeros((groups, p)), np.zeros((groups, p)), np.zeros((groups, p))
    at_risk2 = np.zeros((p, p))
    information = np.zeros((p, p))
    score = (weight[died][:, None] * x[died]).sum(axis=0)
    likelihood = float(weight[died] @ linear[died])
    for place in range(groups):
        rows = slice(starts[place], ends[place])
        at_risk2 += x[rows].T @ (wrisk[rows][:, None] * x[rows])
        deaths = order.deaths[place]
        if deaths == 0:
            continue
        dead = np.flatnonzero(died[rows]) + starts[place]
        share = np.arange(deaths) / deaths
        each = weight[dead].sum() / deaths
        dead_x, dead_risk = x[dead], wrisk[dead]
        # One row for each of the tied deaths: those at risk less a growing share of the dead themselves.
        remaining = at_risk0[place] - share * dead_risk.sum()
        mean = (at_risk1[place] - share[:, None] * (dead_risk @ dead_x)) / remaining[:, None]
        likelihood -= each * np.log(remaining).sum()
        score -= each * mean.sum(axis=0)
        dead2 = dead_x.T @ (dead_risk[:, None] * dead_x)
        information += each * (
            at_risk2 * (1.0 / remaining).sum() - dead2 * (share / remaining).sum() - mean.T @ mean
        )
        if residuals:
            hazard[place] = each * (1.0 / remaining).sum()
            hazard_of_dead[place] = each * (share / remaining).sum()
            drift[place] = each * (mean / remaining[:, None]).sum(axis=0)
            drift_of_dead[place] = each * (mean * (share / remaining)[:, None]).sum(axis=0)
            middle[place] = mean.mean(axis=0)
    kept = np.empty((0, p))
    if residuals:
        # Sums over all event times up to a row's own; groups run backwards in time.
        hazard_until = np.cumsum(hazard[::-1])[::-1][order.group]
        drift_until = np.cumsum(drift[::-1], axis=0)[::-1][order.group]
        kept = -risk[:, None] * (x * hazard_until[:, None] - drift_until)
        of = order.group[died]
        kept[died] += x[died] - middle[of]
        kept[died] += risk[died][:, None] * (x[died] * hazard_of_dead[of][:, None] - drift_of_dead[of])
    return _Point(likelihood, score, information, risk, kept)
