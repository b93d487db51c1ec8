"""The figure of a trial: shares beside what was published, differences, courses of events, numbers, and power."""

from __future__ import annotations

import functools
import textwrap
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
    title_panel,
    write_footer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from acinus.trials import TrialResult

__all__ = ["draw_trial"]

_COLUMNS = 3
_CELL = (5.6, 3.7)  # inches that a panel takes with its names


@house_style()
def draw_trial(result: TrialResult) -> Figure:
    """Return the figure of a trial; panels that would be empty are left out."""
    panels = _panels(result)
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    wide = columns * _CELL[0]
    tall = rows * _CELL[1] + 1.5 + 0.19 * len(_caption(result, int(wide * 11.5)))
    figure = new_figure(wide, tall)
    heading = textwrap.wrap(result.trial.setting.title, int(wide * 8))
    figure.suptitle(
        "\n".join(heading), x=0.02, y=1 - 0.12 / tall, ha="left", va="top", fontsize=15, fontweight="bold"
    )
    above = 0.2 + 0.28 * len(heading)
    _write_legend(figure, result, 1 - above / tall)
    for place, (words, draw) in enumerate(panels):
        row, column = divmod(place, columns)
        # Names of outcomes and arms need as much room in every panel, so that the axes stand in line.
        left = (column * _CELL[0] + 1.75) / wide
        bottom = 1 - (above + 0.45 + (row + 1) * _CELL[1] - 0.85) / tall
        axes = figure.add_axes((left, bottom, (_CELL[0] - 2.05) / wide, (_CELL[1] - 1.6) / tall))
        draw(axes)
        quieten(axes)
        title_panel(axes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place % 26], "\n".join(textwrap.wrap(words, 38)))
    setting = result.trial.setting
    figure.text(
        0.02, 0.62 / tall, "\n".join(_caption(result, int(wide * 11.5))), ha="left", va="bottom", color=GREY
    )
    write_footer(
        figure,
        f"{setting.model.id} {setting.model.hash[:12]}, population {setting.population.name}, "
        f"{result.screening.n_in:,} screened, seed {setting.seed}",
    )
    return figure


def _caption(result: TrialResult, width: int) -> list[str]:
    words = f"Everybody is in all arms. Bars and bands: {result.trial.confidence:.0%} intervals."
    if result.numbers:
        words += " Numbers: a dot at the median, a bar at the mean, a line from 5 to 95 % of people."
    return [*textwrap.wrap(words, width), *textwrap.wrap(result.trial.setting.note, width)]


def _panels(result: TrialResult) -> list[tuple[str, Callable[[Axes], None]]]:
    found: list[tuple[str, Callable[[Axes], None]]] = []
    if result.shares:
        found.append(("Shares of each arm", functools.partial(_draw_shares, result=result)))
    if any(item.kind == "difference" for item in result.contrasts):
        found.append(("Differences in the same people", functools.partial(_draw_differences, result=result)))
    for item in result.trial.of_kind("events"):
        if any(curve.measured == item.name for curve in result.survival):
            words = result.titles[item.name]
            found.append((words, functools.partial(_draw_event, result=result, name=item.name)))
    for item in result.trial.of_kind("numbers"):
        if any(row.measured == item.name and row.n for row in result.numbers):
            words = result.titles[item.name]
            found.append((words, functools.partial(_draw_number, result=result, name=item.name)))
    if any(curve.sizes for curve in result.power):
        found.append(("Power of smaller trials", functools.partial(_draw_power, result=result)))
    return found


def _colour(result: TrialResult, arm: str) -> str:
    return ARM_COLOURS[list(result.arms).index(arm) % len(ARM_COLOURS)]


