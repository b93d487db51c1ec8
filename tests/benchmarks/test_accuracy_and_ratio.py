"""What the tables call an error, and a speed at equal error."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.accuracy import errors, natural_sizes
from benchmarks.work_precision import Curve, speed_at

TRUTH = np.array([[[1.0, 1e-9], [2.0, 2e-9]]])
NONE = np.zeros(2)


def test_an_error_is_relative_to_each_state():
    assert errors(TRUTH * [1.001, 1.0], TRUTH, NONE)[0] == pytest.approx(1e-3 * 2 / 2.002)
    assert errors(TRUTH * [1.0, 1.001], TRUTH, NONE)[0] == pytest.approx(1e-3 * 2 / 2.002)


def test_what_lies_below_the_least_size_counts_less():
    assert errors(TRUTH * [1.0, 1.001], TRUTH, np.array([0.0, 1.0]))[0] == pytest.approx(2e-9, rel=1e-3)


def test_the_natural_size_of_a_state_is_the_largest_of_its_kind_and_never_zero():
    problem = SimpleNamespace(states=("z1_dead", "z2_dead", "drug_pla", "antidote_pla"))
    values = np.array([[[0.0, 1e-9, 3.0, 0.0], [0.0, 1e-8, 2.0, 0.0]]])
    sizes = natural_sizes(problem, values)
    assert sizes.tolist() == [1e-8, 1e-8, 3.0, 1e-8]
    noise = np.array([0.0, 0.0, 0.0, 1.0])
    assert errors(values + 1e-32 * noise, values, 1e-3 * sizes)[0] < 1e-15
    assert errors(values + 1e-8 * noise, values, 1e-3 * sizes)[0] > 1.0


def test_an_individual_that_failed_has_an_infinite_error():
    broken = TRUTH.copy()
    broken[0, 1, 0] = np.nan
    assert math.isinf(errors(broken, TRUTH, NONE)[0])


def test_speed_between_points_is_straight_on_logarithmic_axes():
    curve = Curve("tool", [1e-6, 1e-4], [10.0, 1000.0], [20.0, 2000.0])
    assert speed_at(curve, 1e-5, "clock") == pytest.approx(100.0)
    assert speed_at(curve, 1e-5, "cpu") == pytest.approx(200.0)
    assert math.isnan(speed_at(curve, 1e-7, "clock"))
