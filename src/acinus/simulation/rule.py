"""Rules as written: what is decided from an individual's own course, when, and what follows.

A rule is asked at given times (`Checks`: blood is taken) or at any moment (`Watch`), has a condition made of `Test`s,
and then gives doses, stops a substance, changes what is taken by habit, or several of these.
`acinus.simulation.rule_plan` checks it against a model.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from acinus.simulation.written import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.errors import Place
    from acinus.simulation.protocol import Dose
    from acinus.simulation.written import Written

__all__ = [
    "Acted",
    "Checks",
    "Combined",
    "Condition",
    "HabitStep",
    "Rule",
    "Test",
    "Watch",
    "counted_from",
    "without_places",
]


@dataclass(frozen=True)
class Test:
    """One comparison with a level.

    Attributes
    ----------
    of : str
        Id of a species or variable.
    relation : str
        ``above``, ``below``, ``at_least``, ``at_most``; or ``above_line``, where the level is that of a line of the
        nomogram 4 h after the dose.
    level : text or Quantity
        With unit, ``$column``, or the id of a number in the tables (``clinical_rise_level``).
    compared_with : str, optional
        ``first``, ``last`` or ``highest`` of the rule's earlier blood tests; the level is then a factor of it.
    ingested : text or Quantity
        When the dose was taken that the line counts from.
    """

    __test__ = False  # not a test of this package

    of: str
    relation: str
    level: Written
    compared_with: str | None = None
    ingested: Written = "0 h"
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Acted:
    """Whether another rule has acted before."""

    rule: str
    place: Place | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Combined:
    """``all``, ``any`` or ``not`` of other conditions."""

    word: str
    parts: tuple[Condition, ...]


Condition = Test | Acted | Combined


@dataclass(frozen=True)
class Checks:
    """Times at which a rule is asked.

    Attributes
    ----------
    start : text or Quantity
        The first: ``12 h``, ``20.25 h after $nac_delay``, ``later of 4 h and $arrival``, or counted from when another
        rule first acted: ``10 h after treat``.
    every : text or Quantity, optional
    times : int, optional
        How often at most; with `every`.
    repeat : str, optional
        With `every`: ``while_met`` asks on as long as it acts, ``until_met`` until it has acted, ``whenever_met``
        always.
    first_test : text or Quantity, optional
        When blood is taken for the first time, for what is compared with earlier tests.
    """

    start: Written
    every: Written | None = None
    times: int | None = None
    repeat: str | None = None
    first_test: Written | None = None
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Watch:
    """A rule that acts whenever its condition becomes true, from `start` on and at most `times` times."""

    start: Written = "0 h"
    times: int = 1
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class HabitStep:
    """By how much an act of a rule changes a habit: ``HabitStep("supplement", "magnesium_citrate", "+100 mg/d")``."""

    way: str
    of: str
    amount: Written
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Rule:
    """A decision.

    Attributes
    ----------
    name : str
        Also the id under which results record how often it has acted.
    when : Condition
    asked : Checks or Watch
    give : tuple of Dose
        Times count from the decision; regimens are already spelt out.
    stop : tuple of str
        Substances of which nothing more is given that was ordered before: not by the protocol, not by rules.
    sets : tuple of HabitStep
        Each act changes these habits once; none falls below zero.
    """

    name: str
    when: Condition
    asked: Checks | Watch
    give: tuple[Dose, ...] = ()
    stop: tuple[str, ...] = ()
    sets: tuple[HabitStep, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)


def counted_from(rule: Rule, at: Written) -> Rule:
    """Return the same rule with its times counted from `at`; those counted from another rule stay."""
    asked = rule.asked
    if isinstance(asked, Checks) and asked.first_test is not None:
        asked = replace(asked, first_test=_later(asked.first_test, at))
    return replace(rule, asked=replace(asked, start=_later(asked.start, at)))


def _later(time: Written, at: Written) -> Written:
    last = str(time).rsplit(" after ", maxsplit=1)[-1].strip()
    return time if last.isidentifier() else f"{as_text(time)} after {as_text(at)}"


def without_places(rule: Rule) -> Rule:
    """Return the same rule with nothing said about the file it came from."""
    return replace(
        rule,
        when=_bare(rule.when),
        asked=replace(rule.asked, places={}),
        give=tuple(replace(dose, places={}) for dose in rule.give),
        sets=tuple(replace(step, places={}) for step in rule.sets),
        places={},
    )


def _bare(condition: Condition) -> Condition:
    if isinstance(condition, Combined):
        return Combined(condition.word, tuple(_bare(part) for part in condition.parts))
    if isinstance(condition, Acted):
        return Acted(condition.rule)
    return replace(condition, places={})
