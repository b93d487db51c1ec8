"""Rules as equations: the decisions of a protocol, and the doses they govern, as events of the model.

In: a `Plan`, its model and the columns of the doses that are governed. Out: an `Extension` of the model, in which every
number (levels, times, amounts) is a parameter, so that one compiled model serves all individuals and all levels.

A check is made `LEAD` before its nominal time. Whatever it decides about that time then stands before any dose that
falls on it, so that no result hangs on the order of events at one moment, which SBML leaves open. A dose that a rule
gives starts after its decision; an infusion is a rate that is switched on and off; what was ordered before a stop is
multiplied with zero from then on. A habit is what the protocol says plus one step for each act so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, ProtocolError
from acinus.model.extension import AddedEvent, AddedParameter, Extension, compartment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.model import Model
    from acinus.simulation.rule_plan import Comparison, PlannedCondition, PlannedRule

__all__ = [
    "LEAD",
    "NEVER",
    "DoseColumn",
    "acts_id",
    "anchor_id",
    "decisions_id",
    "extension_of",
    "step_id",
    "touched_substances",
]

LEAD = 1e-6  # h: a check is this much earlier than the doses of the same time
NEVER = 1e9  # h: later than any run
_MOST_DOSES = 400
_RELATION = {"above": ">", "below": "<", "at_least": ">=", "at_most": "<="}


@dataclass(frozen=True, slots=True)
class DoseColumn:
    """One dose that the extension gives.

    Attributes
    ----------
    id : str
        Begins the ids of its parameters.
    substance, target : str
    infused : bool
    """

    id: str
    substance: str
    target: str
    infused: bool


def touched_substances(rules: Iterable[PlannedRule]) -> frozenset[str]:
    """Return the substances that rules give or stop."""
    rules = tuple(rules)
    given = {line.substance for rule in rules for line in rule.prescriptions}
    return frozenset(given | {name for rule in rules for name in rule.stops})


def acts_id(rule: str) -> str:
    """Return the id of how often a rule has acted."""
    return rule


def decisions_id(rule: str) -> str:
    """Return the id of the checks at which a rule acted: one bit for each, the first lowest."""
    return f"{rule}_decisions"


def step_id(rule: str, number: int) -> str:
    """Return the id of how much one act changes the rule's habit of that number, from 1."""
    return f"{rule}_step_{number}"


def anchor_id(rule: str) -> str:
    """Return the id of the time at which a rule first acted."""
    return f"{rule}_first_acted"


def extension_of(
    rules: tuple[PlannedRule, ...],
    model: Model,
    ordered: tuple[DoseColumn, ...],
    governed: tuple[tuple[DoseColumn, ...], ...],
) -> Extension:
    """Return what the rules add to the model.

    Parameters
    ----------
    rules : tuple of PlannedRule
    model : Model
    ordered : tuple of DoseColumn
        Doses of the protocol itself that the extension gives.
    governed : tuple of tuples of DoseColumn
        For each rule, the doses of one act.

    Raises
    ------
    ProtocolError
        AC614 if the rules could give more doses than a model should carry.
    """
    _require_size(rules, ordered, governed)
    return _Writer(rules, model, ordered, governed).extension()


def _require_size(
    rules: tuple[PlannedRule, ...],
    ordered: tuple[DoseColumn, ...],
    governed: tuple[tuple[DoseColumn, ...], ...],
) -> None:
    total = len(ordered) + sum(rule.count * len(doses) for rule, doses in zip(rules, governed, strict=True))
    if total <= _MOST_DOSES:
        return
    raise ProtocolError(
        Diagnostic(
            Code.RULE_IMPOSSIBLE,
            f"with the doses of its rules the protocol could give {total:,} doses",
            rules[0].place if rules else None,
            f"Each becomes an event of the model; at most {_MOST_DOSES} are taken.",
            "Ask the rules less often, or give fewer doses with each act.",
        )
    )


