"""Panel: acetaminophen in plasma against time, on the Rumack-Matthew nomogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import ARM_COLOURS, GREY, INK, halo, line_widths, quieten, title_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from acinus.report.arm_view import ArmView, Nomogram

__all__ = ["draw_nomogram", "shade_antidote"]


def draw_nomogram(axes: Axes, arms: Sequence[ArmView], nomogram: Nomogram | None, *, letter: str) -> None:
    """Draw plasma curves of all arms (mg/L, log) over the nomogram's lines, to past their end."""
    end = (
        float(arms[0].time[-1])
        if nomogram is None
        else min(float(arms[0].time[-1]), nomogram.last_time * 1.3)
    )
    top = max(float(np.nanmax(arm.acetaminophen)) for arm in arms)
    if nomogram is not None:
        top = max(top, *nomogram.lines)
        for line in nomogram.lines:
            _draw_line(axes, nomogram, line)
        axes.text(
            0.985,
            0.97,
            f"nomogram lines, named by\ntheir level at {nomogram.reference_time:g} h [mg/L]",
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=10,
            color=GREY,
            path_effects=halo(),
        )
    for arm, colour, width in zip(arms, ARM_COLOURS, line_widths(len(arms)), strict=False):
        shown = (arm.time <= end) & (arm.acetaminophen > 0.0)
        axes.plot(
            arm.time[shown],
            arm.acetaminophen[shown],
            color=colour,
            lw=width,
            zorder=3,
            solid_capstyle="round",
        )
    beside = None
    for arm, colour in zip(arms, ARM_COLOURS, strict=False):
        # Each name stands to the right of the one before it, above the axes.
        beside = axes.annotate(
            arm.label,
            (0.0, 1.0) if beside is None else (1.0, 0.0),
            xycoords="axes fraction" if beside is None else beside,
            xytext=(0, 5) if beside is None else (16, 0),
            textcoords="offset points",
            va="bottom",
            color=colour,
            fontweight="bold",
        )
    lowest = (
        3.0
        if nomogram is None
        else float(nomogram.level(min(nomogram.lines), np.array(nomogram.last_time))) / 1.6
    )
    axes.set(yscale="log", xlim=(0.0, end), ylim=(lowest, top * 1.9), xlabel="time after the dose [h]")
    axes.set_ylabel("acetaminophen in plasma [mg/L]")
    axes.set_yticks([t for t in (1, 3, 10, 30, 100, 300, 1000) if lowest <= t <= top * 1.9])
    axes.set_xticks(np.arange(0.0, end + 0.1, 4.0))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    shade_antidote(axes, arms, label=True)
    quieten(axes)
    title_panel(axes, letter, "Plasma level on the Rumack-Matthew nomogram")


def _draw_line(axes: Axes, nomogram: Nomogram, line: float) -> None:
    time = np.array([nomogram.reference_time, nomogram.last_time])
    level = nomogram.level(line, time)
    main = line in nomogram.lines[:2]
    axes.plot(time, level, color=INK if main else GREY, lw=1.1, ls="-" if main else (0, (5, 3)), zorder=2)
    axes.annotate(
        f"{line:g}",
        (time[1], level[1]),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=10,
        color=INK if main else GREY,
        zorder=4,
        path_effects=halo(),
    )


def shade_antidote(axes: Axes, arms: Sequence[ArmView], *, label: bool = False) -> None:
    """Shade the time of acetylcysteine in each arm's colour, and name it once where asked."""
    for arm, colour in zip(arms, ARM_COLOURS, strict=False):
        for start, end in arm.antidote:
            axes.axvspan(start, end, color=colour, alpha=0.10, lw=0, zorder=0)
        if label and arm.antidote:
            axes.annotate(
                "acetylcysteine",
                (arm.antidote[0][0], 0.0),
                xycoords=("data", "axes fraction"),
                xytext=(4, 5),
                textcoords="offset points",
                color=colour,
                fontsize=10,
                zorder=4,
            )
