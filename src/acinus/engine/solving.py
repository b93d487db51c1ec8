"""The one way into the engine: check the batch, integrate it, and mark what was not reached."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled import CompiledEngine
from acinus.engine.records import Batch, Solution, Status, Tolerances, check_batch

if TYPE_CHECKING:
    from acinus.system import OdeSystem

__all__ = ["engine_name", "solve", "up_to_last_sample", "without_infinities"]


def engine_name() -> str:
    """Return the engine and its version, as it stands in the provenance of a result."""
    return CompiledEngine().name


def solve(
    system: OdeSystem, batch: Batch, tolerances: Tolerances | None = None, workers: int = 1
) -> Solution:
    """Integrate a batch of individuals, each on its own.

    Parameters
    ----------
    system : OdeSystem
    batch : Batch
        B individuals, T times, K outputs.
    tolerances : Tolerances, optional
        The defaults of `Tolerances` unless given.
    workers : int
        Threads that share the work; the answer does not depend on it.

    Returns
    -------
    Solution
        With a status for every individual; a failure is never an exception.

    Raises
    ------
    EngineError
        AC401 for a batch that does not fit the system.
    """
    check_batch(system, batch)
    settings = tolerances if tolerances is not None else Tolerances()
    return without_infinities(CompiledEngine().solve(system, up_to_last_sample(batch), settings, workers))


def up_to_last_sample(batch: Batch) -> Batch:
    """Leave out changes that no sample can show, so that they do not steer the last step."""
    ends = [float(batch.times_of(i)[-1]) for i in range(batch.size)]
    kept = tuple(
        tuple(change for change in changes if change.time <= end)
        for changes, end in zip(batch.changes, ends, strict=True)
    )
    return replace(batch, changes=kept)


def without_infinities(solution: Solution) -> Solution:
    """Mark what is not finite as not reached, for individuals that failed."""
    failed = [i for i, status in enumerate(solution.status) if status is not Status.REACHED_END]
    if failed:
        values = solution.values[failed]
        solution.values[failed] = np.where(np.isfinite(values), values, np.nan)
    return solution
