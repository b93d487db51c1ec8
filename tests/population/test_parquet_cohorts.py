import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from acinus.errors import ModelTextError, PopulationError
from acinus.population import draw_population, read_cohort, write_cohort


def table(tmp_path, columns, units=None):
    path = tmp_path / "cohort.parquet"
    parquet.write_table(pa.table(columns), path)
    if units is not None:
        (tmp_path / "cohort.units.csv").write_text(units)
    return path


def test_a_written_cohort_reads_back_with_the_same_numbers(toy, tmp_path):
    drawn = draw_population({"parameters": "all"}, 40, 3, model=toy)
    write_cohort(drawn, tmp_path / "people.parquet")
    read = read_cohort(tmp_path / "people.parquet", toy)
    assert dict(read.units) == dict(drawn.units)
    assert read.ids.tolist() == drawn.ids.tolist()
    for name in drawn.columns:
        assert np.array_equal(read[name], drawn[name])


def test_units_stand_in_the_header_or_beside_the_table(toy, tmp_path):
    columns = {
        "id": ["ann", "bob"],
        "BW": [60_000, 80_000],
        "dose [g]": [12.0, 20.5],
        "fasted": [True, False],
    }
    people = read_cohort(table(tmp_path, columns, "column,unit\nBW,g\n"), toy)
    assert people.ids.tolist() == ["ann", "bob"]
    assert people["BW"].tolist() == pytest.approx([60, 80])
    assert people["fasted"].tolist() == [1, 0]
    assert dict(people.units) == {"BW": "kg", "dose": "g", "fasted": "dimensionless"}


def test_units_stand_beside_a_csv_table_too(toy, tmp_path):
    (tmp_path / "cohort.csv").write_text("id,BW\nann,60000\n")
    (tmp_path / "cohort.units.csv").write_text("column,unit\nBW,g\n")
    assert read_cohort(tmp_path / "cohort.csv", toy)["BW"].tolist() == pytest.approx([60])


@pytest.mark.parametrize(
    ("columns", "units", "code", "words"),
    [
        ({"BW [kg]": [60.0, None]}, None, "AC808", "`None` in column `BW [kg]` is not a number"),
        ({"BW [kg]": [60.0, float("inf")]}, None, "AC808", "row:2"),
        ({"BW [kg]": ["60", "heavy"]}, None, "AC808", "holds `string` and not numbers"),
        ({"id": ["ann", "ann"], "BW [kg]": [60.0, 70.0]}, None, "AC808", "`ann` stands twice"),
        ({"BW [L]": [60.0]}, None, "AC805", "`kg` in the model"),
        ({"BW [kg]": pa.array([], pa.float64())}, None, "AC808", "no individuals"),
        ({"BW": [60.0]}, "column,unit\nBW,L\n", "AC805", "`kg` in the model"),
        ({"BW": [60.0], "BW [g]": [6.0]}, "column,unit\nBW,kg\n", "AC808", "stands twice"),
        ({"BW": [60.0]}, "column,unit\nBW,kg\nBMW,kg\n", "AC808", "Did you mean `BW`"),
    ],
)
def test_a_wrong_table_is_refused_with_row_and_column(toy, tmp_path, columns, units, code, words):
    with pytest.raises(PopulationError) as error:
        read_cohort(table(tmp_path, columns, units), toy)
    assert [d.code.value for d in error.value.diagnostics] == [code]
    assert words in str(error.value)


def test_what_is_no_parquet_or_missing_is_refused(toy, tmp_path):
    path = tmp_path / "cohort.parquet"
    with pytest.raises(ModelTextError, match="no such file"):
        read_cohort(path, toy)
    path.write_text("id,BW\n")
    with pytest.raises(ModelTextError, match="cannot read"):
        read_cohort(path, toy)
