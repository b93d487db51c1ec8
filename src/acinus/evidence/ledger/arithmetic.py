"""Arithmetic of statements: small sums of quantities with units, compared with a limit.

An operand is a number, a quantity such as ``350 mg/d``, or a mapping with one operation: ``product``, ``ratio``, ``sum``,
``difference`` or ``power`` over a list of operands. Units are carried through, so that milligrams cannot be compared
with milligrams a day.
"""

from __future__ import annotations

import functools
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acinus.units import registry, unit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.documents import Node

__all__ = ["COMPARISONS", "OPERATIONS", "Sum", "evaluate"]

COMPARISONS = ("above", "below", "at_least", "at_most", "between")

OPERATIONS: dict[str, Callable[[list[Any]], Any]] = {
    "product": lambda values: functools.reduce(operator.mul, values),
    "sum": lambda values: functools.reduce(operator.add, values),
    "ratio": lambda values: functools.reduce(operator.truediv, values),
    "difference": lambda values: functools.reduce(operator.sub, values),
    "power": lambda values: functools.reduce(lambda base, exponent: base ** float(exponent.to("")), values),
}

_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


@dataclass(frozen=True)
class Sum:
    """One line of arithmetic: what it says, its operands, and what the result is compared with."""

    words: str
    formula: Node
    comparison: str
    limits: tuple[Node, ...]

    def settle(self) -> tuple[bool, str, str, float]:
        """Return whether it holds, the limit and the result in words, and the result in the limit's unit.

        Raises
        ------
        ValueError
            For an operation, number or unit that is none, or units that do not fit.
        """
        limits = [evaluate(limit) for limit in self.limits]  # pint raises a TypeError where units do not fit
        unit = limits[0].units
        try:
            found = evaluate(self.formula).to(unit)
            values = [limit.to(unit).magnitude for limit in limits]
        except TypeError as error:
            raise ValueError(str(error)) from error
        value = float(found.magnitude)
        holds = {
            "above": lambda: value > values[0],
            "below": lambda: value < values[0],
            "at_least": lambda: value >= values[0],
            "at_most": lambda: value <= values[0],
            "between": lambda: values[0] <= value <= values[-1],
        }[self.comparison]()
        name = "" if unit == registry().dimensionless else f" {unit:~P}"
        numbers = " and ".join(f"{v:.4g}" for v in values)
        return holds, f"{self.comparison.replace('_', ' ')} {numbers}{name}", f"{value:.4g}{name}", value


def evaluate(node: Node) -> Any:
    """Return the quantity of an operand; `ValueError` if it is none."""
    if isinstance(node.value, dict):
        named = [name for name in node.value if name in OPERATIONS]
        if len(node.value) != 1 or not named:
            raise ValueError(f"an operand names one of {', '.join(OPERATIONS)}, not {', '.join(node.value)}")
        operands = [evaluate(child) for child in node[named[0]]]
        if not operands:
            raise ValueError(f"`{named[0]}` needs a list of operands")
        try:
            return OPERATIONS[named[0]](operands)
        except TypeError as error:
            raise ValueError(str(error)) from error
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float, str)):
        raise ValueError(f"`{node.plain()}` is no quantity")  # noqa: TRY004 - a fault of the text
    found = _NUMBER.match(str(node.value))
    if not found:
        raise ValueError(f"`{node.value}` does not start with a number")
    return registry().Quantity(float(found.group(1)), unit_of(found.group(2) or "dimensionless"))
