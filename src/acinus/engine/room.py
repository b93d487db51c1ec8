"""Room in memory for code that a program with an LLVM of its own loads.

Code reaches its constants over at most 2 GB. LLVM's older linker asks the system for each section by itself, and Linux
gives the highest gap that is large enough: where large arrays have left but small gaps, sections that belong together
can lie further apart, and the process ends. Our own code is linked otherwise (`engine.compiled.loaded_code`).
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["room_together"]

_NO_RESERVE = 0x4000
_MOST_GAPS = 5000


@contextmanager
def room_together(size: int) -> Iterator[None]:
    """Make the next mappings of this process, `size` bytes in all, lie in one gap, as far as that can be had.

    The gap is found, every gap above it is filled with pages that nobody touches, and it is left free for as long as the
    context lasts; memory that another thread takes or frees meanwhile may still upset the plan. Only Linux is known to fill
    gaps from above; elsewhere nothing is done.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    low, filled = _map(size), list[tuple[int, int]]()
    if low is None:
        yield
        return
    block = size
    while len(filled) < _MOST_GAPS:
        at = _map(block)
        if at is None:
            break
        if at > low:
            filled.append((at, block))
        else:
            _unmap(at, block)
            if block == mmap.PAGESIZE:
                break
            block = max(block // 4 // mmap.PAGESIZE, 1) * mmap.PAGESIZE
    _unmap(low, size)
    try:
        yield
    finally:
        for at, length in filled:
            _unmap(at, length)


def _map(size: int) -> int | None:
    """Return where the system puts pages that are neither read nor written, None where it has no room."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
    at = _C.mmap(None, size, 0, flags, -1, 0)
    return None if at in (None, ctypes.c_void_p(-1).value) else at


def _unmap(at: int, size: int) -> None:
    _C.munmap(at, size)


if sys.platform.startswith("linux"):
    _C = ctypes.CDLL(None)
    _C.mmap.restype = ctypes.c_void_p
    _C.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    _C.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
