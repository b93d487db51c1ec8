"""Virtual people: from distributions with sources to a table of individuals.

In: a population (a file of biology/populations, or its content), a model, a number, a design and a seed; or a CSV or
Parquet table of a cohort. Out: `Individuals`, a read-only table of values with units.
Knows distributions, correlations, strata, designs, plausibility and counter-based random numbers. Never knows equations,
protocols or results.
"""

from __future__ import annotations

from acinus.population.cohort import read_cohort, write_cohort
from acinus.population.column_summary import ColumnSummary, summarise_people
from acinus.population.design import DESIGNS
from acinus.population.draw import draw, draw_population
from acinus.population.individuals import Individuals
from acinus.population.plausibility import Plausibility
from acinus.population.specification import Population, list_populations, read_population

__all__ = [
    "DESIGNS",
    "ColumnSummary",
    "Individuals",
    "Plausibility",
    "Population",
    "draw",
    "draw_population",
    "list_populations",
    "read_cohort",
    "read_population",
    "summarise_people",
    "write_cohort",
]
