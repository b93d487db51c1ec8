"""A protocol understood in terms of a model: which species or parameter each dose enters, and when.

In: a `Protocol` and a `Model`. Out: a `Plan`, in which only the values of `$column`s are still open; or a
`ProtocolError` with everything that is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, Place, ProtocolError, nearest
from acinus.simulation.habits import find_habit, habit_settings, read_doses_per_time, read_habit_amount
from acinus.simulation.limits import known_limits
from acinus.simulation.rule_plan import check_steps, plan_rules
from acinus.simulation.written import Column, as_text, gathering, read_amount, read_time, read_written
from acinus.units import Quantity, parse_quantity, same_dimension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.model import Habit, Model, Route, Substance
    from acinus.simulation.protocol import DietLine, Dose, Protocol
    from acinus.simulation.rule_plan import PlannedRule

__all__ = ["DietSpan", "Plan", "Prescription", "check_protocol", "per_weight", "plan_protocol"]

_MOST_DOSES = 10_000


@dataclass(frozen=True)
class Prescription:
    """A dose line with its target.

    Attributes
    ----------
    substance : str
        Its id in the model.
    route : str
    amount : Quantity or Column
    infused : bool
        Whether `target` is a parameter (mmol/h) that is switched, or a species that takes a bolus.
    target : str
    starts : tuple of Quantity or Column
        Whose sum is the time of the first dose.
    duration : Quantity or Column or None
    interval : float, h
    count : int
    may_outlast : bool
        Whether later doses may lie after the end of sampling, as those of a regimen may.
    label : str
        The line as a reader would say it.
    place : Place or None
    """

    substance: str
    route: str
    amount: Quantity | Column
    infused: bool
    target: str
    starts: tuple[Quantity | Column, ...]
    duration: Quantity | Column | None
    interval: float
    count: int
    may_outlast: bool
    label: str
    place: Place | None


@dataclass(frozen=True)
class DietSpan:
    """A diet line: the parameters it sets, the habit whose amount it adds to, and when.

    Attributes
    ----------
    state : str
        The line as a reader would say it.
    settings : mapping from parameter to value
        Lines that overlap must agree on these.
    start, until : Quantity or Column
    place : Place or None
    habit : Habit or None
        Amounts of lines that overlap add up.
    amount : Quantity or Column or None
        Per time.
    """

    state: str
    settings: Mapping[str, float]
    start: Quantity | Column
    until: Quantity | Column | None
    place: Place | None
    habit: Habit | None = None
    amount: Quantity | Column | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A protocol ready to be worked out for individuals."""

    prescriptions: tuple[Prescription, ...]
    diet: tuple[DietSpan, ...]
    values: Mapping[str, Quantity | Column]
    times: NDArray[np.float64]
    rules: tuple[PlannedRule, ...] = ()
    despite: frozenset[str] = frozenset()


def check_protocol(protocol: Protocol, model: Model) -> None:
    """Raise `ProtocolError` with all that is wrong with a protocol for this model."""
    plan_protocol(protocol, model)


def per_weight(quantity: Quantity) -> bool:
    """Say whether an amount is given per kilogram of body weight."""
    return same_dimension(quantity.unit, "mg/kg") or same_dimension(quantity.unit, "mmol/kg")


def plan_protocol(protocol: Protocol, model: Model) -> Plan:
    """Return the plan of a protocol.

    Raises
    ------
    ProtocolError
        AC601 to AC611 and AC614; all at once.
    """
    findings: list[Diagnostic] = []
    times = np.array([])
    with gathering(findings):
        times = protocol.times
    end = float(times[-1]) if times.size else math.inf
    prescriptions = []
    for dose in protocol.doses:
        found = _prescribe(dose, model, end, findings)
        prescriptions += [found] if found is not None else []
    spans = []
    for line in protocol.diet:
        span = _diet_span(line, model, end, findings)
        spans += [span] if span is not None else []
    values = _values(protocol, model, findings)
    rules = plan_rules(
        protocol.rules, model, end, lambda dose: _prescribe(dose, model, math.inf, findings), findings
    )
    check_steps(rules, spans, findings)
    despite = known_limits(protocol.despite, model, findings)
    if findings:
        raise ProtocolError(findings)
    return Plan(tuple(prescriptions), tuple(spans), values, times, rules, despite)


