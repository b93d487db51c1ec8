"""A shuffle of n places that can be asked for any one of them, without holding the other n - 1.

A Feistel network with keyed rounds is a permutation of all numbers of an even number of bits, whatever its
rounds compute; numbers of n or more are sent through it again until they fall below n, which keeps it a
permutation of the numbers below n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.population.stream import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["shuffled"]

_ROUNDS = (
    8  # four suffice for a random-looking permutation; twice as many because halves of few bits mix poorly
)


def shuffled(seed: int, purpose: str, n: int, places: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return where a shuffle of n places puts some of them.

    Parameters
    ----------
    seed, purpose
        Key of the shuffle, as in `uniforms`.
    n : int
        Number of places, at most 2**62.
    places : (k,) array
        Each below n.

    Returns
    -------
    (k,) array
        Below n; all different if `places` are.
    """
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    keys = words(seed, f"{purpose} shuffled", 2 * _ROUNDS).reshape(_ROUNDS, 2)
    moved = _feistel(places, half, keys)
    outside = moved >= n
    while outside.any():
        moved[outside] = _feistel(moved[outside], half, keys)
        outside = moved >= n
    return moved


def _feistel(numbers: NDArray[np.uint64], half: int, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    width, low = np.uint64(half), np.uint64(2**half - 1)
    left, right = numbers >> width, numbers & low
    for added, factor in keys:
        mixed = (right + added) * (factor | np.uint64(1))
        mixed ^= mixed >> np.uint64(29)
        mixed *= factor | np.uint64(1)
        left, right = right, left ^ (mixed >> np.uint64(64 - half))
    return (left << width) | right
