"""The ledger as one HTML file: what was said, the verdicts, and every check."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

from acinus.documents import biology_folder
from acinus.provenance import CONTEXT_OF_USE, version
from acinus.report.citations import cite
from acinus.report.evidence_page.figures import draw_liver_deaths, draw_verdicts
from acinus.report.evidence_page.lines import liver_death_paragraphs, part_line, verdict_line
from acinus.report.palette import house_style
from acinus.report.whole_files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.figure import Figure

    from acinus.evidence.ledger import Ledger, LedgerEntry

__all__ = ["evidence_page", "write_evidence_page"]

_TITLE = "What the articles say of magnesium and the liver, put to the test"
_STYLE = """
html { background: #fff; color: #222; font: 15px/1.5 "DejaVu Sans", Verdana, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 0 1.5rem 4rem; }
svg { display: block; max-width: 100%; height: auto; margin: 1rem 0; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; border-top: 2px solid #222; padding-top: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
.use { font-weight: bold; } .note { color: #666; }
.warning { border: 2px solid #b00020; color: #b00020; font-weight: bold; padding: .5rem .8rem; }
"""


def write_evidence_page(path: Path, ledger: Ledger) -> None:
    """Write the page, whole or not at all."""
    write_text(path, evidence_page(ledger))


def evidence_page(ledger: Ledger) -> str:
    """Return the HTML text: no script, and nothing that would have to be fetched."""
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_TITLE}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{_TITLE}</h1><p class="use">{html.escape(CONTEXT_OF_USE)}</p>',
        _svg(draw_verdicts(ledger)),
        *_table(ledger),
    ]
    for entry in ledger.entries:
        parts += _statement(entry, ledger)
    parts.append(f'<p class="note">acinus {html.escape(version())}</p></body></html>\n')
    return "\n".join(parts)


def _table(ledger: Ledger) -> Iterator[str]:
    heads = ("id", "statement", "certainty", "verdict", "check")
    yield "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
    for entry in ledger.entries:
        one = entry.statement
        title = html.escape(one.title)
        if one.warning:
            title += f'<br><strong class="warning">{html.escape(one.warning)}</strong>'
        cells = (f'<a href="#{one.id}">{one.id}</a>', title, one.certainty, entry.verdict, entry.found)
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _statement(entry: LedgerEntry, ledger: Ledger) -> Iterator[str]:
    one = entry.statement
    yield f'<h2 id="{one.id}">{one.id} {html.escape(one.title)}</h2>'
    if one.warning:
        yield f'<p class="warning">{html.escape(one.warning)}</p>'
    yield f"<p>Article {one.article}, {one.kind}. {html.escape(one.statement)}</p>"
    yield f"<p><strong>{html.escape(verdict_line(entry))}</strong></p>"
    yield f"<p>Certainty: {one.certainty} ({html.escape('; '.join(one.because))}).</p>"
    yield f"<p>{html.escape(one.known)}</p>"
    if one.unchecked:
        yield f"<p>No check. {html.escape(one.unchecked)}</p>"
    if entry.parts:
        lines = (
            html.escape(part_line(part))
            + (f'<br><span class="note">{html.escape(part.note)}</span>' if part.note else "")
            for part in entry.parts
        )
        yield "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
    if one.mechanism is not None and ledger.liver_deaths is not None:
        yield _svg(draw_liver_deaths(ledger))
        yield from (f"<p>{html.escape(paragraph)}</p>" for paragraph in liver_death_paragraphs(ledger))
    yield f"<p>What would change it: {html.escape(one.would_change)}</p>"
    sources = (cite(key, biology_folder()) or key for key in one.sources)
    yield '<p class="note">' + "<br>".join(html.escape(source) for source in sources) + "</p>"


@house_style()
def _svg(figure: Figure) -> str:
    """Return the figure as SVG, its letters as outlines, with ids that are the same every time."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "acinus"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Title": "acinus"})
    return re.sub(r"^.*?(?=<svg)", "", text.getvalue(), count=1, flags=re.DOTALL)
