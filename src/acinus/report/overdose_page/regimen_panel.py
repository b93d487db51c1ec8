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

_LABELS = 2.55  # inches for the names of the regimens
_GAP = 0.22


def draw_regimens(
    sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float, height: float
) -> None:
    """Draw one row a regimen: the share hurt for each hour of beginning, then peak INR and antidote level."""
    hours = list(dict.fromkeys(row.hours for row in numbers.regimens))
    first = [row for row in numbers.regimens if row.hours == hours[0]]
    middle = [row for row in numbers.regimens if row.hours == hours[len(hours) // 2]]
    last_columns = 2
    column = (width - _LABELS - _GAP * (len(hours) + last_columns - 1)) / (len(hours) + 0.72 * last_columns)
    top, field = y + 0.42, height - 0.42 - 0.50
    for position, row in enumerate(first):
        centre = top + field * (position + 0.5) / len(first)
        sheet.text(
            x,
            centre,
            row.title,
            size=SIZES["text"],
            va="center",
            color=_colour(row),
            fontweight="bold" if row.difference is None else "normal",
        )
    left = x + _LABELS
    for hour in hours:
        rows = [row for row in numbers.regimens if row.hours == hour]
        sheet.text(left, y + 0.02, f"begun at {hour:g} h", size=SIZES["text"], fontweight="bold")
        axes = sheet.axes(left, top, column, field)
        _draw_shares(axes, rows)
        axes.set_xlabel("share hurt [%]", fontsize=SIZES["small"])
        left += column + _GAP
    when = f", begun at {hours[len(hours) // 2]:g} h"
    for words, part in ((numbers.severity, lambda r: r.severity), (numbers.adverse, lambda r: r.adverse)):
        sheet.text(left, y + 0.02, _short(words), size=SIZES["text"], fontweight="bold")
        axes = sheet.axes(left, top, 0.72 * column, field)
        _draw_spreads(axes, middle, part)
        axes.set_xlabel(_axis_words(part(middle[0]).unit) + when, fontsize=SIZES["small"])
        left += 0.72 * column + _GAP


def difference_in_words(difference: PairedDifference | None) -> str:
    """Return a difference in points of percent with its interval: ``+2.6 (1.2 to 4.3)``."""
    if difference is None:
        return "reference"
    value, low, high = (_points(part) for part in (difference.value, difference.low, difference.high))
    return f"{value} ({low} to {high})"


def _points(part: float) -> str:
    rounded = round(100.0 * part, 1)
    return "0.0" if rounded == 0.0 else f"{rounded:+.1f}".replace("-", "−")


def _short(words: str) -> str:
    return words.replace("N-acetylcysteine", "NAC").replace("Highest", "Peak")


def _axis_words(unit: str) -> str:
    return f"[{unit_in_words(unit) or 'ratio'}]"


def _colour(row: RegimenShare) -> str:
    return NO_ANTIDOTE if row.adverse.high == 0.0 else ANTIDOTE


def _rows_axis(axes: Axes, count: int) -> None:
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_axisbelow(True)
    for position in range(count):
        axes.axhline(position, color=LIGHT, lw=0.5, zorder=0)
    axes.tick_params(axis="x", labelsize=SIZES["small"])


def _draw_shares(axes: Axes, rows: Sequence[RegimenShare]) -> None:
    _rows_axis(axes, len(rows))
    top = max(100.0 * row.share.high for row in rows)
    for position, row in enumerate(rows):
        low, value, high = (100.0 * part for part in (row.share.low, row.share.value, row.share.high))
        axes.plot([low, high], [position, position], color=_colour(row), lw=2.4, alpha=0.55)
        axes.plot(
            [value], [position], marker="D" if row.difference is None else "o", ms=7, color=_colour(row)
        )
        if row.difference is None:
            axes.axvline(value, color=ANTIDOTE, lw=0.9, ls=(0, (4, 3)), zorder=1)
        axes.annotate(
            difference_in_words(row.difference),
            (1.0, position),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            xytext=(0, 1.5),
            textcoords="offset points",
            fontsize=SIZES["small"] - 1.5,
            color=GREY if row.difference is None or row.difference.low <= 0.0 <= row.difference.high else INK,
        )
    axes.set_xlim(0.0, top * 1.75)
    axes.set_xticks([tick for tick in np.arange(0.0, 101.0, 20.0) if tick <= top * 1.2])


def _draw_spreads(axes: Axes, rows: Sequence[RegimenShare], part: Callable[[RegimenShare], Spread]) -> None:
    _rows_axis(axes, len(rows))
    for position, row in enumerate(rows):
        spread = part(row)
        axes.plot([spread.low, spread.high], [position, position], color=_colour(row), lw=2.4, alpha=0.55)
        axes.plot([spread.middle], [position], marker="o", ms=6, color=_colour(row))
    if min(part(row).low for row in rows) > 0.5:
        axes.set_xlim(left=0.9 * min(part(row).low for row in rows))
    else:
        axes.set_xlim(left=0.0)
