"""How far a run is, seen from outside: what is committed, and from the log how fast it comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.runs.folder import RunFolder
from acinus.runs.lock import is_locked

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Progress", "progress_of"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    shards_done, shards, people_done, people : int
    failed : int
        Individuals and arms that did not finish, as far as the log knows.
    active : bool
        Whether a process holds the folder's lock.
    per_second : float or None
        Individuals per second in the last session; None before its first shard.
    seconds_left : float or None
        At that pace, while one is active.
    solving : float or None
        Share of the working time that the solver took in the last session.
    memory_mb : float or None
        Peak memory of the writing process, once a session has ended.
    """

    shards_done: int
    shards: int
    people_done: int
    people: int
    failed: int
    active: bool
    per_second: float | None
    seconds_left: float | None
    solving: float | None
    memory_mb: float | None


def progress_of(path: str | Path) -> Progress:
    """Return how far a run is; AC953 if there is none. Needs no lock and disturbs nobody."""
    folder = RunFolder(path)
    manifest = folder.manifest()
    there = folder.shards()
    total = sum(len(manifest.span(index)) for index in manifest.indices)
    done = sum(len(manifest.span(index)) for index in manifest.indices if index in there)
    log = folder.log()
    begun = max((k for k, line in enumerate(log) if line.get("event") == "began"), default=0)
    failed = {line["shard"]: line["failed"] for line in log if line.get("event") == "shard"}
    session = [line for line in log[begun:] if line.get("event") == "shard"]
    ended = [line for line in log[begun:] if line.get("event") == "ended"]
    active = is_locked(folder.path)
    pace = left = solving = None
    if session:
        elapsed = float(session[-1]["elapsed"])
        pace = sum(line["people"] for line in session) / elapsed if elapsed > 0 else None
        worked = sum(line["seconds"] for line in session)
        solving = sum(line["solving"] for line in session) / worked if worked > 0 else None
        left = (total - done) / pace if pace and active else None
    return Progress(
        sum(index in there for index in manifest.indices),
        len(manifest.indices),
        done,
        total,
        sum(failed.values()),
        active,
        pace,
        left,
        solving,
        ended[-1].get("memory_mb") if ended else None,
    )
