"""Endpoints of several arms side by side, as plain records, CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import AcinusError
from acinus.report.stillness import is_still

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from acinus.endpoints import Reading
    from acinus.simulation import Trajectories

__all__ = ["EndpointRow", "EndpointTable", "tabulate_endpoints"]


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One endpoint in every arm.

    Attributes
    ----------
    name : str
        Key of the endpoint, with ``[zone]`` behind it where it is read zone by zone.
    title : str
    unit : str
    values : tuple of float or None
        One an arm; None where there is no such number (a level never reached, a run that did not finish).
        Of several individuals, the median of those who have one.
    yes_or_no : bool
        Whether 1 and 0 mean yes and no.
    detail : bool
        Whether a short summary may leave it out.
    still : bool
        Whether nothing that it reads moved in any arm, or nothing was given of the substance that it counts.
    """

    name: str
    title: str
    unit: str
    values: tuple[float | None, ...]
    yes_or_no: bool = False
    detail: bool = False
    still: bool = False

    @property
    def by_zone(self) -> bool:
        """Say whether this is one zone's part of an endpoint read zone by zone."""
        return self.name.endswith("]")


@dataclass(frozen=True, slots=True)
class EndpointTable:
    """Rows of endpoints, a column an arm; `left_out` says which endpoints this model cannot give, and why."""

    arms: tuple[str, ...]
    rows: tuple[EndpointRow, ...]
    left_out: Mapping[str, str]

    def as_csv(self) -> str:
        """Return the table as CSV text: endpoint, name, unit, then one column an arm; full precision."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["endpoint", "name", "unit", *(arm or "value" for arm in self.arms)])
        for row in self.rows:
            cells = ["" if value is None else repr(value) for value in row.values]
            writer.writerow([row.name, row.title, row.unit, *cells])
        return text.getvalue()

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON: endpoint -> name, unit and a value an arm."""
        return {
            row.name: {
                "name": row.title,
                "unit": row.unit,
                "values": dict(zip(self.arms, row.values, strict=True)),
            }
            for row in self.rows
        }


def tabulate_endpoints(arms: Mapping[str, Trajectories], names: Sequence[str] | None = None) -> EndpointTable:
    """Read endpoints off every arm.

    Parameters
    ----------
    arms : mapping from arm to Trajectories
        All of one model.
    names : sequence of str, optional
        Endpoints by name. Without it, all of the model's ``endpoints.yaml``; there, those that the model has
        no variable for are left out, and said so.

    Returns
    -------
    EndpointTable

    Raises
    ------
    EndpointError
        If an endpoint asked for by name cannot be read.
    """
    from acinus.endpoints import list_endpoints, read_endpoint

    model = next(iter(arms.values())).model
    listed = list_endpoints(model.biology if model is not None else None)
    rows: list[EndpointRow] = []
    left_out: dict[str, str] = {}
    for name in listed if names is None else names:
        try:
            readings = [read_endpoint(run, name) for run in arms.values()]
        except AcinusError as error:
            if names is not None:
                raise
            left_out[name] = error.diagnostics[0].what
            continue
        yes_or_no = name in listed and listed[name].measure.result == "yes_or_no"
        detail = name in listed and listed[name].detail
        still = name in listed and is_still(listed[name], tuple(arms.values()))
        rows += _rows_of(name, readings, yes_or_no=yes_or_no, detail=detail, still=still)
    return EndpointTable(tuple(arms), tuple(rows), left_out)


def _rows_of(
    name: str, readings: Sequence[Reading], *, yes_or_no: bool, detail: bool, still: bool
) -> list[EndpointRow]:
    first = readings[0]
    title = first.title[:1].upper() + first.title[1:]
    if first.values.ndim == 1:
        values = tuple(_middle(r.values) for r in readings)
        return [EndpointRow(name, title, first.unit, values, yes_or_no, detail, still)]
    return [
        EndpointRow(
            f"{name}[{zone + 1}]",
            f"{title}, zone {zone + 1}",
            first.unit,
            tuple(_middle(r.values[:, zone]) for r in readings),
            detail=detail,
            still=still,
        )
        for zone in range(first.values.shape[1])
    ]


def _middle(values: np.ndarray) -> float | None:
    defined = values[np.isfinite(values)]
    middle = float(np.median(defined)) if defined.size else math.nan
    return middle if math.isfinite(middle) else None
