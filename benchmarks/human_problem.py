"""Our own human model: 20 g of acetaminophen at once, acetylcysteine in three bags from 8 h, healthy adults.

The dose is the amount in the gut at the start and the bags are events of the model, so that every tool carries them
by its own means.
"""

from __future__ import annotations

import libsbml

from acinus import load_model
from acinus.population import draw_population
from benchmarks.problem import Problem, problem_of

__all__ = ["human_problem", "human_sbml"]

_GRAMS = 20.0
_BAGS = ((8.0, 150.0, 1.0), (9.0, 50.0, 4.0), (13.0, 100.0, 16.0))  # start in h, mg/kg, duration in h


def human_problem(people: int) -> Problem:
    """Return the human model with individuals of the population `healthy_adults`."""
    drawn = draw_population("healthy_adults", people, 1, model=load_model("human"))
    return problem_of("human", human_sbml(), people, drawn.columns)


def human_sbml() -> str:
    """Return the human model as SBML with the dose and the infusions in it."""
    model = load_model("human")
    document = libsbml.readSBMLFromString(model.sbml)
    content = document.getModel()
    gut = content.getSpecies("apap_tablet")
    gut.setInitialAmount(1000.0 * _GRAMS / content.getParameter("apap_molar_mass").getValue())
    content.getParameter("nac_infusion").setConstant(False)
    for k, (time, dose, duration) in enumerate(_BAGS):
        _set_at(content, f"bag_{k + 1}", time, f"{dose} * BW / nac_molar_mass / {duration}")
    last, _, duration = _BAGS[-1]
    _set_at(content, "bags_end", last + duration, "0")
    return libsbml.writeSBMLToString(document)


def _set_at(content: libsbml.Model, name: str, time: float, rate: str) -> None:
    """Add an event that sets the rate of the infusion, mmol/h."""
    event = content.createEvent()
    event.setId(name)
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(True)
    trigger.setPersistent(True)
    trigger.setMath(libsbml.parseL3Formula(f"time >= {time}"))
    assignment = event.createEventAssignment()
    assignment.setVariable("nac_infusion")
    assignment.setMath(libsbml.parseL3Formula(rate))
