"""Address space as large arrays may leave it: one small hole high up, and all other room far below."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

_SIZE, _NO_RESERVE = 8 << 30, 0x4000


def scatter(pages: int) -> None:
    """Leave a hole of so many pages, and nothing else for 8 GB below it. Pages that nobody touches cost nothing."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

    def room(size: int) -> int:
        at = libc.mmap(None, size, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE, -1, 0)
        assert at != ctypes.c_void_p(-1).value, "the system gives no more address space"
        return at

    low = room(_SIZE)
    for size in (1 << 26, 1 << 20, 1 << 16, 1 << 14, 1 << 12):
        at = room(size)
        while at > low:
            at = room(size)
        libc.munmap(at, size)
    hole = pages * mmap.PAGESIZE
    libc.munmap(low + _SIZE - hole, hole)


def run_in_a_process(script: str, argument: int, cache: Path) -> None:
    """Run a script that may import `scattered`, with an empty cache; fail with what it printed if it does."""
    places = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", script, str(argument)],
        env=os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
