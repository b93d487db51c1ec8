"""The overdose figure: plasma on the nomogram, glutathione and living cells by zone, ALT and INR."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from acinus.report.blood_panel import draw_blood
from acinus.report.nomogram_panel import draw_nomogram
from acinus.report.palette import house_style, new_figure, write_footer
from acinus.report.zone_panel import draw_zones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from acinus.report.arm_view import ArmView, Nomogram

__all__ = ["draw_overdose"]


def _living_title(arm: ArmView) -> str:
    if arm.people is None:
        return "Living liver cells along the sinusoid [% of start]"
    return f"Living liver cells, mean of {arm.people.n} adults [% of start]"


@house_style()
def draw_overdose(
    arms: Sequence[ArmView],
    *,
    title: str,
    nomogram: Nomogram | None = None,
    hepatotoxicity: float | None = None,
    made_from: str = "",
) -> Figure:
    """Return the figure of one overdose in one to four arms.

    Parameters
    ----------
    arms : sequence of ArmView
        In the order in which they are named; they share a time axis.
    title : str
        What was given to whom, in words.
    nomogram : Nomogram, optional
        Drawn under the plasma curve.
    hepatotoxicity : float, optional
        The ALT that defines hepatotoxicity, U/L.
    made_from : str
        Model and hash, for the footer.
    """
    strips = len(arms)
    figure = new_figure(14.0, 9.6 + 0.9 * max(0, strips - 2))
    outer = figure.add_gridspec(
        2,
        2,
        left=0.065,
        right=0.905,
        top=0.88,
        bottom=0.115,
        hspace=0.36,
        wspace=0.25,
        width_ratios=(1.0, 1.0),
    )
    figure.suptitle(
        "\n".join(textwrap.wrap(title, 95)), x=0.065, y=0.975, ha="left", fontsize=16, fontweight="bold"
    )

    draw_nomogram(figure.add_subplot(outer[0, 0]), arms, nomogram, letter="A")

    for where, letter, words, colours, least, fractions in (
        (
            outer[0, 1],
            "B",
            "Glutathione along the sinusoid [% of start]",
            "viridis",
            "lowest",
            [arm.glutathione for arm in arms],
        ),
        (
            outer[1, 0],
            "C",
            _living_title(arms[0]),
            "cividis",
            "fewest",
            [arm.living if arm.people is None else arm.people.living for arm in arms],
        ),
    ):
        inner = where.subgridspec(strips, 2, width_ratios=(1.0, 0.025), hspace=0.34, wspace=0.03)
        axes = [figure.add_subplot(inner[row, 0]) for row in range(strips)]
        draw_zones(
            figure,
            axes,
            arms,
            fractions,
            bar=figure.add_subplot(inner[:, 1]),
            letter=letter,
            title=words,
            colours=colours,
            least=least,
        )

    inner = outer[1, 1].subgridspec(2, 1, hspace=0.14, height_ratios=(1.25, 1.0))
    draw_blood(
        figure.add_subplot(inner[0]),
        figure.add_subplot(inner[1]),
        arms,
        letter="D",
        hepatotoxicity=hepatotoxicity,
    )
    write_footer(figure, made_from)
    return figure
