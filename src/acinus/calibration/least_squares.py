"""Least squares from one or several starts, for objectives without steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.attempt import Attempt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.calibration.attempt import Progress
    from acinus.calibration.checkpoint import Rows
    from acinus.calibration.crew import Crew
    from acinus.calibration.objective import Objective

__all__ = ["LeastSquares"]


@dataclass(eq=False)
class LeastSquares:
    """SciPy's trust-region reflective method with a Jacobian of one-sided differences.

    Starts after the first are drawn between the bounds (within three standard deviations of the prior, where there is
    one), by the seed. What was evaluated is kept, so that the search goes on as if it had not been interrupted.
    """

    objective: Objective
    crew: Crew
    kept: Rows
    progress: Progress | None = None
    evaluations: int = 0
    known: dict[bytes, NDArray[np.float64]] = field(default_factory=dict)
    label: str = ""

    def run(self) -> list[Attempt]:
        """Return how the search from each start ended."""
        starts = _starts(self.objective)
        attempts = []
        for number, start in enumerate(starts, 1):
            self.label = f"start {number} of {len(starts)}, " if len(starts) > 1 else ""
            attempts.append(self._attempt(start))
        return attempts

    def residuals(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residuals of data and priors, (M + priors,)."""
        key = position.tobytes()
        if key not in self.known:
            self.known = {key: self._evaluate([position])[0][0]}
            self.evaluations += 1
            self._tell(position)
        return np.concatenate([self.known[key], self.objective.prior_residuals(position)])

    def _evaluate(self, positions: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Return what stands in the file, and evaluate the rest, a position for each worker at a time."""
        missing = [position for position in positions if self.kept.find(position) is None]
        for begin in range(0, len(missing), self.crew.size):
            some = missing[begin : begin + self.crew.size]
            self.kept.keep(some, self.crew.evaluate(some))
        return [self._at(position) for position in positions]

    def _at(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = self.kept.find(position)
        assert rows is not None
        return rows

    def _tell(self, position: NDArray[np.float64]) -> None:
        if self.progress is None:
            return
        search = self.objective.problem.search
        cost = self.objective.cost(position, self.known[position.tobytes()])
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
        columns = [(there[0] - base) / h for there, h in zip(self._evaluate(moved), steps, strict=True)]
        return np.vstack([np.column_stack(columns), self.objective.prior_rows()])

    def _attempt(self, start: NDArray[np.float64]) -> Attempt:
        from scipy.optimize import least_squares

        search = self.objective.problem.search
        first = self.residuals(start)
        if self.objective.size and np.all(np.abs(first[: self.objective.size]) >= search.penalty):
            return Attempt(None, math.inf, "nothing could be predicted")
        found = least_squares(
            self.residuals,
            start,
            # Pyright infers `str` from the default; SciPy documents a function as well.
            jac=self.jacobian,  # type: ignore[arg-type]
            bounds=self.objective.bounds,
            method="trf",
            x_scale="jac",
            ftol=search.tolerance,
            xtol=search.tolerance,
            gtol=search.tolerance,
            max_nfev=search.max_evaluations,
        )
        return Attempt(found.x, float(found.cost), str(found.message))


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
