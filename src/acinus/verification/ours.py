"""Our engine as one of those that are compared: the only place here that knows how it is called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import Batch, Status, Tolerances
from acinus.engine.compiled import CompiledEngine
from acinus.engine.compiled.calling import ENDS
from acinus.engine.compiled.failures import finished_solution
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for
from acinus.errors import AcinusError, EngineError, EquationError
from acinus.system.graph import build_program
from acinus.verification.constructs import construct_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from acinus.system.graph import Program

__all__ = ["Course", "Refused", "our_course", "our_name", "our_program"]


class Refused(Exception):
    """Our engine does not take the model; the message is the diagnostics in words.

    Attributes
    ----------
    construct : str
        What is refused, in few stable words.
    """

    def __init__(self, construct: str, message: str) -> None:
        super().__init__(message)
        self.construct = construct


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """What one integration gave.

    Attributes
    ----------
    values : (T, K) array
        NaN from the first sample on that was not reached.
    trouble : str
        Why the end was not reached; empty if it was.
    """

    values: NDArray[np.float64]
    trouble: str


def our_name() -> str:
    """Return our engine's name and version."""
    return CompiledEngine().name


def our_program(sbml: str, location: str | None) -> Program:
    """Return the equations of a model; `Refused` if our engine does not take it."""
    try:
        program = build_program(sbml, location)
    except EquationError as error:
        raise _refused(error) from None
    return program


def our_course(
    program: Program, nodes: Sequence[int], times: NDArray[np.float64], tolerances: Tolerances
) -> Course:
    """Return the values of some nodes of a program at some times, integrated from time 0 on.

    Parameters
    ----------
    program : Program
    nodes : (K,) sequence of int
    times : (T,) array, unit of time of the model
        Strictly increasing, not before 0.
    tolerances : Tolerances

    Raises
    ------
    Refused
        If the program holds an operation that the engine does not have.
    """
    recorded = replace(program, output_names=tuple(f"node {n}" for n in nodes), outputs=tuple(nodes))
    own = np.array([program.param_defaults[: program.settable]]).reshape(1, -1)
    batch = Batch(own, ((),), times, np.arange(len(nodes)))
    try:
        machine = machine_for(recorded, CompiledEngine().method_for(tolerances))
    except EngineError as error:
        raise _refused(error) from None
    raw = integrate(machine, batch, tolerances)
    # A recorded value may be infinite or no number by right; the contract of the engine calls that a failure.
    plain = raw.values[0].copy()
    solution = finished_solution(machine, batch, recorded.output_names, tolerances, raw)
    if ENDS[int(raw.ends[0])] == "reached":
        return Course(plain, "")
    reached = solution.status[0] is Status.REACHED_END
    trouble = "" if reached else f"{solution.status[0].value} {solution.message[0]}".strip()
    return Course(solution.values[0], trouble)


def _refused(error: AcinusError) -> Refused:
    return Refused(construct_of(error.diagnostics), "; ".join(d.what for d in error.diagnostics))
