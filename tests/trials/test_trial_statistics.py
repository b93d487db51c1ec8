from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy.stats import fisher_exact, hypergeom
from small_trial import small_trial

from acinus.evidence import clopper_pearson
from acinus.population.stream import uniforms
from acinus.trials import conduct_trial, read_trial
from acinus.trials.contrasts import contrast_numbers, contrast_shares, paired_ratio
from acinus.trials.survival import event_curve, hazard_ratio, log_rank

NAMES = ("one", "other")


def exponential(purpose: str, n: int, mean: float) -> np.ndarray:
    return -mean * np.log(uniforms(1, purpose, n))


def test_paired_ratio_covers_the_truth_as_often_as_it_says():
    # People fall ill under the second treatment with 40 %, and half of those under the first too.
    hits = 0
    for trial in range(400):
        second = uniforms(trial, "second", 200) < 0.4
        first = second & (uniforms(trial, "first", 200) < 0.5)
        _, low, high = paired_ratio(first.astype(float), second.astype(float))
        hits += low <= 0.5 <= high
    assert clopper_pearson(hits, 400, 0.999).high > 0.95 > clopper_pearson(hits, 400, 0.999).low


def test_people_without_a_reading_in_one_arm_are_no_pair():
    first, second = np.array([1.0, 0.0, np.nan, 1.0]), np.array([0.0, 0.0, 1.0, np.nan])
    difference, ratio = contrast_shares("m", NAMES, first, second, 0.95)
    assert (difference.n, difference.value, difference.only_first) == (2, 0.5, 1)
    assert np.isnan(ratio.value)  # nobody in the second arm
    assert contrast_shares("m", NAMES, first * np.nan, second, 0.95) == ()


def test_mean_difference_is_that_of_pairs():
    person = exponential("person", 50, 100.0)
    noise = exponential("noise", 50, 0.01)
    (found,) = contrast_numbers("m", NAMES, person + 1 + noise, person, "U/L", 0.95)
    assert found.value == pytest.approx(1 + noise.mean(), rel=1e-9)
    assert found.high - found.low < 0.02  # people differ by a hundred, which pairs do not see


def test_curve_counts_up_to_the_end():
    times = np.array([1.0, 2.0, np.nan, np.nan])
    curve = event_curve("m", "one", times, 10.0, 0.95)
    assert curve is not None
    assert (curve.n, curve.events, curve.time[-1]) == (4, 2, 10.0)
    assert curve.happened[-1] == pytest.approx(0.5)
    assert curve.low[-1] < 0.5 < curve.high[-1]


def test_no_event_leaves_room_for_some():
    curve = event_curve("m", "one", np.full(20, np.nan), 10.0, 0.95)
    assert curve is not None
    assert curve.happened[-1] == 0.0
    assert curve.high[-1] == pytest.approx(clopper_pearson(0, 20).high)


def test_hazard_ratio_is_that_of_the_rates():
    slow, fast = exponential("slow", 4000, 20.0), exponential("fast", 4000, 10.0)
    slow[slow > 15], fast[fast > 15] = np.nan, np.nan
    found = hazard_ratio("m", NAMES, slow, fast, (15.0, 15.0), 0.95)
    assert found.low < 0.5 < found.high
    assert found.high / found.low < 1.2


