"""Calls made in a process of their own, so that a crash, a hang, endless output or hunger of native code stays there.

Each process is a fresh Python that reads calls from its standard input and answers on its standard output; what
native libraries print goes nowhere. `multiprocessing` is not used: it would run the user's script again.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acinus.verification.memory_limit import limit_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Lost", "Process", "in_processes", "serve"]


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no answer; `why` says what happened to the process."""

    why: str


class Process:
    """One process; started at the first call, and again after it was lost."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, function: str, arguments: tuple[Any, ...], limit: float) -> Any:
        """Return what a function returns, or `Lost`.

        Parameters
        ----------
        function : str
            Module and name, as in ``package.module:name``.
        arguments : tuple
            What can be pickled.
        limit : float, s
            The process is ended when it takes longer.
        """
        process = self._started()
        expired = threading.Event()

        def end() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(limit, end)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump((function, arguments), process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.close()
            return Lost(f"no answer in {limit:g} s" if expired.is_set() else _ending(process.returncode))
        finally:
            timer.cancel()
        if expired.is_set():
            self.close()  # the answer came just in time, but the process is gone
        return answer

    def kill(self) -> None:
        """End the process at once, whatever it does; a call that waits for it gets `Lost`."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        process, self._process = self._process, None
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from acinus.verification.isolation import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        return self._process


def in_processes(
    function: str, calls: Iterable[tuple[Any, ...]], workers: int, limit: float
) -> Iterator[tuple[int, Any]]:
    """Yield the place of each call and its answer, as they come.

    Parameters
    ----------
    function, limit
        As in `Process.call`.
    calls : iterable of tuple
        Arguments.
    workers : int
        Processes.
    """
    waiting: queue.SimpleQueue[tuple[int, tuple[Any, ...]]] = queue.SimpleQueue()
    count = 0
    for count, arguments in enumerate(calls, start=1):
        waiting.put((count - 1, arguments))
    answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    given_up = threading.Event()
    processes = [Process() for _ in range(max(1, min(workers, count)))]

    def work(process: Process) -> None:
        try:
            while not given_up.is_set():
                try:
                    place, arguments = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    answers.put((place, process.call(function, arguments, limit)))
                except Exception as error:  # such as a process that cannot be started
                    answers.put((place, error))
        finally:
            process.close()

    threads = [threading.Thread(target=work, args=(process,), daemon=True) for process in processes]
    for thread in threads:
        thread.start()
    try:
        for _ in range(count):
            yield _checked(*answers.get())
    except BaseException:
        given_up.set()
        for process in processes:
            process.kill()
        raise
    finally:
        for thread in threads:
            thread.join()


def _checked(place: int, answer: Any) -> tuple[int, Any]:
    if isinstance(answer, Exception):
        raise answer
    return place, answer


def serve() -> None:
    """Answer calls from standard input until it ends; what the process runs."""
    # An interrupt from the keyboard reaches the whole group; the parent decides and closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a native library prints must not mix with the answers
    with contextlib.suppress(EOFError):
        while True:
            name, arguments = pickle.load(sys.stdin.buffer)
            try:
                answer: Any = _resolve(name)(*arguments)
            except Exception as error:
                answer = Lost(f"{type(error).__name__}: {error}")
            pickle.dump(answer, answers)
            answers.flush()


def _resolve(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _ending(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        try:
            return f"the process ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"the process ended by signal {-code}"
    return f"the process ended with exit code {code}"
