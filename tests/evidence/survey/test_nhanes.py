"""The survey's own files: designs, rows and the traps they hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from acinus.evidence.survey.associations import OUTCOMES, fit_model
from acinus.evidence.survey.files import find_file, join_files, read_joined, read_mortality, read_transport
from acinus.evidence.survey.means import mean
from acinus.evidence.survey.models import MODELS, assemble_sample
from acinus.evidence.survey.published_numbers import read_published_numbers
from acinus.evidence.survey.tables import read_elastography_table, read_pooled_table

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "data" / "nhanes"


@pytest.fixture(scope="module")
def tables(folder):
    numbers = read_published_numbers()
    return {
        table.name: table
        for table in (read_elastography_table(folder, numbers), read_pooled_table(folder, numbers))
    }


@pytest.mark.parametrize(("name", "strata", "psus", "df"), [("A", 15, 30, 15), ("C", 90, 183, 93)])
def test_designs_are_those_of_the_survey(tables, name, strata, psus, df):
    design = tables[name].diet
    assert (design.strata, design.psus, design.df) == (strata, psus, df)


def test_six_cycles_have_weights(tables):
    assert len(tables["C"].cycles) == 6
    assert not {"2009-2010", "2013-2014"} & set(tables["C"].cycles)


def test_two_strata_keep_one_unit_where_fib4_is_high(tables):
    table = tables["C"]
    fib4 = next(outcome for outcome in OUTCOMES if outcome.name == "mortality_fib4_high")
    lonely = {
        outcome.name: len(
            table.diet.lonely(table.rows(outcome.domain(table), known=("mg", *outcome.known())))
        )
        for outcome in OUTCOMES
        if outcome.table == "C"
    }
    assert lonely.pop(fib4.name) == 2
    assert set(lonely.values()) == {0}


def test_people_without_an_examination_stay_in_the_design_and_out_of_n(tables):
    table = tables["A"]
    zero = table.examined.weights == 0.0
    assert zero.sum() > 500
    rows = table.rows(table.values["adult"] == 1.0, known=("age",), examined=True)
    found = mean(table.examined, table.values["age"], rows)
    assert found.n == int((~zero & (table.values["adult"] == 1.0)).sum())


def test_alcohol_above_what_the_file_can_hold_is_a_class_and_not_missing(tables):
    values = tables["C"].values
    saturated = values["alcohol_saturated"] == 1.0
    assert saturated.sum() > 1000
    assert np.isfinite(values["mg"][saturated]).all()
    classes = np.stack([values[name] for name in tables["C"].terms["alcohol"]])
    assert np.nanmax(classes.sum(axis=0)) == 1.0


def test_the_published_files_with_both_recalls_give_the_same_table(folder, tables, tmp_path):
    # The folder has every published file but those of the two recalls: these are written as the survey would.
    joined = read_joined(folder / "nhanes_2017_2018_joined.csv")
    for name, columns in (
        (
            "DR1TOT_J",
            {"WTDRD1": "WTDRD1", "DR1TKCAL": "DR1TKCAL", "DR1TMAGN": "MG_d1", "DR1TFIBE": "fiber_g"},
        ),
        ("DR2TOT_J", {"DR2TMAGN": "MG_d2"}),
    ):
        table = pd.DataFrame({"SEQN": joined["SEQN"], **{new: joined[old] for new, old in columns.items()}})
        # Who was not interviewed is in no file of recalls, and files are in an order of their own.
        table = table.dropna(thresh=2).sort_values("SEQN", ascending=False)
        pyreadstat.write_xport(table, str(tmp_path / f"{name}.XPT"), file_format_version=5)
    for path in (folder / "xpt_2017_2018").iterdir():
        (tmp_path / path.name).symlink_to(path)
    found, known = read_elastography_table(tmp_path, read_published_numbers()), tables["A"]
    assert set(found.values) == set(known.values)
    for name, values in known.values.items():
        np.testing.assert_allclose(found.values[name], values, rtol=1e-12, err_msg=name)
    assert np.isfinite(found.values["mg"]).sum() > 5000
    for ours, theirs in ((found.diet, known.diet), (found.examined, known.examined)):
        np.testing.assert_allclose(ours.weights, theirs.weights, rtol=1e-12)
        assert (ours.strata, ours.psus, ours.df) == (theirs.strata, theirs.psus, theirs.df)


def test_the_published_files_joined_are_the_joined_table(folder):
    raw = folder / "xpt_2017_2018"
    files = [read_transport(raw / f"{name}_J.XPT") for name in ("DEMO", "BIOPRO", "LUX", "BMX", "ALQ", "HEQ")]
    joined = join_files([*files, read_mortality(find_file(raw, "mort-2017-2018.dat"))]).set_index("SEQN")
    table = read_joined(folder / "nhanes_2017_2018_joined.csv").set_index("SEQN")
    assert joined.index.astype(int).equals(table.index.astype(int))
    common = [name for name in table.columns if name in joined.columns]
    assert {"WTMEC2YR", "SDMVSTRA", "LUXSMED", "ALQ121", "HEQ010", "PERMTH_EXM", "UCOD_LEADING"} <= set(
        common
    )
    for name in common:
        pd.testing.assert_series_equal(
            joined[name].astype(float).reset_index(drop=True),
            table[name].astype(float).reset_index(drop=True),
            check_names=False,
            rtol=1e-12,
        )


def test_the_residual_of_magnesium_gives_what_magnesium_gives_with_energy_in_the_model(tables):
    table = tables["A"]
    outcome = next(outcome for outcome in OUTCOMES if outcome.name == "cap")
    amount, residual = (
        fit_model(
            table, outcome, assemble_sample(table, MODELS[name], outcome.domain(table), outcome.known())
        )
        for name in ("M1E", "M1Eres")
    )
    assert residual.of("mg") == pytest.approx(amount.of("mg"), rel=1e-8)


def test_cutoffs_are_inclusive(tables):
    values = tables["A"].values
    at = np.flatnonzero(values["cap"] == 274.0)
    assert len(at)
    assert (values["steatosis"][at] == 1.0).all()
