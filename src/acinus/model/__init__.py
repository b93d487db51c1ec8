"""From text to a validated model.

In: Antimony modules, an assembly and tables of numbers; or plain SBML. Out: an immutable `Model`, or every
reason why not, each with file, line and remedy. Knows Antimony, SBML, units and what a number must say
about its origin; never knows how equations are solved, who is simulated or what is given to them.
"""

from __future__ import annotations

from acinus.model.check import CheckReport, ModuleReport, OwnNumbers, check_biology
from acinus.model.explain import Explanation, explain
from acinus.model.foods import Food, FoodTable, food_table
from acinus.model.load import load_model
from acinus.model.record import Card, Habit, Limit, Model, Route, Substance, Symbol
from acinus.model.tables import GRADES

__all__ = [
    "GRADES",
    "Card",
    "CheckReport",
    "Explanation",
    "Food",
    "FoodTable",
    "Habit",
    "Limit",
    "Model",
    "ModuleReport",
    "OwnNumbers",
    "Route",
    "Substance",
    "Symbol",
    "check_biology",
    "explain",
    "food_table",
    "load_model",
]
