"""What a long search has evaluated so far, in a file: enough to go on from there after a crash or an interrupt.

The file holds positions and costs of whole generations. A search that goes on asks its method for the same
generations again and answers from the file, so that it continues bit for bit as if nothing had happened.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.whole_text import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Checkpoint"]


class Checkpoint:
    """Generations by seed.

    Parameters
    ----------
    path : Path
        Read if it is there and its hashes are these; else begun anew with the first generation.
    hashes : mapping of str to str
        Of everything the costs depend on.

    Attributes
    ----------
    path : Path
    resumed : int
        Evaluations that were found in the file.
    """

    def __init__(self, path: Path, hashes: dict[str, str]) -> None:
        self.path = path
        self._hashes = hashes
        self._generations: dict[str, list[tuple[list[list[float]], list[float]]]] = {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["hashes"] == hashes:
                self._generations = {
                    seed: [(g["positions"], g["costs"]) for g in generations]
                    for seed, generations in content["generations"].items()
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # No file, or none that can be used: the search begins anew.
            self._generations = {}
        self.resumed = sum(len(costs) for told in self._generations.values() for _, costs in told)

    def costs(self, seed: int, generation: int, positions: NDArray[np.float64]) -> list[float] | None:
        """Return what was found at these positions, (N, P), in that generation; None if they were not evaluated."""
        told = self._generations.get(str(seed), [])
        if generation >= len(told):
            return None
        known, costs = told[generation]
        if np.shape(known) == positions.shape and np.allclose(known, positions, rtol=0, atol=1e-9):
            return list(costs)
        # Another version of the method asks for something else: what follows is of no use.
        del told[generation:]
        return None

    def keep(self, seed: int, positions: NDArray[np.float64], costs: list[float]) -> None:
        """Add the next generation of a seed and write the file, whole."""
        self._generations.setdefault(str(seed), []).append((positions.tolist(), list(costs)))
        generations = {
            name: [{"positions": known, "costs": found} for known, found in told]
            for name, told in self._generations.items()
        }
        write_whole(self.path, json.dumps({"hashes": self._hashes, "generations": generations}))

    def remove(self) -> None:
        """Remove the file; the result takes its place."""
        self.path.unlink(missing_ok=True)
