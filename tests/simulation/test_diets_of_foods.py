"""Foods and grams in a protocol become the amount of what they contain."""

from __future__ import annotations

import pytest

from acinus.errors import AcinusError
from acinus.model import Food, FoodTable
from acinus.simulation import load_protocol

TABLE = FoodTable(
    (
        Food("oats", "Oats", "20038", {"magnesium": 177.0}, "someone_2000"),
        Food("milk", "Milk, 2 %", "1079", {"magnesium": 11.0}, "someone_2000"),
    )
)


def diet_of(line):
    return load_protocol(f"sampling: 1 d\ndiet: [{line}]\n", foods=TABLE).diet


def test_foods_of_a_day_add_up():
    (line,) = diet_of("{foods: {oats: 80 g, milk: 0.3 kg}, per: day, from: 2 d}")
    assert (line.way, line.of, line.start) == ("intake", "magnesium", "2 d")
    assert line.amount == f"{80 * 1.77 + 300 * 0.11!r} mg/d"
    assert line.foods == "oats 80 g, milk 0.3 kg per day"


@pytest.mark.parametrize(("per", "days"), [("week", 7.0), ("2 d", 2.0), ("day", 1.0)])
def test_foods_may_last_longer(per, days):
    (line,) = diet_of(f"{{foods: {{oats: 70 g}}, per: {per}}}")
    assert float(line.amount.split()[0]) == pytest.approx(123.9 / days)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{foods: {oat: 80 g}, per: day}", "Did you mean `oats`?"),
        ("{foods: {oats: 80}, per: day}", "has no unit"),
        ("{foods: {oats: 80 mL}, per: day}", "wrong kind of unit"),
        ("{foods: {oats: -80 g}, per: day}", "negative"),
        ("{foods: {oats: 80 g}}", "`per`"),
        ("{foods: {oats: 80 g}, per: plate}", "`plate`"),
        ("{foods: {oats: 80 g}, per: $days}", "Write `per: day`"),
        ("{foods: {oats: 80 g}, per: day, amount: 3 mg/d}", "`amount`"),
    ],
)
def test_foods_that_cannot_be_counted_are_refused(line, said):
    with pytest.raises(AcinusError) as refused:
        diet_of(line)
    assert said in str(refused.value)
