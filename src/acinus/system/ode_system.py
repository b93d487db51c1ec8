"""The system of equations that an engine is given: names in a fixed order, and the SBML they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acinus.errors import Code, Diagnostic, EquationError
from acinus.system.initial_state import InitialState, compile_initial_state
from acinus.system.refusals import unsupported

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from acinus.model import Model

__all__ = ["OdeSystem", "build_system"]


@dataclass(frozen=True, eq=False)
class OdeSystem:
    """The equations of a model, ready for an engine.

    Attributes
    ----------
    sbml, hash : str
        The model as SBML, and the hash that names it.
    parameters : tuple of str
        Every parameter, and every size of a compartment, that may be set for an individual or during a run.
    parameter_values : (P,) array
        Their values in the model, in the units of the model.
    species : tuple of str
        Every species whose amount may be changed during a run.
    outputs : tuple of str
        Every id that can be recorded. A species is recorded in its own meaning: concentration or amount.
    state_events : tuple of str
        Events of the model whose trigger looks at the state and not only at the time.
    """

    sbml: str
    hash: str
    parameters: tuple[str, ...]
    parameter_values: NDArray[np.float64]
    species: tuple[str, ...]
    outputs: tuple[str, ...]
    state_events: tuple[str, ...] = ()


def build_system(model: Model) -> OdeSystem:
    """Return the equations of a model.

    Raises
    ------
    EquationError
        AC301 for each construct that is not computed exactly (delays, fast reactions, algebraic rules, packages,
        stoichiometries that are formulas), AC302 for a symbol without a value, AC303 for circular definitions.
    """
    import libsbml

    document = libsbml.readSBMLFromString(model.sbml)
    findings = unsupported(document)
    if findings:
        raise EquationError(findings)
    start = compile_initial_state(model.sbml)
    fired = _fired_at_start(start)
    if fired:
        raise EquationError(fired)
    content = document.getModel()
    ruled = {r.getVariable() for r in content.getListOfRules() if r.isAssignment()}
    changed = {r.getVariable() for r in content.getListOfRules()}
    changed |= {
        a.getVariable() for event in content.getListOfEvents() for a in event.getListOfEventAssignments()
    }
    species = [s.getId() for s in content.getListOfSpecies()]
    compartments = [c.getId() for c in content.getListOfCompartments() if c.getId() in changed]
    variables = [p.getId() for p in content.getListOfParameters() if p.getId() in changed]
    return OdeSystem(
        sbml=model.sbml,
        hash=model.hash,
        parameters=start.parameters,
        parameter_values=start.parameter_values,
        species=tuple(s for s in species if s not in ruled and not content.getSpecies(s).getConstant()),
        outputs=(*species, *variables, *compartments),
        state_events=tuple(e.getId() for e in content.getListOfEvents() if _looks_at_state(e, content)),
    )


def _fired_at_start(start: InitialState) -> list[Diagnostic]:
    values = dict(zip(start.ids, start.evaluate(start.parameter_values), strict=True))
    return [
        Diagnostic(
            Code.UNSUPPORTED_CONSTRUCT,
            f"the event `{name}` fires at time zero",
            None,
            "Its trigger counts as false before the start (`initialValue`), and it holds at once.",
            "Start from the values that the event would give, or set the trigger's `initialValue` to true.",
        )
        for name in start.events
        if values[name]
    ]


def _looks_at_state(event: Any, model: Any) -> bool:
    """Say whether a trigger can be crossed by anything but the passing of time."""
    from acinus.system.formulas import symbols_in

    trigger = event.getTrigger()
    if trigger is None or not trigger.isSetMath():
        return False
    moving = {r.getVariable() for r in model.getListOfRules()} | {s.getId() for s in model.getListOfSpecies()}
    moving |= {r.getId() for r in model.getListOfReactions()}
    moving |= {p.getId() for p in model.getListOfParameters() if not p.getConstant()}
    return bool(symbols_in(trigger.getMath()) & moving)
