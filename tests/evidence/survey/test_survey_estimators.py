"""Estimators where the answer is known without R."""

from __future__ import annotations

import math

import numpy as np
import pytest

from acinus.errors import Code, RequestError
from acinus.evidence.survey.design import Design
from acinus.evidence.survey.e_value import e_value, limit_nearest_one, ratio_of_common
from acinus.evidence.survey.hazards import hazards
from acinus.evidence.survey.means import mean, share, weighted_quantile
from acinus.evidence.survey.measurement_error import calibrate_association
from acinus.evidence.survey.models import Sample
from acinus.evidence.survey.regression import design_based, linear, linear_coefficients, logistic, wald
from acinus.evidence.survey.replicates import jackknife, replicate_weights
from acinus.evidence.survey.splines import restricted_cubic
from acinus.evidence.survey.usual_intake import power_towards_normal, towards_normal, usual_intake


def simple(people: int, units: int = 40) -> Design:
    return Design.of(np.ones(people), np.arange(people) % units // 2, np.arange(people) % units)


def test_units_are_nested_in_strata_and_counted():
    design = Design.of([1, 1, 1, 1, 1], [1, 1, 2, 2, 2], [1, 2, 1, 2, 2])
    assert (design.strata, design.psus, design.df) == (2, 4, 2)


def test_one_person_a_unit_in_one_stratum_gives_the_textbook_error_of_a_mean():
    values = np.random.default_rng(1).normal(size=50)
    design = Design.of(np.ones(50), np.zeros(50), np.arange(50))
    found = mean(design, values, np.arange(50))
    assert found.standard_error == pytest.approx(values.std(ddof=1) / math.sqrt(50), rel=1e-12)


def test_a_subpopulation_is_not_a_shorter_file():
    values = np.random.default_rng(2).normal(size=60)
    whole = Design.of(np.ones(60), np.repeat([0, 1], 30), np.arange(60) // 10)
    rows = np.flatnonzero(np.arange(60) // 10 != 5)
    short = Design.of(np.ones(50), np.repeat([0, 1], 30)[rows], (np.arange(60) // 10)[rows])
    inside = mean(whole, values, rows).standard_error
    assert inside != pytest.approx(mean(short, values[rows], np.arange(50)).standard_error, rel=1e-3)


@pytest.mark.parametrize(("weights", "strata"), [([1.0, -1.0], [1, 1]), ([1.0, 1.0], [1, np.nan])])
def test_a_negative_weight_and_a_missing_stratum_are_refused(weights, strata):
    with pytest.raises(ValueError, match="negative|no stratum"):
        Design.of(weights, strata, [1, 2])


def test_the_interval_of_a_share_stays_between_0_and_1():
    design = simple(200)
    found = share(design, np.arange(200) < 3, np.arange(200))
    assert 0.0 < found.low < found.value < found.high < 1.0


def test_a_quantile_is_a_value_that_someone_has():
    assert weighted_quantile(np.array([1.0, 2.0, 10.0]), np.array([1.0, 1.0, 2.0]), 0.5) == 2.0
    assert weighted_quantile(np.array([1.0, 2.0, 10.0]), np.array([1.0, 0.0, 2.0]), 0.5) == 10.0


def test_jackknife_of_a_mean_is_the_linearised_variance_nearly():
    draw = np.random.default_rng(3)
    design = Design.of(draw.uniform(1, 3, 400), np.arange(400) // 50, np.arange(400) // 10)
    values = draw.normal(size=400)
    _, covariance = jackknife(design, lambda weights: np.array([weights @ values / weights.sum()]))
    assert math.sqrt(covariance[0, 0]) == pytest.approx(
        mean(design, values, np.arange(400)).standard_error, rel=0.02
    )


def test_replicates_keep_the_weight_of_a_stratum_of_equal_units():
    design = simple(80)
    for weights, factor in replicate_weights(design):
        assert weights.sum() == pytest.approx(80.0)
        assert factor == 0.5


def test_ties_by_efron_in_a_case_done_by_hand():
    # Two of three die at once. With one binary column the score is 1 - (2t/(2t+1) + t/(t+0.5 ...)): solved here by bisection.
    time, event = np.array([1.0, 1.0, 2.0]), np.array([True, True, False])
    x = np.array([1.0, 0.0, 0.0])

    def score(beta: float) -> float:
        t = math.exp(beta)
        return 1.0 - t / (t + 2.0) - (t - 0.5 * t) / (t + 2.0 - 0.5 * (t + 1.0))

    low, high = -20.0, 20.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) > 0.0 else (low, middle)
    found = hazards(time, event, x[:, None], np.ones(3)).coefficients[0]
    assert found == pytest.approx(low, abs=1e-9)


def test_influence_sums_to_nothing():
    draw = np.random.default_rng(4)
    x, weights = draw.normal(size=(300, 3)), draw.uniform(0.5, 5.0, 300)
    time = np.ceil(draw.exponential(10.0, 300))
    solved = hazards(time, draw.random(300) < 0.5, x, weights)
    assert np.abs(solved.influence.sum(axis=0)).max() < 1e-9


@pytest.mark.parametrize("kind", ["constant", "twice", "nobody"])
def test_a_cox_model_without_solution_is_refused(kind):
    draw = np.random.default_rng(5)
    x = draw.normal(size=(100, 2))
    died = draw.random(100) < (0.0 if kind == "nobody" else 0.5)
    if kind != "nobody":
        x[:, 1] = 1.0 if kind == "constant" else 2.0 * x[:, 0]
    with pytest.raises(RequestError) as caught:
        hazards(np.arange(100.0) + 1.0, died, x, np.ones(100))
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [Code.SURVEY_MODEL]


def test_a_column_that_separates_is_named_as_the_reason():
    x = np.column_stack([np.ones(100), np.random.default_rng(5).normal(size=(100, 2))])
    with pytest.raises(RequestError, match="separates"):
        logistic((x[:, 1] > 0.0).astype(float), x, np.ones(100))


def test_no_joint_test_of_more_terms_than_degrees_of_freedom():
    draw = np.random.default_rng(6)
    design = Design.of(np.ones(100), np.arange(100) % 4 // 2, np.arange(100) % 4)
    x = np.column_stack([np.ones(100), draw.normal(size=(100, 3))])
    names = ("intercept", "a", "b", "c")
    fit = design_based(design, np.arange(100), linear(draw.normal(size=100), x, np.ones(100)), names)
    with pytest.raises(RequestError, match="3 terms is impossible with 2 degrees"):
        wald(fit, ("a", "b", "c"))


def test_a_restricted_spline_is_straight_beyond_its_outer_knots():
    knots = np.array([1.0, 2.0, 3.0, 5.0])
    for ends in (np.linspace(-3.0, 1.0, 9), np.linspace(5.0, 9.0, 9)):
        assert np.abs(np.diff(restricted_cubic(ends, knots), 2, axis=0)).max() < 1e-10
    assert np.abs(np.diff(restricted_cubic(np.linspace(1.5, 4.5, 9), knots), 2, axis=0)).max() > 1e-3


def test_e_values_of_the_paper():
    # VanderWeele and Ding give 7.26 for a ratio of 3.9.
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.0 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value(limit_nearest_one(0.8, 1.2)) == 1.0
    assert ratio_of_common(4.0, hazard=False) == pytest.approx(2.0)


def test_usual_intake_finds_the_share_that_one_day_overstates():
    draw = np.random.default_rng(7)
    n = 40_000
    usual = np.exp(draw.normal(5.7, 0.25, n))
    # The mean of e to the power of normal errors of 0.4 is e to the 0.08.
    first, second = (usual * np.exp(draw.normal(-0.08, 0.4, n)) for _ in range(2))
    second = np.where(draw.random(n) < 0.3, np.nan, 0.93 * second)
    weights, classes = np.ones(n), np.zeros(n, dtype=int)
    power = power_towards_normal(first, weights, classes)
    found = usual_intake(towards_normal(first, power), towards_normal(second, power), weights, classes, power)
    truth = float((usual < 220.0).mean())
    assert abs(float((found.usual < 220.0).mean()) - truth) < 0.01
    assert float((first < 220.0).mean()) - truth > 0.1
    assert found.usual.mean() == pytest.approx(usual.mean(), rel=0.01)


def test_calibration_undoes_the_dilution_by_a_days_error():
    draw = np.random.default_rng(8)
    n = 20_000
    age, usual = draw.normal(size=n), draw.normal(3.0, 1.0, n)
    first, second = (usual + draw.normal(0.0, 1.0, n) for _ in range(2))
    outcome = 2.0 * usual + age + draw.normal(size=n)
    sample = Sample(np.arange(n), ("mg", "age"), np.column_stack([first, age]))
    columns = np.column_stack([sample.columns, np.ones(n)])
    found = calibrate_association(
        simple(n), sample, second, lambda weights: linear_coefficients(outcome, columns, weights)[0]
    )
    naive = linear_coefficients(outcome, columns, np.ones(n))[0]
    assert naive == pytest.approx(1.0, abs=0.06)
    assert abs(found.coefficient - 2.0) < 4.0 * found.standard_error < 0.3
    assert found.slope == pytest.approx(0.5, abs=0.03)
