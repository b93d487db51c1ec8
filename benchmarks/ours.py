"""Our engine, as the benchmarks call it. Nothing else here knows its interface."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import Batch, Status, Tolerances
from acinus.engine.compiled import CompiledEngine
from acinus.engine.compiled.elementary import ELEMENTARY, elementary_functions
from acinus.engine.compiled.machine import machine_for
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.rodas5 import RODAS5
from acinus.engine.compiled.target import host_target
from acinus.system import OdeSystem, system_from_sbml

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.engine.records import Solution
    from benchmarks.problem import Problem

__all__ = ["name", "operations", "solve", "solve_text", "solve_values", "state_bytes"]

_ARITHMETIC = re.compile(r" = (?:fadd|fsub|fmul|fdiv|fneg|call) ")
_PASS = re.compile(r"@each_(\w+)\(.*i64 (\d+)\)")
_ABSOLUTE = 1e-14  # the engine adds a thousandth of each state's largest value to the state itself


def name() -> str:
    """Return what this engine calls itself."""
    return CompiledEngine().name


def solve(
    problem: Problem, relative: float, workers: int, people: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (B, T, S) values of the first individuals and who got to the end."""
    values = problem.values[: problem.size if people is None else people]
    return solve_values(
        problem.sbml, problem.parameters, values, problem.times, problem.states, relative, workers
    )


def solve_values(
    sbml: str,
    parameters: tuple[str, ...],
    values: NDArray[np.float64],
    times: NDArray[np.float64],
    outputs: tuple[str, ...],
    relative: float,
    workers: int,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (B, T, K) outputs of individuals with (B, P) values of some parameters, and who got to the end."""
    found = _solution(sbml, parameters, values, times, outputs, relative, workers)
    return found.values, np.array([status is Status.REACHED_END for status in found.status])


def solve_text(sbml: str) -> NDArray[np.float64]:
    """Return the (1, 193, K) outputs of the individual that a model itself describes, all that can be recorded."""
    system = _system(sbml)
    batch = Batch(
        system.parameter_values[None, :], ((),), np.linspace(0.0, 96.0, 193), np.arange(len(system.outputs))
    )
    return CompiledEngine().solve(system, batch, Tolerances(1e-5, _ABSOLUTE)).values


def operations(problem: Problem, relative: float, workers: int) -> float:
    """Return the arithmetic operations that an individual takes by Rodas5: those of a step, counted in its code.

    Of the equations and linear systems alone, powers included, in the steps that were accepted.
    """
    code = ModelCode(_system(problem.sbml).program, RODAS5, host_target())
    times = {"first": 1, "forward": 1, "rhs": RODAS5.stages - 1, "backward": RODAS5.stages}
    of_each = {
        name: len(_ARITHMETIC.findall(elementary_functions(code.target, f"@each_{name}(")))
        for name in ELEMENTARY
    }
    step = 0
    for function in code.text().split("\n}"):
        name = re.search(r"define internal void @([a-z]+)(_\d+)?\(", function)
        if name is not None and name[1] in times:
            done = len(_ARITHMETIC.findall(function))
            done += sum(of_each[each] * int(count) for each, count in _PASS.findall(function))
            step += times[name[1]] * done
    found = _solution(
        problem.sbml,
        problem.parameters,
        problem.values[:64],
        problem.times,
        problem.states[:1],
        relative,
        workers,
    )
    return step * float(found.steps.mean())


def state_bytes(sbml: str) -> int:
    """Return the bytes of working memory that one individual has while it is integrated."""
    return 8 * machine_for(_system(sbml).program, CompiledEngine().method_for(Tolerances(1e-5))).size


def _solution(
    sbml: str,
    parameters: tuple[str, ...],
    values: NDArray[np.float64],
    times: NDArray[np.float64],
    outputs: tuple[str, ...],
    relative: float,
    workers: int,
) -> Solution:
    system = _system(sbml)
    batch = Batch(
        values[:, [parameters.index(key) for key in system.parameters]],
        ((),) * len(values),
        times,
        np.array([system.outputs.index(key) for key in outputs]),
    )
    return CompiledEngine().solve(system, batch, Tolerances(relative, _ABSOLUTE), workers)


@functools.lru_cache(maxsize=8)
def _system(sbml: str) -> OdeSystem:
    return system_from_sbml(sbml)
