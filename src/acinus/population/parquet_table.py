"""Parquet tables of people: numbers and ids, with the row of whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, ModelTextError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["PARQUET", "ParquetTable", "write_parquet"]

PARQUET = ".parquet"
_MOST_FINDINGS = 20  # of one column; a table of a million rows may be wrong in every one


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """The columns of a Parquet file."""

    path: Path
    table: Any  # pyarrow has no types

    @classmethod
    def read(cls, path: Path) -> ParquetTable:
        """Return a file as a table; AC101, AC102 if it is missing or not Parquet."""
        import pyarrow as pa
        from pyarrow import parquet

        if not path.is_file():
            raise ModelTextError(
                Diagnostic(Code.FILE_MISSING, f"no such file: {shown(path)}", None, "", "Name another one.")
            )
        try:
            return cls(path, parquet.read_table(path))
        except (OSError, pa.ArrowException) as error:
            raise ModelTextError(
                Diagnostic(
                    Code.NOT_READABLE,
                    f"cannot read {shown(path)}: {error}",
                    Place(shown(path)),
                    "",
                    "Save it as Parquet or as CSV.",
                )
            ) from error

    def __len__(self) -> int:
        return self.table.num_rows

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the headers of all columns."""
        return tuple(self.table.column_names)

    def numbers(self, header: str, findings: list[Diagnostic]) -> NDArray[np.float64]:
        """Return a column, (n,); notes cells that are not numbers, the first ones of them."""
        import pyarrow as pa

        column = self.table.column(header)
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        kind = column.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            self._refuse(findings, 0, header, f"column `{header}` holds `{kind}` and not numbers")
            return np.zeros(len(self))
        values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(values))
        for place in wrong[:_MOST_FINDINGS].tolist():
            self._refuse(
                findings, place, header, f"`{column[place].as_py()}` in column `{header}` is not a number"
            )
        return values

    def ids(self, findings: list[Diagnostic]) -> NDArray[np.generic]:
        """Return the ids, (n,); notes those that stand twice."""
        if "id" not in self.headers:
            return np.arange(len(self))
        ids = np.array(self.table.column("id").to_pylist())
        _, first, number = np.unique(ids, return_index=True, return_inverse=True)
        twice = np.flatnonzero(first[number] != np.arange(ids.size))
        for place in twice[:_MOST_FINDINGS].tolist():
            before = int(first[number[place]]) + 1
            self._refuse(
                findings, place, "id", f"the id `{ids[place]}` stands twice", f"It is also in row {before}."
            )
        return ids

    def _refuse(
        self,
        findings: list[Diagnostic],
        place: int,
        header: str,
        what: str,
        why: str = "A virtual individual needs every value; none is filled in.",
    ) -> None:
        where = Place(f"{shown(self.path)}, column `{header}`, row", place + 1)
        findings.append(
            Diagnostic(Code.COHORT_TABLE, what, where, why, "Correct it, or leave the individual out.")
        )


def write_parquet(columns: Mapping[str, NDArray[np.generic]], path: Path) -> None:
    """Write columns as a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)
