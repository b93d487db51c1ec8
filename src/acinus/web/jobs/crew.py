"""The worker processes of a server: begun with the first job, begun again if one dies, ended with the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from acinus.web.jobs.worker import folder_of

if TYPE_CHECKING:
    from acinus.web.jobs.table import JobTable

__all__ = ["Crew"]

_LOOK = 1.0  # seconds between looks at the workers
_SWEEP = 3600.0  # seconds between removals of old results
_DAY = 86400.0


class Crew:
    """Keeps a number of worker processes alive while there are jobs."""

    def __init__(self, table: JobTable, workers: int, keep_days: float) -> None:
        self._table = table
        self._workers = workers
        self._keep = keep_days * _DAY
        self._processes: list[subprocess.Popen[bytes]] = []
        self._needed = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="crew", daemon=True)

    def start(self) -> None:
        """Begin to watch; jobs that a former server left are gone on with."""
        if self._table.open_jobs():
            self._needed.set()
        self._thread.start()

    def call(self) -> None:
        """Say that there is a job."""
        self._needed.set()

    def stop(self) -> None:
        """End the workers; what they work on is gone on with by the next server."""
        self._stopped.set()
        self._needed.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _watch(self) -> None:
        swept = 0.0
        while not self._stopped.is_set():
            if time.monotonic() - swept > _SWEEP or not swept:
                swept = time.monotonic()
                for job in self._table.forget(time.time() - self._keep):
                    shutil.rmtree(folder_of(self._table.folder, job), ignore_errors=True)
            if self._needed.is_set():
                self._processes = [one for one in self._processes if one.poll() is None]
                while len(self._processes) < self._workers:
                    self._processes.append(self._begin())
                self._stopped.wait(_LOOK)
            else:
                self._needed.wait(_LOOK)

    def _begin(self) -> subprocess.Popen[bytes]:
        # Work in the background must not hold up those who move a slider.
        command = [sys.executable, "-m", "acinus.web.jobs.worker", str(self._table.folder)]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            preexec_fn=_yield_to_others,
        )


def _yield_to_others() -> None:
    os.nice(10)
