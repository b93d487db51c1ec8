"""Numbers the analysis takes from elsewhere, read from ``biology/surveys/nhanes.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.documents import biology_folder, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PublishedNumbers", "PublishedRatio", "read_published_numbers"]


@dataclass(frozen=True, slots=True)
class PublishedRatio:
    """A published ratio per 100 mg of magnesium a day; `low` and `high` are None where none was published."""

    name: str
    source: str
    ratio: float
    low: float | None
    high: float | None
    n: int
    events: int | None
    magnesium: str
    derived: str


@dataclass(frozen=True, slots=True)
class PublishedNumbers:
    """What is not in the survey's files.

    Attributes
    ----------
    requirement : dict from sex to tuple of (age, mg/d), by rising age
    cut_offs : dict from name to value; all inclusive
    grams_in_a_drink : float
    days_a_year : (11,) array
        Days of drinking a year by the code of the answer.
    alcohol_edges : (4,) array
        g on the recalled day.
    ratios : tuple of PublishedRatio
    """

    requirement: dict[str, tuple[tuple[float, float], ...]]
    cut_offs: dict[str, float]
    grams_in_a_drink: float
    days_a_year: np.ndarray
    alcohol_edges: np.ndarray
    ratios: tuple[PublishedRatio, ...]

    def requirement_of(self, female: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Return everyone's estimated average requirement, mg/d (N,); nan below the youngest age."""
        needed = np.full(len(age), np.nan)
        for sex, mask in (("male", female == 0.0), ("female", female == 1.0)):
            for start, amount in self.requirement[sex]:
                needed[mask & (age >= start)] = amount
        return needed


def read_published_numbers(biology: Path | None = None) -> PublishedNumbers:
    """Return the numbers of the biology folder, by default the one that ships."""
    text: Any = read_yaml((biology or biology_folder()) / "surveys" / "nhanes.yaml").plain()
    return PublishedNumbers(
        {
            sex: tuple((float(step["from"]), float(step["mg"])) for step in text["requirement"][sex])
            for sex in ("male", "female")
        },
        {name: float(entry["value"]) for name, entry in text["cut_offs"].items()},
        float(text["alcohol"]["grams_in_a_drink"]),
        np.array(text["alcohol"]["days_a_year"], dtype=float),
        np.array(text["alcohol"]["classes"], dtype=float),
        tuple(
            PublishedRatio(
                entry["name"],
                entry.get("source") or entry["address"],
                entry["ratio"],
                entry.get("low"),
                entry.get("high"),
                entry["n"],
                entry.get("events"),
                entry["magnesium"],
                entry["derived"],
            )
            for entry in text["published"]
        ),
    )
