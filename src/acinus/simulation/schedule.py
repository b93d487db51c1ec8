"""A plan worked out for each individual: when, how much, for how long; and the changes that the engine makes.

In: a `Plan`, the values of the parameters and the columns of the individuals. Out: a `Schedule` (what each individual
is given, in mmol and h) and the engine's `Change`s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine import Change
from acinus.errors import Code, Diagnostic, ProtocolError
from acinus.simulation.habits import habit_values
from acinus.simulation.plan import DietSpan, Plan, Prescription, per_weight
from acinus.simulation.sampling import rounded
from acinus.simulation.written import Column, gathering
from acinus.units import Quantity, convert, parse_quantity, same_dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from acinus.model import Model
    from acinus.simulation.people import People
    from acinus.system import OdeSystem

__all__ = ["Schedule", "changes_of", "schedule_plan", "target_factor"]


@dataclass(frozen=True, eq=False)
class Schedule:
    """What each individual is given.

    Attributes
    ----------
    substances, routes, targets : tuple of D str
        What, by which route, and into which species or infusion parameter.
    start, end : (B, D) arrays, h
        Equal for a dose given at once; infinite for a dose that an individual never gets.
    amount : (B, D) array, mmol
    """

    substances: tuple[str, ...]
    routes: tuple[str, ...]
    targets: tuple[str, ...]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    amount: NDArray[np.float64]

    def given(self, substance: str, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (B, T) amount of a substance given up to each time, mmol; a dose counts at its own time."""
        chosen = [d for d, name in enumerate(self.substances) if name == substance]
        total = np.zeros((self.start.shape[0], len(time)))
        for d in chosen:
            start, end, amount = (part[:, d, None] for part in (self.start, self.end, self.amount))
            with np.errstate(invalid="ignore"):
                share = np.clip((time - start) / np.where(end > start, end - start, 1.0), 0.0, 1.0)
            share = np.where(end > start, share, (time >= start) * 1.0)
            total += np.where(np.isfinite(start), share * amount, 0.0)
        return total

    def first(self, substance: str, until: float) -> NDArray[np.float64]:
        """Return the (B,) times, in h, at which a substance is first given up to a time; infinite if never."""
        chosen = [d for d, name in enumerate(self.substances) if name == substance]
        start = self.start[:, chosen]
        given = np.isfinite(start) & (start <= until) & (self.amount[:, chosen] > 0)
        return np.where(given, start, np.inf).min(axis=1, initial=np.inf)

    def duration(self, substance: str, until: float) -> NDArray[np.float64]:
        """Return the (B,) hours from the first dose of a substance to the end of its last, up to a time; else 0."""
        chosen = [d for d, name in enumerate(self.substances) if name == substance]
        start, end = self.start[:, chosen], self.end[:, chosen]
        given = np.isfinite(start) & (start <= until) & (self.amount[:, chosen] > 0)
        first = self.first(substance, until)
        last = np.where(given, np.minimum(end, until), -np.inf).max(axis=1, initial=-np.inf)
        return np.where(last >= first, last - first, 0.0)

    def columns(self, chosen: Sequence[int]) -> Schedule:
        """Return the schedule of some of the doses."""
        places = list(chosen)
        return Schedule(
            tuple(self.substances[d] for d in places),
            tuple(self.routes[d] for d in places),
            tuple(self.targets[d] for d in places),
            self.start[:, places],
            self.end[:, places],
            self.amount[:, places],
        )

    @classmethod
    def joined(cls, parts: Sequence[Schedule]) -> Schedule:
        """Return the doses of several schedules of the same individuals."""
        return cls(
            tuple(name for part in parts for name in part.substances),
            tuple(name for part in parts for name in part.routes),
            tuple(name for part in parts for name in part.targets),
            np.concatenate([part.start for part in parts], axis=1),
            np.concatenate([part.end for part in parts], axis=1),
            np.concatenate([part.amount for part in parts], axis=1),
        )


