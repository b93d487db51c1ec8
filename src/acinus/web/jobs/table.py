"""The table of jobs: one SQLite file that server and workers share."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["ENDED", "Job", "JobTable"]

ENDED = ("finished", "failed", "cancelled")
_MOST_ATTEMPTS = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  asked TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'finished', 'failed', 'cancelled')),
  cancel INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  seconds REAL NOT NULL,
  created REAL NOT NULL,
  began REAL,
  ended REAL,
  failure TEXT
);
CREATE TABLE IF NOT EXISTS job_events (job TEXT NOT NULL, at REAL NOT NULL, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created);
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands.

    Attributes
    ----------
    id : str
        Cannot be guessed; whoever knows it may read and cancel.
    kind : str
    asked : mapping
        What was asked for, as it was checked.
    state : str
        ``waiting``, ``running``, ``finished``, ``failed`` or ``cancelled``.
    cancel : bool
        Whether it should stop.
    attempts : int
        How often a worker began or went on with it.
    done, total : int
        People through, and in all; of a map, people in cells.
    note : str
        What is being done, in words.
    seconds : float, s
        What it was expected to cost.
    created, began, ended : float or None
        Seconds since 1970.
    failure : mapping or None
        A diagnostic, where it failed.
    """

    id: str
    kind: str
    asked: Mapping[str, Any]
    state: str
    cancel: bool
    attempts: int
    done: int
    total: int
    note: str
    seconds: float
    created: float
    began: float | None
    ended: float | None
    failure: Mapping[str, str] | None


class JobTable:
    """Reads and writes the table; every method is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / "jobs.sqlite"
        with closing(self._open()) as opened:
            opened.execute("PRAGMA journal_mode = WAL")
            opened.executescript(_SCHEMA)

    def add(self, kind: str, asked: Mapping[str, Any], total: int, seconds: float) -> Job:
        """Add a waiting job."""
        job = secrets.token_urlsafe(18)
        with closing(self._open()) as opened, opened:
            opened.execute(
                "INSERT INTO jobs (id, kind, asked, state, total, seconds, created) "
                "VALUES (?, ?, ?, 'waiting', ?, ?, ?)",
                (job, kind, json.dumps(asked, allow_nan=False), total, seconds, time.time()),
            )
            _note(opened, job, "created")
        found = self.get(job)
        if found is None:
            raise RuntimeError(f"job {job} was not written")
        return found

    def get(self, job: str) -> Job | None:
        """Return a job, None if there is none of that id."""
        with closing(self._open()) as opened:
            row = opened.execute("SELECT * FROM jobs WHERE id = ?", (job,)).fetchone()
        return None if row is None else _job(row)

    def open_jobs(self) -> int:
        """Return how many wait or run."""
        with closing(self._open()) as opened:
            return int(
                opened.execute("SELECT count(*) FROM jobs WHERE state IN ('waiting', 'running')").fetchone()[
                    0
                ]
            )

    def candidates(self) -> list[str]:
        """Return the ids of jobs that somebody should work on, the oldest first."""
        with closing(self._open()) as opened:
            rows = opened.execute(
                "SELECT id FROM jobs WHERE state IN ('waiting', 'running') ORDER BY created"
            ).fetchall()
        return [row["id"] for row in rows]

    def begin(self, job: str) -> Job | None:
        """Mark a job as running, for the holder of its lock; None if there is nothing left to do.

        One that was begun too often, each time by a process that died, fails here.
        """
        with closing(self._open()) as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            row = opened.execute("SELECT * FROM jobs WHERE id = ?", (job,)).fetchone()
            if row is None or row["state"] in ENDED:
                return None
            if row["cancel"]:
                _end(opened, job, "cancelled")
                return None
            if row["attempts"] >= _MOST_ATTEMPTS:
                failure = {
                    "code": "AC968",
                    "what": f"its worker ended {row['attempts']} times before the job was done",
                    "where": "",
                    "why": "It may need more memory than there is.",
                    "remedy": "Ask for fewer people.",
                }
                _end(opened, job, "failed", failure)
                return None
            opened.execute(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1, began = coalesce(began, ?) WHERE id = ?",
                (time.time(), job),
            )
            _note(opened, job, "went on" if row["attempts"] else "began")
        return self.get(job)

    def progress(self, job: str, done: int, total: int, note: str = "") -> bool:
        """Write how far a job is; say whether it should go on."""
        with closing(self._open()) as opened, opened:
            opened.execute(
                "UPDATE jobs SET done = ?, total = ?, note = ? WHERE id = ? AND state = 'running'",
                (done, total, note, job),
            )
            row = opened.execute("SELECT state, cancel FROM jobs WHERE id = ?", (job,)).fetchone()
        return row is not None and row["state"] == "running" and not row["cancel"]

    def end(self, job: str, state: str, failure: Mapping[str, str] | None = None) -> bool:
        """End a running job; say whether it was running, so that nobody ends it twice."""
        with closing(self._open()) as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            return _end(opened, job, state, failure)

    def cancel(self, job: str) -> Job | None:
        """Ask a job to stop; one that waits is cancelled at once."""
        with closing(self._open()) as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            opened.execute("UPDATE jobs SET cancel = 1 WHERE id = ? AND state = 'running'", (job,))
            waiting = opened.execute(
                "SELECT 1 FROM jobs WHERE id = ? AND state = 'waiting'", (job,)
            ).fetchone()
            if waiting is not None:
                _end(opened, job, "cancelled")
        return self.get(job)

    def events(self, job: str) -> list[str]:
        """Return what happened to a job, in order."""
        with closing(self._open()) as opened:
            rows = opened.execute(
                "SELECT event FROM job_events WHERE job = ? ORDER BY rowid", (job,)
            ).fetchall()
        return [row["event"] for row in rows]

    def forget(self, before: float) -> list[str]:
        """Remove jobs that ended before a time (s since 1970), and return their ids."""
        with closing(self._open()) as opened, opened:
            rows = opened.execute("SELECT id FROM jobs WHERE ended < ?", (before,)).fetchall()
            gone = [row["id"] for row in rows]
            opened.executemany("DELETE FROM jobs WHERE id = ?", [(job,) for job in gone])
            opened.executemany("DELETE FROM job_events WHERE job = ?", [(job,) for job in gone])
        return gone

    def _open(self) -> sqlite3.Connection:
        opened = sqlite3.connect(self._path, timeout=10.0)
        opened.row_factory = sqlite3.Row
        return opened


def _end(opened: sqlite3.Connection, job: str, state: str, failure: Mapping[str, str] | None = None) -> bool:
    ended = opened.execute(
        "UPDATE jobs SET state = ?, ended = ?, failure = ?, note = '', done = CASE ? WHEN 'finished' THEN total ELSE done END "
        "WHERE id = ? AND state IN ('waiting', 'running')",
        (state, time.time(), None if failure is None else json.dumps(failure), state, job),
    ).rowcount
    if ended:
        _note(opened, job, state)
    return bool(ended)


def _note(opened: sqlite3.Connection, job: str, event: str) -> None:
    opened.execute("INSERT INTO job_events VALUES (?, ?, ?)", (job, time.time(), event))


def _job(row: sqlite3.Row) -> Job:
    values = {name: row[name] for name in Job.__slots__}
    failure = values.pop("failure")
    return Job(
        **{**values, "asked": json.loads(row["asked"]), "cancel": bool(row["cancel"])},
        failure=None if failure is None else json.loads(failure),
    )
