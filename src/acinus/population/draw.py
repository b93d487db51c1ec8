"""Drawing virtual individuals from a population, all at once or in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, PopulationError, nearest
from acinus.population.design import DESIGNS, spread_uniforms
from acinus.population.distribution import Choice
from acinus.population.individuals import Individuals
from acinus.population.plausibility import Plausibility
from acinus.population.specification import Population, read_population
from acinus.population.stratum import STRATUM
from acinus.population.stream import uniforms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.documents import Node
    from acinus.model.record import Model
    from acinus.population.copula import Copula
    from acinus.population.distribution import Distribution

__all__ = ["draw", "draw_population"]

_ATTEMPTS = 100

_Table = dict[str, "NDArray[np.float64]"]


def draw_population(
    population: str | Path | Node | Mapping[str, object] | Population,
    n: int,
    seed: int,
    *,
    model: Model | None = None,
    design: str = "random",
    first: int = 0,
    count: int | None = None,
) -> Individuals:
    """Return virtual individuals `first` to ``first + count - 1`` of the n of a population.

    Parameters
    ----------
    population : str, Path, Node, mapping or Population
        Name of a population, a file, its content, or what `read_population` returned.
    n : int
        How many there are in all.
    seed : int
        From 0 to 2**64 - 1. The same seed gives the same people. Individual k is the same whether drawn alone or among
        others; in a random design also whatever `n` and the other columns are.
    model : Model, optional
        Whose parameters vary; the one that the population names if None. A `Population` has been read with one.
    design : str
        ``random``, ``latin_hypercube`` or ``sobol``.
    first : int
        Number of the first one, for drawing a large population in chunks.
    count : int, optional
        How many of them; all from `first` on if None.

    Returns
    -------
    Individuals
        With `plausibility` if the population has rules. Where it removes implausible people, fewer than `count`.

    Raises
    ------
    PopulationError
        AC801 to AC806, AC811, AC812 for the population, AC807 for an impossible number, seed or design, AC813 if
        somebody can never be plausible.
    """
    if not isinstance(population, Population):
        population = read_population(population, model=model)
    return draw(population, n, seed, design=design, first=first, count=count)


def draw(
    population: Population,
    n: int,
    seed: int,
    *,
    design: str = "random",
    first: int = 0,
    count: int | None = None,
) -> Individuals:
    """Return individuals of a population that has been read; arguments as in `draw_population`."""
    _check(n, seed, design, first, count)
    number = n - first if count is None else count
    purposes = _purposes(population)
    columns = _values(population, spread_uniforms(design, seed, purposes, n, first, number))
    source = f"population {population.name}"
    ids = np.arange(first, first + number)
    if not population.rules:
        return Individuals(ids, columns, _units(population, columns), source, int(seed))
    kept, report = _sift(population, columns, seed, first, purposes)
    columns = {name: values[kept] for name, values in columns.items()}
    return Individuals(ids[kept], columns, _units(population, columns), source, int(seed), report)


def _check(n: int, seed: int, design: str, first: int, count: int | None) -> None:
    problems = [
        Diagnostic(Code.DRAW_REQUEST, f"{what} cannot be {value!r}", None, "", remedy)
        for what, value, fits, remedy in (
            ("the number of individuals", n, _whole(n) and n >= 1, "Ask for 1 or more."),
            ("the seed", seed, _whole(seed) and 0 <= seed < 2**64, "Use a whole number from 0 to 2**64 - 1."),
            ("the first individual", first, _whole(first) and first >= 0, "Count from 0."),
            ("the count", count, count is None or (_whole(count) and count >= 1), "Ask for 1 or more."),
            (
                "the design",
                design,
                design in DESIGNS,
                nearest(str(design), DESIGNS) or f"Use {', '.join(DESIGNS)}.",
            ),
        )
        if not fits
    ]
    if not problems and first + (count or 1) > n:
        problems.append(
            Diagnostic(
                Code.DRAW_REQUEST,
                f"there is no individual {first + (count or 1) - 1} among {n}",
                None,
                "Individuals are numbered from 0, and the number is that of all of them.",
                "Ask for a larger number, or for fewer of them with `count`.",
            )
        )
    if problems:
        raise PopulationError(problems)


def _purposes(population: Population) -> list[str]:
    """Return what random numbers are needed for, most telling first: they are spread best in a Sobol design."""
    strata = [STRATUM] if population.strata else []
    groups = [group.name for group in population.groups]
    within = [name for part in population.strata for name in part.distributions]
    copulas = [population.copula, *(part.copula for part in population.strata)]
    mixed = [name for copula in copulas if copula is not None for name in copula.names]
    return list(dict.fromkeys([*strata, *within, *population.distributions, *groups, *mixed]))


def _values(population: Population, own: Mapping[str, NDArray[np.float64]]) -> _Table:
    """Return all columns from each person's uniform numbers."""
    if not population.strata:
        columns = _drawn(population.distributions, population.copula, own)
        memberships = own if population.copula is None else {**own, **population.copula.mixed(own)}
    else:
        columns, memberships = _by_stratum(population, own)
    for group in population.groups:
        members = Choice((0.0, 1.0), (1 - group.share, group.share)).quantile(memberships[group.name])
        columns[group.name] = members
        for parameter, factor in group.factors.items():
            columns[parameter] = columns[parameter] * np.where(members == 1, factor, 1.0)
    for derived in population.derived:
        columns[derived.name] = derived.values(columns)
    return columns


