"""Which endpoints say nothing of a run, because nothing that they read moved: a nomogram without acetaminophen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from acinus.endpoints import Endpoint
    from acinus.simulation import Trajectories

__all__ = ["is_still", "moves", "starts"]

# A change of less than a thousandth of the largest value is none that a reader would want to see.
_STILL = 1e-3


def is_still(endpoint: Endpoint, runs: Sequence[Trajectories]) -> bool:
    """Return whether no curve that an endpoint reads moves or differs between runs, and nothing it counts was given."""
    return not any(_moved(name, runs) for name in set(_names(endpoint)))


def moves(curves: np.ndarray) -> bool:
    """Return whether any of (B, T) curves moves, as far as it is known."""
    known = np.where(np.isfinite(curves), curves, curves[:, :1])
    spread = known.max(axis=1) - known.min(axis=1)
    return bool((spread > _STILL * np.abs(known).max(axis=1)).any())


def _names(endpoint: Endpoint) -> Iterator[str]:
    """Yield the ids and substances that an endpoint and its parts read."""
    for key in ("of", "substance"):
        node = endpoint.settings.get(key)
        if node is not None:
            written = node.plain()
            yield from map(str, written if isinstance(written, list) else [written])
    for part in endpoint.parts:
        yield from _names(part)


def _moved(name: str, runs: Sequence[Trajectories]) -> bool:
    first = runs[0]
    if name in first.model.substances:
        return any(bool((run.dosed(name) > 0).any()) for run in runs)
    ids = [name] if name in first else [k for k, symbol in first.symbols.items() if symbol.local == name]
    return any(moves(run[key]) for key in ids for run in runs if key in run) or any(
        moves(starts([run[key] for run in runs])) for key in ids if all(key in run for run in runs)
    )


def starts(curves: Sequence[np.ndarray]) -> np.ndarray:
    """Return the (1, R) first values of the first individual of R runs: a curve along the runs."""
    return np.array([[each[0, 0] for each in curves]])
