"""Memory of results that nobody holds any more, kept for those of the next batch.

New memory costs more than the arithmetic that fills it where a machine is slow to find it: the system must set every
page to zero, and a virtual machine must first get it from its host. Batch after batch of a population needs the same
amount, so what one leaves behind serves the next, also where models of different sizes take turns. What is kept is at
most a third more than the largest result so far.
"""

from __future__ import annotations

import math
import os
import weakref
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["results_of"]

_LEAST = 2**20  # bytes; what is smaller comes from memory the process has anyway
_SHARE = 1 / 8  # of the machine's memory: the most that is kept while nobody uses it
_SLACK = 4  # a result does not take memory of more than so many times its size

# Blocks that were given back, none of which another could stand in for. A list, whose single changes are atomic:
# collection may begin in any thread.
_spare: list[NDArray[np.float64]] = []


class _Held:
    """A block as long as any array shows it; numpy keeps this alive from the first array to the last view."""

    def __init__(self, block: NDArray[np.float64], shape: tuple[int, ...]) -> None:
        self.__array_interface__ = {
            "version": 3,
            "typestr": block.dtype.str,
            "shape": shape,
            "data": (block.ctypes.data, False),
        }
        weakref.finalize(self, _give_back, block).atexit = False


def results_of(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return an array of any numbers, to be filled; its memory may have held an earlier result."""
    count = math.prod(shape)
    if 8 * count < _LEAST:
        return np.empty(shape)
    return np.asarray(_Held(_block(count), shape))


def _block(count: int) -> NDArray[np.float64]:
    spare = _take_all()
    for block in reversed(spare):
        if count <= block.size <= _SLACK * count:
            _spare.extend(other for other in spare if other is not block)
            return block
    # What the new block will stand in for is gone before it is there, so that both are never there at once.
    _spare.extend(block for block in spare if not block.size < count <= _SLACK * block.size)
    del spare
    return np.empty(count)


def _give_back(block: NDArray[np.float64]) -> None:
    if block.nbytes > _SHARE * _memory():
        return
    kept: list[NDArray[np.float64]] = []
    for one in sorted([*_take_all(), block], key=lambda block: block.size, reverse=True):
        if not kept or kept[-1].size > _SLACK * one.size:
            kept.append(one)
    _spare.extend(kept)


def _take_all() -> list[NDArray[np.float64]]:
    """Take all spare blocks, the largest first; meanwhile nobody else finds one."""
    taken: list[NDArray[np.float64]] = []
    while True:
        try:
            taken.append(_spare.pop())
        except IndexError:
            return sorted(taken, key=lambda block: block.size, reverse=True)


def _memory() -> int:
    """Return the bytes of the machine's memory, or 8 GB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 8_000_000_000
