"""What habits set and which limits are told: habits.yaml and limits.yaml.

In: the trees of the two files. Out: `Habit`s and `Limit`s, the ids that they name, and what is wrong with them (AC102).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, nearest
from acinus.model.record import Habit, Limit, frozen

if TYPE_CHECKING:
    from collections.abc import Collection, MutableMapping

    from acinus.documents import Node

__all__ = ["WAYS", "read_habits", "read_limits"]

WAYS = ("intake", "supplement", "drink")
_HABIT_KEYS = ("name", "way", "sets", "molar_mass", "doses", "with", "nutrient")
_LIMIT_KEYS = (
    "says",
    "supplements",
    "per_day",
    "parameter",
    "warns_below",
    "refuses_below",
    "source",
    "models",
)


def read_habits(
    root: Node | None, named: MutableMapping[str, Node], findings: list[Diagnostic]
) -> dict[str, Habit]:
    """Return the habits of a tree by id; ids that must exist go to `named`, what is wrong to `findings`."""
    found: dict[str, Habit] = {}
    for key, node in root.items() if root is not None else ():
        if not _sound(key, node, _HABIT_KEYS, ("way", "sets"), findings):
            continue
        way = _text(node, "way")
        if way not in WAYS:
            findings.append(
                Diagnostic(
                    Code.NOT_READABLE,
                    f"`{way}` is no way to take `{key}`",
                    node["way"].place,
                    f"The ways are {', '.join(WAYS)}.",
                    nearest(way, WAYS),
                )
            )
            continue
        for part in ("sets", "molar_mass", "doses"):
            if part in node:
                named.setdefault(_text(node, part), node[part])
        settings: dict[str, float | str] = {}
        beside = node.get("with")
        for parameter, value in beside.items() if beside is not None else ():
            named.setdefault(parameter, value)
            number = not isinstance(value.value, bool) and isinstance(value.value, (int, float))
            settings[parameter] = float(value.value) if number else str(value.value)
            if not number:
                named.setdefault(str(value.value), value)
        found[key] = Habit(
            id=key,
            name=_text(node, "name") or key,
            way=way,
            parameter=_text(node, "sets"),
            molar_mass=_text(node, "molar_mass"),
            doses=_text(node, "doses"),
            settings=frozen(settings),
            nutrient=_text(node, "nutrient"),
        )
    return found


def read_limits(
    root: Node | None, named: MutableMapping[str, Node], findings: list[Diagnostic]
) -> tuple[Limit, ...]:
    """Return the limits of a tree; ids that must exist go to `named`, what is wrong to `findings`."""
    found: list[Limit] = []
    for key, node in root.items() if root is not None else ():
        if not _sound(key, node, _LIMIT_KEYS, ("says", "supplements", "source"), findings):
            continue
        if ("per_day" in node) == ("parameter" in node):
            findings.append(
                Diagnostic(
                    Code.NOT_READABLE,
                    f"the limit `{key}` needs either `per_day` or `parameter`",
                    node.place,
                    "It is an amount a day or a state of the body.",
                    "Keep one of the two.",
                )
            )
            continue
        for part in ("supplements", "parameter"):
            if part in node:
                named.setdefault(_text(node, part), node[part])
        meant = node.get("models")
        models = tuple(str(model.value) for model in meant) if meant is not None else ()
        found.append(
            Limit(
                id=key,
                says=_text(node, "says"),
                supplements=_text(node, "supplements"),
                per_day=_text(node, "per_day"),
                parameter=_text(node, "parameter"),
                warns_below=_text(node, "warns_below"),
                refuses_below=_text(node, "refuses_below"),
                source=_text(node, "source"),
                models=models,
            )
        )
    return tuple(found)


def _sound(
    key: str, node: Node, known: Collection[str], needed: Collection[str], findings: list[Diagnostic]
) -> bool:
    before = len(findings)
    if not isinstance(node.value, dict):
        findings.append(
            Diagnostic(
                Code.NOT_READABLE, f"`{key}` is not keys and values", node.place, "", "See its neighbours."
            )
        )
        return False
    findings.extend(
        Diagnostic(
            Code.NOT_READABLE,
            f"`{word}` is not known here",
            child.place,
            f"Known are {', '.join(known)}.",
            nearest(word, known),
        )
        for word, child in node.items()
        if word not in known
    )
    findings.extend(
        Diagnostic(Code.NOT_READABLE, f"`{key}` lacks `{word}`", node.place, "", f"Add `{word}: ...`.")
        for word in needed
        if word not in node
    )
    return len(findings) == before


def _text(node: Node, key: str) -> str:
    found = node.get(key)
    return str(found.value).strip() if found is not None and found.value is not None else ""
