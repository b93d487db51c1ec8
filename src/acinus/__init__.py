"""acinus: a liver, what protects it and what harms it, and how much of each answer rests on evidence.

>>> import acinus
>>> model = acinus.load_model("human")                     # doctest: +SKIP
>>> run = acinus.simulate(model, "overdose_20g")           # doctest: +SKIP

Names are loaded on first use, so that ``import acinus`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.endpoints import read_endpoint
    from acinus.model import Model, load_model
    from acinus.population import draw_population
    from acinus.simulation import Protocol, Trajectories, load_protocol, simulate

_HOME = {
    "Model": "acinus.model",
    "Protocol": "acinus.simulation",
    "Trajectories": "acinus.simulation",
    "draw_population": "acinus.population",
    "load_model": "acinus.model",
    "load_protocol": "acinus.simulation",
    "read_endpoint": "acinus.endpoints",
    "simulate": "acinus.simulation",
}

__all__ = [
    "Model",
    "Protocol",
    "Trajectories",
    "draw_population",
    "load_model",
    "load_protocol",
    "read_endpoint",
    "simulate",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module `acinus` has no `{name}`")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
