"""Files of a trial and of a map: tables, numbers as JSON, pictures; each whole or absent."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.report.map_figure import draw_map
from acinus.report.trial_figure import draw_trial
from acinus.report.whole_files import save_figure, whole_file, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from acinus.trials import MapResult, TrialResult

__all__ = ["write_map", "write_trial"]


def write_trial(result: TrialResult, folder: Path) -> tuple[Path, ...]:
    """Write ``trial.json``, ``individuals.parquet`` and ``trial.png`` to a folder; return their paths.

    The table has one row for each arm and individual who entered; who did not finish has no numbers.

    Raises
    ------
    RequestError
        AC980 if the folder cannot be written to.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = (folder / "trial.json", folder / "individuals.parquet", folder / "trial.png")
    write_text(paths[0], _json(result.as_dict()))
    n = len(result.ids)
    columns: dict[str, Any] = {
        "arm": np.repeat(list(result.arms), n),
        "individual": np.tile(result.ids, len(result.arms)),
        "finished": np.concatenate([arm.ok for arm in result.arms.values()]),
    }
    for name, values in result.columns.items():
        columns[f"{name} [{result.column_units[name]}]"] = np.tile(values, len(result.arms))
    for item in result.trial.measured:
        values = np.concatenate([arm.values[item.name] for arm in result.arms.values()])
        columns[f"{item.name} [{result.units[item.name]}]"] = pa.array(values, mask=np.isnan(values))
    with whole_file(paths[1]) as temporary:
        pq.write_table(pa.table(columns), temporary)
    save_figure(draw_trial(result), paths[2])
    return paths


def write_map(result: MapResult, folder: Path) -> tuple[Path, ...]:
    """Write ``map.json``, ``map.csv``, ``map.parquet`` and ``map.png`` to a folder; return their paths.

    Raises
    ------
    RequestError
        AC980 if the folder cannot be written to.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    paths = tuple(folder / name for name in ("map.json", "map.csv", "map.parquet", "map.png"))
    write_text(paths[0], _json(result.as_dict()))
    asked = result.map
    names = {
        "arm": "arm",
        "across": f"{asked.across.column} [{asked.across.unit or asked.across.column_unit}]",
        "down": f"{asked.down.column} [{asked.down.unit or asked.down.column_unit}]",
    }
    columns: dict[str, Any] = {}
    for key in type(result.cells[0]).__dataclass_fields__:
        values = [getattr(cell, key) for cell in result.cells]
        if isinstance(values[0], float):
            array = np.array(values, dtype=float)
            columns[names.get(key, key)] = pa.array(array, mask=np.isnan(array))
        else:
            columns[names.get(key, key)] = pa.array(values)
    table = pa.table(columns)
    with whole_file(paths[1]) as temporary:
        pa_csv.write_csv(table, temporary)
    with whole_file(paths[2]) as temporary:
        pq.write_table(table, temporary)
    save_figure(draw_map(result), paths[3])
    return paths


def _json(value: object) -> str:
    return json.dumps(_plain(value), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
