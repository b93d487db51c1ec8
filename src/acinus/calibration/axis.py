"""Axes: the parameters that move, in numbers, each with its start, bounds and prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.calibration.moved_people import COLUMN_NUMBERS, column_unit
from acinus.errors import Code, Diagnostic, ModelTextError, RequestError
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.calibration.problem import Moving
    from acinus.documents import Node
    from acinus.model import Model

__all__ = ["Axis", "read_axis"]


@dataclass(frozen=True)
class Axis:
    """One parameter in numbers: its unit, start and bounds, and its prior, in the model's unit.

    `to_search` and `from_search` change between the parameter and the number that the search moves.
    """

    id: str
    unit: str
    start: float
    low: float
    high: float
    log: bool
    centre: float
    spread: float | None

    def to_search(self, value: float) -> float:
        """Return the logarithm, or the value itself on a linear scale."""
        return math.log(value) if self.log else value

    def from_search(self, position: float) -> float:
        """Return the parameter's value."""
        return math.exp(position) if self.log else position


def read_axis(
    moving: Moving, model: Model, populations: Iterable[Node], findings: list[Diagnostic]
) -> Axis | None:
    """Return a moving parameter in numbers; None, and findings, if it cannot move.

    Parameters
    ----------
    moving : Moving
        Named like a parameter of the model, or ``<column>.<key>`` for a number of a population's column, such as
        ``dose.median``.
    model : Model
    populations : iterable of Node
        Texts of the populations of the data.
    findings : list of Diagnostic
        AC933 is appended.
    """

    def refuse(what: str, why: str = "", remedy: str = "") -> None:
        findings.append(Diagnostic(Code.PROBLEM_PARAMETER, what, moving.place, why, remedy))

    if "." in moving.id:
        described = _of_column(moving, populations, findings)
        if described is None:
            return None
        value, unit = described
    else:
        try:
            value, unit = model.constant(moving.id)
        except ModelTextError as error:
            refuse(f"the model has no parameter `{moving.id}`", remedy=error.diagnostics[0].remedy)
            return None
    card = model.cards.get(moving.id)
    before = len(findings)

    def number(node: Node | None, usual: float, word: str) -> float:
        if node is None:
            return usual
        try:
            return parse_quantity(
                node.value,
                what=f"`{word}` of `{moving.id}`",
                like=(unit or "dimensionless",),
                place=node.place,
                error=RequestError,
                code=Code.PROBLEM_PARAMETER,
            ).to(unit or "dimensionless")
        except RequestError as error:
            findings.extend(error.diagnostics)
            return math.nan

    start = number(moving.start, value, "start")
    low = number(moving.low, card.low if card is not None and card.low is not None else -math.inf, "low")
    high = number(moving.high, card.high if card is not None and card.high is not None else math.inf, "high")
    centre = number(moving.prior, start, "prior")
    if len(findings) > before:
        return None
    log = moving.scale == "log"
    if log and (start <= 0 or centre <= 0):
        refuse(
            f"`{moving.id}` starts at {start:g}", "On a log scale it is above zero.", "Write `scale: linear`."
        )
    if not low < start < high:
        refuse(
            f"`{moving.id}` starts at {start:g}, outside its bounds {low:g} to {high:g}",
            "The search begins inside the bounds.",
            "Change the start or the bounds.",
        )
    if len(findings) > before:
        return None
    low = -math.inf if log and low <= 0 else low
    return Axis(moving.id, unit, start, low, high, log, centre, moving.spread)


def _of_column(
    moving: Moving, populations: Iterable[Node], findings: list[Diagnostic]
) -> tuple[float, str] | None:
    """Return value and unit of a number in a population's column."""
    column, _, key = moving.id.partition(".")
    for population in populations:
        columns = population.get("columns")
        node = columns.get(column) if columns is not None else None
        written = node.get(key) if node is not None else None
        if written is not None and key in COLUMN_NUMBERS:
            unit = column_unit(written)
            text = written.value
            return float(text.removesuffix(unit) if isinstance(text, str) else text), unit or "dimensionless"
    findings.append(
        Diagnostic(
            Code.PROBLEM_PARAMETER,
            f"no population of the data has a number `{key}` in a column `{column}`",
            moving.place,
            f"Numbers of a column that can move are {', '.join(COLUMN_NUMBERS)}.",
            "Write `dose.median`, or the id of a parameter.",
        )
    )
    return None
