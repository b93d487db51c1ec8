"""One search from one start or seed: where it ended, how good that is, and why it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Attempt", "Progress"]

# Called with (evaluations done, evaluations at most, words).
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Attempt:
    """A search that has ended.

    Attributes
    ----------
    position : (P,) array or None
        The best one; None where nothing could be predicted.
    cost : float
        Half the sum of squared residuals of data and priors there.
    message : str
        Why the search ended.
    """

    position: NDArray[np.float64] | None
    cost: float
    message: str
