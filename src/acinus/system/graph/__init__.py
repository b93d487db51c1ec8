"""From SBML to one expression graph with exact derivatives, ready to be compiled.

In: SBML text of any level, submodels included. Out: a `Program`: the right-hand side of ``M dy/dt = f(t, y, p)``, its
sparse Jacobian, its events, where it starts and in which order to eliminate, all as numbered nodes of one
hash-consed graph; or an `EquationError` that names every construct that cannot be carried.

Knows the meaning of SBML and calculus. Never knows machine code, step sizes, people or doses.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.system.graph.build import build_program
    from acinus.system.graph.interpreter import consistent_state, evaluate, reachable, start_values
    from acinus.system.graph.program import Assignment, Barrier, Event, Node, Program
    from acinus.system.graph.storage import from_bytes, to_bytes

# On first use: a program that is found in the cache needs neither the builder nor libSBML.
_HOME = {
    "build_program": "build",
    "consistent_state": "interpreter",
    "evaluate": "interpreter",
    "reachable": "interpreter",
    "start_values": "interpreter",
    "Assignment": "program",
    "Barrier": "program",
    "Event": "program",
    "Node": "program",
    "Program": "program",
    "from_bytes": "storage",
    "to_bytes": "storage",
}

__all__ = [
    "Assignment",
    "Barrier",
    "Event",
    "Node",
    "Program",
    "build_program",
    "consistent_state",
    "evaluate",
    "from_bytes",
    "reachable",
    "start_values",
    "to_bytes",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module `{__name__}` has no `{name}`")
