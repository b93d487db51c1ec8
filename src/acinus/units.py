"""Units as people write them: parsing, conversion, and dimension checks with an answer to act on.

In: text such as ``20 g``, ``150 mg/kg`` or ``mmol/L/h``. Out: numbers in the unit asked for.
Pint does the arithmetic; what is ours is the clinical spelling (IU, h, d, µ) and the error.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import AcinusError, Code, Diagnostic, Place, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pint

__all__ = ["Quantity", "convert", "parse_quantity", "registry", "same_dimension", "unit_of"]

# A rate of the kidney per body surface, as laboratories report it, counts like the rate itself.
_PER_BODY_SURFACE = re.compile(r"\s*/\s*1\.73\s*m(?:\*\*2|\^2|²|2)(?!\w)")
_NUMBER = re.compile(
    r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf|nan)\s*(.*)$", re.IGNORECASE
)


@functools.cache
def registry() -> pint.UnitRegistry:
    """Return the one unit registry; loading pint takes a third of a second, so only on first need."""
    import pint

    units = pint.UnitRegistry(cache_folder=None)
    # Enzyme activity in clinical chemistry is written U or IU; pint knows U as micromole per minute.
    units.define("IU = enzyme_unit")
    # Times of long runs as people write them; pint knows `week` and `year`.
    units.define("wk = week")
    units.define("y = year")
    return units


@functools.cache
def unit_of(text: str) -> pint.Unit:
    """Return the pint unit of ``mmol/L/h``; `ValueError` if it is no unit."""
    cleaned = _PER_BODY_SURFACE.sub("", text.strip()).replace("µ", "u").replace("μ", "u").replace("^", "**")
    cleaned = re.sub(r"%", "percent", cleaned)
    if cleaned in ("", "1", "-", "dimensionless"):
        return registry().Unit("dimensionless")
    try:
        parsed = registry().parse_units(re.sub(r"^1\s*/", "dimensionless/", cleaned))
    except Exception as error:  # pint lets errors of its tokenizer and of Python's own through
        raise ValueError(f"`{text}` is not a unit") from error
    return parsed


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit as written."""

    magnitude: float
    unit: str

    def to(self, unit: str) -> float:
        """Return the magnitude in another unit of the same dimension; `ValueError` otherwise."""
        return convert(self.magnitude, self.unit, unit)

    def __str__(self) -> str:
        return f"{self.magnitude:g} {self.unit}".strip()


def same_dimension(one: str, other: str) -> bool:
    """Say whether two units measure the same thing (``mg/L`` and ``g/mL`` do, ``mg`` and ``mmol`` do not).

    Doses per body weight (``mg/kg``) are kept apart from pure numbers, although both are dimensionless.
    """
    return unit_of(one).dimensionality == unit_of(other).dimensionality and _per_weight(one) == _per_weight(
        other
    )


def _per_weight(unit: str) -> bool:
    return unit_of(unit).dimensionless and bool(re.search(r"/\s*kg\b", unit))


def convert(value: float, unit: str, to: str) -> float:
    """Return `value` given in `unit` in the unit `to`; `ValueError` if they measure different things."""
    if unit == to:
        return value
    if not same_dimension(unit, to):
        raise ValueError(f"`{unit}` cannot be turned into `{to}`")
    return float(registry().Quantity(value, unit_of(unit)).to(unit_of(to)).magnitude)


def parse_quantity(
    text: object,
    *,
    what: str,
    like: tuple[str, ...],
    place: Place | None = None,
    error: type[AcinusError] = ProtocolError,
    code: Code = Code.UNIT_WRONG,
) -> Quantity:
    """Return a number and unit from text such as ``20 g``, checked to measure what one of `like` measures.

    Parameters
    ----------
    text : object
        What the user wrote; anything but a string with a number and a unit is refused (a bare number has no unit).
    what : str
        What it stands for, for the message: "the dose of apap".
    like : tuple of str
        Acceptable units by example, such as ``("g", "mmol", "mg/kg")``.
    place : Place, optional
        Where it was written.
    error, code
        The error class and code to raise; `ProtocolError` and AC601 unless said.

    Returns
    -------
    Quantity
        As written; call `.to(unit)`.

    Examples
    --------
    >>> parse_quantity("15 min", what="a duration", like=("h",)).to("h")
    0.25
    """

    def refuse(problem: str, why: str = "") -> AcinusError:
        examples = ", ".join(f"`{_example(unit)}`" for unit in like)
        return error(
            Diagnostic(
                code, f"{what}: {problem}", place, why, f"Write a number and a unit, for example {examples}."
            )
        )

    if not isinstance(text, str):
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            if like == ("dimensionless",):
                return _finite(float(text), "dimensionless", refuse, text)
            raise refuse(f"`{text}` has no unit")
        raise refuse(f"`{text}` is not a quantity")
    found = _NUMBER.match(text)
    if not found:
        raise refuse(f"`{text}` does not start with a number")
    unit = found.group(2).strip()
    if not unit and "dimensionless" not in like:
        raise refuse(f"`{text}` has no unit")
    try:
        fits = any(same_dimension(unit, other) for other in like)
    except ValueError:
        raise refuse(f"`{unit}` is not a unit known here") from None
    if not fits:
        raise refuse(
            f"`{unit}` is the wrong kind of unit",
            f"Expected the dimension of {' or '.join(f'`{u}`' for u in like)}.",
        )
    return _finite(float(found.group(1)), unit, refuse, text)


def _finite(value: float, unit: str, refuse: Callable[[str], AcinusError], text: object) -> Quantity:
    if not math.isfinite(value):
        raise refuse(f"`{text}` is not a finite number")
    return Quantity(value, unit)


def _example(unit: str) -> str:
    return f"1 {unit}" if unit != "dimensionless" else "0.5"
