"""One run: a model, a protocol and a table of individuals become trajectories."""

from __future__ import annotations

import functools
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.engine import Batch, Tolerances, engine_name, solve
from acinus.errors import Code, Diagnostic, Place, ProtocolError, nearest
from acinus.provenance import Provenance
from acinus.simulation.deciding import Decider, decider_of
from acinus.simulation.limits import notices_of, refuse_beyond_limits, supplements_of
from acinus.simulation.people import Individuals, People, people_of
from acinus.simulation.plan import Plan, plan_protocol
from acinus.simulation.protocol import Protocol
from acinus.simulation.protocol_file import named_protocol
from acinus.simulation.schedule import changes_of, schedule_plan
from acinus.simulation.supplements import may_be_raised, taken_by
from acinus.simulation.trajectories import Trajectories
from acinus.simulation.written import Column, gathering
from acinus.system import OdeSystem, build_system
from acinus.units import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.model import Model

__all__ = ["parameter_values", "reader_of", "simulate", "system_of"]


def simulate(
    model: Model,
    protocol: Protocol | str | Path,
    individuals: Individuals | Mapping[str, Any] | None = None,
    *,
    values: Mapping[str, float | Quantity] | None = None,
    record: Sequence[str] | None = None,
    tolerances: Tolerances | None = None,
    workers: int = 1,
) -> Trajectories:
    """Return the trajectories of one or many individuals under a protocol.

    A parameter has the value of the model, unless the protocol's `values`, the individual's column of that name, or
    `values` here say otherwise; the last that speaks counts.

    Parameters
    ----------
    model : Model
    protocol : Protocol, str or Path
        A protocol, the name of a shipped one, a path to a file, or ``name:arm``.
    individuals : table or mapping, optional
        One row per individual: any object with `ids` and `columns`, or a mapping from column to (n,) numbers in the
        unit of the model. Columns named like a parameter set it; others serve the protocol's ``$column``s.
    values : mapping, optional
        Parameter values for all individuals, in the unit of the model or as `Quantity`.
    record : sequence of str, optional
        Ids to keep; an id that stands in every zone (``gsh_hep``) keeps all zones. Everything unless given.
    tolerances : Tolerances, optional
    workers : int
        Threads; the result does not depend on it.

    Returns
    -------
    Trajectories
        Every individual that went in, with a status.

    Raises
    ------
    ProtocolError
        AC601 to AC614 for what is wrong with the protocol, the columns, the values or the ids to record; AC615 for
        supplements taken by someone whom they endanger.
    EquationError
        AC302 to AC329 if the model cannot be solved exactly.

    Notes
    -----
    Initial values follow from the parameters as they stand before the first dose and the first diet line.
    """
    if not isinstance(protocol, Protocol):
        protocol = named_protocol(protocol, model)
    system = system_of(model)
    findings: list[Diagnostic] = []
    plan: Plan | None = None
    people: People | None = None
    outputs: list[str] = []
    with gathering(findings):
        plan = plan_protocol(protocol, model)
    with gathering(findings):
        people = people_of(individuals)
    with gathering(findings):
        outputs = _recorded(record, model, system, [rule.name for rule in protocol.rules])
    if plan is None or people is None or findings:
        raise ProtocolError(findings)
    parameters = parameter_values(plan, protocol, model, system, people, values or {})
    individual_parameter = reader_of(parameters, model, system, people)
    schedule = schedule_plan(plan, model, people, individual_parameter)
    decider: Decider | None = None
    if plan.rules:
        decider = decider_of(plan, model, people, schedule, individual_parameter)
        parameters = _with_rules(parameters, system, decider)
        model, schedule = decider.model, decider.outside
        system = system_of(model)
        outputs = list(dict.fromkeys([*outputs, *decider.counts, *decider.habits]))
    changes = changes_of(schedule, plan, model, system, people, parameters)
    kinds = supplements_of(model)
    columns = {key: i for i, key in enumerate(system.parameters)}
    ordered = schedule if decider is None else decider.schedule
    intended = {kind: taken_by(model, kind, parameters, columns, changes, ordered, {}) for kind in kinds}
    takers = {
        kind: np.array([taken.any for taken in each]) | may_be_raised(model, kind, decider)
        for kind, each in intended.items()
    }
    refuse_beyond_limits(model, plan.despite, people, takers, individual_parameter)
    settings = tolerances if tolerances is not None else Tolerances()
    place_of = {key: i for i, key in enumerate(system.outputs)}
    recorded = [*outputs, *(decider.records if decider is not None else ())]
    batch = Batch(
        parameters, changes, plan.times, np.array([place_of[key] for key in recorded], dtype=np.int64)
    )
    solution = solve(system, batch, settings, workers)
    taken = intended
    if decider is not None:
        acted = decider.acted(solution.values[:, :, len(outputs) :])
        schedule = decider.given(acted)
        steps = {key: decider.steps(key, acted) for key in decider.habits}
        taken = {kind: taken_by(model, kind, parameters, columns, changes, schedule, steps) for kind in kinds}
    notices = notices_of(model, taken, individual_parameter, float(plan.times[-1]))
    moved = np.flatnonzero((parameters != system.parameter_values).any(axis=0))
    return Trajectories(
        individuals=people.ids,
        time=plan.times,
        ids=tuple(outputs),
        values=solution.values[:, :, : len(outputs)],
        status=solution.status,
        message=solution.message,
        reached=solution.reached,
        parameters={system.parameters[p]: parameters[:, p].copy() for p in moved},
        columns=dict(people.columns),
        column_units=dict(people.units),
        schedule=schedule,
        protocol=protocol,
        provenance=Provenance(
            model=model.id,
            model_hash=model.hash,
            protocol=protocol.label,
            engine=engine_name(),
            settings=asdict(settings),
            notices=tuple(str(notice) for notice in notices),
        ),
        model=model,
        notices=notices,
    )


