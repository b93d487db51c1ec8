"""Running the code over a batch: arrays laid out for it, threads that share one queue."""

from __future__ import annotations

import ctypes
import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled.calling import ARGUMENTS, LANE_FIELDS
from acinus.engine.compiled.spare_memory import results_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from acinus.engine.compiled.machine import Machine
    from acinus.engine.records import Batch, Change, Tolerances

__all__ = ["RawSolution", "aligned", "integrate"]


@dataclass(frozen=True, eq=False)
class RawSolution:
    """What the code itself returns: as `Solution`, with numbers for the ways to end.

    Attributes
    ----------
    values : (B, T, K) array
    ends : (B,) array of int
        Places in `ENDS`.
    reached : (B,) array
    gaps : (B,) array of bool
        Whether a recorded value is not finite; what an individual that failed did not reach does not count.
    steps, rejections : (B,) arrays of int
    dump : (B, slots) array
        Working memory of each individual's lane when it failed, if asked for; else one row, of the last failure.
    """

    values: NDArray[np.float64]
    ends: NDArray[np.int64]
    reached: NDArray[np.float64]
    gaps: NDArray[np.bool_]
    steps: NDArray[np.int64]
    rejections: NDArray[np.int64]
    dump: NDArray[np.float64]


def integrate(
    machine: Machine,
    batch: Batch,
    tolerances: Tolerances,
    workers: int = 1,
    first_factor: float = 1.0,
    *,
    words_of_thread: Callable[[], tuple[NDArray[np.int64], list[NDArray[np.float64]]]] | None = None,
    least_memory: int = 0,
    keep_memory: bool = False,
) -> RawSolution:
    """Run the code over a batch with as many threads as asked for; `keep_memory` of every failure.

    `words_of_thread` gives each thread what only a richer loop reads, behind the argument ``tangents``, with the
    memory that must live as long; such a loop may need at least so many vectors of working memory.
    """
    program, lanes = machine.program, machine.target.lanes
    size, times = batch.size, np.ascontiguousarray(batch.times, dtype=np.float64)
    count = times.shape[-1]
    outputs = [int(k) for k in batch.outputs]
    within, now, sample_size = machine.samples(outputs)
    parameters = np.ascontiguousarray(batch.parameters, dtype=np.float64)
    changes = _flat_changes(batch.changes)
    species = np.array([slot for slot, _ in program.species_slot], dtype=np.int64)
    values = results_of((size, count, len(outputs)))  # the code fills all of it, in both threads
    ends, steps, rejections, gaps = (np.zeros(size, dtype=np.int64) for _ in range(4))
    reached = np.zeros(size)
    queue, stop = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    dump = np.zeros((size if keep_memory else 1, machine.size))
    common = {
        "queue": queue.ctypes.data,
        "count": size,
        "parameters": parameters.ctypes.data,
        **{name: array.ctypes.data for name, array in changes.items()},
        "times": times.ctypes.data,
        "time_stride": count if times.ndim == 2 else 0,
        "time_count": count,
        "values": values.ctypes.data,
        "output_count": len(outputs),
        "ends": ends.ctypes.data,
        "reached": reached.ctypes.data,
        "gaps": gaps.ctypes.data,
        "steps": steps.ctypes.data,
        "rejections": rejections.ctypes.data,
        "max_steps": tolerances.max_steps,
        "stop_request": stop.ctypes.data,
        "sample_within": within,
        "sample_now": now,
        "dump": dump.ctypes.data,
        "dump_stride": machine.size if keep_memory else 0,
        "slot_of_species": species.ctypes.data,
    }
    run = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(machine.run)

    def work() -> None:
        memory = aligned(max(machine.size, sample_size, least_memory) * lanes, 8 * lanes)
        buffer = aligned(max(1, len(outputs)) * lanes, 8 * lanes)
        fields = np.zeros((len(LANE_FIELDS) + len(program.barriers)) * lanes, dtype=np.int64)
        for name, value in (
            ("relative", tolerances.relative),
            ("absolute", tolerances.absolute),
            ("first_factor", first_factor),
            ("stop", math.inf),
            ("horizon", machine.horizon),
        ):
            start = machine.places[name] * lanes
            memory[start : start + lanes] = value
        if machine.sizes["mass"]:
            start = machine.places["mass"] * lanes
            memory[start : start + len(program.mass) * lanes] = np.repeat(
                np.array(program.mass, float), lanes
            )
        further, _alive = (np.zeros(1, dtype=np.int64), []) if words_of_thread is None else words_of_thread()
        words = {**common, "output_buffer": buffer.ctypes.data, "tangents": further.ctypes.data}
        arguments = np.array([words[name] for name in ARGUMENTS], dtype=np.int64)
        run(arguments.ctypes.data, memory.ctypes.data, fields.ctypes.data)

    _in_threads(work, max(1, min(workers, -(-size // lanes))), stop)
    return RawSolution(values, ends, reached, gaps.astype(bool), steps, rejections, dump)


def _in_threads(work: Callable[[], None], count: int, stop: NDArray[np.int64]) -> None:
    """Run the same work in some threads; this one only waits, so that the user can interrupt it."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
            stop[0] = 1

    threads = [threading.Thread(target=guarded, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        stop[0] = 1  # the threads leave at their next step, before the arrays they write to are gone
        for thread in threads:
            thread.join()
        raise
    if errors:
        raise errors[0]


def _flat_changes(changes: tuple[tuple[Change, ...], ...]) -> dict[str, NDArray[np.generic]]:
    """Return all changes one after the other, with the place where each individual's begin."""
    start = np.zeros(len(changes) + 1, dtype=np.int64)
    np.cumsum([len(own) for own in changes], out=start[1:])
    flat = [change for own in changes for change in own]
    return {
        "change_start": start,
        "change_time": np.array([c.time for c in flat], dtype=np.float64),
        "change_kind": np.array([c.kind == "set" for c in flat], dtype=np.int64),
        "change_index": np.array([c.index for c in flat], dtype=np.int64),
        "change_value": np.array([c.value for c in flat], dtype=np.float64),
    }


def aligned(count: int, alignment: int) -> NDArray[np.float64]:
    """Return `count` zeros that begin at a multiple of `alignment` bytes."""
    raw = np.zeros(count + alignment // 8)
    offset = (-raw.ctypes.data % alignment) // 8
    return raw[offset : offset + count]
