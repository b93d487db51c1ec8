"""The figure of the page: maps of where habits lead from two starts, how strong the links must be, and courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import (
    ARM_COLOURS,
    GREY,
    INK,
    house_style,
    new_figure,
    quieten,
    title_panel,
    write_footer,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from acinus.report.circle.circle_numbers import CircleCourse, CircleMap, CircleNumbers

__all__ = ["draw_circle"]

_LAST_STAGE = 4.0
_HATCH = "////"
# What share of the map makes a picture of two resting states worth looking at.
_WORTH_SHOWING = 0.05


@house_style()
def draw_circle(numbers: CircleNumbers) -> Figure:
    """Return the figure of the page."""
    figure = new_figure(16.5, 11.0)
    panels = figure.subplots(2, 3)
    figure.subplots_adjust(left=0.055, right=0.985, top=0.86, bottom=0.14, wspace=0.27, hspace=0.52)
    figure.text(0.055, 0.955, numbers.title, fontsize=18, fontweight="bold", color=INK)
    figure.text(0.055, 0.925, _answer(numbers), fontsize=12, color=GREY)
    first, last = numbers.susceptibilities[0], numbers.susceptibilities[-1]
    weakest = numbers.gains[0]
    strongest = _first_worth_showing(numbers, last)
    chosen = [(first, weakest), (last, weakest), (last, strongest)]
    for letter, axes, (susceptibility, gain) in zip("ABC", panels[0], chosen, strict=True):
        title_panel(axes, letter, _words_of(susceptibility, gain))
        _draw_map(axes, numbers, numbers.at(susceptibility, gain))
    _draw_gains(panels[1, 0], numbers)
    title_panel(panels[1, 0], "D", "How strong the links must be")
    title_panel(panels[1, 1], "E", "Stage of fibrosis over the years")
    title_panel(panels[1, 2], "F", "Serum magnesium over the years")
    _draw_courses(panels[1, 1], panels[1, 2], numbers)
    write_footer(
        figure,
        f"{numbers.runs_finished:,} of {numbers.runs:,} courses finished, model {numbers.provenance.model_hash[:12]}",
    )
    return figure


def _answer(numbers: CircleNumbers) -> str:
    """Return what the maps say, in one sentence."""
    base, *stronger = numbers.gains
    found = max(numbers.at(one, base).share_of_two for one in numbers.susceptibilities)
    if found > 0.0:
        return f"At the links' own values {found:.1%} of the map has two resting states: there the past decides as well."
    enough = [g for g in stronger if any(numbers.at(one, g).two.any() for one in numbers.susceptibilities)]
    begin = (
        f"two appear somewhere with links {enough[0]:g} times as strong"
        if enough
        else "nor with stronger links"
    )
    return (
        "At the links' own values habits alone decide where a liver comes to rest: one resting state everywhere on this map; "
        f"{begin}."
    )


def _first_worth_showing(numbers: CircleNumbers, susceptibility: float) -> float:
    """Return the weakest links with two resting states in a visible part of the map, or the strongest there are."""
    found = (g for g in numbers.gains if numbers.at(susceptibility, g).share_of_two >= _WORTH_SHOWING)
    return next(found, numbers.gains[-1])


def _words_of(susceptibility: float, gain: float) -> str:
    who = "Typical individual" if susceptibility == 1.0 else f"Scars {susceptibility:g} times as readily"
    return who if gain == 1.0 else f"{who}, links x {gain:g}"


def _draw_map(axes: Axes, numbers: CircleNumbers, one: CircleMap) -> None:
    """Draw the stage at rest from a healthy start, where the scarred start ends elsewhere, and low serum magnesium."""
    healthy = one.stage[0]
    image = axes.pcolormesh(
        numbers.across, numbers.up, healthy, vmin=0.0, vmax=_LAST_STAGE, cmap="cividis_r", shading="nearest"
    )
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label("stage at rest from a healthy start")
    lines = axes.contour(
        numbers.across, numbers.up, one.serum[0], levels=[0.7, 0.75, 0.8], colors=ARM_COLOURS[0]
    )
    axes.clabel(lines, fmt="%.2f", fontsize=9)
    under = "red: serum magnesium, mmol/L; one resting state everywhere"
    if one.two.any():
        dx, dy = np.diff(numbers.across)[0], np.diff(numbers.up)[0]
        for row, column in zip(*np.nonzero(one.two), strict=True):
            axes.fill_between(
                [numbers.across[column] - dx / 2, numbers.across[column] + dx / 2],
                numbers.up[row] - dy / 2,
                numbers.up[row] + dy / 2,
                facecolor="none",
                edgecolor=ARM_COLOURS[1],
                hatch=_HATCH,
                linewidth=0.0,
            )
        under = f"red: serum magnesium, mmol/L; hatched: two resting states ({one.share_of_two:.0%})"
    axes.text(0.0, 1.03, under, transform=axes.transAxes, fontsize=9.5, color=GREY)
    axes.set_xlabel(numbers.across_title)
    axes.set_ylabel(numbers.up_title)


def _draw_gains(axes: Axes, numbers: CircleNumbers) -> None:
    for colour, susceptibility in zip(ARM_COLOURS, numbers.susceptibilities, strict=False):
        shares = [100.0 * numbers.at(susceptibility, gain).share_of_two for gain in numbers.gains]
        axes.plot(numbers.gains, shares, "o-", color=colour, label=_words_of(susceptibility, 1.0))
    axes.set_xlabel("Factor on every link of the circle")
    axes.set_ylabel("Map with two resting states (%)")
    axes.set_ylim(bottom=-1.0)
    axes.legend(frameon=False, loc="upper left")
    quieten(axes)


def _draw_courses(stage: Axes, serum: Axes, numbers: CircleNumbers) -> None:
    amounts = list(dict.fromkeys(course.magnesium for course in numbers.courses))
    for course in numbers.courses:
        colour = ARM_COLOURS[amounts.index(course.magnesium)]
        style = "-" if course.whole else ":"
        stage.plot(course.years, course.stage, style, color=colour, label=course.label)
        serum.plot(course.years, course.serum, style, color=colour)
    for axes, words in ((stage, "Stage of fibrosis"), (serum, "Serum magnesium (mmol/L)")):
        axes.set_xlabel("Years")
        axes.set_ylabel(words)
        axes.text(0.0, 1.03, numbers.course_title, transform=axes.transAxes, fontsize=9.5, color=GREY)
        quieten(axes)
    stage.set_ylim(0.0, _LAST_STAGE)
    stage.legend(frameon=False, loc="lower right", fontsize=9)
    _note_cut(serum, numbers.courses)


def _note_cut(axes: Axes, courses: tuple[CircleCourse, ...]) -> None:
    if any(not course.whole for course in courses):
        words = "dotted: magnesium does nothing\nto insulin and scar"
        axes.text(0.97, 0.95, words, transform=axes.transAxes, ha="right", va="top", fontsize=9, color=GREY)
