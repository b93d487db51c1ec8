"""A worker: takes one job after another, and ends with the server that started it.

Run as ``python -m acinus.web.jobs.worker FOLDER``. Whoever works on a job holds a lock that the system takes back when
the process ends, however it ends; a running job whose lock is free was left by one that died, and is gone on with.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.errors import AcinusError
from acinus.runs import Request, resume_run, start_run
from acinus.web.jobs.table import Job, JobTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from acinus.runs import Progressed

__all__ = ["folder_of", "main", "work_once"]

_PAUSE = 0.2  # seconds between looks at the table


class _Cancelled(Exception):
    """The job need not be finished."""


def folder_of(folder: Path, job: str) -> Path:
    """Return the folder of a job; its id is one that the table made, never a text from outside."""
    return folder / "jobs" / job


def work_once(table: JobTable) -> bool:
    """Work on the oldest job that nobody works on; say whether there was one."""
    for job in table.candidates():
        with _held(table.folder, job) as mine:
            if not mine:
                continue
            begun = table.begin(job)
            if begun is not None:
                _work(table, begun)
                return True
    return False


def main() -> None:
    """Work until the server closes our input, which it also does by dying."""
    table = JobTable(Path(sys.argv[1]))
    threading.Thread(target=_end_with_server, daemon=True).start()
    while True:
        if not work_once(table):
            time.sleep(_PAUSE)


def _end_with_server() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


def _work(table: JobTable, job: Job) -> None:
    def tell(words: str, done: int, total: int) -> None:
        if not table.progress(job.id, done, total, words):
            raise _Cancelled

    home = folder_of(table.folder, job.id)
    try:
        if job.kind in ("trial", "map"):
            _conduct(job, home, tell)
        else:
            _run(job, home, tell)
    except _Cancelled:
        table.end(job.id, "cancelled")
        for part in ("run", "result", "result.part", "kept"):
            shutil.rmtree(home / part, ignore_errors=True)
    except AcinusError as error:
        first = error.diagnostics[0]
        table.end(job.id, "failed", _failure(first.code.value, first.what, first.why, first.remedy))
    except Exception as error:
        traceback.print_exc()
        what = f"a fault of acinus: {type(error).__name__}"
        table.end(job.id, "failed", _failure("AC968", what, str(error), "Please report it with the request."))
    else:
        table.end(job.id, "finished")


def _run(job: Job, home: Path, tell: Callable[[str, int, int], None]) -> None:
    """Compute a durable run; one that was begun is gone on with, shard by shard."""

    def through(progressed: Progressed) -> None:
        tell("", progressed.people_done, progressed.people)

    if (home / "run" / "manifest.json").exists():
        resume_run(home / "run", workers=1, tell=through)
    else:
        start_run(Request.model_validate(job.asked["request"]), home / "run", workers=1, tell=through)


def _conduct(job: Job, home: Path, tell: Callable[[str, int, int], None]) -> None:
    """Conduct a trial or make a map, going on from what was kept; its files are there together or not at all."""
    if (home / "result").exists():
        return  # the process ended between the last file and the table
    source, options = job.asked["source"], job.asked["options"]
    part, kept = home / "result.part", home / "kept"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    if job.kind == "trial":
        from acinus.report.trial_files import write_trial
        from acinus.trials import conduct_trial, read_trial

        write_trial(conduct_trial(read_trial(source, **options), progress=tell, kept=kept), part)
    else:
        from acinus.report.trial_files import write_map
        from acinus.trials import make_map, read_map

        write_map(make_map(read_map(source, **options), progress=tell, kept=kept), part)
    part.rename(home / "result")
    shutil.rmtree(kept, ignore_errors=True)


def _failure(code: str, what: str, why: str, remedy: str) -> dict[str, str]:
    return {"code": code, "what": what, "where": "", "why": why, "remedy": remedy}


@contextlib.contextmanager
def _held(folder: Path, job: str) -> Iterator[bool]:
    """Hold the lock of a job, if nobody else does."""
    home = folder_of(folder, job)
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


if __name__ == "__main__":
    main()
