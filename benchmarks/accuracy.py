"""The error of an individual, and the reference it is measured against."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import ours
from benchmarks.crowd import Crowd, PeerAbsent

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["Reference", "errors", "natural_sizes", "reference_of"]

_TIGHTEST = 1e-11
_LEAST = 1e-3


@dataclass(frozen=True, eq=False)
class Reference:
    """What is taken for the truth. M individuals.

    Attributes
    ----------
    problem : Problem
        With `least` filled in where it was asked for.
    values : (M, T, S) array
        By our engine.
    sizes : (S,) array
        Typical largest value of each recorded state.
    agreement : (M,) array
        Error of libroadrunner against it; both at the tightest tolerance. Empty where it does not carry the model.
    tolerance : float
    """

    problem: Problem
    values: NDArray[np.float64]
    sizes: NDArray[np.float64]
    agreement: NDArray[np.float64]
    tolerance: float = _TIGHTEST


def reference_of(problem: Problem, people: int, folder: Path, processes: int, *, natural: bool) -> Reference:
    """Return the reference of the first individuals.

    With `natural` a state need not be exact below a thousandth of its natural size (see `natural_sizes`).
    """
    values, _ = ours.solve(problem, _TIGHTEST, processes, people)
    if natural:
        problem = replace(problem, least=_LEAST * natural_sizes(problem, values))
    sizes = np.maximum(np.median(np.abs(values).max(axis=1), axis=0), problem.least)
    sizes[sizes == 0.0] = sizes[sizes > 0.0].min()
    try:
        with Crowd("libroadrunner", problem, sizes, folder, processes) as crowd:
            other = crowd.solve(_TIGHTEST, people, people).values
    except PeerAbsent as absent:
        print(f"\nnothing checks the reference of {problem.name}: libroadrunner {absent}")
        return Reference(problem, values, sizes, np.empty(0))
    return Reference(problem, values, sizes, errors(other, values, problem.least))


def errors(
    values: NDArray[np.float64], truth: NDArray[np.float64], least: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the (M,) largest |y - ref| / (|ref| + 1e-3 max(max |ref|, least)) over samples and states.

    Infinite for an individual that did not reach the end. `least` is zero unless a model has states that are nothing
    but noise in most individuals.
    """
    size = np.maximum(np.abs(truth).max(axis=1), least)[:, None, :]
    with np.errstate(all="ignore"):
        found = np.abs(values - truth) / (np.abs(truth) + 1e-3 * size + 1e-300)
    return np.nan_to_num(found, nan=np.inf, posinf=np.inf).max(axis=(1, 2))


def natural_sizes(problem: Problem, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (S,) largest value over individuals, times and zones; states that differ in a number are zones.

    A state that nobody has at any time takes the smallest of the others: rounding may leave a tool 1e-32 of it.
    """
    largest = np.abs(values).max(axis=(0, 1))
    kinds = [re.sub(r"\d+", "", state) for state in problem.states]
    of_kind = {kind: max(largest[i] for i, own in enumerate(kinds) if own == kind) for kind in set(kinds)}
    sizes = np.array([of_kind[kind] for kind in kinds])
    return np.where(sizes > 0.0, sizes, sizes[sizes > 0.0].min())
