"""The same virtual people with other medians: what a change of a parameter table makes of those who were drawn.

An individual's own value of a parameter is a quantile of a distribution around the table's value, cut off at the
table's bounds. When the value moves, the quantile stays and the distribution moves: values scale with the median as
long as the bounds are far, and are squeezed together where one is near. Exactly these people would be drawn from
tables that hold the moved value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from acinus.population import Individuals, draw, read_population

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acinus.documents import Node
    from acinus.model import Model

__all__ = ["moved_people"]


def moved_people(
    people: Individuals, source: str | Path | Node, values: Mapping[str, float], *, model: Model
) -> Individuals:
    """Return people that were drawn from a population, as they are when parameters have other values.

    Parameters
    ----------
    people : Individuals
        Drawn from `source` with `model`, from the first individual on.
    source : str, Path or Node
        The population.
    values : mapping from parameter id to float
        In the model's units. Columns that `people` do not have stay the model's.
    model : Model

    Raises
    ------
    PopulationError
        AC804 if next to nobody lies within a parameter's bounds.
    """
    own = {name: value for name, value in values.items() if name in people.columns}
    if not own:
        return people
    population = read_population(source, model=_with_values(model, own))
    asked = replace(
        population,
        distributions={name: population.distributions[name] for name in own},
        units={name: population.units[name] for name in own},
        groups=tuple(
            replace(group, factors={name: f for name, f in group.factors.items() if name in own})
            for group in population.groups
        ),
    )
    drawn = draw(asked, len(people), people.seed or 0)
    columns = {**people.columns, **{name: drawn.columns[name] for name in own}}
    return Individuals(people.ids, columns, people.units, people.source, people.seed)


def _with_values(model: Model, values: Mapping[str, float]) -> Model:
    cards, symbols = dict(model.cards), dict(model.symbols)
    for name, value in values.items():
        if name in cards:
            cards[name] = replace(cards[name], value=value)
        if name in symbols:
            symbols[name] = replace(symbols[name], value=value)
    return replace(model, cards=cards, symbols=symbols)
