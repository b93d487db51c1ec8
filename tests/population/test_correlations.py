import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from acinus.errors import PopulationError
from acinus.population import draw_population, read_population
from acinus.population.copula import copula_of_ranks, pearson_of_rank, rank_of_pearson

COLUMNS = {
    "dose": {"distribution": "lognormal", "median": "9 g", "log_sd": 0.76, "low": "4 g", "high": "80 g"},
    "delay": {"distribution": "uniform", "low": "2 h", "high": "24 h"},
    "BW": {"distribution": "normal", "mean": "70 kg", "sd": "12 kg", "low": "45 kg", "high": "120 kg"},
}
N = 20_000


def correlated(*pairs):
    return {
        "columns": COLUMNS,
        "correlations": [{"between": [one, other], "rank": rank} for one, other, rank in pairs],
    }


def test_rank_correlations_are_recovered_within_sampling_error(toy):
    people = draw_population(
        correlated(("dose", "delay", 0.6), ("delay", "BW", -0.3), ("dose", "BW", 0.1)), N, 7, model=toy
    )
    found = spearmanr(np.column_stack([people[name] for name in COLUMNS])).statistic
    error = 4 / np.sqrt(N)
    assert found[0, 1] == pytest.approx(0.6, abs=error)
    assert found[1, 2] == pytest.approx(-0.3, abs=error)
    assert found[0, 2] == pytest.approx(0.1, abs=error)


def test_correlation_leaves_every_distribution_as_it_was(toy):
    with_, without = (
        draw_population(population, N, 7, model=toy)
        for population in (correlated(("dose", "delay", 0.6), ("delay", "BW", -0.3)), {"columns": COLUMNS})
    )
    for name in COLUMNS:
        assert kstest(with_[name], without[name]).pvalue > 0.001
        assert with_[name].min() >= without[name].min() - 0.1
    assert with_["delay"].min() >= 2
    assert with_["delay"].max() <= 24


def test_columns_without_correlation_are_those_of_a_draw_without_any(toy):
    plain = draw_population({"columns": COLUMNS, "parameters": "all"}, 100, 7, model=toy)
    people = draw_population({**correlated(("dose", "delay", 0.6)), "parameters": "all"}, 100, 7, model=toy)
    for name in ("dose", "BW", "fu", "lag"):
        assert people[name].tolist() == plain[name].tolist()
    assert people["delay"].tolist() != plain["delay"].tolist()


def test_groups_and_yes_or_no_can_be_correlated(toy):
    population = {
        "columns": COLUMNS,
        "groups": {"drinkers": {"share": 0.3, "factors": {"km": 2}}},
        "correlations": [{"between": ["drinkers", "dose"], "rank": 0.5}],
    }
    people = draw_population(population, N, 7, model=toy)
    drinks = people["drinkers"] == 1
    assert drinks.mean() == pytest.approx(0.3, abs=0.015)
    assert np.median(people["dose"][drinks]) > 1.3 * np.median(people["dose"][~drinks])


def test_correlations_that_just_miss_each_other_are_moved_to_the_nearest_that_hold():
    ranks = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): 0.59}
    copula = copula_of_ranks(("a", "b", "c"), ranks)
    assert 0 < copula.moved < 0.05
    for pair, rank in ranks.items():
        assert copula.rank(*pair) == pytest.approx(rank, abs=copula.moved + 1e-9)


def test_correlations_that_hold_are_not_moved():
    copula = copula_of_ranks(("a", "b", "c"), {("a", "b"): 0.5, ("b", "c"): 0.5})
    assert copula.moved == 0
    assert copula.rank("a", "b") == pytest.approx(0.5)
    assert copula.rank("a", "c") == pytest.approx(0.0, abs=1e-12)


def test_the_formulas_of_ranks_are_inverse():
    for rank in (-0.99, -0.3, 0.0, 0.5, 0.99):
        assert rank_of_pearson(pearson_of_rank(rank)) == pytest.approx(rank)


@pytest.mark.parametrize(
    ("pairs", "code", "words"),
    [
        ([("dose", "delays", 0.5)], "AC811", "Did you mean `delay`"),
        ([("dose", "km", 0.5)], "AC811", "`km` is not drawn"),
        ([("dose", "delay", 1.2)], "AC811", "is 1.2"),
        ([("dose", "dose", 0.5)], "AC811", "different columns"),
        ([("dose", "delay", 0.5), ("delay", "dose", 0.4)], "AC811", "stands twice"),
        ([("dose", "delay", 0.9), ("delay", "BW", 0.9), ("dose", "BW", -0.9)], "AC811", "cannot all hold"),
        ([("dose", "delay", "much")], "AC805", "does not start with a number"),
    ],
)
def test_impossible_correlations_are_refused(toy, pairs, code, words):
    with pytest.raises(PopulationError) as error:
        read_population(correlated(*pairs), model=toy)
    assert [d.code.value for d in error.value.diagnostics] == [code]
    assert words in str(error.value)
