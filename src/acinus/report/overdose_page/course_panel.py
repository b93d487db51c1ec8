"""Panel: what the blood shows over time, one row a test, one column a person and one for the whole group."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, unit_in_words
from acinus.report.palette import GREY, INK, LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from acinus.report.arm_view import Nomogram
    from acinus.report.overdose_page.page_numbers import Course, CourseLines, ExamplePerson, PageNumbers
    from acinus.report.overdose_page.sheet import Sheet

__all__ = ["draw_courses", "person_in_words"]

_LABELS = 1.72  # inches for the names of the tests
_TICKS = 0.45  # inches for the numbers of the vertical axis
_BETWEEN = 0.18
_HEADER = 0.72
_TIMES = 0.34  # inches below a block of rows with one time axis


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: an example by its key, or the group."""

    key: str
    title: str
    note: str


def person_in_words(person: ExamplePerson) -> str:
    """Return who someone is: dose, weight, level."""
    return f"{person.dose:.0f} g, {person.weight:.0f} kg, {person.level:.0f} mg/L at 4 h"


def draw_courses(sheet: Sheet, numbers: PageNumbers, x: float, y: float, width: float, height: float) -> None:
    """Draw all rows of time courses; rows that follow each other with the same end share their time axis."""
    columns = [_column(example, numbers) for example in numbers.examples]
    columns.append(
        _Column("", "The whole group", f"{numbers.group_size:,} people: median, and 5 to 95 % of them")
    )
    wide = (width - _LABELS - _TICKS - _BETWEEN * (len(columns) - 1)) / len(columns)
    lefts = [x + _LABELS + _TICKS + i * (wide + _BETWEEN) for i in range(len(columns))]
    for column, left in zip(columns, lefts, strict=True):
        sheet.text(left, y, column.title, size=SIZES["label"], fontweight="bold")
        sheet.block(left, y + 0.21, wide, column.note, size=SIZES["small"] - 1.0, colour=GREY, most=2)
    ends = [course.time[-1] for course in numbers.courses]
    blocks = 1 + sum(one != other for one, other in itertools.pairwise(ends))
    # The first block of rows has the nomogram to show and is given more room.
    weights = [2.2 if course.nomogram else 1.0 for course in numbers.courses]
    unit = (height - _HEADER - blocks * _TIMES) / sum(weights)
    top = y + _HEADER
    for place, (course, weight) in enumerate(zip(numbers.courses, weights, strict=True)):
        last = place + 1 == len(ends) or ends[place + 1] != ends[place]
        _draw_row(sheet, numbers, course, columns, lefts, (x, top, wide, 0.84 * unit * weight), last=last)
        top += unit * weight + (_TIMES if last else 0.0)


def _column(example: ExamplePerson | str, numbers: PageNumbers) -> _Column:
    if isinstance(example, str):
        return _Column("-", example, f"nobody of {numbers.group_size:,}")
    return _Column(
        example.key, example.title, f"{person_in_words(example)}; the middle one of {example.fitting:,}"
    )


def _draw_row(
    sheet: Sheet,
    numbers: PageNumbers,
    course: Course,
    columns: list[_Column],
    lefts: list[float],
    place: tuple[float, float, float, float],
    *,
    last: bool,
) -> None:
    x, y, wide, high = place
    limits = _limits(course)
    small = _small_print(course, numbers.nomogram, limits)
    sheet.text(x, y + high / 2 - 0.02, course.title, size=SIZES["text"], fontweight="bold", va="bottom")
    sheet.text(x, y + high / 2 + 0.02, small, size=SIZES["small"] - 1.5, color=GREY, va="top")
    shared: Axes | None = None
    for column, left in zip(columns, lefts, strict=True):
        axes = sheet.axes(left, y, wide, high)
        axes.set(xlim=(0.0, float(course.time[-1])))
        axes.axvline(numbers.course_hour, color=ANTIDOTE, lw=0.7, ls=(0, (1, 1.5)), zorder=1)
        if course.level is not None:
            axes.axhline(course.level, color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=1)
        if course.nomogram and numbers.nomogram is not None:
            _draw_nomogram(axes, numbers.nomogram)
        for lines, colour in ((course.untreated, NO_ANTIDOTE), (course.treated, ANTIDOTE)):
            _draw_lines(axes, course, lines, column, colour)
        if course.logarithmic:
            axes.set_yscale("log")
        axes.set_ylim(*limits)
        _vertical_ticks(axes, course, limits)
        _time_ticks(axes, float(course.time[-1]), named=last)
        axes.tick_params(labelleft=shared is None, labelsize=SIZES["small"] - 1.5, length=2)
        for spine in ("left", "bottom"):
            axes.spines[spine].set_color(LIGHT)
        shared = axes


