"""Sampling times: single times, ranges, or both, turned into one increasing grid in hours."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, Place, ProtocolError
from acinus.simulation.written import Column, Written, as_text, gathering, read_time
from acinus.units import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["Every", "every", "rounded", "sampling_times"]

_MOST_SAMPLES = 1_000_000


@dataclass(frozen=True)
class Every:
    """Times from `start` to `until`, both included, `step` apart."""

    step: Written
    until: Written
    start: Written = "0 h"
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)


def every(step: Written, until: Written, start: Written = "0 h") -> Every:
    """Return sampling times at regular intervals: ``every("15 min", until="72 h")``."""
    return Every(step, until, start)


def rounded(hours: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Round times to a few microseconds, so that sums of times that should be equal are equal."""
    return np.round(np.asarray(hours, dtype=np.float64), 9)


def sampling_times(
    parts: Iterable[Written | Every | float], place: Place | None = None
) -> NDArray[np.float64]:
    """Return the (T,) sampling times in hours, strictly increasing.

    Raises
    ------
    ProtocolError
        AC607 if there are none, if single times are not in order or stand twice, or if a range is empty; AC606 for
        negative times; AC601 for what is not a time.
    """
    findings: list[Diagnostic] = []
    single: list[float] = []
    grids: list[NDArray[np.float64]] = []
    for part in parts:
        with gathering(findings):
            if isinstance(part, Every):
                grids.append(_range(part, place))
            elif isinstance(part, (int, float, np.floating, np.integer)) and not isinstance(part, bool):
                # Arrays of numbers come from code that has hours in hand, such as another run's `time`.
                single.append(_hours(Quantity(float(part), "h"), place))
            else:
                single.append(_hours(part, place))
    if not findings and any(b <= a for a, b in itertools.pairwise(single)):
        findings.append(
            Diagnostic(
                Code.SAMPLING_IMPOSSIBLE,
                "the sampling times are not in increasing order",
                place,
                f"They are {', '.join(f'{t:g}' for t in single[:12])} h.",
                "Sort them and leave out repetitions.",
            )
        )
    if not findings and not single and not grids:
        findings.append(
            Diagnostic(
                Code.SAMPLING_IMPOSSIBLE,
                "there is no sampling time",
                place,
                "Nothing would be recorded.",
                "Write for example `sampling: {every: 15 min, until: 72 h}`.",
            )
        )
    if findings:
        raise ProtocolError(findings)
    return np.unique(rounded(np.concatenate([np.array(single), *grids])))


def _hours(written: object, place: Place | None) -> float:
    found = read_time(written, "a sampling time", place)
    if isinstance(found, Column):
        raise ProtocolError(
            Diagnostic(
                Code.SAMPLING_IMPOSSIBLE,
                f"a sampling time is `{found}`",
                place,
                "All individuals of a run are sampled at the same times.",
                "Write a time.",
            )
        )
    return found.to("h")


def _range(part: Every, place: Place | None) -> NDArray[np.float64]:
    findings: list[Diagnostic] = []
    values: dict[str, float] = {}
    for key, written in (("every", part.step), ("from", part.start), ("until", part.until)):
        with gathering(findings):
            values[key] = _hours(written, part.places.get(key, place))
    if findings:
        raise ProtocolError(findings)
    start, step, end = values["from"], values["every"], values["until"]
    if step <= 0:
        raise ProtocolError(
            Diagnostic(
                Code.SAMPLING_IMPOSSIBLE,
                f"the sampling interval is `{as_text(part.step)}`",
                part.places.get("every", place),
                "",
                "Write an interval above zero, for example `every: 15 min`.",
            )
        )
    if end < start:
        raise ProtocolError(
            Diagnostic(
                Code.SAMPLING_IMPOSSIBLE,
                f"sampling ends at {as_text(part.until)}, before it starts at {as_text(part.start)}",
                part.places.get("until", place),
                "",
                "Exchange the two times.",
            )
        )
    count = (end - start) / step
    if count > _MOST_SAMPLES:
        raise ProtocolError(
            Diagnostic(
                Code.SAMPLING_IMPOSSIBLE,
                f"{count:,.0f} sampling times",
                part.places.get("every", place),
                f"At most {_MOST_SAMPLES:,} are taken; more looks like a wrong unit.",
                "Sample less often.",
            )
        )
    grid = start + step * np.arange(int(np.floor(count + 1e-9)) + 1)
    return np.append(grid, end)
