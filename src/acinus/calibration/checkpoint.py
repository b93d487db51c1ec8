"""What a long search has evaluated so far, in a file: enough to go on from there after a crash or an interrupt.

The file holds positions and what was found there: costs of whole generations, or rows of residuals. A search that
goes on asks its method for the same positions again and answers from the file, so that it continues bit for bit as
if nothing had happened.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.calibration.whole_text import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Checkpoint", "Rows"]


class _Kept:
    """What was evaluated, in a file beside the hashes of everything it depends on.

    Parameters
    ----------
    path : Path
        Read if it is there and its hashes are these; else begun anew.
    hashes : mapping of str to str

    Attributes
    ----------
    path : Path
    resumed : int
        Evaluations that were found in the file.
    """

    resumed = 0

    def __init__(self, path: Path, hashes: dict[str, str]) -> None:
        self.path = path
        self._hashes = hashes

    def remove(self) -> None:
        """Remove the file; the result takes its place."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        """Return what the file holds; nothing if there is none, if it is of something else, or damaged."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return content if content["hashes"] == self._hashes else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write(self, **content: Any) -> None:
        write_whole(self.path, json.dumps({"hashes": self._hashes, **content}))


class Rows(_Kept):
    """Residuals and metrics by position, as least squares asks for them."""

    def __init__(self, path: Path, hashes: dict[str, str]) -> None:
        super().__init__(path, hashes)
        try:
            told = [
                (np.array(position, dtype=np.float64), np.array(rows, dtype=np.float64))
                for position, rows in self._read().get("rows", [])
            ]
        except (ValueError, TypeError, AttributeError):
            told = []
        self._rows = {position.tobytes(): (position, rows) for position, rows in told}
        self.resumed = len(self._rows)

    def find(self, position: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return the (2, M) rows found at exactly this position, (P,); None if it was not evaluated."""
        known = self._rows.get(position.tobytes())
        return None if known is None else known[1]

    def keep(self, positions: list[NDArray[np.float64]], rows: list[NDArray[np.float64]]) -> None:
        """Add what was found at some positions and write the file, whole."""
        for position, found in zip(positions, rows, strict=True):
            self._rows[position.tobytes()] = (position, found)
        told = [[position.tolist(), found.tolist()] for position, found in self._rows.values()]
        self._write(rows=told)


class Checkpoint(_Kept):
    """Costs of whole generations, by seed."""

    def __init__(self, path: Path, hashes: dict[str, str]) -> None:
        super().__init__(path, hashes)
        self._generations: dict[str, list[tuple[list[list[float]], list[float]]]] = {}
        try:
            self._generations = {
                seed: [(g["positions"], g["costs"]) for g in generations]
                for seed, generations in self._read().get("generations", {}).items()
            }
        except (KeyError, TypeError, AttributeError):
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
        self._write(generations=generations)
