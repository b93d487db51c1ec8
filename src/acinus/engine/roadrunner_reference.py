"""The engine's contract kept by libroadrunner (CVODE): the reference that other engines are compared with.

One roadrunner instance is made per process and model. Each individual starts from values that the program of the
system gives, because roadrunner's own reset keeps some values of the previous individual (2.10: a species given by
concentration keeps its amount when its compartment depends on a parameter). The times at which CVODE starts afresh
follow from the changes alone, so the sampling times do not steer its steps.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.libroadrunner import libroadrunner, model_of_libroadrunner
from acinus.engine.records import Batch, Change, Solution, Status, Tolerances
from acinus.errors import Code, Diagnostic, EngineError
from acinus.provenance import version
from acinus.system import start_as_numbers
from acinus.system.graph import evaluate, start_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from acinus.system import OdeSystem

__all__ = ["name", "solve"]

_STATUS_BY_WORD = {
    "CV_TOO_MUCH_WORK": Status.MAX_STEPS,
    "CV_ERR_FAILURE": Status.STEP_TOO_SMALL,
    "CV_CONV_FAILURE": Status.NEWTON_FAILED,
    "CV_LSETUP_FAIL": Status.NEWTON_FAILED,
    "CV_LSOLVE_FAIL": Status.NEWTON_FAILED,
    "CV_RHSFUNC_FAIL": Status.NOT_FINITE,
    "CV_FIRST_RHSFUNC_ERR": Status.NOT_FINITE,
    "CV_REPTD_RHSFUNC_ERR": Status.NOT_FINITE,
    "CV_UNREC_RHSFUNC_ERR": Status.NOT_FINITE,
    "CV_TOO_CLOSE": Status.STEP_TOO_SMALL,
}


# Shares of the time between two changes at which CVODE starts afresh.
_RESTARTS = (1e-4, 1e-2)


def name() -> str:
    """Return the engine's name and version."""
    return f"libroadrunner {version('libroadrunner')} (CVODE)"


def solve(system: OdeSystem, batch: Batch, tolerances: Tolerances) -> Solution:
    """Integrate a batch in this process; see `acinus.engine.solve`."""
    _refuse_changes_beside_state_events(system, batch)
    machine = _machine(system.sbml)
    machine.prepare(system, batch.outputs, tolerances)
    rows = [machine.run(batch.parameters[i], batch.changes[i], batch.times_of(i)) for i in range(batch.size)]
    count = batch.times.shape[-1]
    values = np.full((batch.size, count, len(batch.outputs)), np.nan)
    for i, row in enumerate(rows):
        values[i, : len(row.values)] = row.values
    return Solution(
        values=values,
        status=tuple(row.status for row in rows),
        message=tuple(row.message for row in rows),
        reached=np.array([row.reached for row in rows], dtype=np.float64),
        steps=np.full(batch.size, -1, dtype=np.int64),
    )


@dataclass(frozen=True, eq=False)
class _Row:
    """One individual's outcome; `values` holds only the samples that were reached."""

    values: NDArray[np.float64]
    status: Status
    message: str
    reached: float


class _PieceError(Exception):
    """Integration between two changes stopped early; carries the samples it did reach."""

    def __init__(self, rows: NDArray[np.float64], status: Status, message: str, time: float) -> None:
        super().__init__(message)
        self.rows, self.status, self.message, self.time = rows, status, message, time


@functools.lru_cache(maxsize=4)
def _machine(sbml: str) -> _Machine:
    return _Machine(sbml)


