"""One writer a folder: a lock that the system takes back when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, Place, RequestError
from acinus.runs.files import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_locked", "locked"]

_TRIES, _PAUSE = 5, 0.02  # seconds


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a run's folder.

    Raises
    ------
    RequestError
        AC954 if another process holds it; the message says which. AC980 if the folder cannot be written to.
    """
    path = folder / "lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        if not _taken(handle):
            raise RequestError(
                Diagnostic(
                    Code.RUN_LOCKED,
                    f"another process is working on this run{_holder(handle)}",
                    Place(shown(folder)),
                    "Two writers could get in each other's way.",
                    "Wait for it, or end it. `acinus runs progress` shows how far it is.",
                )
            )
        _sign(handle, path)
        yield
    finally:
        os.close(handle)


def is_locked(folder: Path) -> bool:
    """Say whether a process holds the lock of a folder, without taking it from anyone who wants it."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        # A shared lock is refused while someone writes, and held no longer than this line.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _taken(handle: int) -> bool:
    """Take the lock; tried for a moment, because `is_locked` may hold it for an instant."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


def _sign(handle: int, path: Path) -> None:
    """Write into the lock who holds it, for the message that the next one reads."""
    about = {
        "process": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(about).encode(), 0)
    except OSError as error:
        raise unwritable(path, error) from error


def _holder(handle: int) -> str:
    try:
        about = json.loads(os.pread(handle, 4096, 0))
        return f": process {about['process']} on {about['host']}, since {about['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # it has the lock and has not signed yet