def _prescribe(dose: Dose, model: Model, end: float, findings: list[Diagnostic]) -> Prescription | None:
    before = len(findings)
    substance = _substance(dose, model, findings)
    name = substance.id if substance is not None else dose.substance
    amount: Quantity | Column = Column("")
    duration: Quantity | Column | None = None
    over: object = dose.over
    with gathering(findings):
        amount, over = read_amount(dose.amount, dose.over, f"the dose of {name}", dose.places.get("amount"))
    if over is not None:
        with gathering(findings):
            duration = _duration(over, name, dose.places.get("over", dose.places.get("amount")))
    starts = _starts(dose, end, findings)
    interval, count = _repetition(dose, starts, end, findings)
    target = (
        _target(dose, substance, model, infused=over is not None, findings=findings)
        if substance is not None
        else None
    )
    if substance is not None and isinstance(amount, Quantity):
        _check_size(dose, substance, amount, model, findings)
    if len(findings) > before or target is None:
        return None
    return Prescription(
        substance=name,
        route=dose.route,
        amount=amount,
        infused=over is not None,
        target=target,
        starts=starts,
        duration=duration,
        interval=interval,
        count=count,
        may_outlast=dose.regimen is not None,
        label=str(dose),
        place=dose.places.get("dose"),
    )


def _substance(dose: Dose, model: Model, findings: list[Diagnostic]) -> Substance | None:
    wanted = dose.substance.casefold()
    by_name = {
        alias.casefold(): substance
        for substance in model.substances.values()
        for alias in (substance.id, substance.name, *substance.aliases)
    }
    if wanted in by_name:
        return by_name[wanted]
    findings.append(
        Diagnostic(
            Code.UNKNOWN_NAME,
            f"the model `{model.id}` has no substance `{dose.substance}`",
            dose.places.get("substance"),
            f"It has {', '.join(f'`{key}`' for key in model.substances)}."
            if model.substances
            else "It takes no doses.",
            nearest(dose.substance, by_name),
        )
    )
    return None


def _duration(over: object, name: str, place: Place | None) -> Quantity | Column:
    found = read_time(over, f"the duration of the dose of {name}", place)
    if isinstance(found, Quantity) and found.magnitude == 0:
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"the dose of {name} is given over no time: `{as_text(over)}`",
                place,
                "Its rate would be infinite.",
                "Write a duration above zero, or leave `over` out for a dose given at once.",
            )
        )
    return found


def _starts(dose: Dose, end: float, findings: list[Diagnostic]) -> tuple[Quantity | Column, ...]:
    found: list[Quantity | Column] = []
    whose = f"the regimen {dose.regimen}" if dose.regimen else f"the dose of {dose.substance}"
    for key, written in (("after", dose.after), ("at", dose.at)):
        with gathering(findings):
            found.append(read_time(written, f"the time of {whose}", dose.places.get(key)))
    # A regimen may be cut off by the end of sampling, but it must begin before.
    counted = found[:1] if dose.regimen else found
    fixed = [time.to("h") for time in counted if isinstance(time, Quantity)]
    if len(found) == 2 and len(fixed) == len(counted) and sum(fixed) > end:
        findings.append(
            _after_end(whose, sum(fixed), end, dose.places.get("after" if dose.regimen else "at"))
        )
    return tuple(found)


def _after_end(whose: str, time: float, end: float, place: Place | None) -> Diagnostic:
    return Diagnostic(
        Code.TIME_IMPOSSIBLE,
        f"{whose} comes at {time:g} h, after the end of sampling at {end:g} h",
        place,
        "It could not be seen in the result.",
        f"Sample until {time:g} h or later, or leave it out.",
    )


def _repetition(
    dose: Dose, starts: tuple[Quantity | Column, ...], end: float, findings: list[Diagnostic]
) -> tuple[float, int]:
    """Return the interval in hours and the number of doses."""
    what = f"the dose of {dose.substance}"

    def refuse(problem: str, key: str, remedy: str) -> tuple[float, int]:
        place = dose.places.get(key, dose.places.get("dose"))
        findings.append(Diagnostic(Code.DOSE_IMPOSSIBLE, f"{what} {problem}", place, "", remedy))
        return 0.0, 1

    if dose.every is None:
        if dose.times is None and dose.until is None:
            return 0.0, 1
        key = "times" if dose.times is not None else "until"
        return refuse(f"has `{key}` but no interval", key, "Add for example `every: 6 h`.")
    if (dose.times is None) == (dose.until is None):
        return refuse("is repeated, but not how often", "every", "Add either `times: 4` or `until: 48 h`.")
    interval = until = None
    with gathering(findings):
        interval = _fixed(dose.every, f"the interval of {what}", dose.places.get("every"))
    if interval is None:
        return 0.0, 1
    if interval <= 0:
        return refuse(f"is repeated every `{as_text(dose.every)}`", "every", "Write an interval above zero.")
    if dose.times is not None:
        if isinstance(dose.times, bool) or not isinstance(dose.times, int) or dose.times < 1:
            return refuse(f"is given `{dose.times}` times", "times", "Write a whole number from 1.")
        count = dose.times
    else:
        with gathering(findings):
            until = _fixed(dose.until, f"the last time of {what}", dose.places.get("until"))
        first = starts[-1] if starts else None
        if until is None or not isinstance(first, Quantity):
            if isinstance(first, Column):
                return refuse(
                    "starts at a column and ends at a fixed time", "until", "Use `times` with a column."
                )
            return 0.0, 1
        count = math.floor((until - first.to("h")) / interval + 1e-9) + 1
        if count < 1:
            return refuse("ends before it starts", "until", "Exchange the two times.")
    if count > _MOST_DOSES:
        return refuse(
            f"is given {count:,} times", "every", f"At most {_MOST_DOSES:,} are taken; check the units."
        )
    fixed = [start.to("h") for start in starts if isinstance(start, Quantity)]
    last = sum(fixed) + (count - 1) * interval
    if dose.regimen is None and len(fixed) == len(starts) and sum(fixed) <= end < last - 1e-9:
        place = dose.places.get("times", dose.places.get("until"))
        findings.append(_after_end(f"the last of {count} doses of {dose.substance}", last, end, place))
    return interval, count


