"""The result of a finished job: a summary, and everybody's row as CSV or Parquet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from acinus.evidence import clopper_pearson
from acinus.provenance import CONTEXT_OF_USE
from acinus.runs import open_run

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from acinus.runs.reading import EndpointSummary

__all__ = ["as_csv", "as_parquet", "as_summary", "safe_cell"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_summary(run: Path) -> dict[str, Any]:
    """Return counts, quantiles and shares by arm, with what produced them."""
    opened = open_run(run)
    summary = opened.summary()
    manifest = opened.manifest
    return {
        "context_of_use": CONTEXT_OF_USE,
        "people": summary.people,
        "people_done": summary.people_done,
        "left_out": summary.left_out,
        "arms": [
            {
                "arm": arm.arm,
                "n_in": arm.n_in,
                "n_ok": arm.n_ok,
                "n_failed": arm.n_failed,
                "ways_to_fail": dict(arm.ways_to_fail),
                "endpoints": [_endpoint(one) for one in arm.endpoints],
            }
            for arm in summary.arms
        ],
        "request": dict(manifest.request),
        "identity": manifest.identity,
        "model_hash": manifest.model_hash,
        "engine": manifest.engine,
        "software": dict(manifest.software),
        "created": manifest.created,
    }


def as_csv(run: Path) -> bytes:
    """Return everybody's row; the first line names columns, with units in brackets."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    table = _table(run)
    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        if (
            pa.types.is_string(field.type)
            or pa.types.is_dictionary(field.type)
            or pa.types.is_large_string(field.type)
        ):
            cells = [None if cell is None else safe_cell(str(cell)) for cell in column.to_pylist()]
            columns.append(pa.array(cells, pa.string()))
        else:
            columns.append(column)
    names = [_heading(field) for field in table.schema]
    written = io.BytesIO()
    pa_csv.write_csv(pa.table(columns, names=names), written)
    return written.getvalue()


def as_parquet(run: Path) -> bytes:
    """Return everybody's row with units in the metadata of each column."""
    import pyarrow.parquet as pq

    written = io.BytesIO()
    pq.write_table(_table(run), written)
    return written.getvalue()


def _table(run: Path) -> pa.Table:
    return open_run(run).results.to_table()


def _heading(field: pa.Field) -> str:
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return field.name if unit in ("", "dimensionless") else f"{field.name} [{unit}]"


def _endpoint(one: EndpointSummary) -> dict[str, Any]:
    known: dict[str, Any] = {
        "id": one.name,
        "label": one.title,
        "unit": {"dimensionless": "", "percent": "%"}.get(one.unit, one.unit),
        "n_defined": one.n_defined,
    }
    if one.yes is None:
        named = {f"p{round(100 * p)}": value for p, value in one.quantiles.items()}
        return {**known, "mean": one.mean, "quantiles": named}
    share = clopper_pearson(one.yes, one.n_defined) if one.n_defined else None
    return {
        **known,
        "yes": one.yes,
        "share": share.value if share else None,
        "low": share.low if share else None,
        "high": share.high if share else None,
    }
