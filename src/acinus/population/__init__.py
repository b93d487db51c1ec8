"""Virtual people: from distributions with sources to a table of individuals.

In: a population (a file of biology/populations, or its content), a model, a number and a seed; or a CSV table
of a cohort. Out: `Individuals`, a read-only table of values with units.
Knows distributions, truncation and counter-based random numbers. Never knows equations, protocols or results.
"""

from __future__ import annotations

from acinus.population.cohort import read_cohort, write_cohort
from acinus.population.draw import draw, draw_population
from acinus.population.individuals import Individuals
from acinus.population.specification import Population, list_populations, read_population

__all__ = [
    "Individuals",
    "Population",
    "draw",
    "draw_population",
    "list_populations",
    "read_cohort",
    "read_population",
    "write_cohort",
]
