"""What becomes of individuals that did not reach the end: further attempts, and the reason.

The ladder, each rung for those whom the one before did not help:

1. a much shorter first step;
2. a method of the other kind (Radau for Rosenbrock, Rodas5P for Radau) at a tenth of the tolerance;
3. Rodas5P with a dense matrix and pivoting, where elimination without pivoting is in doubt: it has lost its digits, or
   there are algebraic equations. It is slow and stops after so many steps. It knows no events that watch the state.

Whoever gets to the end on a later rung has reached the end, and the `Failure` says on which. Not tried again: an
individual that ran out of steps, because the limit is the caller's, and one whose equations are not finite, which no
method can mend (a shorter first step may not meet that place, so the first rung is for them too).

What becomes of an individual follows from its own numbers, here as elsewhere. The first two rungs are batches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from acinus.engine.compiled.calling import ENDS
from acinus.engine.compiled.integration import RawSolution, integrate
from acinus.engine.compiled.machine import machine_for
from acinus.engine.compiled.rosenbrock import RosenbrockMethod
from acinus.engine.records import Batch, Failure, Solution, Status, Tolerances

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from acinus.engine.compiled.machine import Machine
    from acinus.system.graph.program import Program

__all__ = ["finished_solution"]

_STATUS = {
    "reached": Status.REACHED_END,
    "max_steps": Status.MAX_STEPS,
    "step_too_small": Status.STEP_TOO_SMALL,
    "not_finite": Status.NOT_FINITE,
    "not_consistent": Status.NOT_CONSISTENT,
    "events_without_end": Status.EVENTS_WITHOUT_END,
    "queue_full": Status.EVENT_QUEUE_FULL,
}

# Ends between two steps, where a shorter step or another method would find the same.
_NOT_OF_THE_STEP = ("not_consistent", "events_without_end", "queue_full")

_SHORTER_START = 1e-6
_TIGHTER = 0.1
_TIGHTEST = 1e-13
_PATIENCE = 2000  # steps of the slow way before an individual is given up
_MOMENTS = (4e-16, 1e-12, 1e-9, 1e-6)  # how far beyond the end of a step to look, as shares of the time
_AT_ONCE = 256  # individuals whose working memory is kept at a time

_SHORTER = "a shorter first step"
_OTHER = "another method and a tighter tolerance"
_PIVOTED = "a dense matrix and pivoting"


@dataclass(slots=True)
class _Results:
    """The arrays of a solution in the making."""

    values: NDArray[np.float64]
    reached: NDArray[np.float64]
    gaps: NDArray[np.bool_]
    steps: NDArray[np.int64]
    ends: list[str]
    failures: list[Failure | None]

    def solution(self, batch: Batch, output_names: tuple[str, ...]) -> Solution:
        """Return the solution, in which a gap in the values of an individual is a failure."""
        status = [_STATUS.get(end, Status.SOLVER_ERROR) for end in self.ends]
        for i in np.flatnonzero(self.gaps):
            if status[i] is Status.REACHED_END:
                time, name = _cut_at_first_gap(self.values[i], batch.times_of(int(i)), output_names, batch)
                status[i], self.reached[i] = Status.NOT_FINITE, time
                self.failures[i] = Failure(
                    Status.NOT_FINITE.name, time, int(self.steps[i]), not_finite=("output", name)
                )
        message = tuple("" if failure is None else failure.sentence for failure in self.failures)
        return Solution(self.values, tuple(status), message, self.reached, self.steps, tuple(self.failures))


def finished_solution(
    machine: Machine,
    batch: Batch,
    output_names: tuple[str, ...],
    tolerances: Tolerances,
    raw: RawSolution,
    workers: int = 1,
) -> Solution:
    """Return the solution of a batch, after further attempts for those that failed."""
    ends = [ENDS[int(end)] for end in raw.ends]
    results = _Results(raw.values, raw.reached, raw.gaps, raw.steps, ends, [None] * batch.size)
    failed = [i for i, end in enumerate(ends) if end != "reached"]
    for first in range(0, len(failed), _AT_ONCE):
        _climb(machine, batch, tolerances, results, failed[first : first + _AT_ONCE], workers)
    return results.solution(batch, output_names)


def _climb(
    machine: Machine,
    batch: Batch,
    tolerances: Tolerances,
    results: _Results,
    failed: Sequence[int],
    workers: int,
) -> None:
    """Find the reasons of some failures and try the rungs in turn."""
    some = _chosen(batch, failed)
    again = integrate(machine, some, tolerances, workers, keep_memory=True)
    for row, i in enumerate(failed):
        results.failures[i] = _failure(machine, again, row, tolerances, results.ends[i])
    program = machine.program

    def record(i: int) -> Failure:
        failure = results.failures[i]
        assert failure is not None
        return failure

    def leave_out(who: Sequence[int], what: str) -> None:
        for i in who:
            results.failures[i] = replace(record(i), left_out=(*record(i).left_out, what))

    def attempt(who: Sequence[int], rung: str, run: Callable[[Batch], RawSolution]) -> list[int]:
        """Try all of some once more and return those that failed again."""
        raw = run(_chosen(batch, who)) if who else None
        still: list[int] = []
        for row, i in enumerate(who):
            assert raw is not None
            results.failures[i] = replace(record(i), rungs=(*record(i).rungs, rung))
            if ENDS[int(raw.ends[row])] != "reached":
                still.append(i)
                continue
            results.values[i], results.reached[i] = raw.values[row], raw.reached[row]
            results.gaps[i] = raw.gaps[row]
            results.steps[i], results.ends[i] = raw.steps[row], "reached"
            results.failures[i] = replace(record(i), reached_on=rung)
        return still

    limited = [i for i in failed if results.ends[i] == "max_steps"]
    leave_out(limited, "all other attempts: the limit of steps is the caller's")
    between = [i for i in failed if results.ends[i] in _NOT_OF_THE_STEP]
    leave_out(between, "all other attempts: it happened between two steps")
    settled = {*limited, *between}
    open_ones = [i for i in failed if i not in settled]
    open_ones = attempt(
        open_ones, _SHORTER, lambda b: integrate(machine, b, tolerances, workers, _SHORTER_START)
    )
    hopeless = [i for i in open_ones if record(i).not_finite is not None]
    leave_out(hopeless, "other methods: the equations are not finite there")
    open_ones = [i for i in open_ones if i not in set(hopeless)]
    tighter = replace(tolerances, relative=max(_TIGHTEST, _TIGHTER * tolerances.relative))
    open_ones = attempt(
        open_ones, _OTHER, lambda b: integrate(_other(machine), b, tighter, workers, _SHORTER_START)
    )
    if program.events:
        leave_out(open_ones, f"{_PIVOTED}: the model has events that watch its state")
        return
    for i in open_ones:
        if record(i).pivot_doubt or not all(program.mass):
            attempt([i], _PIVOTED, lambda b: _as_raw(machine, b, tolerances))
        else:
            leave_out([i], f"{_PIVOTED}: the pivots were sound")


def _chosen(batch: Batch, who: Sequence[int]) -> Batch:
    rows = list(who)
    times = batch.times if batch.times.ndim == 1 else batch.times[rows]
    return Batch(batch.parameters[rows], tuple(batch.changes[i] for i in rows), times, batch.outputs)


def _other(machine: Machine) -> Machine:
    name = "radau9" if isinstance(machine.method, RosenbrockMethod) else "rodas5p"
    return machine_for(machine.program, name, machine.target)


def _as_raw(machine: Machine, batch: Batch, tolerances: Tolerances) -> RawSolution:
    from acinus.engine.compiled.pivoted import integrate_pivoted  # with all that writes code

    run = integrate_pivoted(machine.program, batch, tolerances, most_steps=_PATIENCE)
    end = float(batch.times_of(0)[-1]) if run.end == "reached" else run.reached
    return RawSolution(
        run.values[None],
        np.array([ENDS.index(run.end)]),
        np.array([end]),
        np.array([not np.isfinite(run.values).all()]),
        np.array([run.steps]),
        np.zeros(1, dtype=np.int64),
        np.zeros((1, 0)),
    )


def _failure(machine: Machine, raw: RawSolution, row: int, tolerances: Tolerances, end: str) -> Failure:
    """Read from a lane's memory which rate law was not finite, or else which states had the largest errors."""
    from acinus.engine.compiled.step_code import SHARE_OF_LARGEST

    at, program, memory = machine.places, machine.program, raw.dump[row]
    count, time = len(program.states), float(raw.reached[row])
    state = memory[at["state"] : at["state"] + count]
    parameters = memory[at["param"] : at["param"] + len(program.params)]
    limit = tolerances.max_steps if end == "max_steps" else None
    failure = Failure(_STATUS.get(end, Status.SOLVER_ERROR).name, time, int(raw.steps[row]), limit)
    # What depends on the time may be finite here and not a moment later.
    moments = (0.0, *_MOMENTS) if end == "not_finite" else (0.0,)
    for moment in moments:
        later = time + moment * max(abs(time), machine.horizon)
        broken = _broken(program, later, state, parameters)
        if broken is not None:
            return replace(failure, not_finite=broken)
    if end in _NOT_OF_THE_STEP:
        if end != "not_consistent":
            return failure
        unknowns = [k for k, mass in enumerate(program.mass) if not mass]
        return replace(failure, states=tuple((program.states[k], _plain(state[k]), None) for k in unknowns))
    # A Radau step leaves its error apart; that of a Rosenbrock step is its last stage.
    last = at["correction"] if "correction" in at else at[f"stage_{machine.method.stages - 1}"]
    new = memory[at["stage_state"] : at["stage_state"] + count]
    largest = memory[at["largest"] : at["largest"] + count]
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(state), np.abs(new)) + SHARE_OF_LARGEST * largest
        error = np.abs(memory[last : last + count]) / (tolerances.absolute + tolerances.relative * scale)
    error = np.where(np.isfinite(error), error, np.inf)
    worst = [int(k) for k in np.argsort(-error, kind="stable")[:3]]
    return replace(
        failure,
        states=tuple((program.states[k], _plain(state[k]), _plain(error[k])) for k in worst),
        pivot_doubt=bool(memory[at["pivot_doubt"]] > 0.5),
    )


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _broken(
    program: Program, time: float, state: NDArray[np.float64], parameters: NDArray[np.float64]
) -> tuple[str, str] | None:
    """Return the first state, flux or rate that is not finite."""
    from acinus.system.graph.interpreter import evaluate

    for name, value in zip(program.states, state, strict=True):
        if not np.isfinite(value):
            return "state", name
    with np.errstate(all="ignore"):
        fluxes = np.ravel(
            evaluate(program, [node for _, node in program.flux_names], time, state, parameters)
        )
        slopes = np.ravel(evaluate(program, list(program.derivative), time, state, parameters))
    for (name, _), value in zip(program.flux_names, fluxes, strict=True):
        if not np.isfinite(value):
            return "flux", name
    for name, value in zip(program.states, slopes, strict=True):
        if not np.isfinite(value):
            return "rate", name
    return None


def _cut_at_first_gap(
    values: NDArray[np.float64], times: NDArray[np.float64], names: tuple[str, ...], batch: Batch
) -> tuple[float, str]:
    """Blank a (T, K) result from its first value that is not finite on; return when and which that was."""
    gap = ~np.isfinite(values)
    row = int(np.flatnonzero(gap.any(axis=1))[0])
    column = int(np.flatnonzero(gap[row])[0])
    values[row:] = np.nan
    return float(times[row]), names[int(batch.outputs[column])]
