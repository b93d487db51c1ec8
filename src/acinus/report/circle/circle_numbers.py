"""What the page on the circle shows, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from acinus.provenance import Provenance

__all__ = ["CircleCourse", "CircleMap", "CircleNumbers"]


@dataclass(frozen=True, slots=True, eq=False)
class CircleMap:
    """The two ends of everyone on the map.

    Attributes
    ----------
    susceptibility, gain : float
        How readily the individual scars; factor on the links of the circle.
    collagen, stage, serum : (2, U, A) array
        Collagen relative to health, stage of fibrosis and serum magnesium (mmol/L) at rest, from a healthy and from a
        scarred start; U habits up, A across. NaN where an individual did not get there.
    two : (U, A) array of bool
        Whether the two ends differ.
    """

    susceptibility: float
    gain: float
    collagen: np.ndarray
    stage: np.ndarray
    serum: np.ndarray
    two: np.ndarray

    @property
    def share_of_two(self) -> float:
        """Return the share of the map with two resting states."""
        return float(np.mean(self.two))


@dataclass(frozen=True, slots=True, eq=False)
class CircleCourse:
    """One individual over the years: stage of fibrosis and serum magnesium (mmol/L), (T,) each."""

    label: str
    magnesium: float
    whole: bool
    years: np.ndarray
    stage: np.ndarray
    serum: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class CircleNumbers:
    """All that the page shows; `across` (A,) and `up` (U,) are the habits of the map in the units of the page's file."""

    title: str
    across_title: str
    up_title: str
    across: np.ndarray
    up: np.ndarray
    maps: tuple[CircleMap, ...]
    courses: tuple[CircleCourse, ...]
    course_title: str
    rest: float
    runs: int
    runs_finished: int
    provenance: Provenance

    def at(self, susceptibility: float, gain: float) -> CircleMap:
        """Return one map."""
        return next(one for one in self.maps if (one.susceptibility, one.gain) == (susceptibility, gain))

    @property
    def susceptibilities(self) -> tuple[float, ...]:
        """Return how readily the people of the maps scar, in the order of the page's file."""
        return tuple(dict.fromkeys(one.susceptibility for one in self.maps))

    @property
    def gains(self) -> tuple[float, ...]:
        """Return the factors on the links, in the order of the page's file."""
        return tuple(dict.fromkeys(one.gain for one in self.maps))
