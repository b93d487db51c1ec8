"""Panel: regimens of the antidote side by side: who is hurt, difference to the reference, INR and plasma level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, unit_in_words
from acinus.report.palette import GREY, INK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from acinus.evidence.paired import PairedDifference
    from acinus.report.overdose_page.page_numbers import PageNumbers, RegimenShare, Spread
    from acinus.report.overdose_page.sheet import Sheet

__all__ = ["difference_in_words", "draw_regimens"]

_LABELS = 2.35  # inches for the names of the regimens
_WORDS = 1.24  # inches for a difference with its interval
_SPREAD = 0.88  # inches for the axes of a spread
_GAP = 0.2
_HEAD = 0.42
_FOOT = 0.46


def draw_regimens(
    sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float, height: float
) -> None:
    """Draw one row a regimen: the share hurt for each hour of beginning, then peak INR and antidote level."""
    hours = list(dict.fromkeys(row.hours for row in numbers.regimens))
    middle_hour = hours[len(hours) // 2]
    middle = [row for row in numbers.regimens if row.hours == middle_hour]
    wide = (width - _LABELS - 2 * (_SPREAD + _GAP)) / len(hours) - _WORDS - _GAP
    top, field = y + _HEAD, height - _HEAD - _FOOT
    for position, row in enumerate(middle):
        reference = row.difference is None
        centre = top + field * (position + 0.5) / len(middle)
        weight = "bold" if reference else "normal"
        sheet.text(x, centre, row.title, va="center", color=_colour(row), fontweight=weight)
    left = x + _LABELS
    most = max(100.0 * row.share.high for row in numbers.regimens)
    for hour in hours:
        rows = [row for row in numbers.regimens if row.hours == hour]
        sheet.text(left, y, f"begun at {hour:g} h", fontweight="bold")
        sheet.text(left, y + 0.20, "share hurt", size=SIZES["small"] - 1.0, color=GREY)
        axes = sheet.axes(left, top, wide, field)
        _draw_shares(axes, rows, most)
        axes.set_xlabel("[%]", fontsize=SIZES["small"])
        left += wide + 0.08
        sheet.text(left, y + 0.20, "difference [points]", size=SIZES["small"] - 1.0, color=GREY)
        _write_differences(sheet, rows, left, top, field)
        left += _WORDS - 0.08 + _GAP
    columns = ((numbers.severity, lambda r: r.severity), (numbers.adverse, lambda r: r.adverse))
    for words, part in columns:
        sheet.text(left, y, _short(words), fontweight="bold")
        sheet.text(left, y + 0.20, f"begun at {middle_hour:g} h", size=SIZES["small"] - 1.0, color=GREY)
        axes = sheet.axes(left, top, _SPREAD, field)
        _draw_spreads(axes, middle, part)
        unit = unit_in_words(part(middle[0]).unit) or "ratio"
        axes.set_xlabel(f"[{unit}]", fontsize=SIZES["small"])
        left += _SPREAD + _GAP


def difference_in_words(difference: PairedDifference | None) -> str:
    """Return a difference in points of percent with its interval: ``+2.6 (1.2 to 4.3)``."""
    if difference is None:
        return "reference"
    low, high = (_points(part).removeprefix("+") for part in (difference.low, difference.high))
    return f"{_points(difference.value)} ({low} to {high})"


def _points(part: float) -> str:
    rounded = round(100.0 * part, 1)
    return "0.0" if rounded == 0.0 else f"{rounded:+.1f}"


def _leaves_out_nought(difference: PairedDifference) -> bool:
    """Say whether an interval leaves out 0 as it is printed, rounded."""
    low, high = (round(100.0 * part, 1) for part in (difference.low, difference.high))
    return low > 0.0 or high < 0.0


def _short(words: str) -> str:
    return words.replace("N-acetylcysteine", "NAC").replace("Highest", "Peak").removesuffix(" level")


def _colour(row: RegimenShare) -> str:
    return NO_ANTIDOTE if row.adverse.high == 0.0 else ANTIDOTE


def _rows_axis(axes: Axes, count: int) -> None:
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for position in range(count):
        axes.axhline(position, color=LIGHT, lw=0.5, zorder=0)
    axes.tick_params(axis="x", labelsize=SIZES["small"])


def _draw_shares(axes: Axes, rows: Sequence[RegimenShare], most: float) -> None:
    _rows_axis(axes, len(rows))
    for position, row in enumerate(rows):
        low, value, high = (100.0 * part for part in (row.share.low, row.share.value, row.share.high))
        reference = row.difference is None
        axes.plot([low, high], [position, position], color=_colour(row), lw=3.0, alpha=0.4)
        axes.plot([value], [position], marker="D" if reference else "o", ms=7, color=_colour(row), zorder=4)
        if reference:
            axes.axvline(value, color=ANTIDOTE, lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.set_xlim(-0.02 * most, 1.04 * most)
    axes.set_xticks(np.arange(0.0, most, 20.0 if most > 30.0 else 10.0))


def _write_differences(
    sheet: Sheet, rows: Sequence[RegimenShare], x: float, top: float, field: float
) -> None:
    for position, row in enumerate(rows):
        apart = row.difference is not None and _leaves_out_nought(row.difference)
        sheet.text(
            x,
            top + field * (position + 0.5) / len(rows),
            difference_in_words(row.difference),
            size=SIZES["small"] - 1.0,
            va="center",
            color=INK if apart else GREY,
            fontweight="bold" if apart else "normal",
        )


def _draw_spreads(axes: Axes, rows: Sequence[RegimenShare], part: Callable[[RegimenShare], Spread]) -> None:
    from matplotlib.ticker import MaxNLocator

    _rows_axis(axes, len(rows))
    spreads = [part(row) for row in rows]
    for position, (row, spread) in enumerate(zip(rows, spreads, strict=True)):
        axes.plot([spread.low, spread.high], [position, position], color=_colour(row), lw=3.0, alpha=0.4)
        axes.plot([spread.middle], [position], marker="o", ms=6, color=_colour(row), zorder=4)
    least = min(spread.low for spread in spreads)
    axes.set_xlim(left=0.0 if least < 0.5 else 0.95 * least)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3))
