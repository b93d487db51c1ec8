"""Some individuals of a population, for one shard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.population import draw

if TYPE_CHECKING:
    from acinus.population import Individuals, Population
    from acinus.runs.request import Request

__all__ = ["drawn"]


def drawn(population: Population, people: int, request: Request, first: int, count: int) -> Individuals:
    """Return the individuals `first` to ``first + count - 1`` of a draw of `people`.

    Random numbers belong to an individual and a purpose, so they are the same as in the whole draw.
    """
    if first + count > people:
        raise ValueError(f"individuals {first} to {first + count - 1} of {people}")
    return draw(population, count, request.seed, first=first)
