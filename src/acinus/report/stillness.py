"""Which endpoints say nothing of a run, because nothing that they read moved: a nomogram without acetaminophen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from acinus.endpoints import Endpoint
    from acinus.simulation import Trajectories

__all__ = ["is_still", "moves"]

# A change of less than a thousandth of the largest value is none that a reader would want to see.
_STILL = 1e-3


def is_still(endpoint: Endpoint, runs: Sequence[Trajectories]) -> bool:
    """Return whether no curve that an endpoint reads moves in any run, and nothing that it counts was given."""
    return not any(_moved(name, run) for name in set(_names(endpoint)) for run in runs)


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


def _moved(name: str, run: Trajectories) -> bool:
    if name in run.model.substances:
        return bool((run.dosed(name) > 0).any())
    if name in run:
        return moves(run[name])
    return any(moves(run[key]) for key, symbol in run.symbols.items() if symbol.local == name)
