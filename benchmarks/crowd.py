"""A peer on both cores: processes that each load the model and take individuals from one queue."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from acinus.verification.memory_limit import limit_memory
from benchmarks.peer import PeerFailed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["Crowd", "Effort", "PeerAbsent"]


class PeerAbsent(Exception):
    """The tool cannot be used here, or not with this model; carries the reason."""


@dataclass(frozen=True, eq=False)
class Effort:
    """What some individuals cost at one tolerance.

    Attributes
    ----------
    values : (M, T, S) array
        Of the first individuals, NaN for those that failed.
    people, failed : int
    wall, processor : float, s
        By the clock from the first start to the last end; of all processes together.
    """

    values: NDArray[np.float64]
    people: int
    failed: int
    wall: float
    processor: float


class Crowd:
    """Processes that have loaded one problem in one tool. A context manager; leaving it ends them."""

    def __init__(
        self, tool: str, problem: Problem, sizes: NDArray[np.float64], folder: Path, processes: int
    ) -> None:
        began = time.perf_counter()
        try:
            importlib.import_module(f"benchmarks.{tool}_peer").ToolPeer.prepare(problem, folder)
        except (ImportError, PeerFailed) as error:
            raise PeerAbsent(str(error)) from error
        prepared = time.perf_counter() - began
        context = multiprocessing.get_context("spawn")
        self._next = context.Value("q", 0)
        self._pipes, self._processes = [], []
        for _ in range(processes):
            here, there = context.Pipe()
            process = context.Process(
                target=_work, args=(tool, problem, sizes, folder, self._next, there), daemon=True
            )
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        self._size = problem.size
        # All answers are awaited before any of them is judged.
        answers = [self._answer(pipe) for pipe in self._pipes]
        first = self._sound(answers[0])
        self.name, self.absolute, self.importing, loading = first
        self.loading = prepared + loading
        for answer in answers[1:]:
            self._sound(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(5.0)
            if process.is_alive():
                process.terminate()
                process.join()

    def solve(self, relative: float, people: int, kept: int) -> Effort:
        """Integrate the first individuals; keep the values of the very first."""
        people = min(people, self._size)
        self._next.value = 0
        for pipe in self._pipes:
            pipe.send((relative, people, kept))
        answers = [self._sound(self._answer(pipe)) for pipe in self._pipes]
        values: dict[int, NDArray[np.float64]] = {}
        for found, *_ in answers:
            values |= found
        return Effort(
            np.array([values[k] for k in sorted(values)]),
            people,
            sum(answer[1] for answer in answers),
            max(answer[3] for answer in answers) - min(answer[2] for answer in answers),
            sum(answer[4] for answer in answers),
        )

    @staticmethod
    def _answer(pipe: Any) -> Any:
        try:
            return pipe.recv()
        except EOFError:
            return PeerAbsent("its process ended unexpectedly")

    @staticmethod
    def _sound(answer: Any) -> Any:
        if isinstance(answer, PeerAbsent):
            raise answer
        return answer


def _work(
    tool: str, problem: Problem, sizes: NDArray[np.float64], folder: Path, queue: Any, pipe: Any
) -> None:
    """Load, then integrate whenever asked, until the other end of the pipe is closed."""
    limit_memory()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        began = time.perf_counter()
        kind = importlib.import_module(f"benchmarks.{tool}_peer").ToolPeer
        imported = time.perf_counter()
        peer = kind(problem, sizes, folder)
        peer.solve(0, 1e-6)
        loaded = time.perf_counter()
    except Exception as error:  # whatever keeps a tool from running is its line of the table
        pipe.send(PeerAbsent(f"{type(error).__name__}: {error}"))
        return
    pipe.send((peer.name, peer.absolute, imported - began, loaded - imported))
    while True:
        try:
            relative, people, kept = pipe.recv()
        except EOFError:
            return
        pipe.send(_share(peer, problem, relative, people, kept, queue))


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: killed, it cannot close the pipe."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _share(
    peer: Any, problem: Problem, relative: float, people: int, kept: int, queue: Any
) -> tuple[Any, ...]:
    found: dict[int, NDArray[np.float64]] = {}
    failed = 0
    began, used = time.monotonic(), time.process_time()
    while True:
        with queue.get_lock():
            individual = queue.value
            queue.value += 1
        if individual >= people:
            break
        try:
            values = peer.solve(individual, relative)
        except PeerFailed:
            values = np.full((len(problem.times), len(problem.states)), np.nan)
        failed += not np.isfinite(values).all()
        found[individual] = values
    used, ended = time.process_time() - used, time.monotonic()
    return {k: values for k, values in found.items() if k < kept}, failed, began, ended, used