def _fixed(written: object, what: str, place: Place | None) -> float:
    found = read_time(written, what, place)
    if isinstance(found, Column):
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"{what} is the column `{found}`",
                place,
                "It must be one for all.",
                "Write a time.",
            )
        )
    return found.to("h")


def _target(
    dose: Dose, substance: Substance, model: Model, *, infused: bool, findings: list[Diagnostic]
) -> str | None:
    """Return the species that takes the bolus, or the parameter that is the infusion's rate."""

    def refuse(code: Code, what: str, key: str, why: str = "", remedy: str = "") -> None:
        place = dose.places.get(key, dose.places.get("dose"))
        findings.append(Diagnostic(code, what, place, why, remedy))

    route: Route | None = substance.routes.get(dose.route)
    if route is None:
        known = ", ".join(f"`{key}`" for key in substance.routes)
        refuse(
            Code.UNKNOWN_NAME,
            f"{substance.id} has no route `{dose.route}`",
            "route",
            f"Its routes are {known}.",
            nearest(dose.route, substance.routes),
        )
        return None
    if dose.form is not None and dose.form not in route.forms:
        known = ", ".join(f"`{key}`" for key in route.forms)
        refuse(
            Code.UNKNOWN_NAME,
            f"{substance.id} has no {dose.route} form `{dose.form}`",
            "form",
            f"Its forms are {known}." if known else f"The {dose.route} route has no forms.",
            nearest(dose.form, route.forms) or ("Leave `form` out." if not known else ""),
        )
        return None
    if infused:
        if route.infusion is None or dose.form is not None:
            refuse(
                Code.ROUTE_IMPOSSIBLE,
                f"{substance.id} cannot be given {dose.route} over a time",
                "over",
                "The model has no infusion there.",
                "Leave `over` out, or choose another route.",
            )
            return None
        return _known_target(route.infusion, substance, model, findings)
    form = dose.form if dose.form is not None else route.default
    target = route.forms.get(form) if form is not None else route.bolus
    if target is None:
        refuse(
            Code.ROUTE_IMPOSSIBLE,
            f"{substance.id} cannot be given {dose.route} at once",
            "route",
            "The model takes it by this route only as an infusion." if route.infusion else "",
            "Give it over a time: `over: 2 min`." if route.infusion else "Choose another route.",
        )
        return None
    return _known_target(target, substance, model, findings)


def _known_target(target: str, substance: Substance, model: Model, findings: list[Diagnostic]) -> str | None:
    if target in model.symbols:
        return target
    findings.append(
        Diagnostic(
            Code.UNKNOWN_NAME,
            f"{substance.id} is to enter `{target}`, which the model `{model.id}` does not have",
            None,
            "The table of substances and the model do not belong together.",
            nearest(target, model.symbols),
        )
    )
    return None


def _check_size(
    dose: Dose, substance: Substance, amount: Quantity, model: Model, findings: list[Diagnostic]
) -> None:
    """Refuse an amount beyond the largest that substances.yaml finds credible: a slip of the unit, most often."""
    if substance.largest_dose is None:
        return
    bound = parse_quantity(substance.largest_dose, what="the largest dose", like=("g",))
    grams = _typical_grams(amount, substance, model)
    if grams is not None and grams > bound.to("g"):
        findings.append(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"a dose of {as_text(dose.amount)} {substance.id} is {grams:,.0f} g",
                dose.places.get("amount"),
                f"More than {as_text(bound)} at once is taken for a slip.",
                "Check the unit.",
            )
        )


