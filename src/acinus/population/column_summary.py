"""How people are spread: a few numbers for each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from acinus.population.individuals import Individuals

__all__ = ["ColumnSummary", "summarise_people"]


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column in its unit: mean, the 5th percentile, median, the 95th percentile, lowest and highest value."""

    name: str
    unit: str
    mean: float
    low: float
    median: float
    high: float
    lowest: float
    highest: float


def summarise_people(people: Individuals) -> list[ColumnSummary]:
    """Return a summary of every column of a table; NaN where the table is empty."""
    rows = []
    for name, values in people.columns.items():
        figures = (
            [values.mean(), *np.quantile(values, (0.05, 0.5, 0.95)), values.min(), values.max()]
            if values.size
            else [np.nan] * 6
        )
        rows.append(ColumnSummary(name, people.units[name], *(float(figure) for figure in figures)))
    return rows
