"""Rules from the text of a protocol.

In: the `Node` of one rule. Out: a `Rule`; what is wrong is added to the findings, each with its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, nearest
from acinus.model.habits import WAYS
from acinus.simulation.keys import check_keys, missing, sequence
from acinus.simulation.rule import Acted, Checks, Combined, HabitStep, Rule, Test, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.documents import Node
    from acinus.simulation.protocol import Dose
    from acinus.simulation.rule import Condition

__all__ = ["read_rule"]

_RULE_KEYS = ("name", "title", "source", "note", "when", "checked", "watched", "give", "stop", "set")
_CHECK_KEYS = ("from", "every", "times", "repeat", "first_test")
_WATCH_KEYS = ("from", "times")
_RELATIONS = ("above", "below", "at_least", "at_most", "above_line")
_TEST_KEYS = ("of", *_RELATIONS, "compared_with", "ingested")
_WORDS = ("all", "any", "not", "acted")


def read_rule(
    node: Node, read_doses: Callable[[Node], list[Dose]], findings: list[Diagnostic]
) -> Rule | None:
    """Return the rule of a node, or None with the reasons in `findings`.

    Parameters
    ----------
    node : Node
    read_doses : function
        Gives the doses of one line of `give`.
    findings : list of Diagnostic
        AC604 unknown keys, AC605 missing ones, AC610 what cannot be understood, AC614 a rule that is never asked.
    """
    before = len(findings)
    if not check_keys(node, _RULE_KEYS, ("name", "when"), "a rule", findings):
        return None
    name = str(node["name"].value)
    if ("checked" in node) == ("watched" in node):
        findings.append(
            Diagnostic(
                Code.RULE_IMPOSSIBLE,
                f"the rule `{name}` does not say when it is asked"
                if "checked" not in node
                else f"the rule `{name}` says twice when it is asked",
                node.place,
                "",
                "Write `checked: {from: 12 h}` for times at which blood is taken, or `watched: {from: 0 h}` for any "
                "moment.",
            )
        )
    asked: Checks | Watch | None = None
    if "checked" in node:
        asked = _read_checks(node["checked"], findings)
    elif "watched" in node:
        asked = _read_watch(node["watched"], findings)
    when = _read_condition(node["when"], findings)
    give = [
        dose
        for line in sequence(node.get("give"), "what a rule gives", findings)
        for dose in read_doses(line)
    ]
    stop = node.get("stop")
    stopped = () if stop is None else tuple(stop) if isinstance(stop.value, list) else (stop,)
    sets = _read_steps(node.get("set"), findings)
    if len(findings) > before or asked is None or when is None:
        return None
    places = {key: child.place for key, child in node.items()}
    return Rule(name, when, asked, tuple(give), tuple(str(s.value) for s in stopped), sets, places)


def _read_steps(node: Node | None, findings: list[Diagnostic]) -> tuple[HabitStep, ...]:
    """Return the steps of ``set``: one mapping, or a list of them."""
    if node is None:
        return ()
    found: list[HabitStep] = []
    for line in list(node) if isinstance(node.value, list) else [node]:
        way = next((way for way in WAYS if way in line), "supplement")
        if check_keys(line, (way, "amount"), (way, "amount"), "what a rule sets", findings):
            amount = line["amount"].value
            places = {key: child.place for key, child in line.items()}
            found.append(
                HabitStep(
                    way,
                    str(line[way].value),
                    # A bare number reaches the parser as text, so that it is refused for its missing unit.
                    amount if isinstance(amount, str) else str(amount),
                    {**places, "of": line[way].place},
                )
            )
    return tuple(found)


def _read_checks(node: Node, findings: list[Diagnostic]) -> Checks | None:
    if not check_keys(node, _CHECK_KEYS, ("from",), "`checked`", findings):
        return None
    given = {key: child.value for key, child in node.items()}
    places = {key: child.place for key, child in node.items()} | {"checked": node.place}
    return Checks(
        start=given["from"],
        every=given.get("every"),
        times=given.get("times"),
        repeat=given.get("repeat"),
        first_test=given.get("first_test"),
        places=places,
    )


def _read_watch(node: Node, findings: list[Diagnostic]) -> Watch | None:
    if not check_keys(node, _WATCH_KEYS, (), "`watched`", findings):
        return None
    given = {key: child.value for key, child in node.items()}
    places = {key: child.place for key, child in node.items()} | {"watched": node.place}
    return Watch(given.get("from", "0 h"), given.get("times", 1), places)


def _read_condition(node: Node, findings: list[Diagnostic]) -> Condition | None:
    words = [word for word in _WORDS if word in node]
    if not words:
        return _read_test(node, findings)
    word = words[0]
    if not check_keys(node, (word,), (), f"the condition `{word}`", findings):
        return None
    inner = node[word]
    if word == "acted":
        return Acted(str(inner.value), inner.place)
    if word == "not":
        part = _read_condition(inner, findings)
        return None if part is None else Combined(word, (part,))
    parts = [_read_condition(part, findings) for part in sequence(inner, f"the parts of `{word}`", findings)]
    if not parts:
        findings.append(
            Diagnostic(
                Code.VALUE_IMPOSSIBLE,
                f"`{word}` has no parts",
                inner.place,
                "",
                "Write `any: [{of: alt_pla, above: 50 U/L}, {of: inr, above: 1.3}]`.",
            )
        )
        return None
    return Combined(word, tuple(part for part in parts if part is not None))


def _read_test(node: Node, findings: list[Diagnostic]) -> Test | None:
    if not check_keys(node, _TEST_KEYS, (), "a condition", findings):
        return None
    if "of" not in node:
        findings.append(missing("of", "a condition", node.place))
        return None
    relations = [key for key in _RELATIONS if key in node]
    if len(relations) != 1:
        findings.append(
            Diagnostic(
                Code.MISSING_KEY,
                f"the condition on `{node['of'].plain()}` compares with "
                + ("nothing" if not relations else " and ".join(f"`{key}`" for key in relations)),
                node.place,
                f"A condition has one of {', '.join(f'`{key}`' for key in _RELATIONS)}.",
                nearest(next((k for k, _ in node.items() if k != "of"), ""), _RELATIONS)
                or "Write `{of: alt_pla, above: 50 U/L}`.",
            )
        )
        return None
    relation = relations[0]
    ingested, compared = node.get("ingested"), node.get("compared_with")
    level = node[relation].value
    return Test(
        of=str(node["of"].value),
        relation=relation,
        # A bare number reaches the parser as text, so that it is judged with the unit of what it is compared with.
        level=level if isinstance(level, str) else str(level),
        compared_with=None if compared is None else str(compared.value),
        ingested="0 h" if ingested is None else ingested.value,
        places={key: child.place for key, child in node.items()},
    )
