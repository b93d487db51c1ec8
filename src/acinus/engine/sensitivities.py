"""How much every output moves when a parameter does: forward sensitivities from the compiled step.

They are the exact derivatives of the steps that the plain run makes, so they are as exact as the solution itself; doses,
events at known times and the dependence of those times on parameters are part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.records import Batch, Solution, Status, Tolerances, check_batch
from acinus.engine.solving import up_to_last_sample, without_infinities
from acinus.errors import Code, Diagnostic, EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from acinus.engine.compiled.tangent_machine import TangentMachine
    from acinus.system import OdeSystem
    from acinus.system.graph.program import Program

__all__ = ["Sensitivities", "sensitivities"]

_METHODS = ("rodas5", "rodas5p")
_SHORTER_START = 1e-6  # of a second attempt, as in the plain run


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """A solution and its derivatives.

    B individuals, T times, K outputs, M chosen parameters.

    Attributes
    ----------
    solution : Solution
        To the last bit what a plain run with the same method gives.
    derivatives : (B, T, K, M) array
        Of each output by each parameter, in the unit of the output over that of the parameter. NaN from the first
        sample that an individual did not reach. At the time of an event: of what is after it.
    missing : tuple of B str
        Why an individual that reached the end has no derivatives, or not all; empty where it has.
    """

    solution: Solution
    derivatives: NDArray[np.float64]
    missing: tuple[str, ...]


def sensitivities(
    system: OdeSystem,
    batch: Batch,
    parameters: Sequence[int],
    tolerances: Tolerances | None = None,
    workers: int = 1,
) -> Sensitivities:
    """Integrate a batch together with its derivatives by some parameters.

    Parameters
    ----------
    system : OdeSystem
    batch : Batch
        A change that sets a chosen parameter ends the dependence on its first value.
    parameters : sequence of M int
        Places in `OdeSystem.parameters`. Each parameter stands for itself: values that the model computes from it at
        the start follow.
    tolerances : Tolerances, optional
        They govern the steps by the solution alone; the error of the derivatives falls with them at the same order.
    workers : int
        Threads; the answer does not depend on it.

    Raises
    ------
    EngineError
        AC401 for a batch or parameters that do not fit the system, AC430 for a model whose sensitivities are not
        computed: events that depend on the state, jumps of its rates at times that depend on a parameter.
    """
    from acinus.engine.compiled.compiled_engine import CompiledEngine
    from acinus.engine.compiled.failures import finished_solution
    from acinus.engine.compiled.tangent_integration import integrate_tangents
    from acinus.engine.compiled.tangent_machine import tangent_machine_for

    check_batch(system, batch)
    settings = tolerances if tolerances is not None else Tolerances()
    chosen = _chosen(system, parameters)
    program = system.program
    _refuse(program)
    method = CompiledEngine().method_for(settings)
    machine = tangent_machine_for(program, method if method in _METHODS else _METHODS[-1])
    whole = up_to_last_sample(batch)
    raw, derivatives = integrate_tangents(machine, whole, chosen, settings, workers)
    unfinished = np.flatnonzero(raw.ends != 1)
    solution = finished_solution(machine, whole, system.outputs, settings, raw)
    missing = [""] * batch.size
    for i in map(int, unfinished):
        if solution.status[i] is Status.REACHED_END:
            again = _second_attempt(
                machine, whole.take(range(i, i + 1)), chosen, settings, solution.values[i]
            )
            derivatives[i] = np.nan if again is None else again
            missing[i] = "" if again is not None else "the end was only reached by a way without derivatives"
    solution = without_infinities(solution)
    derivatives[~np.isfinite(solution.values).all(axis=2)] = np.nan
    for i in np.flatnonzero(~np.isfinite(derivatives).all(axis=(1, 2, 3))):
        if solution.status[i] is Status.REACHED_END and not missing[i]:
            missing[i] = _first_gap(system, batch, chosen, derivatives, int(i))
            derivatives[i][~np.isfinite(derivatives[i])] = np.nan
    return Sensitivities(solution, derivatives, tuple(missing))


def _chosen(system: OdeSystem, parameters: Sequence[int]) -> NDArray[np.int64]:
    chosen = np.array([int(k) for k in parameters], dtype=np.int64)
    outside = [int(k) for k in chosen if not 0 <= k < len(system.parameters)]
    if outside:
        raise EngineError(
            Diagnostic(
                Code.BATCH_INVALID,
                f"a parameter has the place {outside[0]}, where there are {len(system.parameters)}",
                None,
                "",
                "This is a fault of the caller of the engine.",
            )
        )
    return chosen


def _second_attempt(
    machine: TangentMachine,
    alone: Batch,
    chosen: NDArray[np.int64],
    tolerances: Tolerances,
    values: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Return the derivatives of an individual that reached the end with a shorter first step, None for another way."""
    from acinus.engine.compiled.tangent_integration import integrate_tangents

    raw, derivatives = integrate_tangents(machine, alone, chosen, tolerances, first_factor=_SHORTER_START)
    same = np.array_equal(raw.values[0], values)
    return derivatives[0] if same else None


def _first_gap(
    system: OdeSystem, batch: Batch, chosen: NDArray[np.int64], derivatives: NDArray[np.float64], i: int
) -> str:
    time, output, parameter = (int(k[0]) for k in np.nonzero(~np.isfinite(derivatives[i])))
    return (
        f"at {batch.times_of(i)[time]:g} h: the derivative of `{system.outputs[int(batch.outputs[output])]}` "
        f"by `{system.parameters[int(chosen[parameter])]}` is not finite"
    )


def _refuse(program: Program) -> None:
    """Raise `EngineError` AC430 for each thing in a model that the derivatives would be wrong for."""
    from acinus.system.graph.jumps import jumps_of_rates, reads_unknown_at_moving_time

    remedy = "Use finite differences of plain runs for this model."
    found = [
        (f"the event `{event.id}` depends on the state", "Its time moves with every parameter.")
        for event in program.events
    ]
    found += [
        (
            f"the rate of `{name}` jumps where {what}",
            "The time of the jump may depend on a parameter, and its share would be missing.",
        )
        for name, what in jumps_of_rates(program)
    ]
    found += [
        (
            f"the event `{name}` reads an algebraic unknown at a time that depends on a parameter",
            "How fast the unknown moves at that time is not computed.",
        )
        for name in reads_unknown_at_moving_time(program)
    ]
    if found:
        raise EngineError(
            [Diagnostic(Code.SENSITIVITY_UNSUPPORTED, what, None, why, remedy) for what, why in found]
        )
