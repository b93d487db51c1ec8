"""Durable runs: a request in, a folder of shards out that survives a kill, a full disk and a second process.

In: a `Request` (from a file or made in Python) and a folder. Out: shards in Parquet, courses in Zarr, a ledger of failures,
a manifest; and the `Run` that reads them back.

Knows files, locks, threads and Dask. Never knows a physiological number, a picture or a terminal. The bytes of a shard
follow from the request and the versions alone, never from the number of workers or from what happened on the way.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.runs.folder import Manifest, RunFolder
    from acinus.runs.merging import merge_runs
    from acinus.runs.progress import Progress, progress_of
    from acinus.runs.reading import Run, RunSummary, open_run
    from acinus.runs.request import KeptTrajectories, Request, Tolerance, load_request
    from acinus.runs.starting import Progressed, resume_run, start_run
    from acinus.runs.verifying import Verification, verify_run

__all__ = [
    "KeptTrajectories",
    "Manifest",
    "Progress",
    "Progressed",
    "Request",
    "Run",
    "RunFolder",
    "RunSummary",
    "Tolerance",
    "Verification",
    "load_request",
    "merge_runs",
    "open_run",
    "progress_of",
    "resume_run",
    "start_run",
    "verify_run",
]

# Who reads a run back does not wait for what it takes to compute one.
_HOME = {
    "KeptTrajectories": "request",
    "Manifest": "folder",
    "Progress": "progress",
    "Progressed": "starting",
    "Request": "request",
    "Run": "reading",
    "RunFolder": "folder",
    "RunSummary": "reading",
    "Tolerance": "request",
    "Verification": "verifying",
    "load_request": "request",
    "merge_runs": "merging",
    "open_run": "reading",
    "progress_of": "progress",
    "resume_run": "starting",
    "start_run": "starting",
    "verify_run": "verifying",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(f"acinus.runs.{_HOME[name]}"), name)
    raise AttributeError(f"module `acinus.runs` has no `{name}`")
