"""The picture as one figure: hypotheses in rows, subjects in columns, and what rules a place out drawn over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.provenance import CONTEXT_OF_USE, version
from acinus.report.overdose_page.sheet import Sheet, in_percent
from acinus.report.palette import ARM_COLOURS, GREY, INK, halo, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import QuadContourSet
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from acinus.report.ica_map.map_runs import MapNumbers, Panel

__all__ = ["answer", "draw_ica_map"]

_WIDTH, _HEIGHT = 13.0, 15.6  # inches
_MARGIN = 0.5
_LEVELS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
_TENTH = 0.1
_TOP = 250.0  # percent; what lies above 100 is more than there is
_MARK = ARM_COLOURS[0]
_DOUBLED = ARM_COLOURS[4]
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
_QUESTION = (
    "Bifidobacteria make indole-3-carboxylic acid (ica), which is said to protect the liver by holding back CYP2E1. "
    "Neither how tightly it binds nor how much of it bacteria make has been measured; the panels show what would follow."
)


@house_style()
def draw_ica_map(numbers: MapNumbers) -> Figure:
    """Return the picture as a figure."""
    sheet = Sheet(_WIDTH, _HEIGHT)
    wide = _WIDTH - 2 * _MARGIN
    sheet.text(_MARGIN, 0.32, numbers.title, size=22.0, fontweight="bold")
    y = sheet.block(_MARGIN, 0.88, wide, _QUESTION, size=12.0)
    high, gap = 4.1, 0.98
    column = (wide - 1.45) / 2
    filled = None
    for row, words in zip(numbers.panels, answer(numbers), strict=True):
        y = sheet.block(_MARGIN, y + 0.2, wide, row[0].hypothesis, size=15.0, weight="bold")
        y = sheet.block(_MARGIN, y + 0.02, wide, words, size=11.0) + 0.38
        for j, panel in enumerate(row):
            axes = sheet.axes(_MARGIN + 0.72 + j * (column + 0.62), y, column, high)
            axes.set_title(panel.subject, loc="left", fontsize=11.5, color=GREY, pad=6)
            filled = _draw_panel(axes, panel, first=j == 0)
        y += high + gap - 0.3
    if filled is not None:
        _draw_key(sheet, filled, _MARGIN + 0.72, y + 0.2, wide - 0.85)
    y = sheet.block(_MARGIN, y + 0.98, wide, _reading(numbers), size=10.5)
    sheet.block(_MARGIN, y + 0.08, wide, f"{CONTEXT_OF_USE} acinus {version()}", size=9.0, colour=GREY)
    return sheet.figure


def answer(numbers: MapNumbers) -> tuple[str, ...]:
    """Return what each row shows, in words and in the numbers it was drawn from."""
    said: list[str] = []
    for row in numbers.panels:
        falls = " and ".join(f"{in_percent(panel.usual_fall)} less NAPQI in {panel.short}" for panel in row)
        share = in_percent(row[0].usual_share)
        words = f"{row[0].usual.capitalize()}, and with {share} of the bacteria's tryptophan: {falls}."
        said.append(" ".join([words, *(_room(panel) for panel in row if not np.isnan(panel.limit))]))
    return tuple(said)


def _room(panel: Panel) -> str:
    weakest = panel.weakest(_TENTH)
    if np.isnan(weakest):
        return f"Nothing that is possible keeps back a tenth of it in {panel.short}."
    times = panel.usual_affinity / weakest
    return (
        f"To keep back a tenth in {panel.short}, unseen in plasma, ica must bind below {weakest:.2g} µmol/L, "
        f"some {float(f'{times:.2g}'):,.0f} times more tightly."
    )


def _draw_panel(axes: Axes, panel: Panel, *, first: bool) -> QuadContourSet:
    x, y = panel.affinity, 100.0 * panel.share
    filled = axes.contourf(x, y, np.clip(panel.fall, 0.0, 1.0), levels=_LEVELS, cmap="Blues")
    axes.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], _TOP))
    _rule_out(axes, panel, x, y)
    _line(axes, x, y, panel.fall, INK, "solid")
    _line(axes, x, y, panel.doubled, _DOUBLED, "dashed")
    usual = 100.0 * panel.usual_share
    axes.plot(panel.usual_affinity, usual, "*", ms=17, mfc=_MARK, mec="white", mew=1.0, zorder=6)
    axes.annotate(
        f"{panel.usual}:\n{in_percent(panel.usual_fall)} less NAPQI",
        (panel.usual_affinity, usual),
        xytext=(2, -13),
        textcoords="offset points",
        ha="right" if panel.usual_affinity > np.sqrt(x[0] * x[-1]) else "left",
        va="top",
        fontsize=10,
        color=_MARK,
        fontweight="bold",
        path_effects=halo(),
        zorder=6,
    )
    rate = "" if np.isnan(panel.rate) else f" {panel.rate:g} per hour"
    axes.set_xlabel(f"tighter  ←  {panel.axis}{rate} [µmol/L]  →  weaker")
    axes.set_ylabel("tryptophan of bacteria that becomes ica [%]" if first else "")
    axes.set_xticks([0.001, 0.01, 0.1, 1.0, 10.0, 100.0])
    axes.set_yticks([0.1, 1.0, 10.0, 100.0])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    return filled


def _line(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    values: NDArray[np.float64],
    colour: str,
    style: str,
) -> None:
    if np.nanmin(values) < _TENTH < np.nanmax(values):
        axes.contour(
            x, y, values, levels=[_TENTH], colors=[colour], linewidths=2.2, linestyles=style, zorder=4
        )


def _rule_out(axes: Axes, panel: Panel, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Veil what cannot be: no tryptophan for it, seen in plasma where none was, more enzyme lost than ica made."""
    axes.axhspan(100.0, _TOP, color="#D9D9D9", zorder=3, lw=0)
    axes.text(
        np.sqrt(x[0] * x[-1]),
        np.sqrt(100.0 * _TOP),
        "more tryptophan than bacteria use",
        ha="center",
        va="center",
        fontsize=9.5,
        color=INK,
        zorder=5,
    )
    if not np.isnan(panel.limit) and panel.plasma[-1] > panel.limit:
        seen = float(np.exp(np.interp(np.log(panel.limit), np.log(panel.plasma), np.log(y))))
        axes.axhspan(seen, 100.0, facecolor=(1, 1, 1, 0.55), edgecolor=GREY, hatch="///", lw=0, zorder=3)
        axes.axhline(seen, color=GREY, lw=1.4, zorder=4)
        axes.text(
            x[-1] * 0.85,
            seen * 1.15,
            f"above {panel.limit * 1000.0:g} nmol/L in plasma: would have been seen",
            ha="right",
            va="bottom",
            fontsize=9.5,
            bbox=_BOX,
            zorder=5,
        )
    if np.nanmax(panel.needed) > 1.0:
        axes.contourf(
            x,
            y,
            panel.needed,
            levels=[1.0, float(np.nanmax(panel.needed))],
            colors=[(1, 1, 1, 0.55)],
            hatches=["\\\\\\"],
            zorder=3,
        )
        axes.contour(x, y, panel.needed, levels=[1.0], colors=[GREY], linewidths=1.4, zorder=4)
        axes.text(
            x[0] * 1.25,
            y[0] * 1.2,
            "fewer molecules of ica\nthan of CYP2E1 destroyed",
            ha="left",
            va="bottom",
            fontsize=9.5,
            bbox=_BOX,
            zorder=5,
        )


