"""The figure of diets, supplements and long disease: what moves in serum, stores, stool and liver, arms overlaid."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import AcinusError
from acinus.report.palette import (
    ARM_COLOURS,
    GREY,
    halo,
    house_style,
    line_widths,
    new_figure,
    quieten,
    write_footer,
)
from acinus.report.stillness import moves, starts
from acinus.report.time_unit import time_unit
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from acinus.report.time_unit import TimeUnit
    from acinus.simulation import Trajectories

__all__ = ["can_draw_habits", "draw_habits"]

_MOST = 12
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Panel:
    """What a panel shows.

    Attributes
    ----------
    id, title : str
    unit : str
        In which it is drawn.
    levels : tuple of (id, word)
        Numbers of the tables drawn as lines.
    least : float
        A change below it, in `unit`, is not worth a panel.
    style : str
        How samples are joined.
    """

    id: str
    title: str
    unit: str
    levels: tuple[tuple[str, str], ...] = ()
    least: float = 0.0
    style: str = "default"


# In the order of drawing; a run shows those that it recorded and that move.
_PANELS = (
    _Panel("magnesium_intake", "Magnesium taken by habit", "mg/d", style="steps-post"),
    _Panel(
        "serum_magnesium",
        "Magnesium in serum",
        "mmol/L",
        (("magnesium_low_level", "low"), ("magnesium_high_level", "high")),
    ),
    _Panel("magnesium_urine_daily", "Magnesium in urine", "mmol/d"),
    _Panel("stool_mass", "Stool", "g/d", (("loose_stool", "loose"),)),
    _Panel("magnesium_rbc_relative", "Magnesium of red cells against rest", "percent"),
    _Panel("magnesium_hep_relative", "Magnesium of the liver against rest", "percent"),
    _Panel("magnesium_colon_relative", "Magnesium in the colon against rest", "percent"),
    _Panel("homa", "Insulin resistance, HOMA", "dimensionless"),
    _Panel("hba1c", "Glycated haemoglobin, HbA1c", "percent"),
    _Panel("steatosis", "Liver cells with fat", "percent"),
    _Panel("fibrosis", "Stage of fibrosis", "dimensionless", least=0.05),
    _Panel("cirrhosis", "Cirrhosis, 0 to 1", "dimensionless", least=0.01),
    _Panel("child_points", "Child-Pugh points", "dimensionless"),
    _Panel("albumin_pla", "Albumin in plasma", "g/L", least=0.1),
    _Panel("cyp2e1_level", "CYP2E1 against rest", "percent"),
    _Panel("gsh_liver", "Glutathione of the liver", "mmol/L"),
    _Panel("alt_pla", "ALT in plasma", "U/L"),
)


def can_draw_habits(arms: Mapping[str, Trajectories]) -> bool:
    """Say whether at least two of what the figure shows were recorded and move."""
    return len(_shown(arms)) >= _FEWEST


@house_style()
def draw_habits(arms: Mapping[str, Trajectories], *, title: str, made_from: str = "") -> Figure:
    """Return the figure of one protocol.

    Parameters
    ----------
    arms : mapping from arm in words to Trajectories
        Individuals of one arm share its colour.
    title : str
    made_from : str
        Model and hash, for the footer.
    """
    panels = _shown(arms)
    unit = time_unit(max(float(run.time[-1]) for run in arms.values()))
    columns = 2 if len(panels) <= 4 else 3 if len(panels) <= 9 else 4
    rows = -(-len(panels) // columns)
    told = _told(arms, int(columns * 58))
    below = 0.75 + 0.17 * len(told)
    height = 2.65 * rows + 1.25 + below
    figure = new_figure(4.5 * columns, height)
    heading = textwrap.wrap(title, 34 * columns)
    figure.suptitle(
        "\n".join(heading), x=0.02, y=1 - 0.12 / height, ha="left", fontsize=15, fontweight="bold"
    )
    grid = figure.add_gridspec(
        rows,
        columns,
        left=0.075,
        right=0.98,
        top=1 - (0.8 + 0.28 * len(heading)) / height,
        bottom=(below + 0.55) / height,
        hspace=0.42,
        wspace=0.26,
    )
    _name_arms(figure, list(arms), 1 - (0.22 + 0.28 * len(heading)) / height)
    for position, panel in enumerate(panels):
        axes = figure.add_subplot(grid[position // columns, position % columns])
        _draw_panel(axes, panel, arms, unit)
        if position + columns >= len(panels):
            axes.set_xlabel(f"time [{unit.symbol}]")
    figure.text(0.02, 0.62 / height, "\n".join(told), fontsize=9, color=GREY, va="bottom")
    write_footer(figure, made_from)
    return figure


def _name_arms(figure: Figure, names: Sequence[str], height: float) -> None:
    if len(names) < 2:
        return
    for position, (name, colour) in enumerate(zip(names, ARM_COLOURS, strict=False)):
        at = 0.02 + 0.96 * position / len(names)
        figure.text(at, height, f"\N{BLACK SQUARE} {name}", color=colour, fontweight="bold", va="top")


def _draw_panel(axes: Axes, panel: _Panel, arms: Mapping[str, Trajectories], unit: TimeUnit) -> None:
    widths = line_widths(len(arms))
    for run, colour, width in zip(arms.values(), ARM_COLOURS, widths, strict=False):
        curves = _curve(run, panel).T
        axes.plot(run.time / unit.hours, curves, color=colour, lw=width, drawstyle=panel.style)
    first = next(iter(arms.values()))
    axes.set_xlim(0.0, max(float(run.time[-1]) for run in arms.values()) / unit.hours)
    _room(axes)
    for name, words in panel.levels:
        level = _level(first, name, panel)
        low, high = axes.get_ylim()
        # A level far from every curve would only flatten them.
        if level is None or not low - 0.6 * (high - low) < level < high + 0.6 * (high - low):
            continue
        axes.set_ylim(min(low, level), max(high, level + 0.04 * (high - low)))
        axes.axhline(level, color=GREY, lw=1, ls=(0, (5, 3)), zorder=1)
        axes.annotate(
            words,
            (0.99, level),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            fontsize=9.5,
            color=GREY,
            path_effects=halo(),
        )
    written = {"dimensionless": "", "percent": " [%]"}.get(panel.unit, f" [{panel.unit}]")
    axes.set_title(f"{panel.title}{written}", loc="left", fontsize=11.5, fontweight="bold")
    quieten(axes)


def _room(axes: Axes) -> None:
    """Leave room above and below, and never stretch a change that is too small to matter over the whole panel."""
    low, high = axes.get_ylim()
    middle, least = (low + high) / 2, 0.1 * abs(low + high) / 2
    if high - low < least:
        axes.set_ylim(middle - least / 2, middle + least / 2)


def _shown(arms: Mapping[str, Trajectories]) -> list[_Panel]:
    recorded = [panel for panel in _PANELS if all(panel.id in run for run in arms.values())]
    return [panel for panel in recorded if _worth_showing(panel, list(arms.values()))][:_MOST]


def _worth_showing(panel: _Panel, runs: Sequence[Trajectories]) -> bool:
    """Return whether a curve moves, or arms differ, by as much as matters."""
    several = [_curve(run, panel) for run in runs]
    found = [curves for curves in (*several, starts(several)) if moves(curves)]
    return any(np.nanmax(np.ptp(curves, axis=1)) >= panel.least for curves in found)


def _curve(run: Trajectories, panel: _Panel) -> np.ndarray:
    return run[panel.id] * convert(1.0, run.unit(panel.id) or "dimensionless", panel.unit)


def _level(run: Trajectories, name: str, panel: _Panel) -> float | None:
    try:
        value, unit = run.model.constant(name)
    except AcinusError:
        return None
    return convert(value, unit, panel.unit)


def _told(arms: Mapping[str, Trajectories], width: int) -> list[str]:
    """Return the limits that were passed as lines of text, once for arms that say the same."""
    arms_of: dict[str, list[str]] = {}
    for arm, run in arms.items():
        for notice in run.notices:
            arms_of.setdefault(str(notice), []).append(arm)
    several = len(arms) > 1
    sentences = [f"{', '.join(names)}: {text}" if several else text for text, names in arms_of.items()]
    return [line for sentence in sentences for line in textwrap.wrap(sentence, width)]
