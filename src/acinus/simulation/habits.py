"""Habits in terms of a model: which parameter an amount per time sets, and in which unit.

In: what a diet line or a rule names, and a `Model`. Out: the `Habit`, and numbers in the unit of its parameter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, Place, ProtocolError, nearest
from acinus.simulation.written import Column, as_text, read_written
from acinus.units import Quantity, convert, same_dimension

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.model import Habit, Model
    from acinus.simulation.people import People

__all__ = ["find_habit", "habit_settings", "habit_values", "read_doses_per_time", "read_habit_amount"]


def find_habit(
    way: str, of: str, model: Model, place: Place | None, findings: list[Diagnostic]
) -> Habit | None:
    """Return the habit that a line names; None with the reason in `findings` (AC603)."""
    known = [key for key, habit in model.habits.items() if habit.way == way]
    habit = model.habits.get(of)
    if habit is None or habit.way != way:
        findings.append(
            Diagnostic(
                Code.UNKNOWN_NAME,
                f"the model `{model.id}` has no {way} `{of}`",
                place,
                f"`{of}` is written `{habit.way}: {of}`."
                if habit is not None
                else (f"It has {', '.join(f'`{key}`' for key in known)}." if known else "It has none."),
                nearest(of, known),
            )
        )
        return None
    needed = [habit.parameter, *filter(None, (habit.doses,)), *habit.settings]
    absent = [key for key in needed if key not in model.symbols]
    if absent:
        findings.append(
            Diagnostic(
                Code.UNKNOWN_NAME,
                f"the {way} `{of}` is to set `{absent[0]}`, which the model `{model.id}` does not have",
                place,
                "The table of habits and the model do not belong together.",
                "",
            )
        )
        return None
    return habit


def read_habit_amount(
    written: object, habit: Habit, place: Place | None, *, signed: bool = False
) -> Quantity | Column:
    """Return an amount per time; `ProtocolError` AC601 for another unit, AC602 for a negative or unsigned one."""
    like = ("mg/d", "mmol/d") if habit.molar_mass else ("mmol/d",)
    found = read_written(written, f"the amount of {habit.id}", like, place)
    if isinstance(found, Column):
        return found
    if signed and as_text(written).lstrip()[:1] not in ("+", "-"):
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"a rule is to set {habit.id} to `{as_text(written)}`",
                place,
                "Each act of a rule changes a habit by a step.",
                f"Write `+{as_text(written)}` or `-{as_text(written)}`.",
            )
        )
    if not signed and found.magnitude < 0:
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"the amount of {habit.id} is negative: `{as_text(written)}`",
                place,
                "",
                "Write 0 or more.",
            )
        )
    return found


def read_doses_per_time(written: object, habit: Habit, model: Model, place: Place | None) -> float:
    """Return how often a habit is taken, in the unit of its parameter, from ``2 per day``, ``14 /week`` or a number."""
    text = f"{written} /d" if isinstance(written, int) and not isinstance(written, bool) else as_text(written)
    text = re.sub(r"\s*(?:\bper\b|/)\s*", " 1/", text, count=1)
    found = read_written(text, f"how often {habit.id} is taken", ("1/d",), place)
    if isinstance(found, Column) or found.magnitude <= 0:
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"how often {habit.id} is taken is `{as_text(written)}`",
                place,
                "It must be one number above zero for all.",
                "Write for example `doses: 2 per day`.",
            )
        )
    return found.to(model.symbol(habit.doses).unit or "1/h")


def habit_settings(habit: Habit, model: Model) -> dict[str, float]:
    """Return what else holds while a habit lasts, in the units of its parameters."""
    found: dict[str, float] = {}
    for key, value in habit.settings.items():
        unit = model.symbol(key).unit or "dimensionless"
        if isinstance(value, str):
            number, own = model.constant(value)
            found[key] = convert(number, own, unit)
        else:
            found[key] = value
    return found


def habit_values(
    amount: Quantity | Column, habit: Habit, model: Model, people: People, place: Place | None
) -> NDArray[np.float64]:
    """Return the (B,) amounts per time of the individuals in the unit of the habit's parameter."""
    own = model.symbol(habit.parameter).unit or "mmol/h"
    if isinstance(amount, Column):
        unit = people.units.get(amount.name, own)
        values = people.column(amount.name, unit, f"the amount of {habit.id}")
    else:
        unit, values = amount.unit, np.full(people.size, amount.magnitude)
    if not np.isfinite(values).all():
        raise ProtocolError(
            Diagnostic(
                Code.DOSE_IMPOSSIBLE,
                f"the amount of {habit.id} is no finite number for {int((~np.isfinite(values)).sum())} of "
                f"{people.size} individuals",
                place,
                "",
                "Correct the column.",
            )
        )
    if same_dimension(unit, own):
        return values * convert(1.0, unit, own)
    if not (habit.molar_mass and same_dimension(unit, "mg/d")):
        raise ProtocolError(
            Diagnostic(
                Code.UNIT_WRONG,
                f"the amount of {habit.id} is in `{unit}`",
                place,
                "",
                f"Give it in `mg/d` or `{own}`.",
            )
        )
    mass, mass_unit = model.constant(habit.molar_mass)
    grams = values * convert(1.0, unit, "g/h")
    return grams / convert(mass, mass_unit, "g/mmol") * convert(1.0, "mmol/h", own)
