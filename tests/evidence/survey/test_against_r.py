"""The generated sample against the numbers that R's survey and survival gave (``generated/in_r.R``)."""

from __future__ import annotations

import csv
import runpy

import numpy as np
import pytest
from comparing import ERROR, HERE, VALUE, generated_columns, generated_estimates, read_r, relative_difference

from acinus.evidence.survey.design import Design

THEIRS = read_r(HERE / "generated" / "in_r.json")
TWO_VALUES = ("_interval", "_nonlinear")


@pytest.fixture(scope="module")
def ours():
    return generated_estimates()


def test_we_give_every_estimate_that_r_gave(ours):
    assert set(ours) == set(THEIRS)
    assert len(ours) > 90


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_an_estimate_is_that_of_r(ours, name):
    value, error = ours[name]
    their_value, their_error, _ = THEIRS[name]
    both = any(word in name for word in TWO_VALUES)
    assert relative_difference(value, their_value, 1e-3) < VALUE
    assert relative_difference(error, their_error, 1e-9) < (VALUE if both else ERROR)


def test_the_sample_has_what_makes_variances_go_wrong():
    d = generated_columns()
    design = Design.of(d["weight"], d["stratum"], d["psu"])
    few = np.flatnonzero((d["few"] == 1.0) & (d["weight"] > 0.0))
    assert (np.bincount(design.stratum_of_psu) == 1).sum() == 1
    assert len(design.lonely(few)) > 1
    assert (design.weights == 0.0).any()
    assert np.isnan(d["outcome"]).any()


def test_the_sample_is_what_its_script_makes():
    made = runpy.run_path(str(HERE / "generated" / "make_survey.py"))["table"]()
    with (HERE / "generated" / "survey.csv").open(encoding="utf-8", newline="") as file:
        stored = list(csv.DictReader(file))
    assert list(stored[0]) == list(made)
    for name, column in made.items():
        assert np.array_equal(
            np.array([float(row[name] or "nan") for row in stored]), column.astype(float), equal_nan=True
        )
