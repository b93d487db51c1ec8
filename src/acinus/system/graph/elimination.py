"""The static order of elimination: which pivot when, and which entries fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["elimination"]


def elimination(
    size: int, entries: Iterable[tuple[int, int]]
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Return a diagonal order in which little fills in, and the structure of L + U in that order.

    Each pivot is the one that fills in least at its turn.

    Parameters
    ----------
    size : int
    entries : iterable of (row, column)
        Structural non-zeros; the diagonal is added.

    Returns
    -------
    order : (size,) tuple of int
    pattern : tuple of (row, column)
        Sorted; diagonal included. Entry (i, j) belongs to L if j is eliminated before i.
    """
    # Rows and columns are whole numbers whose bits are the entries: filling in is a bitwise or.
    rows = [1 << i for i in range(size)]
    columns = [1 << i for i in range(size)]
    for row, column in entries:
        i, j = int(row), int(column)  # a whole number of NumPy has too few bits
        rows[i] |= 1 << j
        columns[j] |= 1 << i
    full = list(rows)
    left = set(range(size))
    fill = [_fill(i, rows, columns) for i in range(size)]
    order: list[int] = []
    while left:
        pivot = min(left, key=lambda i: (fill[i], i))
        left.discard(pivot)
        order.append(pivot)
        across, down = rows[pivot] & ~(1 << pivot), columns[pivot] & ~(1 << pivot)
        keep = ~(1 << pivot)
        changed = across | down
        for i in _bits(down):
            rows[i] = (rows[i] | across) & keep
            full[i] |= across
        for j in _bits(across):
            columns[j] = (columns[j] | down) & keep
        for i in _bits(down):
            changed |= rows[i]
        for i in _bits(changed):
            fill[i] = _fill(i, rows, columns)
    pattern = tuple((i, j) for i in range(size) for j in _bits(full[i]))
    return tuple(order), pattern


def _fill(pivot: int, rows: list[int], columns: list[int]) -> int:
    """Return how many entries a pivot would add to what is left."""
    across = rows[pivot]
    return sum((across & ~rows[i]).bit_count() for i in _bits(columns[pivot] & ~(1 << pivot)))


def _bits(number: int) -> list[int]:
    found = []
    while number:
        low = number & -number
        found.append(low.bit_length() - 1)
        number ^= low
    return found
