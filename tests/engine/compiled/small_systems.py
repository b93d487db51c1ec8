"""Systems as Antimony writes them, and with rules that it cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.system import OdeSystem, system_from_sbml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["from_antimony", "with_algebraic_rules"]


def from_antimony(body: str) -> OdeSystem:
    """Return the system of a model's body."""
    import antimony

    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(f"model toy\n{body}\nend") >= 0, antimony.getLastError()
    return system_from_sbml(str(antimony.getSBMLString("toy")))


def with_algebraic_rules(
    variables: Mapping[str, float],
    constants: Mapping[str, float],
    rates: Mapping[str, str],
    rules: Sequence[str],
    events: Mapping[str, Mapping[str, str]] | None = None,
) -> OdeSystem:
    """Return a system with rates, algebraic rules and events (assignments by trigger)."""
    import libsbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    model.setId("algebraic")
    for given, constant in ((variables, False), (constants, True)):
        for name, value in given.items():
            parameter = model.createParameter()
            parameter.setId(name)
            parameter.setConstant(constant)
            parameter.setValue(value)
    for name, text in rates.items():
        rate = model.createRateRule()
        rate.setVariable(name)
        rate.setMath(libsbml.parseL3Formula(text))
    for text in rules:
        model.createAlgebraicRule().setMath(libsbml.parseL3Formula(text))
    for i, (trigger, assignments) in enumerate((events or {}).items()):
        event = model.createEvent()
        event.setId(f"E{i}")
        event.setUseValuesFromTriggerTime(True)
        cause = event.createTrigger()
        cause.setMath(libsbml.parseL3Formula(trigger))
        cause.setPersistent(True)
        cause.setInitialValue(True)
        for name, text in assignments.items():
            assignment = event.createEventAssignment()
            assignment.setVariable(name)
            assignment.setMath(libsbml.parseL3Formula(text))
    return system_from_sbml(libsbml.writeSBMLToString(document))
