import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.endpoints.growth import decay_half_life, doubling_time

TIME = np.arange(0.0, 200.0, 2.0)


@given(st.floats(3, 20), st.floats(10, 80), st.floats(30, 70))
def test_both_slopes_of_a_peak_are_found_from_one_curve(doubling, half_life, peak_at):
    top = TIME[int(np.argmin(abs(TIME - peak_at)))]
    values = np.where(top >= TIME, np.exp2((TIME - top) / doubling), np.exp2(-(TIME - top) / half_life))[
        None, :
    ]
    assert doubling_time(TIME, values)[0] == pytest.approx(doubling, rel=1e-9)
    assert decay_half_life(TIME, values)[0] == pytest.approx(half_life, rel=1e-9)


def test_shares_keep_the_flat_foot_out_of_the_doubling_time():
    values = (20.0 + 1e3 * np.exp2((TIME - 100) / 8) * (TIME <= 100))[None, :]
    assert doubling_time(TIME, values, 0.4, 1.0)[0] == pytest.approx(8, rel=0.05)
    assert doubling_time(TIME, values)[0] > 12


def test_a_curve_that_is_still_rising_has_no_decay():
    assert np.isnan(decay_half_life(TIME, np.exp2(TIME / 9)[None, :])[0])


def test_a_curve_that_only_falls_has_no_doubling():
    assert np.isnan(doubling_time(TIME, np.exp2(-TIME / 9)[None, :])[0])


def test_nobody_injured_means_nothing_to_measure():
    assert np.isnan(decay_half_life(TIME, np.full((1, TIME.size), 25.0))[0])
