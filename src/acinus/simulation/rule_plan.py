"""Rules understood in terms of a model: what is compared, in which unit, when, and into what the doses go.

In: the `Rule`s of a protocol and a `Model`. Out: `PlannedRule`s, in which only the values of `$column`s are still open;
or everything that is wrong with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, Place, nearest
from acinus.simulation.habits import find_habit, read_habit_amount
from acinus.simulation.rule import Acted, Checks, Combined, Test
from acinus.simulation.written import Column, as_text, gathering, read_time, read_written
from acinus.units import Quantity, same_dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from acinus.model import Habit, Model
    from acinus.simulation.plan import DietSpan, Prescription
    from acinus.simulation.protocol import Dose
    from acinus.simulation.rule import Condition, Rule

__all__ = [
    "REFERENCE_TIME",
    "Comparison",
    "Moment",
    "PlannedCondition",
    "PlannedRule",
    "PlannedStep",
    "check_steps",
    "plan_rules",
]

MOST_TIMES = 48  # a decision is kept as one bit of a number
HALF_LIFE, REFERENCE_TIME = "nomogram_half_life", "nomogram_reference_time"
_REPEATS = ("while_met", "until_met", "whenever_met")
_EARLIER = ("first", "last", "highest")
_RESERVED = ("ordered", "check")  # begin the ids of the protocol's own doses, and of how early a check is
_NAME = re.compile(r"[A-Za-z]\w*$")
_LATER = re.compile(r"\s*later of\s+(.+?)\s+and\s+(.+?)\s*$")


@dataclass(frozen=True)
class Moment:
    """A time: the sum of parts, each the latest of its times; counted from when another rule first acted, if any."""

    parts: tuple[tuple[Quantity | Column, ...], ...]
    anchor: str | None = None

    @property
    def fixed(self) -> float | None:
        """Hours, where no column and no other rule decides."""
        hours = [[t.to("h") for t in part if isinstance(t, Quantity)] for part in self.parts]
        known = self.anchor is None and all(len(h) == len(p) for h, p in zip(hours, self.parts, strict=True))
        return sum(max(h) for h in hours) if known else None


@dataclass(frozen=True)
class Comparison:
    """A `Test` with its level in the unit of what is compared; `number` counts those of a rule from 1."""

    number: int
    of: str
    relation: str
    level: Quantity | Column
    unit: str
    compared_with: str | None
    ingested: Quantity | Column
    place: Place | None


@dataclass(frozen=True)
class PlannedCondition:
    """A condition: `word` is ``all``, ``any``, ``not``, ``acted`` or ``test``."""

    word: str
    parts: tuple[PlannedCondition, ...] = ()
    rule: str = ""
    comparison: Comparison | None = None


@dataclass(frozen=True)
class PlannedStep:
    """By how much each act of a rule changes a habit."""

    habit: Habit
    amount: Quantity | Column
    place: Place | None


@dataclass(frozen=True)
class PlannedRule:
    """A rule ready to be worked out for individuals.

    Attributes
    ----------
    name : str
    when : PlannedCondition
    comparisons : tuple of Comparison
        All that occur in `when`.
    watched : bool
        Whether it acts at any moment, instead of at checks.
    start : Moment
    every : Quantity or Column or None
    count : int
        Most checks; most acts of a watched rule.
    repeat : str
        ``while_met``, ``until_met`` or ``whenever_met``.
    first_test : Moment or None
    prescriptions : tuple of Prescription
        Their times count from the decision.
    stops : tuple of str
        Ids of substances.
    steps : tuple of PlannedStep
    place : Place or None
    """

    name: str
    when: PlannedCondition
    comparisons: tuple[Comparison, ...]
    watched: bool
    start: Moment
    every: Quantity | Column | None
    count: int
    repeat: str
    first_test: Moment | None
    prescriptions: tuple[Prescription, ...]
    stops: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    place: Place | None


def plan_rules(
    rules: Sequence[Rule],
    model: Model,
    end: float,
    prescribe: Callable[[Dose], Prescription | None],
    findings: list[Diagnostic],
) -> tuple[PlannedRule, ...]:
    """Return the rules in terms of a model; what is wrong goes to `findings`.

    Parameters
    ----------
    rules : sequence of Rule
    model : Model
    end : float, h
        End of sampling.
    prescribe : function
        Gives the prescription of a dose, or None where it cannot be given.
    findings : list of Diagnostic
        AC601, AC603, AC606, AC610 and AC614.
    """
    _check_names(rules, model, findings)
    _check_consequences(rules, findings)
    planned = [_Planner(rule, rules, model, end, findings).plan(prescribe) for rule in rules]
    _check_order(rules, planned, findings)
    return tuple(rule for rule in planned if rule is not None)


def check_steps(rules: Sequence[PlannedRule], diet: Sequence[DietSpan], findings: list[Diagnostic]) -> None:
    """Refuse a rule that changes a habit which the diet of the protocol does not hold to the end (AC614).

    What is taken, how often and in which form stands in a diet line; a rule only changes how much.
    """
    for rule in rules:
        for step in rule.steps:
            lines = [span for span in diet if span.habit is not None and span.habit.id == step.habit.id]
            if lines and all(span.until is None for span in lines):
                continue
            findings.append(
                Diagnostic(
                    Code.RULE_IMPOSSIBLE,
                    f"the rule `{rule.name}` changes how much {step.habit.id} is taken, which "
                    + ("no diet line gives" if not lines else "a diet line ends"),
                    step.place,
                    "The diet says what is taken; a rule raises or lowers it from there.",
                    f"Add the diet line `{{{step.habit.way}: {step.habit.id}, amount: 0 mg/d}}`."
                    if not lines
                    else "Leave `until` out.",
                )
            )


def _check_names(rules: Sequence[Rule], model: Model, findings: list[Diagnostic]) -> None:
    for i, rule in enumerate(rules):
        place = rule.places.get("name")

        def refuse(what: str, why: str, remedy: str, place: Place | None = place) -> None:
            findings.append(Diagnostic(Code.RULE_IMPOSSIBLE, what, place, why, remedy))

        if not _NAME.match(rule.name) or rule.name in _RESERVED:
            refuse(
                f"`{rule.name}` cannot be the name of a rule",
                "It becomes an id of the model.",
                "Use letters, digits and `_`, begin with a letter, and take another word than `ordered` or `check`.",
            )
        taken = next(
            (key for key in model.symbols if key == rule.name or key.startswith(f"{rule.name}_")), None
        )
        if taken is not None:
            refuse(
                f"the rule `{rule.name}` has a name like the id `{taken}`",
                "What a rule does is recorded under its name.",
                f"Call it for example `{rule.name}_rule`.",
            )
        for other in rules[:i]:
            a, b = sorted((rule.name, other.name), key=len)
            if a == b or b.startswith(f"{a}_"):
                refuse(
                    f"the rules `{other.name}` and `{rule.name}` have names too much alike",
                    "Their records could not be told apart.",
                    "Rename one so that it does not begin with the other.",
                )


def _check_consequences(rules: Sequence[Rule], findings: list[Diagnostic]) -> None:
    """Refuse a rule that gives and stops nothing and that no other rule asks about."""
    asked_about = {name for rule in rules for name in _named_in(rule.when)}
    findings.extend(
        Diagnostic(
            Code.RULE_IMPOSSIBLE,
            f"nothing follows from the rule `{rule.name}`",
            rule.places.get("name"),
            "It gives, stops and sets nothing, and no other rule asks whether it has acted.",
            "Add `give: [{regimen: nac_two_bag_20h}]`, `stop: nac` or `set: {intake: magnesium, amount: +50 mg/d}`.",
        )
        for rule in rules
        if not (rule.give or rule.stop or rule.sets) and rule.name not in asked_about
    )


def _named_in(condition: Condition) -> set[str]:
    if isinstance(condition, Combined):
        return {name for part in condition.parts for name in _named_in(part)}
    return {condition.rule} if isinstance(condition, Acted) else set()


def _check_order(
    rules: Sequence[Rule], planned: Sequence[PlannedRule | None], findings: list[Diagnostic]
) -> None:
    """Refuse a rule whose time counts from a later one, or from itself: it would never be asked."""
    earlier: set[str] = set()
    for rule, plan in zip(rules, planned, strict=True):
        anchor = plan.start.anchor if plan is not None else None
        if anchor is not None and anchor not in earlier:
            findings.append(
                Diagnostic(
                    Code.RULE_IMPOSSIBLE,
                    f"the time of the rule `{rule.name}` counts from `{anchor}`, which does not stand before it",
                    rule.asked.places.get("from"),
                    "",
                    "Write the rule that acts first above it.",
                )
            )
        earlier.add(rule.name)


class _Planner:
    """One rule on its way."""

    def __init__(
        self, rule: Rule, rules: Sequence[Rule], model: Model, end: float, findings: list[Diagnostic]
    ) -> None:
        self.rule, self.model, self.end, self.findings = rule, model, end, findings
        self.names = [other.name for other in rules]
        self.comparisons: list[Comparison] = []
        self.start: Moment | None = None

    def refuse(
        self,
        what: str,
        place: Place | None,
        why: str = "",
        remedy: str = "",
        code: Code = Code.RULE_IMPOSSIBLE,
    ) -> None:
        self.findings.append(Diagnostic(code, what, place or self.rule.places.get("name"), why, remedy))

    def plan(self, prescribe: Callable[[Dose], Prescription | None]) -> PlannedRule | None:
        before = len(self.findings)
        rule, asked = self.rule, self.rule.asked
        self.start = start = self.moment(asked.start, "the time", asked.places.get("from"))
        every, count, repeat = self.repetition()
        first_test = None
        if isinstance(asked, Checks) and asked.first_test is not None:
            first_test = self.moment(asked.first_test, "the first blood test", asked.places.get("first_test"))
        when = self.condition(rule.when)
        self.times_against_each_other(start, first_test)
        prescriptions = [prescribe(dose) for dose in rule.give]
        stops = tuple(filter(None, (self.substance(name) for name in rule.stop)))
        given = tuple(line for line in prescriptions if line is not None)
        steps = self.steps()
        if len(self.findings) > before or start is None or when is None:
            return None
        return PlannedRule(
            name=rule.name,
            when=when,
            comparisons=tuple(self.comparisons),
            watched=not isinstance(asked, Checks),
            start=start,
            every=every,
            count=count,
            repeat=repeat,
            first_test=first_test,
            prescriptions=given,
            stops=stops,
            steps=steps,
            place=rule.places.get("name"),
        )

    def steps(self) -> tuple[PlannedStep, ...]:
        """Return the changes of habits; one is refused whose habit the model does not have."""
        found: list[PlannedStep] = []
        for step in self.rule.sets:
            place = step.places.get("of", self.rule.places.get("set"))
            habit = find_habit(step.way, step.of, self.model, place, self.findings)
            if habit is None:
                continue
            with gathering(self.findings):
                amount = read_habit_amount(step.amount, habit, step.places.get("amount", place), signed=True)
                found.append(PlannedStep(habit, amount, place))
        return tuple(found)

    def moment(self, written: object, what: str, place: Place | None) -> Moment | None:
        """Return a time such as ``20.25 h after $nac_delay`` or ``10 h after treat``."""
        said = f"{what} of the rule `{self.rule.name}`"
        texts = written.split(" after ") if isinstance(written, str) else [written]
        anchor = None
        last = texts[-1].strip() if isinstance(texts[-1], str) else ""
        if len(texts) > 1 and _NAME.match(last):
            texts, anchor = texts[:-1], last
            if anchor not in self.names:
                self.refuse(
                    f"there is no rule `{anchor}`",
                    place,
                    f"The rules are {', '.join(f'`{name}`' for name in self.names)}.",
                    nearest(anchor, self.names) or "A time counts from a time, a `$column` or a rule.",
                    Code.UNKNOWN_NAME,
                )
                return None
        parts: list[tuple[Quantity | Column, ...]] = []
        for text in texts:
            later = _LATER.match(text) if isinstance(text, str) else None
            times: list[Quantity | Column] = []
            for one in later.groups() if later else (text,):
                with gathering(self.findings):
                    times.append(read_time(one, said, place))
            parts.append(tuple(times))
        return Moment(tuple(parts), anchor) if all(parts) else None

    def repetition(self) -> tuple[Quantity | Column | None, int, str]:
        """Return interval, number and manner of the checks, or the number of acts of a watched rule."""
        asked, name = self.rule.asked, self.rule.name
        place = asked.places.get("every", asked.places.get("checked"))
        times = asked.times
        every = asked.every if isinstance(asked, Checks) else None
        repeat = asked.repeat if isinstance(asked, Checks) else "whenever_met"
        if times is not None and (
            isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST_TIMES
        ):
            self.refuse(
                f"the rule `{name}` is to act `{times}` times",
                asked.places.get("times"),
                "",
                f"Write a whole number from 1 to {MOST_TIMES}.",
            )
            return None, 1, "while_met"
        if not isinstance(asked, Checks):
            return None, times or 1, "whenever_met"
        if every is None:
            for key in ("times", "repeat"):
                if getattr(asked, key) is not None:
                    self.refuse(
                        f"the rule `{name}` has `{key}` but no interval",
                        asked.places.get(key),
                        "",
                        "Add for example `every: 16 h`.",
                    )
            return None, 1, "while_met"
        if times is None:
            self.refuse(
                f"the rule `{name}` is asked every `{as_text(every)}` without an end",
                place,
                "It could go on for ever.",
                f"Add `times: 6`; at most {MOST_TIMES}.",
            )
        if repeat not in _REPEATS:
            self.refuse(
                f"the rule `{name}` does not say whether it is asked again"
                if repeat is None
                else f"the rule `{name}` has no `repeat: {repeat}`",
                asked.places.get("repeat", place),
                "",
                nearest(str(repeat), _REPEATS)
                or "Write `repeat: while_met` (as long as it acts), `until_met` (until it has acted) or `whenever_met`.",
            )
        interval: Quantity | Column | None = None
        with gathering(self.findings):
            interval = read_time(every, f"the interval of the rule `{name}`", place)
        if isinstance(interval, Quantity) and interval.magnitude == 0:
            self.refuse(
                f"the rule `{name}` is asked every `{as_text(every)}`",
                place,
                "",
                "Write an interval above zero.",
            )
        return interval, times or 1, repeat or "while_met"

    def times_against_each_other(self, start: Moment | None, first_test: Moment | None) -> None:
        asked, name = self.rule.asked, self.rule.name
        if start is None:
            return
        begins = start.fixed
        if begins is not None and begins > self.end:
            self.refuse(
                f"the rule `{name}` is first asked at {begins:g} h, after the end of sampling at {self.end:g} h",
                asked.places.get("from"),
                "It could never act.",
                f"Sample until {begins:g} h or later, or leave it out.",
                Code.TIME_IMPOSSIBLE,
            )
        if begins == 0.0 and isinstance(asked, Checks) and self.rule.stop:
            self.refuse(
                f"the rule `{name}` is to stop something at 0 h",
                asked.places.get("from"),
                "Nothing has been given by then.",
                "Ask it later.",
                Code.TIME_IMPOSSIBLE,
            )
        if any(c.compared_with for c in self.comparisons) and first_test is None:
            self.refuse(
                f"the rule `{name}` compares with earlier blood tests, and none is taken before its first check",
                next(c.place for c in self.comparisons if c.compared_with),
                "",
                "Add the time of the first test: `checked: {first_test: 4 h, from: 12 h}`."
                if isinstance(asked, Checks)
                else "Ask the rule at times: `checked: {first_test: 4 h, from: 12 h, ...}`.",
            )
        if first_test is not None and first_test.anchor is not None:
            self.refuse(
                f"the first blood test of the rule `{name}` counts from a rule",
                asked.places.get("first_test"),
                "",
                "Give its time.",
            )
        tested = first_test.fixed if first_test is not None else None
        if tested is not None and begins is not None and tested >= begins:
            self.refuse(
                f"the first blood test of the rule `{name}` at {tested:g} h is not before its first check at {begins:g} h",
                asked.places.get("first_test"),
                "",
                "Exchange the two times.",
                Code.TIME_IMPOSSIBLE,
            )

    def condition(self, condition: Condition) -> PlannedCondition | None:
        if isinstance(condition, Combined):
            parts = [self.condition(part) for part in condition.parts]
            found = tuple(part for part in parts if part is not None)
            return PlannedCondition(condition.word, found) if len(found) == len(parts) else None
        if isinstance(condition, Acted):
            if condition.rule not in self.names:
                self.refuse(
                    f"there is no rule `{condition.rule}`",
                    condition.place,
                    f"The rules are {', '.join(f'`{name}`' for name in self.names)}.",
                    nearest(condition.rule, self.names),
                    Code.UNKNOWN_NAME,
                )
                return None
            return PlannedCondition("acted", rule=condition.rule)
        return self.test(condition)

    def test(self, test: Test) -> PlannedCondition | None:
        before = len(self.findings)
        unit = self.unit_of(test)
        if unit is None:
            return None
        level: Quantity | Column = Column("")
        ingested: Quantity | Column = Quantity(0.0, "h")
        if test.compared_with is not None:
            unit = "dimensionless"
            if test.compared_with not in _EARLIER or test.relation == "above_line":
                self.refuse(
                    f"`{test.of}` cannot be compared with `{test.compared_with}`"
                    + (" and a line" if test.relation == "above_line" else ""),
                    test.places.get("compared_with"),
                    f"A rule remembers the {', '.join(f'`{word}`' for word in _EARLIER)} of its blood tests.",
                    nearest(test.compared_with, _EARLIER),
                )
        place = test.places.get(test.relation)
        with gathering(self.findings):
            level = self.level(test, unit, place)
        with gathering(self.findings):
            ingested = read_time(
                test.ingested, f"when the dose of `{test.of}` was taken", test.places.get("ingested")
            )
        if test.relation == "above_line":
            self.check_line(test, ingested)
        if len(self.findings) > before:
            return None
        comparison = Comparison(
            len(self.comparisons) + 1,
            test.of,
            test.relation,
            level,
            unit,
            test.compared_with,
            ingested,
            place,
        )
        self.comparisons.append(comparison)
        return PlannedCondition("test", comparison=comparison)

    def unit_of(self, test: Test) -> str | None:
        """Return the unit of what is compared; refuse what does not change or is not there."""
        symbol, place = self.model.symbols.get(test.of), test.places.get("of")
        if symbol is not None and symbol.kind in ("species", "amount", "variable"):
            return symbol.unit or "dimensionless"
        zoned = f"z1_{test.of}" in self.model.symbols
        moving = [k for k, s in self.model.symbols.items() if s.kind in ("species", "amount", "variable")]
        if symbol is None:
            self.refuse(
                f"the model `{self.model.id}` has no `{test.of}`",
                place,
                "It stands once in every zone." if zoned else "",
                f"Name one of them, such as `z1_{test.of}`."
                if zoned
                else nearest(test.of, moving) or "Name a species or a variable of the model.",
                Code.UNKNOWN_NAME,
            )
        else:
            self.refuse(
                f"`{test.of}` is a {symbol.kind}",
                place,
                "A rule looks at what changes during a run and can be measured.",
                "Name a species or a variable.",
            )
        return None

    def level(self, test: Test, unit: str, place: Place | None) -> Quantity | Column:
        what = f"the level of `{test.of}`"
        text = test.level.strip() if isinstance(test.level, str) else test.level
        if not (isinstance(text, str) and _NAME.match(text)):
            return read_written(text, what, (unit,), place)
        card = self.model.cards.get(text)
        if card is None:
            self.refuse(
                f"{what}: no number is called `{text}`",
                place,
                "",
                nearest(text, self.model.cards)
                or "Write a number with a unit, or the id of a row of the tables.",
                Code.UNKNOWN_NAME,
            )
        elif not same_dimension(card.unit, unit):
            self.refuse(
                f"{what}: `{text}` is in `{card.unit}`, where `{unit}` is needed",
                place,
                "",
                "",
                Code.UNIT_WRONG,
            )
        else:
            return Quantity(card.value, card.unit)
        return Column("")

    def check_line(self, test: Test, ingested: Quantity | Column) -> None:
        asked, place = self.rule.asked, test.places.get("above_line")
        missing = [key for key in (HALF_LIFE, REFERENCE_TIME) if key not in self.model.cards]
        if missing:
            self.refuse(
                f"the model `{self.model.id}` has no nomogram: `{missing[0]}` is not in its tables",
                place,
                "",
                "Compare with `above: 150 mg/L` instead.",
                Code.UNKNOWN_NAME,
            )
            return
        begins = self.start.fixed if self.start is not None else None
        reference = self.model.cards[REFERENCE_TIME]
        hours = Quantity(reference.value, reference.unit).to("h")
        if begins is not None and isinstance(ingested, Quantity) and begins - ingested.to("h") < hours - 1e-9:
            self.refuse(
                f"the line of the nomogram is asked for {begins - ingested.to('h'):g} h after the dose",
                asked.places.get("from"),
                f"It begins at {hours:g} h, when the dose has been absorbed.",
                f"Write `from: {hours + ingested.to('h'):g} h` or later.",
                Code.TIME_IMPOSSIBLE,
            )

    def substance(self, written: str) -> str | None:
        by_name = {
            alias.casefold(): substance.id
            for substance in self.model.substances.values()
            for alias in (substance.id, substance.name, *substance.aliases)
        }
        found = by_name.get(written.casefold())
        if found is None:
            self.refuse(
                f"the model `{self.model.id}` has no substance `{written}` to stop",
                self.rule.places.get("stop"),
                f"It has {', '.join(f'`{key}`' for key in self.model.substances)}.",
                nearest(written, by_name),
                Code.UNKNOWN_NAME,
            )
        return found
