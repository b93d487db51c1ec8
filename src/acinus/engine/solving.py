"""The one way into an engine: check the batch, choose the engine, put the answers back in order.

The compiled engine takes every model whose equations it is proven on; the others go to libroadrunner.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import roadrunner_reference
from acinus.engine.records import Batch, Solution, Status, Tolerances, check_batch
from acinus.engine.workers import solve_with_workers
from acinus.errors import EquationError

if TYPE_CHECKING:
    from acinus.engine.compiled import CompiledEngine
    from acinus.system import OdeSystem

__all__ = ["engine_name", "solve", "up_to_last_sample", "without_infinities"]


def engine_name(system: OdeSystem) -> str:
    """Return the engine of a system and its version, as it stands in the provenance of a result."""
    engine = _compiled(system)
    return roadrunner_reference.name() if engine is None else engine.name


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
        Threads (compiled engine) or processes (reference) to share the work; the answer does not depend on it.

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
    engine = _compiled(system)
    if engine is not None:
        return without_infinities(engine.solve(system, up_to_last_sample(batch), settings, workers))
    if workers > 1 and batch.size > 1:
        return solve_with_workers(system, batch, settings, workers)
    return roadrunner_reference.solve(system, batch, settings)


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


def _compiled(system: OdeSystem) -> CompiledEngine | None:
    """Return the compiled engine for a system, or None where the reference has to do."""
    return _compiled_for(system.sbml, system.parameters, system.species, system.outputs)


@functools.lru_cache(maxsize=16)
def _compiled_for(
    sbml: str, parameters: tuple[str, ...], species: tuple[str, ...], outputs: tuple[str, ...]
) -> CompiledEngine | None:
    from acinus.engine.compiled import CompiledEngine
    from acinus.engine.compiled.compiled_engine import program_of

    try:
        program = program_of(sbml)
    except EquationError:
        return None
    # Events that watch the state, events that rescale an amount and algebraic unknowns are left to the reference.
    proven = (
        not program.events
        and all(program.mass)
        and not program.zero_diagonal
        and all(
            assignment.scale is None for barrier in program.barriers for assignment in barrier.assignments
        )
    )
    # Columns of a batch are places in the system's own lists, which must be the program's too.
    same_columns = (
        program.params[: program.settable] == parameters
        and tuple(program.species) == species
        and tuple(program.output_names) == outputs
    )
    return CompiledEngine() if proven and same_columns else None
