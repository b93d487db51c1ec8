import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.population.distribution import Choice, Fixed, LogNormal, Normal, Uniform, log_sd_of_cv
from acinus.population.stream import uniforms

EVEN = (np.arange(20_000) + 0.5) / 20_000
DISTRIBUTIONS = [
    Fixed(3.0),
    Uniform(2.0, 5.0),
    Normal(1.0, 2.0),
    Normal(1.0, 2.0, -1.0, 1.5),
    LogNormal(9.0, 0.76),
    LogNormal(9.0, 0.76, 4.0, 80.0),
    Choice((1.0, 5.0, 2.0), (0.2, 0.5, 0.3)),
]


@pytest.mark.parametrize("distribution", [d for d in DISTRIBUTIONS if not isinstance(d, Choice)], ids=str)
def test_a_higher_probability_never_gives_a_lower_value(distribution):
    assert np.all(np.diff(distribution.quantile(EVEN)) >= 0)


def test_a_normal_has_its_mean_and_sd():
    values = Normal(10.0, 2.0).quantile(EVEN)
    assert values.mean() == pytest.approx(10, abs=1e-9)
    assert values.std() == pytest.approx(2, rel=1e-3)


def test_a_lognormal_has_its_median_and_spread():
    values = LogNormal(9.0, 0.76).quantile(EVEN)
    assert np.median(values) == pytest.approx(9, rel=1e-4)
    assert np.log(values).std() == pytest.approx(0.76, rel=1e-3)


@given(st.floats(0.05, 1.5))
def test_the_log_sd_of_a_cv_gives_that_cv(cv):
    log_sd = log_sd_of_cv(cv)
    assert math.sqrt(math.expm1(log_sd**2)) == pytest.approx(cv, rel=1e-9)


def test_truncation_is_exact_and_keeps_the_shape_inside():
    values = LogNormal(9.0, 0.76, 4.0, 80.0).quantile(EVEN)
    assert values.min() >= 4
    assert values.max() <= 80
    whole = LogNormal(9.0, 0.76).quantile((np.arange(400_000) + 0.5) / 400_000)
    inside = whole[(whole >= 4) & (whole <= 80)]
    shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    assert np.quantile(values, shares) == pytest.approx(np.quantile(inside, shares), rel=2e-3)


@given(st.floats(-8, 8), st.floats(0.01, 3), st.floats(0.001, 0.999))
def test_a_normal_stays_within_its_bounds_even_far_in_a_tail(low, width, probability):
    value = Normal(0.0, 1.0, low, low + width).quantile(np.array([probability]))[0]
    assert low <= value <= low + width


def test_both_tails_are_mirror_images():
    upper = Normal(0.0, 1.0, 7.0, 9.0).quantile(EVEN)
    lower = Normal(0.0, 1.0, -9.0, -7.0).quantile(1 - EVEN)
    assert upper == pytest.approx(-lower, rel=1e-12)
    assert len(np.unique(upper)) == upper.size


def test_choices_come_in_their_shares():
    values = Choice((1.0, 5.0, 2.0), (0.2, 0.5, 0.3)).quantile(EVEN)
    assert [np.mean(values == v) for v in (1.0, 5.0, 2.0)] == pytest.approx([0.2, 0.5, 0.3], abs=1e-4)


def test_without_spread_everyone_is_typical():
    for distribution in (Fixed(4.0), Normal(4.0, 0.0), LogNormal(4.0, 0.0)):
        assert set(distribution.quantile(EVEN)) == {4.0}


def test_a_random_draw_follows_its_distribution():
    values = np.sort(LogNormal(9.0, 0.76).quantile(uniforms(3, "dose", 20_000)))
    assert np.quantile(np.log(values), [0.1587, 0.5, 0.8413]) == pytest.approx(
        [math.log(9) - 0.76, math.log(9), math.log(9) + 0.76], abs=0.03
    )
