"""Strata: parts of a population that have distributions and correlations of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.population.copula import Copula
    from acinus.population.distribution import Distribution

__all__ = ["STRATUM", "Stratum"]

# The column that says which stratum a person belongs to: 1 for the first in the file.
STRATUM = "stratum"


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the people with distributions of their own.

    Attributes
    ----------
    name : str
    share : float
        Of all people; those of all strata add up to 1.
    distributions : mapping from column to Distribution
        In place of, or beside, those of the population.
    copula : Copula or None
        In place of that of the population; None for no correlations.
    """

    name: str
    share: float
    distributions: Mapping[str, Distribution]
    copula: Copula | None
