"""Files as the survey publishes them, and what is said when they are not what they should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from acinus.errors import Code, RequestError
from acinus.evidence.survey import analyse_survey
from acinus.evidence.survey.files import (
    address_of,
    join_files,
    read_joined,
    read_mortality,
    read_transport,
    require_columns,
    weights_of_pooled_cycles,
)

LINES = (
    "093705        10   ..                     18 18",
    "093816        1101000                     8  6",
    "093703        2.   ..                     .  .",
)


def codes(error: pytest.ExceptionInfo[RequestError]) -> list[Code]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def test_a_mortality_file_is_read_by_its_columns(tmp_path):
    path = tmp_path / "mort-2017-2018.dat"
    path.write_text("\n".join(LINES) + "\n", encoding="ascii")
    table = read_mortality(path).set_index("SEQN")
    assert table.loc[93816, ["ELIGSTAT", "MORTSTAT", "UCOD_LEADING"]].tolist() == [1, 1, 10]
    assert table.loc[93816, ["DIABETES_MCOD", "PERMTH_INT", "PERMTH_EXM"]].tolist() == [0, 8, 6]
    assert np.isnan(table.loc[93705, "UCOD_LEADING"])
    assert np.isnan(table.loc[93703, "MORTSTAT"])


def test_a_mortality_file_of_another_layout_is_refused_with_its_line(tmp_path):
    path = tmp_path / "mort-2017-2018.dat"
    path.write_text(LINES[0] + "\n" + "093816   1101000           8  6\n", encoding="ascii")
    with pytest.raises(RequestError) as caught:
        read_mortality(path)
    assert codes(caught) == [Code.SURVEY_NOT_READABLE]
    assert caught.value.diagnostics[0].place.line == 2


def test_text_is_no_transport_file(tmp_path):
    path = tmp_path / "LUX_J.XPT"
    path.write_text("SEQN,LUXSMED\n1,5\n" * 200, encoding="ascii")
    with pytest.raises(RequestError) as caught:
        read_transport(path)
    assert codes(caught) == [Code.SURVEY_NOT_READABLE]
    assert "Public/2017/DataFiles/LUX_J.xpt" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DEMO_C.XPT", "/2003/DataFiles/DEMO_C.xpt"),
        ("dr1tot_j.xpt", "/2017/DataFiles/DR1TOT_J.xpt"),
        ("mort-2017-2018.dat", "/NHANES_2017_2018_MORT_2019_PUBLIC.dat"),
    ],
)
def test_a_missing_file_has_an_address(name, address):
    assert address_of(name).endswith(address)


def test_an_empty_folder_says_which_files_are_missing_and_where_they_are_published(tmp_path):
    with pytest.raises(RequestError) as caught:
        analyse_survey(tmp_path)
    assert codes(caught) == [Code.SURVEY_FILE, Code.SURVEY_FILE]
    assert "DEMO_J.XPT" in str(caught.value)
    assert "DEMO_J.xpt" in caught.value.diagnostics[0].remedy
    assert "pooled" in str(caught.value)


def test_files_of_two_cycles_are_not_joined():
    ours, theirs = pd.DataFrame({"SEQN": [1, 2]}), pd.DataFrame({"SEQN": [2, 3], "LBXGH": [5.0, 6.0]})
    with pytest.raises(RequestError) as caught:
        join_files([ours, theirs])
    assert codes(caught) == [Code.SURVEY_CYCLE]


def test_joining_keeps_everyone_and_takes_no_column_twice():
    first = pd.DataFrame({"SEQN": [1, 2, 3], "WTSAF2YR": [1.0, 2.0, 3.0]})
    second = pd.DataFrame({"SEQN": [3, 1], "WTSAF2YR": [9.0, 9.0], "LBXGLU": [90.0, 100.0]})
    joined = join_files([first, second])
    assert joined["WTSAF2YR"].tolist() == [1.0, 2.0, 3.0]
    assert joined["LBXGLU"].isna().tolist() == [False, True, False]


def test_every_absent_column_is_named_with_the_nearest_one():
    with pytest.raises(RequestError) as caught:
        require_columns(pd.DataFrame({"LUXSMED": []}), ("LUXSMEDX", "SEQN"), "LUX_J.XPT")
    assert codes(caught) == [Code.SURVEY_COLUMN, Code.SURVEY_COLUMN]
    assert "Did you mean `LUXSMED`?" in str(caught.value)


def test_a_respondent_who_stands_twice_is_refused(tmp_path):
    path = tmp_path / "stacked.csv"
    path.write_text("SEQN,MG_d1\n1,200\n1,210\n", encoding="ascii")
    with pytest.raises(RequestError) as caught:
        read_joined(path)
    assert codes(caught) == [Code.SURVEY_CYCLE]


def test_the_zero_of_sas_is_zero(tmp_path):
    path = tmp_path / "joined.csv"
    path.write_text("SEQN,WTMEC2YR\n1,5.397605346934028e-79\n2,3.5\n", encoding="ascii")
    assert read_joined(path)["WTMEC2YR"].tolist() == [0.0, 3.5]


def test_a_parquet_table_is_that_of_the_csv(tmp_path):
    table = pd.DataFrame({"SEQN": [1, 2], "MG_d1": [200.0, np.nan]})
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read_joined(tmp_path / "a.csv"), read_joined(tmp_path / "a.parquet"))


def test_pooled_weights_are_divided_by_the_cycles_that_have_them():
    table = pd.DataFrame({"cycle": ["2003-2004", "2005-2006", "2009-2010"], "WTMEC2YR": [10.0, 20.0, np.nan]})
    assert weights_of_pooled_cycles(table, "WTMEC2YR").tolist()[:2] == [5.0, 10.0]


@pytest.mark.parametrize("cycle", ["2017-2020", "pre-pandemic"])
def test_a_cycle_that_is_not_of_two_years_is_not_pooled(cycle):
    table = pd.DataFrame({"cycle": ["2015-2016", cycle], "WTMEC2YR": [10.0, 20.0]})
    with pytest.raises(RequestError) as caught:
        weights_of_pooled_cycles(table, "WTMEC2YR")
    assert codes(caught) == [Code.SURVEY_CYCLE]
