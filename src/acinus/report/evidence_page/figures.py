"""Figures of the evidence page: how many statements got which verdict, and ratios of liver deaths per 100 mg."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from acinus.evidence.ledger import LEVELS, VERDICTS
from acinus.evidence.survey.published_numbers import read_published_numbers
from acinus.report.palette import ARM_COLOURS, GREY, LIGHT, house_style, new_figure, quieten, write_footer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from acinus.evidence.ledger import Ledger

__all__ = ["draw_liver_deaths", "draw_verdicts"]

_RATIOS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)
_SHADES = ("#08306b", "#4292c6", "#9ecae1", "#deebf7")


@house_style()
def draw_verdicts(ledger: Ledger) -> Figure:
    """Return bars: statements by verdict, shaded by how certain the evidence is."""
    counts = Counter((entry.verdict, entry.statement.certainty) for entry in ledger.entries)
    verdicts = [name for name in (*VERDICTS, "undecided") if any(key[0] == name for key in counts)]
    figure = new_figure(9.0, 1.6 + 0.42 * len(verdicts))
    axes = figure.subplots()
    for position, verdict in enumerate(verdicts):
        start = 0
        for level, shade in zip(LEVELS, _SHADES, strict=True):
            number = counts[verdict, level]
            axes.barh(
                position,
                number,
                left=start,
                color=shade,
                edgecolor="white",
                label=level if not position else None,
            )
            start += number
        axes.text(start + 0.2, position, str(start), va="center")
    axes.set_yticks(range(len(verdicts)), verdicts)
    axes.invert_yaxis()
    axes.set_xlabel("statements")
    axes.legend(title="certainty", frameon=False, loc="lower right")
    quieten(axes)
    figure.tight_layout(rect=(0.0, 0.5 / figure.get_figheight(), 1.0, 1.0))
    write_footer(figure)
    return figure


@house_style()
def draw_liver_deaths(ledger: Ledger) -> Figure:
    """Return ratios per 100 mg: as published, of the survey where it was run, and by the model's mechanisms."""
    deaths = ledger.liver_deaths
    assert deaths is not None
    rows = [
        (f"{one.name} (published)", one.ratio, one.low, one.high, ARM_COLOURS[0])
        for one in read_published_numbers().ratios
    ]
    survey = (ledger.survey or {}).get("C.mortality.M2")
    if survey is not None:
        words = "NHANES 2003 to 2018, death of any cause, fully adjusted"
        rows.append((words, survey["value"], survey["low"], survey["high"], ARM_COLOURS[1]))
    for ratio in deaths.ratios:
        words = "Mechanisms of the model, liver deaths"
        if ratio.gain != 1.0:
            words = f"Mechanisms, links {ratio.gain:g} times as strong"
        rows.append((words, ratio.everyone, ratio.low, ratio.high, ARM_COLOURS[2]))
    figure = new_figure(10.0, 1.6 + 0.45 * len(rows))
    axes = figure.subplots()
    axes.axvline(1.0, color=GREY, linewidth=1)
    for position, (_, value, low, high, colour) in enumerate(rows):
        if low is not None and high is not None:
            axes.plot([low, high], [position, position], color=colour, linewidth=2)
        axes.plot(value, position, "o", color=colour)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xticks(_RATIOS, [f"{ratio:g}" for ratio in _RATIOS])
    axes.minorticks_off()
    axes.grid(axis="x", color=LIGHT, linewidth=0.6)
    axes.set_xlabel("hazard ratio per 100 mg of magnesium a day more")
    quieten(axes)
    figure.tight_layout(rect=(0.0, 0.5 / figure.get_figheight(), 1.0, 1.0))
    write_footer(figure)
    return figure
