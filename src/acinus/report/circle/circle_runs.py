"""The runs of the page: everyone on the map from two starts until both rest, and a few courses."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.bench import OF_MANY
from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.population import Individuals
from acinus.report.circle.circle_numbers import CircleCourse, CircleMap, CircleNumbers
from acinus.report.circle.circle_plan import read_circle_plan
from acinus.simulation import load_protocol, simulate
from acinus.units import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.model import Model
    from acinus.report.circle.circle_plan import Axis, CirclePlan
    from acinus.simulation import Protocol, Trajectories

    Progress = Callable[[str, int | None, int | None], None]

__all__ = ["make_circle"]

_HOURS_PER_YEAR = 8766.0
_START = "matrix_start"
_COLLAGEN, _STAGE, _SERUM = _READ = ("matrix", "fibrosis", "serum_magnesium")


def make_circle(
    *,
    workers: int = 2,
    progress: Progress | None = None,
    plan: CirclePlan | None = None,
    model: Model | None = None,
) -> CircleNumbers:
    """Simulate everything the page shows and return its numbers.

    Parameters
    ----------
    workers : int
        Threads; the numbers do not depend on it.
    progress : callable, optional
        Called with what comes next, and how much of how much is done.
    plan : CirclePlan, optional
    model : Model, optional
        Instead of the one the page names.

    Raises
    ------
    RequestError
        AC990 or AC991 if the page's file is wrong.
    AcinusError
        Whatever is wrong with an id the page names.
    """
    plan = plan or read_circle_plan()
    model = model or load_model(plan.model)
    runs = _Runs(plan, model, workers)
    pairs = list(itertools.product(plan.susceptible, plan.gains))
    maps = []
    for done, (susceptibility, gain) in enumerate(pairs):
        if progress is not None:
            progress(f"map at susceptibility {susceptibility:g}, links times {gain:g}", done, len(pairs))
        maps.append(runs.map(susceptibility, gain))
    courses = [
        runs.course(magnesium, whole=whole)
        for magnesium, whole in itertools.product(plan.course_magnesium, (True, False))
    ]
    assert runs.last is not None
    return CircleNumbers(
        title=plan.title,
        across_title=plan.across.title,
        up_title=plan.up.title,
        across=plan.across.places,
        up=plan.up.places,
        maps=tuple(maps),
        courses=tuple(courses),
        course_title=(
            f"{plan.course_alcohol:g} {plan.up.unit} of alcohol, scars {plan.course_susceptible:g} times as readily"
        ),
        rest=plan.rest,
        runs=runs.begun,
        runs_finished=runs.finished,
        provenance=runs.last.provenance,
    )


class _Runs:
    """Simulates, and counts who was begun and who finished."""

    def __init__(self, plan: CirclePlan, model: Model, workers: int) -> None:
        self.plan = plan
        self.model = model
        self.workers = workers
        self.begun = 0
        self.finished = 0
        self.last: Trajectories | None = None
        self._until_rest = _years(plan.rest, plan.rest, model)

    def map(self, susceptibility: float, gain: float) -> CircleMap:
        """Return the two ends of everyone on the map."""
        plan = self.plan
        up, across = np.meshgrid(plan.up.places, plan.across.places, indexing="ij")
        twice = np.concatenate([np.zeros(up.size), np.full(up.size, plan.scarred)])
        columns = {
            plan.up.parameter: np.tile(self._set_by(plan.up, up.ravel()), 2),
            plan.across.parameter: np.tile(self._set_by(plan.across, across.ravel()), 2),
            _START: twice,
        }
        values = {plan.susceptibility: susceptibility}
        values |= {link: gain * self.model.constant(link)[0] for link in plan.links}
        run = self._simulate(self._until_rest, columns, values)
        shape = (2, *up.shape)
        ends = {key: np.where(run.ok, run[key][:, -1], np.nan).reshape(shape) for key in _READ}
        healthy, scarred = ends[_COLLAGEN]
        two = np.abs(scarred - healthy) > plan.differ_by * healthy
        return CircleMap(susceptibility, gain, ends[_COLLAGEN], ends[_STAGE], ends[_SERUM], two)

    def course(self, magnesium: float, *, whole: bool) -> CircleCourse:
        """Return the years of one individual, with the circle whole or cut."""
        plan = self.plan
        columns = {
            plan.across.parameter: self._set_by(plan.across, np.array([magnesium])),
            plan.up.parameter: self._set_by(plan.up, np.array([plan.course_alcohol])),
        }
        values = {plan.susceptibility: plan.course_susceptible}
        if not whole:
            values |= dict.fromkeys(plan.course_cut, 0.0)
        run = self._simulate(_years(plan.course_years, 0.5, self.model), columns, values)
        run.raise_for_status()
        label = f"{magnesium:g} {plan.across.unit}" + ("" if whole else ", circle cut")
        years = run.time / _HOURS_PER_YEAR
        return CircleCourse(label, magnesium, whole, years, run[_STAGE][0], run[_SERUM][0])

    def _set_by(self, axis: Axis, places: np.ndarray) -> np.ndarray:
        """Return the parameter's values, in the unit of the model, for masses per time."""
        molar_mass, per = self.model.constant(axis.molar_mass)
        unit = self.model.constant(axis.parameter)[1]
        mass = Quantity(1.0, f"{axis.unit}/({per})").to(unit)
        return places * mass / molar_mass

    def _simulate(
        self, protocol: Protocol, columns: dict[str, np.ndarray], values: dict[str, float]
    ) -> Trajectories:
        size = len(next(iter(columns.values())))
        units = {name: self.model.constant(name)[1] for name in columns}
        people = Individuals(np.arange(size), columns, units, source="places of the map")
        run = simulate(
            self.model,
            protocol,
            people,
            values=values,
            record=_READ,
            tolerances=OF_MANY,
            workers=self.workers,
        )
        self.begun += size
        self.finished += int(run.ok.sum())
        self.last = run
        return run


def _years(until: float, every: float, model: Model) -> Protocol:
    """Return a protocol of habits alone, sampled every so many years."""
    text = (
        "name: circle\ntitle: Habits kept for years\ndoses: []\n"
        f"sampling: {{every: {every * _HOURS_PER_YEAR:g} h, until: {until * _HOURS_PER_YEAR:g} h}}\n"
    )
    return load_protocol(read_yaml(Path("circle"), text), model=model)
