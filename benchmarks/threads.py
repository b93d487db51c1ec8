"""What threads and the size of a batch make of the speed of our engine, by the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks import ours
from benchmarks.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.problem import Problem

__all__ = ["measure_batches", "measure_threads"]

_RELATIVE = 1e-5
_TIMES = 3  # the best of some runs: other work on the machine only ever slows one down


def measure_threads(problems: list[Problem], folder: Path, workers: int) -> None:
    """Time one thread and all of them."""
    table = Table(
        f"threads, relative tolerance {_RELATIVE:g}, best of {_TIMES}",
        ("problem", "individuals", "threads", "1/s clock", "times one"),
        folder / "threads.csv",
    )
    for problem in problems:
        one = problem.size / _seconds(problem, 1, problem.size)
        table.add(problem.name, problem.size, 1, one, 1.0)
        many = problem.size / _seconds(problem, workers, problem.size)
        table.add(problem.name, problem.size, workers, many, many / one)


def measure_batches(problem: Problem, sizes: tuple[int, ...], folder: Path, workers: int) -> None:
    """Time batches of some sizes."""
    table = Table(
        f"{problem.name}: size of the batch, relative tolerance {_RELATIVE:g}, {workers} threads, best of {_TIMES}",
        ("problem", "individuals", "1/s clock"),
        folder / "batches.csv",
    )
    for size in sizes:
        table.add(problem.name, size, size / _seconds(problem, workers, size))


def _seconds(problem: Problem, workers: int, people: int) -> float:
    ours.solve(problem, _RELATIVE, workers, 1)
    best = float("inf")
    for _ in range(_TIMES):
        began = time.perf_counter()
        ours.solve(problem, _RELATIVE, workers, people)
        best = min(best, time.perf_counter() - began)
    return best
