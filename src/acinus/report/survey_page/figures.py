"""Figures of the survey page: outcomes along magnesium, and ratios per 100 mg beside published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import (
    ARM_COLOURS,
    GREY,
    INK,
    LIGHT,
    house_style,
    new_figure,
    quieten,
    write_footer,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from acinus.evidence.survey import Estimate, SurveyResult
    from acinus.evidence.survey.associations import Curve

__all__ = ["FOREST_MODELS", "draw_curves", "draw_forest"]

FOREST_MODELS = {
    "M0": "nothing else",
    "M1": "age, sex, race",
    "M1E": "and energy",
    "M2noFib": "and alcohol, BMI, education, income",
    "M2": "and fibre",
    "M2_calibrated": "the same, per usual intake",
}
"""Models of the forest figure by name, in words: what each is adjusted for."""

_RATIOS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0)
_OURS, _PUBLISHED = ARM_COLOURS[1], ARM_COLOURS[0]


@house_style()
def draw_curves(result: SurveyResult) -> Figure:
    """Return outcomes along magnesium eaten on one day, adjusted as in M2, with 95 % intervals point by point."""
    curves = list(result.curves.values())
    columns = min(2, len(curves))
    rows = -(-len(curves) // columns)
    figure = new_figure(11.0, 0.8 + 4.0 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    years = {table.name: table.title.partition(",")[0] for table in result.tables}
    for axes, curve in zip(grid.flat, curves, strict=False):
        _draw_curve(axes, curve, years[curve.outcome.table])
    for axes in grid.flat[len(curves) :]:
        axes.set_axis_off()
    figure.tight_layout(rect=(0.0, 0.6 / figure.get_figheight(), 1.0, 1.0))
    write_footer(figure)
    return figure


def _draw_curve(axes: Axes, curve: Curve, years: str) -> None:
    outcome = curve.outcome
    back, none, label = _scale(curve)
    axes.fill_between(curve.magnesium, back(curve.low), back(curve.high), color=_OURS, alpha=0.2, lw=0)
    axes.plot(curve.magnesium, back(curve.value), color=_OURS, lw=2.2)
    axes.axhline(none, color=GREY, lw=0.8)
    axes.plot(curve.knots, np.full(len(curve.knots), none), ls="", marker="|", ms=9, color=GREY)
    if outcome.kind == "cox":
        axes.set_yscale("log")
        axes.set_yticks(_RATIOS, [f"{ratio:g}" for ratio in _RATIOS])
        axes.minorticks_off()
        axes.set_ylim(0.95 * curve.low.min(), 1.05 * curve.high.max())
    axes.set_xlabel("magnesium in food and drink on the recalled day [mg]")
    axes.set_ylabel(label)
    words = outcome.words.removeprefix("logarithm of ")
    axes.set_title(f"{words[0].upper()}{words[1:]}, {years}", loc="left", fontweight="bold", pad=24)
    axes.text(
        0.0,
        1.02,
        f"{curve.n:,} people; bent: p = {curve.nonlinear[1]:.2g}, any relation: p = {curve.overall[1]:.2g}",
        transform=axes.transAxes,
        color=GREY,
        fontsize=9.5,
        va="bottom",
    )
    quieten(axes)


def _scale(curve: Curve) -> tuple[np.ufunc, float, str]:
    against = f"against {curve.reference:.0f} mg"
    if curve.outcome.kind == "cox":
        return np.positive, 1.0, f"hazard ratio {against}"
    if curve.outcome.value.startswith("ln_"):
        return np.exp, 1.0, f"ratio of geometric means {against}"
    return np.positive, 0.0, f"difference {against} [{curve.outcome.unit}]"


@house_style()
def draw_forest(result: SurveyResult) -> Figure:
    """Return hazard ratios per 100 mg/d: ours for death of any cause by model, and the published ones of liver outcomes."""
    ours = [
        (f"adjusted for {words}" if model == "M0" else words, result.estimates[name])
        for model, words in FOREST_MODELS.items()
        if (name := f"C.mortality.{model}") in result.estimates
    ]
    published = result.published.ratios
    figure = new_figure(11.0, 2.6 + 0.42 * (len(ours) + len(published)))
    axes = figure.add_axes((0.42, 1.35 / figure.get_figheight(), 0.36, 1.0 - 1.75 / figure.get_figheight()))
    y = 0.0
    y = _heading(axes, y, "Death of any cause, NHANES 2003-2018, food only, adjusted for", _OURS)
    for words, estimate in ours:
        y = _draw_ours(axes, y, words.removeprefix("adjusted for "), estimate)
    y = _heading(axes, y - 0.5, "Published: liver outcomes, food and supplements", _PUBLISHED)
    for ratio in published:
        _row(axes, y, ratio.name, ratio.ratio, (ratio.low, ratio.high), _PUBLISHED)
        y -= 1.0
    axes.axvline(1.0, color=GREY, lw=0.9, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.24, 1.3)
    ticks = [0.25, 0.35, 0.5, 0.7, 1.0]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(y + 0.3, 0.8)
    axes.set_yticks([])
    axes.set_xlabel("hazard ratio per 100 mg of magnesium a day, with 95 % interval")
    quieten(axes)
    axes.spines["left"].set_visible(False)
    write_footer(
        figure, "the two groups have different outcomes: they show sizes, and do not test each other"
    )
    return figure


def _heading(axes: Axes, y: float, words: str, colour: str) -> float:
    axes.annotate(
        words,
        (-1.13, y),
        xycoords=("axes fraction", "data"),
        color=colour,
        fontweight="bold",
        va="center",
        annotation_clip=False,
    )
    return y - 1.0


def _draw_ours(axes: Axes, y: float, words: str, estimate: Estimate) -> float:
    _row(axes, y, words, estimate.value, (estimate.low, estimate.high), _OURS)
    return y - 1.0


def _row(
    axes: Axes, y: float, words: str, value: float, limits: tuple[float | None, float | None], colour: str
) -> None:
    low, high = limits
    interval = "no interval published"
    if low is not None and high is not None:
        axes.plot([low, high], [y, y], color=colour, lw=2.0, solid_capstyle="butt")
        interval = f"{low:.2f} to {high:.2f}"
    axes.plot([value], [y], ls="", marker="s", ms=7, color=colour, markeredgecolor=LIGHT)
    axes.annotate(
        words, (-1.1, y), xycoords=("axes fraction", "data"), color=INK, va="center", annotation_clip=False
    )
    axes.annotate(
        f"{value:.2f}   ({interval})",
        (1.03, y),
        xycoords=("axes fraction", "data"),
        color=INK,
        va="center",
        annotation_clip=False,
    )
