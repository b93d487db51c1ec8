"""What tests of the biology share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import libsbml
import numpy as np
import pytest

from acinus.system import build_system
from acinus.system.graph import evaluate, start_values

if TYPE_CHECKING:
    from acinus.model import Model


@functools.cache
def volumes(model: Model) -> dict[str, float]:
    """Return the volume of the compartment of each species, in L, at the start."""
    program = build_system(model).program
    parameters, states = start_values(program)
    nodes = dict(program.symbols)
    document = libsbml.readSBMLFromString(model.sbml)  # what it lends lives as long as it does
    compartments = [(one.getId(), one.getCompartment()) for one in document.getModel().getListOfSpecies()]
    values = evaluate(program, [nodes[where] for _, where in compartments], 0.0, states, parameters)
    return dict(zip((key for key, _ in compartments), values.tolist(), strict=True))


@pytest.fixture(scope="session")
def moiety_amount():
    """Return a function: how much of a moiety there is, in mmol, at each sample of the first individual."""

    def amount(model, run, moiety: str):
        total = np.zeros_like(run.time)
        for key, symbol in model.symbols.items():
            if symbol.moiety.get(moiety):
                held = run[key][0]
                if symbol.kind == "species":
                    held = held * volumes(model)[key]
                total += symbol.moiety[moiety] * held
        return total

    return amount