class _Machine:
    """One compiled model. It is used by one individual after the other, each from a full reset."""

    def __init__(self, sbml: str) -> None:
        # Each individual is given its start from here, so roadrunner need not know the formulas.
        self.runner = model_of_libroadrunner(start_as_numbers(sbml))
        self.model = self.runner.model
        self.globals = {key: i for i, key in enumerate(self.model.getGlobalParameterIds())}
        self.compartments = {key: i for i, key in enumerate(self.model.getCompartmentIds())}
        self.floating = {key: i for i, key in enumerate(self.model.getFloatingSpeciesIds())}
        self.boundary = {key: i for i, key in enumerate(self.model.getBoundarySpeciesIds())}
        self.selections = _selections(sbml)
        self.ruled = _ruled(sbml)

    def prepare(self, system: OdeSystem, outputs: NDArray[np.int64], tolerances: Tolerances) -> None:
        """Set what is common to a batch."""
        self.system = system
        self.start_values = _StartValues(system, self)
        self.outputs = [system.outputs[i] for i in outputs]
        self.runner.timeCourseSelections = ["time", *(self.selections[key] for key in self.outputs)]
        integrator = self.runner.getIntegrator()
        integrator.setValue("relative_tolerance", tolerances.relative)
        # A single number would be multiplied, state by state, with whatever amount stands there when a run starts.
        states = len(integrator.getAbsoluteToleranceVector())
        integrator.setValue("absolute_tolerance", [tolerances.absolute] * states)
        integrator.setValue("maximum_num_steps", tolerances.max_steps)

    def run(
        self, parameters: NDArray[np.float64], changes: Sequence[Change], times: NDArray[np.float64]
    ) -> _Row:
        """Integrate one individual from time 0 through its changes to its last sampling time."""
        collected: list[NDArray[np.float64]] = []

        def reached_samples() -> NDArray[np.float64]:
            return np.concatenate(collected) if collected else np.empty((0, len(self.outputs)))

        trouble = self.start(parameters)
        if trouble:
            status = Status.SOLVER_ERROR if "event" in trouble else Status.NOT_FINITE
            return _Row(reached_samples(), status, f"at 0 h: {trouble}", 0.0)
        end = float(times[-1])
        now = 0.0
        for moment, at_once in _with_restarts(_barriers(changes, end), end):
            try:
                if moment > now:
                    collected.append(self.integrate(now, moment, _between(times, now, moment)))
                    now = moment
                self.apply(at_once)
            except _PieceError as failure:
                collected.append(failure.rows)
                return _Row(reached_samples(), failure.status, failure.message, failure.time)
        try:
            collected.append(self.integrate(now, end, times[times >= now - _gap(now)]))
        except _PieceError as failure:
            collected.append(failure.rows)
            return _Row(reached_samples(), failure.status, failure.message, failure.time)
        return _Row(reached_samples(), Status.REACHED_END, "", end)

    def start(self, parameters: NDArray[np.float64]) -> str:
        """Put the machine at time zero of one individual; say why it cannot start from there, or nothing."""
        self.model.reset(_everything())
        return self.start_values.put(parameters)

    def set_boundary_amounts(self, places: Sequence[int], amounts: NDArray[np.float64]) -> None:
        """Do for boundary species what roadrunner 2.10 offers to Python only for floating ones."""
        names = list(self.boundary)
        for place, amount in zip(places, amounts, strict=True):
            self.model.setValue(names[place], float(amount))

    def set_parameter(self, key: str, value: float) -> None:
        """Give a parameter or a compartment a value; what a compartment holds stays."""
        if key in self.globals:
            self.model.setGlobalParameterValues([self.globals[key]], np.array([value]))
            return
        amounts = np.array(self.model.getFloatingSpeciesAmounts())
        self.model.setCompartmentVolumes([self.compartments[key]], np.array([value]))
        if len(amounts):
            self.model.setFloatingSpeciesAmounts(list(range(len(amounts))), amounts)

    def apply(self, changes: Sequence[Change]) -> None:
        """Make all changes of one moment."""
        for change in changes:
            if change.kind == "set":
                self.set_parameter(self.system.parameters[change.index], change.value)
                continue
            species = self.system.species[change.index]
            if species in self.floating:
                place = self.floating[species]
                amount = self.model.getFloatingSpeciesAmounts([place])[0]
                self.model.setFloatingSpeciesAmounts([place], np.array([amount + change.value]))
            else:
                place = [self.boundary[species]]
                amount = self.model.getBoundarySpeciesAmounts(place)[0]
                self.set_boundary_amounts(place, np.array([amount + change.value]))

    def integrate(self, start: float, end: float, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Integrate from `start` to `end`; return the (S, K) outputs at `samples`, all within these bounds.

        Raises
        ------
        _PieceError
            With the samples that were reached.
        """
        # A last sample right at the last change needs no integration, but roadrunner asks for two times.
        grid = [start, *(float(t) for t in samples if t > start + _gap(start))]
        if grid[-1] < end - _gap(end):
            grid.append(end)
        if len(grid) == 1:
            grid.append(start + max(1e-9, 1e-9 * abs(start)))
        skip = 0 if len(samples) and samples[0] <= start + _gap(start) else 1
        error = ""
        try:
            found = np.array(self.runner.simulate(times=grid))
        except RuntimeError as raised:
            error = str(raised)
            found = self.rows_before_failure(grid)
        rows = found[skip : skip + len(samples), 1:]
        unsound = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if unsound.size:
            first = int(unsound[0])
            culprit = self.outputs[int(np.flatnonzero(~np.isfinite(rows[first]))[0])]
            time = grid[skip + first]
            raise _PieceError(
                rows[:first], Status.NOT_FINITE, f"at {time:g} h: `{culprit}` is not finite", time
            )
        if error:
            raise self.explained(rows, error, start)
        return rows

    def rows_before_failure(self, grid: Sequence[float]) -> NDArray[np.float64]:
        """Return the rows computed before roadrunner raised; the rest of its table is not initialised."""
        reached = self.model.getTime()
        found = np.array(self.runner.getSimulationData())
        good = 0
        while good < min(len(found), len(grid)) and found[good, 0] == grid[good] and grid[good] <= reached:
            good += 1
        return found[:good]

    def explained(self, rows: NDArray[np.float64], error: str, start: float) -> _PieceError:
        """Return the failure with its time and kind, and the flux not finite or the fastest states."""
        time = max(float(self.model.getTime()), start)
        status = next((s for word, s in _STATUS_BY_WORD.items() if word in error), Status.SOLVER_ERROR)
        fluxes = np.asarray(self.model.getReactionRates(), dtype=np.float64)
        unsound = [
            key
            for key, flux in zip(self.model.getReactionIds(), fluxes, strict=True)
            if not math.isfinite(flux)
        ]
        said = error.split(";")[0].strip()
        if unsound:
            return _PieceError(
                rows, Status.NOT_FINITE, f"at {time:g} h: the flux `{unsound[0]}` is not finite", time
            )
        return _PieceError(rows, status, f"at {time:g} h: {said}{self.fastest()}", time)

    def fastest(self) -> str:
        """Name the states that change fastest for their size, for the reader of a failure."""
        if not self.floating:
            return ""
        sizes = np.abs(np.array(self.model.getFloatingSpeciesConcentrations(), dtype=np.float64))
        rates = np.abs(np.array(self.model.getFloatingSpeciesConcentrationRates(), dtype=np.float64))
        with np.errstate(all="ignore"):
            relative = rates / (sizes + 1e-9 * sizes.max())
        order = np.argsort(-np.nan_to_num(relative, nan=np.inf))[:3]
        names = list(self.floating)
        return f"; changing fastest: {', '.join(f'`{names[i]}`' for i in order)}"


class _StartValues:
    """Where every individual starts, computed from the program of the system and put into roadrunner."""

    def __init__(self, system: OdeSystem, machine: _Machine) -> None:
        self.program = program = system.program
        model = machine.model
        amounts = dict(program.amounts)
        values = {key: node for key, node in program.symbols if key not in amounts}
        self.ids: list[str] = []
        self.nodes: list[int] = []
        self.setters: list[tuple[Callable[..., None], list[int], slice]] = []
        for setter, known, nodes in (
            (model.setGlobalParameterValues, machine.globals, values),
            (model.setCompartmentVolumes, machine.compartments, values),
            (model.setFloatingSpeciesAmounts, machine.floating, amounts),
            (machine.set_boundary_amounts, machine.boundary, amounts),
        ):
            # A rule keeps its variable itself, and may be undefined at the start (a share of nothing yet given).
            free = [key for key in known if key in nodes and key not in machine.ruled]
            if free:
                first = len(self.ids)
                self.ids += free
                self.nodes += [nodes[key] for key in free]
                self.setters.append((setter, [known[key] for key in free], slice(first, len(self.ids))))
        triggers = {event.id: event.trigger for event in program.events if not event.initial_value}
        self.events = list(triggers)
        self.triggers = list(triggers.values())
        self.moments = [barrier for barrier in program.barriers if not barrier.initial_value]

    def put(self, parameters: NDArray[np.float64]) -> str:
        """Set the values of one individual; say why it cannot start from there, or nothing."""
        p, y = start_values(self.program, parameters)
        values = evaluate(self.program, self.nodes, 0.0, y, p)
        for setter, places, own in self.setters:
            setter(places, values[own])
        for i in np.flatnonzero(~np.isfinite(values)):
            return f"`{self.ids[i]}` is not finite"
        held = evaluate(self.program, self.triggers, 0.0, y, p)
        times = evaluate(self.program, [barrier.time for barrier in self.moments], 0.0, y, p)
        fired = [key for key, holds in zip(self.events, held, strict=True) if holds]
        fired += [
            barrier.id
            for barrier, time in zip(self.moments, times, strict=True)
            if time < 0 or (time == 0 and not barrier.strict)
        ]
        # 2.10 fires such events during its own reset, with the values of the model and not of the individual.
        return f"the event `{fired[0]}` would fire at the start, which this engine cannot do" if fired else ""


def _ruled(sbml: str) -> frozenset[str]:
    """Return the ids that follow an assignment rule at all times."""
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    rules = document.getModel().getListOfRules()
    return frozenset(rule.getVariable() for rule in rules if rule.isAssignment())


def _refuse_changes_beside_state_events(system: OdeSystem, batch: Batch) -> None:
    if not (system.state_events and any(batch.changes)):
        return
    raise EngineError(
        Diagnostic(
            Code.CHANGE_BESIDE_STATE_EVENT,
            f"the model has events that watch its state ({', '.join(system.state_events)}), "
            "and the run changes it",
            None,
            "A change that carries the state across a trigger would not fire the event in libroadrunner.",
            "Use the compiled engine, or run without doses.",
        )
    )


def _selections(sbml: str) -> dict[str, str]:
    """Return roadrunner's name for each id in its own meaning: `[x]` for a concentration."""
    import libsbml

    model = libsbml.readSBMLFromString(sbml).getModel()
    names = {p.getId(): p.getId() for p in model.getListOfParameters()}
    points = {c.getId() for c in model.getListOfCompartments() if c.getSpatialDimensions() == 0}
    names |= {c.getId(): c.getId() for c in model.getListOfCompartments()}
    for species in model.getListOfSpecies():
        amount = species.getHasOnlySubstanceUnits() or species.getCompartment() in points
        names[species.getId()] = species.getId() if amount else f"[{species.getId()}]"
    return names


def _gap(time: float) -> float:
    """Return the difference below which two times are one: rounding of sums of times, far below any step."""
    return 1e-12 * max(1.0, abs(time))


def _barriers(changes: Sequence[Change], end: float) -> list[tuple[float, list[Change]]]:
    """Group changes into moments, in order; those after the last sample cannot be seen and are left out."""
    moments: list[tuple[float, list[Change]]] = []
    for change in changes:
        if change.time > end + _gap(end):
            break
        if moments and change.time - moments[-1][0] <= _gap(change.time):
            moments[-1][1].append(change)
        else:
            moments.append((change.time, [change]))
    return moments


def _with_restarts(
    moments: Sequence[tuple[float, list[Change]]], end: float
) -> list[tuple[float, list[Change]]]:
    """Add moments without a change, soon after the start and after each change, at which CVODE starts afresh.

    CVODE takes its first Jacobian by differences around states that may be zero, where rounding drowns them, and
    keeps it for fifty steps while the step grows by many orders of magnitude. Such a Jacobian can damp the
    corrections to nothing, and then every step seems exact: a constant infusion into an empty compartment lost
    6e-5 of its amount. A fresh start a little later, with states that are not zero, takes a Jacobian that holds.
    """
    edges = [0.0, *(time for time, _ in moments), end]
    fresh: list[tuple[float, list[Change]]] = [
        (start + (stop - start) * share, [])
        for start, stop in itertools.pairwise(edges)
        if stop - start > 1e3 * _gap(stop)
        for share in _RESTARTS
    ]
    return sorted([*moments, *fresh], key=lambda moment: moment[0])


def _between(times: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """Return the sampling times from `start` on and before `end`."""
    return times[(times >= start - _gap(start)) & (times < end - _gap(end))]


@functools.cache
def _everything() -> int:
    return int(libroadrunner().SelectionRecord.ALL)
