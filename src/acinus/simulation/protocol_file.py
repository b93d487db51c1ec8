"""Protocols from files: YAML under biology/protocols and biology/regimens, or anywhere a user keeps them.

In: a name, a path, YAML text or a `Node`. Out: `Protocol`s, checked against a model when one is given. Every refusal
points at the file and line.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.documents import Node, biology_folder, read_yaml
from acinus.errors import Code, Diagnostic, Place, ProtocolError, nearest
from acinus.simulation.diet_file import read_diet
from acinus.simulation.keys import check_keys, mapping, missing, sequence
from acinus.simulation.plan import check_protocol
from acinus.simulation.protocol import DietLine, Dose, Every, Protocol
from acinus.simulation.rule import counted_from
from acinus.simulation.rule_file import read_rule
from acinus.simulation.written import Written, gathering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model import FoodTable, Model
    from acinus.simulation.rule import Rule

__all__ = ["load_arms", "load_protocol", "load_regimen", "load_rule", "named_protocol"]

_DOSE_KEYS = ("substance", "amount", "route", "form", "at", "over", "every", "times", "until")
_ARM_KEYS = ("title", "note", "doses", "diet", "values", "rules", "despite", "sampling")
_PROTOCOL_KEYS = (
    "name",
    "title",
    "source",
    "note",
    "model",
    "values",
    "doses",
    "diet",
    "rules",
    "despite",
    "sampling",
    "arms",
)
_REGIMEN_KEYS = ("name", "title", "source", "note", "doses")
_RULE_FILE_KEYS = ("name", "title", "source", "note", "rules")


def load_protocol(
    source: str | Path | Node,
    *,
    model: Model | None = None,
    arm: str | None = None,
    foods: FoodTable | None = None,
) -> Protocol:
    """Return one protocol of a file.

    Parameters
    ----------
    source : str, Path or Node
        The name of a shipped protocol (``overdose_20g``), a path, YAML text, or a tree that was already read.
    model : Model, optional
        What the protocol is checked against; without it only what needs no model is checked.
    arm : str, optional
        The arm to return; without it, what all arms share.
    foods : FoodTable, optional
        What the foods of diet lines contain; the shipped table if none.

    Raises
    ------
    ProtocolError
        AC601 to AC611, each with the line in the file; all findings at once.
    ModelTextError
        AC101 if there is no such file, AC102 if it is not YAML.
    """
    root, biology = _root(source, model)
    names = [name for name, _ in root["arms"].items()] if "arms" in root else []
    if arm is not None and arm not in names:
        raise ProtocolError(
            Diagnostic(
                Code.UNKNOWN_NAME,
                f"there is no arm `{arm}`",
                root.place,
                f"The arms are {', '.join(f'`{name}`' for name in names)}."
                if names
                else "The protocol has no arms.",
                nearest(arm, names),
            )
        )
    return _checked(_read(root, arm, biology, foods), model)


def named_protocol(source: str | Path, model: Model) -> Protocol:
    """Return the protocol of a file, of its text, or of ``name:arm``; see `load_protocol`."""
    if isinstance(source, str) and "\n" not in source and not Path(source).exists():
        name, separator, arm = source.rpartition(":")
        if separator and name:
            return load_protocol(name, model=model, arm=arm)
    return load_protocol(source, model=model)


def load_arms(
    source: str | Path | Node, model: Model | None = None, foods: FoodTable | None = None
) -> Mapping[str, Protocol]:
    """Return all arms of a file by name; a file without `arms` gives one, named by the empty text."""
    root, biology = _root(source, model)
    names: list[str | None] = [name for name, _ in root["arms"].items()] if "arms" in root else [None]
    findings: list[Diagnostic] = []
    arms: dict[str, Protocol] = {}
    for name in names:
        with gathering(findings):
            arms[name or ""] = _checked(_read(root, name, biology, foods), model)
    if findings:
        raise ProtocolError(list(dict.fromkeys(findings)))
    return arms


def load_regimen(
    name: str, *, at: Written = "0 h", biology: Path | None = None, place: Place | None = None
) -> tuple[Dose, ...]:
    """Return the doses of a named regimen that starts at `at`.

    Raises
    ------
    ProtocolError
        AC603 with the nearest names if there is no such regimen.
    """
    root = _named("regimen", name, biology or biology_folder(), place)
    findings: list[Diagnostic] = []
    check_keys(root, _REGIMEN_KEYS, ("name", "doses"), "a regimen", findings)
    doses = [
        _read_dose(node, findings) for node in sequence(root.get("doses"), "the doses of a regimen", findings)
    ]
    if findings:
        raise ProtocolError(findings)
    # A fault in how the regimen is used is shown where it is used.
    return tuple(
        replace(dose, after=at, regimen=name, places={**dose.places, **({"after": place} if place else {})})
        for dose in doses
        if dose is not None
    )


def load_rule(
    name: str, *, at: Written = "0 h", biology: Path | None = None, place: Place | None = None
) -> tuple[Rule, ...]:
    """Return the rules of a named file under ``rules``, their times counted from `at`.

    Raises
    ------
    ProtocolError
        AC603 with the nearest names if there is no such rule, and what `read_rule` finds wrong.
    """
    folder = biology or biology_folder()
    root = _named("rule", name, folder, place)
    findings: list[Diagnostic] = []
    check_keys(root, _RULE_FILE_KEYS, ("name", "rules"), "a file of rules", findings)
    rules = [
        read_rule(node, lambda line: _read_doses(line, folder, findings), findings)
        for node in sequence(root.get("rules"), "the rules", findings)
    ]
    if findings:
        raise ProtocolError(findings)
    return tuple(counted_from(rule, at) for rule in rules if rule is not None)


def _named(kind: str, name: str, biology: Path, place: Place | None) -> Node:
    """Return the file of a regimen or a rule; AC603 with the nearest names if there is none."""
    folder = biology / f"{kind}s"
    path = folder / f"{name}.yaml"
    if path.is_file():
        return read_yaml(path)
    known = sorted(p.stem for p in folder.glob("*.yaml"))
    raise ProtocolError(
        Diagnostic(
            Code.UNKNOWN_NAME,
            f"there is no {kind} `{name}`",
            place,
            f"The {kind}s are {', '.join(f'`{k}`' for k in known)}." if known else "",
            nearest(name, known),
        )
    )


def _root(source: str | Path | Node, model: Model | None) -> tuple[Node, Path]:
    biology = model.biology if model is not None and model.biology is not None else biology_folder()
    if isinstance(source, Node):
        return source, biology
    if isinstance(source, str) and "\n" in source:
        return read_yaml(Path("protocol.yaml"), source), biology
    path = Path(source)
    shipped = biology / "protocols" / f"{source}.yaml"
    if not path.suffix and not path.is_file():
        path = shipped
    return read_yaml(path), biology


def _checked(protocol: Protocol, model: Model | None) -> Protocol:
    if model is not None:
        check_protocol(protocol, model)
    else:
        _ = protocol.times
    return protocol


def _read(root: Node, arm: str | None, biology: Path, foods: FoodTable | None) -> Protocol:
    findings: list[Diagnostic] = []
    check_keys(root, _PROTOCOL_KEYS, (), "a protocol", findings)
    parts = [root]
    if arm is not None:
        part = root["arms"][arm]
        check_keys(part, _ARM_KEYS, (), f"the arm `{arm}`", findings)
        parts.append(part)
    doses: list[Dose] = []
    diet: list[DietLine] = []
    rules: list[Rule] = []
    despite: list[str] = []
    values: dict[str, Written | float] = {}
    places: dict[str, Place] = {}
    sampling: tuple[Written | Every, ...] = ()
    for part in parts:
        for node in sequence(part.get("doses"), "the doses", findings):
            doses += _read_doses(node, biology, findings)
        for node in sequence(part.get("diet"), "the diet", findings):
            diet += read_diet(node, biology, foods, findings)
        despite += [
            str(node.value) for node in sequence(part.get("despite"), "what is wanted despite", findings)
        ]
        for node in sequence(part.get("rules"), "the rules", findings):
            rules += _read_rules(node, biology, findings)
        for key, node in mapping(part.get("values"), "the values", findings):
            values[key] = node.value
            places[f"values.{key}"] = node.place
        node = part.get("sampling")
        if node is not None:
            sampling = _read_sampling(node, findings)
            places["sampling"] = node.place
    if not sampling and "sampling" not in places:
        findings.append(missing("sampling", "a protocol", root.place))
    if findings:
        raise ProtocolError(findings)
    title = parts[-1].get("title") or root.get("title")
    return Protocol(
        name=str(root["name"].value) if "name" in root else Path(root.place.file).stem,
        title=str(title.value) if title is not None else "",
        doses=tuple(doses),
        diet=tuple(diet),
        rules=tuple(rules),
        values=values,
        despite=tuple(dict.fromkeys(despite)),
        sampling=sampling,
        arm=arm,
        model=str(root["model"].value) if "model" in root else None,
        places=places,
    )


def _read_doses(node: Node, biology: Path, findings: list[Diagnostic]) -> list[Dose]:
    """Return the dose of a line, or the doses of the regimen that it names."""
    if "regimen" not in node:
        dose = _read_dose(node, findings)
        return [dose] if dose is not None else []
    check_keys(node, ("regimen", "at"), ("regimen",), "a line that names a regimen", findings)
    with gathering(findings):
        at = node.get("at")
        place = node["regimen"].place
        found = load_regimen(
            str(node["regimen"].value), at=at.value if at else "0 h", biology=biology, place=place
        )
        return [replace(dose, places={**dose.places, "after": at.place if at else place}) for dose in found]
    return []


def _read_rules(node: Node, biology: Path, findings: list[Diagnostic]) -> list[Rule]:
    """Return the rule of a line, or those of the file that it names."""
    if "rule" not in node:
        rule = read_rule(node, lambda line: _read_doses(line, biology, findings), findings)
        return [rule] if rule is not None else []
    check_keys(node, ("rule", "at"), ("rule",), "a line that names a rule", findings)
    with gathering(findings):
        at = node.get("at")
        place = node["rule"].place
        return list(
            load_rule(str(node["rule"].value), at=at.value if at else "0 h", biology=biology, place=place)
        )
    return []


def _read_dose(node: Node, findings: list[Diagnostic]) -> Dose | None:
    if not check_keys(node, _DOSE_KEYS, ("substance", "amount", "route"), "a dose", findings):
        return None
    places = {key: child.place for key, child in node.items()}
    given = {key: child.value for key, child in node.items()}
    return Dose(
        substance=str(given.pop("substance")),
        route=str(given.pop("route")),
        form=str(given.pop("form")) if "form" in given else None,
        places={**places, "dose": node.place},
        **given,
    )


def _read_sampling(node: Node, findings: list[Diagnostic]) -> tuple[Written | Every, ...]:
    parts = list(node) if isinstance(node.value, list) else [node]
    found: list[Written | Every] = []
    for part in parts:
        if not isinstance(part.value, dict):
            # A bare number reaches the parser as text, so that it is refused for its missing unit.
            found.append(part.value if isinstance(part.value, str) else str(part.value))
        elif check_keys(part, ("every", "from", "until"), ("every", "until"), "sampling", findings):
            start = part.get("from")
            places = {key: child.place for key, child in part.items()}
            found.append(
                Every(part["every"].value, part["until"].value, start.value if start else "0 h", places)
            )
    return tuple(found)
