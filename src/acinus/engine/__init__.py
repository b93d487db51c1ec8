"""Integrate many individuals: arrays in, arrays out, and a `Status` for each of them.

In: an `OdeSystem`, a `Batch` of parameter values, changes and sampling times, `Tolerances`. Out: a `Solution`.

Knows how to integrate. Never knows what a column means: no doses, routes, units or people. One individual never
learns of another: its trajectory is the same alone, in any batch, in any order, with any number of workers. The engine
is our own (`compiled`); libroadrunner's CVODE (`roadrunner_reference`) keeps the same contract and is what it is
compared with.
"""

from __future__ import annotations

from acinus.engine.records import Batch, Change, Failure, Solution, Status, Tolerances
from acinus.engine.sensitivities import Sensitivities, sensitivities
from acinus.engine.solving import engine_name, solve

__all__ = [
    "Batch",
    "Change",
    "Failure",
    "Sensitivities",
    "Solution",
    "Status",
    "Tolerances",
    "engine_name",
    "sensitivities",
    "solve",
]
