"""Shards computed by threads of this process, one whole shard a thread.

The solver leaves Python's lock alone, so while one thread draws people, reads endpoints or compresses, the others solve.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from acinus.runs.work import Computed, Work

__all__ = ["on_threads"]


def on_threads(work: Work, indices: Sequence[int], workers: int) -> Generator[Computed, None, None]:
    """Yield shards as they come; few are in hand at once, so memory does not grow with the run.

    An interruption waits for the shards in hand and gives them up; they are computed again when the run goes on.
    """
    waiting = iter(indices)
    in_hand: set[Future[Computed]] = set()
    # One more than there are threads, so that none is idle while a shard is written.
    most = max(1, workers) + 1
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="shard") as pool:
        try:
            for index in waiting:
                in_hand.add(pool.submit(work.compute, index))
                if len(in_hand) < most:
                    continue
                ready, in_hand = wait(in_hand, return_when=FIRST_COMPLETED)
                for future in ready:
                    yield future.result()
            while in_hand:
                ready, in_hand = wait(in_hand, return_when=FIRST_COMPLETED)
                for future in ready:
                    yield future.result()
        finally:
            for future in in_hand:
                future.cancel()
