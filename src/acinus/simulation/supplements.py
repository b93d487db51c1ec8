"""What individuals take as supplements in the course of a run: by habit, as single doses, and by rules.

In: the parameters, changes and schedule of a run. Out: one `Taken` for each individual, in mg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from acinus.engine import Change
    from acinus.model import Model
    from acinus.simulation.deciding import Decider
    from acinus.simulation.schedule import Schedule

    Steps = Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]

__all__ = ["Taken", "may_be_raised", "taken_by"]

_DAY = 24.0  # h


@dataclass(frozen=True, eq=False)
class Taken:
    """What one individual takes as supplements of one kind.

    Attributes
    ----------
    rate_times, rates : (R,) arrays, h and mg/h
        The habit, from each time on; the first time is 0.
    dose_times, doses : (D,) arrays, h and mg
    """

    rate_times: NDArray[np.float64]
    rates: NDArray[np.float64]
    dose_times: NDArray[np.float64]
    doses: NDArray[np.float64]

    @property
    def any(self) -> bool:
        """Whether anything is taken at any time."""
        return bool((self.rates > 0).any() or self.doses.size)

    def per_day(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (N,) times at which the amount of the last day may have grown, and that amount, mg/d.

        A habit counts with its rate at the time, single doses with their sum over the day before.
        """
        times = np.unique(np.concatenate([self.rate_times, self.dose_times]))
        habit = self.rates[np.searchsorted(self.rate_times, times, side="right") - 1] * _DAY
        order = np.argsort(self.dose_times, kind="stable")
        given = np.concatenate([[0.0], np.cumsum(self.doses[order])])
        so_far = given[np.searchsorted(self.dose_times[order], times, side="right")]
        before = given[np.searchsorted(self.dose_times[order], times - _DAY, side="right")]
        return times, habit + so_far - before


def taken_by(
    model: Model,
    supplements: str,
    parameters: NDArray[np.float64],
    place_of: Mapping[str, int],
    changes: Sequence[Sequence[Change]],
    schedule: Schedule,
    steps: Mapping[str, Steps],
) -> list[Taken]:
    """Return what each of B individuals takes of the supplements with one molar mass.

    Parameters
    ----------
    model : Model
    supplements : str
        Id of the molar mass.
    parameters : (B, P) array
    place_of : mapping from parameter to its column
    changes : B sequences of Change
    schedule : Schedule
    steps : mapping from parameter to pairs of (B, K) times and (B,) sizes
        What rules added to a habit.
    """
    grams = convert(*model.constant(supplements), "g/mmol")
    habits = _habit_parameters(model, supplements, place_of)
    doses = [
        d
        for d, name in enumerate(schedule.substances)
        if model.substances[name].molar_mass == supplements and schedule.routes[d] == "oral"
    ]
    found: list[Taken] = []
    for i in range(len(parameters)):
        times, rates = np.zeros(1), np.zeros(1)
        for key, place in habits.items():
            factor = convert(1.0, model.symbol(key).unit or "mmol/h", "mmol/h") * grams * 1e3
            own_times, own = _course(i, place, parameters, changes[i], steps.get(key, ()))
            joined = np.union1d(times, own_times)
            rates = rates[np.searchsorted(times, joined, side="right") - 1]
            rates = rates + own[np.searchsorted(own_times, joined, side="right") - 1] * factor
            times = joined
        given = [d for d in doses if np.isfinite(schedule.start[i, d]) and schedule.amount[i, d] > 0]
        found.append(Taken(times, rates, schedule.start[i, given], schedule.amount[i, given] * grams * 1e3))
    return found


def may_be_raised(model: Model, supplements: str, decider: Decider | None) -> bool:
    """Return whether a rule may give supplements with that molar mass, or more of them."""
    rules = decider.rules if decider is not None else ()
    habits = {
        step.habit.molar_mass for rule in rules for step in rule.steps if step.habit.way == "supplement"
    }
    doses = {model.substances[line.substance].molar_mass for rule in rules for line in rule.prescriptions}
    return supplements in habits | doses


def _habit_parameters(model: Model, supplements: str, place_of: Mapping[str, int]) -> dict[str, int]:
    """Return the columns of the parameters that hold supplements as habits."""
    keys = {
        h.parameter for h in model.habits.values() if h.way == "supplement" and h.molar_mass == supplements
    }
    # A habit that rules change keeps what the protocol itself says under another id.
    places = {key: place_of.get(key, place_of.get(f"{key}_own")) for key in sorted(keys)}
    return {key: place for key, place in places.items() if place is not None}


def _course(
    i: int,
    place: int,
    parameters: NDArray[np.float64],
    changes: Sequence[Change],
    steps: Steps,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times from which a habit of one individual has new values, and these."""
    settings = [(0.0, float(parameters[i, place]))]
    settings += [
        (change.time, change.value) for change in changes if change.kind == "set" and change.index == place
    ]
    set_times, set_values = (np.array(part) for part in zip(*settings, strict=True))
    moves = [(float(t), float(size[i])) for times, size in steps for t in times[i] if np.isfinite(t)]
    times = np.unique([*set_times, *(t for t, _ in moves)])
    values = set_values[np.searchsorted(set_times, times, side="right") - 1]
    for moment, size in moves:
        values = values + np.where(times >= moment, size, 0.0)
    return times, np.maximum(values, 0.0)
