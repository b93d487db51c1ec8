"""What every peer offers: one individual integrated at one tolerance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["Peer", "PeerFailed"]


class PeerFailed(Exception):
    """The tool did not reach the end; carries what it said."""


class Peer(ABC):
    """One tool with one model loaded, in one process.

    Attributes
    ----------
    name : str
        The tool and what it solves with.
    absolute : str
        How the absolute tolerance follows from the relative one, for the reader of the table.
    """

    name: str
    absolute: str

    @staticmethod  # noqa: B027 (most tools have nothing to prepare)
    def prepare(problem: Problem, folder: Path) -> None:
        """Do once, before any process loads the model, what leaves its result in a folder; usually nothing."""

    @abstractmethod
    def __init__(self, problem: Problem, sizes: NDArray[np.float64], folder: Path) -> None:
        """Load the model; `sizes` is the (S,) typical largest value of each recorded state."""

    @abstractmethod
    def solve(self, individual: int, relative: float) -> NDArray[np.float64]:
        """Return the (T, S) recorded states of an individual of the problem.

        Raises
        ------
        PeerFailed
            If the tool did not reach the end.
        """
