from __future__ import annotations

import re

import pytest

from acinus.documents import biology_folder
from acinus.evidence.survey import LIMITS, Estimate, SurveyResult
from acinus.evidence.survey.analysis import TableSummary
from acinus.evidence.survey.published_numbers import read_published_numbers
from acinus.provenance import CONTEXT_OF_USE
from acinus.report.survey_page import draw_forest, survey_page


def ratio(outcome: str, model: str, value: float, low: float, high: float) -> Estimate:
    return Estimate(
        name=f"C.{outcome}.{model}",
        table="C",
        outcome=outcome,
        model=model,
        measure="hazard ratio",
        unit="per 100 mg/d",
        value=value,
        low=low,
        high=high,
        coefficient=0.0,
        standard_error=0.1,
        n=1234,
        events=56,
        df=93,
        p=0.5,
        variance="Taylor",
        weights="WTMEC2YR/6",
        population="adults",
        e_value=1.3,
        e_value_of_limit=1.0,
    )


def result(high: float) -> SurveyResult:
    estimates = [
        *(ratio("mortality", model, 0.8, 0.7, 0.9) for model in ("M0", "M1", "M1E", "M2noFib")),
        ratio("mortality", "M2", 0.913, 0.8, high),
        ratio("mortality", "M2_calibrated", 0.9, 0.7, 1.2),
        ratio("mortality_other", "M2", 0.9, 0.7, 1.2),
    ]
    # Two strata of a subpopulation with one unit each, to be said above its table.
    table = TableSummary("C", "2003-2018", 5000, 1234, 90, 183, 93, ("2015-2016", "2017-2018"))
    return SurveyResult(
        (table,), {e.name: e for e in estimates}, {}, {}, {"C.mortality": 2}, (), read_published_numbers()
    )


@pytest.mark.slow
def test_the_page_says_what_the_data_cannot_say_and_shows_every_estimate():
    found = result(1.05)
    text = survey_page(found, biology_folder())
    assert CONTEXT_OF_USE in text
    assert all(limit in text for limit in LIMITS)
    assert all(f"<td>{name}</td>" in text for name in found.estimates)
    assert "The interval of the full model holds 1" in text
    assert "one sampling unit only" in text
    assert "10.1038/s41598-017-18076-5" in text
    assert not re.search(r"<script|src=|@import", text)


@pytest.mark.slow
def test_the_page_does_not_say_that_an_interval_holds_1_when_it_does_not():
    assert "holds 1" not in survey_page(result(0.95), biology_folder())


def test_the_forest_shows_every_published_ratio_and_says_where_no_interval_is_known():
    words = [text.get_text() for text in draw_forest(result(1.05)).axes[0].texts]
    for published in read_published_numbers().ratios:
        assert published.name in words
    assert sum("no interval published" in word for word in words) == 1
    assert "0.91   (0.80 to 1.05)" in words
