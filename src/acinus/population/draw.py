"""Drawing virtual individuals from a population: one stream of random numbers for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, PopulationError
from acinus.population.distribution import Choice
from acinus.population.individuals import Individuals
from acinus.population.specification import Population, read_population
from acinus.population.stream import uniforms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.documents import Node
    from acinus.model.record import Model

__all__ = ["draw", "draw_population"]


def draw_population(
    source: str | Path | Node | Mapping[str, object], n: int, seed: int, *, model: Model, first: int = 0
) -> Individuals:
    """Return virtual individuals `first` to ``first + n - 1`` of a population.

    Parameters
    ----------
    source : str, Path, Node or mapping
        Name of a population, a file, or its content.
    n : int
        How many.
    seed : int
        From 0 to 2**64 - 1. The same seed gives the same people; individual k is the same whatever `n`,
        `first` and the other columns are.
    model : Model
        Whose parameters vary.
    first : int
        Number of the first one, for drawing a large population in shards.

    Returns
    -------
    Individuals

    Raises
    ------
    PopulationError
        AC801 to AC806 for the population, AC807 for an impossible number or seed.
    """
    return draw(read_population(source, model=model), n, seed, first=first)


def draw(population: Population, n: int, seed: int, *, first: int = 0) -> Individuals:
    """Return individuals of a population that has been read; arguments as in `draw_population`."""
    problems = [
        Diagnostic(Code.DRAW_REQUEST, f"{what} cannot be {value!r}", None, "", remedy)
        for what, value, fits, remedy in (
            ("the number of individuals", n, _whole(n) and n >= 1, "Ask for 1 or more."),
            ("the seed", seed, _whole(seed) and 0 <= seed < 2**64, "Use a whole number from 0 to 2**64 - 1."),
            ("the first individual", first, _whole(first) and first >= 0, "Count from 0."),
        )
        if not fits
    ]
    if problems:
        raise PopulationError(problems)
    columns = {
        name: distribution.quantile(uniforms(seed, name, n, first=first))
        for name, distribution in population.distributions.items()
    }
    units = dict(population.units)
    for group in population.groups:
        members = Choice((0.0, 1.0), (1 - group.share, group.share)).quantile(
            uniforms(seed, group.name, n, first=first)
        )
        columns[group.name], units[group.name] = members, "dimensionless"
        for parameter, factor in group.factors.items():
            columns[parameter] = columns[parameter] * np.where(members == 1, factor, 1.0)
    return Individuals(
        np.arange(first, first + n), columns, units, f"population {population.name}", int(seed)
    )


def _whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
