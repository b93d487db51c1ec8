"""Give a model a protocol: doses, diet, rules and sampling times in; trajectories with units and provenance out.

In: a `Model`, a `Protocol` (from a file or made in Python) and, for more than one individual, a table of values.
Out: `Trajectories`.

Knows doses, routes, regimens, diet lines, units and what a parameter means. Never knows distributions (where a table
of individuals came from) nor how the equations are integrated.
"""

from __future__ import annotations

from acinus.simulation.exporting import protocol_as_sbml
from acinus.simulation.people import Individuals
from acinus.simulation.protocol import DietLine, Dose, Every, Protocol, every
from acinus.simulation.protocol_file import load_arms, load_protocol, load_regimen, load_rule, named_protocol
from acinus.simulation.rule import Acted, Checks, Combined, Rule, Test, Watch
from acinus.simulation.running import simulate
from acinus.simulation.schedule import Schedule
from acinus.simulation.storage import load_trajectories
from acinus.simulation.trajectories import Trajectories
from acinus.simulation.written import Column

__all__ = [
    "Acted",
    "Checks",
    "Column",
    "Combined",
    "DietLine",
    "Dose",
    "Every",
    "Individuals",
    "Protocol",
    "Rule",
    "Schedule",
    "Test",
    "Trajectories",
    "Watch",
    "every",
    "load_arms",
    "load_protocol",
    "load_regimen",
    "load_rule",
    "load_trajectories",
    "named_protocol",
    "protocol_as_sbml",
    "simulate",
]