def _draw_key(sheet: Sheet, filled: QuadContourSet, x: float, y: float, width: float) -> None:
    from matplotlib.lines import Line2D

    half = width * 0.46
    axes = sheet.axes(x, y, half, 0.2)
    bar = sheet.figure.colorbar(filled, cax=axes, orientation="horizontal", spacing="uniform")
    bar.set_ticks(list(_LEVELS))
    bar.set_ticklabels([f"{level:.0%}" for level in _LEVELS])
    bar.outline.set_visible(False)
    axes.set_title("less NAPQI than without bacteria that make ica", loc="left", fontsize=10.5, pad=4)
    beside = sheet.axes(x + half + 0.45, y - 0.3, width - half - 0.45, 0.8, plain=True)
    lines = [
        Line2D([], [], color=INK, lw=2.2, label=f"{_TENTH:.0%} less NAPQI than without those bacteria"),
        Line2D(
            [],
            [],
            color=_DOUBLED,
            lw=2.2,
            ls="dashed",
            label=f"{_TENTH:.0%} less once twice as much ica is made",
        ),
        Line2D([], [], color=_MARK, marker="*", ms=13, lw=0, label="what the tables say"),
    ]
    beside.legend(handles=lines, loc="center left", frameon=False, fontsize=10.5, borderaxespad=0.0)


def _reading(numbers: MapNumbers) -> str:
    limits = [panel.limit for row in numbers.panels for panel in row if not np.isnan(panel.limit)]
    looked = (
        "Ica was looked for in human plasma and not found; "
        f"{limits[0] * 1000.0:g} nmol/L is an assumed limit of that method. In mice nobody looked. "
        if limits
        else ""
    )
    return (
        "How to read it. Every place is one individual, simulated with ordinary bacteria, with none, and with twice the ica "
        f"({numbers.runs:,} runs, {numbers.runs_finished:,} finished). Activity with ordinary bacteria is what the model was "
        "calibrated to, so that what bacteria keep back shows when they are taken away. Veiled places cannot be or were not "
        f"seen; what is left is room for the hypothesis. {looked}"
        "Kinetics of ica are assumed: if the liver cleared a tenth as much of it, the same fall would be reached with about a "
        "tenth of the making, and the plasma line would move down as far. Nothing here makes acetaminophen safer to take."
    )
