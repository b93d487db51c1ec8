"""The unit in which the times of a run are best read: hours for an overdose, days for a diet, years for a disease."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TimeUnit", "time_unit"]


@dataclass(frozen=True, slots=True)
class TimeUnit:
    """A unit of time: its symbol and its length in hours."""

    symbol: str
    hours: float


def time_unit(end: float) -> TimeUnit:
    """Return the unit for a run that lasts until `end` (h).

    Examples
    --------
    >>> time_unit(96.0).symbol, time_unit(3600.0).symbol, time_unit(262980.0).symbol
    ('h', 'd', 'y')
    """
    if end <= 10 * 24.0:
        return TimeUnit("h", 1.0)
    year = 365.25 * 24.0
    return TimeUnit("d", 24.0) if end <= 3 * year else TimeUnit("y", year)
