"""How our figures look: colours that differ for colour-blind readers, type that is legible at README size."""

from __future__ import annotations

import contextlib
import textwrap
from typing import TYPE_CHECKING, Any, cast

from acinus.provenance import CONTEXT_OF_USE, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patheffects import AbstractPathEffect

__all__ = [
    "ARM_COLOURS",
    "GREY",
    "INK",
    "LIGHT",
    "MARKERS",
    "halo",
    "house_style",
    "line_widths",
    "new_figure",
    "quieten",
    "title_panel",
    "write_footer",
]

# Okabe and Ito's colours, which stay apart in all common kinds of colour blindness.
ARM_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK = "#222222"
GREY = "#777777"
LIGHT = "#CFCFCF"

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 12.5,
    "axes.labelsize": 11,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """Draw in our style within the block, and leave the style of everyone else's figures alone."""
    import matplotlib as mpl

    with mpl.rc_context(cast("Any", _STYLE)):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of that size (inches) that no window and no global state knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def quieten(axes: Axes) -> None:
    """Take away the frame lines that carry no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=3)


def title_panel(axes: Axes, letter: str, words: str) -> None:
    """Write a panel's letter and its title in words, at the left, with room for one line below it."""
    axes.set_title(f"{letter}   {words}", loc="left", fontweight="bold", pad=27)


def halo() -> list[AbstractPathEffect]:
    """Return the white rim that keeps words legible on top of lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=3.0, foreground="white")]


def line_widths(arms: int) -> list[float]:
    """Return a width for each arm: the first broad, the next narrower on top, so that none is hidden."""
    return [4.5 - 2.7 * position / (arms - 1) for position in range(arms)] if arms > 1 else [2.5]


def write_footer(figure: Figure, left: str = "") -> None:
    """Write below a figure what it may be used for, and what made it."""
    width = int(figure.get_figwidth() * 13)
    lines = [*textwrap.wrap(CONTEXT_OF_USE, width), f"acinus {version()}" + (f", {left}" if left else "")]
    figure.text(0.5, 0.008, "\n".join(lines), ha="center", va="bottom", fontsize=9, color=GREY)
