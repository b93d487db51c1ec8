"""One table: printed as it grows, and kept as CSV."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Table"]


class Table:
    """Rows under named columns.

    Parameters
    ----------
    title : str
    columns : tuple of str
    file : Path
        Written anew with each row, so that a run that is broken off leaves what it had.
    """

    def __init__(self, title: str, columns: tuple[str, ...], file: Path) -> None:
        self.columns, self.file = columns, file
        self._width = [max(len(column), 9) for column in columns]
        self._write(columns, "w")
        print(f"\n{title}", flush=True)
        self._show(columns)

    def add(self, *row: str | float) -> None:
        """Add a row; numbers are printed with three digits and kept in full."""
        self._write(row, "a")
        self._show([_text(cell) for cell in row])

    def _show(self, cells: list[str] | tuple[str, ...]) -> None:
        first, *others = cells
        widths = [f"{cell:>{width}}" for cell, width in zip(others, self._width[1:], strict=False)]
        print(f"  {first:<46}  {'  '.join(widths)}", flush=True)

    def _write(self, row: tuple[str | float, ...], mode: str) -> None:
        with self.file.open(mode, newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row)


def _text(cell: str | float) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:.0f}" if isinstance(cell, int) or 100.0 <= abs(cell) < 1e9 else f"{cell:.3g}"
