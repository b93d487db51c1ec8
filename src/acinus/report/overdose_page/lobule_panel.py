"""Panel: the lobule over time, drawn as a hexagon with a ring a zone: left half untreated, right half treated."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, unit_in_words
from acinus.report.palette import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize

    from acinus.report.overdose_page.page_numbers import Lobule, LobuleQuantity
    from acinus.report.overdose_page.sheet import Sheet

__all__ = ["draw_lobule", "ring_corners"]

_LABELS = 1.35  # inches for the names of the quantities
_BAR = 0.62  # inches for the colour bar and its numbers
# From paper white to one hue: each is told by its darkness alone.
_HUES = ("#0B6B3A", "#B35806", "#6A1B7A", "#7A2A20")
_VEIN = 0.10  # radius of the central vein, of that of the lobule


def draw_lobule(sheet: Sheet, lobule: Lobule, x: float, y: float, width: float, height: float) -> None:
    """Draw one hexagon for each quantity (rows) and time (columns), with a colour bar a row."""
    head = 0.26
    wide = (width - _LABELS - _BAR) / len(lobule.hours)
    high = (height - head) / len(lobule.quantities)
    size = 0.94 * min(wide, high)
    for column, hours in enumerate(lobule.hours):
        sheet.text(
            x + _LABELS + (column + 0.5) * wide,
            y,
            f"{hours:g} h",
            ha="center",
            size=SIZES["text"],
            fontweight="bold",
        )
    for row, (quantity, hue) in enumerate(zip(lobule.quantities, itertools.cycle(_HUES), strict=False)):
        top = y + head + row * high
        scale, norm = _scale(quantity, hue)
        unit = unit_in_words(quantity.unit)
        against = "% of start" if unit == "%" else f"[{unit or 'relative'}]"
        sheet.text(
            x, top + high / 2 - 0.02, quantity.title, size=SIZES["text"], fontweight="bold", va="bottom"
        )
        sheet.text(x, top + high / 2 + 0.02, against, size=SIZES["small"] - 1.0, color=GREY, va="top")
        for column in range(len(lobule.hours)):
            axes = sheet.axes(
                x + _LABELS + column * wide + (wide - size) / 2,
                top + (high - size) / 2,
                size,
                size,
                plain=True,
            )
            _draw_hexagon(axes, quantity, column, scale, norm)
        bar = sheet.axes(x + width - _BAR + 0.10, top + 0.12 * high, 0.11, 0.76 * high)
        _draw_bar(sheet, bar, scale, norm)


def ring_corners(outer: float, inner: float, side: int) -> np.ndarray:
    """Return the corners, (8, 2), of half a hexagonal ring: `side` -1 is the left half, 1 the right half.

    The hexagon stands on a corner; `outer` and `inner` are the distances of its corners from the centre.
    """
    angles = np.radians([90.0, 30.0, -30.0, -90.0])
    half = np.column_stack([side * np.cos(angles), np.sin(angles)])
    return np.concatenate([outer * half, inner * half[::-1]])


def _scale(quantity: LobuleQuantity, hue: str) -> tuple[Colormap, Normalize]:
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    top = max(float(np.nanmax(quantity.untreated)), float(np.nanmax(quantity.treated)))
    end = 100.0 if quantity.unit == "percent" else (top or 1.0)
    return LinearSegmentedColormap.from_list(hue, ["#FBF9F4", hue]), Normalize(0.0, end, clip=True)


def _draw_hexagon(
    axes: Axes, quantity: LobuleQuantity, column: int, scale: Colormap, norm: Normalize
) -> None:
    from matplotlib.patches import Polygon

    zones = quantity.untreated.shape[1]
    edges = np.linspace(1.0, _VEIN, zones + 1)  # portal fields at the rim, central vein in the middle
    for values, side in ((quantity.untreated[column], -1), (quantity.treated[column], 1)):
        for zone in range(zones):
            corners = ring_corners(edges[zone], edges[zone + 1], side)
            colour = scale(norm(values[zone]))
            # A rim of its own colour closes the hair lines between fields.
            axes.add_patch(Polygon(corners, closed=True, facecolor=colour, edgecolor=colour, lw=0.3))
    for side, colour in ((-1, NO_ANTIDOTE), (1, ANTIDOTE)):
        rim = ring_corners(1.06, 1.06, side)[:4]
        axes.plot(rim[:, 0] + 0.02 * side, rim[:, 1], color=colour, lw=1.6, solid_joinstyle="miter")
    axes.plot([0.0, 0.0], [-1.0, 1.0], color="white", lw=1.6)
    axes.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal")


def _draw_bar(sheet: Sheet, axes: Axes, scale: Colormap, norm: Normalize) -> None:
    from matplotlib.cm import ScalarMappable

    bar = sheet.figure.colorbar(ScalarMappable(norm, scale), cax=axes)
    end = float(norm.vmax or 1.0)
    bar.set_ticks([0.0, end], labels=["0", f"{end:.2g}" if end < 10.0 else f"{end:.0f}"])
    bar.ax.tick_params(labelsize=SIZES["small"] - 1.5, length=2, color=INK)
    bar.outline.set_visible(False)
