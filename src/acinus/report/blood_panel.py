"""Panel: what the blood tests show: ALT on a log axis and INR, arms overlaid and named at their curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.report.nomogram_panel import shade_antidote
from acinus.report.palette import ARM_COLOURS, GREY, halo, line_widths, quieten, title_panel
from acinus.report.zone_panel import time_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from acinus.report.arm_view import ArmView

__all__ = ["draw_blood"]


def draw_blood(
    alt_axes: Axes, inr_axes: Axes, arms: Sequence[ArmView], *, letter: str, hepatotoxicity: float | None
) -> None:
    """Draw ALT (U/L, log) above and INR below against time.

    Parameters
    ----------
    alt_axes, inr_axes : Axes
    arms : sequence of ArmView
    letter : str
    hepatotoxicity : float, optional
        The ALT that defines hepatotoxicity, U/L; drawn as a line.
    """
    for arm, colour, width in zip(arms, ARM_COLOURS, line_widths(len(arms)), strict=False):
        alt_axes.plot(arm.time, arm.alt, color=colour, lw=width)
        inr_axes.plot(arm.time, arm.inr, color=colour, lw=width)
        if arm.people is not None:
            for axes, (low, high) in ((alt_axes, arm.people.alt), (inr_axes, arm.people.inr)):
                axes.fill_between(arm.time, low, high, color=colour, alpha=0.18, lw=0, zorder=0)
    end = float(arms[0].time[-1])
    highest = max(float(np.nanmax(curve)) for arm in arms for curve in _shown(arm, "alt"))
    if hepatotoxicity is not None:
        highest = max(highest, hepatotoxicity)
        alt_axes.axhline(hepatotoxicity, color=GREY, lw=1, ls=(0, (5, 3)), zorder=1)
        alt_axes.annotate(
            "hepatotoxicity",
            (0.01, hepatotoxicity),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=10,
            color=GREY,
            path_effects=halo(),
        )
    lowest = min(float(np.nanmin(curve)) for arm in arms for curve in _shown(arm, "alt"))
    alt_axes.set(yscale="log", ylim=(lowest / 2.0, highest * 2.5), ylabel="ALT in plasma [U/L]")
    alt_axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    alt_axes.minorticks_off()
    alt_axes.tick_params(labelbottom=False)
    top = max(2.0, 1.08 * max(float(np.nanmax(curve)) for arm in arms for curve in _shown(arm, "inr")))
    inr_axes.set(ylim=(min(0.8, *(float(np.nanmin(arm.inr)) for arm in arms)), top))
    inr_axes.set(ylabel="INR [ratio]", xlabel="time after the dose [h]")
    for axes, curves in ((alt_axes, [a.alt for a in arms]), (inr_axes, [a.inr for a in arms])):
        axes.set_xlim(0.0, end)
        axes.set_xticks(time_ticks(end))
        shade_antidote(axes, arms)
        quieten(axes)
        _name_curves(axes, arms, curves, hurt=axes is alt_axes)
    several = arms[0].people
    alt_axes.annotate(
        (
            "peaks at the right"
            if several is None
            else f"lines: typical adult; bands: 5 to 95 % of {several.n} adults"
        )
        + ("; blue field: acetylcysteine given" if any(arm.antidote for arm in arms) else ""),
        (0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, 5),
        textcoords="offset points",
        fontsize=10,
        color=GREY,
    )
    title_panel(alt_axes, letter, "Blood tests: ALT and INR")


def _shown(arm: ArmView, name: str) -> list[np.ndarray]:
    """Return the curve of the individual and the band of the people, where there is one."""
    band = [] if arm.people is None else [getattr(arm.people, name)]
    return [getattr(arm, name), *band]


def _name_curves(axes: Axes, arms: Sequence[ArmView], curves: Sequence[np.ndarray], *, hurt: bool) -> None:
    # Labels stand to the right of the ends of the curves, pushed apart where they would overlap.
    finite = [curve[np.isfinite(curve)] for curve in curves]
    order = sorted((i for i in range(len(arms)) if finite[i].size), key=lambda i: finite[i][-1])
    to_axes = axes.transData + axes.transAxes.inverted()
    # Two lines of type a label, in parts of the height of the axes.
    gap, below = 30.0 / (axes.bbox.height / axes.figure.dpi * 72.0), -1.0
    for i in order:
        height = float(to_axes.transform((0.0, finite[i][-1]))[1])
        below = max(height, below + gap)
        people = arms[i].people
        words = f"peak {_rounded(float(finite[i].max()))}"
        if hurt and people is not None:
            words = f"{people.hurt} of {people.n} hurt"
        axes.text(
            1.015,
            below,
            f"{arms[i].label}\n{words}",
            transform=axes.transAxes,
            color=ARM_COLOURS[i],
            va="center",
            fontweight="bold",
            fontsize=10,
        )


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.2g}"
