"""Starting a run and going on with one: the folder made and locked, what is missing computed and committed."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.documents import shown
from acinus.engine import engine_name
from acinus.errors import Code, Diagnostic, Place, RequestError
from acinus.provenance import CONTEXT_OF_USE
from acinus.runs.files import PART, commit, make_folder, unwritable
from acinus.runs.folder import Manifest, RunFolder
from acinus.runs.identity import biology_hash, software
from acinus.runs.lock import locked
from acinus.runs.people_table import NAME, hash_of_table, table_files
from acinus.runs.request import Request, load_request
from acinus.runs.threads import on_threads
from acinus.runs.verifying import damage
from acinus.runs.work import Work, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from acinus.runs.work import Computed

__all__ = ["Progressed", "resume_run", "start_run"]


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a run is.

    Attributes
    ----------
    shards_done, shards : int
    people_done, people : int
    failed : int
        Individuals and arms that did not finish, among the shards of this session.
    per_second : float
        Individuals per second in this session; 0 before the first shard.
    """

    shards_done: int
    shards: int
    people_done: int
    people: int
    failed: int
    per_second: float


def start_run(
    request: Request | str | Path | Mapping[str, object],
    out: str | Path,
    *,
    workers: int = 2,
    cluster: str | None = None,
    part: tuple[int, int] = (1, 1),
    tell: Callable[[Progressed], None] | None = None,
) -> RunFolder:
    """Begin a run in a new folder and compute it to the end.

    Parameters
    ----------
    request : Request, path or mapping
    out : str or Path
        The folder; made if needed, and refused if it holds a run.
    workers : int
        Threads, or worker processes of a local cluster; the results do not depend on it.
    cluster : str, optional
        ``local``, or the address of a Dask scheduler such as ``tcp://host:8786``.
    part : (k, n)
        Compute only every n-th shard from the k-th, to be merged with the other parts.
    tell : callable, optional
        Told about progress after every shard.

    Returns
    -------
    RunFolder

    Raises
    ------
    RequestError
        AC950, AC951 for the request; AC952 if the folder is taken, AC954 if someone works in it, AC960 for the
        cluster, AC980 if the folder cannot be written to or the disk is full.
    AcinusError
        What is wrong with the model, the people, the protocol or the endpoints that it names.
    """
    if not isinstance(request, Request):
        request = load_request(request)
    if not 1 <= part[0] <= part[1]:
        raise RequestError(
            Diagnostic(
                Code.RUN_REQUEST_VALUE,
                f"there is no part {part[0]} of {part[1]}",
                None,
                "",
                "Write for example 2/4 for the second of four.",
            )
        )
    frozen = request.frozen()
    folder = RunFolder(out)
    table, table_hash, frozen = _table_of_people(frozen)
    work = prepare(frozen, cohort=table, cohort_hash=table_hash)
    work.rehearse()
    make_folder(folder.path)
    with locked(folder.path):
        _refuse_taken(folder)
        if table is not None:
            for name, data in table_files(table).items():
                commit(folder.path / name, data)
        manifest = Manifest(
            request=frozen.model_dump(mode="json"),
            identity=work.identity,
            people=work.people,
            shards=work.shards,
            part=part,
            model_hash=work.model.hash,
            biology_hash=biology_hash(work.model.biology),
            cohort_hash=table_hash,
            software=dict(software()),
            engine=engine_name(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            context_of_use=CONTEXT_OF_USE,
        )
        folder.create(manifest)
        _go_on(folder, manifest, work, workers, cluster, tell)
    return folder


def resume_run(
    path: str | Path,
    *,
    workers: int = 2,
    cluster: str | None = None,
    tell: Callable[[Progressed], None] | None = None,
) -> RunFolder:
    """Go on with a run: check what is there, and compute what is missing or damaged.

    Raises
    ------
    RequestError
        AC953 if there is no run, AC954 if someone works on it, AC955 if model, biology or software have changed since,
        AC960 for the cluster, AC980 if the folder cannot be written to.
    """
    folder = RunFolder(path)
    manifest = folder.manifest()
    with locked(folder.path):
        table = manifest.people_table(folder.path)
        _refuse_other_table(manifest, table)
        work = prepare(manifest.parsed_request(), cohort=table, cohort_hash=manifest.cohort_hash)
        if work.identity != manifest.identity:
            raise _changed(folder, manifest, work)
        for name in ("shards", "failures", "trajectories"):
            make_folder(folder.path / name)
        try:
            folder.clear_unfinished()
            for wrong in damage(folder, manifest):
                if wrong.path is not None:
                    folder.set_aside(wrong.path)
        except OSError as error:
            raise unwritable(folder.path, error) from error
        if _missing(folder, manifest):
            work.rehearse()
        _go_on(folder, manifest, work, workers, cluster, tell)
    return folder


def _missing(folder: RunFolder, manifest: Manifest) -> list[int]:
    there = folder.shards()
    return [index for index in manifest.indices if index not in there]


def _go_on(
    folder: RunFolder,
    manifest: Manifest,
    work: Work,
    workers: int,
    cluster: str | None,
    tell: Callable[[Progressed], None] | None,
) -> None:
    """Compute and commit the shards that are not there; an interruption gives up those in hand."""
    missing = _missing(folder, manifest)
    total = sum(len(manifest.span(index)) for index in manifest.indices)
    done = total - sum(len(manifest.span(index)) for index in missing)
    began, people, failed = time.monotonic(), 0, 0
    folder.note(
        "began", at=_now(), process=os.getpid(), host=platform.node(), workers=workers, cluster=cluster
    )
    results = _computed(work, missing, workers, cluster)
    try:
        for count, computed in enumerate(results, start=1):
            folder.write(computed.files)
            people += computed.people
            failed += computed.failed
            elapsed = time.monotonic() - began
            folder.note(
                "shard",
                at=_now(),
                shard=computed.index,
                people=computed.people,
                failed=computed.failed,
                seconds=round(computed.seconds, 4),
                solving=round(computed.solving, 4),
                elapsed=round(elapsed, 3),
            )
            if tell is not None:
                shards = len(manifest.indices)
                tell(
                    Progressed(
                        shards - len(missing) + count, shards, done + people, total, failed, people / elapsed
                    )
                )
    finally:
        results.close()
        folder.note("ended", at=_now(), elapsed=round(time.monotonic() - began, 3), memory_mb=_peak_memory())


def _computed(
    work: Work, missing: list[int], workers: int, cluster: str | None
) -> Generator[Computed, None, None]:
    if cluster is None or not missing:
        return on_threads(work, missing, workers)
    from acinus.runs.cluster import on_cluster

    return on_cluster(work, missing, cluster, workers)


def _table_of_people(frozen: Request) -> tuple[Path | None, str, Request]:
    """Return where a cohort lies, its hash, and the request with the name it will have in the folder."""
    if frozen.cohort is None:
        return None, "", frozen
    path = Path(frozen.cohort)
    if not path.is_file():
        raise RequestError(
            Diagnostic(
                Code.RUN_REQUEST_VALUE,
                f"there is no cohort {shown(path)}",
                None,
                "",
                "Name a table with one individual a line.",
            )
        )
    name = f"{NAME}{path.suffix}"
    return path, hash_of_table(table_files(path)), frozen.model_copy(update={"cohort": name})


def _refuse_taken(folder: RunFolder) -> None:
    if not folder.manifest_path.exists():
        # What a start left that was killed before its manifest stood is no run; anything else is not ours.
        own = {"lock", "shards", "failures", "trajectories"}
        others = [
            path.name
            for path in folder.path.iterdir()
            if not (path.name in own or path.name.endswith(PART) or path.name.startswith(f"{NAME}."))
        ]
        if not others and not folder.shards():
            return
        what = f"holds other files: {', '.join(others[:3])}" if others else "holds shards without a manifest"
        remedy = "Choose another folder with --out."
    else:
        what, remedy = (
            "already holds a run",
            "Go on with it by `acinus runs resume`, or choose another --out.",
        )
    raise RequestError(
        Diagnostic(Code.RUN_EXISTS, f"{shown(folder.path)} {what}", Place(shown(folder.path)), "", remedy)
    )


def _refuse_other_table(manifest: Manifest, table: Path | None) -> None:
    if table is not None and hash_of_table(table_files(table)) != manifest.cohort_hash:
        raise RequestError(
            Diagnostic(
                Code.RUN_CHANGED,
                f"{shown(table)} is not the table that the run was begun with",
                Place(shown(table)),
                "",
                "Put the table back that the run was started with.",
            )
        )


def _changed(folder: RunFolder, manifest: Manifest, work: Work) -> RequestError:
    now = {
        "the model": (manifest.model_hash, work.model.hash),
        "the biology": (manifest.biology_hash, biology_hash(work.model.biology)),
        **{
            name if name != "source" else "the source of acinus": (
                manifest.software.get(name, "none"),
                software().get(name, "none"),
            )
            for name in {**manifest.software, **software()}
        },
    }
    moved = [
        f"{name} ({then[:12]} then, {this[:12]} now)" for name, (then, this) in now.items() if then != this
    ]
    return RequestError(
        Diagnostic(
            Code.RUN_CHANGED,
            f"the run was begun with something else: {'; '.join(moved) or 'its request was edited'}",
            Place(shown(folder.manifest_path)),
            "Further shards would not belong to the first ones.",
            "Go back to what the manifest names, or start a new run.",
        )
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _peak_memory() -> float:
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
