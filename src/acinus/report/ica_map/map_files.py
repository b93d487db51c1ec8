"""The files of the picture: PNG, PDF and the numbers as JSON, all of them or none."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import numpy as np

from acinus.provenance import CONTEXT_OF_USE
from acinus.report.ica_map.map_figure import answer, draw_ica_map
from acinus.report.palette import house_style
from acinus.report.whole_files import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.report.ica_map.map_runs import MapNumbers, Panel

__all__ = ["map_as_data", "write_ica_map"]

_RESOLUTION = 150  # dots per inch of the PNG


@house_style()
def write_ica_map(out: Path, numbers: MapNumbers) -> tuple[Path, ...]:
    """Write ``ica.png``, ``.pdf`` and ``.json`` into a folder and return their paths.

    Everything is written under temporary names first; after an error no file of the picture is new.

    Raises
    ------
    RequestError
        AC980 if the place cannot be written to.
    """
    import matplotlib as mpl

    figure = draw_ica_map(numbers)
    paths = tuple(out / f"ica{suffix}" for suffix in (".png", ".pdf", ".json"))
    with contextlib.ExitStack() as open_files:
        png, pdf, data = (open_files.enter_context(whole_file(path)) for path in paths)
        figure.savefig(png, dpi=_RESOLUTION, metadata={"Description": CONTEXT_OF_USE, "Software": None})
        with mpl.rc_context({"pdf.fonttype": 42}):
            # No date in the metadata: two runs of the same model must not differ.
            about = {"Title": numbers.title, "Subject": CONTEXT_OF_USE, "CreationDate": None}
            figure.savefig(pdf, metadata=about)
        text = json.dumps(map_as_data(numbers), indent=2, allow_nan=False, ensure_ascii=False)
        data.write_text(text + "\n", encoding="utf-8")
    return paths


def map_as_data(numbers: MapNumbers) -> dict[str, object]:
    """Return the panels as plain values, ready for JSON; rows are shares, columns affinities, None did not finish."""
    return {
        "title": numbers.title,
        "answer": list(answer(numbers)),
        "context_of_use": CONTEXT_OF_USE,
        "provenance": [made.as_dict() for made in numbers.provenance],
        "courses": {"simulated": numbers.runs, "finished": numbers.runs_finished},
        "panels": [_panel(panel) for row in numbers.panels for panel in row],
    }


def _panel(panel: Panel) -> dict[str, object]:
    return {
        "subject": panel.subject,
        "hypothesis": panel.hypothesis,
        "affinity": {"values": panel.affinity.tolist(), "unit": "umol/L"},
        "share": panel.share.tolist(),
        "fall": _rows(panel.fall),
        "fall_by_doubling": _rows(panel.doubled),
        "plasma": {"values": panel.plasma.tolist(), "unit": "umol/L"},
        "needed_of_made": _rows(panel.needed),
        "feasible": panel.feasible.tolist(),
        "rate": None if np.isnan(panel.rate) else {"value": panel.rate, "unit": "1/h"},
        "tables": {
            "affinity": panel.usual_affinity,
            "share": panel.usual_share,
            "fall": panel.usual_fall,
            "fall_by_doubling": panel.usual_doubled,
        },
        "seen_from": None if np.isnan(panel.limit) else {"value": panel.limit, "unit": "umol/L"},
    }


def _rows(values: NDArray[np.float64]) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]
