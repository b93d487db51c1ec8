"""What the ids of a plain SBML model mean, as far as the file says.

In: a libSBML model. Out: `Symbol`s with units as pint text, empty where the file gives none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from acinus.model.record import Kind, Symbol
from acinus.model.unit_definitions import definition_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["symbols_of"]

_IDENTIFIER = re.compile(
    r"identifiers\.org[/:](?:[\w.]+/)?([A-Za-z][\w.]*:[\w.:-]+)$|urn:miriam:[\w.]+:(\w+)%3A(\d+)$"
)


def symbols_of(model: Any) -> dict[str, Symbol]:
    """Return every species, compartment, parameter and reaction of a model by id."""
    assigned = {a.getSymbol() for a in _each(model.getListOfInitialAssignments())}
    ruled = {r.getVariable() for r in _each(model.getListOfRules()) if not r.isAlgebraic()}
    given = _Given(assigned, ruled)
    out: dict[str, Symbol] = {}
    for compartment in _each(model.getListOfCompartments()):
        value = given.number(compartment, compartment.isSetSize(), compartment.getSize())
        out[compartment.getId()] = _symbol(
            compartment, "compartment", constant=compartment.getConstant(), value=value
        )
    for species in _each(model.getListOfSpecies()):
        amount = species.getHasOnlySubstanceUnits()
        out[species.getId()] = _symbol(
            species,
            "amount" if amount else "species",
            constant=species.getConstant(),
            value=_level(model, species, given),
        )
    for parameter in _each(model.getListOfParameters()):
        constant = parameter.getConstant()
        value = given.number(parameter, parameter.isSetValue(), parameter.getValue())
        out[parameter.getId()] = _symbol(
            parameter, "parameter" if constant else "variable", constant=constant, value=value
        )
    for reaction in _each(model.getListOfReactions()):
        out[reaction.getId()] = _symbol(reaction, "reaction", constant=False, value=None)
    return out


class _Given:
    """Which ids take their value from a formula and not from their attribute."""

    def __init__(self, assigned: set[str], ruled: set[str]) -> None:
        self._formula = assigned | ruled

    def number(self, element: Any, is_set: bool, value: float) -> float | None:  # noqa: FBT001 - an attribute, not a switch
        return float(value) if is_set and element.getId() not in self._formula else None


def _level(model: Any, species: Any, given: _Given) -> float | None:
    """Return the start value in the species' own meaning, amount or concentration."""
    compartment = model.getCompartment(species.getCompartment())
    size = (
        given.number(compartment, compartment.isSetSize(), compartment.getSize())
        if compartment is not None
        else None
    )
    if species.getHasOnlySubstanceUnits():
        if species.isSetInitialConcentration():
            start = given.number(species, True, species.getInitialConcentration())
            return start * size if start is not None and size is not None else None
        return given.number(species, species.isSetInitialAmount(), species.getInitialAmount())
    if species.isSetInitialAmount():
        start = given.number(species, True, species.getInitialAmount())
        return start / size if start is not None and size else None
    return given.number(species, species.isSetInitialConcentration(), species.getInitialConcentration())


def _symbol(element: Any, kind: Kind, *, constant: bool, value: float | None) -> Symbol:
    name = element.getId()
    unit = ""
    if kind != "reaction":
        unit = definition_text(element.getDerivedUnitDefinition())
    return Symbol(
        name, kind, unit, element.getName() or name, _ontology(element), {}, name, None, constant, value
    )


def _ontology(element: Any) -> str:
    for index in range(element.getNumCVTerms()):
        resources = element.getCVTerm(index)
        for position in range(resources.getNumResources()):
            found = _IDENTIFIER.search(resources.getResourceURI(position))
            if found:
                return found.group(1) or f"{found.group(2)}:{found.group(3)}"
    return ""


def _each(elements: Any) -> Iterator[Any]:
    for index in range(elements.size()):
        yield elements.get(index)
