"""How doses, diets and habits enter the model: substances.yaml, diets.yaml, habits.yaml and limits.yaml.

In: a biology folder. Out: `Substance`s and diet states, and what is wrong with them (AC133 for ids nobody
knows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import Node, read_yaml
from acinus.errors import Code, Diagnostic, ModelTextError, nearest
from acinus.model.habits import read_habits, read_limits
from acinus.model.record import Habit, Limit, Route, Substance, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

__all__ = ["Intake", "read_intake"]

_SUBSTANCE_KEYS = {"name", "aliases", "ontology", "molar_mass", "largest_dose", "routes"}
_ROUTE_KEYS = {"default", "forms", "bolus", "infusion"}


@dataclass(frozen=True, slots=True)
class Intake:
    """Substances, diet states and habits by name, limits, the body-weight parameter, ids mentioned, and findings."""

    substances: Mapping[str, Substance]
    diets: Mapping[str, Mapping[str, float]]
    body_weight: str | None
    named: Mapping[str, Node]
    findings: tuple[Diagnostic, ...]
    habits: Mapping[str, Habit]
    limits: tuple[Limit, ...]


def read_intake(biology: Path) -> Intake:
    """Return what the tables of doses, diets, habits and limits of a folder say; any may be absent."""
    findings: list[Diagnostic] = []
    named: dict[str, Node] = {}

    def load(name: str) -> Node | None:
        path = biology / name
        if not path.is_file():
            return None
        try:
            return read_yaml(path)
        except ModelTextError as error:
            findings.extend(error.diagnostics)
            return None

    def identifier(node: Node | None) -> str | None:
        if node is None or node.value is None:
            return None
        named.setdefault(str(node.value), node)
        return str(node.value)

    top = load("substances.yaml")
    substances: dict[str, Substance] = {}
    if top is not None:
        listed = top.get("substances")
        for name, node in listed.items() if listed is not None else ():
            _known_keys(node, _SUBSTANCE_KEYS, findings)
            substances[name] = _substance(name, node, identifier, findings)
    diets: dict[str, Mapping[str, float]] = {}
    states = load("diets.yaml")
    for name, node in states.items() if states is not None else ():
        values: dict[str, float] = {}
        for parameter, value in node.items():
            named.setdefault(parameter, Node(parameter, value.place))
            if isinstance(value.value, bool) or not isinstance(value.value, (int, float)):
                findings.append(
                    Diagnostic(
                        Code.NOT_READABLE, f"`{parameter}` of the diet `{name}` is not a number", value.place
                    )
                )
                continue
            values[parameter] = float(value.value)
        diets[name] = frozen(values)
    weight = identifier(top.get("body_weight")) if top is not None else None
    habits = read_habits(load("habits.yaml"), named, findings)
    limits = read_limits(load("limits.yaml"), named, findings)
    return Intake(frozen(substances), frozen(diets), weight, named, tuple(findings), frozen(habits), limits)


def _substance(
    name: str, node: Node, identifier: Callable[[Node | None], str | None], findings: list[Diagnostic]
) -> Substance:
    routes = {}
    listed = node.get("routes")
    for route, told in listed.items() if listed is not None else ():
        _known_keys(told, _ROUTE_KEYS, findings)
        forms = told.get("forms")
        targets = {
            form: identifier(target) or "" for form, target in (forms.items() if forms is not None else ())
        }
        default = told.get("default")
        routes[route] = Route(
            str(default.value) if default is not None else None,
            frozen(targets),
            identifier(told.get("bolus")),
            identifier(told.get("infusion")),
        )
        if default is not None and str(default.value) not in targets:
            findings.append(
                Diagnostic(
                    Code.UNKNOWN_ID,
                    f"`{default.value}` is not a form of {name} by the {route} route",
                    default.place,
                    "",
                    nearest(str(default.value), targets) or f"Its forms are {', '.join(targets) or 'none'}.",
                )
            )

    def text(key: str) -> str:
        found = node.get(key)
        return str(found.value) if found is not None and found.value is not None else ""

    aliases = node.get("aliases")
    return Substance(
        name,
        text("name") or name,
        tuple(str(alias.value) for alias in aliases) if aliases is not None else (),
        text("ontology"),
        identifier(node.get("molar_mass")) or "",
        frozen(routes),
        text("largest_dose") or None,
    )


def _known_keys(node: Node, known: Collection[str], findings: list[Diagnostic]) -> None:
    findings += [
        Diagnostic(
            Code.NOT_READABLE,
            f"`{key}` is not known here",
            child.place,
            f"Known are {', '.join(sorted(known))}.",
            nearest(key, known),
        )
        for key, child in node.items()
        if key not in known
    ]
