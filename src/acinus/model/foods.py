"""What foods contain: the shipped table foods.csv, and a full table of USDA Standard Reference when the user has one.

In: a biology folder and perhaps a file. Out: a `FoodTable`: foods by id and number, with mg of each nutrient in 100 g. A
nutrient is called as the habit that its intake sets. Never knows what a nutrient does.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import Row, biology_folder, read_csv, read_yaml
from acinus.errors import Code, Diagnostic, ModelTextError, nearest
from acinus.model.habits import read_habits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Food", "FoodTable", "food_table"]

_OWN_COLUMNS = ("id", "name", "ndb", "source")
_USDA_NUMBER, _USDA_NAME = "food_id", "food_name"


@dataclass(frozen=True, slots=True)
class Food:
    """A food.

    Attributes
    ----------
    id, name : str
    number : str
        Its number at the USDA, or empty.
    content : mapping from nutrient to number
        mg in 100 g.
    source : str
        Key in the bibliography, or the name of the file.
    """

    id: str
    name: str
    number: str
    content: Mapping[str, float]
    source: str


@dataclass(frozen=True, slots=True)
class FoodTable:
    """Foods in the order of their tables."""

    foods: tuple[Food, ...]

    def find(self, wanted: str) -> Food | None:
        """Return the food of that id, name or number, whatever its capitals; None if there is none."""
        key = wanted.strip().casefold()
        for food in self.foods:
            if key in (food.id.casefold(), food.name.casefold(), food.number):
                return food
        return None

    def near(self, wanted: str) -> str:
        """Return what to say of a food that is not there: near ids, or foods with the word in their name."""
        holding = [food.id for food in self.search(wanted.replace("_", " "))[:3]]
        if holding:
            return f"Did you mean {' or '.join(f'`{key}`' for key in holding)}?"
        return nearest(wanted, [food.id for food in self.foods])

    def search(self, words: str) -> tuple[Food, ...]:
        """Return the foods whose id or name holds every word; all of them for no word."""
        parts = words.casefold().split()
        return tuple(f for f in self.foods if all(part in f"{f.id} {f.name}".casefold() for part in parts))


def food_table(biology: Path | None = None, file: Path | None = None) -> FoodTable:
    """Return the foods of a biology folder, and after them those of a full USDA table.

    Parameters
    ----------
    biology : Path, optional
        The shipped one if none; a folder without ``foods.csv`` has no foods.
    file : Path, optional
        A CSV file with ``food_id``, ``food_name`` and the columns that habits.yaml names as nutrients, in mg per 100 g.

    Raises
    ------
    ModelTextError
        AC101 or AC102 for a file that is missing or no such table; AC112 and AC121 for rows of it.
    """
    folder = biology or biology_folder()
    nutrients = _nutrients(folder)
    path = folder / "foods.csv"
    own = _own(path, tuple(nutrients)) if path.is_file() else ()
    return FoodTable((*own, *(_usda(file, nutrients) if file is not None else ())))


def _nutrients(folder: Path) -> dict[str, str]:
    """Return the column of a full table by nutrient."""
    path = folder / "habits.yaml"
    habits = read_habits(read_yaml(path), {}, []) if path.is_file() else {}
    return {key: habit.nutrient for key, habit in habits.items() if habit.nutrient}


def _own(path: Path, nutrients: tuple[str, ...]) -> tuple[Food, ...]:
    findings: list[Diagnostic] = []
    found: dict[str, Food] = {}
    for row in read_csv(path, (*_OWN_COLUMNS, *nutrients)):
        if row["id"] in found:
            findings.append(
                Diagnostic(
                    Code.DUPLICATE_ROW, f"`{row['id']}` stands here twice", row.place("id"), "", "Keep one."
                )
            )
            continue
        if not row["source"]:
            findings.append(
                Diagnostic(
                    Code.SOURCE_MISSING, f"`{row['id']}` has no source", row.place("id"), "", "Name one."
                )
            )
        content = {key: _number(row, key, findings) for key in nutrients}
        found[row["id"]] = Food(row["id"], row["name"], row["ndb"], content, row["source"])
    if findings:
        raise ModelTextError(findings)
    return tuple(found.values())


def _usda(path: Path, nutrients: Mapping[str, str]) -> tuple[Food, ...]:
    findings: list[Diagnostic] = []
    found: list[Food] = []
    for row in read_csv(path, (_USDA_NUMBER, _USDA_NAME, *nutrients.values())):
        # An empty cell says that nobody measured it; such a food cannot be counted.
        measured = {key: column for key, column in nutrients.items() if row[column]}
        if not measured:
            continue
        content = {key: _number(row, column, findings) for key, column in measured.items()}
        name = row[_USDA_NAME]
        identifier = re.sub(r"\W+", "_", name.casefold()).strip("_")
        found.append(Food(identifier, name, row[_USDA_NUMBER], content, path.name))
    if findings:
        raise ModelTextError(findings)
    return tuple(found)


def _number(row: Row, column: str, findings: list[Diagnostic]) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 0.0 <= value <= 1e5):
        findings.append(
            Diagnostic(
                Code.VALUE_NOT_FINITE,
                f"`{row[column]}` is no content of a food",
                row.place(column),
                "Contents are mg in 100 g.",
                "Write a number from 0.",
            )
        )
    return value
