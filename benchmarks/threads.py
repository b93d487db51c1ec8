"""What threads and the size of a batch make of the speed of our engine, by the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks import ours
from benchmarks.registers import Registers
from benchmarks.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.problem import Problem

__all__ = ["best_in_turn", "measure_batches", "measure_threads"]

_RELATIVE = 1e-5
_ROUNDS = 5  # the best of some: other work on the machine only ever slows one down


def measure_threads(problems: list[Problem], folder: Path, workers: int) -> None:
    """Time one thread and all of them, in turn, and in the same rounds what the machine has for so many processes."""
    table = Table(
        f"threads, relative tolerance {_RELATIVE:g}, best of {_ROUNDS} rounds in each of which all are timed",
        ("problem", "individuals", "threads", "1/s clock", "times one"),
        folder / "threads.csv",
    )
    with Registers(workers) as registers:
        for problem in problems:
            for count in (1, workers):
                ours.solve(problem, _RELATIVE, count, 1)
            one, many, alone, together = best_in_turn(
                [
                    lambda problem=problem: _solve(problem, 1),
                    lambda problem=problem: _solve(problem, workers),
                    lambda: registers.work(1),
                    lambda: registers.work(workers),
                ]
            )
            table.add(problem.name, problem.size, 1, problem.size / one, 1.0)
            table.add(problem.name, problem.size, workers, problem.size / many, one / many)
            table.add(
                f"machine: {workers} processes of register arithmetic",
                "",
                workers,
                "",
                workers * alone / together,
            )


def measure_batches(problem: Problem, sizes: tuple[int, ...], folder: Path, workers: int) -> None:
    """Time batches of some sizes."""
    table = Table(
        f"{problem.name}: size of the batch, relative tolerance {_RELATIVE:g}, {workers} threads, best of {_ROUNDS}",
        ("problem", "individuals", "1/s clock"),
        folder / "batches.csv",
    )
    ours.solve(problem, _RELATIVE, workers, 1)
    best = best_in_turn([lambda size=size: _solve(problem, workers, size) for size in sizes])
    for size, seconds in zip(sizes, best, strict=True):
        table.add(problem.name, size, size / seconds)


def best_in_turn(
    works: Sequence[Callable[[], object]],
    clock: Callable[[], float] = time.perf_counter,
    rounds: int = _ROUNDS,
) -> list[float]:
    """Return the least seconds of each of some works, done one after the other in several rounds.

    What else the machine does comes and goes in seconds. Works that are compared must see the same of it.
    """
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for k, work in enumerate(works):
            began = clock()
            work()
            best[k] = min(best[k], clock() - began)
    return best


def _solve(problem: Problem, workers: int, people: int | None = None) -> None:
    ours.solve(problem, _RELATIVE, workers, people)
