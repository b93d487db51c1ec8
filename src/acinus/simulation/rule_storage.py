"""Rules as plain values for a file of results, and back; quantities as text with all their digits."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from acinus.simulation.protocol import Dose
from acinus.simulation.rule import Acted, Checks, Combined, HabitStep, Rule, Test, Watch
from acinus.simulation.written import as_text

if TYPE_CHECKING:
    from acinus.simulation.rule import Condition

__all__ = ["rule_as_dict", "rule_from_dict"]


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """Return a rule as dicts, lists, texts and whole numbers."""
    return {
        "name": rule.name,
        "when": _condition_as_dict(rule.when),
        "checked" if isinstance(rule.asked, Checks) else "watched": _flat(rule.asked),
        "give": [_flat(dose) for dose in rule.give],
        "stop": list(rule.stop),
        "set": [_flat(step) for step in rule.sets],
    }


def rule_from_dict(plain: dict[str, Any]) -> Rule:
    """Return the rule that `rule_as_dict` wrote."""
    asked = Checks(**plain["checked"]) if "checked" in plain else Watch(**plain["watched"])
    give = tuple(Dose(**dose) for dose in plain["give"])
    sets = tuple(HabitStep(**step) for step in plain.get("set", []))
    return Rule(plain["name"], _condition_from_dict(plain["when"]), asked, give, tuple(plain["stop"]), sets)


def _flat(record: Any) -> dict[str, Any]:
    said = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "places"}
    return {k: v if isinstance(v, int) else as_text(v) for k, v in said.items() if v is not None}


def _condition_as_dict(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Combined):
        return {condition.word: [_condition_as_dict(part) for part in condition.parts]}
    if isinstance(condition, Acted):
        return {"acted": condition.rule}
    return _flat(condition)


def _condition_from_dict(plain: dict[str, Any]) -> Condition:
    if "acted" in plain:
        return Acted(plain["acted"])
    if "of" in plain:
        return Test(**plain)
    ((word, parts),) = plain.items()
    return Combined(word, tuple(_condition_from_dict(part) for part in parts))
