"""The course as a hospital chart shows it: one row a time, one column a blood test, arm after arm."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.documents import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.endpoints import Endpoint
    from acinus.simulation import Trajectories

__all__ = ["CHARTED", "tabulate_course"]

# Blood tests in the order of a chart, with the unit in which they are written there.
CHARTED = {
    "apap_mg_pla": "mg/L",
    "alt_pla": "U/L",
    "ast_pla": "U/L",
    "inr": "dimensionless",
    "factor_v": "percent",
    "bilirubin_pla": "umol/L",
    "creatinine_pla": "umol/L",
    "lactate_pla": "mmol/L",
    "ph_arterial": "dimensionless",
    "ammonia_pla": "umol/L",
    "encephalopathy_grade": "dimensionless",
    "mir122_pla": "dimensionless",
    "k18_pla": "dimensionless",
    "hmgb1_pla": "dimensionless",
    "gldh_pla": "dimensionless",
    "adduct_pla": "umol/L",
    "serum_magnesium_reported": "mmol/L",
}
# Scores that a chart shows at each time, by the endpoint that reads their highest value.
_SCORED = {"peak_meld": "meld"}
# Blood is drawn often at first, then twice a day, then daily, and in long runs every month and every year; hours.
_DRAWN = (
    0.0,
    4.0,
    8.0,
    12.0,
    16.0,
    20.0,
    *map(float, range(24, 96, 12)),
    *map(float, range(96, 31 * 24, 24)),
    *map(float, range(31 * 24, 365 * 24, 30 * 24)),
    *(365.25 * 24.0 * year for year in range(1, 101)),
)


def tabulate_course(arms: Mapping[str, Trajectories]) -> str:
    """Return a CSV table of blood tests and scores at the times blood is drawn; empty if a model has none of them.

    Parameters
    ----------
    arms : mapping from arm to Trajectories
        All of one model. Of several individuals the median of those who finished.
    """
    from acinus.endpoints import list_endpoints

    first = next(iter(arms.values()))
    tests = [name for name in CHARTED if all(name in run.ids for run in arms.values())]
    if not tests:
        return ""
    listed = list_endpoints(first.model.biology if first.model is not None else None)
    scores = {short: listed[name] for name, short in _SCORED.items() if name in listed}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    units = ("" if CHARTED[name] == "dimensionless" else f" [{CHARTED[name]}]" for name in tests)
    table.writerow(
        ["arm", "time [h]", *(name + unit for name, unit in zip(tests, units, strict=True)), *scores]
    )
    for arm, run in arms.items():
        for hours in _DRAWN:
            if float(run.time[0]) <= hours <= float(run.time[-1]):
                table.writerow([arm, f"{hours:g}", *_row(run, tests, scores, hours)])
    return text.getvalue()


def _row(run: Trajectories, tests: list[str], scores: Mapping[str, Endpoint], hours: float) -> list[str]:
    """Return one line of the chart; empty cells where nobody has a value."""
    from acinus.endpoints import read_endpoint, read_possible

    at = f"{hours!r} h"
    cells = [
        _median(read_endpoint(run, {"measure": "at", "of": name, "at": at, "unit": CHARTED[name]}).values)
        for name in tests
    ]
    for endpoint in scores.values():
        settings = {**endpoint.settings, "at": Node(at, endpoint.place)}
        readings, _ = read_possible(run, [replace(endpoint, settings=settings)])
        cells += [_median(reading.values) for reading in readings.values()] or [""]
    return cells


def _median(values: np.ndarray) -> str:
    defined = values[np.isfinite(values)]
    return f"{np.median(defined):.4g}" if defined.size else ""
