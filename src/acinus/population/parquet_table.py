"""Parquet tables of people, as rows of text with places like those of a CSV table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import Row, shown
from acinus.errors import Code, Diagnostic, ModelTextError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PARQUET", "read_parquet", "write_parquet"]

PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class _ParquetRow(Row):
    """One row of a Parquet table, which has no lines: `line` counts rows from 1."""

    def place(self, column: str | None = None) -> Place:
        """Return the file and the number of the row, which stands where the line of a text would."""
        return Place(
            f"{shown(self.file)}, row", self.line, None, None if column is None else self.cells[column]
        )


def read_parquet(path: Path) -> tuple[Row, ...]:
    """Return the rows of a Parquet file; numbers as text from which the same numbers are read, nothing as ``null``.

    Raises
    ------
    ModelTextError
        AC101 if the file is missing, AC102 if it is no Parquet.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if not path.is_file():
        raise ModelTextError(
            Diagnostic(Code.FILE_MISSING, f"no such file: {shown(path)}", None, "", "Name another one.")
        )
    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise ModelTextError(
            Diagnostic(
                Code.NOT_READABLE,
                f"{shown(path)} is not Parquet: {error}",
                None,
                "",
                "Save it as Parquet or CSV.",
            )
        ) from error
    columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
    names = table.column_names
    return tuple(
        _ParquetRow(dict(zip(names, cells, strict=True)), path, number)
        for number, cells in enumerate(zip(*columns, strict=True), start=1)
    )


def write_parquet(columns: Mapping[str, NDArray[np.generic]], path: Path) -> None:
    """Write columns as a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
