"""What an SBML model says, read once from libSBML: plain records, nothing computed yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from acinus.system.graph.formula import Function, read_formula, read_function

if TYPE_CHECKING:
    from acinus.system.graph.formula import Formula

__all__ = ["Definitions", "Happening", "Participant", "Reaction", "Species", "read_definitions"]


@dataclass(frozen=True)
class Species:
    """A species; `as_amount` says that its id means an amount in formulas, not a concentration."""

    compartment: str
    amount: float | None
    concentration: float | None
    as_amount: bool
    boundary: bool
    constant: bool
    conversion: str | None


@dataclass(frozen=True)
class Participant:
    """A reactant (sign -1) or product (+1): its stoichiometry is a number, a formula, or what its own id means."""

    species: str
    sign: int
    id: str
    number: float | None
    formula: Formula | None


@dataclass(frozen=True)
class Reaction:
    """A reaction; without a formula its rate is left open by the model."""

    formula: Formula | None
    participants: tuple[Participant, ...]


@dataclass(frozen=True)
class Happening:
    """An event as written."""

    id: str
    trigger: Formula
    delay: Formula | None
    priority: Formula | None
    persistent: bool
    initial_value: bool
    use_values_from_trigger_time: bool
    assignments: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True)
class Quantity:
    """A compartment, a global parameter or the stoichiometry of a species reference."""

    value: float | None
    constant: bool


@dataclass
class Definitions:
    """Everything a model defines, by id and in the order of the model; filled once by `read_definitions`."""

    parameters: dict[str, Quantity] = field(default_factory=dict)
    compartments: dict[str, Quantity] = field(default_factory=dict)
    species: dict[str, Species] = field(default_factory=dict)
    stoichiometries: dict[str, Quantity] = field(default_factory=dict)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    rules: dict[str, Formula] = field(default_factory=dict)
    rates: dict[str, Formula] = field(default_factory=dict)
    constraints: list[Formula] = field(default_factory=list)
    starts: dict[str, Formula] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def assigned(self) -> set[str]:
        """Return the ids that events change."""
        return {target for happening in self.happenings for target, _ in happening.assignments}


def read_definitions(model: Any) -> Definitions:
    """Return what a libSBML model defines; packages must have been flattened."""
    found = Definitions()
    for item in model.getListOfFunctionDefinitions():
        found.functions[item.getId()] = (
            read_function(item.getMath()) if item.isSetMath() else Function((), None)
        )
    for item in model.getListOfParameters():
        value = item.getValue() if item.isSetValue() else None
        found.parameters[item.getId()] = Quantity(value, item.getConstant())
    points = set()
    for item in model.getListOfCompartments():
        point = item.getSpatialDimensions() == 0 and (model.getLevel() < 3 or item.isSetSpatialDimensions())
        if point:
            points.add(item.getId())
        value = item.getSize() if item.isSetSize() else (1.0 if model.getLevel() == 1 else None)
        found.compartments[item.getId()] = Quantity(value, item.getConstant())
    for item in model.getListOfSpecies():
        found.species[item.getId()] = _species(item, model, points)
    for item in model.getListOfReactions():
        _read_reaction(item, found)
    _read_rules(model, found)
    for item in model.getListOfInitialAssignments():
        if item.isSetMath():
            found.starts[item.getSymbol()] = read_formula(item.getMath(), {})
        else:
            found.notes.append(f"the initial assignment of `{item.getSymbol()}` has no formula")
    for i, item in enumerate(model.getListOfEvents()):
        _read_event(item, item.getIdAttribute() or f"event {i + 1}", found)
    return found


def _species(item: Any, model: Any, points: set[str]) -> Species:
    conversion = item.getConversionFactor() if item.isSetConversionFactor() else ""
    if not conversion and model.isSetConversionFactor():
        conversion = model.getConversionFactor()
    return Species(
        compartment=item.getCompartment(),
        amount=item.getInitialAmount() if item.isSetInitialAmount() else None,
        concentration=item.getInitialConcentration() if item.isSetInitialConcentration() else None,
        as_amount=item.getHasOnlySubstanceUnits() or item.getCompartment() in points,
        boundary=item.getBoundaryCondition(),
        constant=item.getConstant(),
        conversion=conversion or None,
    )


def _read_reaction(item: Any, found: Definitions) -> None:
    law = item.getKineticLaw()
    formula = None
    if law is not None and law.isSetMath():
        local = {
            p.getId(): p.getValue() if p.isSetValue() else float("nan")
            for p in (*law.getListOfParameters(), *law.getListOfLocalParameters())
        }
        formula = read_formula(law.getMath(), local)
    else:
        found.notes.append(f"the reaction `{item.getId()}` has no rate law")
    participants = []
    for references, sign in ((item.getListOfReactants(), -1), (item.getListOfProducts(), 1)):
        participants += [_participant(reference, sign, found) for reference in references]
    found.reactions[item.getId()] = Reaction(formula, tuple(participants))


def _participant(reference: Any, sign: int, found: Definitions) -> Participant:
    number = None
    old = reference.getLevel() < 3
    if reference.isSetStoichiometry() or old:
        number = reference.getStoichiometry() / (reference.getDenominator() if old else 1)
    formula = None
    if old and reference.isSetStoichiometryMath():
        math = reference.getStoichiometryMath()
        if math.isSetMath():
            formula = read_formula(math.getMath(), {})
    symbol = reference.getIdAttribute()
    if id:
        constant = old or not reference.isSetConstant() or reference.getConstant()
        found.stoichiometries[symbol] = Quantity(number, constant)
    return Participant(reference.getSpecies(), sign, symbol, number, formula)


def _read_rules(model: Any, found: Definitions) -> None:
    for item in model.getListOfRules():
        target = item.getVariable()
        if not item.isSetMath():
            found.notes.append(
                f"the rule of `{target}` has no formula" if target else "a rule has no formula"
            )
            continue
        formula = read_formula(item.getMath(), {})
        if item.isAssignment():
            found.rules[target] = formula
        elif item.isRate():
            found.rates[target] = formula
        else:
            found.constraints.append(formula)


def _read_event(item: Any, symbol: str, found: Definitions) -> None:
    trigger = item.getTrigger()
    if trigger is None or not trigger.isSetMath():
        found.notes.append(f"the event `{symbol}` has no trigger")
        return

    def optional(part: Any) -> Formula | None:
        return read_formula(part.getMath(), {}) if part is not None and part.isSetMath() else None

    found.happenings.append(
        Happening(
            id=symbol,
            trigger=read_formula(trigger.getMath(), {}),
            delay=optional(item.getDelay()),
            priority=optional(item.getPriority()),
            persistent=trigger.getPersistent(),
            initial_value=trigger.getInitialValue(),
            use_values_from_trigger_time=item.getUseValuesFromTriggerTime(),
            assignments=tuple(
                (a.getVariable(), read_formula(a.getMath(), {}))
                for a in item.getListOfEventAssignments()
                if a.isSetMath()
            ),
        )
    )
