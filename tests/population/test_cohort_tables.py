import numpy as np
import pytest

from acinus.errors import PopulationError
from acinus.population import draw_population, read_cohort, write_cohort


def table(tmp_path, text):
    path = tmp_path / "cohort.csv"
    path.write_text(text)
    return path


def test_parameters_take_the_models_unit_and_free_columns_keep_theirs(toy, tmp_path):
    people = read_cohort(table(tmp_path, "id,BW [g],dose [g],fasted\nann,60000,12,1\nbob,80000,20,0\n"), toy)
    assert people.ids.tolist() == ["ann", "bob"]
    assert people["BW"].tolist() == pytest.approx([60, 80])
    assert dict(people.units) == {"BW": "kg", "dose": "g", "fasted": "dimensionless"}


def test_without_ids_people_are_numbered(toy, tmp_path):
    assert read_cohort(table(tmp_path, "dose [g]\n12\n20\n"), toy).ids.tolist() == [0, 1]


def test_a_written_cohort_reads_back_with_the_same_numbers(toy, tmp_path):
    drawn = draw_population({"parameters": "all"}, 40, 3, model=toy)
    write_cohort(drawn, tmp_path / "people.csv")
    read = read_cohort(tmp_path / "people.csv", toy)
    assert dict(read.units) == dict(drawn.units)
    for name in drawn.columns:
        assert np.array_equal(read[name], drawn[name])


@pytest.mark.parametrize(
    ("text", "code", "words", "line"),
    [
        ("id,BW [kg]\nann,60\nbob,heavy\n", "AC808", "`heavy` in column `BW [kg]` is not a number", 3),
        ("id,BW [kg]\nann,60\nann,70\n", "AC808", "`ann` stands twice", 3),
        ("id,BW [L]\nann,60\n", "AC805", "`kg` in the model, and in `L` here", 1),
        ("id,BW\nann,60\n", "AC805", "Write `BW [kg]`", 1),
        ("id,dose [florps]\nann,60\n", "AC805", "not a unit", 1),
        ("id,gsh_hep [mmol/L]\nann,60\n", "AC806", "computes it", 1),
        ("id,2nd dose\nann,60\n", "AC808", "not the name of a column", 1),
        ("id,BW [kg]\n", "AC808", "no individuals", None),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(toy, tmp_path, text, code, words, line):
    with pytest.raises(PopulationError) as error:
        read_cohort(table(tmp_path, text), toy)
    assert [d.code.value for d in error.value.diagnostics] == [code]
    assert words in str(error.value)
    place = error.value.diagnostics[0].place
    assert place is not None
    assert place.line == line


def test_an_unknown_column_is_answered_with_the_nearest(toy, tmp_path):
    people = read_cohort(table(tmp_path, "dose [g]\n12\n"), toy)
    with pytest.raises(PopulationError, match="Did you mean `dose`"):
        people["doze"]
