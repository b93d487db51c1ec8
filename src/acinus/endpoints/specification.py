"""Endpoint texts -> `Endpoint` records: checked before any model or run is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import Node
from acinus.endpoints.measures import GENERAL_KEYS, MEASURES, Measure
from acinus.errors import Code, Diagnostic, Place, nearest
from acinus.units import Quantity

if TYPE_CHECKING:
    from acinus.endpoints.catalogue import Catalogue

__all__ = ["Endpoint", "parse_endpoint", "to_node"]

_INLINE = Place("endpoint given in Python")
_COMBINATIONS = tuple(name for name, measure in MEASURES.items() if measure.parts is not None)
# `at` names both a measure and its key; `time` is accepted for the key, so that both sentences read well.
_SYNONYMS = {"time": "at"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint as written.

    Attributes
    ----------
    name : str
        Its key in the file, or a description made from the measure and the ids.
    title : str
        Its full name for tables and figures.
    measure : Measure
    settings : mapping of str to Node
        Every key that is neither general nor a part, with its place.
    unit : Node or None
        The unit asked for; the natural one otherwise.
    parts : tuple of Endpoint
        The endpoints that this one is made of.
    only_if : Endpoint or None
        Individuals for whom this is not 1 have no reading.
    place : Place
    detail : bool
        Whether it is for files and questions, and a short summary may leave it out.
    """

    name: str
    title: str
    measure: Measure
    settings: Mapping[str, Node]
    unit: Node | None
    parts: tuple[Endpoint, ...]
    only_if: Endpoint | None
    place: Place
    detail: bool = False


