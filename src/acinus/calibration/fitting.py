"""Fitting: least squares from one or several starts, and what its Jacobian says of the uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.crew import Crew
from acinus.calibration.fit import Fit, FittedDatum, FittedParameter
from acinus.calibration.objective import Objective
from acinus.calibration.problem import Problem, load_problem
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Progress = Callable[[int, int, str], None]

__all__ = ["calibrate"]


def calibrate(
    problem: str | Path | Problem,
    *,
    progress: Progress | None = None,
    workers: int = 2,
    write: bool = True,
    out: Path | None = None,
) -> Fit:
    """Fit the parameters of a problem to its data.

    Parameters
    ----------
    problem : str, Path or Problem
        A problem, its file, or the name of one in ``biology/calibration``.
    progress : callable, optional
        Called with (evaluations done, evaluations at most, words).
    workers : int
        Processes that evaluate the columns of the Jacobian; the result does not depend on their number.
    write : bool
        Whether to write ``<problem>.result.yaml``.
    out : Path, optional
        Folder of the result file; beside the problem if None.

    Returns
    -------
    Fit

    Raises
    ------
    RequestError
        AC930 to AC933 for the problem; AC934 if no start could be evaluated.

    Notes
    -----
    Minimises half the sum of squared residuals of data and priors with the trust-region reflective method of
    SciPy. The Jacobian is made of one-sided differences. Starts after the first are drawn between the bounds
    (within three standard deviations of the prior, where there is one), by the seed.
    """
    read = problem if isinstance(problem, Problem) else load_problem(problem)
    objective = Objective(read)
    with Crew(objective, workers) as crew:
        search = _Searcher(objective, crew, progress)
        attempts = [search.attempt(start) for start in _starts(objective)]
        good = [attempt for attempt in attempts if attempt.position is not None]
        if not good:
            raise RequestError(
                Diagnostic(
                    Code.PROBLEM_NO_START,
                    f"none of {len(attempts)} starts of `{read.name}` could be evaluated",
                    None,
                    "; ".join(f"{name}: {why}" for name, why in list(objective.failures.items())[:3]),
                    "Begin where the model can be simulated, or narrow the bounds.",
                )
            )
        best = min(good, key=lambda attempt: attempt.cost)
        assert best.position is not None
        fit = _fit(objective, search, best.position, attempts)
    if write:
        fit.write(out)
    return fit


@dataclass(frozen=True)
class _Attempt:
    start: NDArray[np.float64]
    position: NDArray[np.float64] | None
    cost: float
    message: str


@dataclass(eq=False)
class _Searcher:
    objective: Objective
    crew: Crew
    progress: Progress | None
    evaluations: int = 0
    known: dict[bytes, NDArray[np.float64]] = field(default_factory=dict)
    label: str = ""
    attempts: int = 0

    def residuals(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        key = position.tobytes()
        if key not in self.known:
            self.known = {key: self.crew.evaluate([position])[0]}
            self.evaluations += 1
            self._tell(position)
        return np.concatenate([self.known[key], self.objective.prior_residuals(position)])

    def _tell(self, position: NDArray[np.float64]) -> None:
        if self.progress is None:
            return
        search = self.objective.problem.search
        data = self.known[position.tobytes()]
        priors = self.objective.prior_residuals(position)
        cost = 0.5 * float(data @ data + priors @ priors)
        self.progress(
            self.evaluations, search.starts * search.max_evaluations, f"{self.label}cost {cost:.4g}"
        )

    def jacobian(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of `residuals`, (M + priors, P), by one-sided differences."""
        _, high = self.objective.bounds
        step = self.objective.problem.search.step
        steps = np.array(
            [step if axis.log else step * max(abs(axis.start), 1e-12) for axis in self.objective.axes]
        )
        # A step never leaves the bounds: at the upper one it goes down.
        steps = np.where(position + steps > high, -steps, steps)
        moved = [position + steps[i] * np.eye(position.size)[i] for i in range(position.size)]
        base = self.residuals(position)[: self.objective.size]
        columns = [(there - base) / h for there, h in zip(self.crew.evaluate(moved), steps, strict=True)]
        return np.vstack([np.column_stack(columns), self.objective.prior_rows()])

    def attempt(self, start: NDArray[np.float64]) -> _Attempt:
        from scipy.optimize import least_squares

        search = self.objective.problem.search
        self.attempts += 1
        self.label = f"start {self.attempts} of {search.starts}, " if search.starts > 1 else ""
        first = self.residuals(start)
        if self.objective.size and np.all(np.abs(first[: self.objective.size]) >= search.penalty):
            return _Attempt(start, None, math.inf, "nothing could be predicted")
        found = least_squares(
            self.residuals,
            start,
            jac=self.jacobian,  # type: ignore[arg-type]
            bounds=self.objective.bounds,
            method="trf",
            x_scale="jac",
            ftol=search.tolerance,
            xtol=search.tolerance,
            gtol=search.tolerance,
            max_nfev=search.max_evaluations,
        )
        return _Attempt(start, found.x, float(found.cost), str(found.message))


