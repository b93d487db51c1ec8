"""The coefficients meet the order conditions of Rosenbrock methods, tree by tree (Hairer and Wanner, section IV.7)."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations_with_replacement
from math import prod

import numpy as np
import pytest

from acinus.engine.compiled.machine import METHODS

Tree = tuple  # a rooted tree is the tuple of its subtrees


@lru_cache
def trees(order: int) -> tuple[Tree, ...]:
    """All rooted trees with so many nodes."""

    def forests(size: int, largest: int) -> list[tuple[Tree, ...]]:
        if size == 0:
            return [()]
        found = []
        for first in range(min(size, largest), 0, -1):
            for count in range(size // first, 0, -1):
                for some in combinations_with_replacement(trees(first), count):
                    found += [some + rest for rest in forests(size - first * count, first - 1)]
        return found

    return tuple(forests(order - 1, order - 1))


def nodes(tree: Tree) -> int:
    return 1 + sum(nodes(part) for part in tree)


def density(tree: Tree) -> int:
    return nodes(tree) * prod(density(part) for part in tree)


class Classical:
    """A method in the form of Rosenbrock: alpha, beta = alpha + gamma, weights."""

    def __init__(self, method) -> None:
        s = method.stages
        lower = np.zeros((s, s))
        inner = np.zeros((s, s))
        for i in range(s):
            lower[i, :i], inner[i, :i] = method.a[i], method.c[i]
        self.gamma = np.linalg.inv(np.eye(s) / method.gamma - inner)
        self.alpha = lower @ self.gamma
        self.beta = self.alpha + self.gamma
        self.new = np.array([*method.a[-1], 1.0]) @ self.gamma
        self.embedded = np.array([*method.a[-1], 0.0]) @ self.gamma

    def weight(self, tree: Tree) -> np.ndarray:
        if len(tree) == 0:
            return np.ones(len(self.alpha))
        if len(tree) == 1:
            return self.beta @ self.weight(tree[0])
        return np.prod([self.alpha @ self.weight(part) for part in tree], axis=0)


@pytest.fixture(params=sorted(METHODS))
def method(request):
    return METHODS[request.param]


def test_there_are_as_many_trees_as_cayley_counted():
    assert [len(trees(n)) for n in range(1, 7)] == [1, 1, 2, 4, 9, 20]


def test_the_step_meets_all_conditions_of_order_five(method):
    classical = Classical(method)
    for order in range(1, method.order + 1):
        for tree in trees(order):
            assert classical.new @ classical.weight(tree) == pytest.approx(1 / density(tree), abs=2e-13), tree


def test_the_embedded_step_is_of_order_four_and_no_more(method):
    classical = Classical(method)
    wrong = {
        order: max(abs(classical.embedded @ classical.weight(t) - 1 / density(t)) for t in trees(order))
        for order in range(1, 6)
    }
    assert max(wrong[order] for order in range(1, 5)) < 2e-13
    assert wrong[5] > 1e-5


def test_the_dense_output_is_of_order_four(method):
    classical = Classical(method)
    dense = np.array(method.dense) @ classical.gamma
    for theta in (0.1, 0.5, 0.83):
        inner = dense[0] + theta * dense[1] + theta**2 * dense[2]
        weights = theta * (classical.new + (1 - theta) * inner)
        for order in range(1, 5):
            for tree in trees(order):
                exact = theta**order / density(tree)
                assert weights @ classical.weight(tree) == pytest.approx(exact, abs=2e-12), (theta, tree)


def test_the_sums_kept_for_the_dense_output_make_its_polynomials(method):
    kept = method.dense_sums
    weights, rows = np.array(kept.weights), np.array(kept.rows)
    np.testing.assert_allclose(weights @ rows, method.dense, atol=1e-13 * np.abs(method.dense).max())
    assert np.abs(weights).max() <= 1.0
    for r, row in enumerate(rows):
        assert (row[method.stages - r :] == 0.0).all(), "complete before the last stages"


def test_times_of_stages_are_sums_of_rows(method):
    classical = Classical(method)
    np.testing.assert_allclose(classical.alpha.sum(axis=1), method.alpha, atol=1e-12)
    np.testing.assert_allclose(classical.gamma.sum(axis=1), method.d, atol=1e-12)


def test_the_method_is_stiffly_accurate_and_vanishes_at_infinity(method):
    """The last row of beta are the weights, so that R(infinity) = 1 - b beta^-1 1 = 0."""
    classical = Classical(method)
    np.testing.assert_allclose(classical.beta[-1], classical.new, atol=1e-12)
    ones = np.ones(method.stages)
    assert classical.new @ np.linalg.solve(classical.beta, ones) == pytest.approx(1.0, abs=1e-10)


def test_the_method_is_stable_along_the_imaginary_axis(method):
    classical = Classical(method)
    ones = np.ones(method.stages)
    for y in np.geomspace(1e-3, 1e5, 400):
        z = 1j * y
        size = abs(1 + z * classical.new @ np.linalg.solve(np.eye(method.stages) - z * classical.beta, ones))
        assert size <= 1 + 1e-10
