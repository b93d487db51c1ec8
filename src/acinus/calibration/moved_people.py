"""The same virtual people with other medians: what a change of a parameter table makes of those who were drawn.

An individual's own value of a parameter is a quantile of a distribution around the table's value, cut off at the
table's bounds. When the value moves, the quantile stays and the distribution moves: values scale with the median as
long as the bounds are far, and are squeezed together where one is near. Exactly these people would be drawn from
tables that hold the moved value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from acinus.documents import Node
from acinus.population import Individuals, draw, read_population

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model import Model

__all__ = ["COLUMN_NUMBERS", "column_unit", "moved_people"]

COLUMN_NUMBERS = ("median", "mean", "log_sd", "cv", "sd", "value")


def moved_people(
    people: Individuals, source: Node, values: Mapping[str, float], *, model: Model
) -> Individuals:
    """Return people that were drawn from a population, as they are when parameters have other values.

    Parameters
    ----------
    people : Individuals
        Drawn from `source` with `model`, from the first individual on.
    source : Node
        The population's content.
    values : mapping from id to float
        Parameters, in the model's units, and numbers of columns, ``<column>.<key>``, in the unit that the column has.
        What `people` have no column of stays as it is.
    model : Model

    Raises
    ------
    PopulationError
        AC804 if next to nobody lies within a parameter's bounds.
    """
    own = {name: value for name, value in values.items() if name.partition(".")[0] in people.columns}
    if not own:
        return people
    parameters = {name: value for name, value in own.items() if "." not in name}
    described = {name: value for name, value in own.items() if "." in name}
    moved = dict.fromkeys(name.partition(".")[0] for name in own)
    population = read_population(_with_columns(source, described), model=_with_values(model, parameters))
    if population.strata or population.rules or population.derived:
        # Who is in a stratum or is drawn again, and what follows from what, depends on all columns together.
        asked_for = len(people) if people.plausibility is None else people.plausibility.n_in
        return draw(population, asked_for, people.seed or 0)
    asked = replace(
        population,
        distributions={name: population.distributions[name] for name in moved},
        units={name: population.units[name] for name in moved},
        groups=tuple(
            replace(group, factors={name: f for name, f in group.factors.items() if name in moved})
            for group in population.groups
        ),
    )
    drawn = draw(asked, len(people), people.seed or 0)
    columns = {**people.columns, **{name: drawn.columns[name] for name in moved}}
    return Individuals(people.ids, columns, people.units, people.source, people.seed)


def column_unit(written: Node) -> str:
    """Return the unit of a number as it is written in a population's column; empty for a bare number."""
    return written.value.lstrip("+-0123456789.eE ").strip() if isinstance(written.value, str) else ""


def _with_columns(source: Node, values: Mapping[str, float]) -> Node:
    described = source.get("columns")
    if described is None or not values:
        return source
    columns = dict(described.items())
    for name, value in values.items():
        column, _, key = name.partition(".")
        written = columns[column].get(key) if column in columns else None
        if written is None:
            continue  # another claim's people have this number; these do not
        unit = column_unit(written)
        moved = Node(f"{value!r} {unit}" if unit else value, written.place)
        columns[column] = Node({**dict(columns[column].items()), key: moved}, columns[column].place)
    return Node({**dict(source.items()), "columns": Node(columns, described.place)}, source.place)


def _with_values(model: Model, values: Mapping[str, float]) -> Model:
    cards, symbols = dict(model.cards), dict(model.symbols)
    for name, value in values.items():
        if name in cards:
            cards[name] = replace(cards[name], value=value)
        if name in symbols:
            symbols[name] = replace(symbols[name], value=value)
    return replace(model, cards=cards, symbols=symbols)
