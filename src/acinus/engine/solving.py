"""The one way into an engine: check the batch, share it among workers, put the answers back in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine import roadrunner_reference
from acinus.engine.records import Batch, Solution, Tolerances, check_batch
from acinus.engine.workers import solve_with_workers

if TYPE_CHECKING:
    from acinus.system import OdeSystem

__all__ = ["engine_name", "solve"]


def engine_name() -> str:
    """Return the engine and its version, as it stands in the provenance of a result."""
    return roadrunner_reference.name()


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
        Processes to share the work among; 1 works in this process. The answer does not depend on it.

    Returns
    -------
    Solution
        With a status for every individual; a failure is never an exception.

    Raises
    ------
    EngineError
        AC401 for a batch that does not fit the system, AC402 for changes beside events that watch the state.
    """
    check_batch(system, batch)
    settings = tolerances if tolerances is not None else Tolerances()
    if workers > 1 and batch.size > 1:
        return solve_with_workers(system, batch, settings, workers)
    return roadrunner_reference.solve(system, batch, settings)