def _small_print(course: Course, nomogram: Nomogram | None, limits: tuple[float, float]) -> str:
    unit = unit_in_words(course.unit)
    words = ["relative to normal" if course.relative else f"[{unit}]" if unit else course.name]
    if course.zones:
        words.append("dotted: central zone")
    if course.nomogram and nomogram is not None:
        words += ["grey: nomogram lines", ", ".join(f"{line:g}" for line in nomogram.lines)]
    if course.level is not None and limits[0] < course.level < limits[1]:
        words.append(f"dashed: {course.level:g}")
    return "\n".join(words)


def _draw_nomogram(axes: Axes, nomogram: Nomogram) -> None:
    time = np.array([nomogram.reference_time, nomogram.last_time])
    for line in nomogram.lines:
        axes.plot(time, nomogram.level(line, time), color=GREY, lw=0.7, zorder=2)


def _draw_lines(axes: Axes, course: Course, lines: CourseLines, column: _Column, colour: str) -> None:
    if column.key == "-":
        return
    styles = ("-", (0, (1, 1)))
    drawn = lines.examples.get(column.key) if column.key else lines.middle
    if drawn is None:
        return
    for line, style in zip(drawn, styles, strict=False):
        axes.plot(course.time, line, color=colour, lw=1.7, ls=style, zorder=4)
    if not column.key:
        for low, high in zip(lines.low[:1], lines.high[:1], strict=True):
            axes.fill_between(course.time, low, high, color=colour, alpha=0.20, lw=0, zorder=2)


def _limits(course: Course) -> tuple[float, float]:
    """Return limits that hold every line and band of a row."""
    arrays = [
        part
        for lines in (course.untreated, course.treated)
        for part in (lines.low[:1], lines.high[:1], lines.middle, *lines.examples.values())
    ]
    values = np.concatenate([np.asarray(part).ravel() for part in arrays])
    values = values[np.isfinite(values)]
    if course.logarithmic:
        positive = values[values > 0.0]
        low = course.floor if course.floor is not None else float(positive.min()) / 1.3
        return low, float(positive.max()) * 1.6
    low, high = float(values.min()), float(values.max())
    if low >= 0.0 and low < 0.5 * high:
        low = 0.0
    return low - (0.04 * (high - low) if low else 0.0), high + 0.06 * (high - low)


def _vertical_ticks(axes: Axes, course: Course, limits: tuple[float, float]) -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator

    low, high = limits
    if course.logarithmic:
        decades = [10.0**power for power in range(-3, 8) if low <= 10.0**power <= high]
        step = 1 if len(decades) <= 3 else 2
        axes.set_yticks(decades[::-step][::-1])
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=2, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def _time_ticks(axes: Axes, end: float, *, named: bool) -> None:
    from matplotlib.ticker import NullLocator

    step = 12.0 if end <= 60.0 else 48.0
    axes.set_xticks(np.arange(0.0, end + 0.1, step))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelbottom=named)
    if named:
        axes.set_xlabel("time after the dose [h]", fontsize=SIZES["small"] - 1.0, labelpad=1.0, color=INK)