def _write_legend(figure: Figure, result: TrialResult, top: float) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=_colour(result, arm),
            marker="o",
            lw=2.5,
            label=f"{data.title} ({int(data.ok.sum()):,})",
        )
        for arm, data in result.arms.items()
    ]
    if result.trial.published:
        handles.append(
            Line2D(
                [], [], color=INK, marker="D", mfc="white", lw=1.2, label="published, 95 % interval of counts"
            )
        )
    if result.replicates is not None:
        handles.append(Line2D([], [], color=LIGHT, lw=7, label="95 % of simulated trials of that size"))
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.014, top), ncols=len(handles), frameon=False
    )


def _draw_shares(axes: Axes, *, result: TrialResult) -> None:
    from acinus.evidence import clopper_pearson

    published = {(p.measured, p.arm): p for p in result.trial.published if p.events is not None}
    row, ticks, labels = 0.0, [], []
    for item in result.trial.of_kind("outcomes"):
        first = row
        for arm in result.arms:
            share = next(s.share for s in result.shares if (s.measured, s.arm) == (item.name, arm))
            if share is not None:
                low, high = 100 * share.low, 100 * share.high
                axes.plot([low, high], [row, row], color=_colour(result, arm), lw=2.5, solid_capstyle="butt")
                axes.plot(100 * share.value, row, "o", color=_colour(result, arm), ms=6)
            known = published.get((item.name, arm))
            if known is not None and known.events is not None and known.of is not None:
                _draw_replicated(axes, result, item.name, arm, row + 0.36)
                counted = clopper_pearson(known.events, known.of)
                y = row + 0.36
                axes.plot([100 * counted.low, 100 * counted.high], [y, y], color=INK, lw=1.2)
                axes.plot(100 * counted.value, y, "D", mfc="white", mec=INK, ms=5)
                axes.annotate(
                    f"{known.events}/{known.of}", (100 * counted.high, y), xytext=(4, 0),
                    textcoords="offset points", va="center", fontsize=9, color=GREY,
                )  # fmt: skip
            row += 1.0
        ticks.append((first + row - 1) / 2)
        labels.append("\n".join(textwrap.wrap(result.titles[item.name], 19)))
        row += 0.6
    axes.set_yticks(ticks, labels)
    axes.set_ylim(row - 0.2, -0.6)
    left, right = axes.get_xlim()
    axes.set_xlim(max(left, -3.0), min(right * 1.05, 101.0))
    axes.set_xlabel("share [%]")
    axes.grid(visible=True, axis="x", color=LIGHT, lw=0.6)
    axes.set_axisbelow(True)


def _draw_replicated(axes: Axes, result: TrialResult, name: str, arm: str, y: float) -> None:
    for found in result.replicates.arms if result.replicates is not None else ():
        if (found.measured, found.arm) == (name, arm):
            ends = [100 * found.low / found.size, 100 * found.high / found.size]
            axes.plot(ends, [y, y], color=LIGHT, lw=7, solid_capstyle="butt", zorder=1)


def _draw_differences(axes: Axes, *, result: TrialResult) -> None:
    row, ticks, labels, rightmost = 0.0, [], [], 0.0
    for item in result.trial.of_kind("outcomes"):
        first = row
        for one in result.contrasts:
            if (one.measured, one.kind) != (item.name, "difference"):
                continue
            colour = _colour(result, one.first)
            axes.plot(
                [100 * one.low, 100 * one.high], [row, row], color=colour, lw=2.5, solid_capstyle="butt"
            )
            axes.plot(100 * one.value, row, "o", color=colour, ms=5)
            axes.annotate(
                f"less {result.arms[one.second].title}",
                (100 * one.high, row),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=GREY,
            )
            rightmost = max(rightmost, 100 * one.high)
            row += 1.0
        ticks.append((first + row - 1) / 2)
        labels.append("\n".join(textwrap.wrap(result.titles[item.name], 19)))
        row += 0.6
    axes.axvline(0.0, color=GREY, lw=1.0, zorder=0)
    left, right = axes.get_xlim()
    axes.set_xlim(left, rightmost + 0.6 * (right - left))
    axes.set_yticks(ticks, labels)
    axes.set_ylim(row - 0.9, -0.6)
    axes.set_xlabel("difference [percentage points]")


