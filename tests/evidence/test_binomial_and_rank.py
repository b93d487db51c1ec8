from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.evidence import area_under_roc, clopper_pearson


@pytest.mark.parametrize(
    ("events", "of", "low", "high"),
    [
        # Closed forms at the ends: 1 - 0.025**(1/n) and 0.025**(1/n).
        (0, 10, 0.0, 1 - 0.025 ** (1 / 10)),
        (10, 10, 0.025 ** (1 / 10), 1.0),
        # The textbook's 1 of 10: 0.25 to 44.5 %.
        (1, 10, 0.002529, 0.445016),
    ],
)
def test_clopper_pearson_intervals_are_the_known_ones(events: int, of: int, low: float, high: float) -> None:
    share = clopper_pearson(events, of)
    assert share.low == pytest.approx(low, abs=1e-6)
    assert share.high == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize(("events", "of"), [(1, 62), (33, 57), (20, 38), (5, 22)])
def test_an_end_of_the_interval_leaves_one_fortieth_in_the_tail(events: int, of: int) -> None:
    def tail(probability: float, counts: range) -> float:
        return sum(math.comb(of, k) * probability**k * (1 - probability) ** (of - k) for k in counts)

    share = clopper_pearson(events, of)
    assert tail(share.low, range(events, of + 1)) == pytest.approx(0.025, rel=1e-8)
    assert tail(share.high, range(events + 1)) == pytest.approx(0.025, rel=1e-8)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    events, of = counts
    share, mirrored = clopper_pearson(events, of), clopper_pearson(of - events, of)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@pytest.mark.parametrize(("events", "of"), [(-1, 3), (4, 3), (0, 0)])
def test_impossible_counts_are_refused(events: int, of: int) -> None:
    with pytest.raises(ValueError, match="events of"):
        clopper_pearson(events, of)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_under_the_curve_is_the_count_of_pairs_by_hand(people: list[tuple[int, bool]]) -> None:
    predictor = np.array([p for p, _ in people], dtype=float)
    outcome = np.array([o for _, o in people])
    pairs = list(itertools.product(predictor[outcome], predictor[~outcome]))
    area = area_under_roc(predictor, outcome)
    if not pairs:
        assert np.isnan(area)
    else:
        by_hand = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
        assert area == pytest.approx(by_hand, abs=1e-12)