def reader_of(
    parameters: NDArray[np.float64], model: Model, system: OdeSystem, people: People
) -> Callable[[str], NDArray[np.float64]]:
    """Return what gives the (B,) values of a parameter, or of a constant that no equation uses."""
    column_of = {key: i for i, key in enumerate(system.parameters)}

    def parameter(key: str) -> NDArray[np.float64]:
        return (
            parameters[:, column_of[key]]
            if key in column_of
            else np.full(people.size, model.constant(key)[0])
        )

    return parameter


def _with_rules(parameters: NDArray[np.float64], system: OdeSystem, decider: Decider) -> NDArray[np.float64]:
    """Return the (B, P) parameters of the model that decides: those of the model as they stand, and the rules' own."""
    ruled = system_of(decider.model)
    found = np.tile(ruled.parameter_values, (len(parameters), 1))
    place_of = {key: i for i, key in enumerate(ruled.parameters)}
    for i, key in enumerate(system.parameters):
        # A rate that rules add to keeps what it is without doses under another id.
        place = place_of.get(key, place_of.get(f"{key}_own"))
        if place is not None:
            found[:, place] = parameters[:, i]
    for key, values in decider.values.items():
        if key in place_of:
            found[:, place_of[key]] = values
    return found


@functools.lru_cache(maxsize=8)
def system_of(model: Model) -> OdeSystem:
    """Return the equations of a model, made once."""
    return build_system(model)


def _recorded(
    record: Sequence[str] | None, model: Model, system: OdeSystem, rules: Sequence[str]
) -> list[str]:
    """Return the ids to record, zones spelt out; what rules do is recorded anyway."""
    if record is None:
        return list(system.outputs)
    by_local: dict[str, list[str]] = {}
    for key in system.outputs:
        symbol = model.symbols.get(key)
        if symbol is not None and symbol.zone is not None:
            by_local.setdefault(symbol.local, []).append(key)
    known = [*system.outputs, *by_local]
    found: dict[str, None] = {}
    findings: list[Diagnostic] = []
    for key in [record] if isinstance(record, str) else record:
        if key in rules:
            continue
        if key in system.outputs:
            found[key] = None
        elif key in by_local:
            found |= dict.fromkeys(by_local[key])
        else:
            findings.append(
                Diagnostic(
                    Code.NOT_RECORDED,
                    f"`{key}` cannot be recorded",
                    None,
                    _kind_said(key, model),
                    nearest(key, known),
                )
            )
    if findings:
        raise ProtocolError(findings)
    return list(found)


def _kind_said(key: str, model: Model) -> str:
    if key not in model.symbols:
        return f"The model `{model.id}` has no such id."
    if model.symbols[key].constant:
        return "It does not change; `run.parameter(...)` gives its value."
    return f"It is a {model.symbols[key].kind}."


def parameter_values(
    plan: Plan,
    protocol: Protocol,
    model: Model,
    system: OdeSystem,
    people: People,
    values: Mapping[str, float | Quantity],
) -> NDArray[np.float64]:
    """Return the (B, P) parameter values of the individuals."""
    place_of = {key: i for i, key in enumerate(system.parameters)}
    parameters = np.tile(system.parameter_values, (people.size, 1))
    findings: list[Diagnostic] = []

    def settable(key: str, place: Place | None = None) -> bool:
        if key in place_of:
            return True
        findings.append(_not_settable(key, model, system, place))
        return False

    for key, value in plan.values.items():
        if not settable(key, protocol.places.get(f"values.{key}")):
            continue
        unit = model.symbol(key).unit or "dimensionless"
        with gathering(findings):
            if isinstance(value, Column):
                parameters[:, place_of[key]] = people.column(value.name, unit, f"the value of `{key}`")
            else:
                parameters[:, place_of[key]] = value.to(unit)
    for key in people.columns:
        if key in place_of:
            with gathering(findings):
                unit = model.symbol(key).unit or "dimensionless"
                parameters[:, place_of[key]] = people.column(key, unit, f"the parameter `{key}`")
        elif key in model.symbols:
            settable(key)
    for key, value in values.items():
        if not settable(key):
            continue
        unit = model.symbol(key).unit or "dimensionless"
        try:
            number = value.to(unit) if isinstance(value, Quantity) else float(value)
        except (TypeError, ValueError) as error:
            findings.append(
                Diagnostic(
                    Code.VALUE_IMPOSSIBLE, f"the value of `{key}`: {error}", None, "", f"Give it in `{unit}`."
                )
            )
            continue
        if not np.isfinite(number):
            findings.append(
                Diagnostic(
                    Code.VALUE_IMPOSSIBLE,
                    f"the value of `{key}` is {number}",
                    None,
                    "",
                    "Give a finite number.",
                )
            )
        parameters[:, place_of[key]] = number
    if findings:
        raise ProtocolError(findings)
    return parameters


def _not_settable(key: str, model: Model, system: OdeSystem, place: Place | None) -> Diagnostic:
    if key in model.symbols:
        symbol = model.symbols[key]
        why = (
            "A formula gives its value."
            if symbol.constant
            else f"It is a {symbol.kind} and follows from the equations."
        )
        return Diagnostic(
            Code.VALUE_IMPOSSIBLE,
            f"`{key}` cannot be set",
            place,
            why,
            "Set the parameters that it follows from.",
        )
    unused = key in model.cards
    return Diagnostic(
        Code.UNKNOWN_NAME,
        f"the model `{model.id}` has no parameter `{key}` to set",
        place,
        "It stands in the tables, but no equation of this model uses it." if unused else "",
        "" if unused else nearest(key, system.parameters),
    )
