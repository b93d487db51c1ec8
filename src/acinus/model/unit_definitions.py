"""Units between pint text and SBML unit definitions, both ways.

In: ``mmol/L/h`` or a `UnitDefinition`. Out: the other. Knows pint's and SBML's spellings, nothing else.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from acinus.units import registry, unit_of

__all__ = ["add_unit", "definition_text", "factor_text", "pint_text", "unit_id"]

# What SBML calls a base unit, under pint's name for it.
_KINDS = {
    "mole": "mole", "liter": "litre", "gram": "gram", "second": "second", "meter": "metre",
    "kelvin": "kelvin", "ampere": "ampere", "candela": "candela", "joule": "joule", "watt": "watt",
    "newton": "newton", "pascal": "pascal", "katal": "katal", "volt": "volt", "coulomb": "coulomb",
    "hertz": "hertz",
}  # fmt: skip
_SHORT = {
    "mole": "mol", "litre": "L", "liter": "L", "gram": "g", "kilogram": "kg", "metre": "m", "meter": "m",
    "kelvin": "K", "ampere": "A", "candela": "cd", "joule": "J", "watt": "W", "newton": "N",
    "pascal": "Pa", "katal": "kat", "volt": "V", "coulomb": "C", "hertz": "Hz", "item": "count",
    "second": "s",
}  # fmt: skip
_TIMES = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "d", 604800.0: "week", 1e-3: "ms"}
_PREFIXES = {-12: "p", -9: "n", -6: "u", -3: "m", -2: "c", -1: "d", 0: "", 3: "k", 6: "M", 9: "G"}


@functools.cache
def _components(text: str) -> tuple[tuple[str, float, int, float], ...]:
    """Return (SBML kind, exponent, scale, multiplier) for each factor of a unit."""
    out = []
    for name, exponent in _factors(unit_of(text)):
        out += _factor(name, exponent)
    return tuple(out) or (("dimensionless", 1.0, 0, 1.0),)


def _factors(unit: Any) -> list[tuple[str, float]]:
    """Return the names and exponents a pint unit is made of; pint has no public walk over them."""
    return [(str(name), float(exponent)) for name, exponent in unit._units.items()]  # noqa: SLF001


def _factor(name: str, exponent: float) -> list[tuple[str, float, int, float]]:
    quantity = registry().Quantity(1.0, name)
    for base, kind in _KINDS.items():
        if (
            quantity.dimensionality == registry().Quantity(1.0, base).dimensionality
            and not quantity.dimensionless
        ):
            return [(kind, exponent, *_scaled(float(quantity.to(base).magnitude)))]
    quantity = quantity.to_base_units()
    magnitude = float(quantity.magnitude)
    parts = [
        (
            _KINDS.get("gram" if base == "kilogram" else base, "dimensionless"),
            power * exponent,
            3 if base == "kilogram" else 0,
            1.0,
        )
        for base, power in _factors(quantity)
    ]
    if not math.isclose(magnitude, 1.0) or not parts:
        parts.append(("dimensionless", exponent, *_scaled(magnitude)))
    return parts


def _scaled(multiplier: float) -> tuple[int, float]:
    """Return scale and multiplier, the multiplier 1 for a power of ten."""
    power = round(math.log10(multiplier))
    return (power, 1.0) if math.isclose(multiplier, 10.0**power, rel_tol=1e-12) else (0, multiplier)


@functools.cache
def unit_id(text: str) -> str:
    """Return the id under which a unit stands in the SBML: ``mmol_per_L_per_h``.

    Examples
    --------
    >>> unit_id("mmol/L/h")
    'mmol_per_L_per_h'
    """
    unit = unit_of(text)
    if unit == unit_of("dimensionless"):
        return "dimensionless"
    parts: list[list[str]] = [[], []]
    for name, exponent in _factors(unit):
        short = "L" if name == "liter" else registry().get_symbol(name)  # pint prefers l
        short = short if short.isidentifier() and short.isascii() else name
        size = abs(exponent)
        power = "" if size == 1 else f"{size:g}".replace(".", "_")
        parts[exponent < 0].append(f"{short}{power}")
    return "_".join(parts[0] or ["one"]) + "".join(f"_per_{p}" for p in parts[1])


def add_unit(model: Any, text: str) -> str:
    """Add the definition of a unit to a libSBML model unless it is there; return its id."""
    identifier = unit_id(text)
    if identifier == "dimensionless" or model.getUnitDefinition(identifier) is not None:
        return identifier
    import libsbml

    definition = model.createUnitDefinition()
    definition.setId(identifier)
    for kind, exponent, scale, multiplier in _components(text):
        unit = definition.createUnit()
        unit.setKind(libsbml.UnitKind_forName(kind))
        unit.setExponent(exponent)
        unit.setScale(scale)
        unit.setMultiplier(multiplier)
    return identifier


def pint_text(model: Any, identifier: str) -> str:
    """Return an SBML unit as pint text, or an empty string if it cannot be said or was not given."""
    import libsbml

    if not identifier:
        return ""
    definition = model.getUnitDefinition(identifier)
    if definition is None:
        if identifier == "dimensionless":
            return identifier
        known = libsbml.UnitKind_forName(identifier) != libsbml.UNIT_KIND_INVALID
        return _SHORT.get(identifier, identifier) if known else ""
    return definition_text(definition)


def definition_text(definition: Any) -> str:
    """Return a libSBML unit definition as pint text, or an empty string if it cannot be said or is empty."""
    import libsbml

    if definition is None or definition.getNumUnits() == 0:
        return ""
    above, below = [], []
    for index in range(definition.getNumUnits()):
        unit = definition.getUnit(index)
        name = factor_text(
            libsbml.UnitKind_toString(unit.getKind()), unit.getMultiplier() * 10.0 ** unit.getScale()
        )
        exponent = unit.getExponentAsDouble()
        if name is None:
            return ""
        if name == "dimensionless" or exponent == 0:
            continue
        power = "" if abs(exponent) == 1 else f"**{abs(exponent):g}"
        (above if exponent > 0 else below).append(f"{name}{power}")
    if not above and not below:
        return "dimensionless"
    return "*".join(above or ["1"]) + "".join(f"/{name}" for name in below)


def factor_text(kind: str, factor: float) -> str | None:
    """Return the pint name of an SBML base unit times a factor (``mole``, 1e-3 -> ``mmol``), or None."""
    if kind in ("dimensionless", "avogadro", "radian", "steradian"):
        return (
            "dimensionless"
            if math.isclose(factor, 1.0)
            else "percent"
            if math.isclose(factor, 0.01)
            else None
        )
    if kind == "second":
        return next((name for size, name in _TIMES.items() if math.isclose(size, factor)), None)
    if kind == "kilogram":
        kind, factor = "gram", factor * 1000
    if kind not in _SHORT:
        return None
    power = round(math.log10(factor)) if factor > 0 else 99
    if power not in _PREFIXES or not math.isclose(factor, 10.0**power):
        return "U" if kind == "katal" and math.isclose(factor, 1e-6 / 60, rel_tol=1e-3) else None
    return _PREFIXES[power] + _SHORT[kind]
