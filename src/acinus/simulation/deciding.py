"""A protocol with rules, worked out for individuals: the model that decides, its numbers, and what it decided.

In: a `Plan` with rules, the model, the individuals and the doses of the protocol. Out: a `Decider`: the extended model,
the (B,) values of its new parameters, and, after the run, the doses that each individual was given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, ProtocolError
from acinus.model.extension import extend_model
from acinus.simulation.habits import habit_values
from acinus.simulation.rule_model import (
    LEAD,
    NEVER,
    DoseColumn,
    acts_id,
    decisions_id,
    extension_of,
    step_id,
    touched_substances,
)
from acinus.simulation.rule_plan import HALF_LIFE, REFERENCE_TIME
from acinus.simulation.sampling import rounded
from acinus.simulation.schedule import Schedule, schedule_plan, target_factor
from acinus.simulation.written import Column, gathering
from acinus.units import Quantity, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from acinus.errors import Place
    from acinus.model import Model
    from acinus.simulation.people import People
    from acinus.simulation.plan import Plan
    from acinus.simulation.rule_plan import Moment, PlannedRule

    Values = Callable[[str], NDArray[np.float64]]

__all__ = ["Decider", "decider_of"]


@dataclass(frozen=True, eq=False)
class Decider:
    """A protocol with rules for B individuals.

    Attributes
    ----------
    rules : tuple of PlannedRule
    model : Model
        With the rules in it.
    values : mapping from id to (B,) array
        Of the parameters that the rules brought, in the units of the model.
    schedule : Schedule
        All doses of the protocol itself.
    inside : tuple of int
        Columns of `schedule` that the model gives, and not the engine from outside.
    acts : tuple of Schedule
        For each rule, the doses of one act; times count from the act.
    """

    rules: tuple[PlannedRule, ...]
    model: Model
    values: Mapping[str, NDArray[np.float64]]
    schedule: Schedule
    inside: tuple[int, ...]
    acts: tuple[Schedule, ...]

    @property
    def outside(self) -> Schedule:
        """The doses that no rule touches."""
        return self.schedule.columns([d for d in range(len(self.schedule.targets)) if d not in self.inside])

    @property
    def counts(self) -> tuple[str, ...]:
        """Ids of how often each rule has acted."""
        return tuple(acts_id(rule.name) for rule in self.rules)

    @property
    def records(self) -> tuple[str, ...]:
        """Ids whose last value says what was decided."""
        found: list[str] = []
        for rule in self.rules:
            if rule.watched:
                found += [f"{rule.name}_time_{k}" for k in range(1, rule.count + 1)]
            else:
                found.append(decisions_id(rule.name))
        return tuple(found)

    @property
    def habits(self) -> tuple[str, ...]:
        """Parameters that rules change, which so become variables."""
        return tuple(dict.fromkeys(step.habit.parameter for rule in self.rules for step in rule.steps))

    def acted(self, recorded: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the (B, K) times at which each rule acted, infinite where it did not.

        Parameters
        ----------
        recorded : (B, T, R) array
            Curves of `records`; NaN from the first sample that an individual did not reach.
        """
        final = _last_reached(recorded)
        return self._act_times(dict(zip(self.records, final.T, strict=True)))

    def steps(
        self, parameter: str, times: Sequence[NDArray[np.float64]]
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return for each step of a habit the (B, K) times of `acted` and its (B,) size in the parameter's unit."""
        return [
            (own, self.values[step_id(rule.name, number)])
            for rule, own in zip(self.rules, times, strict=True)
            for number, step in enumerate(rule.steps, 1)
            if step.habit.parameter == parameter
        ]

    def given(self, times: Sequence[NDArray[np.float64]]) -> Schedule:
        """Return what each individual was given, by the times of `acted`."""
        stops: dict[str, list[NDArray[np.float64]]] = {}
        for rule, own in zip(self.rules, times, strict=True):
            for substance in rule.stops:
                stops.setdefault(substance, []).append(own if rule.watched else own - LEAD)
        parts = [_until_stopped(self.schedule, np.full(len(self.schedule.start), -np.inf), stops)]
        for own, doses in zip(times, self.acts, strict=True):
            for k in range(own.shape[1]):
                # An act that never was lies at infinity, and so do its doses.
                shifted = replace(doses, start=own[:, k, None] + doses.start, end=own[:, k, None] + doses.end)
                parts.append(_until_stopped(shifted, own[:, k], stops))
        return Schedule.joined(parts)

    def _act_times(self, final: Mapping[str, NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Return the (B, K) times of the acts of each rule, infinite for those that never were."""
        first: dict[str, NDArray[np.float64]] = {}
        found: list[NDArray[np.float64]] = []
        for rule in self.rules:
            if rule.watched:
                times = np.stack([final[f"{rule.name}_time_{k}"] for k in range(1, rule.count + 1)], axis=1)
            else:
                begins = self.values[f"{rule.name}_from"]
                if rule.start.anchor is not None:
                    begins = begins + first[rule.start.anchor]
                steps = np.arange(rule.count)
                every = self.values.get(f"{rule.name}_every", np.zeros(len(begins)))
                bits = np.nan_to_num(final[decisions_id(rule.name)]).astype(np.int64)
                decided = bits[:, None] >> steps & 1
                times = np.where(decided == 1, begins[:, None] + steps * every[:, None], np.inf)
            times = np.where(times < NEVER, rounded(times), np.inf)
            first[rule.name] = times.min(axis=1)
            found.append(times)
        return found


def decider_of(
    plan: Plan,
    model: Model,
    people: People,
    schedule: Schedule,
    parameter: Values,
    *,
    everything: bool = False,
) -> Decider:
    """Return the rules of a plan worked out for individuals.

    Parameters
    ----------
    plan : Plan
    model : Model
    people : People
    schedule : Schedule
        Doses of the protocol itself.
    parameter : function
        Gives the (B,) values of a parameter of the model.
    everything : bool
        Whether the extended model also gives the doses that no rule touches.

    Raises
    ------
    ProtocolError
        AC606, AC609 and AC614: columns that are missing, or times that are impossible for an individual.
    """
    touched = touched_substances(plan.rules)
    inside = tuple(d for d, name in enumerate(schedule.substances) if everything or name in touched)
    findings: list[Diagnostic] = []
    acts: list[Schedule] = []
    values: dict[str, NDArray[np.float64]] = {}
    relative = np.array([np.inf])  # doses of an act count from it and may lie after the end of sampling
    for rule in plan.rules:
        with gathering(findings):
            doses = replace(plan, prescriptions=rule.prescriptions, times=relative)
            acts.append(schedule_plan(doses, model, people, parameter))
        values |= _numbers_of(rule, model, people, findings)
        for number, step in enumerate(rule.steps, 1):
            with gathering(findings):
                values[step_id(rule.name, number)] = habit_values(
                    step.amount, step.habit, model, people, step.place
                )
    if findings:
        raise ProtocolError(findings)
    ordered = _columns_of("ordered", schedule, inside, model)
    governed = tuple(
        _columns_of(f"{rule.name}_dose", doses, range(len(doses.targets)), model)
        for rule, doses in zip(plan.rules, acts, strict=True)
    )
    values |= _dose_numbers(ordered, schedule.columns(inside), model)
    for columns, doses in zip(governed, acts, strict=True):
        values |= _dose_numbers(columns, doses, model)
    extension = extension_of(plan.rules, model, ordered, governed)
    return Decider(plan.rules, extend_model(model, extension), values, schedule, inside, tuple(acts))


def _columns_of(
    prefix: str, schedule: Schedule, chosen: Sequence[int], model: Model
) -> tuple[DoseColumn, ...]:
    return tuple(
        DoseColumn(
            f"{prefix}_{number}",
            schedule.substances[d],
            schedule.targets[d],
            model.symbol(schedule.targets[d]).kind == "parameter",
        )
        for number, d in enumerate(chosen, 1)
    )


def _dose_numbers(
    columns: Sequence[DoseColumn], schedule: Schedule, model: Model
) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for d, column in enumerate(columns):
        start, end, amount = schedule.start[:, d], schedule.end[:, d], schedule.amount[:, d]
        amount = amount * target_factor(column.target, model)
        found[f"{column.id}_start"] = _bounded(start)
        if column.infused:
            with np.errstate(invalid="ignore"):
                rate = np.where(np.isfinite(start), amount / (end - start), 0.0)
            found |= {f"{column.id}_end": _bounded(end), f"{column.id}_rate": rate}
        else:
            found[f"{column.id}_amount"] = amount
    return found


def _bounded(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times in which never is a number."""
    return np.where(np.isfinite(hours), hours, NEVER)


def _numbers_of(
    rule: PlannedRule, model: Model, people: People, findings: list[Diagnostic]
) -> dict[str, NDArray[np.float64]]:
    """Return the values of the parameters of one rule, without its doses."""
    name, found = rule.name, {}

    def hours(moment: Moment | Quantity | Column, what: str) -> NDArray[np.float64]:
        return _hours(moment, people, f"{what} of the rule `{name}`", rule.place, findings)

    begins = hours(rule.start, "the time")
    if not rule.watched and rule.start.anchor is None:
        if rule.stops:
            _refuse(
                begins <= 0.0, people, f"the rule `{name}` is to stop something at 0 h", rule.place, findings
            )
        begins = np.maximum(begins, LEAD)
    found[f"{name}_from"] = _bounded(begins)
    if rule.every is not None:
        every = hours(rule.every, "the interval")
        _refuse(~(every > 1e-3), people, f"the rule `{name}` is asked too often", rule.place, findings)
        found[f"{name}_every"] = _bounded(every)
    if rule.first_test is not None and any(c.compared_with for c in rule.comparisons):
        tested = hours(rule.first_test, "the first blood test")
        late = (tested >= begins) & np.isfinite(begins) if rule.start.anchor is None else tested < 0
        _refuse(late, people, f"the rule `{name}` is asked before its first blood test", rule.place, findings)
        found[f"{name}_first_test"] = _bounded(tested)
    for comparison in rule.comparisons:
        number = comparison.number
        level = np.zeros(people.size)
        with gathering(findings):
            level = _in_unit(comparison.level, people, comparison.unit, f"the level of `{comparison.of}`")
        _refuse(
            ~np.isfinite(level),
            people,
            f"the level of `{comparison.of}` is no number",
            comparison.place,
            findings,
        )
        found[f"{name}_level_{number}"] = level
        if comparison.relation == "above_line":
            ingested = hours(comparison.ingested, "when the dose was taken")
            half_life, reference = (convert(*model.constant(key), "h") for key in (HALF_LIFE, REFERENCE_TIME))
            if rule.start.anchor is None:
                early = np.isfinite(begins) & (begins - ingested < reference - 1e-6)
                what = (
                    f"the rule `{name}` asks for a line of the nomogram before {reference:g} h after the dose"
                )
                _refuse(early, people, what, comparison.place, findings)
            found[f"{name}_ingested_{number}"] = _bounded(ingested)
            found[f"{name}_reference_{number}"] = np.full(people.size, reference)
            found[f"{name}_half_life_{number}"] = np.full(people.size, half_life)
    return found


def _in_unit(value: Quantity | Column, people: People, unit: str, what: str) -> NDArray[np.float64]:
    if isinstance(value, Column):
        return people.column(value.name, unit, what)
    return np.full(people.size, value.to(unit))


def _hours(
    moment: Moment | Quantity | Column,
    people: People,
    what: str,
    place: Place | None,
    findings: list[Diagnostic],
) -> NDArray[np.float64]:
    parts = ((moment,),) if isinstance(moment, (Quantity, Column)) else moment.parts
    total = np.zeros(people.size)
    with gathering(findings):
        for part in parts:
            times = [_in_unit(time, people, "h", what) for time in part]
            total = total + np.maximum.reduce(times)
        _refuse(np.isnan(total) | (total < 0), people, f"{what} is negative or no number", place, findings)
    return rounded(total)


def _refuse(
    wrong: NDArray[np.bool_], people: People, what: str, place: Place | None, findings: list[Diagnostic]
) -> None:
    if not wrong.any():
        return
    first = people.ids[int(np.flatnonzero(wrong)[0])]
    findings.append(
        Diagnostic(
            Code.TIME_IMPOSSIBLE,
            f"{what}: {int(wrong.sum())} of {people.size} individuals, the first is {first}",
            place,
            "",
            "Correct the column or the time; a time of infinity means: never.",
        )
    )


def _last_reached(recorded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (B, R) last values that each individual reached; NaN for who reached no sample."""
    reached = np.isfinite(recorded).all(axis=2).sum(axis=1)
    last = np.maximum(reached - 1, 0)
    final = recorded[np.arange(len(recorded)), last]
    return np.where(reached[:, None] > 0, final, np.nan)


def _until_stopped(
    schedule: Schedule, ordered: NDArray[np.float64], stops: Mapping[str, Sequence[NDArray[np.float64]]]
) -> Schedule:
    """Return doses that were ordered at a time, cut off where their substance was stopped after that.

    Parameters
    ----------
    schedule : Schedule
    ordered : (B,) array, h
    stops : mapping from substance to (B, K) times
    """
    start, end, amount = schedule.start.copy(), schedule.end.copy(), schedule.amount.copy()
    for d, substance in enumerate(schedule.substances):
        times = stops.get(substance)
        if not times:
            continue
        every = np.concatenate(times, axis=1)
        until = np.where(every > ordered[:, None], every, np.inf).min(axis=1)
        cut = np.isfinite(start[:, d]) & (until < end[:, d])
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (until - start[:, d]) / (end[:, d] - start[:, d])
        amount[:, d] = np.where(cut & (until > start[:, d]), amount[:, d] * share, amount[:, d])
        end[:, d] = np.where(cut, until, end[:, d])
        never = (until <= start[:, d]) & np.isfinite(until)
        start[:, d], end[:, d] = np.where(never, np.inf, start[:, d]), np.where(never, np.inf, end[:, d])
    never = ~np.isfinite(start)
    return replace(schedule, start=start, end=np.where(never, np.inf, end), amount=amount)
