"""The engine's contract kept by compiled code."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.engine.compiled.cache import cache_key, read_cached, write_cached
from acinus.engine.compiled.failures import finished_solution, pivoted_solution
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for, method_named
from acinus.engine.records import Batch, Solution, Tolerances
from acinus.errors import Code, Diagnostic, EngineError
from acinus.provenance import version

if TYPE_CHECKING:
    from acinus.system import OdeSystem
    from acinus.system.graph.program import Program

__all__ = ["CompiledEngine", "program_of", "refuse_unsupported"]


class CompiledEngine:
    """Integrates batches with machine code made for each model.

    Parameters
    ----------
    method : str, optional
        `rodas5`, `rodas5p`, `radau9` or `radau13`. Unless given the tolerance decides. Rodas5 is the fastest down to
        a relative tolerance of 3e-8. Below that stiff states cost Rosenbrock methods most of their order, and the
        Radau methods take over: of order 9 down to 2e-11, of order 13 from there on. Models with events that watch
        the state stay with Rosenbrock methods, of which Rodas5P loses less of its order.
    """

    _TIGHT = 3e-8
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
        program = program_of(system.sbml)
        refuse_unsupported(program)
        if program.zero_diagonal:
            return pivoted_solution(program, batch, system.outputs, settings)
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


@functools.lru_cache(maxsize=8)
def program_of(sbml: str) -> Program:
    """Return the program of a model, built once per process and kept beside its object code."""
    from acinus.system.graph import build_program, from_bytes, to_bytes

    key = cache_key(b"program", _graph_version(), sbml.encode())
    data = read_cached(key)
    if data is not None:
        return from_bytes(data)
    program = build_program(sbml)
    write_cached(key, to_bytes(program))
    return program


@functools.cache
def _graph_version() -> bytes:
    from acinus.system import graph

    files = sorted(Path(graph.__file__).parent.glob("*.py"))
    return cache_key(*(file.read_bytes() for file in files)).encode()


def refuse_unsupported(program: Program) -> None:
    """Raise `EngineError` AC421 for each event that depends on the state."""
    findings = [
        Diagnostic(
            Code.EVENT_NOT_COMPILED,
            f"the event `{event.id}` depends on the state",
            None,
            "The compiled engine carries out events whose time is known before the run.",
            "Use the reference engine for this model.",
        )
        for event in program.events
    ]
    if findings:
        raise EngineError(findings)
