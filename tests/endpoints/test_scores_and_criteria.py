"""Scores of several curves and criteria met together, on curves whose answers are known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.endpoints import read_endpoint
from acinus.endpoints.coincidence import exceed_together
from acinus.endpoints.score import log_score
from acinus.errors import Code, EndpointError

TIME = np.arange(0.0, 97.0, 4.0)
SCORE = {
    "measure": "log_score",
    "of": ["bilirubin", "clotting"],
    "weights": [3.0, 11.0],
    "floors": ["1 mg/L", "1"],
    "constant": 6.0,
}


@pytest.fixture
def run(make_run):
    """Bilirubin doubles every 24 h from 1 mg/L up to 48 h and stays; clotting rises from below its floor to e at 96 h."""
    return make_run(
        {
            "bilirubin": lambda t: 1e-3 * 2.0 ** (np.minimum(t, 48.0) / 24.0),
            "clotting": lambda t: np.exp(t / 96.0) - 0.5 * (t < 1.0),
        },
        {"bilirubin": "g/L", "clotting": "dimensionless"},
        time=TIME,
    )


def test_a_score_is_its_constant_plus_weighted_logarithms(run):
    assert read_endpoint(run, SCORE).value == pytest.approx(6.0 + 3.0 * math.log(4.0) + 11.0)


def test_a_score_can_be_read_at_a_time(run):
    assert read_endpoint(run, SCORE | {"at": "24 h"}).value == pytest.approx(6.0 + 3.0 * math.log(2) + 11 / 4)
    assert read_endpoint(run, SCORE | {"at": "0 h"}).value == pytest.approx(6.0)


def test_a_window_limits_a_score(run):
    assert read_endpoint(run, SCORE | {"until": "24 h"}).value == pytest.approx(
        6.0 + 3.0 * math.log(2) + 11 / 4
    )


@given(st.floats(1e-6, 1e6), st.floats(1e-3, 1e3), st.floats(-20, 20))
def test_below_its_floor_a_curve_counts_as_the_floor(level, floor, weight):
    found = log_score([np.array([level])], [weight], [floor], 1.0)[0]
    assert found == pytest.approx(1.0 + weight * max(0.0, math.log(level / floor)), abs=1e-9)


def test_an_unknown_curve_has_no_score():
    assert np.isnan(log_score([np.array([np.nan]), np.array([2.0])], [1.0, 1.0], [1.0, 1.0], 0.0))[0]


def pulse(start, end):
    return ((start <= TIME) & (end >= TIME)).astype(float)[None, :]


@pytest.mark.parametrize(("span", "met"), [(0.0, False), (11.9, False), (12.0, True), (24.0, True)], ids=str)
def test_criteria_count_together_from_the_last_moment_of_one_to_the_first_of_the_next(span, met):
    first, second = pulse(8, 20), pulse(32, 40)
    assert bool(exceed_together(TIME, [first, second], [0.5, 0.5], span)[0]) is met
    assert bool(exceed_together(TIME, [second, first], [0.5, 0.5], span)[0]) is met


def test_criteria_that_overlap_count_at_one_moment():
    assert exceed_together(TIME, [pulse(8, 20), pulse(20, 40)], [0.5, 0.5], 0.0)[0] == 1.0
    assert exceed_together(TIME, [pulse(8, 20), pulse(24, 40)], [0.5, 0.5], 0.0)[0] == 0.0


def test_one_criterion_that_is_never_met_is_enough_to_fail():
    assert exceed_together(TIME, [pulse(8, 20), pulse(8, 20)], [0.5, 1.0], 96.0)[0] == 0.0


def test_three_criteria_may_be_met_two_by_two_and_not_together():
    curves = [pulse(0, 0), pulse(20, 20), pulse(40, 40)]
    assert exceed_together(TIME, curves, [0.5] * 3, 24.0)[0] == 0.0
    assert exceed_together(TIME, curves, [0.5] * 3, 40.0)[0] == 1.0


def test_what_was_not_computed_did_not_stay_below():
    broken = pulse(8, 20)
    broken[0, -1] = np.nan
    assert np.isnan(exceed_together(TIME, [broken, pulse(8, 20)], [0.5, 0.5], 0.0)[0])


def test_criteria_are_read_in_the_units_of_their_curves(run):
    spec = {
        "measure": "exceed_together",
        "of": ["bilirubin", "clotting"],
        "levels": ["3 mg/L", "1.5"],
        "span": "0 h",
    }
    assert read_endpoint(run, spec).value == 1.0
    assert read_endpoint(run, spec).yes_or_no
    assert read_endpoint(run, spec | {"levels": ["5 mg/L", "1.5"]}).value == 0.0
    # The one is above until 40 h, the other from 48 h.
    assert read_endpoint(run, spec | {"until": "36 h"}).value == 0.0


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"weights": [3.0]}, Code.ENDPOINT_VALUE, "1 numbers for 2 curves"),
        ({"floors": ["1 mg/L", "0"]}, Code.ENDPOINT_VALUE, "must be positive"),
        ({"floors": ["1 h", "1"]}, Code.ENDPOINT_UNIT, "floors"),
        ({"of": ["bilirubin", "cloting"]}, Code.ENDPOINT_ID, "cloting"),
        ({"detail": "perhaps"}, Code.ENDPOINT_VALUE, "true or false"),
    ],
    ids=["lengths", "floor", "unit", "id", "detail"],
)
def test_a_wrong_score_is_refused(run, change, code, words):
    with pytest.raises(EndpointError) as error:
        read_endpoint(run, SCORE | change)
    assert [d.code for d in error.value.diagnostics] == [code]
    assert words in error.value.diagnostics[0].what


def test_less_than_no_time_is_refused(run):
    spec = {"measure": "exceed_together", "of": ["bilirubin", "clotting"], "levels": ["3 mg/L", "1.5"]}
    with pytest.raises(EndpointError) as error:
        read_endpoint(run, spec | {"span": "-1 h"})
    assert [d.code for d in error.value.diagnostics] == [Code.ENDPOINT_VALUE]


CHART = {
    "living": ("dimensionless", 1.0),
    "inr": ("dimensionless", 1.0),
    "ph_arterial": ("dimensionless", 7.4),
    "creatinine_pla": ("umol/L", 80.0),
    "bilirubin_pla": ("umol/L", 10.0),
    "encephalopathy_grade": ("dimensionless", 0.0),
}


@pytest.fixture
def chart(make_run):
    """Return a function: what differs from health, as curves -> a run that knows the shipped endpoints and their levels."""
    from dataclasses import replace

    from acinus.documents import biology_folder
    from acinus.model.tables import read_tables

    shipped = read_tables(biology_folder())

    def make(**curves):
        values = {name: curves.get(name, np.full(TIME.size, level)) for name, (_, level) in CHART.items()}
        run = make_run(values, {name: unit for name, (unit, _) in CHART.items()}, time=TIME)
        constants = {card.id: (card.value, card.unit) for card in shipped.cards.values()}
        return replace(run, model=replace(run.model, constants=constants, biology=biology_folder()))

    return make


def after(hours, value, before):
    return np.where(hours <= TIME, value, before)


@pytest.mark.parametrize(
    ("curves", "met"),
    [
        ({}, []),
        ({"ph_arterial": after(48, 7.29, 7.4)}, ["kings_ph_met", "kings_college"]),
        ({"ph_arterial": np.where(TIME < 20, 7.1, 7.4)}, []),
        (
            {
                "inr": np.where(TIME < 50, 7.0, 2.0),
                "creatinine_pla": after(72, 310.0, 80.0),
                "encephalopathy_grade": after(60, 3.5, 0.0),
            },
            ["kings_three_met", "kings_college", "acute_liver_failure"],
        ),
        (
            {
                "inr": np.where(TIME < 40, 7.0, 1.2),
                "creatinine_pla": after(72, 310.0, 80.0),
                "encephalopathy_grade": after(72, 3.5, 0.0),
            },
            [],
        ),
        (
            {"inr": after(40, 1.6, 1.0), "encephalopathy_grade": after(60, 1.1, 0.0)},
            ["acute_liver_failure"],
        ),
        ({"living": after(40, 0.29, 1.0)}, ["lost_without_graft"]),
    ],
    ids=["health", "acid late", "acid early", "three", "three days apart", "failing", "lost"],
)
def test_shipped_criteria_say_which_part_is_met(chart, curves, met):
    names = ("kings_ph_met", "kings_three_met", "kings_college", "acute_liver_failure", "lost_without_graft")
    run = chart(**curves)
    assert [name for name in names if read_endpoint(run, name).value == 1.0] == met
    assert read_endpoint(run, "transplant_free_survival").value == (
        0.0 if "lost_without_graft" in met else 1.0
    )


def test_meld_of_a_known_patient(chart):
    # 3 mg/dL bilirubin, INR 2, 2 mg/dL creatinine; the score as printed, from values in mg/dL.
    run = chart(
        bilirubin_pla=np.full(TIME.size, 3 * 17.1),
        inr=np.full(TIME.size, 2.0),
        creatinine_pla=np.full(TIME.size, 2 * 88.4),
    )
    assert read_endpoint(run, "peak_meld").value == pytest.approx(
        3.78 * math.log(3) + 11.2 * math.log(2) + 9.57 * math.log(2) + 6.43
    )
    assert read_endpoint(chart(), "peak_meld").value == pytest.approx(6.43)
