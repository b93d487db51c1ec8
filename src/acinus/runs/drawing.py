"""Some individuals of a population, for one shard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.population import draw

if TYPE_CHECKING:
    from acinus.population import Individuals, Population
    from acinus.runs.request import Request

__all__ = ["drawn"]


def drawn(population: Population, people: int, request: Request, span: range) -> Individuals:
    """Return the individuals of a span of a draw of `people`.

    Random numbers belong to an individual and a purpose, so they are the same as in the whole draw, whatever the design.
    """
    if span.stop > people:
        raise ValueError(f"individuals {span.start} to {span.stop - 1} of {people}")
    return draw(population, people, request.seed, design=request.design, first=span.start, count=len(span))