def _drawn(
    distributions: Mapping[str, Distribution], copula: Copula | None, own: Mapping[str, NDArray[np.float64]]
) -> _Table:
    """Return columns of people who share distributions and correlations."""
    used = own if copula is None else {**own, **copula.mixed(own)}
    return {name: distribution.quantile(used[name]) for name, distribution in distributions.items()}


def _by_stratum(
    population: Population, own: Mapping[str, NDArray[np.float64]]
) -> tuple[_Table, dict[str, NDArray[np.float64]]]:
    """Return the columns of a population with strata, and the uniform numbers that say who belongs to its groups."""
    shares = tuple(part.share for part in population.strata)
    numbers = tuple(float(k) for k in range(1, len(shares) + 1))
    member = Choice(numbers, shares).quantile(own[STRATUM])
    mixed = {name for part in population.strata if part.copula is not None for name in part.copula.names}
    within = mixed | {name for part in population.strata for name in part.distributions}
    # What no stratum touches is drawn for everybody at once.
    columns = _drawn(
        {name: d for name, d in population.distributions.items() if name not in within}, None, own
    )
    memberships = {group.name: np.array(own[group.name]) for group in population.groups}
    for number, part in zip(numbers, population.strata, strict=True):
        here = np.flatnonzero(member == number)
        used = {name: own[name][here] for name in within}
        if part.copula is not None:
            used |= part.copula.mixed(used)
        distributions = {**population.distributions, **part.distributions}
        for name in within & distributions.keys():
            columns.setdefault(name, np.empty(member.shape))[here] = distributions[name].quantile(used[name])
        for name in within & memberships.keys():
            memberships[name][here] = used[name]
    order = _purposes(population)
    columns = {name: columns[name] for name in order if name in columns}
    columns[STRATUM] = member
    return columns, memberships


def _sift(
    population: Population, columns: _Table, seed: int, first: int, purposes: list[str]
) -> tuple[NDArray[np.bool_], Plausibility]:
    """Draw the implausible again, in place, or say whom to leave out; return who is kept, and the count."""
    number = next(iter(columns.values())).size
    broken = {rule.text: ~rule.holds(columns) for rule in population.rules}
    counts = {text: int(who.sum()) for text, who in broken.items()}
    wrong = np.logical_or.reduce(list(broken.values()))
    n_wrong = int(wrong.sum())
    if population.removes:
        return ~wrong, Plausibility(number, number - n_wrong, n_wrong, 0, counts)
    for attempt in range(1, _ATTEMPTS + 1):
        places = np.flatnonzero(wrong)
        if places.size == 0:
            return ~wrong, Plausibility(number, number, 0, n_wrong, counts)
        # Every person has streams for every attempt; whom else it takes does not matter. From the first to the last
        # that is needed the streams run on, and what lies between is thrown away.
        start, stop = int(places[0]), int(places[-1]) + 1
        again = {
            name: uniforms(seed, f"{name} again {attempt}", stop - start, first=first + start)[places - start]
            for name in purposes
        }
        redrawn = _values(population, again)
        for name, values in redrawn.items():
            columns[name][places] = values
        holds = np.logical_and.reduce([rule.holds(redrawn) for rule in population.rules])
        wrong[places[holds]] = False
    place = int(np.flatnonzero(wrong)[0])
    person = {name: values[place : place + 1] for name, values in columns.items()}
    rules = [rule.text for rule in population.rules if not rule.holds(person)[0]]
    raise PopulationError(
        Diagnostic(
            Code.NOBODY_PLAUSIBLE,
            f"individual {first + place} of `{population.name}` was drawn {_ATTEMPTS + 1} times and never plausible",
            None,
            f"The last time it broke: {'; '.join(rules)}.",
            "Loosen the rule or correct the distributions.",
        )
    )


def _units(population: Population, columns: _Table) -> dict[str, str]:
    return {name: population.units.get(name, "dimensionless") for name in columns}


def _whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
