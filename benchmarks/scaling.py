"""How the time for an individual, and the memory of a lane, grow with the number of states."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import ours
from benchmarks.accuracy import reference_of
from benchmarks.crowd import Crowd
from benchmarks.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.problem import Problem

__all__ = ["measure_scaling", "measure_state_memory"]

_RELATIVE = 1e-5


def measure_scaling(problems: list[Problem], peer_people: int, folder: Path, workers: int) -> None:
    """Fit the exponent of time over states, ours and libroadrunner's, in processor time.

    The problems are one model in several sizes. All states are kept; the error of both is printed elsewhere.
    """
    table = Table(
        f"time against the number of states, relative tolerance {_RELATIVE:g}, processor time",
        ("problem", "states", "ours ms", "libroadrunner ms", "ratio"),
        folder / "scaling.csv",
    )
    states, mine, theirs = [], [], []
    for problem in problems:
        ours.solve(problem, _RELATIVE, workers, 1)
        used = time.process_time()
        ours.solve(problem, _RELATIVE, workers)
        own = (time.process_time() - used) / problem.size
        few = reference_of(problem, 4, folder, workers, natural=False)
        with Crowd("libroadrunner", problem, few.sizes, folder, workers) as crowd:
            effort = crowd.solve(_RELATIVE, peer_people, 0)
        other = effort.processor / effort.people
        states.append(len(problem.states))
        mine.append(own)
        theirs.append(other)
        table.add(problem.name, states[-1], 1e3 * own, 1e3 * other, other / own)
    exponents = [float(np.polyfit(np.log(states), np.log(times), 1)[0]) for times in (mine, theirs)]
    table.add("exponent of the fit", "", *exponents, "")


def measure_state_memory(problems: list[Problem], folder: Path) -> None:
    """Print the bytes that an individual takes while it is integrated."""
    table = Table(
        "working memory of one individual in its lane",
        ("problem", "states", "bytes", "kB", "bytes per state"),
        folder / "state_memory.csv",
    )
    for problem in problems:
        size = ours.state_bytes(problem.sbml)
        table.add(problem.name, len(problem.states), size, size / 1000, size / len(problem.states))
