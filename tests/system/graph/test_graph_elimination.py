from __future__ import annotations

import numpy as np

from acinus.system.graph.elimination import elimination


def test_elimination_in_the_order_stays_within_the_pattern():
    random = np.random.default_rng(3)
    size = 40
    matrix = np.where(random.random((size, size)) < 0.06, random.normal(size=(size, size)), 0.0)
    matrix += np.diag(10.0 + random.random(size))
    order, pattern = elimination(size, list(zip(*np.nonzero(matrix), strict=True)))
    assert sorted(order) == list(range(size))
    allowed = np.zeros((size, size), dtype=bool)
    allowed[tuple(np.array(pattern).T)] = True
    left = matrix.copy()
    for k, pivot in enumerate(order):
        for row in order[k + 1 :]:
            if left[row, pivot]:
                left[row, pivot] /= left[pivot, pivot]
                later = list(order[k + 1 :])
                left[row, later] -= left[row, pivot] * left[pivot, later]
    assert not left[~allowed].any()


def test_an_arrow_fills_nothing_because_its_head_comes_last():
    size = 30
    entries = [(i, 0) for i in range(size)] + [(0, i) for i in range(size)]
    order, pattern = elimination(size, entries)
    assert len(pattern) == 3 * size - 2
    assert order.index(0) >= size - 2
