"""Work against precision as a picture: error across, individuals a second up, a line for each tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.work_precision import Curve

__all__ = ["draw"]

# Okabe and Ito's colours, which the colour-blind can tell apart; ours is the strongest.
_COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00")
_MARKS = "oDs^vP"
_WORST = 10.0  # errors beyond are a tool that went astray; its table has them


def draw(curves: dict[str, list[Curve]], titles: dict[str, str], file: Path) -> None:
    """Draw one panel for each problem and write the file; points with an error above 10 are left out."""
    figure, axes = plt.subplots(
        1, len(curves), figsize=(5.2 * len(curves), 4.8), sharey=True, squeeze=False, layout="constrained"
    )
    tools = list(dict.fromkeys(curve.tool for own in curves.values() for curve in own))
    for axis, (problem, own) in zip(axes[0], curves.items(), strict=True):
        for curve in own:
            k = tools.index(curve.tool) % len(_COLOURS)
            points = [
                (error, speed)
                for error, speed in zip(curve.error, curve.processor_speed, strict=True)
                if error <= _WORST
            ]
            axis.loglog(
                [error for error, _ in points],
                [speed for _, speed in points],
                color=_COLOURS[k],
                marker=_MARKS[k],
                markersize=5,
                linewidth=2.2 if k == 0 else 1.3,
                label=curve.tool,
            )
        axis.set_title(titles[problem], fontsize=10)
        axis.set_xlabel("median error of an individual (exact is left)")
        axis.grid(which="major", color="0.9")
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0][0].set_ylabel("individuals per second, both cores (processor time)")
    handles, labels = {}, []
    for axis in axes[0]:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    labels = list(handles)
    figure.legend(
        [handles[label] for label in labels],
        labels,
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=8,
    )
    figure.savefig(file, dpi=150)
    plt.close(figure)
