from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from acinus.evidence.paired import paired_difference


def answers(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    first = np.repeat([1, 1, 0, 0], [both, only_first, only_second, neither])
    second = np.repeat([1, 0, 1, 0], [both, only_first, only_second, neither])
    return first, second


def test_the_difference_is_that_of_the_shares():
    found = paired_difference(*answers(20, 12, 2, 16))
    assert found.value == pytest.approx(32 / 50 - 22 / 50)
    assert (found.only_first, found.only_second, found.of) == (12, 2, 50)
    assert -1.0 <= found.low < found.value < found.high <= 1.0


def test_exchanging_the_two_ways_mirrors_the_interval():
    first, second = answers(5, 9, 1, 30)
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))


def test_pairs_that_agree_narrow_the_interval():
    apart = paired_difference(*answers(10, 20, 10, 10))
    alike = paired_difference(*answers(20, 10, 0, 20))
    assert apart.value == alike.value
    assert alike.high - alike.low < 0.8 * (apart.high - apart.low)


def test_no_pair_that_differs_leaves_room_for_doubt():
    found = paired_difference(*answers(0, 0, 0, 20))
    assert found.value == 0.0
    assert found.low < 0.0 < found.high
    # Nobody of 20 either way: Wilson's upper end alone is 16 %.
    assert found.high == pytest.approx(math.sqrt(1) * 0.1611, abs=5e-4)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    # All outcomes of 12 pairs, weighted by their multinomial chance.
    n, chances = 12, (0.25, 0.25, 0.1, 0.4)
    truth = chances[1] - chances[2]
    covered = 0.0
    for a, b, c in itertools.product(range(n + 1), repeat=3):
        d = n - a - b - c
        if d >= 0:
            ways = math.factorial(n) / math.prod(math.factorial(k) for k in (a, b, c, d))
            found = paired_difference(*answers(a, b, c, d))
            chance = ways * math.prod(p**k for p, k in zip(chances, (a, b, c, d), strict=True))
            covered += chance * (found.low <= truth <= found.high)
    assert 0.93 <= covered <= 0.99


@pytest.mark.parametrize(
    ("first", "second"), [([], []), ([1, 0], [1]), ([2, 0], [1, 0]), ([[1, 0]], [[1, 0]])]
)
def test_what_are_no_pairs_of_answers_is_refused(first, second):
    with pytest.raises(ValueError, match=r"not pairs|neither 0 nor 1"):
        paired_difference(first, second)
