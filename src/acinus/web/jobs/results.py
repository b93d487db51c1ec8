"""The result of a finished job: what it found as JSON, its table as CSV or Parquet, and a picture where it has one."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from acinus.evidence import clopper_pearson
from acinus.provenance import CONTEXT_OF_USE
from acinus.runs import open_run

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from acinus.runs.reading import EndpointSummary
    from acinus.web.jobs.table import Job

__all__ = ["as_csv", "as_json", "as_parquet", "as_picture", "safe_cell"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_json(job: Job, home: Path) -> dict[str, Any]:
    """Return what a job found: counts, quantiles and shares by arm, or all that a trial or a map says of itself."""
    if job.kind in ("trial", "map"):
        return json.loads((home / "result" / f"{job.kind}.json").read_text(encoding="utf-8"))
    return _summary(home / "run")


def as_picture(job: Job, home: Path) -> bytes | None:
    """Return the picture of a trial or a map; None for what has none."""
    path = home / "result" / f"{job.kind}.png"
    return path.read_bytes() if path.is_file() else None


def as_csv(job: Job, home: Path) -> bytes:
    """Return the table; the first line names columns, with units in brackets."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    table = _table(job, home)
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


def as_parquet(job: Job, home: Path) -> bytes:
    """Return the table with units in the metadata of each column, or in its name."""
    import pyarrow.parquet as pq

    written = io.BytesIO()
    pq.write_table(_table(job, home), written)
    return written.getvalue()


def _summary(run: Path) -> dict[str, Any]:
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


def _table(job: Job, home: Path) -> pa.Table:
    """Return everybody's row, or that of every cell of a map."""
    import pyarrow.parquet as pq

    if job.kind in ("trial", "map"):
        return pq.read_table(
            home / "result" / {"trial": "individuals.parquet", "map": "map.parquet"}[job.kind]
        )
    return open_run(home / "run").results.to_table()


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
