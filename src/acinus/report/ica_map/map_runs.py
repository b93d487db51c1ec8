"""The runs of the picture: one individual for every affinity and share, with bacteria, without, and with twice the making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.model import load_model
from acinus.report.ica_map.map_plan import read_map_plan
from acinus.simulation import load_protocol, simulate
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from acinus.model import Model
    from acinus.provenance import Provenance
    from acinus.report.ica_map.map_plan import Hypothesis, MapPlan, Subject
    from acinus.simulation import Protocol, Trajectories

    Progress = Callable[[str, int | None, int | None], None]

__all__ = ["MapNumbers", "Panel", "make_ica_map"]


@dataclass(frozen=True, eq=False)
class Panel:
    """One subject under one hypothesis.

    Attributes
    ----------
    affinity : (K,) array
        Inhibition constant, umol/L.
    share : (P,) array
        Share of the bacteria's tryptophan that becomes ica.
    fall : (P, K) array
        Share of the NAPQI formed without bacteria that is not formed with them.
    doubled : (P, K) array
        The same of a doubling of the making, against ordinary bacteria.
    plasma : (P,) array
        Ica in plasma at rest, umol/L.
    needed : (P, K) array
        Ica that the destroyed enzyme takes with it one for one, over all that bacteria make; zero if nothing is destroyed.
    rate : float
        Highest rate of inactivation, 1/h; nan if there is none.
    usual_affinity, usual_share : float
        What the tables say of both, umol/L and a share.
    usual_fall, usual_doubled : float
        `fall` and `doubled` there.
    limit : float
        Level in plasma that would have been seen, umol/L; nan where nobody looked.
    """

    subject: str
    short: str
    hypothesis: str
    axis: str
    usual: str
    affinity: NDArray[np.float64]
    share: NDArray[np.float64]
    fall: NDArray[np.float64]
    doubled: NDArray[np.float64]
    plasma: NDArray[np.float64]
    needed: NDArray[np.float64]
    rate: float
    usual_affinity: float
    usual_share: float
    usual_fall: float
    usual_doubled: float
    limit: float

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """Return the (P, K) places where ica would not have been seen and destroys no more enzyme than there is of it."""
        unseen = np.ones(self.share.shape, dtype=bool) if np.isnan(self.limit) else self.plasma < self.limit
        return unseen[:, None] & (self.needed < 1.0)

    def weakest(self, fall: float) -> float:
        """Return the weakest affinity (umol/L) with which a feasible place reaches a fall; nan if none does."""
        reached = (self.feasible & (self.fall >= fall)).any(axis=0)
        return float(self.affinity[reached].max()) if reached.any() else float("nan")


@dataclass(frozen=True, eq=False)
class MapNumbers:
    """Everything the picture shows; `panels` by hypothesis, then by subject."""

    title: str
    panels: tuple[tuple[Panel, ...], ...]
    runs: int
    runs_finished: int
    provenance: tuple[Provenance, ...]


def make_ica_map(
    *,
    points: int | None = None,
    workers: int = 2,
    progress: Progress | None = None,
    plan: MapPlan | None = None,
    models: Mapping[str, Model] | None = None,
) -> MapNumbers:
    """Simulate everything the picture shows and return its numbers.

    Parameters
    ----------
    points : int, optional
        Points on each axis; as the page's file says unless given.
    workers : int
        Threads; the numbers do not depend on it.
    progress : callable, optional
        Called with what comes next, and how much of how much is done.
    plan : MapPlan, optional
    models : mapping from name to Model, optional
        Instead of those the page names.

    Raises
    ------
    RequestError
        AC990 or AC991 if the page's file is wrong.
    AcinusError
        Whatever is wrong with a protocol or an id that the page asks for.
    """
    say: Progress = progress or _say_nothing
    plan = plan or read_map_plan()
    made = _Runs(plan, points, workers)
    columns: list[tuple[Panel, ...]] = []
    for subject in plan.subjects:
        say(f"loading {subject.model}", None, None)
        model = (models or {}).get(subject.model) or load_model(subject.model)
        protocol = load_protocol(subject.protocol, model=model)
        panels: list[Panel] = []
        for hypothesis in plan.hypotheses:
            say(f"{subject.title}, {hypothesis.title}", None, None)
            panels.append(made.panel(model, protocol, subject, hypothesis))
        columns.append(tuple(panels))
    return MapNumbers(
        title=plan.title,
        panels=tuple(zip(*columns, strict=True)),
        runs=made.begun,
        runs_finished=made.finished,
        provenance=tuple(made.provenance.values()),
    )


class _Runs:
    """Simulates the places of the panels, and counts what was begun and what finished."""

    def __init__(self, plan: MapPlan, points: int | None, workers: int) -> None:
        self.plan = plan
        self.affinity = _axis(plan.affinities, points)
        self.share = _axis(plan.shares, points)
        self.workers = workers
        self.begun = 0
        self.finished = 0
        self.provenance: dict[str, Provenance] = {}

    def panel(self, model: Model, protocol: Protocol, subject: Subject, hypothesis: Hypothesis) -> Panel:
        """Return one panel; a place that did not finish is nan."""
        plan = self.plan
        usual = (_usual(model, hypothesis.affinity), _usual(model, plan.production))
        grid = np.stack([values.ravel() for values in np.meshgrid(self.affinity, self.share)])
        # What the tables say is one more individual after those of the grid.
        places = np.column_stack([grid, usual])
        ordinary = self._simulate(model, protocol, hypothesis, places, {})
        without = self._simulate(model, protocol, hypothesis, places, plan.without)
        more = self._simulate(model, protocol, hypothesis, places, plan.more)
        formed = _final(ordinary, plan.formed)
        fall = 1.0 - formed / _final(without, plan.formed)
        doubled = 1.0 - _final(more, plan.formed) / formed
        made = (ordinary[plan.made][:, 0] - ordinary[plan.made][:, -1]) / (
            ordinary.time[-1] - ordinary.time[0]
        )
        shape = (self.share.size, self.affinity.size)
        micro = convert(1.0, "mmol/L", "umol/L")
        return Panel(
            subject=subject.title,
            short=subject.short,
            hypothesis=hypothesis.title,
            axis=hypothesis.axis,
            usual=hypothesis.usual,
            affinity=self.affinity * micro,
            share=self.share,
            fall=fall[:-1].reshape(shape),
            doubled=doubled[:-1].reshape(shape),
            plasma=ordinary[plan.seen][:-1, 0].reshape(shape)[:, 0] * micro,
            needed=(ordinary[plan.needed][:, 0] / made)[:-1].reshape(shape),
            rate=model.constant(hypothesis.rate)[0] if hypothesis.rate else np.nan,
            usual_affinity=usual[0] * micro,
            usual_share=usual[1],
            usual_fall=float(fall[-1]),
            usual_doubled=float(doubled[-1]),
            limit=model.constant(plan.limit)[0] * micro if subject.measured else np.nan,
        )

    def _simulate(
        self,
        model: Model,
        protocol: Protocol,
        hypothesis: Hypothesis,
        places: NDArray[np.float64],
        values: Mapping[str, float],
    ) -> Trajectories:
        plan = self.plan
        columns = {hypothesis.affinity: places[0], plan.production: places[1]}
        found = simulate(
            model,
            protocol,
            columns,
            values={hypothesis.switch: 1.0, **values},
            record=(plan.formed, plan.seen, plan.made, plan.needed),
            workers=self.workers,
        )
        self.begun += len(found)
        self.finished += int(found.ok.sum())
        self.provenance[model.id] = found.provenance
        return found


def _axis(ends: tuple[float, float, int], points: int | None) -> NDArray[np.float64]:
    low, high, count = ends
    return np.geomspace(low, high, points or count)


def _usual(model: Model, key: str) -> float:
    return model.constant(key)[0]


def _final(run: Trajectories, key: str) -> NDArray[np.float64]:
    return np.where(run.ok, run[key][:, -1], np.nan)


def _say_nothing(_what: str, _done: int | None, _total: int | None) -> None:
    pass
