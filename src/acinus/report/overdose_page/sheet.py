"""A sheet of paper: a figure whose places are inches from the left and from the top, and words that fit a width."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from acinus.report.palette import ARM_COLOURS, GREY, INK, new_figure, quieten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["ANTIDOTE", "NO_ANTIDOTE", "SIZES", "Sheet", "in_percent", "unit_in_words", "wrap"]

# The two colours that mean something on the page: left alone, and given the antidote.
NO_ANTIDOTE, ANTIDOTE = ARM_COLOURS[0], ARM_COLOURS[1]
# Points on A2; on A3 they come out at seven tenths of it.
SIZES = {"title": 38.0, "section": 17.0, "label": 11.5, "text": 10.5, "small": 9.5}

_UNITS = {"dimensionless": "", "percent": "%", "umol/L": "µmol/L"}


def unit_in_words(unit: str) -> str:
    """Return a unit as it is printed."""
    return _UNITS.get(unit, unit.replace("*", " "))


def in_percent(share: float) -> str:
    """Return a share in percent: a whole number, with one decimal below ten; never 0 or 100 % unless it is.

    Examples
    --------
    >>> in_percent(0.519), in_percent(0.0161), in_percent(0.0001), in_percent(0.9999)
    ('52 %', '1.6 %', '<0.1 %', '>99 %')
    """
    value = 100.0 * share
    if 0.0 < value < 0.05:
        return "<0.1 %"
    if 99.5 <= value < 100.0:
        return ">99 %"
    if 0.0 < value < 9.95:
        return f"{value:.1f} %"
    return f"{value:.0f} %"


@lru_cache(maxsize=32768)
def _width(word: str, size: float, weight: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    # Letters fitted to the pixels of a screen are a little wider than their outlines.
    return 1.03 * TextToPath().get_text_width_height_descent(word, font, ismath=False)[0] / 72.0


def wrap(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Return a text as lines no wider than `width` inches, as far as its words allow."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and _width(longer, size, weight) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


class Sheet:
    """A figure of `width` by `height` inches, addressed from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self.figure = new_figure(width, height)

    def axes(self, x: float, y: float, width: float, height: float, *, plain: bool = False) -> Axes:
        """Return axes whose upper left corner is at (x, y); `plain` for a field without any frame."""
        place = (x / self.width, 1.0 - (y + height) / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(place)
        if plain:
            axes.set_axis_off()
        else:
            quieten(axes)
        return axes

    def text(
        self, x: float, y: float, words: str, *, size: float = SIZES["text"], **settings: object
    ) -> Text:
        """Write words whose upper left corner, unless `ha` and `va` say otherwise, is at (x, y)."""
        given = {"ha": "left", "va": "top", "color": INK, **settings}
        return self.figure.text(x / self.width, 1.0 - y / self.height, words, fontsize=size, **given)

    def block(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        *,
        size: float = SIZES["text"],
        weight: str = "normal",
        colour: str = INK,
        most: int | None = None,
    ) -> float:
        """Write a paragraph of at most `most` lines and return the height below it, inches from the top."""
        lines = wrap(words, width, size, weight)
        if most is not None and len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1] + " …"] if most > 0 else []
        step = size * 1.32 / 72.0
        for line in lines:
            self.text(x, y, line, size=size, fontweight=weight, color=colour)
            y += step
        return y

    def section(self, x: float, y: float, width: float, title: str, note: str) -> float:
        """Write a section's title over a rule and its note below; return the height below them."""
        from matplotlib.lines import Line2D

        top = 1.0 - y / self.height
        ends = (x / self.width, (x + width) / self.width)
        self.figure.add_artist(Line2D(ends, (top, top), color=INK, lw=1.4))
        y = self.block(x, y + 0.10, width, title, size=SIZES["section"], weight="bold")
        return self.block(x, y + 0.02, width, note, size=SIZES["small"], colour=GREY) + 0.06

    def spans(
        self, x: float, y: float, parts: Iterable[tuple[str, str]], *, size: float = SIZES["text"]
    ) -> float:
        """Write words in several colours one after the other; return where they end, inches from the left."""
        for words, colour in parts:
            self.text(x, y, words, size=size, color=colour, fontweight="bold")
            x += _width(words, size, "bold") + 0.18
        return x