def _typical_grams(amount: Quantity, substance: Substance, model: Model) -> float | None:
    """Return an amount in grams, for the body weight of the model where it is per kilogram."""
    if same_dimension(amount.unit, "g"):
        return amount.to("g")
    if same_dimension(amount.unit, "mmol"):
        value, unit = model.constant(substance.molar_mass)
        return amount.to("mol") * Quantity(value, unit).to("g/mol")
    if model.body_weight is None:
        return None
    weight = Quantity(*model.constant(model.body_weight)).to("kg")
    if same_dimension(amount.unit, "mg/kg"):
        return amount.to("g/kg") * weight
    value, unit = model.constant(substance.molar_mass)
    return amount.to("mol/kg") * weight * Quantity(value, unit).to("g/mol")


def _diet_span(line: DietLine, model: Model, end: float, findings: list[Diagnostic]) -> DietSpan | None:
    before = len(findings)
    settings: Mapping[str, float] | None = None
    habit: Habit | None = None
    amount: Quantity | Column | None = None
    if line.of is None:
        settings = _diet_state(line, model, findings)
    else:
        habit = find_habit(line.way or "", line.of, model, line.places.get("of"), findings)
        if habit is not None:
            settings = dict(habit_settings(habit, model))
            with gathering(findings):
                amount = read_habit_amount(line.amount, habit, line.places.get("amount"))
            if line.doses is not None:
                with gathering(findings):
                    settings |= _doses_per_time(line, habit, model)
    start: Quantity | Column = Quantity(0.0, "h")
    until: Quantity | Column | None = None
    with gathering(findings):
        start = read_time(line.start, f"the start of `{line.label}`", line.places.get("from"))
    if line.until is not None:
        with gathering(findings):
            until = read_time(line.until, f"the end of `{line.label}`", line.places.get("until"))
    if isinstance(start, Quantity):
        if start.to("h") > end:
            findings.append(
                _after_end(f"the diet `{line.label}`", start.to("h"), end, line.places.get("from"))
            )
        if isinstance(until, Quantity) and until.to("h") <= start.to("h"):
            findings.append(
                Diagnostic(
                    Code.TIME_IMPOSSIBLE,
                    f"the diet `{line.label}` ends at {as_text(line.until)}, not after its start at {as_text(line.start)}",
                    line.places.get("until"),
                    "",
                    "Write an end after the start.",
                )
            )
    if settings is None or len(findings) > before:
        return None
    place = line.places.get("state", line.places.get("of"))
    return DietSpan(line.label, dict(settings), start, until, place, habit, amount)


def _diet_state(line: DietLine, model: Model, findings: list[Diagnostic]) -> Mapping[str, float] | None:
    settings = model.diets.get(line.state)
    if settings is None:
        known = ", ".join(f"`{state}`" for state in model.diets)
        findings.append(
            Diagnostic(
                Code.UNKNOWN_NAME,
                f"the model `{model.id}` has no diet state `{line.state}`",
                line.places.get("state"),
                f"It has {known}." if known else "It has none.",
                nearest(line.state, model.diets),
            )
        )
    return settings


def _doses_per_time(line: DietLine, habit: Habit, model: Model) -> dict[str, float]:
    if not habit.doses:
        raise ProtocolError(
            Diagnostic(
                Code.VALUE_IMPOSSIBLE,
                f"how often {habit.id} is taken does not matter here",
                line.places.get("doses"),
                "",
                "Leave `doses` out.",
            )
        )
    return {habit.doses: read_doses_per_time(line.doses, habit, model, line.places.get("doses"))}


def _values(protocol: Protocol, model: Model, findings: list[Diagnostic]) -> Mapping[str, Quantity | Column]:
    known = {
        key: symbol
        for key, symbol in model.symbols.items()
        if symbol.kind in ("parameter", "compartment") and symbol.constant
    }
    found: dict[str, Quantity | Column] = {}
    for key, written in protocol.values.items():
        place = protocol.places.get(f"values.{key}")
        if key not in known:
            findings.append(
                Diagnostic(
                    Code.UNKNOWN_NAME,
                    f"the model `{model.id}` has no parameter `{key}` to set",
                    place,
                    f"`{key}` is a {model.symbols[key].kind} there." if key in model.symbols else "",
                    nearest(key, known),
                )
            )
            continue
        with gathering(findings):
            unit = known[key].unit or "dimensionless"
            found[key] = read_written(written, f"the value of `{key}`", (unit,), place)
    return found
