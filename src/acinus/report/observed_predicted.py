"""Observed against predicted: one picture of all data, and one small picture a study."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import (
    ARM_COLOURS,
    GREY,
    INK,
    LIGHT,
    MARKERS,
    house_style,
    new_figure,
    quieten,
    write_footer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Curve", "Pair", "draw_observed_predicted", "draw_study_curves"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One measured value and what the model says of it, in the same unit.

    Attributes
    ----------
    study, analyte, unit : str
    validation : bool
        False for data that were used to fit.
    observed, predicted : float
        In `unit`.
    """

    study: str
    analyte: str
    unit: str
    validation: bool
    observed: float
    predicted: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One analyte of one study: measured points and the simulated curve through them.

    Attributes
    ----------
    study, analyte, unit : str
    validation : bool
    observed_time, observed : (P,) arrays, h and `unit`
    time, predicted : (T,) arrays, h and `unit`
    """

    study: str
    analyte: str
    unit: str
    validation: bool
    observed_time: np.ndarray
    observed: np.ndarray
    time: np.ndarray
    predicted: np.ndarray


@house_style()
def draw_observed_predicted(pairs: Sequence[Pair]) -> Figure:
    """Return predicted against observed on log axes, with the line of identity and the two-fold lines.

    Each unit has its own panel; pairs that are not both positive are counted, not drawn.
    """
    units = list(dict.fromkeys(pair.unit for pair in pairs))
    figure = new_figure(6.2 * len(units) + 2.6, 7.0)
    analytes = list(dict.fromkeys(pair.analyte for pair in pairs))
    grid = figure.add_gridspec(
        1,
        len(units),
        left=0.95 / figure.get_figwidth(),
        right=1.0 - 2.6 / figure.get_figwidth(),
        bottom=0.16,
        top=0.87,
        wspace=0.28,
    )
    axes: Axes | None = None
    for column, unit in enumerate(units):
        axes = figure.add_subplot(grid[0, column])
        _draw_cloud(axes, [pair for pair in pairs if pair.unit == unit], analytes, unit)
    if axes is not None:
        _draw_key(axes, analytes, pairs)
    figure.suptitle(
        "Predicted against observed",
        x=0.95 / figure.get_figwidth(),
        y=0.97,
        ha="left",
        fontsize=16,
        fontweight="bold",
    )
    write_footer(figure)
    return figure


def _draw_cloud(axes: Axes, pairs: Sequence[Pair], analytes: Sequence[str], unit: str) -> None:
    shown = [pair for pair in pairs if pair.observed > 0.0 and pair.predicted > 0.0]
    for analyte in analytes:
        for validation in (False, True):
            chosen = [p for p in shown if p.analyte == analyte and p.validation is validation]
            colour = ARM_COLOURS[analytes.index(analyte) % len(ARM_COLOURS)]
            axes.scatter(
                [p.observed for p in chosen],
                [p.predicted for p in chosen],
                s=30,
                alpha=0.8,
                linewidths=1.1,
                zorder=3,
                marker="o" if validation else "s",
                facecolors=colour if validation else "none",
                edgecolors=colour,
            )
    values = np.array([v for p in shown for v in (p.observed, p.predicted)] or [1.0, 10.0])
    low, high = float(values.min()) / 1.5, float(values.max()) * 1.5
    line = np.array([low, high])
    axes.plot(line, line, color=INK, lw=1.2, zorder=2)
    for fold in (0.5, 2.0):
        axes.plot(line, fold * line, color=GREY, lw=1.0, ls=(0, (5, 3)), zorder=1)
    axes.fill_between(line, line / 2.0, line * 2.0, color=LIGHT, alpha=0.25, lw=0, zorder=0)
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal")
    axes.set(xlabel=f"observed [{unit}]", ylabel=f"predicted [{unit}]")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    within = sum(0.5 <= p.predicted / p.observed <= 2.0 for p in shown)
    left = len(pairs) - len(shown)
    words = f"{within} of {len(shown)} within 2-fold" + (f"; {left} not positive, not drawn" if left else "")
    axes.set_title(words, loc="left", fontsize=11)
    quieten(axes)


def _draw_key(axes: Axes, analytes: Sequence[str], pairs: Sequence[Pair]) -> None:
    place, step = 1.0, 0.06
    for analyte, colour in zip(analytes, ARM_COLOURS, strict=False):
        axes.text(1.05, place, analyte, transform=axes.transAxes, color=colour, fontweight="bold", va="top")
        place -= step
    place -= step / 2
    for validation, words in ((True, "validation"), (False, "calibration")):
        if any(pair.validation is validation for pair in pairs):
            axes.plot(
                [1.07],
                [place - 0.02],
                marker="o" if validation else "s",
                transform=axes.transAxes,
                clip_on=False,
                color=INK,
                markerfacecolor=INK if validation else "none",
            )
            axes.text(1.10, place, words, transform=axes.transAxes, va="top")
            place -= step
    axes.text(
        1.05, place - step / 2, "line: identity\nband: 2-fold", transform=axes.transAxes, va="top", color=GREY
    )


@house_style()
def draw_study_curves(curves: Sequence[Curve]) -> Figure:
    """Return small multiples, one panel a study: measured points and simulated curves, log axis."""
    from matplotlib.ticker import LogLocator

    studies = list(dict.fromkeys((curve.study, curve.unit) for curve in curves))
    analytes = list(dict.fromkeys(curve.analyte for curve in curves))
    columns = min(4, max(1, len(studies)))
    rows = max(1, -(-len(studies) // columns))
    figure = new_figure(3.7 * columns + 0.4, 3.0 * rows + 1.5)
    for position, (study, unit) in enumerate(studies):
        axes = figure.add_subplot(rows, columns, position + 1)
        for curve in (c for c in curves if (c.study, c.unit) == (study, unit)):
            index = analytes.index(curve.analyte)
            colour = ARM_COLOURS[index % len(ARM_COLOURS)]
            drawn = curve.predicted > 0.0
            axes.plot(curve.time[drawn], curve.predicted[drawn], color=colour, lw=1.8)
            axes.plot(
                curve.observed_time,
                curve.observed,
                ls="",
                marker=MARKERS[index % len(MARKERS)],
                ms=5,
                color=colour,
                markerfacecolor=colour if curve.validation else "white",
            )
        observed = np.concatenate([c.observed for c in curves if (c.study, c.unit) == (study, unit)])
        positive = observed[observed > 0.0]
        if positive.size:
            axes.set_yscale("log")
            axes.set_ylim(positive.min() / 3.0, positive.max() * 3.0)
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.minorticks_off()
        axes.set_title("\n".join(textwrap.wrap(study, 34)), loc="left", fontsize=10)
        axes.set_ylabel(f"[{unit}]", fontsize=10)
        if position + columns >= len(studies):
            axes.set_xlabel("time after the dose [h]", fontsize=10)
        quieten(axes)
    height = figure.get_figheight()
    beside = 0.02
    for analyte, colour in zip(analytes, ARM_COLOURS, strict=False):
        figure.text(beside, 1.0 - 0.3 / height, analyte, color=colour, fontweight="bold", va="center")
        beside += (len(analyte) + 3) * 0.115 / figure.get_figwidth()
    figure.text(
        0.99,
        1.0 - 0.3 / height,
        "points: measured (open: used for calibration); lines: simulated",
        ha="right",
        va="center",
        color=GREY,
        fontsize=10,
    )
    figure.tight_layout(rect=(0.0, 0.55 / height, 1.0, 1.0 - 0.5 / height))
    write_footer(figure)
    return figure
