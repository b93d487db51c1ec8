"""Smoothed events: a yes-or-no endpoint as a chance that changes gradually as its curve passes its level.

A share of people who pass a level is a staircase in every parameter. With ``1 / (1 + exp(-ln(x / level) / w))`` in
place of each step it has a slope everywhere, which a search and finite differences need. `w` is a width in the
logarithm: at 0.12 somebody 30 % above the level counts as 0.9. Results are told with the steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.endpoints.binding import bind
from acinus.endpoints.catalogue import read_catalogue
from acinus.endpoints.curve import cut
from acinus.endpoints.specification import parse_endpoint
from acinus.errors import EndpointError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from acinus.documents import Node
    from acinus.endpoints.bound import Bound
    from acinus.errors import Diagnostic
    from acinus.simulation import Trajectories

__all__ = ["chance_above", "smooth_answer"]


def chance_above(values: NDArray[np.float64], level: float, width: float) -> NDArray[np.float64]:
    """Return the chance of being above a level, (B,) -> (B,) from 0 to 1; NaN stays NaN.

    A level that is not above zero has no logarithm: it stays a step.

    Examples
    --------
    >>> chance_above(np.array([0.0, 1000.0, 1e9]), 1000.0, 0.12)
    array([0. , 0.5, 1. ])
    """
    from scipy.special import expit

    if level <= 0:
        return np.where(np.isnan(values), np.nan, values > level)
    with np.errstate(divide="ignore"):
        return expit(np.log(np.maximum(values, 0.0) / level) / width)


def smooth_answer(run: Trajectories, endpoint: Node, width: float) -> NDArray[np.float64]:
    """Return the chance that a yes-or-no endpoint answers yes, (B,); NaN where it has no answer.

    Parameters
    ----------
    run : Trajectories
    endpoint : Node
        As for `read_endpoint`.
    width : float
        Of the logistic, in the logarithm of value over level.

    Raises
    ------
    EndpointError
        AC701 to AC711 if the endpoint is wrong.

    Notes
    -----
    ``any`` and ``all`` of several count their parts as independent, ``1 - prod(1 - p)`` and ``prod(p)``. Curves that
    must pass their levels together give the chance of the least of them at the best moment. Measures without a level
    answer as they are.
    """
    findings: list[Diagnostic] = []
    parsed = parse_endpoint(endpoint, read_catalogue(run.model.biology), findings)
    bound = None if parsed is None else bind(parsed, run.model, findings)
    if bound is None or findings:
        raise EndpointError(dict.fromkeys(findings))
    return _chance(bound, run, width)


def _chance(bound: Bound, run: Trajectories, width: float) -> NDArray[np.float64]:
    answer = bound.read(run)  # NaN for those who did not finish or are not asked about
    match bound.endpoint.measure.name:
        case "exceeds":
            chance = chance_above(_extreme(bound, run, np.max), bound.numbers["level"], width)
        case "falls_below":
            chance = 1 - chance_above(_extreme(bound, run, np.min), bound.numbers["level"], width)
        case "within":
            value = bound.parts[0].read(run)
            chance = np.ones(value.shape)
            if "low" in bound.numbers:
                chance = chance * chance_above(value, bound.numbers["low"], width)
            if "high" in bound.numbers:
                chance = chance * (1 - chance_above(value, bound.numbers["high"], width))
        case "any":
            chance = 1 - np.prod([1 - _chance(part, run, width) for part in bound.parts], axis=0)
        case "all":
            chance = np.prod([_chance(part, run, width) for part in bound.parts], axis=0)
        case "exceed_together" if min(bound.lists["levels"]) > 0:
            chance = chance_above(_least_together(bound, run), 1.0, width)
        case _:
            chance = answer
    return np.where(np.isnan(answer), np.nan, chance)


def _extreme(bound: Bound, run: Trajectories, extreme: Callable[..., Any]) -> NDArray[np.float64]:
    if bound.parts:
        return bound.parts[0].read(run)
    _, values = cut(run.time, bound.curve(run), *bound.window(run))
    return extreme(values, axis=-1)


def _least_together(bound: Bound, run: Trajectories) -> NDArray[np.float64]:
    """Return the highest level, relative to its own, that all curves pass within one span, (B,)."""
    start, end = bound.window(run)
    time: NDArray[np.float64] = np.array([])
    ratios = []
    for name, level in zip(bound.of, bound.lists["levels"], strict=True):
        time, values = cut(run.time, run[name], start, end)
        ratios.append(values / level)
    # A sample at the very end of the span counts, as in `exceed_together`.
    last = np.searchsorted(time, time + bound.times["span"] + 1e-9, side="right")
    best = np.full(len(run), -np.inf)
    for first, stop in enumerate(last):
        best = np.maximum(best, np.min([ratio[:, first:stop].max(axis=1) for ratio in ratios], axis=0))
    return best
