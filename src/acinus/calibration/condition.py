"""Conditions on a person: an endpoint above or below a level, or one that is 1 or 0, or several of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.entry import Entry
from acinus.calibration.scalar import reading_of
from acinus.calibration.smoothing import chance_above, smooth_answer
from acinus.errors import Code, Diagnostic, RequestError
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.documents import Node
    from acinus.simulation import Trajectories

__all__ = ["Condition", "read_condition"]


@dataclass(frozen=True)
class Condition:
    """Parts that must all hold: each an endpoint with levels, or an endpoint that answers 1 or 0."""

    parts: tuple[tuple[Node, Node | None, Node | None], ...]

    @property
    def endpoints(self) -> tuple[Node, ...]:
        """The endpoints read."""
        return tuple(endpoint for endpoint, _, _ in self.parts)

    def of(self, run: Trajectories) -> NDArray[np.float64]:
        """Return for each individual 1 (holds), 0 (does not) or NaN (not finished, no reading), (B,).

        Raises
        ------
        AcinusError
            AC7xx for wrong endpoints, AC909 for a level in the wrong unit.
        """
        answers = [self._part(run, *part) for part in self.parts]
        stacked = np.stack(answers)
        return np.where(np.isnan(stacked).any(axis=0), np.nan, (stacked == 1).all(axis=0))

    def chances(self, run: Trajectories, smoothing: float) -> NDArray[np.float64]:
        """Return for each individual the chance from 0 to 1 that it holds, with levels smoothed, (B,).

        Parameters
        ----------
        run : Trajectories
        smoothing : float
            Above zero; see `acinus.calibration.smoothing`. Parts count as independent of each other.

        Raises
        ------
        AcinusError
            As from `of`.
        """
        product = np.ones(np.size(run.ok))
        for endpoint, above, below in self.parts:
            if above is None and below is None:
                reading_of(run, endpoint)  # refuses what cannot be read, as for the hard answer
                product = product * smooth_answer(run, endpoint, smoothing)
                continue
            reading = reading_of(run, endpoint)
            if above is not None:
                level = _level(above, reading.title, reading.unit)
                product = product * chance_above(reading.values, level, smoothing)
            if below is not None:
                level = _level(below, reading.title, reading.unit)
                product = product * (1 - chance_above(reading.values, level, smoothing))
        return product

    def _part(
        self, run: Trajectories, endpoint: Node, above: Node | None, below: Node | None
    ) -> NDArray[np.float64]:
        reading = reading_of(run, endpoint)
        values = reading.values
        if above is None and below is None:
            if not np.isin(values[np.isfinite(values)], (0.0, 1.0)).all():
                raise RequestError(
                    Diagnostic(
                        Code.CLAIM_VALUE,
                        f"{reading.title} does not answer yes or no",
                        endpoint.place,
                        f"It is a number in `{reading.unit}`.",
                        "Write `{endpoint: ..., above: 1000 U/L}`.",
                    )
                )
            return values
        holds = np.ones(values.shape, dtype=bool)
        if above is not None:
            holds &= values > _level(above, reading.title, reading.unit)
        if below is not None:
            holds &= values < _level(below, reading.title, reading.unit)
        return np.where(np.isnan(values), np.nan, holds)


def _level(node: Node, title: str, unit: str) -> float:
    like = (unit or "dimensionless",)
    return parse_quantity(
        node.value,
        what=f"the level of {title}",
        like=like,
        place=node.place,
        error=RequestError,
        code=Code.CLAIM_UNIT,
    ).to(like[0])


def read_condition(node: Node | None, what: str, findings: list[Diagnostic]) -> Condition | None:
    """Return a condition: an endpoint, ``{endpoint: ..., above: ..., below: ...}``, or a list of such."""
    if node is None:
        return None
    parts = []
    for item in node if isinstance(node.value, list) else (node,):
        if "endpoint" in item and "measure" not in item:
            entry = Entry(item, what, findings)
            entry.only("endpoint", "above", "below")
            parts.append((item["endpoint"], item.get("above"), item.get("below")))
        elif isinstance(item.value, (str, dict)):
            parts.append((item, None, None))
        else:
            Entry(item, what, findings)
    return Condition(tuple(parts))