def schedule_plan(
    plan: Plan, model: Model, people: People, parameter: Callable[[str], NDArray[np.float64]]
) -> Schedule:
    """Return what each individual is given.

    Parameters
    ----------
    plan : Plan
    model : Model
    people : People
        B individuals, for the columns.
    parameter : function
        Gives the (B,) values of a parameter in the unit of the model.

    Raises
    ------
    ProtocolError
        AC609 for a missing column, AC602 and AC606 for values of a column that are impossible for an individual.
    """
    findings: list[Diagnostic] = []
    end = float(plan.times[-1])
    columns: list[tuple[Prescription, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]] = []
    for line in plan.prescriptions:
        before = len(findings)
        first = np.zeros(people.size)
        counted = np.zeros(people.size)
        for position, part in enumerate(line.starts):
            with gathering(findings):
                moment = _in_unit(part, people, "h", f"the time of `{line.label}`")
                first = first + moment
                # Only the start of a regimen must lie before the end of sampling.
                counted = counted + moment if position == 0 or not line.may_outlast else counted
        duration = np.zeros(people.size)
        if line.duration is not None:
            with gathering(findings):
                duration = duration + _in_unit(line.duration, people, "h", f"the duration of `{line.label}`")
        amount = np.zeros(people.size)
        with gathering(findings):
            amount = _millimoles(line, model, people, parameter)
        if len(findings) == before:
            findings += _impossible(line, people, counted, first, duration, amount, end)
            findings += _beyond_belief(line, model, people, amount)
        columns += [(line, first + k * line.interval, duration, amount) for k in range(line.count)]
    if findings:
        raise ProtocolError(findings)

    def stacked(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.stack(parts, axis=1) if parts else np.zeros((people.size, 0))

    return Schedule(
        substances=tuple(line.substance for line, *_ in columns),
        routes=tuple(line.route for line, *_ in columns),
        targets=tuple(line.target for line, *_ in columns),
        start=stacked([rounded(start) for _, start, _, _ in columns]),
        end=stacked([rounded(start + duration) for _, start, duration, _ in columns]),
        amount=stacked([amount for *_, amount in columns]),
    )


def _in_unit(value: Quantity | Column, people: People, unit: str, what: str) -> NDArray[np.float64]:
    if isinstance(value, Column):
        return people.column(value.name, unit, what)
    return np.full(people.size, value.to(unit))


def _millimoles(
    line: Prescription, model: Model, people: People, parameter: Callable[[str], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the (B,) amounts of a dose line, mmol."""
    if isinstance(line.amount, Column):
        unit = people.units.get(line.amount.name, "mmol")
        values = people.column(line.amount.name, unit, f"the amount of `{line.label}`")
    else:
        unit, values = line.amount.unit, np.full(people.size, line.amount.magnitude)
    one = Quantity(1.0, unit)
    if per_weight(one):
        if model.body_weight is None:
            raise ProtocolError(
                Diagnostic(
                    Code.DOSE_IMPOSSIBLE,
                    f"the dose `{line.label}` is per kilogram, and the model `{model.id}` has no body weight",
                    line.place,
                    "",
                    "Write the amount itself.",
                )
            )
        own = model.symbol(model.body_weight).unit
        weight = parameter(model.body_weight) * convert(1.0, own, "kg")
        if not (weight > 0).all():
            raise ProtocolError(_for_some(people, ~(weight > 0), "a body weight above zero", line))
        molar = not same_dimension(unit, "mg/kg")
        values = values * weight * convert(1.0, unit, "mmol/kg" if molar else "g/kg")
    else:
        molar = same_dimension(unit, "mmol")
        if not molar and not same_dimension(unit, "g"):
            raise ProtocolError(
                Diagnostic(
                    Code.UNIT_WRONG,
                    f"the amount of `{line.label}` is in `{unit}`",
                    line.place,
                    "Amounts are masses or moles, or either per kilogram of body weight.",
                    "Give the column in g, mmol, mg/kg or mmol/kg.",
                )
            )
        values = values * convert(1.0, unit, "mmol" if molar else "g")
    if molar:
        return values
    mass, mass_unit = model.constant(model.substances[line.substance].molar_mass)
    return values / convert(mass, mass_unit, "g/mmol")


def _impossible(
    line: Prescription,
    people: People,
    counted: NDArray[np.float64],
    first: NDArray[np.float64],
    duration: NDArray[np.float64],
    amount: NDArray[np.float64],
    end: float,
) -> list[Diagnostic]:
    """Return what is wrong with the values that columns gave a dose line; an infinite time means never."""
    never = np.isposinf(first)
    last = counted if line.may_outlast else counted + (line.count - 1) * line.interval
    bad = [
        (np.isnan(first) | (first < 0), "a time of 0 h or later"),
        (~never & ~np.isnan(first) & (last > end + 1e-9), f"a time up to the end of sampling at {end:g} h"),
        (~(np.isfinite(amount) & (amount >= 0)), "a finite amount that is not negative"),
    ]
    if line.infused:
        bad.append((~(np.isfinite(duration) & (duration > 1e-9)), "a finite duration above zero"))
    return [_for_some(people, wrong, needed, line) for wrong, needed in bad if wrong.any()]


def _beyond_belief(
    line: Prescription, model: Model, people: People, amount: NDArray[np.float64]
) -> list[Diagnostic]:
    """Refuse amounts of a column beyond the substance's largest dose; written ones were judged with the protocol."""
    substance = model.substances[line.substance]
    if substance.largest_dose is None or not isinstance(line.amount, Column):
        return []
    bound = parse_quantity(substance.largest_dose, what="the largest dose", like=("g",))
    mass, mass_unit = model.constant(substance.molar_mass)
    # A column exactly at the bound may lie a rounding above it in moles.
    most = bound.to("g") / convert(mass, mass_unit, "g/mmol") * (1.0 + 1e-9)
    wrong = amount > most
    return [_for_some(people, wrong, f"an amount up to {bound}", line)] if wrong.any() else []


def _for_some(people: People, wrong: NDArray[np.bool_], needed: str, line: Prescription) -> Diagnostic:
    first = people.ids[int(np.flatnonzero(wrong)[0])]
    return Diagnostic(
        Code.DOSE_IMPOSSIBLE,
        f"`{line.label}` needs {needed}; {int(wrong.sum())} of {people.size} individuals have none, the first is {first}",
        line.place,
        "",
        "Correct the column, or leave these individuals out. A time of infinity means: never given.",
    )


def changes_of(
    schedule: Schedule,
    plan: Plan,
    model: Model,
    system: OdeSystem,
    people: People,
    parameters: NDArray[np.float64],
) -> tuple[tuple[Change, ...], ...]:
    """Return the engine's changes of each individual.

    Infusions that overlap add up, on top of the parameter's own value; diet lines set their parameters while they last
    and give them back afterwards. Amounts of one habit add up, instead of the parameter's own value.

    Raises
    ------
    ProtocolError
        AC611 if two diet lines want different values of one parameter at one time.
    """
    place_of_species = {key: i for i, key in enumerate(system.species)}
    place_of_parameter = {key: i for i, key in enumerate(system.parameters)}
    infused = [d for d, target in enumerate(schedule.targets) if target in place_of_parameter]
    boluses = [d for d, target in enumerate(schedule.targets) if target not in place_of_parameter]
    units = {d: target_factor(target, model) for d, target in enumerate(schedule.targets)}
    spans = _diet_times(plan.diet, model, people)
    rows: list[tuple[Change, ...]] = []
    for i in range(people.size):
        changes = [
            Change(
                float(schedule.start[i, d]),
                "add",
                place_of_species[schedule.targets[d]],
                float(schedule.amount[i, d] * units[d]),
            )
            for d in boluses
            if np.isfinite(schedule.start[i, d]) and schedule.amount[i, d] > 0
        ]
        for target in dict.fromkeys(schedule.targets[d] for d in infused):
            place = place_of_parameter[target]
            pieces = [
                (
                    float(schedule.start[i, d]),
                    float(schedule.end[i, d]),
                    float(schedule.amount[i, d] / (schedule.end[i, d] - schedule.start[i, d]) * units[d]),
                )
                for d in infused
                if schedule.targets[d] == target and np.isfinite(schedule.start[i, d])
            ]
            changes += _steps(place, float(parameters[i, place]), pieces)
        changes += _diet_changes(i, spans, place_of_parameter, parameters, people)
        rows.append(tuple(sorted(changes, key=lambda change: change.time)))
    return tuple(rows)


def target_factor(target: str, model: Model) -> float:
    """Return the model's unit of an amount, or of a rate, per mmol or mmol/h; a concentration counts in mmol."""
    symbol = model.symbol(target)
    if symbol.kind == "parameter":
        return convert(1.0, "mmol/h", symbol.unit or "mmol/h")
    return convert(1.0, "mmol", symbol.unit) if symbol.kind == "amount" and symbol.unit else 1.0


def _steps(place: int, own: float, pieces: Sequence[tuple[float, float, float]]) -> list[Change]:
    """Return the settings of one parameter under rates that add up; each is summed afresh, so that it ends exact."""
    found: list[Change] = []
    current = own
    for time in sorted({edge for start, end, _ in pieces for edge in (start, end)}):
        value = own + sum(rate for start, end, rate in pieces if start <= time < end)
        if value != current:
            found.append(Change(time, "set", place, value))
            current = value
    return found


@dataclass(frozen=True, eq=False)
class _TimedSpan:
    """A diet line worked out: (B,) arrays of its times and of the amount that it adds to its habit."""

    span: DietSpan
    start: NDArray[np.float64]
    until: NDArray[np.float64]
    amount: NDArray[np.float64]

    @property
    def added(self) -> str | None:
        """The parameter to which the amount is added, if any."""
        return self.span.habit.parameter if self.span.habit is not None else None


def _diet_times(spans: Sequence[DietSpan], model: Model, people: People) -> list[_TimedSpan]:
    findings: list[Diagnostic] = []
    found: list[_TimedSpan] = []
    for span in spans:
        with gathering(findings):
            start = rounded(_in_unit(span.start, people, "h", f"the start of `{span.state}`"))
            until = (
                np.full(people.size, np.inf)
                if span.until is None
                else rounded(_in_unit(span.until, people, "h", f"the end of `{span.state}`"))
            )
            wrong = ~(start >= 0) | np.isnan(until)
            if wrong.any():
                first = people.ids[int(np.flatnonzero(wrong)[0])]
                findings.append(
                    Diagnostic(
                        Code.TIME_IMPOSSIBLE,
                        f"the diet `{span.state}` has an impossible time for {int(wrong.sum())} of {people.size} "
                        f"individuals, the first is {first}",
                        span.place,
                        "",
                        "Give times of 0 h or later; infinity means never.",
                    )
                )
            amount = np.zeros(people.size)
            if span.habit is not None and span.amount is not None:
                amount = habit_values(span.amount, span.habit, model, people, span.place)
            found.append(_TimedSpan(span, start, until, amount))
    if findings:
        raise ProtocolError(findings)
    return found


def _diet_changes(
    i: int,
    spans: Sequence[_TimedSpan],
    place_of: dict[str, int],
    parameters: NDArray[np.float64],
    people: People,
) -> list[Change]:
    found: list[Change] = []
    names = [name for timed in spans for name in (*timed.span.settings, *filter(None, (timed.added,)))]
    for key in dict.fromkeys(names):
        # A habit that rules change keeps what the protocol itself says under another id.
        place = place_of[key] if key in place_of else place_of[f"{key}_own"]
        own = float(parameters[i, place])
        pieces = [
            timed
            for timed in spans
            if (key in timed.span.settings or key == timed.added) and np.isfinite(timed.start[i])
        ]
        edges = {float(edge) for timed in pieces for edge in (timed.start[i], timed.until[i])}
        current = own
        for time in sorted(edge for edge in edges if np.isfinite(edge)):
            active = [timed for timed in pieces if timed.start[i] <= time < timed.until[i]]
            value = _diet_value(key, active, own, time, i, people.ids[i])
            if value != current:
                found.append(Change(time, "set", place, value))
                current = value
    return found


def _diet_value(
    key: str, active: Sequence[_TimedSpan], own: float, time: float, i: int, individual: object
) -> float:
    """Return what the diet lines that hold at a time make of a parameter of the i-th individual."""
    added = [timed for timed in active if timed.added == key]
    wanted = {timed.span.settings[key] for timed in active if key in timed.span.settings}
    if len(wanted) > 1 or (wanted and added):
        states = " and ".join(f"`{state}`" for state in dict.fromkeys(timed.span.state for timed in active))
        raise ProtocolError(
            Diagnostic(
                Code.DIET_CONFLICT,
                f"the diet lines {states} overlap at {time:g} h for individual {individual}",
                active[-1].span.place,
                f"They want different values of `{key}`.",
                "End one before the other begins.",
            )
        )
    if added:
        return float(sum(timed.amount[i] for timed in added))
    return wanted.pop() if wanted else own
