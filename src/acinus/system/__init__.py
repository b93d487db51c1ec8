"""From a model to its equations: what may be set, what can be recorded, and how the states change.

In: a `Model`, or SBML text. Out: an `OdeSystem`: the program that an engine compiles (`acinus.system.graph`) and the
names of its parameters, species and outputs in a fixed order.

Knows SBML's meaning. Never knows arrays of people, threads, doses, units or integrators.
"""

from __future__ import annotations

from acinus.system.ode_system import OdeSystem, build_system, system_from_sbml
from acinus.system.start_as_numbers import start_as_numbers

__all__ = ["OdeSystem", "build_system", "start_as_numbers", "system_from_sbml"]
