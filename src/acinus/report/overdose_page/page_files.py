"""The files of the page: HTML, PDF, PNG and the numbers as JSON, all of them or none."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from acinus.provenance import CONTEXT_OF_USE
from acinus.report.overdose_page.page_figure import draw_overdose_page
from acinus.report.overdose_page.web_page import write_web_page
from acinus.report.palette import house_style
from acinus.report.whole_files import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from acinus.evidence import Share
    from acinus.report.overdose_page.page_numbers import PageNumbers, Spread

__all__ = ["page_as_data", "write_overdose_page"]

_RESOLUTION = 150  # dots per inch of the PNG


@house_style()
def write_overdose_page(out: Path, numbers: PageNumbers, biology: Path | None = None) -> tuple[Path, ...]:
    """Write ``overdose.html``, ``.pdf``, ``.png`` and ``.json`` into a folder and return their paths.

    Everything is written under temporary names first; after an error no file of the page is new.

    Raises
    ------
    RequestError
        AC980 if the place cannot be written to.
    """
    import matplotlib as mpl

    figure = draw_overdose_page(numbers)
    paths = tuple(out / f"overdose{suffix}" for suffix in (".html", ".pdf", ".png", ".json"))
    with contextlib.ExitStack() as open_files:
        page, pdf, png, data = (open_files.enter_context(whole_file(path)) for path in paths)
        page.write_text(write_web_page(numbers, figure, biology), encoding="utf-8")
        with mpl.rc_context({"pdf.fonttype": 42}):
            # No date in the metadata: two runs of the same model must not differ.
            about = {"Title": numbers.title, "Subject": CONTEXT_OF_USE, "CreationDate": None}
            figure.savefig(pdf, metadata=about)
        figure.savefig(png, dpi=_RESOLUTION, metadata={"Description": CONTEXT_OF_USE, "Software": None})
        text = json.dumps(page_as_data(numbers), indent=2, allow_nan=False, ensure_ascii=False)
        data.write_text(text + "\n", encoding="utf-8")
    return paths


def page_as_data(numbers: PageNumbers) -> dict[str, object]:
    """Return the shares, differences and spreads of the page as plain values, ready for JSON."""
    return {
        "title": numbers.title,
        "context_of_use": CONTEXT_OF_USE,
        "provenance": numbers.provenance.as_dict(),
        "population": numbers.population,
        "people": numbers.begun,
        "group": {"that": numbers.group, "people": numbers.group_size},
        "outcome": numbers.outcome,
        "courses": {"simulated": numbers.runs, "finished": numbers.runs_finished},
        "untreated": {"everybody": _share(numbers.everybody), "group": _share(numbers.untreated)},
        "delays": [{"from": d.low, "to": d.high, "unit": "h", **_share(d.share)} for d in numbers.delays],
        "bands": [
            {
                "from": band.low,
                "to": band.high,
                "unit": "mg/L",
                "untreated": None if band.untreated is None else _share(band.untreated),
                "treated": None if band.treated is None else _share(band.treated),
            }
            for band in numbers.bands
        ],
        "regimens": [
            {
                "arm": row.arm,
                "title": row.title,
                "begun_h": row.hours,
                **_share(row.share),
                "difference": None
                if row.difference is None
                else {"value": row.difference.value, "low": row.difference.low, "high": row.difference.high},
                "severity": _spread(row.severity),
                "adverse": _spread(row.adverse),
            }
            for row in numbers.regimens
        ],
        "published": [
            {
                "statement": point.statement,
                "source": point.source,
                "kind": point.kind or None,
                "claim": point.claim or None,
                "from_memory": point.from_memory,
                "share": point.share,
                "low": point.low,
                "high": point.high,
            }
            for point in numbers.published
        ],
        "grades": dict(numbers.grades),
        "claims": None if numbers.qualification is None else dict(numbers.qualification.summary),
    }


def _share(share: Share) -> dict[str, object]:
    return {
        "events": share.events,
        "of": share.of,
        "share": share.value,
        "low": share.low,
        "high": share.high,
    }


def _spread(spread: Spread) -> dict[str, object]:
    return {"median": spread.middle, "p5": spread.low, "p95": spread.high, "unit": spread.unit}
