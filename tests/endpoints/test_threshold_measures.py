import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.endpoints.threshold import (
    duration_above,
    duration_below,
    exceeds,
    falls_below,
    first_time_above,
    first_time_below,
)

TIME = np.array([0.0, 10.0, 20.0])


def test_touching_a_level_is_not_exceeding_it():
    values = np.array([[0.0, 5.0, 0.0], [0.0, 5.1, 0.0]])
    assert exceeds(TIME, values, 5.0).tolist() == [0.0, 1.0]
    assert falls_below(TIME, values, 0.0).tolist() == [0.0, 0.0]


def test_a_rise_crosses_on_the_straight_line():
    assert first_time_above(TIME, np.array([[0.0, 20.0, 40.0]]), 30.0)[0] == 15.0


def test_a_fall_crosses_on_the_exponential():
    values = 100 * np.exp(-0.1 * TIME)[None, :]
    assert first_time_below(TIME, values, 30.0)[0] == pytest.approx(np.log(100 / 30) / 0.1, rel=1e-12)
    assert duration_above(TIME, values, 30.0)[0] == pytest.approx(np.log(100 / 30) / 0.1, rel=1e-12)


def test_above_from_the_start_is_reached_at_the_start():
    assert first_time_above(TIME, np.array([[9.0, 1.0, 1.0]]), 5.0)[0] == 0.0


def test_a_level_never_crossed_has_no_time_and_no_duration():
    values = np.array([[1.0, 2.0, 1.0]])
    assert np.isnan(first_time_above(TIME, values, 5.0)[0])
    assert duration_above(TIME, values, 5.0)[0] == 0.0


def test_what_was_not_computed_is_not_called_harmless():
    values = np.array([[1.0, np.nan, np.nan]])
    for measure in (exceeds, falls_below, duration_above, first_time_above):
        assert np.isnan(measure(TIME, values, 5.0)[0])


def test_a_single_sample_can_be_compared():
    assert first_time_above(np.array([3.0]), np.array([[9.0], [1.0]]), 5.0)[0] == 3.0


@given(st.lists(st.floats(0, 100), min_size=2, max_size=12), st.floats(0.1, 99))
def test_time_above_and_below_make_up_the_window(samples, level):
    time = np.arange(float(len(samples)))
    values = np.array([samples])
    above, below = duration_above(time, values, level)[0], duration_below(time, values, level)[0]
    assert above + below == pytest.approx(time[-1])
    assert -1e-12 <= above <= time[-1] + 1e-12


@given(st.lists(st.floats(0, 100), min_size=2, max_size=12), st.floats(0.1, 50), st.floats(0.1, 49))
def test_a_higher_level_is_exceeded_later_and_for_less_long(samples, level, more):
    time = np.arange(float(len(samples)))
    values = np.array([samples])
    assert duration_above(time, values, level + more)[0] <= duration_above(time, values, level)[0] + 1e-9
    later, earlier = first_time_above(time, values, level + more)[0], first_time_above(time, values, level)[0]
    assert np.isnan(later) or earlier <= later + 1e-9
