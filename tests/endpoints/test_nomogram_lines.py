import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.endpoints.nomogram import equivalent, highest_line_exceeded, line_level

USUAL = {"half_life": 4.0, "reference_time": 4.0}


@given(st.floats(4, 24), st.floats(1, 1000))
def test_every_point_of_a_line_is_equivalent_to_its_name(hours, at_reference):
    level = line_level(np.array([hours]), at_reference, **USUAL)
    assert equivalent(np.array([hours]), level, **USUAL)[0] == pytest.approx(at_reference, rel=1e-12)


def test_200_at_4_h_is_30_at_15_h_as_in_the_first_reports():
    assert equivalent(15.0, np.array([30.0]), **USUAL)[0] == pytest.approx(200, rel=0.02)


def test_lines_are_exceeded_strictly_and_nan_has_no_line():
    found = highest_line_exceeded(np.array([100.0, 100.1, 200.0, 1e4, np.nan]), [200.0, 100.0, 300.0])
    assert found[:4].tolist() == [0.0, 100.0, 100.0, 300.0]
    assert np.isnan(found[4])
