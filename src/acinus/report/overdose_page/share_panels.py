"""Panels of shares: how many are hurt by delay of the antidote, and by nomogram band, beside published counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.report.overdose_page.sheet import ANTIDOTE, NO_ANTIDOTE, SIZES, in_percent
from acinus.report.palette import GREY, INK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from acinus.evidence import Share
    from acinus.report.overdose_page.page_numbers import BandShare, PageNumbers, PublishedShare

__all__ = ["band_in_words", "draw_bands", "draw_delays", "published_in_words"]

_TOP = 104.0  # percent, so that an interval that ends at 100 is seen to end
_STRIP = 122.0  # height of the axes with the strip above, in which published points are named
_BOX = 0.30  # width of a box of a band, of the distance between bands
_SHIFT = 0.20  # of its centre from that of the band
# Marker and its filling by whether the model was fitted to a point; the last has no claim.
_MARKERS = {"validation": ("o", INK), "calibration": ("s", "white"), "": ("o", "white")}


def draw_delays(axes: Axes, numbers: PageNumbers) -> None:
    """Draw the share hurt (%) against hours from dose to antidote, with the untreated at the right."""
    end = max(delay.high for delay in numbers.delays)
    apart = end + 2.3
    beyond = apart + 3.9
    edges = sorted({edge for delay in numbers.delays for edge in (delay.low, delay.high)})
    for delay in numbers.delays:
        _box(axes, delay.low + 0.12, delay.high - 0.12, delay.share, ANTIDOTE)
    _box(axes, apart, beyond, numbers.untreated, NO_ANTIDOTE)
    for point in numbers.published:
        if point.delay is not None:
            # Between two boxes, where it hides neither of their shares.
            between = min(edges, key=lambda edge, ends=point.delay: abs(edge - sum(ends) / 2))
            _published(axes, *point.delay, between, point)
        elif point.whole_group:
            _published(axes, apart, beyond, apart + 0.85 * (beyond - apart), point)
    axes.set(xlim=(0.0, beyond + 0.2), ylim=(0.0, _STRIP))
    axes.set_xticks([*edges, (apart + beyond) / 2], [*(f"{edge:g}" for edge in edges), "untreated"])
    axes.get_xticklabels()[-1].set_color(NO_ANTIDOTE)
    axes.get_xticklabels()[-1].set_fontweight("bold")
    axes.set_xlabel("acetylcysteine begun after the dose [h]", x=end / (beyond + 0.2) / 2)
    axes.spines["bottom"].set_bounds(0.0, end)
    _percent_axis(axes)


def draw_bands(axes: Axes, numbers: PageNumbers) -> None:
    """Draw the share hurt (%) by nomogram band, untreated beside treated."""
    for place, band in enumerate(numbers.bands):
        for share, colour, shift in (
            (band.untreated, NO_ANTIDOTE, -_SHIFT),
            (band.treated, ANTIDOTE, _SHIFT),
        ):
            if share is not None:
                _box(axes, place + shift - _BOX / 2, place + shift + _BOX / 2, share, colour)
    taken: list[float] = []
    for point in numbers.published:
        places = [i for i, band in enumerate(numbers.bands) if point.delay is None and _covers(point, band)]
        if places:
            taken.append(_free_place(places, taken))
            _published(axes, places[0] - 0.42, places[-1] + 0.42, taken[-1], point)
    labels = [band_in_words(band) for band in numbers.bands]
    axes.set_xticks(range(len(labels)), labels)
    axes.set(xlim=(-0.45, len(labels) - 0.35), ylim=(0.0, _STRIP))
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


def _free_place(places: Sequence[int], taken: Sequence[float]) -> float:
    """Return where between boxes a point that covers bands is drawn, away from the points before it."""
    middle = [place + 0.5 for place in places[:-1]]
    around = [places[0] - 0.46, places[-1] + 0.46]
    for place in [*middle, *around]:
        if all(abs(place - other) > 0.6 for other in taken):
            return place
    return (places[0] + places[-1]) / 2


def _box(axes: Axes, left: float, right: float, share: Share, colour: str) -> None:
    """Draw a share as a line and its interval as a field, and write it above."""
    low, value, high = (100.0 * part for part in (share.low, share.value, share.high))
    axes.fill_between([left, right], low, high, color=colour, alpha=0.25, lw=0, zorder=2)
    axes.plot([left, right], [value, value], color=colour, lw=3.4, solid_capstyle="butt", zorder=3)
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
        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0.0, "pad": 0.6},
        zorder=6,
    )


def _published(axes: Axes, left: float, right: float, place: float, point: PublishedShare) -> None:
    """Draw a published share with its interval and the range of delays or levels it stands for."""
    low, value, high = (100.0 * part for part in (point.low, point.share, point.high))
    style = (0, (2, 1.6)) if point.from_memory else "-"
    axes.plot([left, right], [value, value], color=INK, lw=1.0, ls=style, zorder=4)
    axes.plot([place, place], [low, high], color=INK, lw=1.6, ls=style, zorder=5)
    axes.plot([place, place], [high + 1.0, _TOP], color=LIGHT, lw=0.8, zorder=1)
    marker, fill = _MARKERS[point.kind]
    axes.plot(
        [place],
        [value],
        marker=marker,
        ms=8.5,
        color=INK,
        markerfacecolor=fill,
        markeredgewidth=1.5,
        ls="",
        zorder=6,
    )
    # Named in the strip above the axis, where no share can be.
    axes.annotate(
        f"{point.label}\n{published_in_words(point)}",
        (place, _TOP + 1.0),
        ha="center",
        va="bottom",
        fontsize=SIZES["small"] - 1.0,
        linespacing=1.15,
        color=INK,
    )


def _percent_axis(axes: Axes) -> None:
    axes.set_ylabel("share hurt [%]", fontsize=SIZES["label"], y=50.0 / _STRIP)
    axes.set_yticks(range(0, 101, 20))
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=LIGHT, lw=0.6, alpha=0.7)
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
