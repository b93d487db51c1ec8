"""The figure of a decision map: one panel an arm, a number in every cell, and marks where it is uncertain."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import GREY, INK, house_style, new_figure, write_footer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from acinus.trials import MapResult

__all__ = ["draw_map"]


@house_style()
def draw_map(result: MapResult) -> Figure:
    """Return the figure of a map.

    Each cell shows the share (in percent) or mean and, smaller, its interval. Cells are hatched where the interval is
    wider than the map allows. With an arm to compare with, the difference in the same people stands below, in bold
    where its interval leaves out zero.
    """
    asked, arms = result.map, list(result.map.setting.arms)
    wide, tall = len(asked.across.values), len(asked.down.values)
    columns = min(3, len(arms))
    rows = -(-len(arms) // columns)
    panel = max(3.4, 0.98 * wide + 1.0), max(2.6, 0.66 * tall + 1.3)
    width = panel[0] * columns + 1.2
    heading = textwrap.wrap(asked.setting.title, int(width * 7))
    words = textwrap.wrap(_caption(result), int(width * 11))
    height = panel[1] * rows + 1.3 + 0.28 * len(heading) + 0.19 * len(words)
    figure = new_figure(width, height)
    above = figure.suptitle(
        "\n".join(heading), x=0.02, y=1 - 0.12 / height, ha="left", va="top", fontsize=15, fontweight="bold"
    )
    top = 1 - (0.2 + 0.28 * len(heading)) / height
    above.set_in_layout(False)  # room for it and for the caption is made below
    figure.text(0.02, top, "\n".join(words), ha="left", va="top", fontsize=10, color=GREY)
    scale = 100.0 if result.is_share else 1.0
    values = [scale * cell.value for cell in result.cells if np.isfinite(cell.value)]
    limits = (
        (0.0, _round_up(values)) if result.is_share else (min(values, default=0.0), max(values, default=1.0))
    )
    image = None
    panels = []
    for place, arm in enumerate(arms):
        axes = figure.add_subplot(rows, columns, place + 1)
        panels.append(axes)
        image = _draw_panel(axes, result, arm, scale, limits)
        if place // columns == rows - 1 or place + columns >= len(arms):
            axes.set_xlabel(_named(asked.across.title, asked.across.unit))
        if place % columns == 0:
            axes.set_ylabel(_named(asked.down.title, asked.down.unit))
    figure.tight_layout(
        rect=(0.0, 0.72 / height, 0.93, top - 0.19 * len(words) / height), h_pad=1.6, w_pad=1.6
    )
    if image is not None:
        bar = figure.colorbar(image, ax=panels, fraction=0.025, pad=0.02)
        bar.set_label(_named(result.title, "%" if result.is_share else result.unit))
    setting = asked.setting
    write_footer(
        figure,
        f"{setting.model.id} {setting.model.hash[:12]}, population {setting.population.name}, seed {setting.seed}",
    )
    return figure


def _round_up(shares: list[float]) -> float:
    """Return where the colours of shares end: the next ten percent above the highest."""
    return float(min(100.0, max(10.0, 10 * np.ceil(max(shares, default=10.0) / 10))))


def _caption(result: MapResult) -> str:
    asked = result.map
    lines = [
        f"{result.title}: {'share in percent' if result.is_share else 'mean'} of the same "
        f"{asked.setting.people:,} individuals in every cell, with its {asked.confidence:.0%} interval."
    ]
    if asked.against:
        lines.append(
            f"With a sign: against {asked.setting.titles[asked.against]}, bold where the interval leaves out zero."
        )
    if asked.uncertain_above is not None:
        width = f"{100 * asked.uncertain_above:g} points" if result.is_share else f"{asked.uncertain_above:g}"
        lines.append(f"Hatched: the interval is wider than {width}.")
    lost = sum(cell.n_failed for cell in result.cells)
    lines.append(f"{lost:,} of {sum(cell.n_in for cell in result.cells):,} courses did not finish.")
    lines.append(asked.setting.note)
    return " ".join(lines)


def _draw_panel(
    axes: Axes, result: MapResult, arm: str, scale: float, limits: tuple[float, float]
) -> AxesImage:
    from matplotlib.patches import Rectangle

    asked = result.map
    value, low, high = (scale * result.grid(arm, what) for what in ("value", "low", "high"))
    image = axes.imshow(
        np.ma.masked_invalid(value),
        cmap="cividis_r",
        vmin=limits[0],
        vmax=limits[1],
        origin="lower",
        aspect="auto",
    )
    middle = limits[0] + 0.42 * (limits[1] - limits[0])
    difference = {
        what: scale * result.grid(arm, what) for what in ("difference", "difference_low", "difference_high")
    }
    for down, across in np.ndindex(*value.shape):
        number = float(value[down, across])
        if not np.isfinite(number):
            axes.text(across, down, "no reading", ha="center", va="center", fontsize=8, color=GREY)
            continue
        colour = "white" if number > middle else INK
        width = high[down, across] - low[down, across]
        if asked.uncertain_above is not None and width > scale * asked.uncertain_above:
            axes.add_patch(
                Rectangle(
                    (across - 0.5, down - 0.5), 1, 1, fill=False, hatch="//", ec=colour, lw=0, alpha=0.30
                )
            )
        axes.text(
            across,
            down + 0.2,
            _number(number),
            ha="center",
            va="center",
            fontsize=11,
            color=colour,
            fontweight="bold",
        )
        axes.text(
            across, down - 0.08, f"{_number(float(low[down, across]))} to {_number(float(high[down, across]))}",
            ha="center", va="center", fontsize=7.5, color=colour,
        )  # fmt: skip
        change = float(difference["difference"][down, across])
        if np.isfinite(change):
            sure = (
                difference["difference_low"][down, across] > 0
                or difference["difference_high"][down, across] < 0
            )
            axes.text(
                across, down - 0.32, f"{change:+.{_digits(change)}f}", ha="center", va="center", fontsize=8,
                color=colour, fontweight="bold" if sure else "normal",
            )  # fmt: skip
    axes.set_xticks(range(len(asked.across.values)), asked.across.labels)
    axes.set_yticks(range(len(asked.down.values)), asked.down.labels)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("\n".join(textwrap.wrap(asked.setting.titles[arm], 44)), loc="left", fontweight="bold")
    return image


def _digits(value: float) -> int:
    return 0 if abs(value) >= 10 else 1


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:.1f}"


def _named(title: str, unit: str) -> str:
    return title if unit in ("", "dimensionless") else f"{title} [{unit}]"
