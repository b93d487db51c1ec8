import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from acinus.endpoints.curve import cut
from acinus.endpoints.exposure import area, half_life
from acinus.endpoints.extremes import maximum, minimum, time_of_maximum, time_of_minimum

curves = st.lists(st.floats(0, 1e6), min_size=3, max_size=15)
positive_curves = st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=15)


def test_area_under_a_straight_rise_is_that_of_the_triangle():
    assert area(np.array([0.0, 2.0, 6.0]), np.array([[0.0, 10.0, 30.0]]))[0] == 90.0


def test_area_of_an_exponential_decay_is_exact_on_coarse_samples():
    time = np.array([0.0, 5.0, 24.0])
    values = 40 * np.exp(-0.2 * time)[None, :]
    assert area(time, values)[0] == pytest.approx(40 / 0.2 * (1 - np.exp(-0.2 * 24)), rel=1e-13)


def test_area_of_a_nearly_level_fall_keeps_its_digits():
    assert area(np.array([0.0, 1.0]), np.array([[1.0, 1.0 - 1e-15]]))[0] == pytest.approx(1.0, rel=1e-14)


def test_area_of_an_abyss_is_finite():
    assert np.isfinite(area(np.array([0.0, 1.0]), np.array([[1e200, 1e-300]]))[0])


@given(positive_curves, st.floats(0.01, 0.99))
def test_areas_of_neighbouring_windows_add_up(samples, part):
    time = np.arange(float(len(samples)))
    values = np.array([samples])
    middle = part * time[-1]
    first, second = cut(time, values, 0.0, middle), cut(time, values, middle, float(time[-1]))
    assert area(*first)[0] + area(*second)[0] == pytest.approx(area(time, values)[0], rel=1e-9, abs=1e-9)


@given(positive_curves, st.floats(1e-3, 1e3))
def test_maximum_and_area_scale_with_the_curve_and_their_times_do_not(samples, factor):
    time = np.arange(float(len(samples)))
    values = np.array([samples])
    scaled = np.array([[factor * sample for sample in samples]])
    assert maximum(time, scaled)[0] == factor * maximum(time, values)[0]
    assert area(time, scaled)[0] == pytest.approx(factor * area(time, values)[0], rel=1e-9, abs=1e-12)
    doubled = np.array([[2 * sample for sample in samples]])
    assert time_of_maximum(time, doubled)[0] == time_of_maximum(time, values)[0]


@given(curves)
def test_the_lowest_value_mirrors_the_highest(samples):
    time = np.arange(float(len(samples)))
    values = np.array([samples])
    assert minimum(time, values)[0] == -maximum(time, -values)[0]
    assert time_of_minimum(time, values)[0] == time_of_maximum(time, -values)[0]


def test_the_first_of_equal_peaks_counts():
    assert time_of_maximum(np.arange(4.0), np.array([[0.0, 5.0, 5.0, 0.0]]))[0] == 1.0


def test_a_curve_that_only_trembles_in_its_last_digits_peaks_at_its_start():
    trembling = 25 + 1e-8 * np.sin(np.arange(50.0))[None, :]
    assert time_of_maximum(np.arange(50.0), trembling)[0] == 0.0
    assert time_of_minimum(np.arange(50.0), trembling)[0] == 0.0


@given(st.floats(0.01, 200), st.floats(1e-6, 1e6))
def test_half_life_of_an_exponential_is_exact(hours, start):
    time = np.array([0.0, 0.7, 2.0, 9.0])
    values = start * np.exp2(-time / hours)[None, :]
    assume(values.min() > 1e-300)
    assert half_life(time, values)[0] == pytest.approx(hours, rel=1e-9)


@pytest.mark.parametrize("samples", [[1.0, 2.0, 4.0], [4.0, 0.0, 1.0], [3.0, 3.0, 3.0], [4.0, np.nan, 1.0]])
def test_a_curve_that_does_not_fall_or_touches_zero_has_no_half_life(samples):
    assert np.isnan(half_life(np.arange(3.0), np.array([samples]))[0])


def test_what_an_assay_cannot_tell_is_left_out_of_a_half_life():
    samples = np.array([[8.0, 4.0, 2.0, 1.9], [8.0, 4.0, 0.5, 0.4], [8.0, 1.0, 0.5, 0.4]])
    assert half_life(np.arange(4.0), samples, level=1.95) == pytest.approx([1.0, 1.0, np.nan], nan_ok=True)
    assert half_life(np.arange(4.0), samples)[0] > 1.0


def test_individuals_are_measured_independently_and_nan_stays_with_its_own():
    time = np.arange(4.0)
    values = np.array([[1.0, 2.0, 1.0, 0.5], [np.nan] * 4, [3.0, 2.0, 1.0, 0.0]])
    for measure in (maximum, time_of_maximum, area):
        together = measure(time, values)
        assert np.isnan(together).tolist() == [False, True, False]
        assert together[2] == measure(time, values[2:])[0]
