import numpy as np
import pytest

from acinus.endpoints.zones import join

# Two individuals, three times, two zones; portal starts at 8 and 4, central at 4 and 2.
ZONES = np.array([[[8.0, 4.0], [4.0, 1.0], [8.0, 2.0]], [[4.0, 2.0], [2.0, 2.0], [4.0, 1.0]]])


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("portal", [8.0, 4.0, 8.0]),
        ("central", [4.0, 1.0, 2.0]),
        (2, [4.0, 1.0, 2.0]),
        ("mean", [6.0, 2.5, 5.0]),
        ("minimum", [4.0, 1.0, 2.0]),
        ("maximum", [8.0, 4.0, 8.0]),
    ],
)
def test_zone_words_choose_or_join(word, first):
    joined = join(ZONES, word, relative=False)
    assert joined.shape == (2, 3)
    assert joined[0].tolist() == first


def test_each_zone_comes_before_time_so_that_measures_run_along_time():
    assert join(ZONES, "each", relative=False).shape == (2, 2, 3)


def test_the_mean_is_compared_with_the_mean_and_the_minimum_with_each_zones_own_start():
    assert join(ZONES, "mean", relative=True)[0].tolist() == [1.0, 2.5 / 6.0, 5.0 / 6.0]
    assert join(ZONES, "minimum", relative=True)[0].tolist() == [1.0, 0.25, 0.5]