class _Writer:
    """Collects parameters and events."""

    def __init__(
        self,
        rules: tuple[PlannedRule, ...],
        model: Model,
        ordered: tuple[DoseColumn, ...],
        governed: tuple[tuple[DoseColumn, ...], ...],
    ) -> None:
        self.rules, self.model, self.ordered, self.governed = rules, model, ordered, governed
        self.by_name = {rule.name: rule for rule in rules}
        self.anchored = {rule.start.anchor for rule in rules if rule.start.anchor is not None}
        self.stopped = {name for rule in rules for name in rule.stops}
        self.parameters: list[AddedParameter] = []
        self.events: list[AddedEvent] = []
        self.rates: dict[str, list[str]] = {}
        self.habits: dict[str, list[str]] = {}

    def extension(self) -> Extension:
        if any(not rule.watched for rule in self.rules):
            self.constant("check_lead", "h", "how much earlier than doses of its time a check is made", LEAD)
        for substance in sorted(self.stopped):
            self.variable(f"{substance}_stopped_at", "h", f"last time at which {substance} was stopped", -1.0)
            self.variable(
                f"{substance}_stands", "dimensionless", f"1 until {substance} is first stopped", 1.0
            )
        for rule in self.rules:
            self.decide(rule)
        for dose in self.ordered:
            gate = f"{dose.substance}_stands" if dose.substance in self.stopped else ""
            self.dose_parameters(dose, "the protocol")
            self.dose_events(dose, f"{dose.id}_on", f"{dose.id}_start", f"{dose.id}_end", gate)
        for rule, doses in zip(self.rules, self.governed, strict=True):
            self.give(rule, doses)
            self.change_habits(rule)
        formulas = []
        for target, steps in self.habits.items():
            symbol, own = self.model.symbol(target), f"{target}_own"
            self.constant(own, symbol.unit, f"{symbol.name} without rules", symbol.value or 0.0)
            total = " + ".join([own, *steps])
            formulas.append((target, f"piecewise({total}, {total} > 0 * {own}, 0 * {own})"))
        for target, rates in self.rates.items():
            symbol = self.model.symbol(target)
            own = f"{target}_own"
            self.constant(own, symbol.unit, f"{symbol.name} without doses", symbol.value or 0.0)
            formulas.append((target, " + ".join([own, *rates])))
        return Extension(tuple(self.parameters), tuple(formulas), tuple(self.events))

    def constant(self, key: str, unit: str, name: str, value: float = 0.0) -> None:
        self.parameters.append(AddedParameter(key, unit, name, value))

    def variable(self, key: str, unit: str, name: str, value: float = 0.0) -> None:
        self.parameters.append(AddedParameter(key, unit, name, value, varies=True))

    def event(
        self, key: str, name: str, trigger: str, *assignments: tuple[str, str], in_turn: bool = False
    ) -> None:
        self.events.append(AddedEvent(key, name, trigger, assignments, in_turn))

    # Decisions
    def decide(self, rule: PlannedRule) -> None:
        name = rule.name
        self.constant(f"{name}_from", "h", f"first time of the rule {name}")
        for comparison in rule.comparisons:
            self.comparison_parameters(rule, comparison)
        if rule.watched:
            self.watch(rule)
        else:
            self.check(rule)

    def comparison_parameters(self, rule: PlannedRule, comparison: Comparison) -> None:
        name, number = rule.name, comparison.number
        self.constant(
            f"{name}_level_{number}", comparison.unit, f"level of {comparison.of} in the rule {name}"
        )
        if comparison.relation == "above_line":
            self.constant(f"{name}_ingested_{number}", "h", f"time of the dose in the rule {name}")
            self.constant(f"{name}_reference_{number}", "h", "reference time of the nomogram")
            self.constant(f"{name}_half_life_{number}", "h", "half-life of the line of the nomogram")

    def watch(self, rule: PlannedRule) -> None:
        name = rule.name
        acts = acts_id(name)
        self.variable(acts, "dimensionless", f"how often the rule {name} has acted")
        assignments = [(acts, f"{acts} + 1")]
        for k in range(1, rule.count + 1):
            slot = f"{name}_time_{k}"
            self.variable(slot, "h", f"time of act {k} of the rule {name}", NEVER)
            assignments.append((slot, f"piecewise(time, {acts} == {k - 1}, {slot})"))
        if name in self.anchored:
            self.variable(anchor_id(name), "h", f"time at which the rule {name} first acted", NEVER)
            assignments.append((anchor_id(name), f"piecewise(time, {acts} == 0, {anchor_id(name)})"))
        for substance in rule.stops:
            assignments += [(f"{substance}_stopped_at", "time"), (f"{substance}_stands", "0")]
        starts = f"{name}_from"
        if rule.start.anchor is not None:
            starts = f"{anchor_id(rule.start.anchor)} + {starts}"
        trigger = f"(time >= {starts}) && ({acts} < {rule.count}) && {self.formula(rule, rule.when)}"
        self.event(f"{name}_acts", f"the rule {name} acts", trigger, *assignments)

    def check(self, rule: PlannedRule) -> None:
        name, slots = rule.name, range(1, rule.count + 1)
        if rule.count > 1:
            self.constant(f"{name}_every", "h", f"interval of the rule {name}")
        for k in slots:
            self.variable(f"{name}_given_{k}", "dimensionless", f"1 if the rule {name} acted at check {k}")
        acts = " + ".join(f"{name}_given_{k}" for k in slots)
        bits = " + ".join(f"{2 ** (k - 1)}*{name}_given_{k}" for k in slots)
        self.parameters.append(
            AddedParameter(
                acts_id(name), "dimensionless", f"how often the rule {name} has acted", formula=acts
            )
        )
        self.parameters.append(
            AddedParameter(
                decisions_id(name),
                "dimensionless",
                f"checks at which the rule {name} acted, as bits",
                formula=bits,
            )
        )
        if name in self.anchored:
            self.variable(anchor_id(name), "h", f"time at which the rule {name} first acted", NEVER)
        remembered = self.first_test(rule)
        for k in slots:
            self.one_check(rule, k, remembered)

    def first_test(self, rule: PlannedRule) -> dict[str, set[str]]:
        """Add what a rule remembers of its blood tests; return the words remembered by id."""
        name = rule.name
        words: dict[str, set[str]] = {}
        for comparison in rule.comparisons:
            if comparison.compared_with is not None:
                words.setdefault(comparison.of, set()).add(comparison.compared_with)
        if not words:
            return words
        self.constant(f"{name}_first_test", "h", f"first blood test of the rule {name}")
        assignments = []
        for of, remembered in words.items():
            for word in sorted(remembered):
                unit = self.model.symbol(of).unit or "dimensionless"
                self.variable(
                    f"{name}_{word}_{of}", unit, f"{word} {of} in the blood tests of the rule {name}"
                )
                assignments.append((f"{name}_{word}_{of}", of))
        self.event(
            f"{name}_first_blood_test",
            f"first blood test of the rule {name}",
            f"time >= {name}_first_test",
            *assignments,
        )
        return words

    def one_check(self, rule: PlannedRule, k: int, remembered: dict[str, set[str]]) -> None:
        name = rule.name
        conditions = [self.formula(rule, rule.when)]
        earlier = [f"{name}_given_{j}" for j in range(1, k)]
        if rule.repeat == "while_met" and earlier:
            conditions.append(f"({earlier[-1]} > 0.5)")
        if rule.repeat == "until_met" and earlier:
            conditions.append(f"({' + '.join(earlier)} < 0.5)")
        acts = " && ".join(conditions)
        assignments = [(f"{name}_given_{k}", f"piecewise(1, {acts}, 0)")]
        for substance in rule.stops:
            stopped, stands = f"{substance}_stopped_at", f"{substance}_stands"
            assignments += [
                (stopped, f"piecewise(time, {acts}, {stopped})"),
                (stands, f"piecewise(0, {acts}, {stands})"),
            ]
        if name in self.anchored:
            first = anchor_id(name)
            not_yet = f"({' + '.join(earlier)} < 0.5)" if earlier else ""
            now = " && ".join(filter(None, (acts, not_yet)))
            assignments.append((first, f"piecewise({self.order_time(rule, k)}, {now}, {first})"))
        for of, words in remembered.items():
            if "last" in words:
                assignments.append((f"{name}_last_{of}", of))
            if "highest" in words:
                held = f"{name}_highest_{of}"
                assignments.append((held, f"piecewise({of}, {of} > {held}, {held})"))
        self.event(
            f"{name}_check_{k}",
            f"check {k} of the rule {name}",
            f"time >= {self.order_time(rule, k)} - check_lead",
            *assignments,
        )

    def order_time(self, rule: PlannedRule, k: int) -> str:
        """Return the time of act k of a rule, from which its doses count."""
        if rule.watched:
            return f"{rule.name}_time_{k}"
        parts = [] if rule.start.anchor is None else [anchor_id(rule.start.anchor)]
        parts.append(f"{rule.name}_from")
        if k > 1:
            parts.append(f"{rule.name}_every" if k == 2 else f"{k - 1}*{rule.name}_every")
        return " + ".join(parts)

    def formula(self, rule: PlannedRule, condition: PlannedCondition) -> str:
        if condition.word == "acted":
            return f"({acts_id(condition.rule)} > 0.5)"
        if condition.word == "not":
            return f"!({self.formula(rule, condition.parts[0])})"
        if condition.word in ("all", "any"):
            joined = " && " if condition.word == "all" else " || "
            return f"({joined.join(self.formula(rule, part) for part in condition.parts)})"
        comparison = condition.comparison
        assert comparison is not None  # a condition without a word is a comparison
        name, number, of = rule.name, comparison.number, comparison.of
        level = f"{name}_level_{number}"
        if comparison.relation == "above_line":
            since = f"time - {name}_ingested_{number} - {name}_reference_{number}"
            return f"({of} > {level} * exp(-ln(2) * ({since}) / {name}_half_life_{number}))"
        if comparison.compared_with is not None:
            level = f"{level} * {name}_{comparison.compared_with}_{of}"
        return f"({of} {_RELATION[comparison.relation]} {level})"

    # Habits
    def change_habits(self, rule: PlannedRule) -> None:
        """Add to a habit one step for each time that the rule has acted: its count is all that must be kept."""
        for number, step in enumerate(rule.steps, 1):
            key = step_id(rule.name, number)
            target = step.habit.parameter
            unit = self.model.symbol(target).unit
            self.constant(key, unit, f"change of {step.habit.name} with each act of the rule {rule.name}")
            self.habits.setdefault(target, []).append(f"{acts_id(rule.name)} * {key}")

    # Doses
    def give(self, rule: PlannedRule, doses: tuple[DoseColumn, ...]) -> None:
        for dose in doses:
            self.dose_parameters(dose, f"the rule {rule.name}")
            for k in range(1, rule.count + 1):
                ordered = self.order_time(rule, k)
                gates = [] if rule.watched else [f"{rule.name}_given_{k}"]
                if dose.substance in self.stopped:
                    gates.append(f"piecewise(1, {dose.substance}_stopped_at <= {ordered}, 0)")
                self.dose_events(
                    dose,
                    f"{dose.id}_on_{k}",
                    f"{ordered} + {dose.id}_start",
                    f"{ordered} + {dose.id}_end",
                    " * ".join(gates),
                )

    def dose_parameters(self, dose: DoseColumn, whose: str) -> None:
        said = f"a dose of {dose.substance} of {whose}"
        self.constant(f"{dose.id}_start", "h", f"start of {said}")
        if dose.infused:
            self.constant(f"{dose.id}_end", "h", f"end of {said}")
            self.constant(f"{dose.id}_rate", self.model.symbol(dose.target).unit, f"rate of {said}")
        else:
            self.constant(f"{dose.id}_amount", self.amount_unit(dose.target), f"amount of {said}")

    def amount_unit(self, species: str) -> str:
        symbol = self.model.symbol(species)
        return symbol.unit if symbol.kind == "amount" else "mmol"

    def dose_events(self, dose: DoseColumn, on: str, start: str, end: str, gate: str) -> None:
        """Add one dose: a switched rate, or an amount that enters at once."""
        said = f"of a dose of {dose.substance}"
        if dose.infused:
            self.variable(on, "dimensionless", f"1 during a dose of {dose.substance}")
            self.event(f"{on}_begins", f"start {said}", f"time >= {start}", (on, "1"))
            self.event(f"{on}_ends", f"end {said}", f"time >= {end}", (on, "0"))
            rate = " * ".join(filter(None, (on, f"{dose.id}_rate", gate)))
            self.rates.setdefault(dose.target, []).append(rate)
            return
        amount = " * ".join(filter(None, (f"{dose.id}_amount", gate)))
        if self.model.symbol(dose.target).kind != "amount":
            amount += f" / {compartment_of(self.model, dose.target)}"
        self.event(
            f"{on}_enters",
            f"entry {said}",
            f"time >= {start}",
            (dose.target, f"{dose.target} + {amount}"),
            in_turn=True,
        )