def _starts(objective: Objective) -> list[NDArray[np.float64]]:
    """Return the starts, each strictly inside the bounds."""
    low, high = objective.bounds
    random = np.random.default_rng(objective.problem.search.seed)
    starts = [objective.start]
    for _ in range(objective.problem.search.starts - 1):
        drawn = []
        for i, axis in enumerate(objective.axes):
            centre = axis.to_search(axis.centre)
            reach = (
                3 * axis.spread if axis.spread is not None else (1.0 if axis.log else abs(axis.start) or 1.0)
            )
            bottom, top = max(low[i], centre - reach), min(high[i], centre + reach)
            drawn.append(bottom + (top - bottom) * random.uniform(0.02, 0.98))
        starts.append(np.array(drawn))
    return starts


def _fit(
    objective: Objective,
    search: _Searcher,
    position: NDArray[np.float64],
    attempts: list[_Attempt],
) -> Fit:
    residuals = search.residuals(position)
    data, priors = residuals[: objective.size], residuals[objective.size :]
    jacobian = search.jacobian(position)
    spread, directions = _uncertainty(objective, jacobian)
    low, high = objective.bounds
    words = objective.describe(position)
    total = float(data @ data) or 1.0
    parameters = []
    for i, axis in enumerate(objective.axes):
        value = axis.from_search(float(position[i]))
        near = 1e-3 * (1.0 if axis.log else max(abs(axis.start), 1e-12))
        parameters.append(
            FittedParameter(
                axis.id,
                axis.unit,
                value,
                value * spread[i] if axis.log else float(spread[i]),
                axis.start,
                axis.from_search(low[i]) if np.isfinite(low[i]) else None,
                axis.from_search(high[i]) if np.isfinite(high[i]) else None,
                axis.spread,
                float(spread[i]) / axis.spread if axis.spread is not None else None,
                bool(position[i] - low[i] < near or high[i] - position[i] < near),
            )
        )
    data_terms = tuple(
        FittedDatum(
            term.name,
            term.size,
            0.5 * float(data[term.rows] @ data[term.rows]),
            float(data[term.rows] @ data[term.rows]) / total,
            words[term.name],
        )
        for term in objective.terms
    )
    best = next(a for a in attempts if a.position is not None and np.array_equal(a.position, position))
    return Fit(
        objective.problem,
        objective.model.name,
        objective.model.hash,
        tuple(parameters),
        data_terms,
        0.5 * float(data @ data),
        0.5 * float(priors @ priors),
        search.evaluations,
        tuple(None if a.position is None else a.cost for a in attempts),
        best.message,
        directions,
        dict(objective.failures),
    )


def _uncertainty(
    objective: Objective, jacobian: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[tuple[float, dict[str, float]], ...]]:
    """Return standard deviations of the search numbers, (P,), and the directions from best to least informed.

    A direction's number is how many times the data narrow it against the prior (or, without one, against the
    range between the bounds as four standard deviations): 1 means that the data say nothing.
    """
    low, high = objective.bounds
    scale = np.array(
        [
            axis.spread
            if axis.spread is not None
            else ((high[i] - low[i]) / 4 if np.isfinite(high[i] - low[i]) else 1.0)
            for i, axis in enumerate(objective.axes)
        ]
    )
    information = jacobian.T @ jacobian
    weights, vectors = np.linalg.eigh(information)
    tiny = max(float(weights.max()), 0.0) * 1e-12
    with np.errstate(divide="ignore"):
        variance = np.where(weights > tiny, 1 / np.maximum(weights, 1e-300), np.inf)
    shares = vectors**2
    spread = np.sqrt(np.where(shares > 1e-12, shares * variance, 0.0).sum(axis=1))
    rows = jacobian[: objective.size] * scale
    strength, axes = np.linalg.eigh(rows.T @ rows)
    directions = tuple(
        (
            math.sqrt(1 + max(float(strength[i]), 0.0)),
            {
                objective.axes[p].id: round(float(axes[p, i]), 2)
                for p in np.argsort(-np.abs(axes[:, i]))
                if abs(axes[p, i]) >= 0.2
            },
        )
        for i in reversed(range(len(objective.axes)))
    )
    return spread, directions