def to_node(value: object) -> Node:
    """Return plain Python values as `Node`s, so that inline endpoints and files take one path."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        return Node({str(key): to_node(item) for key, item in value.items()}, _INLINE)
    if isinstance(value, (list, tuple)):
        return Node([to_node(item) for item in value], _INLINE)
    if isinstance(value, Quantity):
        return Node(f"{value.magnitude!r} {value.unit}", _INLINE)
    return Node(value, _INLINE)


def parse_endpoint(
    node: Node,
    catalogue: Catalogue,
    findings: list[Diagnostic],
    *,
    name: str = "",
    within: tuple[str, ...] = (),
) -> Endpoint | None:
    """Return one endpoint from its name or its mapping; None if it cannot be understood.

    Parameters
    ----------
    node : Node
        The name of an endpoint of the catalogue, or a mapping with ``measure``.
    catalogue : Catalogue
        Where names are looked up.
    findings : list of Diagnostic
        Everything wrong is appended: AC701 to AC703, AC709, AC711.
    name : str
        What to call it; made from its content if empty.
    within : tuple of str
        Names being read, to notice a circle.
    """
    if isinstance(node.value, str):
        return _by_name(node, catalogue, findings, within)
    if not isinstance(node.value, dict):
        findings.append(
            Diagnostic(
                Code.ENDPOINT_VALUE,
                f"`{node.plain()}` is neither the name of an endpoint nor a mapping",
                node.place,
                "",
                "Write a name, or `{measure: maximum, of: alt_pla}`.",
            )
        )
        return None
    keys = {_SYNONYMS.get(key, key): child for key, child in node.items()}
    measure = _measure_of(node, keys, findings)
    if measure is None:
        return None
    before = len(findings)
    part_nodes = _part_nodes(node, keys, measure, findings)
    _check_keys(node, keys, measure, findings)
    parts = [parse_endpoint(part, catalogue, findings, within=within) for part in part_nodes]
    condition = None
    if "only_if" in keys:
        condition = parse_endpoint(keys["only_if"], catalogue, findings, within=within)
    detail = keys["detail"].value if "detail" in keys else False
    if not isinstance(detail, bool):
        findings.append(
            Diagnostic(
                Code.ENDPOINT_VALUE,
                f"`detail` is true or false, not `{keys['detail'].plain()}`",
                keys["detail"].place,
            )
        )
    if len(findings) > before:
        return None
    settings = {key: child for key, child in keys.items() if key not in GENERAL_KEYS and key != "endpoint"}
    for combination in _COMBINATIONS:
        settings.pop(combination, None)
    if measure.parts is not None:
        settings.pop("of", None)
    made = name or _description(measure, keys)
    title = keys["name"].value if "name" in keys else made.replace("_", " ")
    return Endpoint(
        made,
        str(title),
        measure,
        settings,
        keys.get("unit"),
        tuple(part for part in parts if part is not None),
        condition,
        node.place,
        detail is True,
    )


def _by_name(
    node: Node, catalogue: Catalogue, findings: list[Diagnostic], within: tuple[str, ...]
) -> Endpoint | None:
    name = node.value
    if name in within:
        circle = " -> ".join([*within[within.index(name) :], name])
        findings.append(
            Diagnostic(
                Code.ENDPOINT_CYCLE,
                f"`{name}` is made of itself: {circle}",
                node.place,
                "",
                "Break the circle.",
            )
        )
        return None
    found = catalogue.nodes.get(name)
    if found is None:
        findings.append(
            Diagnostic(
                Code.ENDPOINT_UNKNOWN,
                f"no endpoint is called `{name}`",
                node.place,
                f"Endpoints are named in {catalogue.file}.",
                nearest(name, catalogue.nodes) or f"Known: {', '.join(catalogue.nodes) or 'none'}.",
            )
        )
        return None
    return parse_endpoint(found, catalogue, findings, name=name, within=(*within, name))


def _measure_of(node: Node, keys: Mapping[str, Node], findings: list[Diagnostic]) -> Measure | None:
    asked = keys.get("measure")
    if asked is None:
        short = [name for name in _COMBINATIONS if name in keys]
        if len(short) == 1:
            return MEASURES[short[0]]
        findings.append(
            Diagnostic(
                Code.MEASURE_UNKNOWN,
                "the endpoint says no `measure`",
                node.place,
                "",
                _nearest_key("measure", keys) or f"Measures: {', '.join(MEASURES)}.",
            )
        )
        return None
    found = MEASURES.get(str(asked.value))
    if found is None:
        findings.append(
            Diagnostic(
                Code.MEASURE_UNKNOWN,
                f"`{asked.plain()}` is not a measure",
                asked.place,
                f"Measures: {', '.join(MEASURES)}.",
                nearest(str(asked.value), MEASURES),
            )
        )
    return found


def _nearest_key(wanted: str, keys: Mapping[str, Node]) -> str:
    """Return a hint if one of the keys written looks like the one that is missing."""
    close = [key for key in keys if wanted in nearest(key, [wanted])]
    return f"`{close[0]}` should be `{wanted}`." if close else ""


def _part_nodes(
    node: Node, keys: Mapping[str, Node], measure: Measure, findings: list[Diagnostic]
) -> tuple[Node, ...]:
    if measure.parts is None:
        return (
            (keys["endpoint"],)
            if "endpoint" in keys and "endpoint" in measure.accepts | measure.needs
            else ()
        )
    listed = keys.get(measure.name) or keys.get("of")
    parts = tuple(listed) if listed is not None else ()
    fewest, most = measure.parts
    if len(parts) < fewest or (most is not None and len(parts) > most):
        number = str(fewest) if most == fewest else f"at least {fewest}"
        findings.append(
            Diagnostic(
                Code.ENDPOINT_VALUE,
                f"`{measure.name}` is made of {number} endpoints in a list, not {len(parts)}",
                (listed or node).place,
                "",
                f"Write `{measure.name}: [peak_alt, peak_ast]`; each may be a name or a mapping.",
            )
        )
        return ()
    return parts


def _check_keys(node: Node, keys: Mapping[str, Node], measure: Measure, findings: list[Diagnostic]) -> None:
    known = GENERAL_KEYS | measure.needs | measure.accepts
    if measure.parts is not None:
        known = known | {"of", measure.name}
    findings.extend(
        Diagnostic(
            Code.ENDPOINT_KEY,
            f"`{measure.name}` has no `{key}`",
            child.place,
            f"It takes {', '.join(f'`{k}`' for k in sorted(known - {'measure'}))}.",
            nearest(key, known) or f"Remove `{key}`.",
        )
        for key, child in keys.items()
        if key not in known
    )
    missing = sorted(measure.needs - keys.keys())
    if "endpoint" in measure.accepts and "of" not in keys and "endpoint" not in keys:
        missing.append("of")
    unknown = [key for key in keys if key not in known]
    findings.extend(
        Diagnostic(Code.ENDPOINT_KEY, f"`{measure.name}` needs `{key}`", node.place, "", f"Add `{key}: ...`.")
        for key in missing
        # A misspelt key is one mistake, not two: its own finding names the key that is missing.
        if not any(f"`{key}`" in nearest(other, known) for other in unknown)
    )
    if "of" in keys and "endpoint" in keys:
        findings.append(
            Diagnostic(
                Code.ENDPOINT_KEY,
                "`of` and `endpoint` exclude each other",
                keys["endpoint"].place,
                "A level is compared either with a curve or with one number.",
                "Keep one of them.",
            )
        )


def _description(measure: Measure, keys: Mapping[str, Node]) -> str:
    target = keys.get("of") or keys.get("endpoint") or keys.get(measure.name)
    plain = target.plain() if target is not None else ""
    ids = [
        item if isinstance(item, str) else "..." for item in (plain if isinstance(plain, list) else [plain])
    ]
    return f"{measure.name} of {', '.join(ids)}"
