import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.population.stream import uniforms

seeds = st.integers(0, 2**64 - 1)


@given(seeds, st.text(max_size=20), st.integers(0, 500), st.integers(1, 40))
def test_a_person_has_the_same_number_in_every_draw_that_contains_it(seed, purpose, first, n):
    assert (
        uniforms(seed, purpose, n, first=first).tolist()
        == uniforms(seed, purpose, first + n)[first:].tolist()
    )


@given(seeds)
def test_numbers_lie_strictly_between_0_and_1(seed):
    numbers = uniforms(seed, "dose", 100)
    assert numbers.min() > 0
    assert numbers.max() < 1


def test_purposes_and_seeds_give_unrelated_numbers():
    n = 20_000
    streams = np.array([uniforms(7, "dose", n), uniforms(7, "doses", n), uniforms(8, "dose", n)])
    standard = (streams - 0.5) * np.sqrt(12)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.mean(standard[one] * standard[other])) < 5 / np.sqrt(n)


def test_numbers_are_uniform():
    numbers = np.sort(uniforms(1, "anything", 20_000))
    distance = np.abs(numbers - (np.arange(20_000) + 0.5) / 20_000).max()
    assert distance < 1.95 / np.sqrt(20_000)  # Kolmogorov-Smirnov at 0.1 %


def test_the_stream_is_the_published_one_for_ever():
    # Results of the past can only be repeated while these numbers stay what they are.
    assert uniforms(7, "dose", 6).tolist() == pytest.approx(PINNED, abs=0)


PINNED = [
    0.5068986923408841,
    0.2649074182943433,
    0.3101050821683554,
    0.3859148485072915,
    0.3539617659691504,
    0.3381273693688779,
]
