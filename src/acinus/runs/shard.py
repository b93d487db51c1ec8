"""A shard as bytes: results in Parquet, a ledger of who did not finish, courses in Zarr.

Encoding knows no folder, so that a worker on another machine can do it and one writer commits what comes back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.provenance import CONTEXT_OF_USE
from acinus.runs.folder import named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from acinus.endpoints import Reading
    from acinus.population import Individuals
    from acinus.simulation import Trajectories

__all__ = ["ARM", "OWN_COLUMNS", "ArmResult", "ShardFiles", "encode", "endpoint_columns", "read_header"]

ARM = "arm"
OWN_COLUMNS = ("individual", ARM, "status", "reason", "reached")
"""Columns that every table of results begins with."""

_HEADER = b"acinus"


@dataclass(frozen=True, eq=False)
class ArmResult:
    """What came of the people of a shard in one arm."""

    run: Trajectories
    readings: Mapping[str, Reading]


@dataclass(frozen=True, slots=True)
class ShardFiles:
    """The files of a shard, each as name and content.

    Attributes
    ----------
    table : (name, bytes)
        The Parquet file; its name commits the shard.
    companions : mapping from folder to (name, bytes)
        ``failures`` and ``trajectories``, where there are any.
    """

    table: tuple[str, bytes]
    companions: Mapping[str, tuple[str, bytes]]


def encode(
    index: int,
    identity: str,
    drawn: int,
    people: Individuals,
    columns: tuple[str, ...],
    results: Mapping[str, ArmResult],
    sample: bytes | None,
) -> ShardFiles:
    """Return the files of a shard; the same results give the same bytes.

    Parameters
    ----------
    index : int
        Number of the shard.
    identity : str
        Hash of the run, for the header.
    drawn : int
        Individuals of the shard, with those that a population's rules left out.
    people : Individuals
        Those who were simulated.
    columns : tuple of str
        Columns of the people that stand beside the results.
    results : mapping from arm to ArmResult
    sample : bytes or None
        Courses, encoded.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    companions: dict[str, tuple[str, bytes]] = {}
    ledger = _ledger(people, results)
    if ledger:
        companions["failures"] = named(index, ledger, "jsonl")
    if sample is not None:
        companions["trajectories"] = named(index, sample, "zarr.zip")
    failed = sum(int((~result.run.ok).sum()) for result in results.values())
    header = {
        "identity": identity,
        "shard": index,
        "drawn": drawn,
        "individuals": len(people),
        "arms": list(results),
        "rows": len(people) * len(results),
        "failed": failed,
        "companions": {kind: name for kind, (name, _) in companions.items()},
        "context_of_use": CONTEXT_OF_USE,
    }
    table = pa.concat_tables(
        [_table(arm, tuple(results), people, columns, result) for arm, result in results.items()]
    )
    table = table.replace_schema_metadata({_HEADER: json.dumps(header).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=[ARM, "status", "reason"],  # pyright: ignore[reportArgumentType] - a list is documented
        write_page_checksum=True,
        row_group_size=len(table),
    )
    return ShardFiles(named(index, sink.getvalue().to_pybytes(), "parquet"), companions)


def read_header(path: Path) -> dict[str, Any]:
    """Return what a shard says of itself; `ValueError` if it is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = (pq.read_schema(path).metadata or {}).get(_HEADER)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(str(error)) from error
    if about is None:
        raise ValueError("it has no header of this program")
    return json.loads(about)


def endpoint_columns(name: str, reading: Reading) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a reading by name: one, or one for each zone from portal to central."""
    if reading.values.ndim == 1:
        return {name: reading.values}
    return {f"{name}_zone{z + 1}": reading.values[:, z] for z in range(reading.values.shape[1])}


def _table(
    arm: str, arms: tuple[str, ...], people: Individuals, columns: tuple[str, ...], result: ArmResult
) -> pa.Table:
    import pyarrow as pa

    from acinus.engine import Status  # whoever only reads shards does without

    run, size = result.run, len(people)
    ids = run.individuals.astype(str).tolist() if run.individuals.dtype.kind in "OUS" else run.individuals
    names = [status.name.lower() for status in Status]
    ways = np.array([names.index(status.name.lower()) for status in run.status], dtype=np.int8)
    text = pa.string()
    arrays: list[tuple[str, Any, dict[str, str]]] = [
        ("individual", pa.array(ids), {}),
        (
            ARM,
            pa.DictionaryArray.from_arrays(np.full(size, arms.index(arm), np.int8), pa.array(arms, text)),
            {},
        ),
        ("status", pa.DictionaryArray.from_arrays(ways, pa.array(names, text)), {}),
        ("reason", pa.array([message or None for message in run.message], text), {}),
        ("reached", pa.array(run.reached), {"unit": "h"}),
    ]
    arrays += [
        (name, pa.array(_value(name, people, run)), {"unit": people.units[name], "role": "column"})
        for name in columns
    ]
    for called, reading in result.readings.items():
        about = {
            "unit": reading.unit,
            "title": reading.title,
            "method": reading.method,
            "role": "yes_or_no" if reading.yes_or_no else "endpoint",
        }
        for name, values in endpoint_columns(called, reading).items():
            # Who has no reading is null and not NaN, so that SQL leaves them out of means and quantiles.
            arrays.append((name, pa.array(values, mask=~np.isfinite(values)), about))
    schema = pa.schema([pa.field(name, data.type, metadata=about) for name, data, about in arrays])
    return pa.Table.from_arrays([data for _, data, _ in arrays], schema=schema)


def _value(name: str, people: Individuals, run: Trajectories) -> NDArray[np.float64]:
    """Return a column as it was simulated: a parameter may have been fixed for everyone."""
    return run.parameter(name) if name in run.model.symbols else people[name]


def _ledger(people: Individuals, results: Mapping[str, ArmResult]) -> bytes:
    """Return a line for everyone who did not finish: who, in which arm, when, why, and with which values."""
    lines = []
    for arm, result in results.items():
        run = result.run
        for k in np.flatnonzero(~run.ok).tolist():
            about = {
                "individual": run.individuals[k].item(),
                "arm": arm,
                "status": run.status[k].name.lower(),
                "reason": run.message[k],
                "meaning": run.status[k].value,
                "reached_h": float(run.reached[k]),
                "values": {name: float(_value(name, people, run)[k]) for name in people.columns},
            }
            lines.append(json.dumps(about, ensure_ascii=False) + "\n")
    return "".join(lines).encode()