def test_hazard_ratio_and_its_interval_are_those_of_lifelines():
    person = exponential("person", 200, 10.0)
    first, second = person * np.exp(0.3 * exponential("noise", 200, 1.0)), person.copy()
    first[first > 20], second[second > 20] = np.nan, np.nan
    found = hazard_ratio("m", NAMES, first, second, (20.0, 20.0), 0.95)
    table = pd.DataFrame(
        {
            "time": np.nan_to_num(np.concatenate([first, second]), nan=20.0),
            "event": np.isfinite(np.concatenate([first, second])),
            "first": np.repeat([1.0, 0.0], 200),
            "individual": np.tile(np.arange(200), 2),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = CoxPHFitter().fit(table, "time", "event", cluster_col="individual")
    low, high = np.exp(theirs.confidence_intervals_.to_numpy()[0])
    assert (found.ratio, found.low, found.high) == pytest.approx(
        (np.exp(theirs.params_.iloc[0]), low, high), rel=1e-4
    )


def test_hazard_ratio_knows_that_its_people_are_the_same():
    person = exponential("person", 300, 10.0)
    found = hazard_ratio("m", NAMES, 1.2 * person, person, (200.0, 200.0), 0.95)
    other = hazard_ratio("m", NAMES, 1.2 * exponential("else", 300, 10.0), person, (200.0, 200.0), 0.95)
    assert np.log(found.high / found.low) < 0.5 * np.log(other.high / other.low)


def test_a_ratio_without_events_says_why():
    found = hazard_ratio("m", NAMES, np.full(9, np.nan), np.arange(1.0, 10.0), (20.0, 20.0), 0.95)
    assert np.isnan(found.ratio)
    assert found.why == "it never happens in `one`"


def test_log_rank_of_equal_groups_is_rarely_small():
    p = [
        log_rank(exponential(f"a{k}", 40, 10.0), exponential(f"b{k}", 40, 10.0), (1e9, 1e9))
        for k in range(300)
    ]
    share = clopper_pearson(int(np.sum(np.array(p) < 0.05)), 300, 0.999)
    assert share.low < 0.05 < share.high


@pytest.mark.slow
def test_replicate_trials_scatter_as_draws_without_return():
    found = conduct_trial(
        read_trial(small_trial(replicates={"trials": 2000, "sizes": {"fast": 30, "slow": 30}}))
    )
    assert found.replicates is not None
    share = next(item.share for item in found.shares if item.arm == "fast")
    row = next(item for item in found.replicates.arms if (item.measured, item.arm) == ("high", "fast"))
    expected = hypergeom(share.of, share.events, 30)
    assert row.low in (expected.ppf(0.025) - 1, expected.ppf(0.025), expected.ppf(0.025) + 1)
    assert row.high in (expected.ppf(0.975) - 1, expected.ppf(0.975), expected.ppf(0.975) + 1)


@pytest.mark.slow
def test_as_far_out_is_judged_against_trials_of_the_published_size():
    published = [
        {"what": "high", "arm": "fast", "events": 0, "of": 40, "source": "nobody"},
        {"what": "high", "arm": "slow", "events": 5, "of": 30, "source": "nobody"},
    ]
    asked = small_trial(published=published, replicates={"trials": 300})
    found = conduct_trial(read_trial(asked)).replicates
    assert found is not None
    assert found.sizes == {"fast": 40, "slow": 30}
    far = {item.arm: item.as_far for item in found.arms if item.measured == "high"}
    assert far["fast"] == 0.0
    assert far["slow"] is not None
    assert far["slow"] > 0.05


@pytest.mark.slow
def test_power_is_that_of_the_two_shares():
    power = [{"what": "high", "arms": ["slow", "fast"], "sizes": [10, 40], "trials": 400, "target": 0.9}]
    found = conduct_trial(read_trial(small_trial(people=4000, power=power)))
    curve = found.power[0]
    p, q = (next(s.share.value for s in found.shares if s.arm == arm) for arm in ("slow", "fast"))
    for size, simulated in zip(curve.sizes, curve.power, strict=True):
        rejected = np.array(
            [
                [fisher_exact([[a, size - a], [b, size - b]])[1] < 0.05 for b in range(size + 1)]
                for a in range(size + 1)
            ]
        )
        from scipy.stats import binom

        exact = binom.pmf(np.arange(size + 1), size, p) @ rejected @ binom.pmf(np.arange(size + 1), size, q)
        wide = clopper_pearson(simulated.events, simulated.of, 0.999)
        assert wide.low < exact < wide.high
    assert curve.enough in (40, None)


@pytest.mark.slow
def test_power_of_numbers_and_events_grows_with_size():
    power = [
        {"what": what, "arms": ["slow", "fast"], "sizes": [5, 60], "trials": 60}
        for what in ("highest", "to_high")
    ]
    found = conduct_trial(read_trial(small_trial(power=power)))
    assert [curve.test for curve in found.power] == ["Welch's test", "log-rank test"]
    for curve in found.power:
        assert curve.power[0].value < curve.power[1].value
    assert dataclasses.asdict(found.power[0])["arms"] == ("slow", "fast")
