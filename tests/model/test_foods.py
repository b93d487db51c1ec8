from __future__ import annotations

import pytest

from acinus.documents import biology_folder
from acinus.errors import AcinusError, Code
from acinus.model import food_table
from acinus.model.bibliography import read_bibliography

FULL = """food_id,food_name,"Magnesium, Mg (mg)"
 1001,"Butter, salted",2.0
 9999,"Never measured",
 12061,"Nuts, almonds",270.0
"""


@pytest.fixture
def full(tmp_path):
    path = tmp_path / "usda.csv"
    path.write_text(FULL, encoding="utf-8")
    return path


def test_a_food_is_found_by_id_name_or_number():
    table = food_table()
    oats = table.find("oats")
    assert oats is not None
    assert oats.content == {"magnesium": 177.0}
    assert table.find("Oats") == table.find("20038") == oats
    assert table.find("moon cheese") is None


def test_a_food_that_is_not_there_has_near_ones():
    table = food_table()
    assert "`spinach`" in table.near("spinache")
    # A word of a name counts as near, too.
    assert "`wheat_bran`" in table.near("wheat")
    assert table.near("qqqqqqq") == ""


def test_a_search_wants_every_word():
    found = [food.id for food in food_table().search("beans cooked")]
    assert {"black_beans_cooked", "kidney_beans_cooked"} <= set(found)
    assert "oats" not in found


def test_every_shipped_food_has_a_source_of_the_bibliography():
    known = read_bibliography(biology_folder() / "references.bib").references
    assert {food.source for food in food_table().foods} <= set(known)


def test_a_full_table_adds_what_was_measured(full):
    table = food_table(file=full)
    assert table.find("1001").content == {"magnesium": 2.0}
    assert table.find("butter_salted").source == "usda.csv"
    assert table.find("Never measured") is None
    # The shipped table comes first: `almonds` stays ours.
    assert table.find("12061").id == "almonds"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("food_id,food_name\n1,Bread\n", Code.NOT_READABLE, "Magnesium, Mg (mg)"),
        (FULL.replace("2.0", "much"), Code.VALUE_NOT_FINITE, "`much`"),
        (FULL.replace("2.0", "-2"), Code.VALUE_NOT_FINITE, "`-2`"),
        (FULL.replace("2.0", "2.0,3"), Code.NOT_READABLE, "4 cells"),
    ],
)
def test_a_table_of_another_kind_is_refused(tmp_path, text, code, said):
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AcinusError) as refused:
        food_table(file=path)
    assert refused.value.diagnostics[0].code is code
    assert said in str(refused.value)


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(AcinusError) as refused:
        food_table(file=tmp_path / "none.csv")
    assert refused.value.diagnostics[0].code is Code.FILE_MISSING
