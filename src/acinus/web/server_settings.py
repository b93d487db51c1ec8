"""How the server runs: where it listens, what it allows, where jobs lie. Nothing here comes from a request."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ServerSettings", "is_loopback"]


@dataclass(frozen=True)
class ServerSettings:
    """The settings of a server.

    Attributes
    ----------
    host, port
        Where it listens; the loopback interface unless told otherwise.
    token : str
        What every request must bring as ``Authorization: Bearer``, or once as ``?token=`` for a cookie; none if empty.
    folder : Path
        Where the table of jobs and their results lie.
    job_workers : int
        Processes that compute jobs.
    threads : int
        Threads that solve a band.
    largest_body : int
        Bytes of a request that are read.
    largest_model : int
        Bytes of a model that are read, where models are taken.
    requests_per_second, burst : float
        Of one address; a burst is what it may spend at once.
    most_seconds : float, s
        Dearest job that is accepted, as it is estimated for one core.
    waiting_jobs : int
        Jobs that may wait or run at once.
    models : bool
        Whether SBML models are taken.
    keep_days : float
        After which results of finished jobs are removed.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    folder: Path = field(default_factory=lambda: default_folder())
    job_workers: int = 1
    threads: int = 2
    largest_body: int = 64 * 1024
    largest_model: int = 2 * 1024 * 1024
    requests_per_second: float = 200.0
    burst: float = 400.0
    most_seconds: float = 1800.0
    waiting_jobs: int = 20
    models: bool = False
    keep_days: float = 7.0


def default_folder() -> Path:
    """Return where jobs lie unless told otherwise: beside other data of the user's programs."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "acinus" / "web"


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
