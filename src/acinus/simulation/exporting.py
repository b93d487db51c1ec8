"""A protocol written into the model: its doses and rules as events of one SBML file, for any simulator of SBML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, ProtocolError
from acinus.model.extension import with_parameter_values
from acinus.simulation.deciding import decider_of
from acinus.simulation.people import people_of
from acinus.simulation.plan import plan_protocol
from acinus.simulation.running import parameter_values, reader_of, system_of
from acinus.simulation.schedule import schedule_plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from acinus.model import Model
    from acinus.simulation.people import Individuals
    from acinus.simulation.protocol import Protocol

__all__ = ["protocol_as_sbml"]


def protocol_as_sbml(
    model: Model, protocol: Protocol, individual: Individuals | Mapping[str, Any] | None = None
) -> str:
    """Return the model of one individual with everything that the protocol gives and decides.

    Parameters
    ----------
    model : Model
    protocol : Protocol
    individual : table or mapping, optional
        One row: the individual's own parameters, and the protocol's ``$column``s.

    Raises
    ------
    ProtocolError
        AC601 to AC614 for what is wrong with the protocol or the columns; AC610 for diet lines, which are not written,
        and for more than one individual.
    """
    plan = plan_protocol(protocol, model)
    people = people_of(individual)
    if protocol.diet or people.size != 1:
        what = "diet lines" if protocol.diet else f"{people.size} individuals"
        raise ProtocolError(
            Diagnostic(
                Code.VALUE_IMPOSSIBLE,
                f"the protocol `{protocol.label}` with {what} cannot be written as one SBML model",
                protocol.diet[0].places.get("state") if protocol.diet else None,
                "",
                "Leave the diet lines out, or set their parameters for the whole time with `values`."
                if protocol.diet
                else "Give one individual.",
            )
        )
    system = system_of(model)
    parameters = parameter_values(plan, protocol, model, system, people, {})
    parameter = reader_of(parameters, model, system, people)
    schedule = schedule_plan(plan, model, people, parameter)
    decider = decider_of(plan, model, people, schedule, parameter, everything=True)
    moved = {
        key: float(parameters[0, i])
        for i, key in enumerate(system.parameters)
        if parameters[0, i] != system.parameter_values[i]
    }
    ruled = decider.model.symbols
    values = {key if ruled[key].constant else f"{key}_own": value for key, value in moved.items()}
    values |= {key: float(value[0]) for key, value in decider.values.items()}
    return with_parameter_values(decider.model, values)
