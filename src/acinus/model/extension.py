"""A model with more in it: new parameters, rules and events, written as formulas in its own ids.

In: a `Model` and an `Extension`. Out: a new `Model`, whose SBML carries the addition with units and names, so that any
simulator of SBML does the same. Knows SBML; never knows what an addition is for.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, SbmlError
from acinus.model.record import Symbol, frozen
from acinus.model.unit_definitions import add_unit
from acinus.provenance import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model.record import Model

__all__ = [
    "AddedEvent",
    "AddedParameter",
    "Extension",
    "compartment_of",
    "extend_model",
    "with_parameter_values",
]


@dataclass(frozen=True, slots=True)
class AddedParameter:
    """A number: constant where nothing changes it, otherwise a variable of events or of its formula.

    Attributes
    ----------
    id, unit, name : str
    value : float
        What it starts from.
    varies : bool
        Whether events set it.
    formula : str or None
        What it equals at all times, in the infix text of SBML Level 3.
    """

    id: str
    unit: str
    name: str
    value: float = 0.0
    varies: bool = False
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class AddedEvent:
    """Something that happens when its trigger turns true: pairs of id and formula are assigned.

    Values are computed when it triggers, from before anything else that happens then, unless `in_turn` asks for the
    moment of its own turn: what adds to a variable must see what others added.
    """

    id: str
    name: str
    trigger: str
    assignments: tuple[tuple[str, str], ...]
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """What is added.

    Attributes
    ----------
    parameters : tuple of AddedParameter
    formulas : tuple of (id, formula)
        Constant parameters of the model that follow a formula from now on.
    events : tuple of AddedEvent
    """

    parameters: tuple[AddedParameter, ...]
    formulas: tuple[tuple[str, str], ...]
    events: tuple[AddedEvent, ...]


@functools.lru_cache(maxsize=16)
def extend_model(model: Model, extension: Extension) -> Model:
    """Return the model with the addition.

    Raises
    ------
    SbmlError
        AC201 for a formula that is none or names what is not there.
    """
    import libsbml

    document = libsbml.readSBMLFromString(model.sbml)
    content = document.getModel()
    for added in extension.parameters:
        _add_parameter(content, added)
    for symbol_id, formula in extension.formulas:
        content.getParameter(symbol_id).setConstant(False)
        _add_rule(content, symbol_id, formula)
    for event in extension.events:
        _add_event(content, event)
    sbml = _text(document)
    return replace(
        model,
        sbml=sbml,
        hash=content_hash(sbml, str(model.zones)),
        symbols=frozen({**model.symbols, **_symbols(model, extension)}),
    )


def compartment_of(model: Model, species: str) -> str:
    """Return the id of the compartment that a species stands in."""
    import libsbml

    return str(libsbml.readSBMLFromString(model.sbml).getModel().getSpecies(species).getCompartment())


def with_parameter_values(model: Model, values: Mapping[str, float]) -> str:
    """Return the SBML of a model in which constant parameters have other values, in the model's units."""
    import libsbml

    document = libsbml.readSBMLFromString(model.sbml)
    content = document.getModel()
    for symbol_id, value in values.items():
        parameter = content.getParameter(symbol_id)
        if parameter is not None:
            content.removeInitialAssignment(symbol_id)
            parameter.setValue(float(value))
        elif content.getCompartment(symbol_id) is not None:
            content.removeInitialAssignment(symbol_id)
            content.getCompartment(symbol_id).setSize(float(value))
    return _text(document)


def _text(document: Any) -> str:
    import libsbml

    # The comment says when it was written, which is no part of the model.
    return re.sub(r"<!-- Created by .*?-->\n?", "", libsbml.writeSBMLToString(document), count=1)


def _add_parameter(content: Any, added: AddedParameter) -> None:
    parameter = content.createParameter()
    if parameter.setId(added.id) != 0:
        raise _refused(f"`{added.id}` is no id")
    parameter.setName(added.name)
    parameter.setConstant(not added.varies and added.formula is None)
    if added.unit:
        parameter.setUnits(add_unit(content, added.unit))
    if added.formula is None:
        parameter.setValue(added.value)
    else:
        _add_rule(content, added.id, added.formula)


def _add_rule(content: Any, symbol_id: str, formula: str) -> None:
    rule = content.createAssignmentRule()
    rule.setVariable(symbol_id)
    rule.setMath(_math(formula, content))


def _add_event(content: Any, added: AddedEvent) -> None:
    event = content.createEvent()
    event.setId(added.id)
    event.setName(added.name)
    event.setUseValuesFromTriggerTime(not added.in_turn)
    trigger = event.createTrigger()
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    trigger.setMath(_math(added.trigger, content))
    for symbol_id, formula in added.assignments:
        assignment = event.createEventAssignment()
        assignment.setVariable(symbol_id)
        assignment.setMath(_math(formula, content))


def _math(formula: str, content: Any) -> Any:
    import libsbml

    settings = libsbml.L3ParserSettings()
    settings.setModel(content)
    found = libsbml.parseL3FormulaWithSettings(formula, settings)
    if found is None:
        raise _refused(f"`{formula}`: {libsbml.getLastParseL3Error()}")
    missing = [name for name in _names(found) if content.getElementBySId(name) is None]
    if missing:
        raise _refused(f"`{formula}` names `{missing[0]}`, which the model does not have")
    _count_bare_numbers(found)
    return found


def _count_bare_numbers(math: Any) -> None:
    """Say of the bare numbers of a formula that they are counts, so that its units can be checked."""
    if math.isNumber():
        math.setUnits("dimensionless")
    for i in range(math.getNumChildren()):
        _count_bare_numbers(math.getChild(i))


def _names(math: Any) -> list[str]:
    import libsbml

    own = [math.getName()] if math.getType() == libsbml.AST_NAME else []
    return own + [name for i in range(math.getNumChildren()) for name in _names(math.getChild(i))]


def _refused(what: str) -> SbmlError:
    return SbmlError(
        Diagnostic(Code.SBML_INVALID, f"an addition to the model cannot be written: {what}", None, "", "")
    )


def _symbols(model: Model, extension: Extension) -> dict[str, Symbol]:
    found: dict[str, Symbol] = {}
    for added in extension.parameters:
        constant = not added.varies and added.formula is None
        found[added.id] = Symbol(
            added.id,
            "parameter" if constant else "variable",
            added.unit,
            added.name,
            "",
            {},
            added.id,
            None,
            constant,
            added.value if added.formula is None else None,
        )
    for symbol_id, _ in extension.formulas:
        found[symbol_id] = replace(model.symbols[symbol_id], kind="variable", constant=False, value=None)
    return found
