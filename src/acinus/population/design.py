"""Designs: how the uniform numbers behind a population are spread over its people.

`random` takes every person's numbers from streams of their own. `latin_hypercube` puts one of n people into each of n
equal shares of every column, in an order of its own for each column. `sobol` follows a sequence that fills all columns
together evenly. In all of them person k of n can be drawn alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.population.permutation import shuffled
from acinus.population.stream import HIGHEST, uniforms, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["DESIGNS", "spread_uniforms"]

DESIGNS = ("random", "latin_hypercube", "sobol")

_SOBOL_BITS = 32
_BYTES = 256


def spread_uniforms(
    design: str, seed: int, purposes: Sequence[str], n: int, first: int, count: int
) -> dict[str, NDArray[np.float64]]:
    """Return the uniform numbers of the individuals `first` to ``first + count - 1`` of n.

    Parameters
    ----------
    design : str
        One of `DESIGNS`.
    seed : int
        From 0 to 2**64 - 1.
    purposes : sequence of str
        Names of the columns. In a Sobol design the first ones are spread best.
    n, first, count : int
        `n` matters to a Latin hypercube alone, whose shares are 1/n.

    Returns
    -------
    dict from purpose to (count,) array
        Strictly between 0 and 1.
    """
    if design == "latin_hypercube":
        return {name: _latin(seed, name, n, first, count) for name in purposes}
    if design == "sobol":
        points = _sobol_points(len(purposes), first, count)
        return {name: _scrambled(seed, name, points[:, k], first) for k, name in enumerate(purposes)}
    return {name: uniforms(seed, name, count, first=first) for name in purposes}


def _latin(seed: int, purpose: str, n: int, first: int, count: int) -> NDArray[np.float64]:
    shares = shuffled(seed, purpose, n, np.arange(first, first + count, dtype=np.uint64))
    return np.minimum((shares + uniforms(seed, purpose, count, first=first)) / n, HIGHEST)


def _sobol_points(dimensions: int, first: int, count: int) -> NDArray[np.uint64]:
    """Return points of the Sobol sequence as whole numbers of 32 bits: (count, dimensions)."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(max(dimensions, 1), scramble=False, bits=_SOBOL_BITS)
    if first > 0:
        sequence.fast_forward(first)
        points = sequence.random(count)
    else:
        # Asked for the first points at once, SciPy warns unless their number is a power of 2; ours need not be.
        points = (
            np.vstack([sequence.random(1), sequence.random(count - 1)]) if count > 1 else sequence.random(1)
        )
    return (points * 2.0**_SOBOL_BITS).astype(np.uint64)


def _scrambled(seed: int, purpose: str, points: NDArray[np.uint64], first: int) -> NDArray[np.float64]:
    """Scramble one column of Sobol points: a random triangular matrix of bits, then a random shift.

    Both keep the evenness of the sequence. They belong to the seed and the purpose, not to SciPy's generator, so that
    people stay the same when its version changes. Within the last bit a random number fills the cell.
    """
    keys = words(seed, f"{purpose} scrambled", _SOBOL_BITS + 1) >> np.uint64(64 - _SOBOL_BITS)
    images = np.zeros(_SOBOL_BITS, dtype=np.uint64)  # of each bit of a point, the lowest first
    for bit in range(_SOBOL_BITS):
        below = np.uint64(2**bit - 1)
        images[bit] = np.uint64(2**bit) | (keys[bit] & below)
    moved = np.full(points.shape, keys[_SOBOL_BITS])
    for start in range(0, _SOBOL_BITS, 8):
        table = np.zeros(_BYTES, dtype=np.uint64)
        for value in range(1, _BYTES):
            lowest = value & -value
            table[value] = table[value ^ lowest] ^ images[start + lowest.bit_length() - 1]
        moved ^= table[(points >> np.uint64(start)) & np.uint64(_BYTES - 1)]
    within = uniforms(seed, purpose, points.size, first=first)
    return np.minimum((moved + within) * 2.0**-_SOBOL_BITS, HIGHEST)
