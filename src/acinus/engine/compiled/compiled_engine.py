"""The engine's contract kept by compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.failures import finished_solution
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for, method_named
from acinus.engine.records import Batch, Solution, Tolerances
from acinus.provenance import version

if TYPE_CHECKING:
    from acinus.system import OdeSystem
    from acinus.system.graph.program import Program

__all__ = ["CompiledEngine"]


class CompiledEngine:
    """Integrates batches with machine code made for each model.

    Parameters
    ----------
    method : str, optional
        `rodas5`, `rodas5p`, `radau9` or `radau13`. Unless given the tolerance decides. Rodas5 is the fastest down to
        a relative tolerance of 2e-7. Below that stiff states cost Rosenbrock methods most of their order, and the
        Radau methods take over: of order 9 down to 2e-11, of order 13 from there on. Models with events that watch
        the state stay with Rosenbrock methods, of which Rodas5P loses less of its order.
    """

    _TIGHT = 2e-7
    _VERY_TIGHT = 2e-11

    def __init__(self, method: str | None = None) -> None:
        self.method = method
        self._name = method_named(method).name if method else "Rodas5 or Radau IIA by tolerance"

    @property
    def name(self) -> str:
        """The engine and its version, as it stands in the provenance of a result."""
        return f"acinus {version()} ({self._name})"

    def solve(
        self, system: OdeSystem, batch: Batch, tolerances: Tolerances | None = None, workers: int = 1
    ) -> Solution:
        """Integrate a batch; see `acinus.engine.solve`. Workers are threads."""
        settings = tolerances if tolerances is not None else Tolerances()
        program = system.program
        machine = machine_for(program, self.method_for(settings, program))
        raw = integrate(machine, batch, settings, workers)
        return finished_solution(machine, batch, system.outputs, settings, raw, workers)

    def method_for(self, tolerances: Tolerances, program: Program | None = None) -> str:
        """Return the name of the method that some tolerances are met with, for a program if one is given."""
        if self.method:
            return self.method
        if tolerances.relative >= self._TIGHT:
            return "rodas5"
        if program is not None and program.events:
            return "rodas5p"
        return "radau9" if tolerances.relative >= self._VERY_TIGHT else "radau13"
