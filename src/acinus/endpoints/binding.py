"""An `Endpoint` joined to a model: ids found, units agreed, constants looked up.

In: endpoint and model. Out: `Bound`, which can be read off any run of that model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acinus.endpoints import nomogram
from acinus.endpoints.bound import Bound
from acinus.endpoints.zones import ZONE_WORDS
from acinus.errors import AcinusError, Code, Diagnostic, EndpointError, Place, nearest
from acinus.units import convert, parse_quantity, same_dimension

if TYPE_CHECKING:
    from acinus.documents import Node
    from acinus.endpoints.run import RunModel, RunSymbol
    from acinus.endpoints.specification import Endpoint

__all__ = ["bind"]

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*$")
_COLUMN = re.compile(r"\s*\$([A-Za-z_]\w*)\s*$")
_TIMES = ("from", "until", "at", "ingested", "span")
_NUMBERS = ("level", "low", "high")
_SHARES = ("lower", "upper", "constant")


@dataclass(slots=True)
class _Binder:
    """One endpoint on its way to a `Bound`: the settings not yet understood and what was found wrong."""

    endpoint: Endpoint
    model: RunModel
    findings: list[Diagnostic]
    times: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)

    def refuse(self, code: Code, what: str, place: Place, why: str = "", remedy: str = "") -> None:
        self.findings.append(Diagnostic(code, what, place, why, remedy))

    def ids(self, key: str) -> tuple[tuple[str, Place], ...]:
        node = self.endpoint.settings.get(key)
        if node is None:
            return ()
        items = list(node) if isinstance(node.value, list) else [node]
        if not items:
            self.refuse(
                Code.ENDPOINT_VALUE, f"`{key}` names nothing", node.place, "", f"Write `{key}: [apap_urine]`."
            )
        for item in items:
            if not isinstance(item.value, str):
                self.refuse(Code.ENDPOINT_VALUE, f"`{item.plain()}` is not an id", item.place)
        return tuple((item.value, item.place) for item in items if isinstance(item.value, str))

    def symbol(self, symbol_id: str, place: Place) -> RunSymbol | None:
        try:
            return self.model.symbol(symbol_id)
        except AcinusError as error:
            if self._exists(f"z1_{symbol_id}"):
                self.refuse(
                    Code.ENDPOINT_ZONE,
                    f"`{symbol_id}` stands once in every zone",
                    place,
                    "An endpoint must say which zone it means, or how to join them.",
                    f"Add `zones:` and one of {', '.join(ZONE_WORDS)}, or a number.",
                )
            else:
                remedies = " ".join(d.remedy for d in error.diagnostics if d.remedy)
                self.refuse(Code.ENDPOINT_ID, f"the model has no `{symbol_id}`", place, "", remedies)
            return None

    def zonal_symbol(self, symbol_id: str, place: Place, zones: str | int) -> RunSymbol | None:
        zone = zones if isinstance(zones, int) else 1
        if self._exists(f"z{zone}_{symbol_id}"):
            return self.model.symbol(f"z{zone}_{symbol_id}")
        if self._exists(f"z1_{symbol_id}"):
            self.refuse(
                Code.ENDPOINT_ZONE,
                f"the model has no zone {zone}",
                place,
                "Zone 1 is portal, the last central.",
            )
        elif self._exists(symbol_id):
            self.refuse(Code.ENDPOINT_ZONE, f"`{symbol_id}` is not zonal", place, "", "Remove `zones`.")
        else:
            self.symbol(symbol_id, place)
        return None

    def _exists(self, symbol_id: str) -> bool:
        try:
            self.model.symbol(symbol_id)
        except AcinusError:
            return False
        return True

    def number(self, node: Node, what: str, unit: str) -> float | None:
        """Return a quantity, or the constant of that id, in `unit`."""
        text = node.value
        if isinstance(text, str) and _IDENTIFIER.match(text.strip()):
            return self.constant(text.strip(), unit, node.place)
        try:
            return parse_quantity(
                text, what=what, like=(unit,), place=node.place, error=EndpointError, code=Code.ENDPOINT_UNIT
            ).to(unit)
        except EndpointError as error:
            self.findings.extend(error.diagnostics)
            return None

    def constant(self, symbol_id: str, unit: str, place: Place) -> float | None:
        try:
            value, own = self.model.constant(symbol_id)
        except AcinusError as error:
            remedies = " ".join(d.remedy for d in error.diagnostics if d.remedy)
            self.refuse(
                Code.CONSTANT_UNKNOWN,
                f"no constant is called `{symbol_id}`",
                place,
                "Constants are rows of biology/parameters/*.csv.",
                remedies or "Write a number with a unit, or the id of a row.",
            )
            return None
        if not same_dimension(own, unit):
            self.refuse(
                Code.ENDPOINT_UNIT,
                f"`{symbol_id}` is in `{own}`, where `{unit}` is needed",
                place,
                "A level is compared with its curve, so both must measure the same thing.",
                "Name a constant of the same dimension.",
            )
            return None
        return convert(value, own, unit)

    def zone_words(self) -> str | int | None:
        node = self.endpoint.settings.get("zones")
        if node is None:
            return None
        value = node.value
        if value in ZONE_WORDS or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        self.refuse(
            Code.ENDPOINT_ZONE,
            f"`{node.plain()}` says nothing about zones",
            node.place,
            f"Words for zones: {', '.join(ZONE_WORDS)}, or a number from 1 (portal).",
            nearest(str(value), ZONE_WORDS),
        )
        return "mean"  # so that the id is still checked as a zonal one

    def flag(self, key: str) -> bool:
        node = self.endpoint.settings.get(key)
        if node is None:
            return False
        if not isinstance(node.value, bool):
            self.refuse(Code.ENDPOINT_VALUE, f"`{key}` is true or false, not `{node.plain()}`", node.place)
        return node.value is True


def bind(endpoint: Endpoint, model: RunModel, findings: list[Diagnostic]) -> Bound | None:
    """Return the endpoint joined to a model; None if anything is wrong.

    Adds every reason to `findings`: AC704 units, AC705 ids, AC706 zones, AC708 constants, AC709 values.
    """
    before = len(findings)
    binder = _Binder(endpoint, model, findings)
    settings = endpoint.settings
    parts = tuple(part for part in (bind(p, model, findings) for p in endpoint.parts) if part is not None)
    condition = None if endpoint.only_if is None else bind(endpoint.only_if, model, findings)
    if len(findings) > before:
        return None

    zones, relative = binder.zone_words(), binder.flag("relative_to_start")
    of, among = binder.ids("of"), binder.ids("among")
    substance = str(settings["substance"].value) if "substance" in settings else ""
    curve_unit = _curve_unit(binder, of, among, zones, substance)
    if relative and curve_unit is not None:
        curve_unit = "dimensionless"
    if not of and parts:
        curve_unit = parts[0].unit
    factors = _part_factors(binder, parts)
    for part in (*parts, *([condition] if condition is not None else [])):
        if part.zones == "each":
            binder.refuse(
                Code.ENDPOINT_ZONE,
                f"`{part.endpoint.name}` gives one number per zone",
                part.endpoint.place,
                "Endpoints made of others need one number per individual.",
                "Choose another word for `zones`.",
            )

    at_column = ""
    for key in _TIMES:
        if key in settings:
            column = _COLUMN.match(str(settings[key].value)) if key == "at" else None
            if column is not None:
                at_column = column.group(1)
                continue
            hours = binder.number(settings[key], f"`{key}`", "h")
            if hours is not None:
                binder.times[key] = hours
            if key == "span" and hours is not None and hours < 0:
                binder.refuse(
                    Code.ENDPOINT_VALUE,
                    f"`span` is {hours:g} h",
                    settings[key].place,
                    "Nothing happens within less than no time.",
                    "Give 0 h for one moment, or a longer time.",
                )
    for key in _SHARES:
        if key in settings:
            value = binder.number(settings[key], f"`{key}`", "dimensionless")
            if value is not None:
                binder.numbers[key] = value
    lines: tuple[float, ...] = ()
    if curve_unit is not None:
        for key in _NUMBERS:
            if key in settings:
                value = binder.number(settings[key], f"`{key}`", curve_unit)
                if value is not None:
                    binder.numbers[key] = value
        if endpoint.measure.name.startswith("nomogram_"):
            lines = _nomogram_constants(binder, curve_unit)
    lists = _numbers_by_curve(binder, of)
    if len(findings) > before or curve_unit is None:
        return None
    natural = _natural_unit(endpoint, curve_unit, parts)
    unit = _asked_unit(binder, natural)
    if unit is None:
        return None
    return Bound(
        endpoint,
        tuple(symbol_id for symbol_id, _ in of),
        tuple(symbol_id for symbol_id, _ in among),
        zones,
        relative,
        curve_unit,
        natural,
        unit,
        binder.times,
        at_column,
        binder.numbers,
        lines,
        lists,
        substance,
        parts,
        factors,
        condition,
    )


def _curve_unit(
    binder: _Binder,
    of: tuple[tuple[str, Place], ...],
    among: tuple[tuple[str, Place], ...],
    zones: str | int | None,
    substance: str,
) -> str | None:
    """Return the unit of the first id; None if an id is unknown or cannot be added to the others."""
    measure = binder.endpoint.measure
    sums = measure.name in ("share", "fraction_of_dose")
    if len(of) > 1 and not sums and not measure.lists:
        binder.refuse(
            Code.ENDPOINT_VALUE,
            f"`{measure.name}` reads one id, not {len(of)}",
            of[1][1],
            "",
            "Keep one of them.",
        )
        return None
    first: str | None = "mmol" if measure.name == "fraction_of_dose" else None
    for symbol_id, place in (*of, *among):
        symbol = (
            binder.symbol(symbol_id, place) if zones is None else binder.zonal_symbol(symbol_id, place, zones)
        )
        if symbol is None:
            continue
        first = first or symbol.unit
        if sums and not same_dimension(symbol.unit, first):
            binder.refuse(
                Code.ENDPOINT_UNIT,
                f"`{symbol_id}` is in `{symbol.unit}`, where `{first}` is needed",
                place,
                "Amounts are added and compared molecule by molecule.",
                "Name ids that count an amount, such as those that collect in urine.",
            )
        if substance and symbol.moiety and substance not in symbol.moiety:
            binder.refuse(
                Code.ENDPOINT_ID,
                f"`{symbol_id}` contains no `{substance}`",
                place,
                f"Its moieties are {', '.join(symbol.moiety)}.",
                nearest(substance, symbol.moiety),
            )
    return first if of else "dimensionless"


def _numbers_by_curve(binder: _Binder, of: tuple[tuple[str, Place], ...]) -> dict[str, tuple[float, ...]]:
    """Return each list of a measure of several curves, one number a curve, in the curve's unit or the list's own."""
    found: dict[str, tuple[float, ...]] = {}
    for key, unit in binder.endpoint.measure.lists.items():
        node = binder.endpoint.settings[key]
        items = list(node) if isinstance(node.value, list) else [node]
        if len(items) != len(of):
            binder.refuse(
                Code.ENDPOINT_VALUE,
                f"`{key}` has {len(items)} numbers for {len(of)} curves",
                node.place,
                "",
                f"Give one number for each id of `of`: {', '.join(symbol_id for symbol_id, _ in of)}.",
            )
            continue
        numbers = []
        for item, (symbol_id, place) in zip(items, of, strict=True):
            symbol = binder.symbol(symbol_id, place) if not unit else None
            own = unit or (symbol.unit if symbol is not None else None)
            numbers.append(None if own is None else binder.number(item, f"`{key}` of `{symbol_id}`", own))
        found[key] = tuple(number for number in numbers if number is not None)
        if key == "floors" and min(found[key], default=1.0) <= 0:
            binder.refuse(
                Code.ENDPOINT_VALUE,
                f"`floors` must be positive, not {min(found[key]):g}",
                node.place,
                "A logarithm is taken of a curve over its floor.",
                "Give the lowest value that counts.",
            )
    return found


def _part_factors(binder: _Binder, parts: tuple[Bound, ...]) -> tuple[float, ...]:
    name = binder.endpoint.measure.name
    if name not in ("ratio", "difference"):
        return tuple(1.0 for _ in parts)
    factors = []
    for part in parts:
        if same_dimension(part.unit, parts[0].unit):
            factors.append(convert(1.0, part.unit, parts[0].unit))
        elif name == "ratio":
            factors.append(1.0)
        else:
            binder.refuse(
                Code.ENDPOINT_UNIT,
                f"`{part.unit}` cannot be subtracted from `{parts[0].unit}`",
                part.endpoint.place,
                "",
                "Give both parts units of one dimension.",
            )
    return tuple(factors)


def _natural_unit(endpoint: Endpoint, curve_unit: str, parts: tuple[Bound, ...]) -> str:
    match endpoint.measure.result:
        case "curve":
            return curve_unit
        case "time":
            return "h"
        case "dose":
            return "mg/kg"
        case "area":
            return "h" if curve_unit == "dimensionless" else f"{curve_unit}*h"
        case "parts" if endpoint.measure.name == "difference":
            return parts[0].unit
        case "parts" if not same_dimension(parts[0].unit, parts[1].unit):
            return f"({parts[0].unit})/({parts[1].unit})"
        case _:
            return "dimensionless"


def _asked_unit(binder: _Binder, natural: str) -> str | None:
    node = binder.endpoint.unit
    if node is None:
        return natural
    asked = str(node.value)
    try:
        fits = same_dimension(natural, asked)
    except ValueError:
        binder.refuse(
            Code.ENDPOINT_UNIT, f"`{asked}` is not a unit known here", node.place, "", f"Write `{natural}`."
        )
        return None
    if not fits:
        binder.refuse(
            Code.ENDPOINT_UNIT,
            f"{binder.endpoint.name} is measured in `{natural}`, not in `{asked}`",
            node.place,
            "The two do not measure the same thing.",
            f"Write `{natural}`, another unit of its dimension, or read another id.",
        )
        return None
    return asked


def _nomogram_constants(binder: _Binder, curve_unit: str) -> tuple[float, ...]:
    place = binder.endpoint.place
    for key, symbol_id in (
        ("half_life", nomogram.HALF_LIFE),
        ("reference_time", nomogram.REFERENCE_TIME),
        ("last_time", nomogram.LAST_TIME),
    ):
        written = binder.endpoint.settings.get(key)
        value = (
            binder.constant(symbol_id, "h", place)
            if written is None
            else binder.number(written, f"`{key}`", "h")
        )
        if value is not None:
            binder.times[key] = value
    if binder.endpoint.measure.name != "nomogram_line":
        return ()
    named = binder.ids("lines") or tuple((symbol_id, place) for symbol_id in nomogram.LINES)
    heights = (binder.constant(symbol_id, curve_unit, where) for symbol_id, where in named)
    return tuple(height for height in heights if height is not None)
