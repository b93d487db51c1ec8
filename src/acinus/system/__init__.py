"""From a model to its equations: what may be set, what can be recorded, and where every individual starts.

In: a `Model`. Out: an `OdeSystem`: the SBML that the engine reads, the names of its parameters, species and
outputs in a fixed order, and (`InitialState`) the values at time zero as a function of the parameters.

Knows SBML's meaning. Never knows arrays of people, threads, doses, units or integrators.
"""

from __future__ import annotations

from acinus.system.initial_state import InitialState, compile_initial_state
from acinus.system.ode_system import OdeSystem, build_system

__all__ = ["InitialState", "OdeSystem", "build_system", "compile_initial_state"]
