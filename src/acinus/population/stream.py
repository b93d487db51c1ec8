"""Random numbers that belong to a person and a purpose, whoever else is drawn and in whatever order.

The generator is Philox, which computes the k-th number of a stream from k alone. Every purpose (the name of a
column) has its own stream, keyed by the seed and a hash of the purpose; person k takes the k-th number of it.
So person 17 is the same in a draw of 20 or of 20,000, in a shard that starts at 16, with one column or fifty.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HIGHEST", "uniforms", "words"]

_WORDS_PER_COUNTER = 4  # Philox makes four 64-bit words from one value of its counter
_MANTISSA_BITS = 52
HIGHEST = 1.0 - 2.0**-53  # the largest number below 1


def uniforms(seed: int, purpose: str, n: int, *, first: int = 0) -> NDArray[np.float64]:
    """Return one uniform number for each of the individuals `first` to ``first + n - 1``.

    Parameters
    ----------
    seed : int
        From 0 to 2**64 - 1.
    purpose : str
        What the numbers are for; another purpose gives independent numbers.
    n : int
        How many individuals.
    first : int
        The first individual.

    Returns
    -------
    (n,) array, dimensionless
        Strictly between 0 and 1: odd multiples of 2**-53, so that no quantile is infinite.

    Notes
    -----
    Only the raw words of the generator are used. NumPy promises that they never change for Philox, which it
    does not promise for its distributions.

    Examples
    --------
    >>> alone = uniforms(7, "dose", 1, first=17)
    >>> bool(alone[0] == uniforms(7, "dose", 1000)[17])
    True
    """
    steps = (words(seed, purpose, n, first=first) >> np.uint64(64 - _MANTISSA_BITS)).astype(np.float64)
    return (steps + 0.5) * 2.0**-_MANTISSA_BITS


def words(seed: int, purpose: str, n: int, *, first: int = 0) -> NDArray[np.uint64]:
    """Return numbers `first` to ``first + n - 1`` of a stream as the generator makes them: (n,), 64 bits each."""
    digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
    key = np.array([seed, int.from_bytes(digest, "little")], dtype=np.uint64)
    generator = np.random.Philox(key=key)
    skipped, offset = divmod(first, _WORDS_PER_COUNTER)
    generator.advance(skipped)
    return np.asarray(generator.random_raw(offset + n), dtype=np.uint64)[offset:]
