"""Small figures: what was found beside what was asked, on one axis. Geometry only; colours are the style sheet's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Axis", "RangeFigure", "Row", "forest", "range_figure"]

_LOG_FROM = 20.0  # a wider ratio of positive numbers is drawn on a logarithmic axis
_ROOM = 0.12


@dataclass(frozen=True, slots=True)
class Axis:
    """Where values lie along 100 units, with ticks (position, text)."""

    ticks: tuple[tuple[float, str], ...]
    low: float
    high: float
    logarithmic: bool

    def at(self, value: float) -> float:
        """Return the position of a value, from 0 to 100; what lies outside stands at the rim."""
        low, high, value = (
            (math.log(self.low), math.log(self.high), math.log(max(value, self.low)))
            if self.logarithmic
            else (self.low, self.high, value)
        )
        return round(100.0 * min(1.0, max(0.0, (value - low) / (high - low))), 2)


@dataclass(frozen=True, slots=True)
class RangeFigure:
    """What was found (`dot`, with the ends of its interval if any), and where it had to lie (`asked`)."""

    axis: Axis
    asked: tuple[float, float]
    dot: float
    interval: tuple[float, float] | None
    target: float | None
    holds: bool
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a forest: words, position of the value and of the ends of its interval."""

    words: str
    text: str
    dot: float
    interval: tuple[float, float] | None
    sort: str


def range_figure(part: Mapping[str, Any]) -> RangeFigure | None:
    """Return the figure of one part of a check, or None where it has no range of numbers.

    Parameters
    ----------
    part : mapping
        As `PartResult.as_dict` gives it.
    """
    numbers = part["numbers"]
    value = next((numbers[key] for key in ("share", "auc", "found") if numbers.get(key) is not None), None)
    if value is None or not math.isfinite(value):
        return None
    low, high, interval = numbers.get("low"), numbers.get("high"), None
    if part["sort"] == "mechanism":
        interval, low, high = (low, high), None, numbers.get("limit")
    elif part["sort"] == "survey":
        return None  # what is asked of it is in words
    elif numbers.get("interval_low") is not None:
        interval = (numbers["interval_low"], numbers["interval_high"])
    if low is None and high is None:
        return None
    target = numbers.get("target")
    shown = [one for one in (value, low, high, target, *(interval or ())) if one is not None]
    axis = _axis(shown, share="share" in numbers)
    return RangeFigure(
        axis,
        (axis.at(low) if low is not None else 0.0, axis.at(high) if high is not None else 100.0),
        axis.at(value),
        None if interval is None else (axis.at(interval[0]), axis.at(interval[1])),
        None if target is None else axis.at(target),
        part["result"] == "passed",
        f"Found {part['found']}; asked {part['expected']}.",
    )


def forest(
    rows: Sequence[tuple[str, float, float | None, float | None, str]],
) -> tuple[Axis, list[Row]]:
    """Return rows of ratios on one logarithmic axis that holds 1."""
    values = [one for _, value, low, high, _ in rows for one in (value, low, high) if one is not None]
    axis = _ticked(min(values) / 1.1, max(*values, 1.0) * 1.1, logarithmic=True)
    found = []
    for words, value, low, high, sort in rows:
        text, interval = f"{value:.2f}", None
        if low is not None and high is not None:
            text += f" ({low:.2f} to {high:.2f})"
            interval = (axis.at(low), axis.at(high))
        found.append(Row(words, text, axis.at(value), interval, sort))
    return axis, found


def _axis(values: Sequence[float], *, share: bool) -> Axis:
    if share:
        return _ticked(0.0, 1.0, logarithmic=False, percent=True)
    low, high = min(values), max(values)
    if low > 0.0 and high / low > _LOG_FROM:
        return _ticked(low / 1.5, high * 1.5, logarithmic=True)
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    floor = 0.0 if 0.0 <= low <= 0.6 * high else low - room
    return _ticked(floor, high + room, logarithmic=False)


def _ticked(low: float, high: float, *, logarithmic: bool, percent: bool = False) -> Axis:
    bare = Axis((), low, high, logarithmic)
    if logarithmic:
        steps = (1.0, 2.0, 5.0) if high / low < 50 else (1.0,)
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        values = [
            step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high
        ]
    else:
        rough = (high - low) / 4
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(one * power for one in (1.0, 2.0, 2.5, 5.0, 10.0) if one * power >= rough)
        first = math.ceil(low / step - 1e-9)
        values = [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]
    return Axis(
        tuple((bare.at(one), f"{100 * one:g} %" if percent else f"{one:.6g}") for one in values),
        low,
        high,
        logarithmic,
    )
