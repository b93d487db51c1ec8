"""Shards computed by the workers of a Dask cluster; this process alone writes.

Workers return the bytes of a shard. They need no folder that all machines see, and one writer holds the one lock; a shard
is some hundred kilobytes, so the writer is idle nearly all the time. A task is a pure function of its number, so Dask may
repeat it on another worker when one is lost: the same bytes come back, and they are committed once.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import TYPE_CHECKING, Any

from acinus.errors import AcinusError, Code, Diagnostic, RequestError
from acinus.runs.request import Request
from acinus.runs.work import Work, prepare

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from acinus.population import Individuals
    from acinus.runs.work import Computed

__all__ = ["on_cluster"]

_RETRIES = 3
_PATIENCE = 30.0  # seconds
_preparing = threading.Lock()


def on_cluster(
    work: Work, indices: Sequence[int], cluster: str, workers: int
) -> Generator[Computed, None, None]:
    """Yield shards as they come from a cluster; a few for each of its threads are in hand at once.

    Parameters
    ----------
    work : Work
    indices : sequence of int
    cluster : str
        ``local`` for worker processes here, or the address of a scheduler.
    workers : int
        Worker processes, for ``local``.

    Raises
    ------
    RequestError
        AC960 if Dask is not installed, the scheduler does not answer, or a shard has lost its worker too often; AC955
        if the workers have other software.
    """
    with _client(cluster, workers) as client:
        from distributed import as_completed

        asked = work.request.model_dump(mode="json")
        cohort = (work.people, work.cohort_hash) if work.cohort is not None else None

        def submit(index: int) -> Any:
            people = work.individuals(index) if work.cohort is not None else None
            return client.submit(
                _computed,
                asked,
                work.identity,
                cohort,
                index,
                people,
                key=f"acinus-{work.identity[:16]}-{index}",
                pure=False,
                retries=_RETRIES,
            )

        waiting = iter(indices)
        in_hand = as_completed()

        def fill() -> None:
            # Asked for anew each time, because workers come and go.
            most = 2 * max(1, sum(client.nthreads().values()))
            while in_hand.count() < most:
                index = next(waiting, None)
                if index is None:
                    return
                in_hand.add(submit(index))

        fill()
        for future in in_hand:
            computed = _result(future)
            future.release()
            del future
            fill()
            yield computed


def _computed(
    asked: dict[str, Any],
    identity: str,
    cohort: tuple[int, str] | None,
    index: int,
    people: Individuals | None,
) -> Computed:
    """Compute a shard on a worker."""
    import json

    with _preparing:
        work = _prepared(json.dumps(asked), cohort)
    if work.identity != identity:
        raise RequestError(
            Diagnostic(
                Code.RUN_CHANGED,
                "a worker has another model, biology or software than the process that started the run",
                None,
                "Its shards would not fit the others.",
                "Give all workers the same environment and the same version of acinus.",
            )
        )
    return work.compute(index, people)


@functools.lru_cache(maxsize=2)
def _prepared(asked: str, cohort: tuple[int, str] | None) -> Work:
    request = Request.model_validate_json(asked)
    if cohort is None:
        work = prepare(request)
        work.rehearse()
        return work
    return prepare(request, people=cohort[0], cohort_hash=cohort[1])


def _result(future: Any) -> Computed:
    from distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except AcinusError:
        raise
    except KilledWorker as error:
        raise _failed(
            "a shard lost its worker again and again",
            str(error),
            "Look at the memory of the workers; a smaller `shard_size` needs less.",
        ) from error
    except (CancelledError, OSError, TimeoutError) as error:
        raise _failed(
            f"the cluster gave up a shard ({type(error).__name__})",
            str(error),
            "Finished shards are kept; go on with `acinus runs resume`.",
        ) from error


@contextlib.contextmanager
def _client(cluster: str, workers: int) -> Iterator[Any]:
    """Connect to a scheduler, or start worker processes here."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise _failed("Dask is not installed", "", "Install it: pip install 'acinus[cluster]'.") from error
    if cluster == "local":
        with (
            LocalCluster(
                n_workers=max(1, workers),
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,  # pyright: ignore[reportArgumentType] - None is documented
            ) as here,
            Client(here) as client,
        ):
            yield client
        return
    try:
        client = Client(cluster, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise _failed(
            f"no Dask scheduler answers at {cluster}",
            str(error),
            "Write `local`, or the address that `dask scheduler` prints, such as tcp://host:8786.",
        ) from error
    with client:
        if not client.nthreads():
            try:
                client.wait_for_workers(1, timeout=_PATIENCE)
            except TimeoutError as error:
                raise _failed(
                    f"the cluster at {cluster} has no workers", "", "Start some: dask worker <address>."
                ) from error
        yield client


def _failed(what: str, why: str, remedy: str) -> RequestError:
    return RequestError(Diagnostic(Code.CLUSTER_FAILED, what, None, why, remedy))
