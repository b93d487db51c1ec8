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

__all__ = ["CompiledEngine"]


class CompiledEngine:
    """Integrates batches with machine code made for each model.

    Parameters
    ----------
    method : str, optional
        `rodas5` or `rodas5p`. Unless given the tolerance decides: Rodas5P loses less of its order on stiff problems,
        which pays below a relative tolerance of 3e-8; above it Rodas5 is the more exact of the two.
    """

    _TIGHT = 3e-8

    def __init__(self, method: str | None = None) -> None:
        self.method = method
        self._name = method_named(method).name if method else "Rodas5 or Rodas5P by tolerance"

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
        machine = machine_for(program, self.method_for(settings))
        raw = integrate(machine, batch, settings, workers)
        return finished_solution(machine, batch, system.outputs, settings, raw)

    def method_for(self, tolerances: Tolerances) -> str:
        """Return the name of the method that some tolerances are met with."""
        return self.method or ("rodas5p" if tolerances.relative < self._TIGHT else "rodas5")
