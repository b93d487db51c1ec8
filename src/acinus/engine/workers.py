"""Sharing a batch among processes.

Each worker is a fresh Python that is given the system once and then pieces of the batch over its standard input.
`multiprocessing` is not used: it would run the user's script again in every worker, or copy a process in which
native libraries hold state. A worker that dies takes no one with it: its piece is tried again one by one.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.engine import roadrunner_reference
from acinus.engine.records import Batch, Solution, Status, Tolerances

if TYPE_CHECKING:
    from acinus.system import OdeSystem

__all__ = ["serve", "solve_with_workers"]


class _WorkerLostError(Exception):
    """The process at the other end is gone."""


class _Worker:
    """One process; made again after it was lost."""

    def __init__(self, system: OdeSystem, tolerances: Tolerances) -> None:
        self.setting = (system, tolerances)
        self.process: subprocess.Popen[bytes] | None = None

    def solve(self, batch: Batch) -> Solution:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from acinus.engine.workers import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
            self._send(self.setting)
        self._send(batch)
        answer = self._receive()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _send(self, message: object) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            pickle.dump(message, self.process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self.process.stdin.flush()
        except OSError as error:
            self.close()
            raise _WorkerLostError from error

    def _receive(self) -> Any:
        assert self.process is not None
        assert self.process.stdout is not None
        try:
            return pickle.load(self.process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.close()
            raise _WorkerLostError from error

    def close(self) -> None:
        """End the process; it leaves by itself when its input ends."""
        if self.process is None:
            return
        process, self.process = self.process, None
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def solve_with_workers(system: OdeSystem, batch: Batch, tolerances: Tolerances, workers: int) -> Solution:
    """Integrate a batch in several processes; the answer is that of one process, bit for bit."""
    piece = max(1, min(64, -(-batch.size // (4 * workers))))
    waiting: queue.SimpleQueue[range] = queue.SimpleQueue()
    for first in range(0, batch.size, piece):
        waiting.put(range(first, min(first + piece, batch.size)))
    done: dict[int, Solution] = {}
    errors: list[BaseException] = []

    def work() -> None:
        worker = _Worker(system, tolerances)
        try:
            while not errors:
                try:
                    rows = waiting.get_nowait()
                except queue.Empty:
                    return
                done[rows.start] = _solve_piece(worker, batch, rows)
        except BaseException as error:
            errors.append(error)
        finally:
            worker.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, waiting.qsize()))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return _joined([done[first] for first in sorted(done)])


def _solve_piece(worker: _Worker, batch: Batch, rows: range) -> Solution:
    try:
        return worker.solve(batch.take(rows))
    except _WorkerLostError:
        pass
    if len(rows) > 1:
        return _joined([_solve_piece(worker, batch, range(i, i + 1)) for i in rows])
    return Solution(
        values=np.full((1, batch.times.shape[-1], len(batch.outputs)), np.nan),
        status=(Status.WORKER_LOST,),
        message=("the process ended while it integrated this individual",),
        reached=np.zeros(1),
        steps=np.full(1, -1, dtype=np.int64),
    )


def _joined(parts: list[Solution]) -> Solution:
    return Solution(
        values=np.concatenate([part.values for part in parts]),
        status=tuple(status for part in parts for status in part.status),
        message=tuple(message for part in parts for message in part.message),
        reached=np.concatenate([part.reached for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
    )


def serve() -> None:
    """Answer pieces of a batch from standard input until it ends; what a worker process runs."""
    import signal

    # An interrupt from the keyboard reaches the whole group; the parent decides and closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a native library prints must not mix with the answers
    questions = sys.stdin.buffer
    try:
        system, tolerances = pickle.load(questions)
        while True:
            batch = pickle.load(questions)
            try:
                answer: object = roadrunner_reference.solve(system, batch, tolerances)
            except Exception as error:
                answer = error
            pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except EOFError:
        return
