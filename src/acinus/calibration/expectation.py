"""What a number is expected to be: between two values, at least, at most, or within a share of one value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, RequestError
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from acinus.calibration.entry import Entry
    from acinus.documents import Node

__all__ = ["EXPECTATION_KEYS", "Expectation", "Limits", "read_expectation"]

EXPECTATION_KEYS = ("between", "value", "within", "at_least", "at_most")


@dataclass(frozen=True)
class Limits:
    """An expectation in one unit: low <= found <= high, around `target` where one is given."""

    low: float
    high: float
    target: float | None
    unit: str

    def hold(self, found: float) -> bool:
        """Say whether a number lies within; NaN does not."""
        return self.low <= found <= self.high

    def __str__(self) -> str:
        unit = "" if self.unit == "dimensionless" else f" {self.unit}"
        if self.target is not None:
            return f"{self.target:.4g}{unit} ({self.low:.4g} to {self.high:.4g})"
        if math.isinf(self.high):
            return f"at least {self.low:.4g}{unit}"
        if math.isinf(self.low):
            return f"at most {self.high:.4g}{unit}"
        return f"{self.low:.4g} to {self.high:.4g}{unit}"


@dataclass(frozen=True)
class Expectation:
    """An expectation as written; `in_unit` makes it numbers."""

    what: str
    between: tuple[Node, Node] | None = None
    value: Node | None = None
    within: float | None = None
    at_least: Node | None = None
    at_most: Node | None = None

    def in_unit(self, unit: str) -> Limits:
        """Return the limits in a unit.

        Raises
        ------
        RequestError
            AC909 if a quantity does not measure what the unit measures, or if the range is empty.
        """
        findings: list[Diagnostic] = []

        def number(node: Node) -> float:
            try:
                like = (unit or "dimensionless",)
                return parse_quantity(
                    node.value,
                    what=self.what,
                    like=like,
                    place=node.place,
                    error=RequestError,
                    code=Code.CLAIM_UNIT,
                ).to(like[0])
            except RequestError as error:
                findings.extend(error.diagnostics)
                return math.nan

        low, high, target = -math.inf, math.inf, None
        if self.between is not None:
            low, high = number(self.between[0]), number(self.between[1])
            if low > high:
                findings.append(
                    Diagnostic(
                        Code.CLAIM_UNIT,
                        f"{self.what}: the range is empty",
                        self.between[0].place,
                        "",
                        "Exchange its ends.",
                    )
                )
        elif self.value is not None and self.within is not None:
            target = number(self.value)
            low, high = target - self.within * abs(target), target + self.within * abs(target)
        low = number(self.at_least) if self.at_least is not None else low
        high = number(self.at_most) if self.at_most is not None else high
        if findings:
            raise RequestError(findings)
        return Limits(low, high, target, unit)


def read_expectation(entry: Entry) -> Expectation:
    """Return the expectation of a check; faults go to the entry's findings (AC902)."""
    what = f"the expectation of {entry.what}"
    given = [key for key in ("between", "value", "at_least", "at_most") if entry.get(key) is not None]
    if len(given) != 1 and set(given) != {"at_least", "at_most"}:
        entry.refuse(
            f"{entry.what} expects {'nothing' if not given else 'several things: ' + ', '.join(given)}",
            entry.node.place,
            "",
            "Write one of `between: [low, high]`, `value:` with `within: 25 %`, `at_least:` or `at_most:`.",
        )
        return Expectation(what)
    if given[0] == "between":
        ends = tuple(entry.node["between"])
        if len(ends) != 2:
            entry.refuse(
                f"`between` of {entry.what} has {len(ends)} ends",
                entry.node["between"].place,
                "",
                "Write `[low, high]`.",
            )
            return Expectation(what)
        return Expectation(what, between=(ends[0], ends[1]))
    if given[0] == "value":
        return Expectation(what, value=entry.get("value"), within=entry.number("within", needed=True, low=0))
    return Expectation(what, at_least=entry.get("at_least"), at_most=entry.get("at_most"))