def _draw_event(axes: Axes, *, result: TrialResult, name: str) -> None:
    end = 0.0
    for curve in (curve for curve in result.survival if curve.measured == name):
        colour = _colour(result, curve.arm)
        axes.step(curve.time / 24, 100 * curve.happened, where="post", color=colour, lw=2)
        axes.fill_between(
            curve.time / 24, 100 * curve.low, 100 * curve.high, step="post", color=colour, alpha=0.18, lw=0
        )
        end = max(end, float(curve.time[-1]) / 24)
    axes.set(xlim=(0.0, end), xlabel="time [d]", ylabel="it has happened to [%]")
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    said = [
        f"{result.arms[item.first].title} : {result.arms[item.second].title}  hazard x {item.ratio:.3g} "
        f"({item.low:.3g} to {item.high:.3g})"
        for item in result.hazards
        if item.measured == name and np.isfinite(item.ratio)
    ]
    axes.text(
        0.0, 1.015, "\n".join(said[:2]), transform=axes.transAxes, fontsize=7.5, color=GREY, va="bottom"
    )


def _draw_number(axes: Axes, *, result: TrialResult, name: str) -> None:
    labels = []
    for row, arm in enumerate(result.arms):
        summary = next(s for s in result.numbers if (s.measured, s.arm) == (name, arm))
        named = textwrap.wrap(result.arms[arm].title, 20)
        labels.append("\n".join([*named, f"{summary.n:,} people"]))
        if summary.n:
            colour = _colour(result, arm)
            axes.plot([summary.low, summary.high], [row, row], color=colour, lw=2.5, solid_capstyle="butt")
            axes.plot(summary.median, row, "o", color=colour, ms=7)
            axes.plot(summary.mean, row, "|", color=INK, ms=12, mew=1.5)
        for known in result.trial.published:
            if (known.measured, known.arm) == (name, arm) and known.value is not None:
                axes.plot(known.value, row + 0.3, "D", mfc="white", mec=INK, ms=6)
                axes.annotate(
                    f"{known.statistic} {known.value:g}", (known.value, row + 0.3), xytext=(7, 0),
                    textcoords="offset points", va="center", fontsize=9, color=GREY,
                )  # fmt: skip
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.3, -0.6)
    unit = result.units[name]
    axes.set_xlabel("" if unit == "dimensionless" else f"[{unit}]")
    axes.grid(visible=True, axis="x", color=LIGHT, lw=0.6)
    axes.set_axisbelow(True)


def _draw_power(axes: Axes, *, result: TrialResult) -> None:
    for place, curve in enumerate(result.power):
        if not curve.sizes:
            continue
        share = [100 * one.value for one in curve.power]
        below = [100 * (one.value - one.low) for one in curve.power]
        above = [100 * (one.high - one.value) for one in curve.power]
        first, second = (result.arms[arm].title for arm in curve.arms)
        words = f"{result.titles[curve.measured]}: {first} against {second}"
        axes.errorbar(
            curve.sizes,
            share,
            yerr=[below, above],
            marker=MARKERS[place % len(MARKERS)],
            color=_colour(result, curve.arms[0]),
            lw=1.8,
            capsize=2,
            label="\n".join(textwrap.wrap(words, 36)),
        )
        axes.axhline(100 * curve.target, color=GREY, lw=0.8, ls=(0, (4, 3)))
    sizes = sorted({size for curve in result.power for size in curve.sizes})
    axes.set(xscale="log", xlabel="people in each arm", ylabel="trials that find it [%]", ylim=(0, 104))
    shown = sizes if len(sizes) < 7 else sizes[::2]
    axes.set_xticks(shown, [f"{size:,}" for size in shown])
    axes.minorticks_off()
    axes.legend(fontsize=7.5, frameon=False, loc="best")
