"""Our engine, as the benchmarks call it. Nothing else here knows its interface."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from acinus.engine import Batch, Status, Tolerances
from acinus.engine.compiled import CompiledEngine
from acinus.engine.compiled.compiled_engine import program_of
from acinus.engine.compiled.machine import machine_for
from acinus.provenance import content_hash
from acinus.system import OdeSystem, build_system

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["name", "solve", "state_bytes"]

_ABSOLUTE = 1e-14  # the engine adds a thousandth of each state's largest value to the state itself


def name() -> str:
    """Return what this engine calls itself."""
    return CompiledEngine().name


def solve(
    problem: Problem,
    relative: float,
    workers: int,
    people: int | None = None,
    times: NDArray[np.float64] | None = None,
    outputs: tuple[str, ...] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (B, T, K) values of the first individuals, all states unless told otherwise, and who got to the end."""
    system = _system(problem.sbml)
    count = problem.size if people is None else people
    recorded = np.array([system.outputs.index(key) for key in outputs or problem.states])
    columns = [problem.parameters.index(key) for key in system.parameters]
    batch = Batch(
        problem.values[:count][:, columns],
        ((),) * count,
        problem.times if times is None else times,
        recorded,
    )
    found = CompiledEngine().solve(system, batch, Tolerances(relative, _ABSOLUTE), workers)
    ended = np.array([status is Status.REACHED_END for status in found.status])
    return found.values, ended


def state_bytes(sbml: str) -> int:
    """Return the bytes of working memory that one individual has while it is integrated."""
    return 8 * machine_for(program_of(sbml), CompiledEngine().method_for(Tolerances(1e-5))).size


@functools.lru_cache(maxsize=8)
def _system(sbml: str) -> OdeSystem:
    return build_system(cast("Any", SimpleNamespace(sbml=sbml, hash=content_hash(sbml))))
