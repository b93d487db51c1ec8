"""Panel: a quantity along the sinusoid over time, one strip an arm, portal zone at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import ARM_COLOURS, INK, title_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from acinus.report.arm_view import ArmView

__all__ = ["draw_zones"]


def draw_zones(
    figure: Figure,
    strips: Sequence[Axes],
    arms: Sequence[ArmView],
    fractions: Sequence[np.ndarray],
    *,
    bar: Axes,
    letter: str,
    title: str,
    colours: str,
    least: str,
) -> None:
    """Draw one heat map an arm with a shared colour bar.

    Parameters
    ----------
    figure, strips, bar
        Where: the figure, one axes an arm, and the axes of the colour bar.
    arms : sequence of ArmView
    fractions : sequence of (T, Z) arrays
        What is shown, as a fraction of its start, one array an arm.
    letter, title
        The panel's letter, and its title with the unit of the colours.
    colours : str
        A matplotlib colour map.
    least : str
        How the lowest value is introduced, such as "lowest".
    """
    mesh = None
    for axes, arm, fraction, colour in zip(strips, arms, fractions, ARM_COLOURS, strict=False):
        zones = fraction.shape[1]
        mesh = axes.pcolormesh(
            arm.time,
            np.arange(1, zones + 1),
            100.0 * fraction.T,
            cmap=colours,
            vmin=0.0,
            vmax=100.0,
            shading="nearest",
            rasterized=True,
        )
        axes.set_ylim(zones + 0.5, 0.5)
        axes.set_yticks([1, zones], ["portal", "central"])
        axes.set_xlim(arm.time[0], arm.time[-1])
        axes.set_xticks(time_ticks(arm.time[-1]))
        axes.tick_params(length=3)
        last = axes is strips[len(arms) - 1]
        axes.tick_params(labelbottom=last)
        if last:
            axes.set_xlabel("time after the dose [h]")
        axes.annotate(
            arm.label,
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0, 5),
            textcoords="offset points",
            color=colour,
            fontweight="bold",
            va="bottom",
        )
        when, where = np.unravel_index(int(np.nanargmin(fraction)), fraction.shape)
        words = f"{least} {percent(fraction[when, where])} % in zone {where + 1} at {arm.time[when]:.0f} h"
        axes.annotate(
            words,
            (1.0, 1.0),
            xycoords="axes fraction",
            xytext=(0, 5),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=10,
            color=INK,
        )
        for start, end in arm.antidote:
            axes.plot(
                [start, end], [0.5, 0.5], color=colour, lw=4, clip_on=False, solid_capstyle="butt", zorder=5
            )
    if mesh is not None:
        above = any(float(np.nanmax(fraction)) > 1.005 for fraction in fractions)
        figure.colorbar(mesh, cax=bar, extend="max" if above else "neither", ticks=[0, 25, 50, 75, 100])
    title_panel(strips[0], letter, title)


def percent(fraction: float) -> str:
    """Return a fraction in percent: whole numbers, except below ten and just below a hundred."""
    value = 100.0 * float(fraction)
    if 99.0 < value < 99.95:
        return f"{value:.1f}"  # a loss, however small, is not 100 %
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def time_ticks(end: float) -> np.ndarray:
    """Return tick positions (h) from 0 to `end` at 12 h, or days when it is long."""
    step = 12.0 if end <= 100.0 else 24.0
    return np.arange(0.0, end + 0.1, step if end > 30.0 else 4.0)
