"""CSV tables of people: numbers and ids, with the line of whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.documents import Row, read_csv
from acinus.errors import Code, Diagnostic

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CsvTable"]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The rows of a CSV file."""

    rows: tuple[Row, ...]

    @classmethod
    def read(cls, path: Path) -> CsvTable:
        """Return a file as a table; AC101, AC102 if it is missing or not rectangular."""
        return cls(read_csv(path, ()))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the headers of all columns."""
        return tuple(self.rows[0].cells) if self.rows else ()

    def numbers(self, header: str, findings: list[Diagnostic]) -> NDArray[np.float64]:
        """Return a column, (n,); notes every cell that is not a number."""
        return np.array([_number(row, header, findings) for row in self.rows])

    def ids(self, findings: list[Diagnostic]) -> NDArray[np.generic]:
        """Return the ids, (n,); notes those that stand twice."""
        if "id" not in self.headers:
            return np.arange(len(self.rows))
        seen: dict[str, int] = {}
        for row in self.rows:
            name = row["id"]
            if name in seen:
                findings.append(
                    Diagnostic(
                        Code.COHORT_TABLE,
                        f"the id `{name}` stands twice",
                        row.place("id"),
                        f"It is also in line {seen[name]}.",
                        "Give every individual its own id.",
                    )
                )
            seen.setdefault(name, row.line)
        return np.array([row["id"] for row in self.rows])


def _number(row: Row, header: str, findings: list[Diagnostic]) -> float:
    try:
        value = float(row[header])
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        findings.append(
            Diagnostic(
                Code.COHORT_TABLE,
                f"`{row[header]}` in column `{header}` is not a number",
                row.place(header),
                "A virtual individual needs every value; none is filled in.",
                "Give a number, or leave the individual out.",
            )
        )
    return value
