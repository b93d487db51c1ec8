"""Windows of endpoints against the times of a run: nothing is read where nothing was sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, nearest
from acinus.units import same_dimension

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.endpoints.bound import Bound
    from acinus.endpoints.run import Run

__all__ = ["check_window"]


def check_window(bound: Bound, run: Run, findings: list[Diagnostic]) -> None:
    """Add AC707 for each time of an endpoint or its parts outside the run or in the wrong order."""
    for part in (*bound.parts, *([bound.only_if] if bound.only_if is not None else [])):
        check_window(part, run, findings)
    settings, times, own = bound.endpoint.settings, bound.times, bound.endpoint.place
    start, end = float(run.time[0]), float(run.time[-1])

    def refuse(key: str, what: str, why: str, remedy: str) -> None:
        place = settings[key].place if key in settings else own
        findings.append(Diagnostic(Code.WINDOW_OUTSIDE, f"{bound.endpoint.name}: {what}", place, why, remedy))

    for key in ("from", "until", "at"):
        if key in times and not start <= times[key] <= end:
            refuse(
                key,
                f"`{key}` is {times[key]:g} h, outside the run",
                f"The run was sampled from {start:g} h to {end:g} h.",
                "Sample for longer, or choose another time.",
            )
    if bound.relative and start > 0:
        refuse(
            "relative_to_start",
            f"the run was first sampled at {start:g} h",
            "What a curve is compared with is its value at 0 h.",
            "Sample at 0 h, too.",
        )
    if bound.at_column:
        _check_column(bound, run, refuse)
    if times.get("from", start) >= times.get("until", end) and start < end:
        refuse(
            "from" if "from" in times else "until",
            "the window is empty",
            f"It starts at {times.get('from', start):g} h and ends at {times.get('until', end):g} h.",
            "Let `from` come before `until`.",
        )
    if "reference_time" in times:
        _check_nomogram_times(bound, start, end, refuse)


def _check_nomogram_times(
    bound: Bound, start: float, end: float, refuse: Callable[[str, str, str, str], None]
) -> None:
    times = bound.times
    ingested = times.get("ingested", 0.0)
    first, last = ingested + times["reference_time"], ingested + times["last_time"]
    if "from" in times or "until" in times:
        asked = {"from": times.get("from", start), "until": times.get("until", end)}
    elif bound.at_column:
        asked = {}
    else:
        asked = {"at": times.get("at", first)}
    for key, hours in asked.items():
        if not first <= hours <= last:
            refuse(
                key,
                f"{hours:g} h is outside the nomogram",
                f"The nomogram holds from {first:g} h to {last:g} h.",
                "Choose a time within it.",
            )
        elif not start <= hours <= end:
            refuse(
                key,
                f"{hours:g} h is outside the run",
                f"The run covers {start:g} h to {end:g} h.",
                "Sample for longer.",
            )


def _check_column(bound: Bound, run: Run, refuse: Callable[[str, str, str, str], None]) -> None:
    name = bound.at_column
    if name not in run.columns:
        refuse(
            "at",
            f"the individuals have no column `{name}`",
            f"Their columns: {', '.join(run.columns) or 'none'}.",
            nearest(name, run.columns) or "Write a time, or simulate individuals with that column.",
        )
        return
    unit = run.column_units.get(name, "h")
    if not same_dimension(unit, "h"):
        refuse("at", f"`{name}` is in `{unit}`, which is no time", "", "Name a column of times.")
        return
    first, last, why = float(run.time[0]), float(run.time[-1]), "outside the run"
    if "reference_time" in bound.times:
        ingested = bound.times.get("ingested", 0.0)
        first = max(first, ingested + bound.times["reference_time"])
        last, why = min(last, ingested + bound.times["last_time"]), "outside the run or the nomogram"
    hours = bound.at(run, last)
    outside = int(np.sum((hours < first) | (hours > last)))
    if outside:
        refuse(
            "at",
            f"`{name}` is {why} for {outside} of {run.ok.size} individuals",
            f"It must lie from {first:g} h to {last:g} h.",
            "Cut the column's distribution there, or sample for longer.",
        )
