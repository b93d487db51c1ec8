"""Time courses as small multiples, for models that are not the overdose model."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from acinus.report.palette import ARM_COLOURS, house_style, new_figure, quieten, write_footer
from acinus.report.time_unit import time_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from acinus.simulation import Trajectories

__all__ = ["draw_time_courses"]

_MOST = 16


@house_style()
def draw_time_courses(arms: Mapping[str, Trajectories], *, title: str, ids: Sequence[str] = ()) -> Figure:
    """Return one small panel a variable, arms overlaid; individuals of one arm share its colour.

    Parameters
    ----------
    arms : mapping from arm in words to Trajectories
    title : str
    ids : sequence of str, optional
        What to draw; the variables that move, at most sixteen, if empty.
    """
    first = next(iter(arms.values()))
    moving = [
        name for name in first.ids if any(_moves(run[name]) for run in arms.values() if name in run.ids)
    ]
    chosen = list(ids) or (moving or list(first.ids))[:_MOST]
    unit = time_unit(max(float(run.time[-1]) for run in arms.values()))
    columns = min(4, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = new_figure(3.6 * columns + 0.6, 2.7 * rows + 1.6)
    figure.suptitle(
        "\n".join(textwrap.wrap(title, 24 * columns)), x=0.02, ha="left", fontsize=14, fontweight="bold"
    )
    for position, name in enumerate(chosen):
        axes = figure.add_subplot(rows, columns, position + 1)
        for run, colour in zip(arms.values(), ARM_COLOURS, strict=False):
            axes.plot(run.time / unit.hours, run[name].T, color=colour, lw=1.8)
        symbol = first.symbols[name]
        axes.set_title("\n".join(textwrap.wrap(symbol.name or name, 30)), loc="left", fontsize=10.5)
        axes.set_ylabel(f"[{symbol.unit}]", fontsize=10)
        if position + columns >= len(chosen):
            axes.set_xlabel(f"time [{unit.symbol}]", fontsize=10)
        quieten(axes)
    for position, (arm, colour) in enumerate(zip(arms, ARM_COLOURS, strict=False)):
        figure.text(0.98, 0.985 - 0.03 * position, arm, ha="right", va="top", color=colour, fontweight="bold")
    figure.tight_layout(rect=(0.0, 0.06, 1.0, 0.95))
    write_footer(figure, first.provenance.model)
    return figure


def _moves(curves: np.ndarray) -> bool:
    with np.errstate(invalid="ignore"):
        spread = np.nanmax(curves, axis=1) - np.nanmin(curves, axis=1)
    return bool(np.nanmax(spread) > 0.0)
