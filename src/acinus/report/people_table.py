"""Endpoints of many individuals: one row an individual and arm, and the shares that are hurt."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.simulation import Trajectories

__all__ = ["SHOWN", "share_hurt", "tabulate_people"]

# What is read off everybody; each is one number an individual.
SHOWN = (
    "apap_4h_equivalent",
    "lowest_gsh_liver",
    "fewest_living",
    "peak_alt",
    "peak_inr",
    "hepatotoxicity",
    "nac_hours",
)


def share_hurt(run: Trajectories) -> tuple[int, int, int]:
    """Return how many individuals passed the ALT of hepatotoxicity, how many finished, and how many were begun."""
    from acinus.endpoints import read_endpoint

    hurt = read_endpoint(run, "hepatotoxicity").values
    return int(np.nansum(hurt[run.ok])), int(run.ok.sum()), len(run.ok)


def tabulate_people(arms: Mapping[str, Trajectories]) -> str:
    """Return a CSV table: arm, individual, status, and endpoints with their units in the header.

    An individual that did not finish has its reason as status and empty cells.
    """
    from acinus.endpoints import read_endpoint

    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for row, (arm, run) in enumerate(arms.items()):
        readings = [read_endpoint(run, name) for name in SHOWN]
        if row == 0:
            units = [reading.unit for reading in readings]
            names = [f"{name} [{unit}]" for name, unit in zip(SHOWN, units, strict=True)]
            table.writerow(["arm", "individual", "status", *names])
        for i in range(len(run.ok)):
            cells = [f"{reading.values[i]:.6g}" if run.ok[i] else "" for reading in readings]
            table.writerow([arm, i, run.status[i].name.lower(), *cells])
    return text.getvalue()
