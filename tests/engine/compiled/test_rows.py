"""The orders of rows: each after what it needs, and what belongs together side by side."""

from __future__ import annotations

import itertools

import pytest
from tests.engine.compiled.small_systems import from_antimony

from acinus.engine.compiled.rows import backward_order, elimination_rows

PLACES = 9
STATES = "abcd"


@pytest.fixture(scope="module")
def program():
    """Return places of four states that drive each other in turn; blood flows through all, and a sum is over all."""
    lines = ["blood = 1; total = 0; out = 0;"]
    for i in range(PLACES):
        before = f"a{i - 1}" if i else "blood"
        lines += [f"{s}{i} = 1;" for s in STATES]
        lines.append(f"a{i}' = 9 * ({before} - a{i}) - a{i} * d{i};")
        lines += [f"{s}{i}' = {r}{i} - {s}{i}^2;" for r, s in itertools.pairwise(STATES)]
    lines.append(f"blood' = a{PLACES - 1} - blood;")
    lines.append(f"total' = {' + '.join(f'b{i} * d{i}' for i in range(PLACES))}; out' = total - out;")
    return from_antimony("\n".join(lines)).program


def test_each_row_comes_after_those_it_needs(program):
    rows = elimination_rows(program)
    assert sorted(row.state for row in rows) == sorted(program.order)
    for order, needs in ((rows, "lower"), (backward_order(rows), "upper")):
        assert len(order) == len(rows)
        seen = set()
        for row in order:
            assert seen.issuperset(getattr(row, needs))
            seen.add(row.state)


def test_rows_of_one_place_follow_each_other_and_sums_come_last(program):
    rows = elimination_rows(program)
    names = [program.states[row.state] for row in rows if row.state < len(program.states)]
    place = [int(name[1:]) for name in names if name[0] in STATES and name[1:].isdigit()]
    assert sum(one != other for one, other in itertools.pairwise(place)) == PLACES - 1
    assert set(names[-2:]) == {"out", "total"}
