import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acinus.errors import PopulationError
from acinus.population import DESIGNS, draw_population
from acinus.population.design import spread_uniforms
from acinus.population.permutation import shuffled

seeds = st.integers(0, 2**64 - 1)
BOTH = {
    "columns": {
        "dose": {"distribution": "lognormal", "median": "9 g", "log_sd": 0.7},
        "delay": {"distribution": "uniform", "low": "2 h", "high": "10 h"},
    },
    "parameters": "all",
    "correlations": [{"between": ["dose", "delay"], "rank": 0.5}],
    "strata": {
        "light": {"share": 0.25, "columns": {"BW": {"distribution": "fixed", "value": "50 kg"}}},
        "heavy": {
            "share": 0.75,
            "columns": {"BW": {"distribution": "normal", "mean": "90 kg", "sd": "9 kg"}},
        },
    },
    "plausible": [{"rule": "dose at most 20 g"}],
}


@settings(max_examples=50)
@given(seeds, st.text(max_size=8), st.integers(1, 700))
def test_a_shuffle_puts_everybody_into_a_place_of_their_own(seed, purpose, n):
    places = shuffled(seed, purpose, n, np.arange(n, dtype=np.uint64))
    assert sorted(places.tolist()) == list(range(n))


def test_shuffles_of_neighbouring_keys_are_unrelated():
    n = 4096
    everybody = np.arange(n, dtype=np.uint64)
    orders = [
        shuffled(seed, purpose, n, everybody).astype(float)
        for seed, purpose in ((1, "a"), (2, "a"), (1, "b"))
    ]
    orders.append(np.arange(n, dtype=float))
    found = np.corrcoef(orders)
    assert np.abs(found - np.eye(4)).max() < 5 / np.sqrt(n)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("n", [1, 7, 64, 100])
def test_a_person_is_the_same_alone_in_a_chunk_and_among_all(toy, design, n):
    everybody = draw_population(BOTH, n, 11, model=toy, design=design)
    for first in {0, n // 3, n - 1}:
        alone = draw_population(BOTH, n, 11, model=toy, design=design, first=first, count=1)
        chunk = draw_population(BOTH, n, 11, model=toy, design=design, first=first)
        for name, values in everybody.columns.items():
            assert alone[name][0] == values[first] == chunk[name][0]
        assert alone.ids.tolist() == [first]
        assert len(chunk) == n - first


def test_a_latin_hypercube_has_one_person_in_each_share_of_every_column():
    n = 1000
    numbers = spread_uniforms("latin_hypercube", 3, ["a", "b"], n, 0, n)
    for values in numbers.values():
        assert sorted(np.floor(values * n).astype(int)) == list(range(n))
    assert abs(np.corrcoef(numbers["a"], numbers["b"])[0, 1]) < 5 / np.sqrt(n)


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_a_sobol_design_has_one_person_in_each_box_of_two_columns(seed):
    n = 256
    numbers = spread_uniforms("sobol", seed, ["a", "b"], n, 0, n)
    for rows in (1, 2, 16, 256):
        box = np.floor(numbers["a"] * rows) * (n // rows) + np.floor(numbers["b"] * (n // rows))
        assert sorted(box.astype(int)) == list(range(n))


def test_sobol_designs_of_other_seeds_are_other_designs():
    one, other = (spread_uniforms("sobol", seed, ["a"], 64, 0, 64)["a"] for seed in (1, 2))
    assert not set(one.tolist()) & set(other.tolist())


def test_even_designs_find_a_mean_better_than_a_random_one():
    errors = {
        design: np.mean(
            [
                abs(sum(spread_uniforms(design, seed, ["a", "b"], 512, 0, 512).values()).mean() - 1)
                for seed in range(20)
            ]
        )
        for design in DESIGNS
    }
    assert errors["latin_hypercube"] < errors["random"] / 5
    assert errors["sobol"] < errors["random"] / 5


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_numbers_lie_strictly_between_0_and_1_in_the_largest_designs(design):
    n = 2**31
    numbers = spread_uniforms(design, 5, ["a"], n, n - 100, 100)["a"]
    assert numbers.min() > 0
    assert numbers.max() < 1


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"design": "lathin_hypercube"}, "Did you mean `latin_hypercube`"),
        ({"first": 10}, "no individual 10 among 10"),
        ({"first": 5, "count": 6}, "no individual 10 among 10"),
        ({"count": 0}, "the count cannot be 0"),
        ({"first": -1}, "the first individual cannot be -1"),
    ],
)
def test_an_impossible_request_is_refused(toy, request_, words):
    with pytest.raises(PopulationError) as error:
        draw_population(BOTH, 10, 1, model=toy, **request_)
    assert [d.code.value for d in error.value.diagnostics] == ["AC807"]
    assert words in str(error.value)
