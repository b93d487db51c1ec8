"""The SBML of a model with what its initial assignments give written as numbers."""

from __future__ import annotations

import math

from acinus.system.graph import evaluate, start_values
from acinus.system.ode_system import system_from_sbml

__all__ = ["start_as_numbers"]


def start_as_numbers(sbml: str) -> str:
    """Return the SBML with a number for each initial assignment that gives one.

    Some simulators write every formula out wherever it is used. Where resting values build on each other, that text
    grows beyond a machine's memory; numbers stop it. What is lost: a parameter changed afterwards no longer moves
    the start.

    Parameters
    ----------
    sbml : str
        Level 3.

    Returns
    -------
    str
        The same model. An assignment whose value is not finite, or of a stoichiometry, stays as it is.
    """
    import libsbml

    program = system_from_sbml(sbml).program
    parameters, states = start_values(program)
    document = libsbml.readSBMLFromString(sbml)
    core = document.getModel()
    nodes = dict(program.symbols)
    keys = [one.getSymbol() for one in core.getListOfInitialAssignments() if one.getSymbol() in nodes]
    values = evaluate(program, [nodes[key] for key in keys], 0.0, states, parameters).tolist()
    for key, value in zip(keys, values, strict=True):
        if not math.isfinite(value):
            continue
        if core.getSpecies(key) is not None:
            species = core.getSpecies(key)
            if species.getHasOnlySubstanceUnits():
                species.setInitialAmount(value)
            else:
                species.setInitialConcentration(value)
        elif core.getCompartment(key) is not None:
            core.getCompartment(key).setSize(value)
        elif core.getParameter(key) is not None:
            core.getParameter(key).setValue(value)
        else:
            continue
        core.removeInitialAssignment(key)
    return libsbml.writeSBMLToString(document)
