"""Covariance matrix adaptation, for objectives that are rough: shares and medians of finitely many people.

Every number is searched in units of its prior's standard deviation around its centre, so that the first generation
samples the priors, narrowed by `sigma0`. The search goes on from a checkpoint as if it had not been interrupted.
"""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.attempt import Attempt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.calibration.attempt import Progress
    from acinus.calibration.checkpoint import Checkpoint
    from acinus.calibration.crew import Crew
    from acinus.calibration.objective import Objective

__all__ = ["Evolution"]


@dataclass(eq=False)
class Evolution:
    """A search by generations, once for every seed."""

    objective: Objective
    crew: Crew
    checkpoint: Checkpoint
    progress: Progress | None = None
    evaluations: int = 0

    def __post_init__(self) -> None:
        self.began, self.first = time.monotonic(), math.inf

    def run(self) -> list[Attempt]:
        """Return how the search of each seed ended."""
        start = self.objective.start
        first = self.crew.evaluate([start])[0][0]
        self.evaluations += 1
        self.first = self.objective.cost(start, first)
        failures = "".join(f"; {name}: {why}" for name, why in self.objective.failures.items())
        self._tell(f"start, cost {self.first:.4g}{failures}")
        if self.objective.size and np.all(np.abs(first) >= self.objective.problem.search.penalty):
            return [Attempt(None, math.inf, "nothing could be predicted")]
        return [self._attempt(seed) for seed in self.objective.problem.search.seeds]

    def _attempt(self, seed: int) -> Attempt:
        from cma import CMAEvolutionStrategy

        search = self.objective.problem.search
        low, high = (self._whitened(bound).tolist() for bound in self.objective.bounds)
        random = np.random.default_rng(seed)
        options: dict[str, object] = {
            "bounds": [low, high],
            "tolfun": search.tolerance,
            "tolx": 1e-4,
            # Its own generator, not NumPy's global one, decides what is drawn.
            "randn": lambda *shape: random.standard_normal(shape),
            "verbose": -9,
            "verb_log": 0,
        }
        if search.popsize is not None:
            options["popsize"] = search.popsize
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about bounds and generator, which are as they are meant to be
            strategy = CMAEvolutionStrategy(self._whitened(self.objective.start), search.sigma0, options)
        generation, evaluated = 0, 0
        best, at = self.first, self._whitened(self.objective.start)
        while not strategy.stop() and evaluated + strategy.popsize <= search.max_evaluations:
            asked = np.array(strategy.ask())
            costs = self.checkpoint.costs(seed, generation, asked)
            if costs is None:
                costs = self._costs(asked)
                self.checkpoint.keep(seed, asked, costs)
            generation, evaluated = generation + 1, evaluated + len(costs)
            self.evaluations += len(costs)
            strategy.tell(list(asked), costs)
            if min(costs) < best:
                best, at = min(costs), asked[int(np.argmin(costs))]
            self._tell(
                f"seed {seed}, generation {generation}, best cost {best:.4g}, this one {min(costs):.4g}, "
                f"width {strategy.sigma:.2g}"
            )
        reasons = [f"{name} {value:g}" for name, value in dict(strategy.stop() or {}).items()]
        ended = ", ".join(reasons) or f"{evaluated} evaluations"
        return self._better(at, best, np.asarray(strategy.result.xfavorite), f"seed {seed}: {ended}")

    def _better(
        self, found: NDArray[np.float64], cost: float, mean: NDArray[np.float64], message: str
    ) -> Attempt:
        """Return the best of all that were evaluated, or the mean of the last generation if it is better still."""
        other = self._costs(np.array([mean]))[0]
        self.evaluations += 1
        best, cost = (mean, other) if other < cost else (found, cost)
        low, high = self.objective.bounds
        return Attempt(np.clip(self._position(best), low, high), cost, message)

    def _costs(self, asked: NDArray[np.float64]) -> list[float]:
        positions = [self._position(z) for z in asked]
        rows = self.crew.evaluate(positions)
        return [self.objective.cost(p, found[0]) for p, found in zip(positions, rows, strict=True)]

    def _position(self, whitened: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.objective.centres + self.objective.scales * np.asarray(whitened)

    def _whitened(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        return (position - self.objective.centres) / self.objective.scales

    def _tell(self, words: str) -> None:
        if self.progress is not None:
            search = self.objective.problem.search
            minutes = (time.monotonic() - self.began) / 60
            # Besides the generations, the start and the mean at the end of each seed are evaluated.
            most = 1 + len(search.seeds) * (search.max_evaluations + 1)
            self.progress(self.evaluations, most, f"{words}, {minutes:.1f} min")
