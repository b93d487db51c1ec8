"""Running the code with sensitivities over a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled.integration import RawSolution, aligned, integrate
from acinus.engine.compiled.tangent_layout import TANGENT_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.engine.compiled.tangent_machine import TangentMachine
    from acinus.engine.records import Batch, Tolerances

__all__ = ["integrate_tangents"]


def integrate_tangents(
    machine: TangentMachine,
    batch: Batch,
    chosen: NDArray[np.int64],
    tolerances: Tolerances,
    workers: int = 1,
    first_factor: float = 1.0,
) -> tuple[RawSolution, NDArray[np.float64]]:
    """Run the code over a batch; also return the (B, T, K, M) derivatives, NaN where not reached."""
    lanes, outputs = machine.target.lanes, [int(k) for k in batch.outputs]
    within, now, sample_size = machine.tangent_samples(outputs)
    chosen = np.ascontiguousarray(chosen, dtype=np.int64)
    derivatives = np.full((batch.size, batch.times.shape[-1], len(outputs), len(chosen)), np.nan)

    def words_of_thread() -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
        blocks = aligned(max(1, len(chosen)) * machine.block * lanes, 8 * lanes)
        buffer = aligned(max(1, len(outputs)) * lanes, 8 * lanes)
        words = {
            "count": len(chosen),
            "chosen": chosen.ctypes.data,
            "blocks": blocks.ctypes.data,
            "derivatives": derivatives.ctypes.data,
            "buffer": buffer.ctypes.data,
            "sample_within": within,
            "sample_now": now,
        }
        return np.array([words[name] for name in TANGENT_WORDS], dtype=np.int64), [blocks, buffer]

    raw = integrate(
        machine,
        batch,
        tolerances,
        workers,
        first_factor,
        words_of_thread=words_of_thread,
        least_memory=sample_size,
    )
    return raw, derivatives
