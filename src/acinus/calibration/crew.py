"""A crew: worker processes that each hold the objective and evaluate it where they are told.

Each worker is a fresh Python that is sent the problem once and then positions, over its standard input. The
residuals of a position do not depend on who evaluates it, nor on how many workers there are.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from acinus.calibration.objective import Objective

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from acinus.calibration.problem import Problem

__all__ = ["Crew", "serve"]


class _Worker:
    def __init__(self, problem: Problem) -> None:
        # Not `multiprocessing`: it would run the user's script again in every worker.
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from acinus.calibration.crew import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self._send(problem)

    def _send(self, message: object) -> None:
        assert self.process.stdin is not None
        pickle.dump(message, self.process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        self.process.stdin.flush()

    def evaluate(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        assert self.process.stdout is not None
        self._send(position)
        answer: Any = pickle.load(self.process.stdout)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Crew:
    """Evaluates many positions; with one worker, in this process.

    Parameters
    ----------
    objective : Objective
    workers : int

    Attributes
    ----------
    size : int
        Positions evaluated at a time.
    """

    def __init__(self, objective: Objective, workers: int) -> None:
        self.objective = objective
        self.size = max(1, workers)
        self._workers = [_Worker(objective.problem) for _ in range(workers)] if workers > 1 else []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.close()

    def evaluate(self, positions: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Return residuals and metrics of the data at each position, in order: [(P,)] -> [(2, M)]."""
        if not self._workers:
            return [self.objective.data_rows(position) for position in positions]
        free: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            free.put(worker)

        def work(position: NDArray[np.float64]) -> NDArray[np.float64]:
            worker = free.get()
            try:
                return worker.evaluate(position)
            finally:
                free.put(worker)

        with ThreadPoolExecutor(len(self._workers)) as threads:
            return list(threads.map(work, positions))


def serve() -> None:
    """Answer positions from standard input with residuals and metrics until it ends; what a worker process runs."""
    import signal

    # An interrupt from the keyboard reaches the whole group; the parent decides and closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a native library prints must not mix with the answers
    questions = sys.stdin.buffer
    objective: Objective | None = None
    problem: Problem = pickle.load(questions)
    while True:
        try:
            position = pickle.load(questions)
        except EOFError:
            return
        try:
            objective = objective or Objective(problem)
            answer: object = objective.data_rows(np.asarray(position))
        except Exception as error:  # told to the parent, which raises it
            answer = error
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()
