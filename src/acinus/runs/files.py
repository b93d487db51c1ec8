"""Files that survive a kill and a power cut: written beside their place, synced, and renamed into it."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PART", "commit", "make_folder", "sync_folder", "unwritable"]

PART = ".part"
"""How the name of an unfinished file ends."""


def commit(path: Path, data: bytes) -> None:
    """Write a file so that its name never stands for anything but all of its bytes.

    Raises
    ------
    RequestError
        AC980 if the disk is full or the folder cannot be written to; what stood there before is untouched.
    """
    unfinished = path.with_name(f".{path.name}{PART}")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it; AC980 if that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(path: Path, error: OSError) -> RequestError:
    """Return the error that a place cannot be written to, with what helps."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return RequestError(
        Diagnostic(
            Code.NOT_WRITABLE,
            f"cannot write {shown(path)}: {error.strerror or error}",
            None,
            "What was finished before is kept.",
            "Make room, then go on: with `acinus runs resume` for a run, else with the same command."
            if full
            else "Make the folder writable, or choose another one with --out.",
        )
    )
