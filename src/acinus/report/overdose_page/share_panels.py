"""Panels of shares: how many are hurt by delay of the antidote, and by nomogram band, beside published counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, in_percent
from acinus.report.palette import GREY, INK, LIGHT, halo

if TYPE_CHECKING:

    from matplotlib.axes import Axes

    from acinus.evidence import Share
    from acinus.report.overdose_page.page_numbers import BandShare, PageNumbers, PublishedShare

__all__ = ["band_in_words", "draw_bands", "draw_delays", "published_in_words"]

_TOP = 104.0  # percent, so that an interval that ends at 100 is seen to end
_BOX = 0.34  # half the width of a box of a band, of the distance between bands


def draw_delays(axes: Axes, numbers: PageNumbers) -> None:
    """Draw the share hurt (%) against hours from dose to antidote, with the untreated at the right."""
    end = max(delay.high for delay in numbers.delays)
    apart = end + 2.2
    beyond = apart + 3.4
    for delay in numbers.delays:
        _box(axes, delay.low + 0.12, delay.high - 0.12, delay.share, ANTIDOTE)
    _box(axes, apart, beyond, numbers.untreated, NO_ANTIDOTE)
    for point in numbers.published:
        if point.delay is not None:
            _published(axes, *point.delay, point, above=point.share < 0.3)
        elif point.whole_group:
            _published(axes, apart, beyond, point, above=False, beside=True)
    axes.set(xlim=(0.0, beyond + 0.2), ylim=(0.0, _TOP))
    edges = sorted({edge for delay in numbers.delays for edge in (delay.low, delay.high)})
    axes.set_xticks([*edges, (apart + beyond) / 2], [*(f"{edge:g}" for edge in edges), "untreated"])
    axes.get_xticklabels()[-1].set_color(NO_ANTIDOTE)
    axes.get_xticklabels()[-1].set_fontweight("bold")
    axes.set_xlabel("acetylcysteine begun, hours after the dose [h]", x=end / (beyond + 0.2) / 2)
    _percent_axis(axes)


def draw_bands(axes: Axes, numbers: PageNumbers) -> None:
    """Draw the share hurt (%) by nomogram band, untreated beside treated."""
    for place, band in enumerate(numbers.bands):
        for share, colour, shift in ((band.untreated, NO_ANTIDOTE, -0.5), (band.treated, ANTIDOTE, 0.5)):
            if share is not None:
                centre = place + shift * (_BOX + 0.04)
                _box(axes, centre - _BOX / 2, centre + _BOX / 2, share, colour)
    for point in numbers.published:
        places = [i for i, band in enumerate(numbers.bands) if point.delay is None and _covers(point, band)]
        if places:
            _published(axes, places[0] - 0.45, places[-1] + 0.45, point, above=True)
    labels = [band_in_words(band) for band in numbers.bands]
    axes.set_xticks(range(len(labels)), labels)
    axes.set(xlim=(-0.6, len(labels) - 0.4), ylim=(0.0, _TOP))
    axes.set_xlabel("plasma level as at 4 h on the nomogram [mg/L]")
    _percent_axis(axes)


def band_in_words(band: BandShare) -> str:
    """Return a band as its axis names it: ``100 to 150``, ``<100``, ``≥300``."""
    if band.low is None:
        return f"<{band.high:g}"
    return f"≥{band.low:g}" if band.high is None else f"{band.low:g} to {band.high:g}"


def published_in_words(point: PublishedShare) -> str:
    """Return a published share with its counts, or as the round number it is quoted as."""
    if point.counts is None:
        return f"about {in_percent(point.share)}"
    return f"{point.counts.events} of {point.counts.of}"


def _covers(point: PublishedShare, band: BandShare) -> bool:
    if point.low_line is None or band.low is None or band.low < point.low_line:
        return False
    return point.high_line is None or (band.high is not None and band.high <= point.high_line)


def _box(axes: Axes, left: float, right: float, share: Share, colour: str) -> None:
    """Draw a share as a line and its interval as a field, and write it above."""
    low, value, high = (100.0 * part for part in (share.low, share.value, share.high))
    axes.fill_between([left, right], low, high, color=colour, alpha=0.25, lw=0, zorder=2)
    axes.plot([left, right], [value, value], color=colour, lw=3.2, solid_capstyle="butt", zorder=3)
    axes.annotate(
        in_percent(share.value),
        ((left + right) / 2, high),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SIZES["small"],
        fontweight="bold",
        color=colour,
        path_effects=halo(),
        zorder=6,
    )


def _published(
    axes: Axes, left: float, right: float, point: PublishedShare, *, above: bool, beside: bool = False
) -> None:
    """Draw a published share with its interval, filled where the model was not fitted to it."""
    middle = left + (right - left) * (0.5 if not beside else 0.78)
    low, value, high = (100.0 * part for part in (point.low, point.share, point.high))
    style = (0, (2, 1.6)) if point.from_memory else "-"
    axes.plot([left, right], [value, value], color=INK, lw=1.1, ls=style, zorder=4)
    axes.plot([middle, middle], [low, high], color=INK, lw=1.4, ls=style, zorder=5)
    axes.plot(
        [middle],
        [value],
        marker="o" if point.kind == "validation" else "s",
        ms=8,
        color=INK,
        markerfacecolor=INK if point.kind == "validation" else "white",
        markeredgewidth=1.4,
        ls="",
        zorder=6,
    )
    axes.annotate(
        f"{point.label}\n{published_in_words(point)}",
        (middle, high if above else low),
        xytext=(0, 4 if above else -4),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        fontsize=SIZES["small"],
        linespacing=1.1,
        color=INK,
        path_effects=halo(),
        zorder=7,
    )


def _percent_axis(axes: Axes) -> None:
    axes.set_ylabel("share hurt [%]", fontsize=SIZES["label"])
    axes.set_yticks(range(0, 101, 20))
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=LIGHT, lw=0.6, alpha=0.7)
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
