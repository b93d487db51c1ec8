"""How the time for an individual, and the memory of a lane, grow with the number of states."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import ours
from benchmarks.accuracy import reference_of
from benchmarks.crowd import Crowd
from benchmarks.table import Table
from benchmarks.threads import best_in_turn

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.problem import Problem

__all__ = ["measure_scaling", "measure_state_memory"]

_RELATIVE = 1e-5
# A round takes the smallest model a quarter of a second and the largest four: the short ones are measured least well.
_ROUNDS = 15
_ROUNDS_OF_PEER = 5


def measure_scaling(problems: list[Problem], peer_people: int, folder: Path, workers: int) -> None:
    """Fit the exponent of time over states, ours and libroadrunner's, in processor time.

    The problems are one model in several sizes, timed in turn in several rounds of which the best counts. All states
    are kept; the error of both is printed elsewhere. Beside time stand the arithmetic operations that one individual
    takes, whose exponent is the model's and the method's: what time adds to it is memory and the fetching of code.
    """
    table = Table(
        f"time against the number of states, relative tolerance {_RELATIVE:g}, processor time, best of {_ROUNDS} rounds"
        f" ({_ROUNDS_OF_PEER} of libroadrunner)",
        ("problem", "states", "ours ms", "libroadrunner ms", "ratio", "1000 operations", "ns each"),
        folder / "scaling.csv",
    )
    for problem in problems:
        ours.solve(problem, _RELATIVE, workers, 1)
    spent = best_in_turn(
        [lambda problem=problem: ours.solve(problem, _RELATIVE, workers) for problem in problems],
        time.process_time,
        _ROUNDS,
    )
    mine = [seconds / problem.size for seconds, problem in zip(spent, problems, strict=True)]
    theirs = _libroadrunner(problems, peer_people, folder, workers)
    states = [len(problem.states) for problem in problems]
    work = [ours.operations(problem, _RELATIVE, workers) for problem in problems]
    for problem, count, own, other, done in zip(problems, states, mine, theirs, work, strict=True):
        table.add(problem.name, count, 1e3 * own, 1e3 * other, other / own, 1e-3 * done, 1e9 * own / done)
    exponents = [float(np.polyfit(np.log(states), np.log(times), 1)[0]) for times in (mine, theirs, work)]
    table.add("exponent of the fit", "", *exponents[:2], "", exponents[2], "")


def _libroadrunner(problems: list[Problem], people: int, folder: Path, workers: int) -> list[float]:
    """Return the processor seconds of an individual of each problem, the best of rounds that go through all of them."""
    best = [float("inf")] * len(problems)
    with ExitStack() as stack:
        crowds = [
            stack.enter_context(
                Crowd(
                    "libroadrunner",
                    problem,
                    reference_of(problem, 4, folder, workers, natural=False).sizes,
                    folder,
                    workers,
                )
            )
            for problem in problems
        ]
        for _ in range(_ROUNDS_OF_PEER):
            for k, crowd in enumerate(crowds):
                effort = crowd.solve(_RELATIVE, people, 0)
                best[k] = min(best[k], effort.processor / effort.people)
    return best


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
