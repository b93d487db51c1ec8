import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.endpoints.curve import check_curve, cut, value_at
from acinus.errors import EndpointError


def test_an_exponential_decay_is_interpolated_exactly():
    time = np.array([0.0, 3.0, 10.0])
    values = np.exp(-0.3 * time)[None, :]
    assert value_at(time, values, 7.0)[0] == pytest.approx(np.exp(-2.1), rel=1e-14)


def test_a_rise_is_interpolated_on_a_straight_line():
    assert value_at(np.array([0.0, 4.0]), np.array([[1.0, 9.0]]), 1.0)[0] == 3.0


def test_a_fall_to_zero_is_straight_because_the_logarithm_does_not_exist():
    assert value_at(np.array([0.0, 4.0]), np.array([[8.0, 0.0]]), 1.0)[0] == 6.0


def test_at_a_sample_the_sample_is_returned_unchanged():
    time = np.array([0.0, 0.1, 0.30000000000000004, 1.0])
    values = np.array([[0.1, 0.7, 0.3, 0.2]])
    assert [value_at(time, values, at)[0] for at in time] == values[0].tolist()


def test_a_cut_keeps_inner_samples_and_adds_both_edges():
    time = np.arange(5.0)
    cut_time, cut_values = cut(time, time[None, :] ** 2, 0.5, 3.5)
    assert cut_time.tolist() == [0.5, 1.0, 2.0, 3.0, 3.5]
    assert cut_values[0].tolist() == [0.5, 1.0, 4.0, 9.0, 12.5]


def test_a_cut_at_samples_repeats_none_of_them():
    time = np.arange(5.0)
    assert cut(time, time[None, :], 1.0, 3.0)[0].tolist() == [1.0, 2.0, 3.0]


def test_a_cut_of_no_width_is_one_sample():
    time = np.arange(5.0)
    cut_time, cut_values = cut(time, time[None, :], 2.0, 2.0)
    assert cut_time.tolist() == [2.0]
    assert cut_values.tolist() == [[2.0]]


# Levels are concentrations and counts: zero, or far above the denormal numbers, where halves round to nothing.
LEVELS = st.floats(0, 1e6, allow_subnormal=False) | st.just(0.0)


@given(st.lists(LEVELS, min_size=2, max_size=12), st.floats(0, 1))
def test_interpolation_stays_between_the_neighbouring_samples(samples, part):
    time = np.arange(float(len(samples)))
    at = part * time[-1]
    left = min(int(at), len(samples) - 2)
    low, high = sorted(samples[left : left + 2])
    found = value_at(time, np.array([samples]), at)[0]
    assert low * (1 - 1e-12) <= found <= high * (1 + 1e-12)


@pytest.mark.parametrize(
    ("time", "values"),
    [([0.0, 1.0, 1.0], [[1.0, 1.0, 1.0]]), ([0.0, 1.0], [[1.0, 1.0, 1.0]]), ([], [[]]), ([[0.0]], [[1.0]])],
)
def test_malformed_curves_are_refused(time, values):
    with pytest.raises(EndpointError, match="AC710"):
        check_curve(np.array(time), np.array(values))
