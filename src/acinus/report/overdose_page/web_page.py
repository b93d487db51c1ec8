"""The page as one HTML file that needs nothing else: the figure with its letters, and the numbers as tables below it."""

from __future__ import annotations

import base64
import html
import io
import re
from typing import TYPE_CHECKING

from acinus.documents import biology_folder
from acinus.provenance import CONTEXT_OF_USE
from acinus.report.citations import cite
from acinus.report.overdose_page.footer_panel import failing_claims, how_made, point_in_words, source_in_words
from acinus.report.overdose_page.page_figure import SECTIONS, subtitle
from acinus.report.overdose_page.regimen_panel import difference_in_words
from acinus.report.overdose_page.share_panels import band_in_words
from acinus.report.overdose_page.sheet import unit_in_words
from acinus.report.palette import house_style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from acinus.evidence import Share
    from acinus.report.overdose_page.page_numbers import PageNumbers, Spread

__all__ = ["write_web_page"]

_STYLE = """
html { background: #fff; color: #222; font: 15px/1.5 "DejaVu Sans", Verdana, sans-serif; }
body { margin: 0 auto; max-width: 2245px; }
svg { display: block; width: 100%; height: auto; }
.numbers { max-width: 70rem; margin: 2rem auto 4rem; padding: 0 1.5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-top: 2px solid #222; padding-top: .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
caption, .note { text-align: left; color: #666; }
.use { font-weight: bold; }
@page { size: A2 landscape; margin: 0; }
@media print { .numbers { display: none; } body { max-width: none; } svg { width: 100vw; max-height: 100vh; } }
"""


def write_web_page(numbers: PageNumbers, figure: Figure, biology: Path | None = None) -> str:
    """Return the HTML text: no script, and no file, font or address that would have to be fetched.

    Parameters
    ----------
    numbers : PageNumbers
    figure : matplotlib Figure
        As `draw_overdose_page` draws it.
    biology : Path, optional
        The folder whose bibliography gives the sources in full.
    """
    drawing = _svg(figure)
    fonts = "".join(_font(weight, drawing) for weight in ("normal", "bold"))
    title = html.escape(numbers.title)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f'<meta name="description" content="{html.escape(CONTEXT_OF_USE)}">',
            f"<style>{fonts}{_STYLE}</style></head><body>",
            f'<main aria-label="{title}: {html.escape(subtitle(numbers))}">',
            drawing,
            "</main>",
            f'<article class="numbers">{_article(numbers, biology or biology_folder())}</article>',
            "</body></html>\n",
        ]
    )


@house_style()
def _svg(figure: Figure) -> str:
    """Return the figure as SVG whose words are words, with ids that are the same every time."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "acinus"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Title": "acinus"})
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    # Width and height in points would fix the size on screen; the view box alone keeps the proportions.
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*"',
        r"\1",
        re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", drawing, count=1),
        count=1,
    )


def _font(weight: str, drawing: str) -> str:
    """Return a rule that carries the letters the drawing uses, in the font it was laid out with."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from matplotlib.font_manager import FontProperties, findfont

    words = html.unescape(re.sub(r"<[^>]*>", "", drawing))
    font = TTFont(findfont(FontProperties(family="DejaVu Sans", weight=weight)), recalcTimestamp=False)
    options = subset.Options(layout_features=["kern"], hinting=False, drop_tables=["FFTM"])
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(set(words))))
    cutter.subset(font)
    font.flavor = "woff"
    stored = io.BytesIO()
    font.save(stored)
    data = base64.b64encode(stored.getvalue()).decode("ascii")
    return (
        f"@font-face {{ font-family: 'DejaVu Sans'; font-weight: {weight}; "
        f"src: url(data:font/woff;base64,{data}) format('woff'); }}\n"
    )


def _article(numbers: PageNumbers, biology: Path) -> str:
    parts = [f'<p class="use">{html.escape(CONTEXT_OF_USE)}</p>', f"<p>{html.escape(subtitle(numbers))}</p>"]
    untreated = ("no antidote", *_share(numbers.untreated))
    parts += _section(
        SECTIONS["delay"],
        ("antidote begun [h]", "hurt", "of", "share [%]", "95 % interval [%]"),
        [(f"{d.low:g} to {d.high:g}", *_share(d.share)) for d in numbers.delays] + [untreated],
    )
    arms = [
        (band_in_words(band), arm, *_share(share))
        for band in numbers.bands
        for arm, share in (("no antidote", band.untreated), (numbers.antidote, band.treated))
        if share is not None
    ]
    parts += _section(
        SECTIONS["bands"],
        ("level as at 4 h [mg/L]", "arm", "hurt", "of", "share [%]", "95 % interval [%]"),
        arms,
    )
    severity, adverse = (f"{words}, median (5 to 95 %)" for words in (numbers.severity, numbers.adverse))
    parts += _section(
        SECTIONS["regimens"],
        (
            "begun [h]",
            "regimen",
            "hurt",
            "of",
            "share [%]",
            "95 % interval [%]",
            "against the reference, points (95 %)",
            severity,
            adverse,
        ),
        [
            (
                f"{row.hours:g}",
                row.title,
                *_share(row.share),
                difference_in_words(row.difference),
                _spread(row.severity),
                _spread(row.adverse),
            )
            for row in numbers.regimens
        ],
    )
    points = [(point_in_words(point, numbers.qualification),) for point in numbers.published]
    parts += _section("Published points", ("what was published, and how the model relates to it",), points)
    if numbers.qualification is not None:
        parts += _section(
            "What is known to fail",
            ("claim", "kind", "expected", "found", "source"),
            [
                (
                    v.statement or v.id,
                    v.kind,
                    v.expected,
                    v.found or "; ".join(map(str, v.diagnostics)),
                    source_in_words(v.source),
                )
                for v in failing_claims(numbers)
            ],
        )
    keys = dict.fromkeys(
        key.strip() for point in numbers.published for key in point.source.split(";") if key.strip()
    )
    parts += _section("Sources", ("source",), [(cite(key, biology) or key,) for key in keys])
    parts += [f"<h2>How the numbers were made</h2><p>{html.escape(how_made(numbers))}</p>"]
    grades = ", ".join(f"{grade.replace('_', ' ')} {count}" for grade, count in numbers.grades.items())
    parts.append(f"<p>Grades of the {numbers.parameters} numbers of the tables: {html.escape(grades)}.</p>")
    return "\n".join(parts)


def _section(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return [f"<h2>{html.escape(title)}</h2>", f"<table><tr>{head}</tr>{body}</table>"]


def _share(share: Share) -> tuple[str, str, str, str]:
    low, value, high = (f"{100.0 * part:.1f}" for part in (share.low, share.value, share.high))
    return str(share.events), str(share.of), value, f"{low} to {high}"


def _spread(spread: Spread) -> str:
    unit = unit_in_words(spread.unit)
    return f"{spread.middle:.3g} ({spread.low:.3g} to {spread.high:.3g})" + (f" {unit}" if unit else "")
