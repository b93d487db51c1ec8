"""The rows of the factors L and U, and the orders in which they are computed and solved.

Which pivot comes before which is the program's; it decides on the entries of L and U. Rows that do not need each other may
still change places, and should: what a row reads was then written a moment ago.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acinus.system.graph.program import Program

__all__ = ["Row", "backward_order", "elimination_rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the factors."""

    state: int  # or relay
    lower: tuple[int, ...]  # eliminated before, in order
    upper: tuple[int, ...]  # eliminated after


def elimination_rows(program: Program) -> list[Row]:
    """Return the rows, each after those that its elimination needs.

    A row stands just before the first that needs it, and of those that one row needs, the one that needs most itself comes
    first: places in the liver follow each other, each with what it adds to its neighbours, and sums over all come last.
    """
    rows = _rows(program)
    needs: dict[int, int] = {}  # all that a row needs, itself included, as bits
    for row in rows:
        needs[row.state] = 1 << row.state
        for k in row.lower:
            needs[row.state] |= needs[k]
    by_state = {row.state: row for row in rows}

    def most_first(some: Sequence[Row]) -> list[Row]:
        return sorted(some, key=lambda row: -needs[row.state].bit_count())

    needed = {k for row in rows for k in row.lower}
    waiting = most_first([row for row in rows if row.state not in needed])[::-1]
    ordered: dict[int, Row] = {}
    while waiting:
        row = waiting[-1]
        missing = [by_state[k] for k in row.lower if k not in ordered]
        if missing:
            waiting += most_first(missing)[::-1]
        else:
            ordered.setdefault(waiting.pop().state, row)
    return list(ordered.values())


def backward_order(rows: Sequence[Row]) -> list[Row]:
    """Return rows in an order for backward substitution: from the last to the first, as far as each has what it needs."""
    turn = {row.state: -place for place, row in enumerate(rows)}
    missing = {row.state: len(row.upper) for row in rows}
    needed_by: dict[int, list[Row]] = {row.state: [] for row in rows}
    for row in rows:
        for k in row.upper:
            needed_by[k].append(row)
    ready = [turn[row.state] for row in rows if not row.upper]
    heapq.heapify(ready)
    ordered: list[Row] = []
    while ready:
        ordered.append(rows[-heapq.heappop(ready)])
        for row in needed_by[ordered[-1].state]:
            missing[row.state] -= 1
            if not missing[row.state]:
                heapq.heappush(ready, turn[row.state])
    return ordered


def _rows(program: Program) -> list[Row]:
    """Return the rows in the order of the pivots."""
    rank = {state: i for i, state in enumerate(program.order)}
    lower: dict[int, list[int]] = {s: [] for s in program.order}
    upper: dict[int, list[int]] = {s: [] for s in program.order}
    for i, j in program.pattern:
        if rank[j] < rank[i]:
            lower[i].append(j)
        elif rank[j] > rank[i]:
            upper[i].append(j)
    key = rank.__getitem__
    return [Row(s, tuple(sorted(lower[s], key=key)), tuple(sorted(upper[s], key=key))) for s in program.order]
